package web

import (
	"net/url"
	"strings"
	"testing"

	"kheo/pipeline/review"
)

// What was given to an evaluator waits until the evaluator has said something about it, and then the page says how far
// they are and leads to the next one. A member who was given a dossier is asked for a vote once it is examined.
func TestWhatIsEvaluatedWaitsNoLonger(t *testing.T) {
	t.Parallel()
	s := open(t)
	evaluator, chair, second := s.as("evaluator"), s.as("chair"), s.as("second")
	first, other := s.dossierLike("rung-go-lon"), s.dossierLike("dong-ho-khuyen-hoc")
	for _, id := range []string{first, other} {
		chair.must("/dossiers/"+id+"/assign", url.Values{"person": {"evaluator"}})
	}
	if _, body, _ := evaluator.get("/"); !strings.Contains(text(body), "2 of 2 left: assigned to evaluate") {
		t.Error(text(body))
	}
	if _, body, _ := evaluator.get("/dossiers/" + first); !strings.Contains(text(body), "You are to evaluate this.") {
		t.Error("the page of a dossier that waits to be evaluated does not say what is to be done")
	}
	evaluator.must("/dossiers/"+first+"/comment", url.Values{"text": {"I have read it."}})
	if _, body, _ := evaluator.get("/dossiers/" + first); strings.Contains(text(body), "You are to evaluate this.") {
		t.Error("what is evaluated is asked for again")
	}
	_, body, _ := evaluator.get("/")
	if !strings.Contains(text(body), "1 of 2 left: assigned to evaluate") || !strings.Contains(body, `class="button main" href="/dossiers/`+other) {
		t.Errorf("after the first: %s", text(body))
	}
	if _, body, _ := evaluator.get("/waiting"); strings.Contains(body, "/dossiers/"+first) {
		t.Error("what is evaluated still waits")
	}
	evaluator.must("/dossiers/"+other+"/comment", url.Values{"text": {"This one, too."}})
	if _, body, _ := evaluator.get("/"); !strings.Contains(text(body), "Nothing waits for you") {
		t.Errorf("after both: %s", text(body))
	}
	chair.must("/dossiers/"+first+"/assign", url.Values{"person": {"second"}})
	if _, body, _ := second.get("/waiting?what=wait.vote"); strings.Contains(body, "entry="+first) {
		t.Error("a vote is asked for before the dossier is examined")
	}
	second.must("/dossiers/"+first+"/comment", url.Values{"text": {"Read."}})
	if _, body, _ := second.get("/waiting?what=wait.vote"); !strings.Contains(body, "entry="+first) {
		t.Error("no vote is asked for after the dossier was examined")
	}
	if _, body, _ := chair.get("/"); !strings.Contains(text(body), "The evaluator evaluator 2 / 2") {
		t.Errorf("the chair does not see how far the evaluator is: %s", text(body))
	}
	if _, body, _ := evaluator.get("/"); strings.Contains(text(body), "How far everybody is") {
		t.Error("an evaluator sees how far others are")
	}
}

// The chair is led to what can be decided, the administrator to the last run, its errors and the next ones.
func TestTheOverviewIsThatOfTheRole(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	chair := s.as("chair")
	for _, p := range []string{"chair", "second", "third"} {
		s.as(p).must("/dossiers/"+id+"/vote", url.Values{"vote": {string(review.For)}})
	}
	_, body, _ := chair.get("/")
	if !strings.Contains(text(body), "1 of 1 left: enough votes, waits for a decision") ||
		!strings.Contains(body, `class="button main" href="/meeting/model-district?entry=`+id) ||
		!strings.Contains(text(body), "1 has enough votes to be decided") {
		t.Errorf("the chair: %s", text(body))
	}
	chair.must("/dossiers/"+id+"/decide", url.Values{"decision": {"recognised"}})
	if _, body, _ := chair.get("/"); strings.Contains(text(body), "waits for a decision") {
		t.Errorf("after the decision: %s", text(body))
	}
	for person, want := range map[string]bool{"administrator": true, "secretary": true, "member": false, "observer": false} {
		_, body, _ := s.as(person).get("/")
		if got := strings.Contains(body, `id="night"`); got != want {
			t.Errorf("%s sees the last run: %v", person, got)
		}
		if !strings.Contains(body, `class="points"`) || !strings.Contains(text(body), "from 80 points") {
			t.Errorf("%s sees no distribution of points with the limit", person)
		}
	}
}

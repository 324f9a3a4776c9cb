package web

import (
	"net/url"
	"strings"
	"testing"

	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// A unit objects on its page to a decision, other units cannot, the list says so, and the answer is shown to the unit.
func TestAnObjectionOnThePages(t *testing.T) {
	t.Parallel()
	s := open(t)
	rule := s.w.Campaign().Review
	rule.Objections = 10
	s.w.Review().Set(rule)
	f := s.closesList("model-district")
	var own, other *publish.Entry
	for i := range f.Entries {
		if e := &f.Entries[i]; e.Unit == "dai-hiep" {
			own = e
		} else {
			other = e
		}
	}
	unit, secretary := s.as("submitter"), s.as("secretary")
	s.shows(unit, "/dossiers/"+own.Dossier, "Object to the decision")
	// What is sent now would change nothing, and is refused instead of taken in silently; the pages say so.
	for _, page := range []string{"/dossiers/" + own.Dossier, "/own/" + own.Dossier + "/check"} {
		s.shows(unit, page, "documents can no longer be added")
		if _, body, _ := unit.get(page); strings.Contains(body, "/own/"+own.Dossier+"/upload") {
			t.Errorf("%s has a form for documents", page)
		}
	}
	if status, body, _ := unit.send("/own/"+own.Dossier+"/upload", nil, map[string]string{"late.txt": "Too late."}); status != 409 ||
		!strings.Contains(body, "would change nothing") {
		t.Errorf("documents for a dossier on a closed list: %d %s", status, text(body))
	}
	if status, _, _ := unit.post("/own/"+other.Dossier+"/objection", url.Values{"text": {"it is not ours"}}); status != 404 {
		t.Errorf("another unit objects: %d", status)
	}
	if status, _, _ := secretary.post("/own/"+own.Dossier+"/objection", url.Values{"text": {"for the unit"}}); status != 403 {
		t.Errorf("a secretary objects: %d", status)
	}
	unit.must("/own/"+own.Dossier+"/objection", url.Values{"text": {"the visit was to another village " + hostile}})
	s.shows(unit, "/", "The objection waits for its answer.")
	s.shows(secretary, "/", "objections of units to answer")
	if _, body, _ := secretary.get("/lists/" + district); strings.Contains(body, ">"+own.Dossier+"<") ||
		!strings.Contains(body, `href="/dossiers/`+own.Dossier+`#votes"`) {
		t.Error("the list names the dossier of an objection by its id")
	}
	// A closed list is written in the campaign's language; its page is in the reader's. Who has decided is a person.
	s.shows(secretary, "/dossiers/"+own.Dossier, "The chair, ", "points; ")
	s.shows(unit, "/dossiers/"+own.Dossier, "the visit was to another village", "The objection waits for its answer.")
	s.shows(secretary, "/lists/model-district", "Objections that wait for an answer: 1.")
	s.shows(secretary, "/dossiers/"+own.Dossier, "the visit was to another village", "Uphold")
	if _, body, _ := s.as("member").get("/lists/model-district"); strings.Contains(body, "Objections that wait") {
		t.Error("a member of the unit, who is recused, learns of the objection on the list")
	}
	if status, _, _ := s.as("second").post("/dossiers/"+own.Dossier+"/objection", url.Values{"outcome": {"upheld"},
		"reason": {"by a member"}}); status != 403 {
		t.Errorf("a member answers: %d", status)
	}
	secretary.must("/dossiers/"+own.Dossier+"/objection", url.Values{"outcome": {review.ObjectionRejected}, "reason": {"the minutes name it"}})
	s.shows(unit, "/dossiers/"+own.Dossier, "The objection was rejected", "the minutes name it")
}

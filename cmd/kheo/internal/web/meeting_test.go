package web

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

const district = "model-district"

// listed is a list as someone downloads it, without the name of its run.
func (b *browser) listed() *publish.File {
	b.Helper()
	status, body, _ := b.get("/lists/" + district + "/files/" + district + ".json")
	return b.decoded(fmt.Sprint("the download, ", status), []byte(body))
}

// latestFile is the same list as it lies in the folder of the newest run.
func (s *site) latestFile() *publish.File {
	s.Helper()
	path := filepath.Join(s.w.Lists(), workspace.Latest, district+".json")
	b, err := os.ReadFile(path)
	if err != nil {
		s.Fatal(err)
	}
	return s.decoded(path, b)
}

func (s *site) decoded(what string, b []byte) *publish.File {
	s.Helper()
	var f publish.File
	if err := json.Unmarshal(b, &f); err != nil {
		s.Fatalf("%s: %v", what, err)
	}
	f.Run = ""
	return &f
}

func (s *site) same(what string, a, b *publish.File) {
	s.Helper()
	x, err1 := json.MarshalIndent(a, "", " ")
	y, err2 := json.MarshalIndent(b, "", " ")
	if err1 != nil || err2 != nil {
		s.Fatal(err1, err2)
	}
	if string(x) != string(y) {
		s.Errorf("%s differs:\n%s\n---\n%s", what, x, y)
	}
}

func outcomeOf(f *publish.File, id string) dossier.Outcome {
	for _, e := range f.Entries {
		if e.Dossier == id {
			return e.Outcome
		}
	}
	return ""
}

// entryWith is an entry of the district's list with an outcome.
func (s *site) entryWith(f *publish.File, o dossier.Outcome) *publish.Entry {
	s.Helper()
	for i := range f.Entries {
		if f.Entries[i].Outcome == o {
			return &f.Entries[i]
		}
	}
	s.Fatalf("no entry is %s", o)
	return nil
}

func TestListsInForce(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, *site)
	}{{"an overridden outcome holds at once",
		anOverriddenOutcomeHoldsAtOnce}, {"a meeting says the same everywhere",
		aMeetingSaysTheSameEverywhere}} {
		t.Run(c.name, func(t *testing.T) {
			own := *s
			own.T = t
			c.test(t, &own)
		})
	}
}

// An outcome that someone sets holds at once: on every page, in counts, filters, downloads and papers,
// and it is what the next run publishes. Taken back, all is as it was.
func anOverriddenOutcomeHoldsAtOnce(t *testing.T, s *site) {
	chair, observer := s.as("chair"), s.as("observer")
	before := chair.listed()
	down := s.entryWith(before, dossier.Recommended)
	up := s.entryWith(before, dossier.NeedsReview)
	chair.must("/dossiers/"+down.Dossier+"/override", url.Values{"outcome": {"not-recommended"},
		"reason": {"a visit found it closed"}})
	chair.must("/dossiers/"+up.Dossier+"/override", url.Values{"outcome": {"recommended"},
		"reason": {"the confirmation came by post"}})

	now := chair.listed()
	if outcomeOf(now, down.Dossier) != dossier.NotRecommended || outcomeOf(now,
		up.Dossier) != dossier.Recommended {
		t.Fatalf("the download still says %s and %s", outcomeOf(now, down.Dossier), outcomeOf(now, up.Dossier))
	}
	want := before.Counts
	want.NotRecommended++
	want.NeedsReview--
	if now.Counts != want {
		t.Errorf("counts are %+v, want %+v", now.Counts, want)
	}
	line := fmt.Sprintf("%d registered, %d recommended, %d need review", want.Registered, want.Recommended,
		want.NeedsReview)
	s.shows(observer, "/lists/"+district, line, "set to “Not recommended” by The chair: a visit found it closed")
	s.shows(observer, "/lists/"+district+"?outcome=recommended", up.Title)
	s.shows(observer, "/lists/"+district+"?outcome=not-recommended", down.Title)
	s.shows(observer, "/dossiers/"+down.Dossier, "Not recommended", "the program says: Recommended",
		"a visit found it closed")
	s.shows(observer, "/lists/"+district+"/compare?a="+down.Dossier+"&b="+up.Dossier, "Not recommended")
	s.shows(chair, "/meeting/"+district+"?entry="+down.Dossier, "Not recommended",
		"the program says: Recommended")
	if _, body, _ := observer.get("/lists/" + district + "?outcome=recommended"); strings.Contains(body,
		"/dossiers/"+down.Dossier+`"`) {
		t.Error("the filter still finds what was overridden among the recommended")
	}
	if p := s.paper("summary", ""); !strings.Contains(p, "Recommended") {
		t.Error("no summary")
	}

	// The files follow, and the next run finds nothing to change.
	run := s.edition()
	s.same("the file after the edition", now, s.latestFile())
	s.same("the download after the edition", now, chair.listed())
	_, found, _ := chair.get("/search?q=" + url.QueryEscape("outcome:not-recommended"))
	if !strings.Contains(found, "/dossiers/"+down.Dossier) {
		t.Error("the search does not find what was overridden by its outcome")
	}
	out, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"})
	if err != nil || out.Run.Run != run {
		t.Fatalf("the next run publishes %v, not the lists of the edition %s: %v", out.Run.Run, run, err)
	}
	s.same("the file after the next run", now, s.latestFile())

	// Taken back.
	for _, id := range []string{down.Dossier, up.Dossier} {
		chair.must("/dossiers/"+id+"/restore", nil)
	}
	s.same("the download after it was taken back", before, chair.listed())
	s.edition()
	s.same("the file after it was taken back", before, s.latestFile())
}

// edition publishes again with what people set, and returns the run of which the lists now are.
func (s *site) edition() string {
	s.Helper()
	if err := pipeline.PublishEdition(s.Context(), s.w, pipeline.Options{Version: "test"}); err != nil {
		s.Fatal(err)
	}
	run, err := s.w.Store.Runs.Latest(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return run
}

// shows reports an error if a page does not show something.
func (s *site) shows(b *browser, path string, what ...string) {
	s.Helper()
	status, body, _ := b.get(path)
	got := text(body)
	for _, w := range what {
		if status != 200 || !strings.Contains(got, text(w)) {
			s.Errorf("%s (%d) does not show %q:\n%s", path, status, w, got)
		}
	}
}

// paper is the text of a paper in English.
func (s *site) paper(kind, ruleset string) string {
	s.Helper()
	path := "/papers/file?paper=" + kind
	if ruleset != "" {
		path += "&ruleset=" + ruleset
	}
	status, body, _ := s.as("chair").get(path)
	if status != 200 {
		s.Fatalf("%s: %d %s", path, status, text(body))
	}
	return text(unzipped(body))
}

// One meeting from its opening to a closed list that later runs, people and rules leave as it is.
func aMeetingSaysTheSameEverywhere(t *testing.T, s *site) {
	chair, secretary, second, third := s.as("chair"), s.as("secretary"), s.as("second"), s.as("third")
	f := chair.listed()
	// Who has no vote attends, and is not counted: chair, member, second and third have one.
	secretary.must("/meeting/"+district+"/open", url.Values{"present": {"chair", "second", "third",
		"secretary", "chair"}})
	s.shows(chair, "/meeting/"+district, "3 of 4 with a vote: The chair, The second, The third; without a vote: The secretary")
	// A role that changes afterwards changes no meeting.
	s.change("third", review.Observer)
	if p := s.paper("minutes", district); !strings.Contains(p, "Present were 3 of 4 who may vote") ||
		!strings.Contains(p, "Attending without a vote: – The secretary") {
		t.Errorf("the minutes: %s", p)
	}
	s.change("third", review.Member)
	if status, _, _ := secretary.post("/meeting/"+district+"/open",
		url.Values{"present": {"nobody"}}); status != 409 {
		t.Errorf("somebody unknown was present: %d", status)
	}

	// What must be decided is one thing: an entry that someone voted on stays open, whatever its outcome.
	other := s.entryWith(f, dossier.NotRecommended)
	second.must("/dossiers/"+other.Dossier+"/vote", url.Values{"vote": {"for"}})
	open := 1
	for _, e := range f.Entries {
		if e.Outcome == dossier.Recommended || e.Outcome == dossier.NeedsReview {
			open++
		}
	}
	for _, path := range []string{"/", "/meeting/" + district, "/lists/" + district} {
		s.shows(chair, path, fmt.Sprintf("%d still to be decided", open))
	}
	for _, e := range f.Entries {
		if e.Outcome == dossier.Recommended || e.Outcome == dossier.NeedsReview {
			chair.must("/dossiers/"+e.Dossier+"/decide", url.Values{"decision": {"deferred"},
				"reason": {"next time"}})
		}
	}
	s.shows(chair, "/meeting/"+district, "1 still to be decided", other.Title)
	if _, body, _ := chair.get("/meeting/" + district); strings.Contains(body,
		"Everything that must be decided is decided") {
		t.Error("the meeting says that all is decided, and the list cannot be closed")
	}
	if status, _, _ := chair.post("/lists/"+district+"/close", url.Values{"sure": {"yes"}}); status != 409 {
		t.Errorf("closed with an open entry: %d", status)
	}
	s.shows(third, "/waiting", other.Title)
	chair.must("/dossiers/"+other.Dossier+"/decide", url.Values{"decision": {"returned"},
		"reason": {"next time"}})
	s.shows(chair, "/meeting/"+district, "Everything that must be decided is decided")

	if status, _, _ := chair.post("/lists/"+district+"/close", url.Values{"sure": {"yes"},
		"run": {"another"}}); status != 409 {
		t.Errorf("a list that the chair has not seen was closed: %d", status)
	}
	chair.must("/lists/"+district+"/close", url.Values{"sure": {"yes"}})
	was, minutes := chair.listed(), s.paper("minutes", district)

	// A later run with another dossier, another person's roles and a conflict of interest found since.
	put(t, filepath.Join(s.w.Dir, "inbox", "late", "dossier.yaml"),
		[]byte("kind: model\ntitle: A late one\nunit: dai-minh\nlevel: district\nfield: economy\nregistered_on: 2024-02-14\n"))
	put(t, filepath.Join(s.w.Dir, "inbox", "late", "a.txt"),
		[]byte("Báo cáo kết quả. Số hộ tham gia: 120 hộ.\n"))
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "later"}); err != nil {
		t.Fatal(err)
	}
	if f := s.latestFile(); f.Counts.Registered != was.Counts.Registered+1 {
		t.Fatalf("the later run has %d dossiers", f.Counts.Registered)
	}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System,
		Action: review.TieDeclared, Data: review.Data{Subject: "second", Unit: other.Unit, Reason: "a cousin"}},
		review.Event{Person: review.System, Action: review.PersonDisabled,
			Data: review.Data{Subject: "third"}}); err != nil {
		t.Fatal(err)
	}
	s.same("the closed list", was, chair.listed())
	// What the closed list says of itself are its decisions, and not what a program recommended.
	decided := fmt.Sprintf("%d deferred, 1 returned", open-1)
	if rest := was.Counts.Registered - open; rest > 0 {
		decided += fmt.Sprintf(", %d without a decision", rest)
	}
	s.shows(chair, "/", decided)
	s.shows(chair, "/lists/"+district, fmt.Sprintf("%d registered · %s", was.Counts.Registered, decided), "How the newest list differs", "A late one")
	s.shows(chair, "/", fmt.Sprintf("%d registered", was.Counts.Registered),
		fmt.Sprintf("Recommended %d Needs review %d", was.Counts.Recommended, was.Counts.NeedsReview))
	if p := s.paper("minutes", district); p != minutes {
		t.Errorf("the minutes changed:\n%s\n---\n%s", minutes, p)
	}
	r, err := s.w.Review().Verify(t.Context(), "", func(run, ruleset string) (*publish.File,
		error) {
		return editions.List(t.Context(), s.w, run, ruleset)
	})
	if err != nil || len(r.Faults) > 0 || !slices.Equal(r.Closed, []string{district}) {
		t.Errorf("%+v %v", r, err)
	}
}

// change gives a person another role.
func (s *site) change(id string, role review.Role) {
	s.Helper()
	e := review.Event{Person: review.System, Action: review.PersonChanged, Data: review.Data{Subject: id,
		Name: "The " + id, Roles: []review.Role{role}}}
	if err := s.w.Review().Do(s.Context(), review.Subject{}, e); err != nil {
		s.Fatal(err)
	}
}

// The button at the end of a meeting leads to where the list is closed.
func TestTheEndOfAMeetingLeadsToClosing(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, page := range []string{"meeting", "list"} {
		text, err := os.ReadFile("page/templates/" + page + ".html")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`/lists/[^"]*#([a-z]+)"`).FindAllStringSubmatch(string(text), -1) {
			if _, body, _ := s.as("chair").get("/lists/model-district"); !strings.Contains(body, `id="`+m[1]+`"`) {
				t.Errorf("the page %s leads to #%s of a list, which is nowhere", page, m[1])
			}
		}
	}
}

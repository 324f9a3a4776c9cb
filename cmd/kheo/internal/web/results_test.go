package web

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/operations"
	"kheo/pipeline/publish"
	"kheo/pipeline/results"
	"kheo/pipeline/review"
)

// Everybody sees who was recognised on a closed list that is released, when units can no longer object, and nothing else:
// no points, votes, reasons, people, other entries or other lists, and no forgotten dossier.
func TestResultsForEverybody(t *testing.T) {
	t.Parallel()
	s := open(t)
	now := time.Now()
	s.w.Now = func() time.Time { return now }
	rule := s.w.Campaign().Review
	rule.Objections = 10
	s.w.Review().Set(rule)
	f := s.closesList("model-district")
	anyone := s.nobody()
	anyone.must("/language", url.Values{"language": {"en"}, "back": {"/sign-in"}})
	for _, path := range []string{"/results", "/results.json", "/results.csv"} {
		if status, _, _ := anyone.get(path); status != 404 {
			t.Errorf("%s of a campaign that releases nothing: %d", path, status)
		}
	}
	rule.Public = true
	s.w.Review().Set(rule)
	s.shows(anyone, "/results", "No results have been released yet.")
	var in, out []publish.Entry
	for _, e := range f.Entries {
		if e.Outcome == dossier.Recommended {
			in = append(in, e)
		} else {
			out = append(out, e)
		}
	}
	if len(in) < 2 || len(out) == 0 {
		t.Fatalf("%d entries are recognised, %d not", len(in), len(out))
	}
	object := func(e publish.Entry, id string) {
		t.Helper()
		for _, x := range []review.Event{
			{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: id, Name: "Of the unit",
				Roles: []review.Role{review.Submitter}, Unit: e.Unit}},
			{Person: id, Action: review.Objected, Ruleset: f.Ruleset, Dossier: e.Dossier, Data: review.Data{Text: "it is another award"}},
		} {
			if err := s.w.Review().Do(t.Context(), review.Subject{Unit: e.Unit}, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	anew := in[0]
	object(in[1], "one")
	object(anew, "other")
	now = now.AddDate(0, 0, 12)
	s.shows(anyone, "/results", "No results have been released yet.") // the objection waits
	secretary := s.as("secretary")
	secretary.must("/dossiers/"+anew.Dossier+"/objection", url.Values{"outcome": {review.ObjectionUpheld}, "reason": {"it is right"}})
	s.shows(anyone, "/results", "No results have been released yet.")
	secretary.must("/dossiers/"+in[1].Dossier+"/objection", url.Values{"outcome": {review.ObjectionRejected}, "reason": {"it is right"}})
	s.shows(anyone, "/results", in[1].Title)

	in, out = in[1:], append(out, anew) // a new decision follows outside of the list

	names := rule
	names.Names = true
	s.w.Review().Set(names)
	s.shows(anyone, "/results", "No results have been released yet.") // other lists are not closed
	s.w.Review().Set(rule)

	_, raw, h := anyone.get("/results.json")
	var got struct {
		Campaign string
		Lists    []results.List
	}
	read := json.NewDecoder(strings.NewReader(raw))
	read.DisallowUnknownFields()
	if err := read.Decode(&got); err != nil || h.Get("Content-Type") != "application/json" {
		t.Fatalf("%v %v\n%s", err, h, raw)
	}
	if len(got.Lists) != 1 || len(got.Lists[0].Results) != len(in) || got.Lists[0].Results[0] != (results.Entry{Number: 2, Name: in[0].Title,
		Unit: s.w.Campaign().Env.UnitByID(in[0].Unit).Name}) {
		t.Errorf("%s", raw)
	}
	for _, path := range []string{"/results", "/results.json", "/results.csv"} {
		status, body, _ := anyone.get(path)
		plain := body
		if path == "/results" {
			plain = text(body)
		}
		for _, e := range in {
			if status != 200 || !strings.Contains(plain, e.Title) {
				t.Errorf("%s: %d, without %s", path, status, e.Title)
			}
		}
		for _, e := range out {
			if strings.Contains(plain, e.Title) || strings.Contains(body, e.Dossier) {
				t.Errorf("%s has %s, which was not recognised", path, e.Title)
			}
		}
		for _, no := range []string{"as the members saw on site", "The chair", fmt.Sprint(in[0].Points), in[0].Dossier, "it is another award", "it is right"} {
			if strings.Contains(plain, no) {
				t.Errorf("%s has %q", path, no)
			}
		}
	}

	if _, err := operations.ForgetDossier(t.Context(), s.w, in[0].Dossier, "asked for"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/results", "/results.json", "/results.csv"} {
		_, body, _ := anyone.get(path)
		if strings.Contains(body, in[0].Title) {
			t.Errorf("%s after %s was forgotten:\n%.2000s", path, in[0].Title, body)
		}
	}
	rule.Public = false
	s.w.Review().Set(rule)
	if status, _, _ := anyone.get("/results"); status != 404 {
		t.Errorf("the release was taken back: %d", status)
	}
}

package web

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// placeRules has two places with money, and a deduction.
const placeRules = `ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 40
facts:
  households: { type: count, labels: { en: [Households] } }
  late: { type: count, title: { en: Days late }, labels: { en: [Days late] } }
criteria:
  - { id: reach, title: { en: Reach }, max: 40, measured: households, proportional: { from: 0, to: 100, points: 40 } }
  - { id: late, title: { en: Late }, max: 15, deduct: true, measured: late, per: { points: 5 } }
bands: { recommended: total >= 10 }
places:
  - { id: first, title: { en: First prize }, number: 1, amount: 500 EUR }
  - { id: second, title: { en: Second prize }, number: 1, amount: 200 EUR }
`

// A person who sets an outcome gives an award or takes it away, and sets the points of a deduction; the page, the
// list and its download say so, and it can be undone.
func TestAPersonGivesAnAwardByHand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "kheo.yaml"), []byte("campaign: prizes\ntimezone: UTC\nlanguages: [en]\ncloses: 2024-12-31\n"+
		"units: [ { id: north, name: North } ]\nkinds: [ { id: model } ]\nrules: [rules/models.yaml]\n"))
	put(t, filepath.Join(dir, "rules", "models.yaml"), []byte(placeRules))
	for title, households := range map[string]string{"lamps": "90", "wells": "60", "gardens": "50"} {
		put(t, filepath.Join(dir, "inbox", title, "dossier.yaml"), []byte("kind: model\ntitle: "+title+"\nunit: north\n"))
		put(t, filepath.Join(dir, "inbox", title, "report.txt"), []byte("Households: "+households+"\nDays late: 1\n"))
	}
	s := serveFixture(t, dir, map[string][]review.Role{"chair": {review.Chair}, "observer": {review.Observer}})
	chair := s.as("chair")
	of := func(title string) *publish.Entry {
		_, body, _ := chair.get("/lists/models/files/models.json")
		f := s.decoded("the list", []byte(body))
		for i := range f.Entries {
			if f.Entries[i].Title == title {
				return &f.Entries[i]
			}
		}
		t.Fatalf("no entry %s", title)
		return nil
	}
	gets := func(when, title, want string, money float64) {
		t.Helper()
		e := of(title)
		id, amount := "", 0.0
		if e.Award != nil {
			id = e.Award.ID
		}
		if e.Granted != nil {
			amount = e.Granted.Amount
		}
		if id != want || amount != money {
			t.Errorf("%s: %s gets %q with %v, want %q with %v", when, title, id, amount, want, money)
		}
	}
	gets("before", "wells", "second", 200)
	gardens, wells := s.dossierLike("gardens"), s.dossierLike("wells")
	s.shows(chair, "/dossiers/"+gardens, "What it gets", "First prize – 500 EUR")
	chair.must("/dossiers/"+gardens+"/override", url.Values{"award": {"second"}, "reason": {"a prize of its own"}})
	gets("given", "gardens", "second", 200)
	s.shows(s.as("observer"), "/dossiers/"+gardens, "gets: Second prize – 200 EUR", "a prize of its own")
	chair.must("/dossiers/"+wells+"/override", url.Values{"outcome": {"recommended"}, "reason": {"as it is"}})
	gets("the outcome as it was", "wells", "second", 200)
	chair.must("/dossiers/"+wells+"/override", url.Values{"award": {"none"}, "reason": {"it declined"}})
	gets("taken away", "wells", "", 0)
	if e := of("wells"); e.Outcome != "recommended" || e.ByHand == nil || e.ByHand.Award == nil || e.ByHand.Award.ID != "second" {
		t.Errorf("taken away: %s, %+v", e.Outcome, e.ByHand)
	}
	chair.must("/dossiers/"+wells+"/restore", url.Values{"criterion": {""}})
	gets("undone", "wells", "second", 200)

	for _, c := range []struct {
		name string
		form url.Values
		says string
	}{
		{"an award that the outcome excludes", url.Values{"award": {"first"}, "outcome": {"not-recommended"}, "reason": {"x"}},
			"goes with the outcome"},
		{"an award that the ruleset does not have", url.Values{"award": {"third"}, "reason": {"x"}}, "is not a rank, place or grant"},
		{"more than the deduction takes off", url.Values{"criterion": {"late"}, "points": {"20"}, "reason": {"x"}}, "from -15 to 0"},
		{"an award without a reason", url.Values{"award": {"first"}, "reason": {""}}, "Write the reason"},
	} {
		if status, body, _ := chair.post("/dossiers/"+wells+"/override", c.form); status < 400 || !strings.Contains(text(body), c.says) {
			t.Errorf("%s: %d %s, want %q", c.name, status, text(body), c.says)
		}
	}
	chair.must("/dossiers/"+wells+"/override", url.Values{"criterion": {"late"}, "points": {"10"}, "reason": {"two days"}})
	s.shows(chair, "/dossiers/"+wells, "late: -10")
}

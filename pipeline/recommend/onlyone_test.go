package recommend

import (
	"testing"

	"kheo/internal/dossier"
	"kheo/rules"
)

// applicant is an assessment that states an applicant and a day.
func applicant(id, who, day string, outcome dossier.Outcome, points float64) *dossier.Assessment {
	state := dossier.Certain
	return &dossier.Assessment{Dossier: id, Title: id, Outcome: outcome, Points: points,
		Order: []dossier.OrderKey{{Number: points, Down: true}, {String: id}},
		Facts: []dossier.Fact{{Name: "who", Value: who, State: state}, {Name: "day", Value: day, State: state}}}
}

// Of several dossiers of one applicant one counts, and if it is not settled which, people say.
func TestOnlyOneDossierOfAnApplicantCounts(t *testing.T) {
	latest := rules.OnlyOne{Of: "who", Keep: rules.KeepLatest, By: "day", Outcome: dossier.Ineligible}
	best := rules.OnlyOne{Of: "who", Keep: rules.KeepBest, Outcome: dossier.NotRecommended}
	waiting := applicant("b", "Ann", "2026-02-02", dossier.Recommended, 70)
	waiting.Flags = []dossier.Flag{{Code: dossier.FlagAwaitingPanel}}
	for _, tt := range []struct {
		name string
		rule rules.OnlyOne
		b    *dossier.Assessment
		want [2]dossier.Outcome // of a, which is by Ann, of 1 February, with 80 points, and of b
	}{
		{"the latest", latest, applicant("b", "ANN ", "2026-02-02", dossier.Recommended, 70),
			[2]dossier.Outcome{dossier.Ineligible, dossier.Recommended}},
		{"the latest, though it is not eligible", latest, applicant("b", "Ann", "2026-02-02", dossier.Ineligible, 70),
			[2]dossier.Outcome{dossier.Ineligible, dossier.Ineligible}},
		{"two of one day", latest, applicant("b", "Ann", "2026-02-01", dossier.Recommended, 70),
			[2]dossier.Outcome{dossier.NeedsReview, dossier.NeedsReview}},
		{"another applicant", latest, applicant("b", "Bo", "2026-02-02", dossier.Recommended, 70),
			[2]dossier.Outcome{dossier.Recommended, dossier.Recommended}},
		{"the best", best, applicant("b", "Ann", "2026-02-02", dossier.Recommended, 70),
			[2]dossier.Outcome{dossier.Recommended, dossier.NotRecommended}},
		{"the best of those recommended", best, applicant("b", "Ann", "2026-02-02", dossier.NotRecommended, 90),
			[2]dossier.Outcome{dossier.Recommended, dossier.NotRecommended}},
		{"the best, while scores are missing", best, waiting,
			[2]dossier.Outcome{dossier.NeedsReview, dossier.NeedsReview}},
		{"equal ones", best, applicant("b", "Ann", "2026-02-02", dossier.Recommended, 80),
			[2]dossier.Outcome{dossier.NeedsReview, dossier.NeedsReview}},
	} {
		l := &List{}
		l.order([]*dossier.Assessment{applicant("a", "Ann", "2026-02-01", dossier.Recommended, 80), tt.b})
		l.keepOne(&rules.Ruleset{OnlyOne: []rules.OnlyOne{tt.rule}})
		got := map[string]dossier.Outcome{}
		for i := range l.Entries {
			got[l.Entries[i].Dossier] = l.Entries[i].Outcome
		}
		if got["a"] != tt.want[0] || got["b"] != tt.want[1] {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

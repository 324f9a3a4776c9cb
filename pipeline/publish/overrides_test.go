package publish

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/recommend"
	"kheo/rules"
	"kheo/rules/award"
)

// published is a list as a run writes it and others read it.
func published(t *testing.T, l *recommend.List) *File {
	t.Helper()
	b, err := NewFile(l, "c", "en").JSON()
	if err != nil {
		t.Fatal(err)
	}
	var f File
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	return &f
}

func same(t *testing.T, what string, a, b *File) {
	t.Helper()
	x, _ := a.JSON()
	y, _ := b.JSON()
	if string(x) != string(y) {
		t.Fatalf("%s:\n%s\n---\n%s", what, x, y)
	}
}

// What people set shows on a published list at once as the next run publishes it, and what they take back
// leaves no trace, in whatever order they do it.
func TestWhatPeopleSetIsWhatTheNextRunPublishes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var as []*dossier.Assessment
		for i := range 1 + r.IntN(12) {
			points := float64(10 * r.IntN(8))
			as = append(as, &dossier.Assessment{Dossier: fmt.Sprintf("d%02d", i), Points: points, Max: 100,
				Outcome: dossier.Outcomes[r.IntN(len(dossier.Outcomes))],
				Meets:   []string{"high", "good"}[r.IntN(3)%2:],
				Band:    dossier.Text{"en": "so many points"}, Order: []dossier.OrderKey{{Number: points,
					Down: true}, {String: fmt.Sprintf("d%02d", i)}}})
		}
		chosen := func() map[string]recommend.Choice {
			out := map[string]recommend.Choice{}
			for _, a := range as {
				if r.IntN(3) == 0 {
					out[a.Dossier] = recommend.Choice{Outcome: dossier.Outcomes[r.IntN(4)],
						Reason: fmt.Sprint("for a reason ", r.IntN(9)),
						Award: []*recommend.GivenAward{nil, {ID: recommend.NoAward},
							{ID: "good", Title: dossier.Text{"en": "Good"}, Granted: &award.Money{Amount: 5, Currency: "EUR"}}}[r.IntN(3)]}
				}
			}
			return out
		}
		run := func(choices map[string]recommend.Choice) *File {
			ranks := award.List{{ID: "high", Title: dossier.Text{"en": "High"}, Outcome: dossier.Recommended,
				Limit: award.Limit{Most: 2}, Prize: award.Money{Amount: 9, Currency: "EUR"}},
				{ID: "good", Title: dossier.Text{"en": "Good"}, Outcome: dossier.Recommended}}
			l := recommend.Make(&rules.Ruleset{ID: "r", Awards: ranks}, as)
			l.Choose(choices)
			return published(t, l)
		}
		program, first, second := run(nil), chosen(), chosen()
		same(t, "at once and after the next run", program.With(first, "en"), run(first))
		same(t, "over a list on which others were set", run(first).With(second, "en"), run(second))
		same(t, "all taken back", run(first).With(nil, "en"), program)
	}
}

// A choice moves no other entry: quotas count what the program recommends.
func TestAChoiceMovesNoOtherEntry(t *testing.T) {
	var as []*dossier.Assessment
	for i := range 3 {
		as = append(as, &dossier.Assessment{Dossier: fmt.Sprint("d", i), Outcome: dossier.Recommended,
			Order: []dossier.OrderKey{{Number: float64(i)}, {String: fmt.Sprint(i)}}})
	}
	l := recommend.Make(&rules.Ruleset{ID: "r", Quotas: []rules.Quota{{Most: 2, Per: "all"}}}, as)
	cut := published(t, l).Entries[2].Dossier
	l.Choose(map[string]recommend.Choice{cut: {Outcome: dossier.Recommended, Reason: "the committee wants it"}})
	f := published(t, l)
	if f.Counts.Recommended != 3 || f.Entries[2].Dossier != cut || f.Entries[2].Rank != 3 ||
		f.Entries[2].ByHand.Was != dossier.NotRecommended {
		t.Errorf("%+v", f.Entries)
	}
}

// A person who sets an outcome gives an award or takes it away; one who says nothing of it leaves it, as long as the
// outcome is the same.
func TestAPersonGivesAndTakesAwards(t *testing.T) {
	gold := &recommend.GivenAward{ID: "gold", Title: dossier.Text{"en": "Gold"}, Granted: &award.Money{Amount: 7, Currency: "EUR"}}
	for _, c := range []struct {
		name   string
		choice recommend.Choice
		want   string // award and money
	}{
		{"the same outcome keeps the award", recommend.Choice{Outcome: dossier.Recommended, Reason: "r"}, "high 9 EUR"},
		{"another outcome has none", recommend.Choice{Outcome: dossier.NotRecommended, Reason: "r"}, ""},
		{"another award", recommend.Choice{Outcome: dossier.Recommended, Reason: "r", Award: gold}, "gold 7 EUR"},
		{"an award with another outcome", recommend.Choice{Outcome: dossier.NotRecommended, Reason: "r", Award: gold}, "gold 7 EUR"},
		{"the award is taken away", recommend.Choice{Outcome: dossier.Recommended, Reason: "r",
			Award: &recommend.GivenAward{ID: recommend.NoAward}}, ""},
	} {
		l := recommend.Make(&rules.Ruleset{ID: "r", Awards: award.List{{ID: "high", Title: dossier.Text{"en": "High"},
			Outcome: dossier.Recommended, Prize: award.Money{Amount: 9, Currency: "EUR"}}}}, []*dossier.Assessment{{Dossier: "d",
			Outcome: dossier.Recommended, Meets: []string{"high"}, Order: []dossier.OrderKey{{String: "d"}}}})
		program := published(t, l)
		f := program.With(map[string]recommend.Choice{"d": c.choice}, "en")
		got := ""
		if e := f.Entries[0]; e.Award != nil {
			got = fmt.Sprint(e.Award.ID, " ", e.Granted.Amount, " ", e.Granted.Currency)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		same(t, c.name, f.Program(), program)
	}
}

package recommend

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kheo/internal/dossier"
	"kheo/rules"
	"kheo/rules/award"
)

// awardRules loads a ruleset of the tests of package rules.
func awardRules(t testing.TB, name string) *rules.Ruleset {
	t.Helper()
	src, err := os.ReadFile("../../rules/testdata/awards/" + name)
	if err != nil {
		t.Fatal(err)
	}
	env := &rules.Env{Campaign: "c", Languages: []string{"en"}, Closes: "2026-12-31",
		Units:  []rules.Unit{{ID: "north", Name: "North"}, {ID: "south", Name: "South"}, {ID: "west", Name: "West"}},
		Fields: []rules.Named{{ID: "economy"}, {ID: "culture"}}, Kinds: []rules.Named{{ID: "model"}}}
	rs, err := rules.Load("r.yaml", src, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// contender is an assessment that meets some ranks or places.
func contender(id, unit, field string, points float64, meets ...string) *dossier.Assessment {
	a := &dossier.Assessment{Dossier: id, Title: id, Unit: unit, Field: field, Points: points, Meets: meets,
		Outcome: dossier.NotRecommended, Order: []dossier.OrderKey{{Number: points, Down: true}, {String: id}}}
	if len(meets) > 0 {
		a.Outcome = dossier.Recommended
	}
	return a
}

// awarded writes each entry's award, amount and place, in the order of the ids.
func awarded(l *List) string {
	entries := slices.Clone(l.Entries)
	slices.SortFunc(entries, func(a, b Ranked) int {
		return a.Position*1000 + int(a.Dossier[0]) - b.Position*1000 - int(b.Dossier[0])
	})
	out := ""
	for _, e := range entries {
		got := "-"
		if e.Award != nil {
			got = e.Award.ID
		}
		if e.Outcome == dossier.NeedsReview {
			got = "?"
		}
		if e.Granted != nil {
			got += fmt.Sprint(":", e.Granted.Amount)
		}
		out += fmt.Sprintf("%s %d %s; ", e.Dossier, e.Place, got)
	}
	return out
}

func TestPlacesGoToTheBestOfEachFieldAndMentionsToTheNext(t *testing.T) {
	rs := awardRules(t, "places.yaml")
	both, mention := []string{"winner", "mention"}, []string{"mention"}
	for _, c := range []struct {
		name string
		list []*dossier.Assessment
		want string
	}{
		{"one winner a field, two mentions over all", []*dossier.Assessment{
			contender("a", "north", "economy", 95, both...), contender("b", "south", "economy", 90, both...),
			contender("c", "west", "culture", 85, both...), contender("d", "west", "economy", 70, mention...),
			contender("e", "south", "economy", 65, mention...)},
			"a 1 winner:15000; b 2 mention; c 3 winner:15000; d 4 mention; e 5 -; "},
		{"equals share the place and its prize", []*dossier.Assessment{
			contender("a", "north", "economy", 95, both...), contender("b", "south", "economy", 95, both...)},
			"a 1 winner:7500; b 1 winner:7500; "},
		{"a place that nobody meets stays empty", []*dossier.Assessment{
			contender("a", "north", "economy", 70, mention...), contender("b", "south", "economy", 50)},
			"a 1 mention; b 2 -; "},
		{"a unit that has two gets no third", []*dossier.Assessment{
			contender("a", "north", "economy", 95, both...), contender("b", "north", "culture", 90, both...),
			contender("c", "north", "culture", 85, both...), contender("d", "south", "culture", 80, both...)},
			"a 1 winner:15000; b 2 winner:15000; c 3 -; d 4 mention; "},
		{"equals at the last mention both get it", []*dossier.Assessment{
			contender("a", "north", "economy", 70, mention...), contender("b", "south", "economy", 65, mention...),
			contender("c", "west", "economy", 65, mention...)},
			"a 1 mention; b 2 mention; c 2 mention; "},
	} {
		if got := awarded(Make(rs, c.list)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestARankThatIsFullFallsToTheNext(t *testing.T) {
	rs := awardRules(t, "ranks.yaml")
	var list []*dossier.Assessment
	for i, p := range []float64{99, 97, 95, 85, 70} {
		meets := map[bool][]string{true: {"excellent", "good", "fair"}, false: {"good", "fair"}}[p >= 90]
		if p < 80 {
			meets = []string{"fair"}
		}
		a := contender(string(rune('a'+i)), "north", "economy", p, meets...)
		if p < 80 {
			a.Outcome = dossier.NotRecommended
		}
		list = append(list, a)
	}
	if got, want := awarded(Make(rs, list)), "a 1 excellent; b 2 good; c 3 good; d 4 good; e 5 fair; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	list[1].Points, list[1].Order[0].Number = 99, 99
	if got, want := awarded(Make(rs, list)), "a 1 excellent; b 1 excellent; c 3 good; d 4 good; e 5 fair; "; got != want {
		t.Errorf("equals at the cut: got %s, want %s", got, want)
	}
}

// The scores that are still missing could put another dossier first, so neither has the place for sure.
func TestAPlaceWaitsForMissingScores(t *testing.T) {
	rs := awardRules(t, "places.yaml")
	a := contender("a", "north", "economy", 85, "winner", "mention")
	b := contender("b", "south", "economy", 80, "winner", "mention")
	b.Open = &dossier.Open{Outcomes: []dossier.Outcome{dossier.Recommended},
		Best: []dossier.OrderKey{{Number: 99, Down: true}, {String: "b"}}, Worst: b.Order}
	if got, want := awarded(Make(rs, []*dossier.Assessment{a, b})), "a 1 ?; b 2 ?; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	b.Open.Best = []dossier.OrderKey{{Number: 84, Down: true}, {String: "b"}}
	if got, want := awarded(Make(rs, []*dossier.Assessment{a, b})), "a 1 winner:15000; b 2 mention; "; got != want {
		t.Errorf("scores that change nothing: got %s, want %s", got, want)
	}
}

// asking is a recommended assessment that asks for an amount; a negative one is not known.
func asking(id string, points, ask float64) *dossier.Assessment {
	a := contender(id, "north", "culture", points)
	a.Outcome = dossier.Recommended
	if ask >= 0 {
		a.Facts = []dossier.Fact{{Name: "requested", Value: ask, Unit: "EUR"}}
	}
	return a
}

func TestABudgetIsGivenInOrderUntilItIsSpent(t *testing.T) {
	rs := awardRules(t, "budget.yaml")
	for _, c := range []struct {
		name string
		list []*dossier.Assessment
		want string
	}{
		{"what does not fit is passed over, and the rest given in part", []*dossier.Assessment{
			asking("a", 90, 200_000), asking("b", 80, 170_000), asking("c", 70, 90_000), asking("d", 60, 15_000)},
			"a 1 funded:200000; b 2 reserve; c 3 funded:90000; d 4 funded-in-part:10000; "},
		{"equals that the money does not suffice for are for people", []*dossier.Assessment{
			asking("a", 90, 200_000), asking("b", 80, 100_000), asking("c", 80, 100_000)},
			"a 1 funded:200000; b 2 ?; c 2 ?; "},
		{"equals that it suffices for are funded", []*dossier.Assessment{
			asking("a", 80, 100_000), asking("b", 80, 150_000)}, "a 1 funded:100000; b 1 funded:150000; "},
		{"an unknown amount makes what is behind it open", []*dossier.Assessment{
			asking("a", 90, 100_000), asking("b", 80, -1), asking("c", 70, 100_000)},
			"a 1 funded:100000; b 2 ?; c 3 ?; "},
	} {
		if got := awarded(Make(rs, c.list)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// However dossiers come in, the same get the same; never more is given than there is; and none that is behind
// another in the order, and meets no more, has a higher place.
func TestAwardsKeepToLimitsInEveryOrder(t *testing.T) {
	rs, grants := awardRules(t, "places.yaml"), awardRules(t, "budget.yaml")
	rapid.Check(t, func(t *rapid.T) {
		var list, asked []*dossier.Assessment
		for i := range rapid.IntRange(1, 8).Draw(t, "n") {
			points := float64(rapid.IntRange(60, 90).Draw(t, "points"))
			meets := []string{"mention"}
			if points >= 80 {
				meets = []string{"winner", "mention"}
			}
			id := string(rune('a' + i))
			list = append(list, contender(id, rapid.SampledFrom([]string{"north", "south", "west"}).Draw(t, "unit"),
				rapid.SampledFrom([]string{"economy", "culture"}).Draw(t, "field"), points, meets...))
			asked = append(asked, asking(id, points, float64(rapid.IntRange(-1, 200).Draw(t, "ask"))*1000))
		}
		one, money := Make(rs, list), Make(grants, asked)
		if !reflect.DeepEqual(one, Make(rs, rapid.Permutation(list).Draw(t, "order"))) ||
			!reflect.DeepEqual(money, Make(grants, rapid.Permutation(asked).Draw(t, "order"))) {
			t.Fatal("another order gives another list")
		}
		spent := 0.0
		for _, e := range money.Entries {
			if e.Granted != nil {
				spent += e.Granted.Amount
			}
		}
		if spent > 300_000 {
			t.Fatalf("%v is given of 300000", spent)
		}
		level := map[string]int{"winner": 2, "mention": 1}
		of := func(e *Ranked) int {
			if e.Award == nil {
				return 0
			}
			return level[e.Award.ID]
		}
		for i := range one.Entries {
			for k := range one.Entries {
				a, b := &one.Entries[i], &one.Entries[k]
				settled := a.Outcome != dossier.NeedsReview && b.Outcome != dossier.NeedsReview
				if settled && a.Unit == b.Unit && a.Field == b.Field && a.Points > b.Points && of(a) < of(b) {
					t.Fatalf("%s (%v) is below %s (%v)", a.Dossier, a.Points, b.Dossier, b.Points)
				}
			}
		}
	})
}

func TestSharesAreRounded(t *testing.T) {
	for _, c := range []struct {
		round award.Rounding
		share float64
		n     int
		want  int
	}{
		{award.Down, 0.2, 16, 3}, {award.Up, 0.2, 16, 4}, {award.HalfUp, 0.2, 16, 3}, {award.HalfUp, 0.5, 5, 3},
		{award.Up, 0.07, 100, 7}, {award.Down, 0.29, 100, 29}, {"", 0.2, 18, 3},
	} {
		if got := c.round.Of(c.share, c.n); got != c.want {
			t.Errorf("%v of %d rounded %q is %d, want %d", c.share, c.n, c.round, got, c.want)
		}
	}
}

// Money goes with an award that has no limit, too.
func TestAnAwardWithoutALimitHasItsMoney(t *testing.T) {
	rs := &rules.Ruleset{Awards: award.List{{ID: "certificate", Outcome: dossier.Recommended,
		Prize: award.Money{Amount: 300, Currency: "EUR"}}}}
	l := Make(rs, []*dossier.Assessment{contender("a", "north", "economy", 99, "certificate")})
	if got, want := awarded(l), "a 1 certificate:300; "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

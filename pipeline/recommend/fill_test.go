package recommend

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kheo/internal/dossier"
	"kheo/rules"
	"kheo/rules/award"
	"kheo/rules/condition"
)

// fillID is the id of the condition of the quotas with fill of these tests.
const fillID = "fill 1"

// lower is an assessment that the bands do not recommend, and that may fill a quota.
func lower(id, unit, field string, points float64) *dossier.Assessment {
	a := entry(id, unit, field, points, 0)
	a.Outcome, a.Meets = dossier.NotRecommended, []string{fillID}
	return a
}

// refused is an assessment that the bands do not recommend, and that may not fill a quota.
func refused(id, unit, field string, points float64) *dossier.Assessment {
	a := lower(id, unit, field, points)
	a.Meets = nil
	return a
}

func TestAQuotaIsFilledFromTheNextBest(t *testing.T) {
	in := func(id, field string, points float64) *dossier.Assessment { return entry(id, "u", field, points, 0) }
	next := func(id, field string, points float64) *dossier.Assessment { return lower(id, "u", field, points) }
	maybe := func(id, field string, points, more float64) *dossier.Assessment { // its own scores are missing
		a := entry(id, "u", field, points, more)
		a.Outcome, a.Open.Decides = dossier.NeedsReview, true
		a.Open.Outcomes = []dossier.Outcome{dossier.NotRecommended, dossier.Recommended}
		return a
	}
	fill := func(q rules.Quota) rules.Quota {
		q.FillID, q.Fill = fillID, &condition.Condition{}
		return q
	}
	least := fill(rules.Quota{Per: "field", Least: 1})
	for _, c := range []struct {
		name   string
		list   []*dossier.Assessment
		quotas []rules.Quota
		want   string
	}{
		{"nothing is missing", []*dossier.Assessment{in("a", "f", 90), next("b", "f", 50)}, []rules.Quota{least}, "R-"},
		{"the next best moves up", []*dossier.Assessment{in("a", "f", 90), next("b", "g", 50), next("c", "g", 40)},
			[]rules.Quota{least}, "RR-"},
		{"one that does not meet the condition is passed over",
			[]*dossier.Assessment{in("a", "f", 90), refused("b", "u", "g", 50), next("c", "g", 40)}, []rules.Quota{least}, "R-R"},
		{"two are asked for and one is there", []*dossier.Assessment{in("a", "f", 30), next("b", "f", 90), next("c", "f", 80)},
			[]rules.Quota{fill(rules.Quota{Per: "field", Least: 2})}, "RR-"},
		{"equal ones are left to people", []*dossier.Assessment{in("a", "f", 90), next("b", "g", 50), next("c", "g", 50)},
			[]rules.Quota{least}, "R??"},
		{"equal ones all move up if the ties are shared",
			[]*dossier.Assessment{in("a", "f", 90), next("b", "g", 50), next("c", "g", 50)},
			[]rules.Quota{fill(rules.Quota{Per: "field", Least: 1, Ties: award.Share})}, "RRR"},
		{"only one field has a guarantee", []*dossier.Assessment{next("a", "f", 90), next("b", "g", 50)},
			[]rules.Quota{fill(rules.Quota{Per: "field", Of: "g", Least: 1})}, "-R"},
		{"who fills one displaces the last of the others",
			[]*dossier.Assessment{in("a", "f", 90), in("b", "f", 80), in("c", "f", 70), next("d", "g", 10)},
			[]rules.Quota{least, {Per: "all", Most: 3}}, "RR-R"},
		{"the best of a field that the total would cut",
			[]*dossier.Assessment{in("a", "f", 90), in("b", "f", 80), in("c", "g", 70)},
			[]rules.Quota{{Per: "all", Most: 2}, least}, "R-R"},
		{"more are guaranteed than the total has", []*dossier.Assessment{in("a", "f", 90), next("b", "g", 50), next("c", "h", 40)},
			[]rules.Quota{least, {Per: "all", Most: 2}}, "RR-"},
		{"a dossier that waits for its panel may make it needless",
			[]*dossier.Assessment{maybe("a", "g", 40, 20), next("b", "g", 50)}, []rules.Quota{least}, "??"},
		{"equal ones, of which one displaces another, who is left to people too",
			[]*dossier.Assessment{in("a", "f", 90), in("b", "f", 80), next("c", "g", 50), next("d", "g", 50)},
			[]rules.Quota{least, {Per: "all", Most: 2}}, "R???"},
	} {
		l := Make(&rules.Ruleset{Quotas: c.quotas}, c.list)
		if s := got(l); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
		for _, e := range l.Entries {
			was := slices.IndexFunc(c.list, func(a *dossier.Assessment) bool { return a.Dossier == e.Dossier })
			moved := e.Outcome == dossier.Recommended && c.list[was].Outcome == dossier.NotRecommended
			if moved != e.HasFlag(dossier.FlagMovedUp) {
				t.Errorf("%s: %s moved up: %v, flags %v", c.name, e.Dossier, moved, e.Flags)
			}
			if e.Outcome == dossier.NeedsReview && !e.HasFlag(dossier.FlagTie, dossier.FlagAwaitingPanel) {
				t.Errorf("%s: nothing says what %s waits for: %v", c.name, e.Dossier, e.Flags)
			}
		}
	}
}

// What a quota with fill leaves open, and nothing else, depends on ties: whomever people put first among equals, an
// entry that is in is in, and one that is out is out.
func TestAFilledQuotaIsSoundHoweverTiesAreResolved(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var list []*dossier.Assessment
		for i := range rapid.IntRange(1, 8).Draw(r, "entries") {
			points := float64(rapid.IntRange(1, 4).Draw(r, "points"))
			id, field := fmt.Sprint("d", i), rapid.SampledFrom([]string{"f", "g", "h"}).Draw(r, "field")
			switch rapid.IntRange(0, 2).Draw(r, "kind") {
			case 0:
				list = append(list, entry(id, "u", field, points+4, 0))
			case 1:
				list = append(list, lower(id, "u", field, points))
			default:
				list = append(list, refused(id, "u", field, points))
			}
		}
		rs := &rules.Ruleset{Quotas: []rules.Quota{{Per: "field", Least: rapid.IntRange(1, 2).Draw(r, "least"),
			FillID: fillID, Fill: &condition.Condition{}}, {Per: "all", Most: rapid.IntRange(1, 5).Draw(r, "most")}}}
		before := got(Make(rs, list))
		order := rapid.Permutation(list).Draw(r, "order")
		for at, a := range order { // no two are equal any more
			a.Order[0].Number += float64(at) / 100
		}
		after := got(Make(rs, list))
		if strings.Contains(after, "?") {
			t.Fatalf("nothing is equal, and %s", after)
		}
		for i := range before {
			if before[i] != '?' && before[i] != after[i] {
				t.Fatalf("%s becomes %s", before, after)
			}
		}
	})
}

func TestAQuotaHasAReserveList(t *testing.T) {
	list := []*dossier.Assessment{entry("a", "u", "f", 90, 0), entry("b", "u", "f", 80, 0), entry("c", "u", "f", 70, 0),
		entry("d", "u", "f", 60, 0), entry("e", "u", "f", 60, 0), refused("x", "u", "f", 10)}
	for _, c := range []struct {
		name    string
		reserve int
		want    string // dossiers on reserve, and those that may be
	}{
		{"the best of those cut are on it", 1, "c"},
		{"equal ones at its end may be", 2, "c d? e?"},
		{"there is room for all that are cut", 3, "c d e"},
		{"those that the bands refuse are not on it", 9, "c d e"},
	} {
		l := Make(&rules.Ruleset{Quotas: []rules.Quota{{Per: "all", Most: 2, Reserve: c.reserve}}}, list)
		var on []string
		for _, e := range l.Entries {
			switch {
			case e.Award != nil && e.Award.ID == award.OnHold:
				on = append(on, e.Dossier)
			case e.Band["en"] != "" && strings.Contains(e.Band["en"], "reserve"):
				on = append(on, e.Dossier+"?")
			}
		}
		if s := strings.Join(on, " "); s != c.want {
			t.Errorf("%s: on reserve %q, want %q", c.name, s, c.want)
		}
	}
}

func TestAShareSaysHowItWasRounded(t *testing.T) {
	var list []*dossier.Assessment
	for i := range 7 {
		list = append(list, entry(fmt.Sprint(i), "u", "f", float64(90-i), 0))
	}
	l := Make(&rules.Ruleset{Quotas: []rules.Quota{{Per: "all", MostShare: 0.125, Round: award.Up}}}, list)
	want := "at most 1, which is 12.5% of 7 registered, rounded up per list"
	if said := l.Entries[6].Band["en"]; !strings.Contains(said, want) {
		t.Errorf("said %q, want %q in it", said, want)
	}
}

// A quota of a rank gives it to the next best that meet its fill, though they meet the condition of a lower one.
func TestARankIsFilledFromTheNextBest(t *testing.T) {
	rs := awardRules(t, "ranks.yaml")
	rs.Awards[0].Limit = award.Limit{Most: 3}
	rs.Quotas = []rules.Quota{{Per: "field", Rank: "excellent", Least: 1, FillID: fillID, Fill: &condition.Condition{}}}
	for _, c := range []struct {
		name  string
		moves float64 // points of the third, which the second has 85 of
		want  string
	}{
		{"the next best of the field without one", 80, "a 1 excellent; b 2 excellent; c 3 good; d 4 good; e 5 good; "},
		{"equal ones are left to people", 85, "a 1 excellent; b 2 ?; c 2 ?; d 4 good; e 5 good; "},
	} {
		list := []*dossier.Assessment{contender("a", "north", "economy", 99, "excellent", "good", "fair"),
			contender("b", "north", "culture", 85, "good", "fair", fillID),
			contender("c", "north", "culture", c.moves, "good", "fair", fillID),
			contender("d", "north", "economy", 75, "good", "fair", fillID), contender("e", "north", "economy", 70, "good", fillID)}
		l := Make(rs, list)
		if got := awarded(l); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		for _, e := range l.Entries {
			if e.Dossier == "b" && e.Outcome == dossier.Recommended && !e.HasFlag(dossier.FlagMovedUp) {
				t.Errorf("%s: nothing says that it moved up: %v", c.name, e.Flags)
			}
		}
	}
}

package recommend

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kheo/internal/dossier"
	"kheo/rules"
	"kheo/rules/award"
)

// entry is a recommended assessment with some points; waiting ones can still get up to more.
func entry(id, unit, field string, points, more float64) *dossier.Assessment {
	key := func(p float64) []dossier.OrderKey {
		return []dossier.OrderKey{{Number: p, Down: true}, {String: id}}
	}
	a := &dossier.Assessment{Dossier: id, Title: "title of " + id, Unit: unit, Field: field, Points: points, Outcome: dossier.Recommended, Order: key(points)}
	if more > 0 {
		a.Open = &dossier.Open{Outcomes: []dossier.Outcome{dossier.Recommended}, Best: key(points + more), Worst: key(points)}
		a.Flags = []dossier.Flag{{Code: dossier.FlagAwaitingPanel}}
	}
	return a
}

// got returns the outcomes of a list: R recommended, ? up for review, - not, by dossier.
func got(l *List) string {
	s := map[string]string{}
	for _, e := range l.Entries {
		s[e.Dossier] = map[dossier.Outcome]string{dossier.Recommended: "R", dossier.NeedsReview: "?", dossier.NotRecommended: "-"}[e.Outcome]
	}
	out := ""
	for _, id := range slices.Sorted(maps.Keys(s)) {
		out += s[id]
	}
	return out
}

func TestQuotaLeavesAllThatAreEqualAtTheCutToPeople(t *testing.T) {
	all := func(points ...float64) (out []*dossier.Assessment) {
		for i, p := range points {
			out = append(out, entry(fmt.Sprintf("d%02d", i), "u", "f", p, 0))
		}
		return out
	}
	two := append(all(90, 90), entry("d02", "v", "f", 80, 0), entry("d03", "w", "f", 70, 0), entry("d04", "x", "f", 60, 0))
	for _, c := range []struct {
		name   string
		list   []*dossier.Assessment
		quotas []rules.Quota
		want   string
	}{
		{"five equal, three places", all(80, 80, 80, 80, 80), []rules.Quota{{Per: "unit", Most: 3}}, "?????"},
		{"five equal, two places", all(80, 80, 80, 80, 80), []rules.Quota{{Per: "unit", Most: 2}}, "?????"},
		{"five equal, half of the list", all(80, 80, 80, 80, 80), []rules.Quota{{Per: "all", MostShare: 0.5}}, "?????"},
		{"room for all that are equal", all(80, 80, 80), []rules.Quota{{Per: "field", Most: 3}}, "RRR"},
		{"one above, two equal at the cut, one below", all(90, 80, 80, 70), []rules.Quota{{Per: "all", Most: 2}}, "R??-"},
		{"equal above the cut", all(90, 90, 80, 70), []rules.Quota{{Per: "all", Most: 3}}, "RRR-"},
		{"equal below the cut", all(90, 80, 70, 70), []rules.Quota{{Per: "all", Most: 2}}, "RR--"},
		{"no place at all", all(80, 80), []rules.Quota{{Per: "all", MostShare: 0.2}}, "--"},
		{"the second quota reckons with one of the two", two, []rules.Quota{{Per: "unit", Most: 1}, {Per: "all", Most: 3}}, "??RR-"},
		{"the first quota cuts all, the second nothing", two, []rules.Quota{{Per: "all", Most: 3}, {Per: "unit", Most: 1}}, "??R--"},
		{"another unit's tie", append(all(80, 80), entry("d02", "v", "f", 80, 0)), []rules.Quota{{Per: "unit", Most: 1}}, "??R"},
		{"only one unit has a quota", append(all(80, 80), entry("d02", "v", "f", 80, 0), entry("d03", "v", "f", 80, 0)), []rules.Quota{{Per: "unit", Of: "v", Most: 1}}, "RR??"},
	} {
		l := Make(&rules.Ruleset{Quotas: c.quotas}, c.list)
		if s := got(l); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
		for _, e := range l.Entries {
			if e.Outcome == dossier.NeedsReview && (!e.HasFlag(dossier.FlagTie) || e.Band["vi"] == "" || e.Band["nb"] == "" || e.Rank != 0) {
				t.Errorf("%s: %s has flags %v, rank %d and says %q", c.name, e.Dossier, e.Flags, e.Rank, e.Band)
			}
		}
	}
}

func TestQuotaWaitsForMissingScores(t *testing.T) {
	waiting := func(id string, points, more float64) *dossier.Assessment { // may still be recommended
		a := entry(id, "u", "f", points, more)
		a.Outcome, a.Open.Decides, a.Open.Outcomes = dossier.NeedsReview, true, []dossier.Outcome{dossier.NotRecommended, dossier.Recommended}
		return a
	}
	full := func(id string, points float64) *dossier.Assessment { return entry(id, "u", "f", points, 0) }
	for _, c := range []struct {
		name string
		most int
		list []*dossier.Assessment
		want string
	}{
		{"nothing is missing", 1, []*dossier.Assessment{full("a", 90), full("b", 80)}, "R-"},
		{"one could overtake the other", 1, []*dossier.Assessment{full("a", 90), entry("b", "u", "f", 80, 15)}, "??"},
		{"it could only draw level", 1, []*dossier.Assessment{full("a", 90), entry("b", "u", "f", 80, 10)}, "??"},
		{"it could not", 1, []*dossier.Assessment{full("a", 90), entry("b", "u", "f", 80, 9)}, "R-"},
		{"certainly in, one of two, certainly out", 2, []*dossier.Assessment{full("a", 99), full("b", 90), entry("c", "u", "f", 80, 15), full("d", 70)}, "R??-"},
		{"it cannot fall below", 2, []*dossier.Assessment{entry("a", "u", "f", 90, 5), full("b", 80), full("c", 70)}, "RR-"},
		{"one that may not be recommended at all takes a place away", 1, []*dossier.Assessment{full("a", 70), waiting("b", 60, 20)}, "??"},
		{"one that waits is out whatever it gets", 1, []*dossier.Assessment{full("a", 90), waiting("b", 60, 20)}, "R-"},
		{"one that waits with room for all", 2, []*dossier.Assessment{full("a", 90), waiting("b", 60, 20)}, "R?"},
	} {
		l := Make(&rules.Ruleset{Quotas: []rules.Quota{{Per: "unit", Most: c.most}}}, c.list)
		if s := got(l); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
		for _, e := range l.Entries {
			if e.Outcome == dossier.NeedsReview && !e.HasFlag(dossier.FlagAwaitingPanel) {
				t.Errorf("%s: nothing says what %s waits for: %v", c.name, e.Dossier, e.Flags)
			}
		}
	}
}

// What only the manifest states moves no one else, and sends its own dossier to people if it would.
func TestAQuotaDoesNotGoByTheManifestAlone(t *testing.T) {
	dated := func(id, on string, stated bool) *dossier.Assessment {
		order := func(on string) []dossier.OrderKey {
			return []dossier.OrderKey{{Number: 80, Down: true}, {String: on, Missing: on == ""}, {String: id}}
		}
		a := &dossier.Assessment{Dossier: id, Title: id, Unit: "u", Outcome: dossier.Recommended, Order: order(on)}
		if stated {
			a.Order, a.Open = order(""), &dossier.Open{Stated: order(on)}
		}
		return a
	}
	l := Make(&rules.Ruleset{Quotas: []rules.Quota{{Per: "unit", Most: 1}}}, []*dossier.Assessment{dated("a", "2024-02-01", false), dated("b", "2024-01-01", true), dated("c", "2024-03-01", true)})
	if s := got(l); s != "R?-" {
		t.Errorf("%s, want R?-", s)
	}
	if !l.Entries[1].HasFlag(dossier.FlagUnsupported) {
		t.Errorf("flags %v", l.Entries[1].Flags)
	}
}

// A fact that was not read surely moves no one else either, and sends its own dossier to people if one of its readings
// would put it on the other side of a cut.
func TestAQuotaDoesNotGoByUncertainFacts(t *testing.T) {
	at := func(id string, points float64, readings ...float64) *dossier.Assessment {
		order := func(points float64) []dossier.OrderKey {
			return []dossier.OrderKey{{Number: points, Down: true}, {String: id}}
		}
		a := &dossier.Assessment{Dossier: id, Title: id, Unit: "u", Outcome: dossier.Recommended, Order: order(points), Points: points}
		if len(readings) > 0 {
			a.Open = &dossier.Open{}
		}
		for _, r := range readings {
			a.Open.Readings = append(a.Open.Readings, order(r))
		}
		return a
	}
	for _, c := range []struct {
		name string
		list []*dossier.Assessment
		want string
	}{
		{"a reading puts it before the cut", []*dossier.Assessment{at("a", 80), at("b", 70, 75, 90)}, "R?"},
		{"no reading does", []*dossier.Assessment{at("a", 80), at("b", 70, 75, 60)}, "R-"},
		{"a reading puts it behind the cut", []*dossier.Assessment{at("a", 80, 60), at("b", 70)}, "?-"},
	} {
		l := Make(&rules.Ruleset{Quotas: []rules.Quota{{Per: "unit", Most: 1}}}, c.list)
		if s := got(l); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
		for _, e := range l.Entries {
			if e.Outcome == dossier.NeedsReview && !e.HasFlag(dossier.FlagUncertainFact) {
				t.Errorf("%s: nothing says why %s goes to people: %v", c.name, e.Dossier, e.Flags)
			}
		}
	}
}

// passing is the plain rule: each quota passes the first of those that the one before it passed.
func passing(order []*dossier.Assessment, list []rules.Quota, registered map[string]int) map[string]bool {
	in := map[string]bool{}
	for _, a := range order {
		in[a.Dossier] = true
	}
	key := func(a *dossier.Assessment, per string) string {
		return map[string]string{"unit": a.Unit, "field": a.Field, "all": ""}[per]
	}
	for _, q := range list {
		n := map[string]int{}
		for _, a := range order {
			k := key(a, q.Per)
			if !in[a.Dossier] || q.Of != "" && q.Of != k {
				continue
			}
			most := q.Most
			if q.MostShare > 0 {
				most = int(q.MostShare*float64(registered[q.Per+k]) + 1e-9)
			}
			if n[k]++; n[k] > most {
				delete(in, a.Dossier)
			}
		}
	}
	return in
}

// Held against every way in which ties are resolved and scores come in: who is recommended passes in each,
// who is cut in none.
func TestQuotasAgainstEveryResolution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "n")
		list := make([]*dossier.Assessment, n)
		registered := map[string]int{"all": n}
		for i := range list {
			points := float64(rapid.IntRange(1, 3).Draw(t, "points"))
			more := float64(rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "more"))
			list[i] = entry(fmt.Sprint("d", i), rapid.SampledFrom([]string{"a", "b"}).Draw(t, "unit"), rapid.SampledFrom([]string{"x", "y"}).Draw(t, "field"), points, more)
			if more > 0 && rapid.Bool().Draw(t, "waits") {
				list[i].Outcome, list[i].Open.Decides, list[i].Open.Outcomes = dossier.NeedsReview, true, []dossier.Outcome{dossier.Recommended, dossier.NotRecommended}
			}
			registered["unit"+list[i].Unit]++
			registered["field"+list[i].Field]++
		}
		quotas := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rules.Quota {
			q := rules.Quota{Per: rapid.SampledFrom([]string{"unit", "field", "all"}).Draw(t, "per"), Most: rapid.IntRange(1, 3).Draw(t, "most")}
			if rapid.IntRange(0, 3).Draw(t, "share") == 0 {
				q.Most, q.MostShare = 0, 0.5
			}
			return q
		}), 1, 3).Draw(t, "quotas")
		made := Make(&rules.Ruleset{Quotas: quotas}, list)
		ways, passed := 0, map[string]int{}
		resolutions(list, func(order []*dossier.Assessment) {
			ways++
			for id := range passing(order, quotas, registered) {
				passed[id]++
			}
		})
		for _, e := range made.Entries {
			if k := passed[e.Dossier]; e.Outcome == dossier.Recommended && k != ways || e.Outcome == dossier.NotRecommended && k > 0 {
				t.Fatalf("%s is %s, and passes in %d of %d ways; quotas %+v", e.Dossier, e.Outcome, k, ways, quotas)
			} else if e.Outcome == dossier.NeedsReview && len(quotas) == 1 && e.before.Outcome == dossier.Recommended && (k == 0 || k == ways) {
				t.Fatalf("%s waits though it passes in %d of %d ways; quotas %+v", e.Dossier, k, ways, quotas)
			}
		}
		renamed := make([]*dossier.Assessment, n) // the ids decide nothing
		for i, a := range list {
			b := *a
			b.Dossier = fmt.Sprint("d", n-1-i)
			b.Order = append(slices.Clone(a.Order[:1]), dossier.OrderKey{String: b.Dossier})
			renamed[i] = &b
		}
		outcomes := func(l *List, id func(i int) string) (out []dossier.Outcome) {
			for i := range n {
				for _, e := range l.Entries {
					if e.Dossier == id(i) {
						out = append(out, e.Outcome)
					}
				}
			}
			return out
		}
		one := outcomes(made, func(i int) string { return fmt.Sprint("d", i) })
		other := outcomes(Make(&rules.Ruleset{Quotas: quotas}, renamed), func(i int) string { return fmt.Sprint("d", n-1-i) })
		if !reflect.DeepEqual(one, other) {
			t.Fatalf("under other ids %v, was %v", other, one)
		}
	})
}

// resolutions visits every order that a list can have: each entry with each of its scores, those that wait
// recommended or not, and equals in every order.
func resolutions(list []*dossier.Assessment, visit func([]*dossier.Assessment)) {
	points := map[string]float64{}
	var order func(rest, done []*dossier.Assessment)
	order = func(rest, done []*dossier.Assessment) {
		if len(rest) == 0 {
			visit(done)
			return
		}
		best := points[rest[0].Dossier]
		for _, a := range rest {
			best = max(best, points[a.Dossier])
		}
		for i, a := range rest {
			if points[a.Dossier] == best {
				order(slices.Delete(slices.Clone(rest), i, i+1), append(slices.Clone(done), a))
			}
		}
	}
	var score func(i int, in []*dossier.Assessment)
	score = func(i int, in []*dossier.Assessment) {
		if i == len(list) {
			order(in, nil)
			return
		}
		a := list[i]
		low, high := a.Order[0].Number, a.Order[0].Number
		if a.Open != nil {
			low, high = a.Open.Worst[0].Number, a.Open.Best[0].Number
		}
		for p := low; p <= high; p++ {
			points[a.Dossier] = p
			score(i+1, append(slices.Clone(in), a))
		}
		if a.Outcome == dossier.NeedsReview {
			score(i+1, in)
		}
	}
	score(0, nil)
}

// What a quota does with equals at its cut is what its ruleset says, and what the next quota does reckons with it.
func TestAQuotaTreatsEqualsAsItsRulesetSays(t *testing.T) {
	all := func(points ...float64) (out []*dossier.Assessment) {
		for i, p := range points {
			out = append(out, entry(fmt.Sprintf("d%02d", i), "u", "f", p, 0))
		}
		return out
	}
	most := func(n int, ties award.Ties) []rules.Quota { return []rules.Quota{{Per: "all", Most: n, Ties: ties}} }
	late := append(all(90, 80), entry("d02", "u", "f", 70, 15))
	for _, c := range []struct {
		name   string
		list   []*dossier.Assessment
		quotas []rules.Quota
		want   string
	}{
		{"people decide", all(90, 80, 80, 70), most(2, award.ToPeople), "R??-"},
		{"they share what is left", all(90, 80, 80, 70), most(2, award.Share), "RRR-"},
		{"all are out", all(90, 80, 80, 70), most(2, award.AllOut), "R---"},
		{"the id decides", all(90, 80, 80, 70), most(2, award.ByOrder), "RR--"},
		{"five equal share one", all(80, 80, 80, 80, 80), most(1, award.Share), "RRRRR"},
		{"five equal are out of four", all(80, 80, 80, 80, 80), most(4, award.AllOut), "-----"},
		{"room for all that are equal", all(80, 80, 80), most(3, award.AllOut), "RRR"},
		{"none may pass, and none shares that", all(80, 80), []rules.Quota{{Per: "all", MostShare: 0.2, Ties: award.Share}}, "--"},
		{"a share is rounded up", all(90, 80, 70), []rules.Quota{{Per: "all", MostShare: 0.5, Round: award.Up}}, "RR-"},
		{"those that share are counted by the next", all(90, 80, 80, 70),
			[]rules.Quota{{Per: "unit", Most: 2, Ties: award.Share}, {Per: "all", Most: 2}}, "R??-"},
		{"missing scores may move one across the cut", late, most(1, award.Share), "R--"},
		{"missing scores may make two equal", late, most(2, award.Share), "R??"},
	} {
		rs := &rules.Ruleset{Quotas: c.quotas, Order: []string{"total", "dossier"}}
		if s := got(Make(rs, c.list)); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// The columns of a ruleset show what counts of its facts; a fact that is missing has no value.
func TestEntriesCarryTheColumnsOfTheRuleset(t *testing.T) {
	rs := awardRules(t, "budget.yaml")
	rs.Columns = []string{"requested"}
	with, without := asking("a", 90, 12_500), asking("b", 80, -1)
	for _, e := range Make(rs, []*dossier.Assessment{with, without}).Entries {
		if len(e.Columns) != 1 || e.Columns[0].ID != "requested" {
			t.Fatalf("%s has columns %+v", e.Dossier, e.Columns)
		}
		c := e.Columns[0]
		if e.Dossier == "b" && (c.Value != nil || c.Text != nil) {
			t.Errorf("a missing fact has the value %v, %v", c.Value, c.Text)
		}
		if e.Dossier == "a" && (c.Value != 12_500.0 || c.Text["en"] != "12,500 EUR" || c.Text["vi"] != "12.500 EUR") {
			t.Errorf("value %v, text %v", c.Value, c.Text)
		}
	}
}

package recommend

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"kheo/internal/dossier"
	"kheo/rules"
)

func TestCertaintyFallsNearTheThresholdAndDependsOnNoOrder(t *testing.T) {
	rs, err := rules.Load("r.yaml", []byte(`ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 100
facts: { a: { type: count, labels: [A] }, b: { type: count, labels: [B] } }
criteria:
  - { id: a, title: { en: A }, max: 50, measured: a, steps: [ { from: 1, points: 10 }, { from: 10, points: 30 }, { from: 20, points: 50 } ] }
  - { id: b, title: { en: B }, max: 50, measured: b, steps: [ { from: 1, points: 10 }, { from: 10, points: 30 }, { from: 20, points: 50 } ] }
vary: { weights: 20%, steps: 10%, thresholds: 5% }
bands: { recommended: total >= 60 }
`), &rules.Env{Languages: []string{"en"}, Kinds: []rules.Named{{ID: "model"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var as []*dossier.Assessment
	for i, v := range [][2]int{{40, 40}, {15, 15}, {10, 10}, {2, 2}} { // far above, just on, just on in steps too, far below
		d := &dossier.Dossier{ID: fmt.Sprint("d", i), Documents: []dossier.Document{{Name: "a.txt", Type: "text/plain", Pages: []dossier.Page{{Number: 1, Text: fmt.Sprintf("A: %d\nB: %d", v[0], v[1]), Language: "en"}}}}}
		as = append(as, rs.Assess(rules.Read(d), rules.Given{Identity: dossier.Identity{Kind: "model"}}))
	}
	first := Make(rs, as)
	keeps := map[string]float64{}
	for _, e := range first.Entries {
		keeps[e.Dossier] = e.Certainty.Keeps
		sum := 0.0
		for _, s := range e.Certainty.Outcomes {
			sum += s
		}
		if sum < 0.998 || sum > 1.002 || e.Certainty.Draws != 1000 {
			t.Errorf("%s: outcomes %v of %d draws", e.Dossier, e.Certainty.Outcomes, e.Certainty.Draws)
		}
	}
	if keeps["d0"] != 1 || keeps["d3"] != 1 || keeps["d1"] > 0.7 || keeps["d1"] < 0.3 || keeps["d2"] >= keeps["d1"] {
		t.Errorf("how often they keep their outcome: %v", keeps)
	}
	rand.Shuffle(len(as), func(i, j int) { as[i], as[j] = as[j], as[i] })
	again := Make(rs, as)
	for i := range again.Entries {
		if !reflect.DeepEqual(again.Entries[i].Certainty, first.Entries[i].Certainty) {
			t.Errorf("in another order: %+v, was %+v", again.Entries[i].Certainty, first.Entries[i].Certainty)
		}
	}
	if e := first.Entries[1]; e.Certainty.DependsOn == "" || e.Certainty.By >= 0 {
		t.Errorf("what hangs on a single criterion: %+v", e.Certainty)
	}
}

// assessedWith loads a ruleset with two counts, and assesses dossiers with some values of them.
func assessedWith(t *testing.T, rest string, values [][2]int) (*rules.Ruleset, []*dossier.Assessment) {
	t.Helper()
	rs, err := rules.Load("r.yaml", []byte(`ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 100
facts: { a: { type: count, labels: [A] }, b: { type: count, labels: [B] }, asked: { type: money, currency: EUR, labels: [Asked] } }
criteria:
  - { id: a, title: { en: A }, max: 50, measured: a, proportional: { from: 0, to: 50, points: 50 } }
  - { id: b, title: { en: B }, max: 50, measured: b, proportional: { from: 0, to: 50, points: 50 } }
`+rest), &rules.Env{Languages: []string{"en"}, Kinds: []rules.Named{{ID: "model"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var as []*dossier.Assessment
	for i, v := range values {
		text := fmt.Sprintf("A: %d\nB: %d\nAsked: 100 EUR", v[0], v[1])
		d := &dossier.Dossier{ID: fmt.Sprint("d", i), Documents: []dossier.Document{{Name: "a.txt", Type: "text/plain",
			Pages: []dossier.Page{{Number: 1, Text: text, Language: "en"}}}}}
		as = append(as, rs.Assess(rules.Read(d), rules.Given{Identity: dossier.Identity{Kind: "model"}}))
	}
	return rs, as
}

// The certainty of ranks, places and grants is that of the allocation itself: a ruleset that varies by next to nothing
// keeps everything, and one that varies shares a place among those that are close.
func TestCertaintyOfRanksPlacesAndMoney(t *testing.T) {
	for _, c := range []struct {
		name, rest string
		awards     []string // of each dossier, in the order of the ids
		close      []int    // dossiers that vary
	}{
		{"places", "bands: { recommended: total >= 50 }\nplaces: [ { id: first, title: { en: First }, number: 1 }, { id: second, title: { en: Second }, number: 1 } ]\n",
			[]string{"first", "second", ""}, []int{0, 1}},
		{"ranks", "ranks: [ { id: high, title: { en: High }, require: total >= 80, most: 1 }, { id: good, title: { en: Good }, require: total >= 50 } ]\n",
			[]string{"high", "good", ""}, []int{0, 1}},
		{"money", "bands: { recommended: total >= 50 }\nbudget: { total: 150 EUR, ask: asked }\n",
			[]string{"funded", "reserve", ""}, []int{0, 1}},
		{"a quota that is filled", "bands: { recommended: total >= 80 }\nquotas: [ { per: all, least: 3, fill: total >= 10 }, { per: all, most: 1, reserve: 1 } ]\n",
			[]string{"", "reserve", ""}, []int{0, 1}},
	} {
		values := [][2]int{{46, 40}, {39, 45}, {10, 10}}
		for vary, moves := range map[string]bool{"{ weights: 0.0001% }": false, "{ weights: 50% }": true} {
			rs, as := assessedWith(t, c.rest+"vary: "+vary+"\n", values)
			l := Make(rs, as)
			for _, e := range l.Entries {
				i := int(e.Dossier[1] - '0')
				got := ""
				if e.Award != nil {
					got = e.Award.ID
				}
				if got != c.awards[i] || e.Certainty == nil {
					t.Fatalf("%s: %s has %q and certainty %v", c.name, e.Dossier, got, e.Certainty)
				}
				closely := moves && (i == c.close[0] || i == c.close[1])
				if closely != (e.Certainty.Keeps < 1) || got != "" && e.Certainty.Awards[got] < e.Certainty.Keeps {
					t.Errorf("%s, %s: %s keeps %s in %v: %v", c.name, vary, e.Dossier, got, e.Certainty.Keeps, e.Certainty.Awards)
				}
			}
		}
	}
}

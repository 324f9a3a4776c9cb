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

package rules

import (
	"testing"

	"kheo/internal/dossier"
)

// formsRuleset reads the facts of the forms below.
const formsRuleset = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  partners: { type: names, labels: { nb: [Samarbeidspartnere] } }
  n: { type: count, labels: { nb: [Antall deltakere 2026, Antall deltakere] } }
  fee: { type: money, currency: NOK, labels: { nb: [Egenandel per deltaker] } }
  issued: { type: date, say: { vi: ["được ban hành ngày {}"] }, column: any }
  result: { type: date, say: { vi: ["được ban hành ngày {}"] } }
criteria: [ { id: c, title: { en: C }, max: 10, measured: n, per: { points: 1 } } ]
bands: { recommended: total >= 10 }
`

// Forms of real applications state what their readers take from them.
func TestFormsStateWhatTheirReadersTakeFromThem(t *testing.T) {
	rs, err := Load("rules/r.yaml", []byte(formsRuleset), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text, fact string
		want             any
	}{
		{"a number that is written twice is not multiplied", "Antall deltakere 2026: 110 (hundre og ti)", "n", 110.0},
		{"nor in a table", "Antall deltakere 2026\t110 (hundre og ti)", "n", 110.0},
		{"a fee that is asked for by the head may be by the year", "Egenandel per deltaker: 200 kroner per år", "fee", 200.0},
		{"names in the cell of a table are counted",
			"Lagets navn\tRampelys\nSamarbeidspartnere\tKirken, Kulturskolen, Røde Kors\nAdresse\tVeien 3", "partners", 3.0},
		{"the plan of which the date is asked for was issued", "Kế hoạch thi đua được ban hành ngày 27/01/2026.", "issued",
			"2026-01-27"},
		{"a plan is no result", "Kế hoạch thi đua được ban hành ngày 27/01/2026.", "result", nil},
	} {
		a := assessText(t, rs, tt.text)
		if got := fact(a, tt.fact); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if a.HasFlag(dossier.FlagUncertain) {
			t.Errorf("%s: it is uncertain", tt.name)
		}
	}
}

package rules

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// plainRules has what schemes compute and ask for: dates apart, a share, a consent that only private ground needs, and
// places whose limit is that of the band with another number.
const plainRules = `ruleset: plain
title: { en: Plain }
applies_to: { kind: model }
max_points: 100
documents: { consent: { en: [Consent] } }
facts:
  sent: { type: date, title: { vi: Ngày nộp, nb: Sendt, en: Sent }, labels: { en: [Sent] } }
  part: { type: money, currency: EUR, title: { en: Subcontracts }, labels: { en: [Subcontracts] } }
  whole: { type: money, currency: EUR, title: { en: Requested }, labels: { en: [Requested] } }
  leave: { type: count, title: { en: Leave }, labels: { en: [Leave] } }
  prize: { type: year, title: { en: Earlier prize }, labels: { en: [Earlier prize] } }
  owner: { type: text, title: { en: Owner }, labels: { en: [Owner] } }
  consent: { type: document, is: consent, title: { en: Consent of the owner } }
let:
  late: { value: 'max(0, days_between(date("2026-10-01"), sent)) - number(leave)', title: { en: Days late } }
  subs: { value: "share(part, whole)", title: { en: Share of subcontracts } }
gates:
  - { id: late, require: late <= 5, otherwise: { en: Late } }
  - { id: subs, require: subs <= 0.25, otherwise: { en: Too much } }
  - { id: again, require: absent(prize) or prize < 2024, otherwise: { en: Had it } }
  - { id: consent, require: 'owner contains "council" or consent', otherwise: { en: No consent } }
criteria: [ { id: sum, title: { en: Sum }, max: 100, formula: "whole / 1000" } ]
bands: { recommended: total >= 55 }
places:
  - { id: first, title: { en: First }, number: 1, require: total >= 60 }
  - { id: second, title: { en: Second }, number: 2, require: total >= 50 }
order: [ total ]
`

func plainDossier(rs *Ruleset, more string) *dossier.Assessment {
	return assessed(rs, Given{}, "Sent: 7 October 2026\nSubcontracts: EUR 7,280\nRequested: EUR 28,000\n"+more)
}

// Reasons write computed facts, conditions and limits in words, name each limit once, and ask for no paper that
// nothing needs.
func TestWhatSchemesComputeIsToldInWords(t *testing.T) {
	rs, err := Load("r.yaml", []byte(plainRules), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	a := plainDossier(rs, "Owner: council\n")
	for i, want := range []map[string]string{
		{"en": "the highest of (0, the days from “1 October 2026” to “7 October 2026”) − 0",
			"nb": "det høyeste av (0, dagene fra «1.10.2026» til «7.10.2026») − 0",
			"vi": "số lớn nhất trong (0, số ngày từ “1/10/2026” đến “7/10/2026”) − 0"},
		{"en": "the share of “7,280 EUR” in “28,000 EUR”"},
		{"en": "Met: Earlier prize –"},
	} {
		for lang, words := range want {
			told := strings.ReplaceAll(a.Gates[i].Reason.In(lang), "\u00a0", " ")
			if !strings.Contains(told, words) {
				t.Errorf("the gate %s in %s says %q without %q", a.Gates[i].ID, lang, told, words)
			}
		}
	}
	missing := func(a *dossier.Assessment) (out []string) {
		for _, f := range a.Flags {
			if f.Code == dossier.FlagMissingDocument {
				out = append(out, f.Message["en"])
			}
		}
		return out
	}
	if m := missing(a); len(m) != 0 {
		t.Errorf("the ground is the council's, and what is missing: %q", m)
	}
	if m := missing(plainDossier(rs, "Owner: Anne Lie\n")); len(m) != 1 {
		t.Errorf("the ground is private, and what is missing: %q", m)
	}
	for i, want := range []string{"total ≥ 60", "total ≥ 55"} {
		if got := rs.Awards[i].Require.Words["en"]; got != want {
			t.Errorf("the place %s asks for %q, not %q", rs.Awards[i].ID, got, want)
		}
	}
}

// What a list says its recommendations begin at is the lowest total that is recommended.
func TestTheThresholdOfRanksIsThatOfTheLowest(t *testing.T) {
	a, b, _ := strings.Cut(plainRules, "bands:")
	_, order, _ := strings.Cut(b, "order:")
	for ranks, want := range map[string]float64{
		"  - { id: a, title: { en: A }, require: total >= 90 and late == 0 }\n  - { id: b, title: { en: B }, require: total >= 65 }\n" +
			"  - { id: c, title: { en: C }, require: total >= 50, outcome: not-recommended }\n": 65,
		"  - { id: a, title: { en: A }, require: total >= 90 }\n  - { id: b, title: { en: B }, require: late == 0 }\n": 0,
	} {
		rs, err := Load("r.yaml", []byte(a+"ranks:\n"+ranks+"order:"+order), testEnv(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := Threshold(rs); got != want {
			t.Errorf("the threshold is %v, not %v, of\n%s", got, want, ranks)
		}
	}
}

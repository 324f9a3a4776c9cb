package workbook

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"kheo/internal/grammar"
	"kheo/internal/texts"
	"kheo/pipeline/campaign"
	"kheo/rules"
)

// explained are the sentences that the tables of keys have.
func explained() []string {
	var out []string
	for _, root := range []*grammar.Group{rules.Grammar(), campaign.Grammar()} {
		for _, g := range root.Groups() {
			out = append(out, g.Doc)
			for i := range g.Keys {
				out = append(out, g.Keys[i].Doc)
			}
		}
	}
	return out
}

// A sentence that is new or was changed in English has no translation, and its old translation nothing to explain.
func TestKeysAreExplainedInEveryLanguage(t *testing.T) {
	t.Parallel()
	sentences := explained()
	for _, lang := range []string{"vi", "nb"} {
		have := texts.HelpIn(lang)
		for _, s := range sentences {
			if strings.TrimSpace(have[s]) == "" {
				t.Errorf("internal/texts/help.%s.yaml lacks a translation of %q", lang, s)
			}
		}
		for s, is := range have {
			if !slices.Contains(sentences, s) {
				t.Errorf("internal/texts/help.%s.yaml translates %q, which no key says any more", lang, s)
			}
			if strings.Count(is, "`") != strings.Count(s, "`") || strings.HasSuffix(is, ".") {
				t.Errorf("internal/texts/help.%s.yaml: %q has other code or a full stop: %q", lang, s, is)
			}
		}
	}
}

// What a secretary reads in a workbook is in the language of its headings: no sentence is left in English.
func TestAWorkbookExplainsItselfInItsLanguage(t *testing.T) {
	t.Parallel()
	english := explained()
	for _, lang := range []string{"vi", "nb"} {
		data, err := Export(sample(t, "model-district.yaml"), lang)
		if err != nil {
			t.Fatal(err)
		}
		x, err := excelize.OpenReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		found := map[string]bool{}
		for _, sheet := range []string{sheetGuide, sheetRules, sheetHelp} {
			rows, err := x.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				for _, cell := range row {
					found[cell] = true
					if slices.ContainsFunc(english, func(s string) bool { return len(s) > 12 && strings.Contains(cell, s) }) {
						t.Errorf("%s: the sheet %s says in English: %q", lang, sheet, cell)
					}
				}
			}
		}
		want := map[string]string{"vi": "điểm được cộng ngoài max_points", "nb": "poengene kommer i tillegg til max_points"}[lang]
		if !found[want] {
			t.Errorf("%s: the column bonus is not explained by %q", lang, want)
		}
	}
}

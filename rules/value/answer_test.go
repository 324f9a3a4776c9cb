package value_test

import (
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/value"
)

// Of two answers that are printed on a form, none is chosen unless a mark says so; a round is not a number of things.
func TestFormsLeftAsTheyWerePrinted(t *testing.T) {
	for _, c := range []struct {
		text, lang string
		typ        value.Type
		want       any // nil: there is no value
	}{
		{"Có  Không", "vi", value.YesNo, nil},
		{"Có o Không þ", "vi", value.YesNo, nil},
		{"Có / Không", "vi", value.YesNo, nil},
		{"☐ Có ☐ Không", "vi", value.YesNo, nil},
		{"☑ Có ☐ Không", "vi", value.YesNo, true},
		{"☐ Có ☑ Không", "vi", value.YesNo, false},
		{"Ja Nei", "nb", value.YesNo, nil},
		{"Có … Không x", "vi", value.YesNo, nil},
		{"Ja ____ Nei ____", "nb", value.YesNo, nil},
		{"[Họ và tên]", "vi", value.Words, nil},
		{"<navn>", "nb", value.Words, nil},
		{"{Name of the person}", "en", value.Words, nil},
		{"Jane Porter [chair]", "en", value.Words, "Jane Porter [chair"},
		{"Yes No", "en", value.YesNo, nil},
		{"Có", "vi", value.YesNo, true},
		{"Có, không vướng mắc", "vi", value.YesNo, true},
		{"Không", "vi", value.YesNo, false},
		{"Đợt 1", "vi", value.Count, nil},
		{"Runde 2", "nb", value.Count, nil},
		{"Phase 3", "en", value.Count, nil},
		{"120", "vi", value.Count, 120.0},
	} {
		var p text.Page
		p.Read(&dossier.Page{Number: 1, Text: c.text, Language: c.lang})
		r := value.Reader{Type: c.typ}
		_, v, ok := r.First(&p, language.Get(c.lang), 0, len(p.Words), true)
		if ok != (c.want != nil) || ok && v.V != c.want {
			t.Errorf("%q: %v %v, want %v", c.text, v.V, ok, c.want)
		}
	}
}

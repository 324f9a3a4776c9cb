package value

import (
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/phrase"
)

// Letters among digits leave a number in doubt, and a number of a billion without its unit may be no count.
func TestNumbersThatAreNoCounts(t *testing.T) {
	for _, c := range []struct {
		name, text string
		typ        Type
		ok, doubt  bool
	}{
		{"an O among the digits of a percentage", "8O %", Percent, true, true},
		{"a percentage", "80 %", Percent, true, false},
		{"billions without a unit", "2 tỷ 3", Count, true, true},
		{"a number without a unit", "120", Count, true, false},
	} {
		p := &text.Page{}
		p.Read(&dossier.Page{Number: 1, Text: c.text, Language: "vi", Quality: 1})
		r := Reader{Type: c.typ, Unit: "hộ"}
		if c.typ == Count {
			r.Units = []phrase.Phrase{phrase.New("hộ")}
		}
		_, v, ok := r.First(p, language.Get("vi"), 0, len(p.Words), true)
		if ok != c.ok || ok && (v.Doubt != "") != c.doubt {
			t.Errorf("%s: %q is read as %+v, %v", c.name, c.text, v, ok)
		}
	}
}

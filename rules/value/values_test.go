package value_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/phrase"
	"kheo/rules/value"
)

// readValue reads the first value of a fact, "count hộ" or "money VND", in a text.
func readValue(fact, in, lang, s string) (value.Value, bool) {
	typ, unit, _ := strings.Cut(fact, " ")
	r := value.Reader{Type: value.Type(typ), Unit: unit}
	if typ == "count" && unit != "" {
		r.Units = []phrase.Phrase{phrase.New(unit)}
	}
	from := 0
	if in == "form" {
		s, from = "X: "+s, 1
	}
	var p text.Page
	p.Read(&dossier.Page{Number: 1, Text: norm.NFC.String(s), Language: lang})
	_, v, ok := r.First(&p, language.Get(lang), from, len(p.Words), in == "form")
	return v, ok
}

// show writes a value as docs/values.md does.
func show(v value.Value, money bool) string {
	one := func(x any) string {
		if f, ok := x.(float64); ok {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		return fmt.Sprint(x)
	}
	s := one(v.V)
	if money {
		s += " " + v.Unit
	}
	if v.Doubt == "" {
		return s
	}
	for _, o := range v.Others {
		if o != nil {
			s += ", " + one(o)
		}
	}
	return "? " + s + " (" + v.Doubt + ")"
}

func TestEveryExampleOfTheManualIsReadAsItSays(t *testing.T) {
	b, err := os.ReadFile("../../docs/values.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, line := range strings.Split(norm.NFC.String(string(b)), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 5 || language.Get(cells[0]) == nil {
			continue
		}
		n++
		got := "—"
		if v, ok := readValue(cells[2], cells[1], cells[0], cells[3]); ok {
			got = show(v, strings.HasPrefix(cells[2], "money") && strings.Contains(cells[4], " ") && !strings.Contains(cells[4], "separator"))
		}
		if got != cells[4] {
			t.Errorf("docs/values.md:%d: %s is read as %s, want %s", i+1, line, got, cells[4])
		}
	}
	if n < 100 {
		t.Errorf("only %d examples", n)
	}
}

func TestValuesWithoutDiacriticsAreInDoubt(t *testing.T) {
	const form = "PHIEU DANG KY MO HINH cua thon Phu Hung, xa Dai Hiep, nam 2024\n"
	for _, c := range []struct {
		fact, text string
		want       any
	}{
		{"count hộ", "120 ho", 120.0},
		{"count hộ", "mot tram hai muoi ho", 120.0},
		{"money VND", "350 trieu dong", 350e6},
		{"date", "ngay 5 thang 3 nam 2024", "2024-03-05"},
		{"count kg", "3 ta", 300.0},
	} {
		typ, unit, _ := strings.Cut(c.fact, " ")
		r := value.Reader{Type: value.Type(typ), Unit: unit}
		if typ == "count" && unit == "hộ" {
			r.Units = []phrase.Phrase{phrase.New(unit)}
		}
		var p text.Page
		p.Read(&dossier.Page{Number: 1, Text: form + "So lieu: " + c.text, Language: "vi"})
		if !p.Language.Plain {
			t.Fatalf("%q: the page is in %s", c.text, p.Language.Code)
		}
		from := p.Lines[1].First + 2
		_, v, ok := r.First(&p, p.LanguageAt(from), from, len(p.Words), true)
		if !ok || v.V != c.want || v.Doubt != "spelling" {
			t.Errorf("%q is read as %+v, want %v in doubt", c.text, v, c.want)
		}
	}
	var p text.Page
	p.Read(&dossier.Page{Number: 1, Text: "The households of the village have saved 350 million for the road this year, and all took part.", Language: "en"})
	if p.Language.Plain {
		t.Error("English is taken for Vietnamese without diacritics")
	}
}

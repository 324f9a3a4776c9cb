package date_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/date"
)

// page cuts a text of a language into words.
func page(lang, s string) (*text.Page, *language.Language) {
	var p text.Page
	p.Read(&dossier.Page{Number: 1, Text: norm.NFC.String(s), Language: lang})
	return &p, language.Get(lang)
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct{ name, lang, text, want string }{
		{"months in words", "vi", "từ tháng ba đến tháng mười hai năm 2024", "2024-03/2024-12"},
		{"quarters", "vi", "từ quý I đến quý III năm 2024", "2024-01/2024-09"},
		{"a quarter with a slash", "vi", "Quý II/2024", "2024-04/2024-06"},
		{"a school year", "vi", "2023/2024", "2023-01/2024-12"},
		{"half years", "vi", "nửa cuối năm 2024", "2024-07/2024-12"},
		{"the first of them has the second's year", "nb", "mars til november 2024", "2024-03/2024-11"},
		{"days with one month", "nb", "1.–15. mars 2024", "2024-03-01/2024-03-15"},
		{"what ends before it begins is none", "en", "from March 2024 to March 2023", ""},
		{"a day is none", "en", "15 March 2024", ""},
		{"what is inside a day is none", "vi", "15/3/2024", ""},
		{"a decade", "en", "1990s", "1990-01/1999-12"},
		{"a year to a day", "en", "from 2015 to May 5th, 2017", "2015-01-01/2017-05-05"},
		{"the year first", "en", "2016, November", "2016-11/2016-11"},
		{"a quarter behind its year", "en", "2024 Q3", "2024-07/2024-09"},
		{"the thirteenth month is none", "vi", "tháng 13 năm 2024", ""},
		{"the fifth quarter is none", "en", "Q5 2024", ""},
	} {
		p, l := page(c.lang, c.text)
		got := ""
		if d, ok := date.Period(p, l, 0, len(p.Words)); ok {
			got = d.ISO
		}
		if got != c.want {
			t.Errorf("%s: %q is read as %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func FuzzDates(f *testing.F) {
	for _, s := range []string{"từ ngày 1 tháng 3 đến 15/4/2024", "15 / 3 / 2024", "Quý IV năm 2024",
		"July 13–15, 2013", "Q1 2024 to Q3",
		"2023–24", "the first of March, 2015", "6 tháng đầu năm 2024", "2016H2 1990s", "31.12.99",
		"since the end of 2012 or later"} {
		for lang := range 3 {
			f.Add(s, lang)
		}
	}
	f.Fuzz(func(t *testing.T, s string, lang int) {
		l := language.All()[uint(lang)%3]
		p, _ := page(l.Code, s)
		for i := range p.Words {
			for _, limit := range []int{i + 1, len(p.Words)} {
				for _, read := range []func(*text.Page, *language.Language, int, int) (date.Date,
					bool){date.At, date.MonthAt} {
					if d, ok := read(p, l, i, limit); ok && (!isodate.Valid(d.ISO, true) || d.Last <= i ||
						d.Last > limit) {
						t.Fatalf("%q: %+v", s, d)
					}
				}
				date.YearAt(p, l, i, limit, true)
				d, ok := date.Period(p, l, i, limit)
				if !ok {
					continue
				}
				from, to, _ := strings.Cut(d.ISO, "/")
				if !isodate.Valid(from, true) || to != ".." && (!isodate.Valid(to, true) ||
					len(to) != len(from) || to < from) ||
					d.Last <= i || d.Last > limit {
					t.Fatalf("%q: %+v", s, d)
				}
			}
		}
	})
}

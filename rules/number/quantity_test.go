package number_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
)

// first reads the first quantity of a text.
func first(lang, s string) (q number.Quantity, ok bool) {
	var p text.Page
	p.Read(&dossier.Page{Number: 1, Text: norm.NFC.String(s), Language: lang})
	for i := range p.Words {
		if q, ok := number.At(&p, language.Get(lang), i, len(p.Words)); ok {
			return q, true
		}
	}
	return q, false
}

func TestQuantitiesWithWhatIsAroundThem(t *testing.T) {
	for _, c := range []struct {
		name, lang, text, want string
	}{
		{"a range is its two bounds", "en", "between 40 and 60 families", "40 (40..60) range"},
		{"a range may have one magnitude for both", "vi", "2–3 triệu đồng", "2000000 (2000000..3000000) VND range"},
		{"a range may repeat its currency", "en", "X: $5-$7", "5 (5..7) USD range"},
		{"years with a hyphen are no range", "vi", "giai đoạn 2020-2025", "2020 ordinal"},
		{"the number of a paper is no range", "vi", "số 01-02", "1 ordinal"},
		{"a telephone number is no range", "vi", "ĐT 0905-123-456", "905 ordinal"},
		{"what rose has two values", "en", "it rose from 12 to 45 families", "12"},
		{"money for some is no range", "nb", "500 kroner til 700 familier", "500 NOK"},
		{"at least is a bound", "vi", "ít nhất 40 hộ", "40 at least"},
		{"from … up is a bound", "vi", "từ 40 trở lên", "40 at least"},
		{"no less than is not less than", "en", "no less than 40", "40 at least"},
		{"less than or equal is a bound", "en", "less than or equal to 40", "40 at most"},
		{"a sign is a bound", "en", "≥ 40", "40 at least"},
		{"or more is a bound", "nb", "40 eller flere", "40 at least"},
		{"a minus behind a colon is one", "en", "X: -5", "-5"},
		{"a minus in words is one", "vi", "âm 5%", "-5 %"},
		{"a minus in a cell of a table is one", "vi", "Số hộ nghèo\t-15", "-15"},
		{"a bullet is no minus", "vi", "- 120 hộ", "120"},
		{"a dash right before a number may be one", "vi", "-120 triệu", "120000000 sign"},
		{"a version is no number", "en", "1.2.3", ""},
		{"an address is no number", "en", "192.168.1.2", ""},
		{"a comma may begin a number", "vi", "X: ,77", "0.77"},
		{"thousands of India", "en", "12,34,567", "1234567"},
		{"apostrophes group", "en", "1'250'000", "1250000"},
		{"a fraction may be a sign", "en", "2½ million", "2500000"},
		{"a half may be said", "en", "two and a half million", "2500000"},
		{"k is a thousand", "en", "47.2k", "47200"},
		{"m is a metre", "en", "120m", "120"},
		{"m is a million of a currency behind it", "en", "5m EUR", "5000000 EUR"},
		{"m is a million of money", "en", "$5m", "5000000 USD"},
		{"a currency may be glued", "nb", "kr500", "500 NOK"},
		{"a code may be glued", "en", "EUR20", "20 EUR"},
		{"a code that is a word is not one before a number", "en", "TOP 10", "10"},
		{"a code that is a word is one behind a number", "en", "20 TRY", "20 TRY"},
		{"a code in small letters is a word", "en", "20 all", "20"},
		{"comrades are no currency", "vi", "20 đồng chí", "20"},
		{"what is behind a comma is no currency", "vi", "20, đồng", "20"},
		{"a code with a magnitude", "nb", "30 MSEK", "30000000 SEK"},
		{"ten years are not fifteen", "vi", "mười năm", "10"},
		{"fifteen", "vi", "mười lăm", "15"},
		{"a hundred and five", "vi", "một trăm linh năm", "105"},
		{"joined words", "nb", "hundreogtjue", "120"},
		{"joined words with thousands", "nb", "femtusentohundreogti", "5210"},
		{"old words for tens", "nb", "syttitre", "73"},
		{"a number that goes on is in doubt", "en", "one twenty two", "22 words"},
		{"decimals that are not understood are in doubt", "en", "two hundred point seventy-one", "200 words"},
		{"several hundred is no number", "en", "several hundred", ""},
		{"a bare hundred", "nb", "hundre", "100"},
		{"small parts", "vi", "2 tỷ 3", "2300000000"},
		{"small parts before a noun are in doubt", "vi", "2 tỷ 3 công trình", "2300000000 words"},
		{"small parts of three digits", "vi", "1 tỷ 250", "1250000000"},
	} {
		got := ""
		if q, ok := first(c.lang, c.text); ok {
			got = fmt.Sprintf("%.10g", q.Value)
			if q.High != 0 {
				got += fmt.Sprintf(" (%.10g..%.10g)", q.Low, q.High)
			}
			for _, s := range []string{q.Unit, q.Bound, q.Doubt} {
				if s != "" {
					got += " " + s
				}
			}
			if q.Ordinal {
				got += " ordinal"
			}
		}
		if got != c.want {
			t.Errorf("%s: %q is read as %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestThePageDecidesItsSeparators(t *testing.T) {
	for _, c := range []struct {
		name, lang, text string
		value            float64
		doubt            string
	}{
		{"nothing decides", "vi", "X: 1,250 triệu", 1.25e6, "separator"},
		{"groups elsewhere decide", "vi", "X: 1,250 triệu\nY: 3,250,000 đồng", 1250e6, ""},
		{"decimals elsewhere decide", "vi", "X: 1,250 triệu\nY: 2,5 triệu", 1.25e6, ""},
		{"both elsewhere decide nothing", "vi", "X: 1,250 triệu\nY: 2,5 triệu và 3,250,000 đồng", 1.25e6, "separator"},
		{"a decimal point does not decide against groups", "vi", "X: 1.250 đồng\nY: 2.5 triệu", 1.25, "separator"},
		{"dates and sections do not decide", "vi", "X: 1,250 triệu\n2.5 Mục tiêu ngày 15.3.2024", 1.25e6, "separator"},
		{"English groups with commas", "en", "X: 1,250", 1250, ""},
	} {
		q, ok := first(c.lang, c.text)
		if !ok || q.Value != c.value || q.Doubt != c.doubt {
			t.Errorf("%s: %+v, want %v %q", c.name, q, c.value, c.doubt)
		}
	}
}

func TestWhatTheDocumentSaysDecidesOnAPageThatDoesNot(t *testing.T) {
	var p, other text.Page
	p.Read(&dossier.Page{Number: 1, Text: "1,250 triệu", Language: "vi"})
	other.Read(&dossier.Page{Number: 2, Text: "3,250,000 đồng", Language: "vi"})
	var document text.Convention
	document.Add(&p)
	document.Add(&other)
	if q, ok := number.At(&p, language.Get("vi"), 0, len(p.Words)); !ok || q.Value != 1250e6 ||
		q.Doubt != "" {
		t.Errorf("%+v", q)
	}
}

func TestCodesOfCurrencies(t *testing.T) {
	for code, want := range map[string]bool{"VND": true, "NOK": true, "TRY": true, "XYZ": false, "XXX": false,
		"XAU": false, "usd": false, "US": false} {
		if number.IsCurrency(code) != want {
			t.Errorf("%s is a currency: %v", code, !want)
		}
	}
}

func FuzzAt(f *testing.F) {
	for _, s := range []string{"2 tỷ 350 triệu đồng", "between $5 and $7 or more",
		"một trăm linh năm phẩy hai", "kr 12.500,- og 50 øre",
		"from 12 to 45", "1'250'000,5 k", "-½ MNOK", "tohundreogfemti tusen og en halv", "85 of the 92",
		">= 1,2.3,4", "US $ 3 and 4 cents"} {
		for lang := range 3 {
			f.Add(s, lang)
		}
	}
	f.Fuzz(func(t *testing.T, s string, lang int) {
		l := language.All()[uint(lang)%3]
		var p text.Page
		p.Read(&dossier.Page{Number: 1, Text: norm.NFC.String(s), Language: l.Code})
		for i := range p.Words {
			for _, limit := range []int{i + 1, len(p.Words)} {
				q, ok := number.At(&p, l, i, limit)
				if !ok {
					continue
				}
				if q.First != i || q.Last <= i || q.Last > limit {
					t.Fatalf("%q: words [%d, %d) of [%d, %d)", s, q.First, q.Last, i, limit)
				}
				if math.IsNaN(q.Value) || q.High != 0 && q.Low > q.High ||
					slices.ContainsFunc(q.Others, math.IsNaN) {
					t.Fatalf("%q: %+v", s, q)
				}
				number.IsWhole(&p, l, i)
				number.Continues(&p, l, i, q.Last, limit)
				number.MeasureAt(&p, l, q.Last, limit)
			}
		}
	})
}

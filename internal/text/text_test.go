package text

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"kheo/internal/dossier"
)

// read cuts a page of a language into words.
func read(s, lang string) *Page {
	p := &Page{}
	p.Read(&dossier.Page{Number: 1, Text: s, Language: lang})
	return p
}

// wordsOf returns the words of a page, separated by |.
func wordsOf(p *Page) string {
	var out []string
	for _, w := range p.Words {
		out = append(out, w.Text)
	}
	return strings.Join(out, "|")
}

// termsOf returns the terms of a page, separated by |.
func termsOf(p *Page) string {
	var out []string
	for _, t := range p.Terms() {
		out = append(out, t.Exact)
	}
	return strings.Join(out, "|")
}

func TestWordsAndTerms(t *testing.T) {
	for _, c := range []struct{ text, words, terms string }{
		{"", "", ""},
		{"Thôn Phú Hưng", "thôn|phú|hưng", "thôn|phú|hưng"},
		{"1.250 hộ", "1.250|hộ", "1|250|hộ"},
		{"2,5 tỷ", "2,5|tỷ", "2|5|tỷ"},
		{"15.3.2024 và 15/3/2024.", "15.3.2024|và|15|3|2024", "15|3|2024|và|15|3|2024"},
		{"120m, 50tr, 000đ, 4th", "120|m|50|tr|000|đ|4|th", "120|m|50|tr|000|đ|4|th"},
		{"5km2 A4 CO2", "5|km2|a4|co2", "5|km2|a4|co2"},
		{"đạt 95% ở 30°C", "đạt|95|%|ở|30|°|c", "đạt|95|ở|30|c"},
		{"1. một, 2, ba", "1|một|2|ba", "1|một|2|ba"},
		{".5 5. ,5", "5|5|5", "5|5|5"},
		{"đường-hoa O'Neill e-mail", "đường|hoa|o|neill|e|mail", "đường|hoa|o|neill|e|mail"},
		{"\u0301 x", "\u0301|x", "x"}, // a mark alone folds to nothing
		{"١٢٣ 日本", "١٢٣|日本", "١٢٣|日本"},
		{"ĐẠI LỘC ÆØÅ", "đại|lộc|æøå", "đại|lộc|æøå"},
	} {
		p := read(norm.NFC.String(c.text), "vi")
		if got := wordsOf(p); got != c.words {
			t.Errorf("%q: the words are %s, want %s", c.text, got, c.words)
		}
		if got := termsOf(p); got != c.terms {
			t.Errorf("%q: the terms are %s, want %s", c.text, got, c.terms)
		}
	}
}

// What a ruleset looks for is cut as the page is, so that it can be found there.
func TestPhrasesAreCutAsPagesAre(t *testing.T) {
	for s, want := range map[string]string{
		"100%": "100|%", "1.250 hộ": "1.250|hộ", "nhân rộ*": "nhân|rộ*", "*": "", "  30 °C ": "30|°|c", "50tr": "50|tr", "NHA\u0302N": "nhân",
	} {
		words, starred := Words(s)
		for i := range words {
			if starred[i] {
				words[i] += "*"
			}
		}
		if got := strings.Join(words, "|"); got != want {
			t.Errorf("%q is cut into %q, want %q", s, got, want)
		}
	}
}

func TestTitlesMayBeDecomposed(t *testing.T) {
	s := norm.NFD.String("Đường hoa – Phú Hưng 2.0")
	var exact, folded []string
	for _, x := range Terms(s) {
		exact, folded = append(exact, x.Exact), append(folded, x.Folded)
		if got := normal(string([]rune(s)[x.Start:x.End])); got != x.Exact {
			t.Errorf("[%d, %d) is %q, not %q", x.Start, x.End, got, x.Exact)
		}
	}
	if want := strings.Fields("đường hoa phú hưng 2 0"); !slices.Equal(exact, want) {
		t.Errorf("exact: %q", exact)
	}
	if want := strings.Fields("duong hoa phu hung 2 0"); !slices.Equal(folded, want) {
		t.Errorf("folded: %q", folded)
	}
	if Indexed("") || Indexed(strings.Repeat("a", maxTerm+1)) || !Indexed("a") {
		t.Error("which terms are indexed")
	}
}

func TestSentences(t *testing.T) {
	long := strings.Repeat("chữ ", 30) // a line as wide as the page
	for _, c := range []struct {
		lang, text string
		want       []string
	}{
		{"vi", "Thôn đã làm đường. Cả xã làm theo! Ai làm? Hết", []string{"Thôn đã làm đường.", "Cả xã làm theo!", "Ai làm?", "Hết"}},
		{"nb", "Den 15. mars kom 200 av kr. 500 inn. Så gikk de.", []string{"Den 15. mars kom 200 av kr. 500 inn.", "Så gikk de."}},
		{"nb", "De fikk 500 kr. Så gikk de.", []string{"De fikk 500 kr.", "Så gikk de."}},
		{"en", "1. Heading of it\nText; more", []string{"1. Heading of it", "Text;", "more"}},
		{"en", "a\tb\n• c", []string{"a", "b", "c"}},
		{"en", `He said "go." Then left. then`, []string{`He said "go.`, "Then left. then"}},
		{"vi", long + "hết\ncâu này. Câu khác", []string{strings.TrimSpace(long) + " hết\ncâu này.", "Câu khác"}},
		{"vi", long + "hết\n- câu này", []string{strings.TrimSpace(long) + " hết", "câu này"}},
		{"vi", "ngắn\ncâu", []string{"ngắn", "câu"}},
		{"en", "v1.2 is in 3.5 files", []string{"v1.2 is in 3.5 files"}},
		{"en", " . ; ! ", nil},
	} {
		p := read(norm.NFC.String(c.text), c.lang)
		var got []string
		for _, s := range p.Sentences {
			got = append(got, p.Text(s.Start, s.End))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestMarksOfWords(t *testing.T) {
	p := read("1. A, b: c\td\n• “one two three four five six” «seven»", "en")
	var cells, quoted []string
	clauses := map[int]bool{}
	for _, w := range p.Words {
		if w.CellStart {
			cells = append(cells, w.Text)
		}
		if w.Quoted {
			quoted = append(quoted, w.Text)
		}
		clauses[w.Clause] = true
	}
	if want := []string{"1", "d", "one"}; !slices.Equal(cells, want) {
		t.Errorf("cells begin with %q, want %q", cells, want)
	}
	if want := strings.Fields("one two three four five six"); !slices.Equal(quoted, want) {
		t.Errorf("quoted are %q, want %q", quoted, want)
	}
	if len(clauses) != 6 {
		t.Errorf("%d clauses, want 6: %+v", len(clauses), p.Words)
	}
}

func TestASentenceMayBeInAnotherLanguage(t *testing.T) {
	p := read("Thôn đã làm đường và nhà.\nThe families have saved their money and the house is open.", "vi")
	if got := p.LanguageAt(0).Code; got != "vi" {
		t.Errorf("the first sentence is in %s", got)
	}
	if got := p.LanguageAt(len(p.Words) - 1).Code; got != "en" {
		t.Errorf("the second sentence is in %s", got)
	}
	if got := p.LanguageAt(len(p.Words)).Code; got != "vi" {
		t.Errorf("behind the last word is %s", got)
	}
}

// Pages that OCR read come last, whatever their place in the dossier.
func TestPagesInReadingOrder(t *testing.T) {
	d := &dossier.Dossier{Documents: []dossier.Document{
		{Name: "scan.pdf", Pages: []dossier.Page{{Number: 1, Reader: dossier.OCRReader}}},
		{Name: "a.docx", Pages: []dossier.Page{{Number: 1}, {Number: 2}}},
		{Name: "b.docx", Pages: []dossier.Page{{Number: 1}}},
	}}
	var got []string
	for doc, pg := range Pages(d) {
		got = append(got, doc.Name+string(rune('0'+pg.Number)))
	}
	if want := []string{"a.docx1", "a.docx2", "b.docx1", "scan.pdf1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for range Pages(d) {
		break // stopping early is allowed
	}
}

// sound reports what of a page contradicts itself, "" if nothing does.
func sound(p *Page) string {
	text := string(p.Runes)
	end, sentence, line, clause := 0, 0, 0, 0
	for i, w := range p.Words {
		switch {
		case w.Start < end || w.End <= w.Start || w.End > len(p.Runes):
			return "words overlap"
		case w.Text != spelled(p.Text(w.Start, w.End)):
			return "the text of a word is not what is written there"
		case w.Sentence < sentence || w.Line < line || w.Clause < clause || w.Sentence >= len(p.Sentences) || w.Line >= len(p.Lines):
			return "sentences, lines or clauses are not in order"
		case p.Sentences[w.Sentence].First > i || p.Sentences[w.Sentence].Last <= i:
			return "a word is not in its sentence"
		case p.Lines[w.Line].First > i || p.Lines[w.Line].Last <= i || p.Lines[w.Line].Start > w.Start || p.Lines[w.Line].End < w.End:
			return "a word is not in its line"
		}
		end, sentence, line, clause = w.End, w.Sentence, w.Line, w.Clause
	}
	for i, s := range p.Sentences {
		if s.First >= s.Last || i > 0 && p.Sentences[i-1].Last != s.First || s.Start != p.Words[s.First].Start || s.End < p.Words[s.Last-1].End {
			return "sentences do not cover the words"
		}
	}
	if len(p.Lines) != 1+strings.Count(text, "\n") {
		return "lines are missing"
	}
	return soundTerms(p)
}

// soundTerms reports whether the terms of the page are those of its runes, and lie in its words.
func soundTerms(p *Page) string {
	at := 0
	bad := ""
	p.EachTerm(func(exact string, word, start, end int) {
		from, to, ok := NextTerm(p.Runes, at)
		w := p.Words[word]
		if !ok || from != start || to != end || exact != normal(p.Text(from, to)) || start < w.Start || end > w.End {
			bad = "terms of the page are not those of its text"
		}
		at = end
	})
	if _, _, more := NextTerm(p.Runes, at); more {
		return "a term is in no word"
	}
	n := 0
	p.EachTerm(func(string, int, int, int) { n++ })
	if got := p.TermsIn(0, len(p.Words)); got != n {
		return "TermsIn counts otherwise than EachTerm"
	}
	return bad
}

func TestPagesAreSound(t *testing.T) {
	alphabet := []rune("aBéđỘ0159.,;:%°!?\t\n \"“”«»•()–\u0301①²İKẞ日١")
	p := &Page{}
	rapid.Check(t, func(t *rapid.T) {
		s := norm.NFC.String(rapid.StringOf(rapid.SampledFrom(alphabet)).Draw(t, "text"))
		p.Read(&dossier.Page{Text: s, Language: rapid.SampledFrom([]string{"", "vi", "nb", "en"}).Draw(t, "language")})
		if bad := sound(p); bad != "" {
			t.Fatalf("%q: %s: %+v", s, bad, p.Words)
		}
	})
}

func FuzzPage(f *testing.F) {
	for _, s := range []string{"", "1.250 hộ; 95% “a b c d e f”", "I. ĐẶC ĐIỂM\n1) a\tb", "15. mars kr. 500", "\xff\u0301\n\n.", "K İ ẞ"} {
		f.Add(s, "vi")
	}
	f.Fuzz(func(t *testing.T, s, lang string) {
		if !utf8.ValidString(s) {
			return
		}
		if bad := sound(read(norm.NFC.String(s), lang)); bad != "" {
			t.Errorf("%q: %s", s, bad)
		}
	})
}

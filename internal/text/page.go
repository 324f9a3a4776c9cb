package text

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// A Word is a word of a page.
type Word struct {
	Text       string // lower case, NFC
	Start, End int    // code points into the page's text
	Sentence   int    // index into Page.Sentences
	Clause     int    // counts up over the page, at each sentence end, comma, colon, bracket and dash
	Line       int    // index into Page.Lines
	Number     bool   // begins with an ASCII digit
	Quoted     bool   // inside quotation marks around six words or more
	CellStart  bool   // first word of a line, of a table cell or behind a bullet
}

// A Span is the code points [Start, End) of a page.
type Span struct{ Start, End int }

// A Sentence is the words [First, Last) of a page.
type Sentence struct {
	Span
	First, Last int
	language    *language.Language // cache of Page.LanguageOf
}

// A Line is the words [First, Last) of a page between two line breaks. It may have none.
type Line struct {
	Span
	First, Last int
}

// A Page is a page cut into words, sentences and lines. It may be read by one goroutine at a time. The zero value
// is an empty page, to be filled by Read.
type Page struct {
	Runes     []rune
	Words     []Word
	Sentences []Sentence
	Lines     []Line
	Language  *language.Language // of most of the page; never nil after Read

	lower  []byte  // the text in lower case
	at     []int32 // offset into lower of each code point, and of the end
	exotic bool    // lower may not be NFC

	letters bool // there are letters outside of ASCII

	separators     Separators // of the page's own numbers, if separatorsRead
	separatorsRead bool
	convention     *Convention // of its document; nil until it is asked, if the page is read alone
}

// Read fills the page with the words of pg, whose text must be NFC, and reuses the memory of what it held before.
// If the page names no language, it is guessed from the text.
func (p *Page) Read(pg *dossier.Page) {
	p.Reset()
	p.Runes = slices.Grow(p.Runes, utf8.RuneCountInString(pg.Text))
	for _, r := range pg.Text {
		p.Runes = append(p.Runes, r)
	}
	p.Language = language.Get(pg.Language)
	if p.Language == nil {
		p.Language = language.Guess(pg.Text)
	}
	p.splitLines()
	p.splitWords()
	if p.isPlain() {
		p.Language = language.PlainVietnamese()
	}
}

// Bounds on how the page is asked whether it is Vietnamese without diacritics: number of its first words that are
// looked at, and one in minPlainShare of them must be known, minPlainWords at least.
const (
	maxPlainWords = 150
	minPlainWords = 4
	minPlainShare = 6
)

// isPlain reports whether the page is Vietnamese without diacritics: it has ASCII letters only, and words of that kind.
func (p *Page) isPlain() bool {
	if p.letters || p.Language.Code == "nb" && len(p.Words) > maxPlainWords {
		return false
	}
	n, known := 0, 0
	for i := range p.Words[:min(len(p.Words), maxPlainWords)] {
		if w := &p.Words[i]; !w.Number {
			n++
			if language.IsPlainWord(w.Text) {
				known++
			}
		}
	}
	return known >= minPlainWords && known*minPlainShare >= n
}

// Reset empties the page and keeps its memory.
func (p *Page) Reset() {
	clear(p.Words) // lets go of the text that their strings share
	*p = Page{Runes: p.Runes[:0], Words: p.Words[:0], Sentences: p.Sentences[:0], Lines: p.Lines[:0],
		lower: p.lower[:0], at: p.at[:0]}
}

// Text returns the code points [start, end) of the page as they are written.
func (p *Page) Text(start, end int) string { return string(p.Runes[start:end]) }

// LanguageAt returns the language of the sentence that word i is in; of the page if the page has no such word.
func (p *Page) LanguageAt(i int) *language.Language {
	if i >= 0 && i < len(p.Words) {
		return p.LanguageOf(p.Words[i].Sentence)
	}
	return p.Language
}

// LanguageOf returns the language of a sentence, given its index: that of the page unless frequent words of
// another language say otherwise.
func (p *Page) LanguageOf(sentence int) *language.Language {
	s := &p.Sentences[sentence]
	if p.Language.Plain {
		return p.Language
	}
	if s.language == nil {
		// One of the page's frequent words is enough, and most sentences begin with one.
		for _, w := range p.Words[s.First:s.Last] {
			if p.Language.IsCommon(w.Text) {
				s.language = p.Language
				return s.language
			}
		}
		var c language.Counter
		for _, w := range p.Words[s.First:s.Last] {
			c.Add(w.Text)
		}
		s.language = c.Language(p.Language)
	}
	return s.language
}

// EachTerm visits the terms of the page in order: exact is the term in lower case and NFC, word the index of the
// word that it lies in, and [start, end) its code points. Terms that cannot be searched for are among them, see
// Indexed.
func (p *Page) EachTerm(visit func(exact string, word, start, end int)) {
	for i := range p.Words {
		w := &p.Words[i]
		switch {
		case w.Number:
			p.eachPart(i, visit)
		case !isSign(p.Runes[w.Start]):
			term := w.Text
			if language.EndsInTonedY(term) { // terms keep a written i
				term = normal(p.Text(w.Start, w.End))
			}
			visit(term, i, w.Start, w.End)
		}
	}
}

// eachPart visits the terms of a number. It is ASCII, so its bytes are its code points.
func (p *Page) eachPart(word int, visit func(exact string, word, start, end int)) {
	w := &p.Words[word]
	for from := 0; from < len(w.Text); {
		to := len(w.Text)
		if i := strings.IndexAny(w.Text[from:], ".,"); i >= 0 {
			to = from + i
		}
		visit(w.Text[from:to], word, w.Start+from, w.Start+to)
		from = to + 1
	}
}

// Terms returns the indexed terms of the page.
func (p *Page) Terms() []Term {
	out := make([]Term, 0, len(p.Words))
	p.EachTerm(func(exact string, word, start, end int) {
		if folded := language.Fold(exact); Indexed(folded) {
			out = append(out, Term{Exact: exact, Folded: folded, Start: start, End: end,
				Sentence: p.Words[word].Sentence, Word: word})
		}
	})
	return out
}

// TermsIn counts the terms of words [from, to): the distance that a query measures between two places.
func (p *Page) TermsIn(from, to int) (n int) {
	for i := from; i < to; i++ {
		switch w := &p.Words[i]; {
		case w.Number:
			n += 1 + strings.Count(w.Text, ".") + strings.Count(w.Text, ",")
		case !isSign(p.Runes[w.Start]):
			n++
		}
	}
	return n
}

// splitLines fills in the spans of the lines; splitWords adds their words.
func (p *Page) splitLines() {
	start := 0
	for i := 0; i <= len(p.Runes); i++ {
		if i == len(p.Runes) || p.Runes[i] == '\n' {
			p.Lines = append(p.Lines, Line{Span: Span{start, i}})
			start = i + 1
		}
	}
}

// lowered fills p.lower and p.at, and returns the page's text in lower case. All words of the page share it.
func (p *Page) lowered() string {
	b := slices.Grow(p.lower[:0], len(p.Runes)*5/4)
	at := slices.Grow(p.at[:0], len(p.Runes)+1)[:len(p.Runes)+1]
	for i, r := range p.Runes {
		at[i] = int32(len(b))
		if r < utf8.RuneSelf {
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			b = append(b, byte(r))
			continue
		}
		p.letters = p.letters || IsWordRune(r)
		if r >= 0x300 && (r < 0x1ea0 || r > 0x1ef9) && IsWordRune(r) {
			p.exotic = true
		}
		b = utf8.AppendRune(b, lower(r))
	}
	at[len(p.Runes)] = int32(len(b))
	p.lower, p.at = b, at
	return string(b)
}

// splitter is the state of cutting a page into words, sentences and clauses, which is done in one pass.
type splitter struct {
	*Page
	lower  string
	width  int // of a full line, see Page.fullWidth
	first  int // first word of the sentence that has begun
	start  int // its first code point, -1 before its first word
	clause int
	line   int
	quote  int  // first word inside a quotation that is still open, -1 if none is
	cell   bool // the next word begins a line or a cell
}

// splitWords fills Words and Sentences, and which words each line has.
func (p *Page) splitWords() {
	s := splitter{Page: p, lower: p.lowered(), width: p.fullWidth(), start: -1, quote: -1, cell: true}
	p.Words = slices.Grow(p.Words, len(p.Runes)/4)
	for i := 0; i < len(p.Runes); {
		r := p.Runes[i]
		switch {
		case r == ' ':
			i++
		case IsWordRune(r) || isSign(r):
			i = s.word(i)
		default:
			s.mark(i, r)
			i++
		}
	}
	p.Lines[s.line].Last = len(p.Words)
	s.endSentence(len(p.Runes))
}

// word adds the word that begins at code point i, and returns its end.
func (s *splitter) word(i int) int {
	end := wordEnd(s.Runes, i)
	if s.start < 0 {
		s.start = i
	}
	w := s.lower[s.at[i]:s.at[end]]
	if s.exotic {
		w = norm.NFC.String(w)
	}
	if last := w[len(w)-1]; last >= utf8.RuneSelf || last == 'y' { // other words have one spelling
		w = language.Canonical(w)
	}
	sign := isSign(s.Runes[i])
	s.Words = append(s.Words, Word{Text: w, Start: i, End: end, Sentence: len(s.Sentences), Clause: s.clause,
		Line: s.line, Number: IsDigit(s.Runes[i]), CellStart: s.cell && !sign})
	s.cell = s.cell && sign
	return end
}

// mark takes notice of code point i, which is part of no word.
func (s *splitter) mark(i int, r rune) {
	switch r {
	case '\n':
		s.endLine(i)
	case '\t':
		s.endSentence(i)
		s.cell = true
	case ';':
		s.clause++
		s.endSentence(i + 1)
	case ',', ':', '(', ')', '–', '—':
		s.clause++
	case '.', '!', '?', '…':
		if s.sentenceEndsAt(i) {
			s.endSentence(i + 1)
		} else {
			s.clause++
		}
	case '•', '\uf0b7', '\uf0a7': // bullets, two of them as Word's Symbol font has them
		s.endSentence(i)
		s.cell = true
	case '“', '«', '”', '»', '"':
		s.quotationMark(r)
	}
}

// quotationMark opens or closes a quotation. The straight mark does both.
func (s *splitter) quotationMark(r rune) {
	if r == '“' || r == '«' || r == '"' && s.quote < 0 {
		s.quote = len(s.Words)
		return
	}
	s.markQuoted(s.quote)
	s.quote = -1
}

// markQuoted marks the words from one on as quoted. Shorter quotations are names and terms, and longer ones are
// marks that do not belong together.
func (s *splitter) markQuoted(from int) {
	const shortest, longest = 6, 200
	if n := len(s.Words) - from; from < 0 || n < shortest || n > longest {
		return
	}
	for k := from; k < len(s.Words); k++ {
		s.Words[k].Quoted = true
	}
}

// endLine ends the line that breaks at code point i, and the sentence if it ends there too.
func (s *splitter) endLine(i int) {
	s.Lines[s.line].Last = len(s.Words)
	if s.lineEndsSentence(s.line) {
		s.endSentence(i)
	}
	s.line++
	s.Lines[s.line].First = len(s.Words)
	s.cell = true
}

// endSentence ends the sentence, if one has begun, before code point end and the white space before it.
func (s *splitter) endSentence(end int) {
	if len(s.Words) > s.first {
		for end > s.start && IsSpace(s.Runes[end-1]) {
			end--
		}
		s.Sentences = append(s.Sentences, Sentence{Span: Span{s.start, end}, First: s.first, Last: len(s.Words)})
		s.first = len(s.Words)
	}
	s.start = -1
	s.clause++
}

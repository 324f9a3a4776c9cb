package rules

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
)

// word is one token of a page: a run of letters, a number, or one of % and °.
type word struct {
	s          string // lower case, NFC
	start, end int    // code points into the page's text
	sent       int    // index into pageText.sents
	clause     int    // counts up over the page
	line       int    // index into pageText.lines
	number     bool   // starts with a digit
	quoted     bool   // inside quotation marks around six words or more
	cellStart  bool   // first word of a line or of a table cell
}

type span struct{ start, end int } // code points

type sentence struct {
	span
	first, last int                // words[first:last]
	lang        *language.Language // once asked for
}

type line struct {
	span
	first, last int // words[first:last]
	level       int // of a heading: 1 roman or capitals, 2 digits, 3 letter or colon; 0 is no heading
}

// pageText is a page made ready for questions.
type pageText struct {
	document string
	page     int
	runes    []rune
	words    []word
	sents    []sentence
	lines    []line
	at       []int32 // where each code point stands in the text in lower case
	lower    []byte
	lang     *language.Language
	roles    []string   // per line: role of the document part it belongs to
	sections [][]string // per line: names of the sections it belongs to
	hits     [][]hit    // of the ruleset last asked, by list of its matcher
	labels   []hit      // labels of forms, as the ruleset last asked found them
	cues     [][]cue    // per sentence, once asked for
}

func (p *pageText) text(start, end int) string { return string(p.runes[start:end]) }

func (p *pageText) source(start, end int) dossier.Source {
	return dossier.Source{Document: p.document, Page: p.page, Quote: p.text(start, end), Start: start, End: end}
}

// pages are pages that nobody asks any more, to be filled anew.
var pages = sync.Pool{New: func() any { return &pageText{} }}

// keptRunes is the size from which on a page is too large to be kept.
const keptRunes = 1 << 16

// Close gives back what the reading holds. Nothing may be asked of it afterwards;
// assessments made from it stay as they are.
func (r *Reading) Close() {
	for _, p := range r.pages {
		if cap(p.runes) > keptRunes {
			continue
		}
		clear(p.words)
		*p = pageText{runes: p.runes[:0], words: p.words[:0], sents: p.sents[:0], lines: p.lines[:0], at: p.at[:0], lower: p.lower[:0],
			roles: p.roles[:0], sections: p.sections[:0], cues: p.cues[:0], hits: p.hits[:0], labels: p.labels[:0]}
		pages.Put(p)
	}
	r.pages = nil
}

// readPage tokenises a page. Offsets count code points of pg.Text, which must
// be NFC.
func readPage(document string, pg *dossier.Page) *pageText {
	p := pages.Get().(*pageText)
	p.document, p.page = document, pg.Number
	for _, r := range pg.Text {
		p.runes = append(p.runes, r)
	}
	p.lang = language.Get(pg.Language)
	if p.lang == nil {
		p.lang = language.Guess(pg.Text)
	}
	p.splitLines()
	p.splitWords()
	for i := range p.lines {
		p.lines[i].level = p.headingLevel(&p.lines[i])
	}
	return p
}

// langOf is the language of the sentence that word i stands in.
func (p *pageText) langOf(i int) *language.Language {
	if i >= 0 && i < len(p.words) {
		return p.langOfSentence(p.words[i].sent)
	}
	return p.lang
}

func (p *pageText) langOfSentence(sent int) *language.Language {
	s := &p.sents[sent]
	if s.lang == nil {
		var c language.Counter
		for _, w := range p.words[s.first:s.last] {
			c.Add(w.s)
		}
		s.lang = c.Language(p.lang)
	}
	return s.lang
}

func (p *pageText) splitLines() {
	start := 0
	for i := 0; i <= len(p.runes); i++ {
		if i == len(p.runes) || p.runes[i] == '\n' {
			p.lines = append(p.lines, line{span: span{start, i}})
			start = i + 1
		}
	}
}

// fullWidth is the length from which on a line counts as broken by the page's
// width and not by its writer.
func (p *pageText) fullWidth() int {
	var lens []int
	for _, l := range p.lines {
		if n := l.end - l.start; n > 0 {
			lens = append(lens, n)
		}
	}
	if len(lens) == 0 {
		return 1
	}
	sort.Ints(lens)
	return max(50, lens[len(lens)*9/10]*7/10)
}

// Classes of code points.
const (
	classWord = 1 << iota // letter, digit, combining mark
	classSpace
	classUpper
	classLower
)

// classes holds the classes of the code points that texts are made of.
var classes = func() (t [0x2100]uint8) {
	for r := range t {
		t[r] = classify(rune(r))
	}
	return t
}()

// lowers holds the same code points in lower case.
var lowers = func() (t [0x2100]rune) {
	for r := range t {
		t[r] = unicode.ToLower(rune(r))
	}
	return t
}()

func classify(r rune) (c uint8) {
	if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
		c |= classWord
	}
	if unicode.IsSpace(r) {
		c |= classSpace
	}
	if unicode.IsUpper(r) {
		c |= classUpper
	}
	if unicode.IsLower(r) {
		c |= classLower
	}
	return c
}

func classOf(r rune) uint8 {
	if r >= 0 && int(r) < len(classes) {
		return classes[r]
	}
	return classify(r)
}

func isWordRune(r rune) bool { return classOf(r)&classWord != 0 }
func isSpace(r rune) bool    { return classOf(r)&classSpace != 0 }
func isUpper(r rune) bool    { return classOf(r)&classUpper != 0 }
func isLower(r rune) bool    { return classOf(r)&classLower != 0 }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// splitWords finds words, sentences and clauses in one pass.
func (p *pageText) splitWords() {
	full := p.fullWidth()
	p.words = slices.Grow(p.words, len(p.runes)/4)
	lower := p.lowered()
	sentFirst, sentStart, clause := 0, -1, 0
	endSentence := func(end int) {
		if len(p.words) > sentFirst {
			for end > sentStart && isSpace(p.runes[end-1]) {
				end--
			}
			p.sents = append(p.sents, sentence{span: span{sentStart, end}, first: sentFirst, last: len(p.words)})
			sentFirst = len(p.words)
		}
		sentStart = -1
		clause++
	}
	quoteAt := -1 // first word inside an open quotation
	cell := true
	li := 0
	p.lines[0].first = 0
	for i := 0; i < len(p.runes); {
		r := p.runes[i]
		switch {
		case r == ' ':
			i++
		case r == '\n':
			p.lines[li].last = len(p.words)
			if p.lineEnds(li, full) {
				endSentence(i)
			}
			li++
			p.lines[li].first = len(p.words)
			cell = true
			i++
		case r == '\t':
			endSentence(i)
			cell = true
			i++
		case isDigit(r) || isWordRune(r):
			start := i
			if isDigit(r) {
				for i < len(p.runes) && (isDigit(p.runes[i]) || ((p.runes[i] == '.' || p.runes[i] == ',') && i+1 < len(p.runes) && isDigit(p.runes[i+1]))) {
					i++
				}
			} else {
				for i < len(p.runes) && isWordRune(p.runes[i]) {
					i++
				}
			}
			if sentStart < 0 {
				sentStart = start
			}
			p.words = append(p.words, word{s: lower.slice(start, i), start: start, end: i, sent: len(p.sents), clause: clause, line: li, number: isDigit(r), cellStart: cell})
			cell = false
		case r == '%' || r == '°':
			if sentStart < 0 {
				sentStart = i
			}
			p.words = append(p.words, word{s: string(r), start: i, end: i + 1, sent: len(p.sents), clause: clause, line: li})
			i++
		default:
			switch r {
			case ',', ';', ':', '(', ')', '–', '—':
				clause++
				if r == ';' {
					endSentence(i + 1)
				}
			case '.', '!', '?', '…':
				if p.sentenceEndsAt(i) {
					endSentence(i + 1)
				} else {
					clause++
				}
			case '•', '\uf0b7', '\uf0a7':
				endSentence(i)
				cell = true
			case '“', '«':
				quoteAt = len(p.words)
			case '”', '»':
				p.markQuoted(quoteAt)
				quoteAt = -1
			case '"':
				if quoteAt >= 0 {
					p.markQuoted(quoteAt)
					quoteAt = -1
				} else {
					quoteAt = len(p.words)
				}
			}
			i++
		}
	}
	p.lines[li].last = len(p.words)
	endSentence(len(p.runes))
}

// lowerText is a page in lower case, to be cut into words without copying.
type lowerText struct {
	s  string
	at []int32 // byte offset of each code point
}

func (p *pageText) lowered() lowerText {
	b := slices.Grow(p.lower[:0], len(p.runes)*5/4)
	at := slices.Grow(p.at[:0], len(p.runes)+1)[:len(p.runes)+1]
	for i, r := range p.runes {
		at[i] = int32(len(b))
		switch {
		case r < 0x80:
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			}
			b = append(b, byte(r))
		default:
			if int(r) < len(lowers) {
				r = lowers[r]
			} else {
				r = unicode.ToLower(r)
			}
			b = utf8.AppendRune(b, r)
		}
	}
	at[len(p.runes)] = int32(len(b))
	p.lower, p.at = b, at
	return lowerText{string(b), at}
}

func (l lowerText) slice(start, end int) string { return l.s[l.at[start]:l.at[end]] }

func (p *pageText) markQuoted(from int) {
	if from < 0 || len(p.words)-from < 6 || len(p.words)-from > 200 {
		return
	}
	for k := from; k < len(p.words); k++ {
		p.words[k].quoted = true
	}
}

// lineEnds reports whether the end of line li ends a sentence too: it does,
// unless the line is as wide as the page and reads on.
func (p *pageText) lineEnds(li, full int) bool {
	l := p.lines[li]
	end := l.end
	for end > l.start && isSpace(p.runes[end-1]) {
		end--
	}
	if end-l.start < full || end == l.start {
		return true
	}
	for _, r := range p.runes[l.start:end] {
		if r == '\t' {
			return true
		}
	}
	switch p.runes[end-1] {
	case '.', '!', '?', ':', ';', '…':
		return true
	}
	if li+1 >= len(p.lines) {
		return true
	}
	next := p.lines[li+1]
	k := next.start
	for k < next.end && isSpace(p.runes[k]) {
		k++
	}
	if k >= next.end {
		return true
	}
	r := p.runes[k]
	return r == '-' || r == '–' || r == '•' || r == '+' || r == '*'
}

// sentenceEndsAt reports whether the full stop (or ! ?) at i ends a sentence:
// white space and then something that can begin one must follow.
func (p *pageText) sentenceEndsAt(i int) bool {
	k := i + 1
	for k < len(p.runes) && (p.runes[k] == '"' || p.runes[k] == '”' || p.runes[k] == ')' || p.runes[k] == '»') {
		k++
	}
	if k >= len(p.runes) {
		return true
	}
	if !isSpace(p.runes[k]) {
		return false
	}
	for k < len(p.runes) && isSpace(p.runes[k]) {
		k++
	}
	if k >= len(p.runes) {
		return true
	}
	if n := len(p.words); p.runes[i] == '.' && n > 0 && p.words[n-1].end == i {
		w := p.words[n-1]
		if w.number && w.end-w.start <= 2 && isLower(p.runes[k]) { // "15. mars"
			return false
		}
		if isIn(p.lang.Abbreviations, w.s) || p.lang.Months[w.s] > 0 && w.end-w.start <= 4 { // "kr. 500", "1. feb. 2024"
			return n > 1 && p.words[n-2].number && isUpper(p.runes[k]) // but "500 kr. Then"
		}
		if w.cellStart && (w.number || w.end-w.start <= 4 && romanOrLetter(w.s)) { // "1. Heading"
			return false
		}
	}
	return !isLower(p.runes[k])
}

func romanOrLetter(s string) bool {
	if len([]rune(s)) == 1 {
		return true
	}
	return strings.Trim(s, "ivx") == ""
}

// headingLevel tells whether a line is a heading by what a reader sees: short,
// numbered or in capitals or closed by a colon, and not a sentence.
func (p *pageText) headingLevel(l *line) int {
	start, end := l.start, l.end
	for start < end && isSpace(p.runes[start]) {
		start++
	}
	for end > start && isSpace(p.runes[end-1]) {
		end--
	}
	n := end - start
	if n < 3 || n > 110 || l.last == l.first {
		return 0
	}
	upper, lower := 0, 0
	for _, r := range p.runes[start:end] {
		switch {
		case r == '\t':
			return 0
		case isUpper(r):
			upper++
		case isLower(r):
			lower++
		}
	}
	switch p.runes[end-1] {
	case '.', ';', ',':
		return 0
	}
	first := p.words[l.first]
	if first.end < len(p.runes) && (p.runes[first.end] == '.' || p.runes[first.end] == ')') && l.last-l.first > 1 {
		orig := string(p.runes[first.start:first.end])
		switch {
		case strings.Trim(orig, "IVX") == "":
			return 1
		case first.number && len(orig) <= 2:
			return 2
		case first.end-first.start == 1:
			return 3
		}
	}
	if upper >= 4 && lower == 0 {
		return 1
	}
	if p.runes[end-1] == ':' && n <= 60 {
		return 3
	}
	return 0
}

// phrase is a sequence of words; a word ending in * matches every word that
// begins so.
type phrase struct {
	words []string
	text  string             // as written
	lang  *language.Language // whose words these are; nil where nobody says it
	label bool               // of a form: in a sentence its noun may be definite or plural
}

func newPhrase(s string) phrase {
	p := phrase{text: s}
	star := false
	for _, f := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !isWordRune(r) && r != '*' && r != '%' }) {
		star = strings.HasSuffix(f, "*") && len(f) > 1
		f = strings.Trim(f, "*")
		if f == "" {
			continue
		}
		if star {
			f += "*"
		}
		p.words = append(p.words, f)
	}
	return p
}

func (ph phrase) matchAt(words []word, i int) bool {
	if i+len(ph.words) > len(words) {
		return false
	}
	for k, w := range ph.words {
		if !matchWord(w, words[i+k].s) && !(ph.label && ph.inflected(w, words[i+k].s)) {
			return false
		}
	}
	return len(ph.words) > 0
}

// inflected reports whether s is the word with one of its language's endings.
func (ph phrase) inflected(w, s string) bool {
	end, ok := strings.CutPrefix(s, w)
	return ok && ph.lang != nil && len(w) > 3 && isIn(ph.lang.Definite, end)
}

func matchWord(pattern, s string) bool {
	if p, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(s, p)
	}
	return pattern == s
}

// hit is a phrase found: words[first:last] of the page.
type hit struct {
	page        *pageText
	first, last int
	phrase      *phrase
}

// isLabel reports whether a hit is in the label of a form: that is the form's text,
// and nobody's claim.
func (p *pageText) isLabel(h hit) bool {
	for _, l := range p.labels {
		if l.first <= h.first && h.last <= l.last {
			return true
		}
	}
	return false
}

// matchWordsAt reports how many words the space-separated list s takes at i,
// 0 where it does not stand there before limit.
func matchWordsAt(words []word, i, limit int, s string) int {
	n := 0
	for len(s) > 0 {
		f, rest, _ := strings.Cut(s, " ")
		if i+n >= limit || words[i+n].s != f {
			return 0
		}
		n++
		s = rest
	}
	return n
}

// startsCell reports whether the phrase at word i begins its line or cell,
// numbering and dashes aside.
func (p *pageText) startsCell(i int) bool {
	if p.words[i].cellStart {
		return true
	}
	return i > 0 && p.words[i-1].cellStart && p.words[i-1].line == p.words[i].line &&
		(p.words[i-1].number || romanOrLetter(p.words[i-1].s)) && p.words[i].start-p.words[i-1].end <= 3
}

// Reading is a dossier made ready for questions: its pages as words. It may be
// asked by one goroutine at a time.
type Reading struct {
	dossier *dossier.Dossier
	pages   []*pageText
	roles   map[string][]dossier.Source // role -> headings that gave it, by the ruleset last asked
	tokens  [][]query.Token             // by page, once a query asked
}

// Read makes a dossier ready for questions.
func Read(d *dossier.Dossier) *Reading {
	r := &Reading{dossier: d}
	for _, scanned := range []bool{false, true} { // what OCR read comes after what was written as text: the same said in both is cited from the text
		for i := range d.Documents {
			if d.Documents[i].Scanned() != scanned {
				continue
			}
			for k := range d.Documents[i].Pages {
				r.pages = append(r.pages, readPage(d.Documents[i].Name, &d.Documents[i].Pages[k]))
			}
		}
	}
	return r
}

// EachPage visits the pages as they were cut: their text in code points, the language of
// most of it, and where each sentence begins. None of it may be kept.
func (r *Reading) EachPage(visit func(text []rune, language string, sentences []int)) {
	var starts []int
	for _, p := range r.pages {
		starts = starts[:0]
		for i := range p.sents {
			starts = append(starts, p.sents[i].start)
		}
		code := ""
		if p.lang != nil {
			code = p.lang.Code
		}
		visit(p.runes, code, starts)
	}
}

// head is a list of phrases that head papers or sections.
type head struct {
	name string
	list int // of the matcher
}

// mark finds the ruleset's phrases on every page, and tells for every line which paper
// and which sections it belongs to.
func (r *Reading) mark(m *matcher, roles, sections []head) {
	r.roles = map[string][]dossier.Source{}
	document, role, level := "", "", 0
	var current []string
	for _, p := range r.pages {
		if p.document != document {
			document, role, level, current = p.document, "", 0, nil
		}
		p.hits, p.labels = m.scan(p), p.labels[:0]
		p.roles = slices.Grow(p.roles[:0], len(p.lines))[:len(p.lines)]
		p.sections = slices.Grow(p.sections[:0], len(p.lines))[:len(p.lines)]
		clear(p.roles)
		clear(p.sections)
		papers, parts := p.headed(roles, false), p.headed(sections, true)
		for li := range p.lines {
			l := &p.lines[li]
			if names := papers[li]; len(names) > 0 {
				role = names[0]
				r.roles[role] = append(r.roles[role], p.source(p.words[l.first].start, p.words[l.last-1].end))
				current, level = nil, 0 // "Báo cáo kết quả …" names a paper; it opens no section of results
				p.roles[li] = role
				continue
			}
			names := parts[li]
			switch {
			case l.level > 0 && len(names) > 0, l.level > 0 && l.level <= level:
				current, level = names, l.level
			case len(names) > 0: // "Results: …" with the text on the same line
				current, level = names, 3
			}
			p.roles[li], p.sections[li] = role, current
		}
	}
}

// headed returns, by line, which of the lists head it: a phrase at its start
// (numbering aside) in a heading, a short line, or before a colon; for sections also
// anywhere in a heading.
func (p *pageText) headed(heads []head, section bool) map[int][]string {
	const short = 110
	out := map[int][]string{}
	for _, hd := range heads {
		for _, h := range p.hits[hd.list] {
			li := p.words[h.first].line
			l := &p.lines[li]
			if h.last > l.last || isIn(out[li], hd.name) {
				continue
			}
			start := l.first
			for start < l.last-1 && start < l.first+2 && (p.words[start].number || romanOrLetter(p.words[start].s)) {
				start++
			}
			end := h.last
			if h.first != start {
				if !section || l.level == 0 {
					continue
				}
				end = l.last
			}
			colon := p.words[end-1].end < len(p.runes) && p.runes[p.words[end-1].end] == ':'
			alone := end == l.last // a line of nothing else, numbered or not
			if l.level > 0 || !section && l.end-l.start <= short || section && (colon || alone) {
				out[li] = append(out[li], hd.name)
			}
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// fold strips diacritics and case, so that two spellings of a name compare
// equal; đ becomes d.
func fold(s string) string { return language.Fold(s) }

package rules

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/factreader"
	"kheo/rules/heading"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
)

// pageText is a page as rules read it: its words, and what a ruleset finds on it.
type pageText struct {
	text.Page
	document string
	page     int // number of the page in its document, from 1
	claims   claim.Page
	headings []heading.Level // by line
	terms    []text.Term     // filled by the first query
	of       *dossier.Page   // what it was read from
	tables   table.OnPage

	quantityOf []int32           // by word: what quantityAt found, see there
	read       []number.Quantity // the quantities that it found

	// Of the ruleset that was applied last, see Reading.mark:
	roles    []string       // by line: role of the part of the document that it belongs to
	sections [][]string     // by line: names of the sections that it belongs to
	hits     [][]phrase.Hit // by list of its matcher
	facts    factreader.PageText
}

// source cites the code points [start, end) of the page.
func (p *pageText) source(start, end int) dossier.Source {
	return dossier.Source{Document: p.document, Page: p.page, Quote: p.Text(start, end), Start: start, End: end}
}

// quote cites the sentence around word at, given the sentence's index; of a very long one, the part near the word.
func (p *pageText) quote(sentence, at int) dossier.Source {
	const longest = 420 // code points
	s := p.Sentences[sentence]
	start, end := s.Start, s.End
	if end-start > longest {
		k, e := at, at
		for k > s.First && p.Words[at].Start-p.Words[k-1].Start < longest/3 {
			k--
		}
		for e+1 < s.Last && p.Words[e+1].End-p.Words[k].Start < longest {
			e++
		}
		start, end = p.Words[k].Start, p.Words[e].End
	}
	return p.source(start, end)
}

// refuted returns why words [first, last) claim nothing, as claim.Page.Refuted does; what is in a section of plans is
// planned.
func (p *pageText) refuted(first, last, lastYear int, quotes bool) string {
	return p.facts.Refuted(first, last, lastYear, quotes)
}

// isLabel reports whether a hit is in the label of a form: that is the form's text and does not claim anything.
func (p *pageText) isLabel(h phrase.Hit) bool { return factreader.Inside(h, p.facts.FormLabels) }

// layout is how the lines of the page are laid out.
func (p *pageText) layout() heading.Layout {
	return heading.Layout{Page: &p.Page, Claims: &p.claims, Levels: p.headings, Blocks: p.of.Blocks}
}

// pages holds pages that Close gave back, whose memory is used again.
var pages = sync.Pool{New: func() any { return &pageText{} }}

// maxPooledRunes is the size from which on a page is too large to be kept in the pool.
const maxPooledRunes = 1 << 16

// readPage cuts a page of a document into words. Offsets count code points of pg.Text, which must be NFC.
func readPage(document string, pg *dossier.Page) *pageText {
	p := pages.Get().(*pageText)
	p.document, p.page, p.of = document, pg.Number, pg
	p.Read(pg)
	p.claims.Read(&p.Page)
	for i := range p.Lines {
		p.headings = append(p.headings, heading.LevelOf(&p.Page, &p.Lines[i]))
	}
	return p
}

// quantityAt reads the quantity that begins at word i and ends in its sentence, in the sentence's language. Clues ask
// for the same words again and again, so each is read once: quantityOf has 0 for a word that was not read, -1 for one
// without a quantity, or one more than the quantity's index in read.
func (p *pageText) quantityAt(i int) (*number.Quantity, bool) {
	if len(p.quantityOf) == 0 {
		p.quantityOf = slices.Grow(p.quantityOf, len(p.Words))[:len(p.Words)]
		clear(p.quantityOf)
	}
	switch at := p.quantityOf[i]; {
	case at > 0:
		return &p.read[at-1], true
	case at < 0:
		return nil, false
	}
	q, ok := number.At(&p.Page, p.LanguageAt(i), i, p.Sentences[p.Words[i].Sentence].Last)
	if !ok {
		p.quantityOf[i] = -1
		return nil, false
	}
	p.read = append(p.read, q)
	p.quantityOf[i] = int32(len(p.read))
	return &p.read[len(p.read)-1], true
}

// reset empties the page and keeps its memory.
func (p *pageText) reset() {
	p.Reset()
	p.claims.Read(&p.Page)
	*p = pageText{Page: p.Page, claims: p.claims, headings: p.headings[:0], roles: p.roles[:0],
		sections: p.sections[:0], hits: p.hits[:0],
		quantityOf: p.quantityOf[:0], read: p.read[:0]}
}

// Reading is a dossier that has been cut into words, to be assessed. It may be used by one goroutine at a time.
type Reading struct {
	dossier *dossier.Dossier // without the text that may not be visible
	full    *dossier.Dossier // with that text; nil if there is none
	pages   []*pageText
	facts   []*factreader.PageText      // the pages as facts are read on them; filled by mark
	units   *factreader.UnitNames       // of the dossier, for the headers of tables; nil if they are not known
	roles   map[string][]dossier.Source // role -> headings that gave it, by the ruleset that was applied last
	memory  *memory                     // nil unless Remember was called
}

// memory is what assessments of one reading have in common as long as only verdicts differ. What the text claims does
// not depend on what people say of it.
type memory struct {
	full   *Reading // of the dossier with its doubtful text; nil until it is read
	judged map[judgedAt]judgement

	// what judged follows from, beside the text
	rs          *Ruleset
	unit        string
	corrections []dossier.Correction
}

// judgedAt is a hit of a clue on a page.
type judgedAt struct {
	clue *Clue
	page *pageText
	hit  phrase.Hit
}

// Remember has the reading keep what the text claims from one assessment to the next: for assessing it again and again
// with other verdicts. It costs memory, and is of no use to a reading that is assessed once.
func (r *Reading) Remember() {
	if r.memory == nil {
		r.memory = &memory{judged: map[judgedAt]judgement{}}
	}
}

// recall forgets what was judged under other circumstances than those of an assessment that begins.
func (r *Reading) recall(rs *Ruleset, given *Given) {
	m := r.memory
	if m == nil || m.rs == rs && m.unit == given.Identity.Unit && reflect.DeepEqual(m.corrections, given.Corrections) {
		return
	}
	clear(m.judged)
	m.rs, m.unit, m.corrections = rs, given.Identity.Unit, given.Corrections
}

// withDoubtful returns the reading of the dossier with the text that may not be visible, and what ends its use.
func (r *Reading) withDoubtful() (full *Reading, done func()) {
	if r.memory == nil {
		full = read(r.full)
		return full, full.Close
	}
	if r.memory.full == nil {
		r.memory.full = read(r.full)
		r.memory.full.Remember()
	}
	return r.memory.full, func() {}
}

// Read cuts the pages of a dossier into words. The dossier must not be changed as long as the reading is used. Close
// gives the reading's memory back.
//
// Text that was looked for on the rendered page and not seen is left out of it. Text whose visibility is uncertain
// is too, but Assess also reads the dossier with that text.
func Read(d *dossier.Dossier) *Reading {
	d = d.Visible()
	certain, doubtful := d.Certain()
	r := read(certain)
	if doubtful {
		r.full = d
	}
	return r
}

// read cuts the pages of a dossier into words as they are.
func read(d *dossier.Dossier) *Reading {
	r := &Reading{dossier: d}
	var document *text.Convention
	for doc, pg := range text.Pages(d) {
		p := readPage(doc.Name, pg)
		n := len(r.pages)
		var before *table.OnPage // that a table of this page may go on from
		goesOn := n > 0 && r.pages[n-1].document == doc.Name
		if goesOn && !isSheet(doc) {
			before = &r.pages[n-1].tables
		}
		if !goesOn {
			document = &text.Convention{}
		}
		p.tables = table.NewOnPage(pg, &p.Page, before)
		p.facts = factreader.PageText{Page: &p.Page, Document: doc.Name, Number: pg.Number, Of: pg, Claims: &p.claims,
			Tables: &p.tables}
		document.Add(&p.Page)
		r.pages = append(r.pages, p)
	}
	return r
}

// isSheet reports whether a document is a workbook: its pages are sheets, and no table goes on from one to the next.
func isSheet(doc *dossier.Document) bool {
	return slices.ContainsFunc([]string{"sheet", "excel", "csv"}, func(s string) bool {
		return strings.Contains(doc.Type, s)
	})
}

// Close gives the memory of the reading back. The reading must not be used afterwards; assessments made from it
// stay as they are.
func (r *Reading) Close() {
	if r.memory != nil && r.memory.full != nil {
		r.memory.full.Close()
	}
	for _, p := range r.pages {
		if cap(p.Runes) <= maxPooledRunes {
			p.reset()
			pages.Put(p)
		}
	}
	r.pages, r.memory = nil, nil
}

// terms returns the terms of all pages, as queries see them.
func (r *Reading) terms() [][]text.Term {
	out := make([][]text.Term, len(r.pages))
	for i, p := range r.pages {
		if p.terms == nil {
			p.terms = p.Terms()
		}
		out[i] = p.terms
	}
	return out
}

// papers are the kinds of paper that were found in a dossier, sorted.
func (r *Reading) papers() []string {
	seen := map[string]bool{}
	for _, p := range r.pages {
		for _, role := range p.roles {
			if role != "" {
				seen[role] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// head is a list of phrases that head papers or sections.
type head struct {
	name string // of the paper or section
	list int    // of the matcher
}

// assume sets the order of dates in documents that do not say it.
func (r *Reading) assume(o text.DateOrder) {
	for _, p := range r.pages {
		p.Assume(o)
	}
}

// mark finds the ruleset's phrases on every page, and decides of every line which paper and which sections it
// belongs to. A paper's role lasts until the next heading of a paper, over pages, to the end of the document; a
// section lasts until the next heading of its level or above, by the format of the document if it states headings.
func (r *Reading) mark(m *phrase.Matcher, labels int, roles, sections []head) {
	r.roles, r.facts = map[string][]dossier.Source{}, r.facts[:0]
	document, role, level, stated := "", "", heading.None, 0
	var current []string
	var found []paperHead
	for n, p := range r.pages {
		if p.document != document {
			document, role, level, stated, current = p.document, "", heading.None, 0, nil
		}
		p.hits = m.Scan(&p.Page, p.hits)
		p.roles = slices.Grow(p.roles[:0], len(p.Lines))[:len(p.Lines)]
		p.sections = slices.Grow(p.sections[:0], len(p.Lines))[:len(p.Lines)]
		clear(p.roles)
		clear(p.sections)
		papers, parts := p.headed(roles, false), p.headed(sections, true)
		until := 0 // the line that ends a list of plans, if one is open
		for li := range p.Lines {
			if names := papers[li]; len(names) > 0 {
				role = names[0]
				found = append(found, paperHead{role, n, li})
				current, level = nil, heading.None // "Báo cáo kết quả …" names a paper; it opens no section of results
				p.roles[li] = role
				continue
			}
			names, own, h := p.withoutPlans(parts[li], li), p.headings[li], p.layout().StatedLevel(li)
			switch {
			case own != heading.None && (len(names) > 0 || own <= level):
				current, level, stated = names, own, h
			case len(names) > 0: // "Results: …" with the text on the same line
				current, level, stated = names, heading.Letter, h
			case h > 0 && (stated == 0 || h <= stated): // the format says that this one begins another part
				current, level, stated = nil, heading.None, 0
			}
			if len(names) > 0 && h == 0 && p.plansOneList(names, li) {
				until = p.listEnd(li)
			} else if li >= until && slices.Contains(current, planSection) && until > 0 {
				current, until = []string{mayPlan}, 0 // to the next heading
			}
			p.roles[li], p.sections[li] = role, current
		}
		p.facts.Mark(p.roles, p.sections, p.hits, labels)
		r.facts = append(r.facts, &p.facts)
	}
	r.papersAt(found)
}

// mayPlan is the name of what follows a list of plans that a line of its own introduces: whether it is of plans too
// cannot be told.
const mayPlan = "\x00may-plan"

// minPlansLine is how many words a line has at least that introduces a list of plans and heads no section: "Plans for
// the trip:".
const minPlansLine = 3

// plansOneList reports whether a line, of which sections are given, only introduces a list or paragraph of plans: a
// label with a colon that names what they are for.
func (p *pageText) plansOneList(names []string, line int) bool {
	l := p.Lines[line]
	return slices.Contains(names, planSection) && p.headings[line] == heading.Letter &&
		l.Last-l.First >= minPlansLine &&
		p.LanguageAt(l.First).Inflects() && strings.HasPrefix(p.Gap(l.Last-1), ":")
}

// listEnd returns the line behind the list or the paragraph that a line introduces.
func (p *pageText) listEnd(line int) int {
	blank := func(k int) bool { return p.Lines[k].First >= p.Lines[k].Last }
	k := line + 1
	for k < len(p.Lines) && blank(k) {
		k++
	}
	items := k < len(p.Lines) && (claim.List{Page: &p.claims}).IsItem(k)
	for k < len(p.Lines) {
		switch next := k + 1; {
		case next == len(p.Lines), !items && blank(next):
			return next
		case items && blank(k) && !blank(next) && !(claim.List{Page: &p.claims}).IsItem(next):
			return next
		}
		k++
	}
	return k
}

// withoutPlans returns names of sections without that of plans if the line that heads them is of results: "Results
// against targets", "Kết quả thực hiện các chỉ tiêu".
func (p *pageText) withoutPlans(names []string, line int) []string {
	if l := p.Lines[line]; slices.Contains(names, planSection) && p.claims.Has(language.ResultLabel, l.First, l.Last) {
		names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == planSection })
	}
	return names
}

// paperHead is a line that heads a paper.
type paperHead struct {
	role string
	page int // index into Reading.pages
	line int
}

// How many words a paper must have below its heading, and how many if the heading is in a list of papers, where a line
// of at least maxListItem code points must follow it too.
const (
	minPaper       = 3
	minPaperListed = 30
	maxListItem    = 80
)

// papersAt keeps the headings of papers that are in the dossier, by role: those with text of their own below them.
// What a list of enclosures names, what is said not to be there, and the title of an empty page are not.
func (r *Reading) papersAt(found []paperHead) {
	for i, h := range found {
		p := r.pages[h.page]
		l := &p.Lines[h.line]
		if p.saysAbsent(l) {
			continue
		}
		next := paperHead{page: len(r.pages)}
		if i+1 < len(found) {
			next = found[i+1]
		}
		words, long := r.textBelow(h, next)
		needed := minPaper
		if p.inEnclosures(h.line) {
			needed = minPaperListed
		}
		if words >= needed && (needed == minPaper || long) {
			r.roles[h.role] = append(r.roles[h.role], p.source(p.Words[l.First].Start, p.Words[l.Last-1].End))
		}
	}
}

// textBelow counts the words between the heading of a paper and the next one in its document, and reports whether one
// of the lines there is longer than an item of a list. What is behind a colon on the heading's own line counts too.
func (r *Reading) textBelow(h, next paperHead) (words int, long bool) {
	document := r.pages[h.page].document
	for n := h.page; n < len(r.pages) && n <= next.page && r.pages[n].document == document; n++ {
		p := r.pages[n]
		for li := range p.Lines {
			l := &p.Lines[li]
			if n == h.page && li < h.line || n == next.page && li >= next.line {
				continue
			}
			first := l.First
			if n == h.page && li == h.line {
				for first < l.Last && !strings.Contains(p.Gap(first-1), ":") {
					first++
				}
				first = max(first, l.First+1)
			}
			words += l.Last - first
			long = long || l.End-l.Start >= maxListItem
		}
	}
	return words, long
}

// saysAbsent reports whether a line that names a paper says that it is not there, or only that it is attached or will
// be sent: "Confirmation: not applicable".
func (p *pageText) saysAbsent(l *text.Line) bool {
	h := language.HeaderWords()
	at := func(lists [][]string, k int) int {
		for _, words := range lists {
			if (phrase.Phrase{Words: words}).IsAt(p.Words[:l.Last], k) {
				return len(words)
			}
		}
		return 0
	}
	for k := l.First + 1; k < l.Last; k++ {
		answers := p.Words[k].Clause != p.Words[k-1].Clause || k == l.Last-1
		if at(h.Absent(p.Words[k].Text), k) > 0 || answers && h.SaysAbsent(p.Words[k].Text) {
			return true
		}
		if n := at(h.Enclosures(p.Words[k].Text), k); n > 0 && k+n >= l.Last-maxAttached {
			return true
		}
	}
	return false
}

// maxAttached is how many words may follow "attached" in a line that only says so: "Minutes attached: yes".
const maxAttached = 2

// maxEnclosures is how many lines a list of enclosures is looked for above a line.
const maxEnclosures = 15

// inEnclosures reports whether a line belongs to a list of enclosures: a line such as "Vedlegg:" is above it with
// nothing but short lines between them.
func (p *pageText) inEnclosures(line int) bool {
	h := language.HeaderWords()
	for li := line - 1; li >= 0 && li >= line-maxEnclosures; li-- {
		l := &p.Lines[li]
		if l.First == l.Last {
			continue
		}
		if l.End-l.Start >= maxListItem {
			return false
		}
		start := l.First
		for start < l.Last-1 && (p.Words[start].Number || text.IsRomanOrLetter(p.Words[start].Text)) {
			start++
		}
		for _, words := range h.Enclosures(p.Words[start].Text) {
			if (phrase.Phrase{Words: words}).IsAt(p.Words[:l.Last], start) {
				return true
			}
		}
	}
	return false
}

// headed returns, by line, which of the lists head it: a phrase at its start (numbering aside) in a heading, a
// short line, or before a colon; for sections also anywhere in a heading.
func (p *pageText) headed(heads []head, section bool) map[int][]string {
	out := map[int][]string{}
	for _, hd := range heads {
		for i := range p.hits[hd.list] {
			h := &p.hits[hd.list][i]
			li := p.Words[h.First].Line
			if h.Last <= p.Lines[li].Last && !slices.Contains(out[li], hd.name) && p.heads(h, li, section) {
				out[li] = append(out[li], hd.name)
			}
		}
	}
	return out
}

// heads reports whether a hit makes its line the heading of a section, or else of a paper.
func (p *pageText) heads(h *phrase.Hit, li int, section bool) bool {
	const short = 110 // code points of a line that can name a paper
	l := &p.Lines[li]
	start := l.First
	for start < l.Last-1 && start < l.First+2 && (p.Words[start].Number || text.IsRomanOrLetter(p.Words[start].Text)) {
		start++
	}
	end := h.Last
	if h.First != start {
		if !section || p.headings[li] == heading.None {
			return false
		}
		end = l.Last
	}
	if p.headings[li] != heading.None {
		return true
	}
	if !section {
		return l.End-l.Start <= short
	}
	at := p.Words[end-1].End
	return end == l.Last || at < len(p.Runes) && p.Runes[at] == ':' // nothing else on the line, or a colon behind it
}

// fold returns a text as names are compared: in lower case and without diacritics.
func fold(s string) string { return language.Fold(s) }

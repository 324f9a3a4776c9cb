package rules

import (
	"slices"
	"strings"
	"sync"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// pageText is a page as rules read it: its words, and what a ruleset finds on it.
type pageText struct {
	text.Page
	document string
	page     int
	headings []headingLevel // by line
	roles    []string       // by line: role of the part of the document that it belongs to
	sections [][]string     // by line: names of the sections that it belongs to
	hits     [][]hit        // of the ruleset that was applied last, by list of its matcher
	labels   []hit          // labels of forms, as the ruleset that was applied last found them
	cues     [][]cue        // by sentence, filled on first use
	terms    []text.Term    // filled by the first query
}

// source cites the code points [start, end) of the page.
func (p *pageText) source(start, end int) dossier.Source {
	return dossier.Source{Document: p.document, Page: p.page, Quote: p.Text(start, end), Start: start, End: end}
}

// pages holds pages that were given back by Close, whose memory is used again.
var pages = sync.Pool{New: func() any { return &pageText{} }}

// maxPooledRunes is the size from which on a page is too large to be kept in the pool.
const maxPooledRunes = 1 << 16

// readPage cuts a page of a document into words. Offsets count code points of pg.Text, which must be NFC.
func readPage(document string, pg *dossier.Page) *pageText {
	p := pages.Get().(*pageText)
	p.document, p.page = document, pg.Number
	p.Read(pg)
	for i := range p.Lines {
		p.headings = append(p.headings, p.headingLevel(&p.Lines[i]))
	}
	return p
}

// reset empties the page and keeps its memory.
func (p *pageText) reset() {
	p.Reset()
	*p = pageText{Page: p.Page, headings: p.headings[:0], roles: p.roles[:0], sections: p.sections[:0], hits: p.hits[:0],
		labels: p.labels[:0], cues: p.cues[:0]}
}

// headingLevel is the level of a heading; the lower the number, the more it contains.
type headingLevel int8

// Levels of headings.
const (
	noHeading headingLevel = iota
	romanHeading
	digitHeading
	letterHeading
)

// headingLevel returns of what level a line is a heading, by what a reader sees: it is short, numbered, in capitals
// or closed by a colon, and not a sentence.
func (p *pageText) headingLevel(l *text.Line) headingLevel {
	const shortest, longest = 3, 110 // code points
	start, end := l.Start, l.End
	for start < end && text.IsSpace(p.Runes[start]) {
		start++
	}
	for end > start && text.IsSpace(p.Runes[end-1]) {
		end--
	}
	if n := end - start; n < shortest || n > longest || l.Last == l.First {
		return noHeading
	}
	line := p.Runes[start:end]
	if slices.Contains(line, '\t') || strings.ContainsRune(".;,", line[len(line)-1]) {
		return noHeading
	}
	if level := p.numbered(l); level != noHeading {
		return level
	}
	return unnumberedLevel(line)
}

// numbered returns the level of a line by the numbering that it begins with, such as "II.", "2)" or "a)".
func (p *pageText) numbered(l *text.Line) headingLevel {
	first := &p.Words[l.First]
	if l.Last-l.First < 2 || first.End >= len(p.Runes) || p.Runes[first.End] != '.' && p.Runes[first.End] != ')' {
		return noHeading
	}
	written := p.Text(first.Start, first.End)
	switch {
	case strings.Trim(written, "IVX") == "":
		return romanHeading
	case first.Number && len(written) <= 2:
		return digitHeading
	case first.End-first.Start == 1:
		return letterHeading
	}
	return noHeading
}

// unnumberedLevel returns the level of a line without numbering: capitals throughout, or a short label.
func unnumberedLevel(line []rune) headingLevel {
	const fewestCapitals, longestLabel = 4, 60
	upper, lower := 0, 0
	for _, r := range line {
		switch {
		case text.IsUpper(r):
			upper++
		case text.IsLower(r):
			lower++
		}
	}
	switch {
	case upper >= fewestCapitals && lower == 0:
		return romanHeading
	case line[len(line)-1] == ':' && len(line) <= longestLabel:
		return letterHeading
	}
	return noHeading
}

// Reading is a dossier that has been cut into words, to be assessed. It may be used by one goroutine at a time.
type Reading struct {
	dossier *dossier.Dossier
	pages   []*pageText
	roles   map[string][]dossier.Source // role -> headings that gave it, by the ruleset that was applied last
}

// Read cuts the pages of a dossier into words. Close gives their memory back.
func Read(d *dossier.Dossier) *Reading {
	r := &Reading{dossier: d}
	for doc, pg := range text.Pages(d) {
		r.pages = append(r.pages, readPage(doc.Name, pg))
	}
	return r
}

// Close gives the memory of the reading back. The reading must not be used afterwards; assessments made from it
// stay as they are.
func (r *Reading) Close() {
	for _, p := range r.pages {
		if cap(p.Runes) <= maxPooledRunes {
			p.reset()
			pages.Put(p)
		}
	}
	r.pages = nil
}

// head is a list of phrases that head papers or sections.
type head struct {
	name string
	list int // of the matcher
}

// mark finds the ruleset's phrases on every page, and decides of every line which paper and which sections it
// belongs to.
func (r *Reading) mark(m *matcher, roles, sections []head) {
	r.roles = map[string][]dossier.Source{}
	document, role, level := "", "", noHeading
	var current []string
	for _, p := range r.pages {
		if p.document != document {
			document, role, level, current = p.document, "", noHeading, nil
		}
		p.hits, p.labels = m.scan(p), p.labels[:0]
		p.roles = slices.Grow(p.roles[:0], len(p.Lines))[:len(p.Lines)]
		p.sections = slices.Grow(p.sections[:0], len(p.Lines))[:len(p.Lines)]
		clear(p.roles)
		clear(p.sections)
		papers, parts := p.headed(roles, false), p.headed(sections, true)
		for li := range p.Lines {
			l := &p.Lines[li]
			if names := papers[li]; len(names) > 0 {
				role = names[0]
				r.roles[role] = append(r.roles[role], p.source(p.Words[l.First].Start, p.Words[l.Last-1].End))
				current, level = nil, noHeading // "Báo cáo kết quả …" names a paper; it opens no section of results
				p.roles[li] = role
				continue
			}
			names, own := parts[li], p.headings[li]
			switch {
			case own != noHeading && (len(names) > 0 || own <= level):
				current, level = names, own
			case len(names) > 0: // "Results: …" with the text on the same line
				current, level = names, letterHeading
			}
			p.roles[li], p.sections[li] = role, current
		}
	}
}

// headed returns, by line, which of the lists head it: a phrase at its start (numbering aside) in a heading, a
// short line, or before a colon; for sections also anywhere in a heading.
func (p *pageText) headed(heads []head, section bool) map[int][]string {
	out := map[int][]string{}
	for _, hd := range heads {
		for i := range p.hits[hd.list] {
			h := &p.hits[hd.list][i]
			li := p.Words[h.first].Line
			if h.last <= p.Lines[li].Last && !slices.Contains(out[li], hd.name) && p.heads(h, li, section) {
				out[li] = append(out[li], hd.name)
			}
		}
	}
	return out
}

// heads reports whether a hit makes its line the heading of a section, or else of a paper.
func (p *pageText) heads(h *hit, li int, section bool) bool {
	const short = 110 // code points of a line that can name a paper
	l := &p.Lines[li]
	start := l.First
	for start < l.Last-1 && start < l.First+2 && (p.Words[start].Number || text.IsRomanOrLetter(p.Words[start].Text)) {
		start++
	}
	end := h.last
	if h.first != start {
		if !section || p.headings[li] == noHeading {
			return false
		}
		end = l.Last
	}
	if p.headings[li] != noHeading {
		return true
	}
	if !section {
		return l.End-l.Start <= short
	}
	at := p.Words[end-1].End
	return end == l.Last || at < len(p.Runes) && p.Runes[at] == ':' // nothing else on the line, or a colon behind it
}

// startsCell reports whether the phrase at word i begins its line or cell, numbering and dashes aside.
func (p *pageText) startsCell(i int) bool {
	if p.Words[i].CellStart {
		return true
	}
	if i == 0 {
		return false
	}
	before := &p.Words[i-1]
	return before.CellStart && before.Line == p.Words[i].Line &&
		(before.Number || text.IsRomanOrLetter(before.Text)) && p.Words[i].Start-before.End <= 3
}

func fold(s string) string { return language.Fold(s) }

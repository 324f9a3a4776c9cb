// Package blocks finds the structure of a page from the places of its words and rulings: tables, headings,
// paragraphs, items of lists, columns. Readers of PDF files and of scanned pages hand it lines of words; it
// returns them as nodes of package layout in reading order, with their boxes.
//
// Places are in points, or in any other unit that all of them share, with y growing downwards. "Sizes" are
// multiples of the size of the letters of a line, so that thresholds hold for small and large print.
//
// # Tables
//
// A table with rulings is found by Grids, from the rulings alone: rulings that meet are one component, its
// edges are the places of rulings, and two fields of the grid are one cell if no ruling is between them. The
// reader then puts its words into the cells, by their middles, before any line is made of them. This is the
// lattice method of Nurminen (2013), Tabula and Camelot.
//
// A table without rulings is found in three steps, each in a file:
//
//   - extent.go: which lines may be one table. The spaces between the pieces of the first line are followed
//     downwards, as long as they stay open.
//   - aligned.go: where its columns are. The pieces of all lines are projected on one line; what no piece
//     covers, or hardly any does, is between columns. Prose, lists and letterheads are refused here.
//   - rows.go: which lines are one row. Lines of a wrapped cell are nearer to each other than rows are; if all
//     are equally near, the first column, the widths of words and rulings decide.
//
// Every step may be wrong, so the certainty of such a table is low (sureAligned), and none of its text is
// lost: what is not in a table is a paragraph.
package blocks

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
)

// Rect is an upright rectangle with X0 <= X1 and Y0 <= Y1.
type Rect struct{ X0, Y0, X1, Y1 float64 }

// union returns the smallest rectangle around both.
func (r Rect) union(o Rect) Rect {
	return Rect{math.Min(r.X0, o.X0), math.Min(r.Y0, o.Y0), math.Max(r.X1, o.X1), math.Max(r.Y1, o.Y1)}
}

// Piece is a part of a line between wide gaps. Pieces of a line do not overlap, unless the widths in a font
// are wrong.
type Piece struct {
	X0, X1  float64
	Spans   []layout.Span
	Letters int  // characters other than space
	Bold    bool // most of them are
	Doubt   bool // whether they are seen is uncertain
	Tab     bool // the gap before it is as wide as between cells
	// Breaks are the spaces between its words, from left to right; nil if it is not one span that is read
	// from the left.
	Breaks []Break
}

// Break is a space between two words of a piece: the end of one and the beginning of the other, and the index
// of the space in the text, in bytes.
type Break struct {
	X0, X1 float64
	At     int
}

// minCellBreak is the width of a space between words that may be between cells, in sizes of the letters.
const minCellBreak = 0.5

// wideBreaks returns the spaces that may be between two cells. size is that of the letters.
func (p *Piece) wideBreaks(size float64) []Break {
	var out []Break
	for _, b := range p.Breaks {
		if b.X1-b.X0 >= minCellBreak*size {
			out = append(out, b)
		}
	}
	return out
}

// firstWord returns the width of the first word.
func (p *Piece) firstWord() float64 {
	if len(p.Breaks) > 0 {
		return p.Breaks[0].X0 - p.X0
	}
	return p.X1 - p.X0
}

// splitAt divides a piece at one of its breaks; the space itself is dropped. The piece has one span, which is
// read from the left, as all pieces with breaks have. Whether the letters are bold is not known for each
// part.
func (p *Piece) splitAt(b Break) (left, right Piece) {
	text := p.Spans[0].Text
	left, right = *p, *p
	left.X1, right.X0 = b.X0, b.X1
	left.Spans = []layout.Span{{Text: text[:b.At]}}
	right.Spans = []layout.Span{{Text: strings.TrimLeft(text[b.At:], " ")}}
	skipped := len(text) - len(right.Spans[0].Text)
	left.Letters, right.Letters = lettersIn(left.Spans[0].Text), lettersIn(right.Spans[0].Text)
	left.Breaks, right.Breaks = nil, nil
	for _, o := range p.Breaks {
		switch {
		case o.At < b.At:
			left.Breaks = append(left.Breaks, o)
		case o.At > b.At:
			o.At -= skipped
			right.Breaks = append(right.Breaks, o)
		}
	}
	right.Tab = true
	return left, right
}

// lettersIn returns the number of characters other than space.
func lettersIn(s string) (n int) {
	for _, r := range s {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

// Text returns what the piece says, with the text of its fields.
func (p *Piece) Text() string {
	var b strings.Builder
	for _, s := range p.Spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Line is a line of words, or a table that was found by its rulings and is among the lines at its upper
// edge. Lines of a page are in the order of their base lines. A line may be part of a longer one: columns and
// the cells of a row are made by dividing lines between their pieces.
type Line struct {
	Rect
	Base   float64 // base line
	Size   float64 // of its largest letters
	Pieces []Piece // from left to right; empty for a table
	grid   *Grid
	// RightToLeft is whether the pieces are read from the right.
	RightToLeft bool
	Hint        Hint // what the file states of its block
	cut         bool // it begins with the rest of the number at the end of the line above
}

// Letters returns the number of characters other than space.
func (l *Line) Letters() int {
	n := 0
	for i := range l.Pieces {
		n += l.Pieces[i].Letters
	}
	return n
}

// Text returns what the line says: a tab at a gap as wide as between cells, a space at another.
func (l *Line) Text() string {
	var b strings.Builder
	for _, s := range l.spans() {
		b.WriteString(s.Text)
	}
	return b.String()
}

// spans returns the text of the line's pieces, with what separates them.
func (l *Line) spans() []layout.Span {
	var out []layout.Span
	for i := range l.Pieces {
		k := i
		gap := &l.Pieces[i]
		if l.RightToLeft {
			k = len(l.Pieces) - 1 - i
			gap = &l.Pieces[min(k+1, len(l.Pieces)-1)]
		}
		switch {
		case len(out) == 0, l.Pieces[k].Letters == 0 && l.Pieces[k].X0 == l.Pieces[k].X1:
			// an empty field leaves no gap
		case gap.Tab:
			out = append(out, layout.Span{Text: "\t"})
		default:
			out = append(out, layout.Span{Text: " "})
		}
		out = append(out, l.Pieces[k].Spans...)
	}
	return out
}

// bold reports whether all of the line is bold.
func (l *Line) bold() bool {
	for i := range l.Pieces {
		if !l.Pieces[i].Bold && l.Pieces[i].Letters > 0 {
			return false
		}
	}
	return l.Letters() > 0
}

// hasField reports whether a form field is in the line.
func (l *Line) hasField() bool {
	for i := range l.Pieces {
		for _, s := range l.Pieces[i].Spans {
			if s.Field != nil {
				return true
			}
		}
	}
	return false
}

// doubt reports whether it is uncertain that all of the line is seen.
func (l *Line) doubt() bool {
	for i := range l.Pieces {
		if l.Pieces[i].Doubt {
			return true
		}
	}
	return false
}

// Page is what is known of a page, or of the text of one direction on it.
type Page struct {
	Lines  []Line // from top to bottom
	Grids  []*Grid
	Rules  []Rect // rulings that belong to no grid
	Shades []Rect // areas of a colour other than the paper's
	// Place turns a box into one of the upright page; nil if boxes are not known.
	Place func(Rect) *dossier.Box
	// Competing is set by Nodes: the reading order of some of the text was a choice.
	Competing bool
	zones     [][]Line // in the order that the file states; nil if it states none that can be
}

// Certainty of kinds that are guessed from looks.
const (
	sureGrid     = 0.95
	sureAligned  = 0.6
	sureHeading  = 0.7
	sureBold     = 0.6
	sureItem     = 0.6
	sureSentence = 0.8
)

// Nodes returns the page's blocks in reading order.
func (p *Page) Nodes() []*layout.Node {
	lines := p.withGrids()
	text := lines
	if p.zones != nil {
		text = slices.Concat(p.zones...)
	}
	w := &arranger{page: p, body: bodySize(text), allBold: mostlyBold(text)}
	zones := p.zones
	if zones == nil {
		zones = columns(lines, 0)
	}
	for _, z := range zones {
		w.zone(z)
	}
	return w.out
}

// withGrids puts the tables with rulings among the lines, at their upper edges.
func (p *Page) withGrids() []Line {
	out := make([]Line, 0, len(p.Lines)+len(p.Grids))
	next := 0
	for _, l := range p.Lines {
		if len(l.Pieces) == 0 {
			continue // nothing but space
		}
		for ; next < len(p.Grids) && p.Grids[next].Y0 <= l.Base-0.3*l.Size; next++ {
			out = append(out, Line{Rect: p.Grids[next].Rect, Base: p.Grids[next].Y0, grid: p.Grids[next]})
		}
		out = append(out, l)
	}
	for ; next < len(p.Grids); next++ {
		out = append(out, Line{Rect: p.Grids[next].Rect, Base: p.Grids[next].Y0, grid: p.Grids[next]})
	}
	return out
}

// bodySize returns the size in which most letters of a page are set.
func bodySize(lines []Line) float64 {
	letters := map[int]int{}
	for i := range lines {
		letters[int(lines[i].Size*2+0.5)] += lines[i].Letters()
	}
	size, most := 0, 0
	for s, n := range letters {
		if n > most || n == most && s < size {
			size, most = s, n
		}
	}
	return float64(size) / 2
}

// mostlyBold reports whether bold letters do not distinguish anything, because most are.
func mostlyBold(lines []Line) bool {
	bold, all := 0, 0
	for i := range lines {
		for k := range lines[i].Pieces {
			n := lines[i].Pieces[k].Letters
			all += n
			if lines[i].Pieces[k].Bold {
				bold += n
			}
		}
	}
	return bold*10 > all*6
}

// arranger turns zones of lines into nodes.
type arranger struct {
	page    *Page
	body    float64
	allBold bool
	effort  int // lines looked at for tables without rulings, counted each time
	out     []*layout.Node
}

// box returns the place of a rectangle on the upright page.
func (w *arranger) box(r Rect) *dossier.Box {
	if w.page.Place == nil {
		return nil
	}
	return w.page.Place(r)
}

// zone arranges lines that are read one after the other: tables with and without rulings, blocks side by
// side, and running text between them.
func (w *arranger) zone(z []Line) {
	var text []Line
	flush := func() {
		w.text(text)
		text = nil
	}
	for i := 0; i < len(z); {
		if z[i].grid != nil {
			flush()
			w.gap(before(z, i), &z[i])
			w.out = append(w.out, w.gridNode(z[i].grid))
			i++
			continue
		}
		if left, right, next := sideBySide(z, i); next > i && !isStated(z[i:next]) {
			flush()
			w.gap(before(z, i), &z[i])
			w.page.Competing = true
			for _, side := range [][]Line{left, right} {
				n := &layout.Node{Kind: dossier.Paragraph, Sure: sureSentence}
				w.fill(n, side)
				w.out = append(w.out, n)
			}
			i = next
			continue
		}
		if t, next := w.aligned(z, i); t != nil && !isStated(z[i:next]) {
			flush()
			w.gap(before(z, i), &z[i])
			w.out = append(w.out, t)
			i = next
			continue
		}
		if len(text) == 0 {
			w.gap(before(z, i), &z[i])
		}
		text = append(text, z[i])
		i++
	}
	flush()
}

// before returns the line before line i; nil if it is the first.
func before(lines []Line, i int) *Line {
	if i == 0 {
		return nil
	}
	return &lines[i-1]
}

// gap writes an empty line if there is much space between a line and the one before it, which may be nil.
func (w *arranger) gap(prev, l *Line) {
	if prev == nil {
		return
	}
	size := math.Max(l.Size, prev.Size)
	from, to := prev.Base, l.Base
	if prev.grid != nil {
		from = prev.Y1 + size
	}
	if l.grid != nil {
		to = l.Y0
	}
	if to-from > 2.6*size {
		w.out = append(w.out, &layout.Node{Kind: dossier.Paragraph})
	}
}

// text arranges lines of running text as headings, paragraphs and items of lists.
func (w *arranger) text(lines []Line) {
	right := math.Inf(-1)
	for i := range lines {
		right = math.Max(right, lines[i].X1)
	}
	for i := 0; i < len(lines); {
		w.gap(before(lines, i), &lines[i])
		n := w.kindOf(&lines[i])
		to := i + 1
		for to < len(lines) && w.continues(lines[i:to], &lines[to], n.Kind, right) {
			to++
		}
		w.fill(n, lines[i:to])
		w.out = append(w.out, n)
		i = to
	}
}

// fill sets the text, the box and the visibility of a node.
func (w *arranger) fill(n *layout.Node, lines []Line) {
	r := lines[0].Rect
	for k := range lines {
		if k > 0 && !lines[k].cut {
			n.Spans = append(n.Spans, layout.Span{Text: "\n"})
		}
		n.Spans = append(n.Spans, lines[k].spans()...)
		r = r.union(lines[k].Rect)
		if lines[k].doubt() {
			n.Visibility = dossier.Uncertain
		}
	}
	n.Spans = joined(n.Spans)
	n.Box = w.box(r)
}

// joined writes neighbouring spans without fields as one, so that words that were broken at the end of a line
// can be made whole.
func joined(spans []layout.Span) []layout.Span {
	var out []layout.Span
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, layout.Span{Text: cleantext.Dehyphenate(b.String())})
			b.Reset()
		}
	}
	for _, s := range spans {
		if s.Field == nil {
			b.WriteString(s.Text)
			continue
		}
		flush()
		out = append(out, s)
	}
	flush()
	return out
}

var (
	// itemHead is how an item of a list begins.
	itemHead = regexp.MustCompile(`^[ \t]*(?:[-–—*+•▪●○◦‣∙·\x{f0b7}\x{f0a7}]|\d{1,2}[.)]|\(?\p{Ll}\)|\p{Ll}\.)[ \t]+\S`)
	// numberHead is how a numbered heading begins.
	numberHead = regexp.MustCompile(`^[ \t]*(?:[IVX]{1,5}[.)]|\d{1,2}(?:\.\d{1,2})*[.)]?|[A-ZĐ][.)]|` +
		`(?i:chương|điều|phần|chapter|section|kapittel|del)\s+[\dIVX]+)[ \t.:]`)
)

// kindOf returns a node of the kind that a first line looks like.
func (w *arranger) kindOf(l *Line) *layout.Node {
	if n := w.hinted(l); n != nil {
		return n
	}
	text, letters := l.Text(), l.Letters()
	bold := l.bold() && !w.allBold
	if letters >= 2 && letters <= 160 && !strings.Contains(text, "\t") && hasLetter(text) {
		ratio := l.Size / math.Max(w.body, 1)
		switch {
		case ratio >= 1.6:
			return &layout.Node{Kind: dossier.Heading, Level: 1, Sure: sureHeading}
		case ratio >= 1.3:
			return &layout.Node{Kind: dossier.Heading, Level: 2, Sure: sureHeading}
		case ratio >= 1.12:
			return &layout.Node{Kind: dossier.Heading, Level: 3, Sure: sureHeading}
		case bold && letters <= 120 && !strings.ContainsAny(last(text), ".;,"):
			return &layout.Node{Kind: dossier.Heading, Level: 4, Sure: sureBold}
		}
	}
	if itemHead.MatchString(text) {
		return &layout.Node{Kind: dossier.ListItem, Level: 1, Sure: sureItem}
	}
	return &layout.Node{Kind: dossier.Paragraph, Sure: sureSentence}
}

// last returns the last character of a text that is not space.
func last(s string) string {
	rs := []rune(strings.TrimSpace(s))
	if len(rs) == 0 {
		return ""
	}
	return string(rs[len(rs)-1])
}

// hasLetter reports whether a text has a letter of any script.
func hasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

// continues reports whether a line belongs to the block of the lines before it. right is the right margin.
func (w *arranger) continues(before []Line, l *Line, kind dossier.BlockKind, right float64) bool {
	prev, first := &before[len(before)-1], &before[0]
	if (l.Hint.Block != 0 || prev.Hint.Block != 0) && prev.doubt() == l.doubt() && !l.hasField() && !prev.hasField() {
		return l.Hint.Block == prev.Hint.Block
	}
	gap := l.Base - prev.Base
	size := math.Max(l.Size, prev.Size)
	switch {
	case l.hasField() || prev.hasField():
		return false
	case gap <= 0 || gap > 1.9*size || math.Abs(l.Size-prev.Size) > 0.12*size || prev.doubt() != l.doubt():
		return false
	case len(before) > 1 && gap > 1.3*(prev.Base-before[len(before)-2].Base):
		return false
	}
	text := l.Text()
	if strings.HasSuffix(strings.TrimRight(prev.Text(), " \n"), "-") && startsSmall(text) {
		return true // a word broken at the end of the line
	}
	if kind == dossier.Heading {
		return l.bold() == first.bold() && len(before) < 4 && !numberHead.MatchString(text) &&
			!itemHead.MatchString(text) && !strings.Contains(text, "\t") &&
			(w.kindOf(l).Kind == dossier.Heading || l.Letters() < first.Letters())
	}
	inPieces, wasInPieces := strings.Contains(text, "\t"), strings.Contains(prev.Text(), "\t")
	if w.kindOf(l).Kind != dossier.Paragraph || inPieces != wasInPieces {
		return false
	}
	short := prev.X1 < right-4*size
	if short && (strings.ContainsAny(last(prev.Text()), ".:;!?") || !startsSmall(text)) {
		return false
	}
	if kind == dossier.Paragraph && l.X0 > prev.X0+1.2*size && l.X0 > first.X0-0.5*size && !startsSmall(text) {
		return false // indented
	}
	return true
}

// startsSmall reports whether a line begins with a small letter, as the middle of a sentence does.
func startsSmall(s string) bool {
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		return unicode.IsLower(r) || unicode.IsDigit(r) || r == '(' || r == '-'
	}
	return false
}

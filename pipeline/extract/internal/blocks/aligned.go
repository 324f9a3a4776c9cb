package blocks

import (
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"

	"kheo/pipeline/extract/internal/layout"
)

// Bounds of tables without rulings.
const (
	minBroken   = 3      // lines in pieces from which on wide spaces between words may be columns too
	maxEffort   = 40_000 // lines of a page that are looked at, counted each time
	maxCellLine = 60     // letters of a line of a cell; a line of prose has more
	maxName     = 40     // letters of a line of a name beside prose
	minCut      = 0.25   // width of the space between columns that no piece, or the fewest, cross, in sizes
	crossShare  = 8      // of this number of lines, one may cross the gap between two columns
)

// aligned finds a table without rulings that begins at line i of a zone: words in columns over several lines.
// It returns nil if there is none, or the table and the line behind it.
func (w *arranger) aligned(z []Line, i int) (*layout.Node, int) {
	if len(z[i].Pieces) < 2 {
		return nil, i
	}
	end := w.tableEnd(z, i)
	for tries := 0; end-i >= 2 && tries < 6 && w.effort < maxEffort; tries++ {
		w.effort += end - i
		t, bad := w.alignedTable(z[i:end])
		if t != nil {
			return w.tableNode(t), end
		}
		if bad <= 1 || bad >= end-i {
			return nil, i
		}
		end = i + bad
		for end-1 > i && len(z[end-1].Pieces) < 2 {
			end--
		}
	}
	return nil, i
}

// gaps returns the places between columns: the middles of intervals that nearly no piece of the lines
// crosses, from left to right. Lines of one piece do not count: they may be titles, or names of groups of
// rows. The projection has a resolution of a point, or of a 2000th of the width.
func gaps(lines []Line) []float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	multi := 0
	for i := range lines {
		if len(lines[i].Pieces) > 1 {
			multi++
		}
		lo, hi = math.Min(lo, lines[i].X0), math.Max(hi, lines[i].X1)
	}
	if multi == 0 || hi-lo > 20_000 || hi <= lo {
		return nil
	}
	scale := math.Max(1, (hi-lo)/2000)
	cover := make([]int, int((hi-lo)/scale)+2)
	mark := func(from, to float64) {
		for x := int((from - lo) / scale); x <= int((to-lo)/scale); x++ {
			cover[x]++
		}
	}
	for i := range lines {
		if len(lines[i].Pieces) < 2 {
			continue
		}
		for k := range lines[i].Pieces {
			from := lines[i].Pieces[k].X0
			if multi >= minBroken {
				for _, b := range lines[i].Pieces[k].wideBreaks(lines[i].Size) {
					mark(from, b.X0)
					from = b.X1
				}
			}
			mark(from, lines[i].Pieces[k].X1)
		}
	}
	allowed, size := multi/crossShare, middleSize(lines)
	narrowest := max(1, int(minCut*size/scale))
	var out []float64
	for _, g := range gapsIn(cover, allowed, narrowest) {
		out = append(out, lo+(float64(g[0]+g[1])/2+0.5)*scale)
	}
	return out
}

// gapsIn returns the first and last index of each gap in a histogram of how many pieces cover a place. A gap
// is where none does; or, within places that at most allowed pieces cover, where the fewest do. It is at
// least narrowest wide.
func gapsIn(cover []int, allowed, narrowest int) (out [][2]int) {
	for x := 0; x < len(cover); {
		if cover[x] > allowed {
			x++
			continue
		}
		from, least := x, x
		for x < len(cover) && cover[x] <= allowed {
			if cover[x] < cover[least] {
				least = x
			}
			x++
		}
		if from == 0 {
			continue
		}
		empty := runsOf(cover[from:x], 0, narrowest)
		if n := len(empty); n > 0 && x == len(cover) {
			empty = empty[:n-1] // behind the last piece
		}
		if len(empty) == 0 && x < len(cover) {
			if runs := runsOf(cover[from:x], cover[least], narrowest); len(runs) > 0 {
				empty = runs[:1]
			}
		}
		for _, r := range empty {
			out = append(out, [2]int{from + r[0], from + r[1]})
		}
	}
	return out
}

// runsOf returns the first and last index of each run of a value that is at least narrowest long.
func runsOf(list []int, value, narrowest int) (out [][2]int) {
	for i := 0; i < len(list); {
		k := i
		for k < len(list) && list[k] == value {
			k++
		}
		if k-i >= narrowest {
			out = append(out, [2]int{i, k - 1})
		}
		i = max(k, i+1)
	}
	return out
}

// columnOf returns the column of a place.
func columnOf(x float64, cuts []float64) int {
	n := 0
	for n < len(cuts) && x > cuts[n] {
		n++
	}
	return n
}

// byColumn divides lines at the places between columns. A piece belongs to the column in which it begins, or
// to the one of its middle if it begins just before a gap.
func byColumn(lines []Line, cuts []float64) [][]Line {
	out := make([][]Line, len(cuts)+1)
	for i := range lines {
		l := &lines[i]
		for k := 0; k < len(l.Pieces); {
			c := pieceColumn(&l.Pieces[k], cuts)
			n := k + 1
			for n < len(l.Pieces) && pieceColumn(&l.Pieces[n], cuts) == c {
				n++
			}
			out[c] = append(out[c], l.part(k, n))
			k = n
		}
	}
	return out
}

// pieceColumn returns the column of a piece. A piece that reaches over a place between columns belongs to the
// one in which its first quarter ends: the names of groups of columns begin in the first of them, and a cell
// that is wider than its column begins in its own.
func pieceColumn(p *Piece, cuts []float64) int {
	a, b := columnOf(p.X0, cuts), columnOf(p.X1, cuts)
	if a == b {
		return a
	}
	return min(b, columnOf((p.X0*3+p.X1)/4, cuts))
}

// alignedTable makes a table of lines, which are divided into columns first and then into rows, because which
// lines are one row depends on which columns they fill. A cell that reaches over several columns spans them,
// if its row has nothing else there. It returns the table, or returns nil and the line at which they cease to
// be aligned.
func (w *arranger) alignedTable(lines []Line) (t *tableau, bad int) {
	cuts := gaps(lines)
	if len(cuts) == 0 {
		return nil, worst(lines)
	}
	if n := leading(lines, cuts); n > 0 {
		return nil, n
	}
	lines = splitAt(lines, cuts)
	r := lines[0].Rect
	for i := range lines {
		r = r.union(lines[i].Rect)
	}
	rules := w.rulesIn(r)
	bands := w.bandsIn(r)
	groups := rowGroups(lines, cuts, rules, bands)
	if !looksAligned(lines, groups, cuts) {
		return nil, worst(lines)
	}
	t = &tableau{sure: sureAligned, rect: r}
	for row, group := range groups {
		for col, part := range byColumn(group, cuts) {
			c := tcell{row: row, col: col, rows: 1, cols: 1, lines: part}
			for _, l := range part {
				c.cols = max(c.cols, min(len(cuts), columnOf(l.X1-1, cuts))-col+1)
			}
			if len(part) > 0 {
				c.shaded = w.shaded(&part[0])
				t.cells = append(t.cells, c)
			}
		}
	}
	t.headRows = headAbove(lines, cuts, rules)
	t.trimSpans()
	return t, 0
}

// shaded reports whether the middle of a line is in an area of a colour.
func (w *arranger) shaded(l *Line) bool {
	x, y := (l.X0+l.X1)/2, l.Base-0.3*l.Size
	return slices.ContainsFunc(w.page.Shades, func(s Rect) bool {
		return s.X0 <= x && x <= s.X1 && s.Y0 <= y &&
			y <= s.Y1
	})
}

// leading returns 1 if the first line is not part of the table below it: it reaches over a place between
// columns, and there is more space behind it than between the lines of the table.
func leading(lines []Line, cuts []float64) int {
	if len(lines) < 4 {
		return 0
	}
	step := lines[1].Base - lines[0].Base
	if bullet(lines[0].Pieces[0].Text()) && len(lines[0].Pieces) == 2 && !bullet(lines[1].Pieces[0].Text()) {
		return 1 // the title of the table, in a list
	}
	over, _ := lines[0].crossings(cuts)
	if over > 0 && (step > 1.45*usualStep(lines) && step > 1.7*lines[0].Size || lines[0].isItem()) {
		return 1
	}
	return 0
}

// splitAt divides the pieces that reach over a place between columns where they have a space as wide as
// between cells.
func splitAt(lines []Line, cuts []float64) []Line {
	out := slices.Clone(lines)
	for i := range out {
		l := &out[i]
		pieces := make([]Piece, 0, len(l.Pieces))
		for _, p := range l.Pieces {
			breaks := p.wideBreaks(l.Size)
			slices.Reverse(breaks) // from the right, so that what is left of a break keeps its indices
			var parts []Piece
			for _, b := range breaks {
				if n := sort.SearchFloat64s(cuts, b.X0); n < len(cuts) && cuts[n] <= b.X1 {
					var right Piece
					p, right = p.splitAt(b)
					parts = append(parts, right)
				}
			}
			parts = append(parts, p)
			slices.Reverse(parts)
			pieces = append(pieces, parts...)
		}
		l.Pieces = pieces
	}
	return out
}

// looksAligned reports whether lines look like a table and not like prose or a list. groups are the same
// lines in rows.
func looksAligned(lines []Line, groups [][]Line, cuts []float64) bool {
	crossing, prose, justified, multi, filled := 0, 0, 0, 0, 0
	starts := startsOf(lines, cuts)
	for i := range lines {
		l := &lines[i]
		if len(l.Pieces) > 1 {
			multi++
			if l.spaced() || l.justified() && !starts.has(l, cuts) && !l.isItem() {
				justified++
			}
		}
		c, p := l.crossings(cuts)
		crossing, prose = crossing+c, prose+p
	}
	for _, g := range groups {
		if len(columnsOf(g, cuts)) > 1 {
			filled++
		}
	}
	switch {
	case filled < 2 || filled == 2 && len(cuts) < 2 && !tight(lines) && !headed(lines),
		filled*3 < len(groups) && !headed(lines):
		return false
	case crossing*4 > len(lines)+2, justified*2 >= multi, listed(lines, cuts), contents(lines):
		return false
	case prose*2 > len(lines) && !explained(lines, groups, cuts):
		return false
	}
	return len(cuts) > 1 || !labelled(lines, cuts)
}

// crossings returns how many pieces of a line reach over a place between columns, and how many are as long as
// a line of prose.
func (l *Line) crossings(cuts []float64) (crossing, prose int) {
	for k := range l.Pieces {
		p := &l.Pieces[k]
		if columnOf(p.X0, cuts) != columnOf(p.X1, cuts) {
			crossing++
		}
		if p.Letters > maxCellLine {
			prose++
		}
	}
	return crossing, prose
}

// columnsOf returns the columns in which lines have text.
func columnsOf(lines []Line, cuts []float64) map[int]bool {
	out := map[int]bool{}
	for i := range lines {
		for k := range lines[i].Pieces {
			out[pieceColumn(&lines[i].Pieces[k], cuts)] = true
		}
	}
	return out
}

// columnStarts are the places at which nearly all cells of a column begin; NaN for a column without one.
type columnStarts []float64

// startsOf finds the columns of which at least four in five cells begin at the same place, to 0.3 of a size.
func startsOf(lines []Line, cuts []float64) columnStarts {
	at := make([][]float64, len(cuts)+1)
	for i := range lines {
		for k := range lines[i].Pieces {
			p := &lines[i].Pieces[k]
			c := pieceColumn(p, cuts)
			at[c] = append(at[c], p.X0)
		}
	}
	out := make(columnStarts, len(at))
	for c, xs := range at {
		out[c] = math.NaN()
		if len(xs) < 3 {
			continue
		}
		slices.Sort(xs)
		middle, near := xs[len(xs)/2], 0
		for _, x := range xs {
			if math.Abs(x-middle) < 0.3*lines[0].Size {
				near++
			}
		}
		if near*10 >= len(xs)*8 {
			out[c] = middle
		}
	}
	return out
}

// has reports whether all pieces of a line but the first begin where their columns do. The words of justified
// prose have no such places.
func (s columnStarts) has(l *Line, cuts []float64) bool {
	for k := range l.Pieces[1:] {
		p := &l.Pieces[k+1]
		if c := pieceColumn(p, cuts); !(math.Abs(p.X0-s[c]) < 0.3*l.Size) { // also if there is none
			return false
		}
	}
	return true
}

// explained reports whether lines are names in a narrow first column, and prose beside them that begins at
// one place.
func explained(lines []Line, groups [][]Line, cuts []float64) bool {
	at, beside, names := math.Inf(1), 0, 0
	for i := range lines {
		for k := range lines[i].Pieces {
			p := &lines[i].Pieces[k]
			switch c := pieceColumn(p, cuts); {
			case c == 0 && p.Letters > maxName:
				return false
			case c == 0:
				names++
			case c == 1 && math.IsInf(at, 1):
				at = p.X0
				beside++
			case c == 1 && math.Abs(p.X0-at) < 0.5*lines[i].Size:
				beside++
			}
		}
	}
	return len(groups) >= 3 && names >= 3 && beside*10 >= len(lines)*8
}

// labelled reports whether the first column of the lines in pieces has nothing but signs or numbers of items: a list.
// Lines of one piece are the names of its parts, or further lines of an item.
func labelled(lines []Line, cuts []float64) bool {
	for i := range lines {
		p := &lines[i].Pieces[0]
		if pieceColumn(p, cuts) != 0 || len(lines[i].Pieces) < 2 {
			continue
		}
		text := p.Text()
		if p.Letters > 8 || !itemHead.MatchString(text+" x") && !sectionNumber.MatchString(text) {
			return false
		}
	}
	return true
}

// sectionNumber is a number of several parts, such as 3.10 or 5.1.2.
var sectionNumber = regexp.MustCompile(`^\s*\d{1,2}(\.\d{1,2})+\.?\s*$`)

// justified reports whether a line in pieces is a line of prose with wide spaces: much text, and gaps that
// are narrow and few.
func (l *Line) justified() bool {
	widest, sum := 0.0, 0.0
	for i := 1; i < len(l.Pieces); i++ {
		gap := l.Pieces[i].X0 - l.Pieces[i-1].X1
		widest, sum = math.Max(widest, gap), sum+gap
	}
	return l.Letters() >= 20 && widest < 2.2*l.Size && sum < 0.25*(l.X1-l.X0)
}

// isItem reports whether the first piece of a line is the sign or number of an item.
func (l *Line) isItem() bool {
	p := &l.Pieces[0]
	return p.Letters <= 4 && itemHead.MatchString(p.Text()+" x")
}

// headed reports whether the first line has several pieces, all bold, and no other line in pieces has: the header of
// a table.
func headed(lines []Line) bool {
	for i := range lines {
		if len(lines[i].Pieces) > 1 && lines[i].bold() != (i == 0) {
			return false
		}
	}
	return len(lines) > 1 && len(lines[0].Pieces) > 1
}

// spaced reports whether a line has spaces as wide as between cells that are not between its pieces, as prose
// with wide spaces has.
func (l *Line) spaced() bool {
	return slices.ContainsFunc(l.Pieces, func(p Piece) bool { return len(p.wideBreaks(l.Size)) > 0 })
}

// trimSpans shortens cells that reach into columns in which their row has other cells.
func (t *tableau) trimSpans() {
	for i := range t.cells {
		c := &t.cells[i]
		for k := i + 1; k < len(t.cells) && t.cells[k].row == c.row; k++ { // in the order of columns
			if o := &t.cells[k]; o.col > c.col && o.col < c.col+c.cols {
				c.cols = o.col - c.col
			}
		}
	}
}

// tight reports whether two lines with two pieces are likely a table: the second pieces are aligned.
func tight(lines []Line) bool {
	var at []float64
	for i := range lines {
		if len(lines[i].Pieces) == 2 {
			at = append(at, lines[i].Pieces[1].X0)
		}
	}
	return len(at) == 2 && math.Abs(at[0]-at[1]) < 1.5 && lines[0].Pieces[1].Tab
}

// worst returns the line at which to cut lines that are not a table as a whole: the largest distance between
// lines, or a line of one piece that is longer than the others' pieces.
func worst(lines []Line) int {
	at, most := len(lines)/2, 0.0
	for i := 1; i < len(lines); i++ {
		score := (lines[i].Base - lines[i-1].Base) / math.Max(lines[i].Size, 1)
		if len(lines[i].Pieces) == 1 {
			score += 1.5
		}
		if score > most+0.05 {
			at, most = i, score
		}
	}
	return at
}

// rulesIn returns the heights of rulings across a rectangle, from top to bottom.
func (w *arranger) rulesIn(r Rect) []float64 {
	var out []float64
	for _, l := range w.page.Rules {
		if l.Y0 > r.Y0 && l.Y0 < r.Y1 && l.X1-l.X0 > 0.5*(r.X1-r.X0) {
			out = append(out, l.Y0)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// headAbove returns how many rows are above the first ruling, if only the header is ruled.
func headAbove(lines []Line, cuts, rules []float64) int {
	if len(rules) == 0 {
		return 0
	}
	k := 0
	for k < len(lines) && lines[k].Base < rules[0]+1 {
		k++
	}
	if k == 0 || k > 4 || k == len(lines) {
		return 0
	}
	return len(rowGroups(lines[:k], cuts, rules, nil))
}

// numeric reports whether a text is a number, a date, an amount or the like: it has digits, no letter
// before the first of them, and few letters.
func numeric(s string) bool {
	digits, letters := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			if letters++; digits == 0 {
				return false
			}
		}
	}
	s = strings.TrimSpace(s)
	return digits > 0 && letters <= max(4, digits) || s == "-" || s == "–" || s == "—" || s == "―"
}

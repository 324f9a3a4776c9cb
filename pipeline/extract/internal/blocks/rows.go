package blocks

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minStepRatio is how much larger the distance between rows is than that between the lines of a wrapped cell,
// if the distances of lines distinguish them.
const minStepRatio = 1.18

// minWrapped is the width of a column, in sizes, from which on cells that fill it are likely wrapped.
const minWrapped = 4

// minCentred is the minimum number of rows of several lines whose first cells are in the middle of their
// heights.
const minCentred = 3

// minNames is the number of names in the first of two columns from which on a line without one belongs to the row
// above.
const minNames = 3

// rowFinder divides the lines of a table without rulings into its rows.
type rowFinder struct {
	lines  []Line
	cuts   []float64
	rules  []float64 // heights of rulings across the table
	widths [][2]float64
	leader int  // the column that is read first
	full   bool // most lines have something in it
	// capital is whether most of its texts do not begin with a small letter, so that those that do are the rest of
	// others.
	capital bool
	usual   float64 // usual distance of lines, in points
	tight   float64 // largest distance within a row, in points; 0 if distances do not say
}

// rowGroups divides the lines of a table without rulings into its rows. cuts are the places between its
// columns, rules the heights of rulings across it, and bands the areas of a colour across it.
func rowGroups(lines []Line, cuts, rules []float64, bands []band) (groups [][]Line) {
	f := newRowFinder(lines, cuts, rules)
	if groups := f.byBands(bands); groups != nil {
		return groups
	}
	if groups := f.bySerial(); groups != nil {
		return groups
	}
	if groups := f.centred(); groups != nil && f.unbroken(groups) {
		return groups
	}
	// Distances are the best sign, because they are how a reader sees rows. If they do not say, a layout
	// that holds for all rows is looked for; only then is each line decided by itself.
	if f.tight > 0 {
		groups, ok := f.byDistance()
		if ok {
			return groups
		}
		f.tight = 0
	}
	if groups := f.byColumns(); groups != nil {
		return groups
	}
	if groups := f.centred(); groups != nil {
		return groups
	}
	if f.bottomAligned() {
		return f.group(func(row []Line, l *Line) bool {
			prev := &row[len(row)-1]
			return !hasColumn(prev, f.cuts, f.leader) && l.Base-prev.Base <= 1.7*l.Size
		})
	}
	return f.group(func(row []Line, l *Line) bool { return f.continuesRow(row, l) })
}

// band is an area of a colour across a table: the first and last height of it.
type band struct{ from, to float64 }

// Bounds of bands.
const (
	minBands   = 2   // without another one, a band at the top is the header
	sameBand   = 1.5 // points by which the edges of the areas of its cells may differ
	bandShare  = 0.6 // share of the table's width that it covers
	maxBetween = 2   // height of a row between two bands at most, by that of the highest band beside it
)

// bandsIn returns the areas of a colour across a rectangle, from top to bottom, each made of those of its cells. An
// area around all of the rectangle is its ground and none.
func (w *arranger) bandsIn(r Rect) []band {
	type sum struct {
		band
		width float64
	}
	var all []sum
	for _, s := range w.page.Shades {
		from, to := math.Max(s.X0, r.X0), math.Min(s.X1, r.X1)
		if s.Y1 < r.Y0 || s.Y0 > r.Y1 || to <= from || s.Y0 <= r.Y0+sameBand && s.Y1 >= r.Y1-sameBand {
			continue
		}
		k := slices.IndexFunc(all, func(o sum) bool {
			return math.Abs(o.from-s.Y0) <= sameBand && math.Abs(o.to-s.Y1) <= sameBand
		})
		if k < 0 && len(all) < maxTableRows {
			k, all = len(all), append(all, sum{band: band{s.Y0, s.Y1}})
		}
		if k >= 0 {
			all[k].width += to - from
		}
	}
	var out []band
	for _, s := range all {
		if s.width >= bandShare*(r.X1-r.X0) {
			out = append(out, s.band)
		}
	}
	slices.SortFunc(out, func(a, b band) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(out); i++ {
		if out[i].from < out[i-1].to-sameBand {
			return nil // one over the other
		}
	}
	return out
}

// byBands divides lines into rows of which every second one is coloured, or each in its own area. Lines that are in no
// band are one row if they are between two, and not much higher; otherwise they are divided as usual. It returns nil
// if there are too few bands.
func (f *rowFinder) byBands(bands []band) (groups [][]Line) {
	if len(bands) == 0 || len(bands) < minBands && f.lines[0].Base > bands[0].from {
		return nil
	}
	i := 0
	until := func(y float64) []Line {
		from := i
		for i < len(f.lines) && f.lines[i].Base < y {
			i++
		}
		return f.lines[from:i]
	}
	for n, b := range bands {
		if outside := until(b.from); len(outside) > 0 {
			high := b.to - b.from
			if n > 0 {
				high = math.Max(high, bands[n-1].to-bands[n-1].from)
			}
			if n > 0 && b.from-bands[n-1].to <= maxBetween*high {
				groups = append(groups, outside)
			} else {
				groups = append(groups, f.header(outside)...)
			}
		}
		if inside := until(b.to); len(inside) > 0 {
			groups = append(groups, inside)
		}
	}
	if rest := f.lines[i:]; len(rest) > 0 {
		groups = append(groups, rowGroups(rest, f.cuts, f.rules, nil)...)
	}
	return groups
}

// header divides the lines above the first row that is known. The rest of wrapped names is close below them, and not
// in all of their columns.
func (f *rowFinder) header(lines []Line) (groups [][]Line) {
	from := 0
	for _, g := range rowGroups(lines, f.cuts, f.rules, nil) {
		n := len(groups)
		if n > 0 && f.restOfNames(groups[n-1], &g[0]) {
			groups[n-1] = lines[from : from+len(groups[n-1])+len(g)]
			continue
		}
		if n > 0 {
			from += len(groups[n-1])
		}
		groups = append(groups, g)
	}
	return groups
}

// restOfNames reports whether a line is the rest of wrapped names above it.
func (f *rowFinder) restOfNames(row []Line, l *Line) bool {
	last := &row[len(row)-1]
	above, cols := columnsOf(row, f.cuts), columnsOf([]Line{*l}, f.cuts)
	if l.Base-last.Base > maxTailGap*l.Size || len(above) < 2 || l.bold() != last.bold() || len(cols) > len(above) {
		return false
	}
	small := true
	for k := range l.Pieces {
		text := l.Pieces[k].Text()
		small = small && startsLower(text)
		if numeric(text) || !above[pieceColumn(&l.Pieces[k], f.cuts)] {
			return false
		}
	}
	return small || len(cols) < len(above) && len(above) > 2
}

// unbroken reports whether hardly any line of a row ends where the next word of its cell would have had a place.
func (f *rowFinder) unbroken(groups [][]Line) bool {
	joins, broken := 0, 0
	for _, g := range groups {
		for k := 1; k < len(g); k++ {
			if g[k].Base-g[k-1].Base > 1.3*f.usual { // another paragraph of the cell
				continue
			}
			for i := range g[k].Pieces {
				p := &g[k].Pieces[i]
				c := pieceColumn(p, f.cuts)
				if c == f.leader || !hasAny(g[:k], f.cuts, c) {
					continue
				}
				joins++
				if !f.noPlace(g[:k], p, c) {
					broken++
				}
			}
		}
	}
	return broken*8 <= joins
}

// maxLoose is the number of paragraphs of the first column, by that of the rows, up to which rows made of paragraphs
// are believed: a column of large cells would make one row of several.
const maxLoose = 1.3

// byColumns divides lines into rows by the paragraphs of each column: lines whose distance is that of the lines within
// its cells. What overlaps in height is one row. It finds rows whose cells are set in the middle of the row's height,
// so that their lines are not at one height. It returns nil if distances within the columns do not say.
func (f *rowFinder) byColumns() (groups [][]Line) {
	const top, bottom = 0.6, 0.1 // of a line's letters above and below its base line, in sizes
	type span struct{ from, to float64 }
	var spans []span
	told, firsts := false, 0
	for c := range f.widths {
		var column []Line
		for i := range f.lines {
			if hasColumn(&f.lines[i], f.cuts, c) {
				column = append(column, f.lines[i])
			}
		}
		if len(column) == 0 {
			continue
		}
		tight := tightStep(column)
		told = told || tight > 0
		for i := range column {
			l := &column[i]
			if i > 0 && tight > 0 && l.Base-column[i-1].Base <= tight {
				spans[len(spans)-1].to = l.Base + bottom*l.Size
				continue
			}
			spans = append(spans, span{l.Base - top*l.Size, l.Base + bottom*l.Size})
			if c == f.leader {
				firsts++
			}
		}
	}
	if !told {
		return nil
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var rows []span
	for _, s := range spans {
		if n := len(rows); n > 0 && s.from < rows[n-1].to {
			rows[n-1].to = math.Max(rows[n-1].to, s.to)
			continue
		}
		rows = append(rows, s)
	}
	if len(rows) < 3 || float64(firsts) > maxLoose*float64(len(rows)) {
		return nil
	}
	i := 0
	for _, r := range rows {
		from := i
		for i < len(f.lines) && f.lines[i].Base <= r.to {
			i++
		}
		if i > from {
			groups = append(groups, f.lines[from:i])
		}
	}
	if i < len(f.lines) || !f.believable(groups) {
		return nil
	}
	return groups
}

// believable reports whether rows of several lines look like wrapped cells more often than like rows of their own.
func (f *rowFinder) believable(groups [][]Line) bool {
	joins, refused := 0, 0
	for _, g := range groups {
		for k := 1; k < len(g); k++ {
			own, above := columnsOf(g[k:k+1], f.cuts), columnsOf(g[:k], f.cuts)
			first := !slices.ContainsFunc(slices.Collect(maps.Keys(own)), func(c int) bool { return above[c] })
			if len(own) == 1 || first || f.wraps(g[:k], &g[k]) {
				joins++
			} else {
				refused++
			}
		}
	}
	return refused*3 <= joins
}

// minSerial is the minimum number of rows that are known by their numbers.
const minSerial = 3

// bySerial divides lines into rows that are numbered in the first column, in rising order, whatever their distances:
// each number begins a row. What is above the first number is divided as usual. It returns nil if the first column has
// much else below its first number, or if rows do not begin at the height of their numbers.
func (f *rowFinder) bySerial() (groups [][]Line) {
	var starts []int
	others, last, lastPrefix := 0, -1, ""
	for i := range f.lines {
		p := f.inColumn(&f.lines[i], f.leader)
		if p == nil {
			continue
		}
		prefix, n, ok := serialNumber(p.Text())
		switch {
		case ok && (n > last && (last < 0 || n <= last+3) && prefix == lastPrefix || prefix != "" &&
			prefix != lastPrefix):
			starts, last, lastPrefix = append(starts, i), n, prefix
		case len(starts) > 0:
			others++
		}
	}
	if len(starts) < minSerial || others*8 > len(starts) || len(starts) == len(f.lines)-starts[0] {
		return nil
	}
	first := starts[0]
	starts = append(starts, len(f.lines))
	tall, top := 0, 0
	for k := range len(starts) - 1 {
		row := f.lines[starts[k]:starts[k+1]]
		if len(row) > 1 {
			tall++
			if hasColumn(&row[0], f.cuts, f.tallest(row)) {
				top++
			}
		}
	}
	if top*10 < tall*8 || f.bottomAligned() || f.centred() != nil {
		return nil
	}
	if first > 0 {
		groups = f.header(f.lines[:first])
	}
	for k := range len(starts) - 1 {
		groups = append(groups, f.lines[starts[k]:starts[k+1]])
	}
	return groups
}

// inColumn returns the first piece of a line in a column; nil if there is none.
func (f *rowFinder) inColumn(l *Line, c int) *Piece {
	for k := range l.Pieces {
		if pieceColumn(&l.Pieces[k], f.cuts) == c {
			return &l.Pieces[k]
		}
	}
	return nil
}

// tallest returns the column in which a row has most lines.
func (f *rowFinder) tallest(row []Line) int {
	best, most := 0, 0
	for c := range f.widths {
		n := 0
		for i := range row {
			if hasColumn(&row[i], f.cuts, c) {
				n++
			}
		}
		if n > most {
			best, most = c, n
		}
	}
	return best
}

// maxPrefix is the number of letters before the digits of a number such as US-301 or FR_AUTH_001.
const maxPrefix = 10

// serialNumber returns the number of a row of a table: up to four digits, and a point or bracket at most; before them
// may be letters, which are the same for rows of one kind.
func serialNumber(s string) (prefix string, n int, ok bool) {
	s = strings.TrimRight(strings.TrimSpace(s), ".)")
	digits := len(s) - len(strings.TrimRight(s, "0123456789"))
	prefix = s[:len(s)-digits]
	if digits == 0 || digits > 4 || utf8.RuneCountInString(prefix) > maxPrefix ||
		strings.ContainsFunc(prefix, func(r rune) bool {
			return !unicode.IsUpper(r) && r != '-' && r != '_' && r != '.'
		}) || prefix != "" && !strings.ContainsFunc(prefix, unicode.IsLetter) {
		return "", 0, false
	}
	n, err := strconv.Atoi(s[len(prefix):])
	return prefix, n, err == nil
}

// centred divides lines into rows whose first cell, of one line, is in the middle of the row's height, and
// beside several lines of other cells. Each row must begin where the one before it ends. It returns nil if
// that does not hold for all of at least minCentred rows.
func (f *rowFinder) centred() (groups [][]Line) {
	from, tall := 0, 0
	for from < len(f.lines) {
		middle := from
		for middle < len(f.lines) && !hasColumn(&f.lines[middle], f.cuts, f.leader) {
			middle++
		}
		if middle == len(f.lines) {
			return nil
		}
		end := 2*f.lines[middle].Base - f.lines[from].Base // its last line is as far from the middle as its first
		to := middle
		for to+1 < len(f.lines) && f.lines[to+1].Base <= end+0.3*f.usual {
			to++
			if hasColumn(&f.lines[to], f.cuts, f.leader) {
				return nil
			}
		}
		if math.Abs(f.lines[to].Base-end) > 0.3*f.usual {
			return nil
		}
		if to > from {
			tall++
		}
		groups = append(groups, f.lines[from:to+1])
		from = to + 1
	}
	if tall < minCentred {
		return nil
	}
	return groups
}

// bottomAligned reports whether lines without a first cell belong to the row below them, and not above: their
// cells are the beginning of those below, where the next word had no place, more often than the rest of those
// above.
func (f *rowFinder) bottomAligned() bool {
	above, below, count := 0, 0, 0 // lines that contradict belonging to the row above, or below
	for i := 1; i+1 < len(f.lines); i++ {
		l := &f.lines[i]
		if hasColumn(l, f.cuts, f.leader) || len(l.Pieces) == 0 {
			continue
		}
		count++
		if f.fits(f.lines[i-1:i], l) {
			above++
		}
		if f.fits(f.lines[i:i+1], &f.lines[i+1]) {
			below++
		}
	}
	return count >= 4 && above >= 3 && below*3 <= above
}

// fits reports whether the first word of a cell of a line would have had a place in the line above, so that
// the two are not one wrapped cell; or nothing is above it.
func (f *rowFinder) fits(above []Line, l *Line) bool {
	shared := false
	for i := range l.Pieces {
		p := &l.Pieces[i]
		c := pieceColumn(p, f.cuts)
		if hasColumn(&above[0], f.cuts, c) {
			shared = true
			if !f.noPlace(above, p, c) {
				return true
			}
		}
	}
	return !shared
}

// newRowFinder measures the columns: their widths are those of the widest cells that lie wholly within them.
func newRowFinder(lines []Line, cuts, rules []float64) *rowFinder {
	f := &rowFinder{lines: lines, cuts: cuts, rules: rules, usual: usualStep(lines), tight: tightStep(lines)}
	f.widths = make([][2]float64, len(cuts)+1)
	for c := range f.widths {
		f.widths[c] = [2]float64{math.Inf(1), math.Inf(-1)}
	}
	rtl := 0
	for i := range lines {
		if lines[i].RightToLeft {
			rtl++
		}
		for k := range lines[i].Pieces {
			p := &lines[i].Pieces[k]
			a, b := columnOf(p.X0, cuts), columnOf(p.X1, cuts)
			if a == b {
				f.widths[a] = [2]float64{math.Min(f.widths[a][0], p.X0), math.Max(f.widths[a][1], p.X1)}
			}
		}
	}
	if rtl*2 > len(lines) {
		f.leader = len(cuts)
	}
	first, small := 0, 0
	for i := range lines {
		if p := f.inColumn(&lines[i], f.leader); p != nil {
			first++
			if startsLower(p.Text()) {
				small++
			}
		}
	}
	f.capital = small*2 < first
	f.full = first*2 >= len(lines) || len(cuts) == 1 && first >= minNames
	return f
}

// group collects lines to rows as long as more says that the next line belongs to the row of those before it.
// A ruling between two lines always divides them.
func (f *rowFinder) group(more func(row []Line, l *Line) bool) (groups [][]Line) {
	for i := 0; i < len(f.lines); {
		k := i + 1
		for k < len(f.lines) && !f.ruledBetween(&f.lines[k-1], &f.lines[k]) &&
			!(i == 0 && boldEnds(f.lines[:k], &f.lines[k])) && more(f.lines[i:k], &f.lines[k]) {
			k++
		}
		groups = append(groups, f.lines[i:k])
		i = k
	}
	return groups
}

// boldEnds reports whether the first row is bold, in several pieces, and the line below it is not: the header of a
// page, above the rest of a row that began on the page before.
func boldEnds(row []Line, l *Line) bool {
	plain := func(l Line) bool { return !l.bold() }
	return len(row[0].Pieces) > 1 && !l.bold() && !slices.ContainsFunc(row, plain)
}

// ruledBetween reports whether a ruling across the table is between the base lines of two lines.
func (f *rowFinder) ruledBetween(a, b *Line) bool {
	return slices.ContainsFunc(f.rules, func(y float64) bool { return y > a.Base && y < b.Base })
}

// usualStep returns the smallest common distance of neighbouring lines, in points.
func usualStep(lines []Line) float64 {
	steps := stepsOf(lines)
	if len(steps) == 0 {
		return 0
	}
	return steps[len(steps)/5]
}

// stepsOf returns the distances of neighbouring lines in points, the smallest first.
func stepsOf(lines []Line) []float64 {
	var steps []float64
	for i := 1; i < len(lines); i++ {
		steps = append(steps, lines[i].Base-lines[i-1].Base)
	}
	slices.Sort(steps)
	return steps
}

// middleSize returns the median of the sizes of lines.
func middleSize(lines []Line) float64 {
	sizes := make([]float64, 0, len(lines))
	for i := range lines {
		sizes = append(sizes, lines[i].Size)
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2]
}

// tightStep returns the largest distance of lines within a row, in points, if the distances fall into two
// classes: those of the lines of wrapped cells, which are set solid, and those of rows, which have space
// between them. It returns 0 if they do not.
func tightStep(lines []Line) float64 {
	size, steps := middleSize(lines), stepsOf(lines)
	for k := 0; k+1 < len(steps); k++ {
		if steps[k] >= 0.9*size && steps[k] <= 1.6*size && steps[k+1] >= minStepRatio*steps[k] {
			return steps[k] + 0.25*(steps[k+1]-steps[k])
		}
	}
	return 0
}

// byDistance divides the lines into rows by their distances. ok is false if too many lines that are close to
// each other look like rows of their own: then larger distances separate groups of rows.
func (f *rowFinder) byDistance() (groups [][]Line, ok bool) {
	joins, refused := 0, 0
	groups = f.group(func(row []Line, l *Line) bool {
		step := l.Base - row[len(row)-1].Base
		if step > f.tight {
			return f.goesOn(row, l)
		}
		if !f.wraps(row, l) {
			refused++
			return false
		}
		joins++
		return true
	})
	return groups, refused <= joins
}

// goesOn reports whether a line after more space is a further paragraph of the only cell in which it has
// text.
func (f *rowFinder) goesOn(row []Line, l *Line) bool {
	if len(l.Pieces) != 1 || allNumbers(l) || l.Base-row[len(row)-1].Base > maxFitGap*l.Size {
		return false
	}
	c := pieceColumn(&l.Pieces[0], f.cuts)
	if c == f.leader || columnOf(l.X0, f.cuts) != columnOf(l.X1, f.cuts) {
		return false
	}
	if !f.full && !hasAny(row, f.cuts, f.leader) {
		return false
	}
	return hasAny(row, f.cuts, c)
}

// hasAny reports whether one of the lines has text in a column.
func hasAny(row []Line, cuts []float64, c int) bool {
	return slices.ContainsFunc(row, func(l Line) bool { return hasColumn(&l, cuts, c) })
}

// wraps reports whether a line close below a row is the rest of its cells. The rest of wrapped cells is
// rarely there in all columns; in those where it is, its first word had no place in the line above.
func (f *rowFinder) wraps(row []Line, l *Line) bool {
	cols, plausible, numbers, rests := map[int]bool{}, 0, 0, 0
	for i := range l.Pieces {
		p := &l.Pieces[i]
		c := pieceColumn(p, f.cuts)
		cols[c] = true
		if text := p.Text(); numeric(text) && strings.ContainsFunc(text, unicode.IsDigit) {
			numbers++
		}
		if f.noPlace(row, p, c) {
			plausible++
		}
		// cells of one short word are all as wide as their column, whether they are wrapped or not
		if wide := f.widths[c][1]-f.widths[c][0] >= minWrapped*l.Size; wide || startsLower(p.Text()) && p.Letters > 0 &&
			f.longer(row, p, c) {
			rests++
		}
	}
	// A line that fills all columns of its row is more likely a row: numbers are not wrapped, and words
	// must all have been too long for the line above.
	if len(cols) >= len(columnsOf(row, f.cuts)) && len(cols) > 1 {
		return numbers == 0 && plausible == len(l.Pieces) && rests*2 >= len(l.Pieces)
	}
	if numbers > 1 && numbers == len(l.Pieces) {
		return f.cut(row, l)
	}
	return plausible*2 >= len(l.Pieces)
}

// cut reports whether the numbers of a line are the last digits of those above, for which their columns are too
// narrow, and marks the line.
func (f *rowFinder) cut(row []Line, l *Line) bool {
	last := &row[len(row)-1]
	for i := range l.Pieces {
		p := &l.Pieces[i]
		c := pieceColumn(p, f.cuts)
		k := slices.IndexFunc(last.Pieces, func(o Piece) bool { return pieceColumn(&o, f.cuts) == c })
		if k < 0 || !cutNumber(&last.Pieces[k], p, f.widths[c][1]-f.widths[c][0]) {
			return false
		}
	}
	l.cut = true
	return true
}

// cutNumber reports whether a piece is the rest of a number above it in a column of a width: the number has a point
// or a comma, or is a sign, fills the column, and is longer.
func cutNumber(above, p *Piece, width float64) bool {
	text, rest := strings.TrimSpace(above.Text()), strings.TrimSpace(p.Text())
	if text == "-" || text == "−" {
		return strings.IndexFunc(rest, unicode.IsDigit) == 0 && numeric(rest)
	}
	letter := (above.X1 - above.X0) / float64(max(1, above.Letters))
	digits := strings.Trim(text+rest, "0123456789.,/-−%") == ""
	return digits && strings.ContainsAny(text, ".,") && p.Letters < above.Letters &&
		above.X1-above.X0+0.9*letter > width
}

// maxMargin is the space between the text and the rulings of a cell that its text fills, in points: programs leave
// 0.08 inches if no one says otherwise.
const maxMargin = 6

// markCut marks the lines of a ruled cell that are the rest of a number, for which the cell is too narrow.
func (c *GridCell) markCut() {
	for i := 1; i < len(c.Lines); i++ {
		above, l := &c.Lines[i-1], &c.Lines[i]
		if len(above.Pieces) != 1 || len(l.Pieces) != 1 {
			continue
		}
		margin := math.Max(0, math.Min(maxMargin, math.Min(above.X0-c.X0, c.X1-above.X1)))
		l.cut = !above.cut && cutNumber(&above.Pieces[0], &l.Pieces[0], c.X1-c.X0-2*margin) &&
			above.Letters() > 1
	}
}

// longer reports whether the last line of a cell of a row has more letters than a piece below it.
func (f *rowFinder) longer(row []Line, p *Piece, c int) bool {
	for i := len(row) - 1; i >= 0; i-- {
		for k := range row[i].Pieces {
			if o := &row[i].Pieces[k]; pieceColumn(o, f.cuts) == c {
				return o.Letters > p.Letters
			}
		}
	}
	return false
}

// noPlace reports whether the first word of a piece would not have fitted behind the last line of its cell,
// or its cell begins with it.
func (f *rowFinder) noPlace(row []Line, p *Piece, c int) bool {
	for i := len(row) - 1; i >= 0; i-- {
		for k := range row[i].Pieces {
			o := &row[i].Pieces[k]
			if pieceColumn(o, f.cuts) == c {
				space := 0.2 * row[i].Size
				return o.X1-o.X0+space+p.firstWord() > 0.97*(f.widths[c][1]-f.widths[c][0])
			}
		}
	}
	return true
}

// hasColumn reports whether a line has text in a column.
func hasColumn(l *Line, cuts []float64, c int) bool {
	for i := range l.Pieces {
		if pieceColumn(&l.Pieces[i], cuts) == c {
			return true
		}
	}
	return false
}

// continuesRow reports whether a line goes on with cells of the row before it, if distances do not say: it
// is close below, lacks the first column that most rows have, and each of its pieces is under one of the row.
func (f *rowFinder) continuesRow(row []Line, l *Line) bool {
	step := l.Base - row[len(row)-1].Base
	if step > 1.15*f.usual+0.5 && step > 1.3*l.Size || step > 1.7*l.Size {
		return false
	}
	above, cols := columnsOf(row, f.cuts), columnsOf([]Line{*l}, f.cuts)
	for c := range cols {
		if !above[c] {
			return false
		}
	}
	switch {
	case cols[f.leader] && len(cols) == 1:
		return f.restOfFirst(row, &l.Pieces[0])
	case cols[f.leader]:
		return f.capital && len(cols) < len(above) && !slices.ContainsFunc(l.Pieces, func(p Piece) bool {
			return !startsLower(p.Text()) || !f.noPlace(row, &p, pieceColumn(&p, f.cuts))
		})
	case !above[f.leader]:
		return false
	case allNumbers(l):
		return len(l.Pieces) == 1 && len(row[0].Pieces) > 2 && f.wraps(row, l)
	case f.full:
		return true
	}
	return !slices.ContainsFunc(l.Pieces, func(p Piece) bool {
		return !f.noPlace(row, &p, pieceColumn(&p, f.cuts))
	})
}

// restOfFirst reports whether a piece alone on its line is the rest of the first cell of a row.
func (f *rowFinder) restOfFirst(row []Line, p *Piece) bool {
	text := p.Text()
	return len(row[0].Pieces) > 1 && (startsLower(text) || !numeric(text) && f.noPlaceAtAll(row, p))
}

// noPlaceAtAll reports whether the first cell of a row fills its column, and a piece below it is its rest.
func (f *rowFinder) noPlaceAtAll(row []Line, p *Piece) bool {
	width := f.widths[f.leader][1] - f.widths[f.leader][0]
	for k := range row[len(row)-1].Pieces {
		o := &row[len(row)-1].Pieces[k]
		if pieceColumn(o, f.cuts) == f.leader {
			return o.X1-o.X0 > 0.9*width && p.X1-p.X0 < 0.5*width
		}
	}
	return false
}

// startsLower reports whether a text begins with a small letter.
func startsLower(s string) bool {
	for _, r := range strings.TrimSpace(s) {
		return unicode.IsLower(r)
	}
	return false
}

// allNumbers reports whether all pieces of a line are numbers.
func allNumbers(l *Line) bool {
	for i := range l.Pieces {
		if !numeric(l.Pieces[i].Text()) {
			return false
		}
	}
	return true
}

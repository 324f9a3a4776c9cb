package scales

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Bounds of what a table may have, which also bound its analysis.
const (
	MaxRows    = 200
	MaxColumns = 8
	maxBoxes   = 20_000
)

// Finding is something wrong with a decision table.
type Finding struct {
	Kind   string // Overlap, Gap, Unreachable or TooLarge
	Row    int    // of an overlap, the later row; of one that is never reached, that row
	Other  int    // of an overlap: the earlier row
	Sample string // values that show it, such as "members 50, level national"
}

// Kinds of findings.
const (
	Overlap     = "overlap"     // two rows hold for the same values, in a table in which one may
	Gap         = "gap"         // no row holds for some values
	Unreachable = "unreachable" // rows above hold whenever this one does
	TooLarge    = "too-large"   // the table has too many combinations to be analysed
)

// Analyse finds rows that overlap, values without a row, and rows that are never reached. It is exact: the
// values of each column are cut into cells within which no test changes, and rows are sets of combinations of
// cells. One gap is reported.
func (t *Table) Analyse() (out []Finding) {
	s := newSpace(t)
	boxes := make([]box, len(t.Rows))
	for i := range t.Rows {
		boxes[i] = s.row(&t.Rows[i])
	}
	if t.Hit == Unique {
		for i := range boxes {
			for k := range i {
				if both, ok := boxes[i].and(boxes[k]); ok {
					out = append(out, Finding{Overlap, i, k, s.sample(both)})
					break
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	if t.Hit == Collect {
		return nil
	}
	left := []box{s.all()}
	for i, b := range boxes {
		reached := slices.ContainsFunc(left, func(l box) bool { _, ok := l.and(b); return ok })
		if !reached {
			out = append(out, Finding{Kind: Unreachable, Row: i})
			continue
		}
		var rest []box
		for _, l := range left {
			rest = append(rest, l.without(b)...)
		}
		if left = rest; len(left) > maxBoxes {
			return append(out, Finding{Kind: TooLarge})
		}
	}
	if t.Otherwise == nil && len(left) > 0 {
		out = append(out, Finding{Kind: Gap, Sample: s.sample(left[0])})
	}
	return out
}

// set is a set of cells of a column, a bit each.
type set []uint64

// newSet returns an empty set of up to n cells.
func newSet(n int) set { return make(set, (n+63)/64) }

// add adds a cell.
func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

// and is what two sets have in common; ok is false if that is nothing.
func (s set) and(o set) (out set, ok bool) {
	out = make(set, len(s))
	for i := range s {
		out[i] = s[i] & o[i]
		ok = ok || out[i] != 0
	}
	return out, ok
}

// minus is what a set has and the other one does not; ok is false if that is nothing.
func (s set) minus(o set) (out set, ok bool) {
	out = make(set, len(s))
	for i := range s {
		out[i] = s[i] &^ o[i]
		ok = ok || out[i] != 0
	}
	return out, ok
}

// first is the lowest cell of a set that has one.
func (s set) first() int {
	for i, word := range s {
		if word != 0 {
			return i*64 + bits.TrailingZeros64(word)
		}
	}
	return 0
}

// box is a set of combinations: each column's value is in the set of that column.
type box []set

// and is what two boxes have in common; ok is false if that is nothing.
func (b box) and(o box) (out box, ok bool) {
	out = make(box, len(b))
	for k := range b {
		if out[k], ok = b[k].and(o[k]); !ok {
			return nil, false
		}
	}
	return out, true
}

// without is b without o, as boxes that do not overlap: for each column those that differ from o in it and in
// none of the columns before it.
func (b box) without(o box) (out []box) {
	if _, ok := b.and(o); !ok {
		return []box{b}
	}
	same := slices.Clone(b)
	for k := range b {
		if rest, ok := same[k].minus(o[k]); ok {
			other := slices.Clone(same)
			other[k] = rest
			out = append(out, other)
		}
		same[k], _ = same[k].and(o[k])
	}
	return out
}

// space is the space of all combinations of values of a table.
type space struct {
	columns []Column
	cells   [][]cell // by column
}

// cell is a set of values of a column within which no test of the table changes: an interval, or a word; ""
// for any other text.
type cell struct {
	Interval
	word string
}

// newSpace cuts the values of a table's columns into cells.
func newSpace(t *Table) *space {
	s := &space{columns: t.Columns}
	for k := range t.Columns {
		if t.Columns[k].Number {
			s.cells = append(s.cells, numberCells(t, k))
		} else {
			s.cells = append(s.cells, wordCells(t, k))
		}
	}
	return s
}

// numberCells cuts the numbers of a column at all ends of intervals: into the ends themselves and what is
// between them.
func numberCells(t *Table, k int) (out []cell) {
	column := &t.Columns[k]
	ends := []float64{}
	for i := range t.Rows {
		for _, r := range t.Rows[i].Tests[k].Intervals {
			ends = append(ends, r.From, r.To)
		}
	}
	if !math.IsInf(column.Least, -1) {
		ends = append(ends, column.Least)
	}
	ends = slices.DeleteFunc(ends, func(f float64) bool { return math.IsInf(f, 0) || f < column.Least })
	slices.Sort(ends)
	ends = slices.Compact(ends)
	last := math.Inf(-1)
	add := func(r Interval) {
		if column.Whole && !hasWhole(r) || r.To < column.Least || r.To == column.Least && r.OpenTo {
			return
		}
		out = append(out, cell{Interval: r})
	}
	for _, end := range ends {
		add(Interval{last, end, true, true})
		add(Interval{end, end, false, false})
		last = end
	}
	add(Interval{last, math.Inf(1), true, true})
	return out
}

// hasWhole reports whether an interval has a whole number in it.
func hasWhole(r Interval) bool {
	if math.IsInf(r.From, 0) || math.IsInf(r.To, 0) {
		return true
	}
	low := math.Ceil(r.From)
	if r.OpenFrom && low == r.From {
		low++
	}
	return r.Has(low)
}

// wordCells are the options of a column or, if it may be any text, those that rows name and one for all
// others.
func wordCells(t *Table, k int) (out []cell) {
	if options := t.Columns[k].Options; options != nil {
		for _, o := range options {
			out = append(out, cell{word: o})
		}
		return out
	}
	var words []string
	for i := range t.Rows {
		words = append(words, t.Rows[i].Tests[k].Words...)
	}
	slices.Sort(words)
	for _, w := range slices.Compact(words) {
		out = append(out, cell{word: w})
	}
	return append(out, cell{})
}

// all is the box of all combinations.
func (s *space) all() box { return s.row(&Row{Tests: make([]Test, len(s.columns))}) }

// row is the box of the combinations for which a row holds.
func (s *space) row(r *Row) box {
	out := make(box, len(s.columns))
	for k := range s.columns {
		out[k] = newSet(len(s.cells[k]))
		for i, c := range s.cells[k] {
			var v any = c.word
			if s.columns[k].Number {
				v = c.sample(s.columns[k].Whole)
			}
			if r.Tests[k].holds(v, 1) {
				out[k].add(i)
			}
		}
	}
	return out
}

// sample is a number in the interval of a cell.
func (c cell) sample(whole bool) float64 {
	switch {
	case !c.OpenFrom:
		return c.From
	case math.IsInf(c.From, -1) && math.IsInf(c.To, 1):
		return 0
	case math.IsInf(c.From, -1):
		return c.To - 1
	case math.IsInf(c.To, 1) || whole:
		return math.Floor(c.From) + 1
	}
	return (c.From + c.To) / 2
}

// sample writes a combination of a box.
func (s *space) sample(b box) string {
	var parts []string
	for k, column := range s.columns {
		c := s.cells[k][b[k].first()]
		text := c.word
		switch {
		case column.Number:
			text = strconv.FormatFloat(c.sample(column.Whole), 'g', -1, 64)
		case text == "":
			text = "another text"
		}
		parts = append(parts, fmt.Sprintf("%s %s", column.Name, text))
	}
	return strings.Join(parts, ", ")
}

package main

import (
	"cmp"
	"fmt"
	"log"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// cell is a cell of a table, of the reference or as kheo read it. Two cells are equal if they share a key.
type cell struct {
	row, col, colspan int
	keys              []string // text without blanks, number, date; none if it is empty
	header            bool
	numbered          bool     // a list number that is not in the key is shown before the text
	optional          bool     // counts neither way
	says              []string // its words, of a Word file
	computed          bool     // a field that is recomputed when the file is printed is part of its text
}

// table is a table of the reference or of kheo. Those that are not chosen only absorb what kheo finds there.
type table struct {
	cells   []cell
	rtl     bool // columns may be counted from either side
	chosen  bool
	headers []int // the rows that label columns; nil if that is not known
	maybe   []int // rows that may or may not be headers
	page    int   // on which it was read
	depth   int   // tables around it
}

// similarSigns maps dashes and quotes to one of each.
var similarSigns = strings.NewReplacer("‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "―", "-",
	"−", "-", "‘", "'", "’", "'", "‚", "'", "′", "'", "`", "'", "´", "'",
	"“", `"`, "”", `"`, "„", `"`, "″", `"`, "«", `"`, "»", `"`)

// plain is a text without white space and characters that no one sees, with one kind of dash and quote.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co) {
			return -1
		}
		return r
	}, similarSigns.Replace(norm.NFKC.String(s)))
	return strings.ReplaceAll(s, "''", `"`)
}

// numberKey is a number to 12 digits, however it is written.
func numberKey(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return ""
	}
	return "#" + strconv.FormatFloat(f, 'g', 12, 64)
}

func addKey(keys []string, k string) []string {
	if k == "" || slices.Contains(keys, k) {
		return keys
	}
	return append(keys, k)
}

// at is a place in a table: row and column.
type at struct{ row, col int }

// grid is a table by place, with its empty cells left out.
type grid struct {
	cells map[at]*cell
	index map[string][]at // the places of a key, in order
	rows  map[int][]at
}

func newGrid(t *table) *grid {
	g := &grid{map[at]*cell{}, map[string][]at{}, map[int][]at{}}
	for i := range t.cells {
		if c := &t.cells[i]; len(c.keys) > 0 {
			g.cells[at{c.row, c.col}] = c
		}
	}
	for _, p := range g.places() {
		for _, k := range g.cells[p].keys {
			g.index[k] = append(g.index[k], p)
		}
		g.rows[p.row] = append(g.rows[p.row], p)
	}
	return g
}

func (g *grid) places() []at {
	return slices.SortedFunc(maps.Keys(g.cells), func(a, b at) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col))
	})
}

func equal(a, b *cell) bool {
	return slices.ContainsFunc(a.keys, func(k string) bool { return slices.Contains(b.keys, k) })
}

// shows is whether a read cell is the true one, of which a list number may not be part of the text.
func shows(truth, read *cell) bool {
	if equal(truth, read) || !truth.numbered {
		return equal(truth, read)
	}
	for _, got := range read.keys {
		for _, k := range truth.keys {
			if strings.HasSuffix(got, k) && len(k) < 12 || 3*len(k) >= 2*len(got) && inOrder(k, got) {
				return true
			}
		}
	}
	return false
}

// inOrder is whether the letters of a text are in another, in the same order.
func inOrder(letters, text string) bool {
	rest := []rune(letters)
	for _, r := range text {
		if len(rest) > 0 && r == rest[0] {
			rest = rest[1:]
		}
	}
	return len(rest) == 0
}

// weight prefers long texts, which say more about the place.
func weight(c *cell) float64 { return 1 + float64(min(len(c.keys[0]), 20))/40 }

// heaviest returns the heaviest chain of pairs that rises in both numbers. It visits pairs by their first
// number, and keeps the best chain that ends at or before each second one in a Fenwick tree.
func heaviest(all pairs) map[int]int {
	type link struct {
		weight float64
		pair   [2]int
	}
	order := slices.SortedFunc(maps.Keys(all), func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(b[1], a[1])) // so that no first number is taken twice
	})
	var seconds []int
	for _, p := range order {
		seconds = append(seconds, p[1])
	}
	slices.Sort(seconds)
	seconds = slices.Compact(seconds)
	tree := make([]link, len(seconds)+1)
	before := map[[2]int]link{}
	var best link
	for _, p := range order {
		n := sort.SearchInts(seconds, p[1])
		var prev link
		for q := n; q > 0; q -= q & -q {
			if tree[q].weight > prev.weight {
				prev = tree[q]
			}
		}
		before[p] = prev
		l := link{prev.weight + all[p], p}
		if l.weight > best.weight {
			best = l
		}
		for q := n + 1; q < len(tree); q += q & -q {
			if l.weight > tree[q].weight {
				tree[q] = l
			}
		}
	}
	out := map[int]int{}
	for l := best; l.weight > 0; l = before[l.pair] {
		out[l.pair[0]] = l.pair[1]
	}
	return out
}

// alignment maps rows and columns of the truth to those that were read, in order, so that a row too many
// costs that row only. found counts the cells that are the same there.
type alignment struct {
	rows, cols map[int]int
	found      int
	later      []columnsFrom // columns that are others from a row of what was read on, because it is on another page
}

// columnsFrom maps the columns of the truth to those that were read from a row on.
type columnsFrom struct {
	row  int
	cols map[int]int
}

func (a *alignment) of(p at) (at, bool) {
	row, ok := a.rows[p.row]
	cols := a.cols
	for _, l := range a.later {
		if row >= l.row {
			cols = l.cols
		}
	}
	col, ok2 := cols[p.col]
	return at{row, col}, ok && ok2
}

func (a *alignment) count(truth, read *grid) {
	a.found = 0
	for p, c := range truth.cells {
		if q, ok := a.of(p); ok && read.cells[q] != nil && equal(c, read.cells[q]) {
			a.found++
		}
	}
}

// Bounds of an alignment, so that it ends on any table: the places that are tried for a text that is nearly
// everywhere, the pairs of rows that are compared, and the tables that are tried as parts of one.
const (
	maxSame  = 400
	maxPairs = 1_000_000
	maxParts = 400
)

// pairs of rows or of columns, with the weight of the cells that are equal in them.
type pairs map[[2]int]float64

// align finds the best alignment of two grids: rows by equal cells, columns by equal cells in those rows,
// then rows once more by equal cells in the same columns.
func align(truth, read *grid) (best alignment) {
	rows := pairs{}
	for _, p := range truth.places() {
		c, seen := truth.cells[p], map[int]bool{}
		if len(rows) > maxPairs {
			break
		}
		for _, k := range c.keys {
			for n, q := range read.index[k] {
				if !seen[q.row] && (n < maxSame || max(q.row-p.row, p.row-q.row) < 40) {
					seen[q.row] = true
					rows[[2]int{p.row, q.row}] += weight(c)
				}
			}
		}
	}
	best.found = -1
	for range 3 {
		a := alignment{rows: heaviest(rows)}
		a.cols = heaviest(columnPairs(truth, read, a.rows))
		a.count(truth, read)
		if a.found > best.found {
			best = a
		}
		rows = rowPairs(truth, read, a.cols)
	}
	var rowNumbers, colNumbers [2][]int
	for i, g := range []*grid{truth, read} {
		for p := range g.cells {
			rowNumbers[i], colNumbers[i] = append(rowNumbers[i], p.row), append(colNumbers[i], p.col)
		}
	}
	fill(best.rows, rowNumbers)
	fill(best.cols, colNumbers)
	best.count(truth, read)
	return best
}

// columnPairs pairs the columns of equal cells in rows that are aligned.
func columnPairs(truth, read *grid, rows map[int]int) pairs {
	out := pairs{}
	for row, other := range rows {
		for _, p := range truth.rows[row] {
			for _, q := range read.rows[other] {
				if equal(truth.cells[p], read.cells[q]) {
					out[[2]int{p.col, q.col}] += weight(truth.cells[p])
				}
			}
		}
	}
	return out
}

// rowPairs pairs the rows of equal cells in columns that are aligned.
func rowPairs(truth, read *grid, cols map[int]int) pairs {
	out := pairs{}
	for _, p := range truth.places() {
		c := truth.cells[p]
		if len(out) > maxPairs {
			break
		}
		for _, q := range read.index[c.keys[0]] {
			if col, ok := cols[p.col]; ok && col == q.col && max(q.row-p.row, p.row-q.row) < maxSame {
				out[[2]int{p.row, q.row}] += weight(c)
			}
		}
	}
	return out
}

// fill also aligns the rows between two aligned ones, if there are equally many.
func fill(m map[int]int, lines [2][]int) {
	for i := range lines {
		slices.Sort(lines[i])
		lines[i] = slices.Compact(lines[i])
	}
	const end = 1 << 40
	ends := append(slices.Sorted(maps.Keys(m)), end)
	prev := [2]int{-1, -1}
	for _, e := range ends {
		next := [2]int{e, end}
		if e < end {
			next[1] = m[e]
		}
		var gaps [2][]int
		for i, list := range lines {
			for _, l := range list {
				if prev[i] < l && l < next[i] {
					gaps[i] = append(gaps[i], l)
				}
			}
		}
		if len(gaps[0]) == len(gaps[1]) {
			for i, l := range gaps[0] {
				m[l] = gaps[1][i]
			}
		}
		prev = next
	}
}

// mirrored is a table with its columns counted from the other side.
func mirrored(t *table) *table {
	out, width := *t, 0
	for _, c := range t.cells {
		width = max(width, c.col+c.colspan)
	}
	out.cells = slices.Clone(t.cells)
	for i := range out.cells {
		out.cells[i].col = width - out.cells[i].col - out.cells[i].colspan
	}
	return &out
}

// rows returns the number of rows.
func (t *table) rows() (n int) {
	for _, c := range t.cells {
		n = max(n, c.row+1)
	}
	return n
}

// lines returns what each row says, with its columns.
func (t *table) lines() []string {
	out := make([]string, t.rows())
	for _, c := range t.cells {
		if len(c.keys) > 0 {
			out[c.row] += fmt.Sprintf("%d %s\n", c.col, c.keys[0])
		}
	}
	return out
}

// score adds up what agreed in files.
type score struct {
	tables, tablesFound int
	shares              float64 // the sum of the tables' recalls
	cells, found        int     // true cells that are not empty; those read at their place
	read, right         int     // cells of the tables that were read, of false tables too; those that are right
	headers             int     // true header rows
	headersFound        int
	headersFalse        int
	titles              int // true header rows that are one cell above others
	titlesFound         int
}

// pairing is what was read of a table of the truth.
type pairing struct {
	truth *table
	read  *table // nil: nothing
	alignment
}

// candidate is a read table that may be a true one, from either side.
type candidate struct {
	truth, read int
	fit         float64
	side        *table
	alignment
}

// candidates aligns each true table with each read one, and sorts those with cells in common by how well
// they fit.
func candidates(truth, read []*table) (list []candidate) {
	grids := make([]*grid, len(read))
	for j, t := range read {
		grids[j] = newGrid(t)
	}
	for i, t := range truth {
		sides := []*table{t}
		if t.rtl {
			sides = append(sides, mirrored(t))
		}
		for _, side := range sides {
			g := newGrid(side)
			for j, r := range grids {
				if a := align(g, r); a.found > 0 {
					n := float64(a.found)
					fit := n * (1 + n/float64(len(g.cells)) + n/float64(len(r.cells)))
					list = append(list, candidate{i, j, fit, side, a})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.fit, a.fit) })
	return list
}

// match gives each true table the read one that fits best, or several in a row. It also returns the read
// tables that fit none.
func match(truth, read []*table) (pairs []pairing, rest []*table) {
	took := make([]bool, len(read))
	pairs = make([]pairing, len(truth))
	for i, t := range truth {
		pairs[i].truth = t
	}
	list := candidates(truth, read)
	others := closest(list, len(read))
	for _, c := range list {
		if pairs[c.truth].read == nil && !took[c.read] {
			pairs[c.truth] = pairing{c.side, read[c.read], c.alignment}
			took[c.read] = true
			pairs[c.truth].extend(read, took, c.read, others.of(c.truth))
		}
	}
	for j, t := range read {
		if !took[j] {
			rest = append(rest, t)
		}
	}
	return pairs, rest
}

// add scores the tables of a file.
func (s *score) add(truth, read []*table) { s.addPairs(match(truth, read)) }

// addPairs scores tables with what was read of them, and tables that are none.
func (s *score) addPairs(pairs []pairing, rest []*table) {
	for _, p := range pairs {
		if p.truth.chosen {
			s.addTable(&p)
		}
	}
	for _, t := range rest {
		s.read += len(newGrid(t).cells)
	}
}

func (s *score) addTable(p *pairing) {
	s.tables++
	truth, read := newGrid(p.truth), newGrid(&table{})
	if p.read != nil {
		read = newGrid(p.read)
	}
	cells, found := 0, 0
	right, neutral, loose := map[at]bool{}, map[at]bool{}, map[string]bool{}
	for place, c := range truth.cells {
		q, ok := p.of(place)
		got := read.cells[q]
		hit := ok && got != nil && shows(c, got)
		if c.optional {
			for _, k := range c.keys {
				loose[k] = true
			}
			neutral[q] = neutral[q] || hit
			continue
		}
		cells++
		if hit {
			found++
			right[q] = true
		}
	}
	for place, c := range read.cells {
		if !right[place] && slices.ContainsFunc(c.keys, func(k string) bool { return loose[k] }) {
			neutral[place] = true
		}
		if !neutral[place] {
			s.read++
		}
	}
	s.cells, s.found, s.right = s.cells+cells, s.found+found, s.right+len(right)
	s.shares += share(found, max(cells, 1))
	if 2*found >= cells && p.read != nil {
		s.tablesFound++
	}
	if p.truth.headers != nil {
		s.addHeaders(p, truth, read)
	}
}

// addHeaders counts header rows. Empty rows do not count.
func (s *score) addHeaders(p *pairing, truth, read *grid) {
	back := map[int]int{}
	for t, r := range p.rows {
		back[r] = t
	}
	for _, h := range p.truth.headers {
		if len(truth.rows[h]) > 0 {
			s.headers++
		}
		if p.isTitle(truth, h) {
			s.titles++
		}
	}
	for row, places := range read.rows {
		if !slices.ContainsFunc(places, func(q at) bool { return read.cells[q].header }) {
			continue
		}
		t, ok := back[row]
		switch {
		case ok && slices.Contains(p.truth.headers, t):
			s.headersFound++
			if p.isTitle(truth, t) {
				s.titlesFound++
			}
		case !ok || !slices.Contains(p.truth.maybe, t):
			s.headersFalse++
		}
	}
}

// isTitle reports whether a true header row is a title: one cell, above a header row of several.
func (p *pairing) isTitle(truth *grid, row int) bool {
	return len(truth.rows[row]) == 1 && slices.ContainsFunc(p.truth.headers, func(h int) bool {
		return h > row && len(truth.rows[h]) > 1
	})
}

func share(n, of int) float64 { return float64(n) / float64(max(1, of)) }

// f1 is the harmonic mean of precision and recall of header rows.
func (s *score) f1() float64 {
	return share(2*s.headersFound, s.headersFound+s.headersFalse+s.headers)
}

// namesF1 is the same of the header rows that are no titles.
func (s *score) namesF1() float64 {
	found := s.headersFound - s.titlesFound
	return share(2*found, found+s.headersFalse+s.headers-s.titles)
}

// differences prints the tables of a file that were not read as they are: what was read, with its cells that are
// wrong between brackets and header rows after a !, and the true cells that are missing.
func differences(truth, read []*table) {
	pairs, rest := match(truth, read)
	for n, p := range pairs {
		var s score
		if p.truth.chosen {
			s.addTable(&p)
		}
		if s.found == s.cells && s.right == s.read && s.headersFound == s.headers && s.headersFalse == 0 {
			continue
		}
		log.Printf("  table %d: %d of %d cells, headers %v", n, s.found, s.cells, p.truth.headers)
		want, got := newGrid(p.truth), newGrid(&table{})
		if p.read != nil {
			got = newGrid(p.read)
		}
		right := map[at]bool{}
		var missing []string
		for _, place := range want.places() {
			q, ok := p.of(place)
			if c := got.cells[q]; ok && c != nil && shows(want.cells[place], c) {
				right[q] = true
			} else if !want.cells[place].optional {
				missing = append(missing, fmt.Sprintf("%d/%d %s", place.row, place.col, short(want.cells[place])))
			}
		}
		got.print(right)
		log.Printf("    missing: %s", strings.Join(missing[:min(len(missing), 40)], "; "))
	}
	for _, t := range rest {
		log.Print("  not a table:")
		newGrid(t).print(nil)
	}
}

// short is the beginning of what a cell says.
func short(c *cell) string {
	r := []rune(c.keys[0])
	return string(r[:min(len(r), 24)])
}

// print prints the rows of a table, at most 30.
func (g *grid) print(right map[at]bool) {
	for _, row := range slices.Sorted(maps.Keys(g.rows))[:min(len(g.rows), 30)] {
		line := fmt.Sprintf("    %2d", row)
		for n, p := range g.rows[row] {
			text := short(g.cells[p])
			if right != nil && !right[p] {
				text = "[" + text + "]"
			}
			if n == 0 && g.cells[p].header {
				text = "!" + text
			}
			line += fmt.Sprintf(" %d:%s", p.col, text)
		}
		log.Print(line)
	}
}

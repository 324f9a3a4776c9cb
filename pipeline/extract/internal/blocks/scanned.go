package blocks

import (
	"cmp"
	"math"
	"slices"

	"kheo/pipeline/extract/internal/layout"
)

// The lines of a scanned page are those that a program recognised: their heights are not exact, and the cells
// of a table may be lines of their own.

// EvenSizes gives lines that are nearly as high as most lines their size. It changes and returns lines.
func EvenSizes(lines []Line) []Line {
	if len(lines) == 0 {
		return lines
	}
	sizes := make([]float64, 0, len(lines))
	for i := range lines {
		sizes = append(sizes, lines[i].Size)
	}
	slices.Sort(sizes)
	usual := sizes[len(sizes)/2]
	for i := range lines {
		if s := lines[i].Size; s > 0.5*usual && s < 1.4*usual {
			lines[i].Size = usual
		}
	}
	return lines
}

// Rows joins lines that are beside each other, and sorts them from top to bottom. merged reports whether any
// were joined.
func Rows(lines []Line) (rows []Line, merged bool) {
	sorted := slices.Clone(lines)
	mid := func(l *Line) float64 { return (l.Y0 + l.Y1) / 2 }
	slices.SortStableFunc(sorted, func(a, b Line) int { return cmp.Compare(mid(&a), mid(&b)) })
	for _, l := range sorted {
		if n := len(rows); n > 0 {
			r := &rows[n-1]
			apart := l.X0 >= r.X1 || l.X1 <= r.X0
			if math.Abs(mid(&l)-mid(r)) < 0.45*math.Min(l.Size, r.Size) && apart {
				pieces := slices.Concat(r.Pieces, l.Pieces)
				slices.SortStableFunc(pieces, func(a, b Piece) int { return cmp.Compare(a.X0, b.X0) })
				for i := range pieces {
					pieces[i].Tab = i > 0
				}
				r.Pieces, r.Rect, merged = pieces, r.union(l.Rect), true
				r.Base, r.Size = math.Max(r.Base, l.Base), math.Max(r.Size, l.Size)
				continue
			}
		}
		rows = append(rows, l)
	}
	return rows, merged
}

// InOrder returns the page's blocks without tables, in the order of the lines.
func (p *Page) InOrder() []*layout.Node {
	w := &arranger{page: p, body: bodySize(p.Lines), allBold: mostlyBold(p.Lines)}
	w.text(p.Lines)
	return w.out
}

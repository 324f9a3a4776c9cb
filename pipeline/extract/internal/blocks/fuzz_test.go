package blocks

import (
	"encoding/binary"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// Any words and rulings become blocks that cover the text, and no word is lost.
func FuzzBlocks(f *testing.F) {
	f.Add([]byte("\x00\x00\x10\x00\x20\x00\x01\x00\x10\x00\x20\x00\x30\x00\x01\x00"), []byte("\x00\x00\x00\x00\x40\x00\x00\x00"))
	f.Add([]byte(""), []byte(""))
	f.Fuzz(func(t *testing.T, words, rules []byte) {
		num := func(b []byte, i int) float64 { return float64(int16(binary.LittleEndian.Uint16(b[i:]))) / 8 }
		var rs []Rect
		for ; len(rules) >= 8 && len(rs) < 200; rules = rules[8:] {
			x, y := num(rules, 0), num(rules, 2)
			rs = append(rs, Rect{x, y, x + abs(num(rules, 4)), y + abs(num(rules, 6))})
		}
		p := &Page{Place: func(Rect) *dossier.Box { return &dossier.Box{} }}
		letters, base := 0, 0.0
		for ; len(words) >= 8 && len(p.Lines) < 200; words = words[8:] {
			base += abs(num(words, 0))
			l := Line{Base: base, Size: 1 + abs(num(words, 2))/100}
			x := num(words, 4)
			for k := range 1 + int(words[6])%5 {
				w := float64(words[7]%100) + 1
				l.Pieces = append(l.Pieces, Piece{X0: x, X1: x + w, Letters: 2, Tab: k > 0, Bold: words[7]%3 == 0,
					Spans: []layout.Span{{Text: "xy"}}})
				x += w + float64(words[6])
				letters += 2
			}
			l.Rect = Rect{l.Pieces[0].X0, base - l.Size, l.Pieces[len(l.Pieces)-1].X1, base}
			p.Lines = append(p.Lines, l)
		}
		p.Grids, p.Rules = Grids(rs)
		for _, g := range p.Grids {
			for i := range g.Cells {
				c := &g.Cells[i]
				if k := g.At((c.X0+c.X1)/2, (c.Y0+c.Y1)/2); k < 0 || k >= len(g.Cells) {
					t.Fatalf("the middle of a cell is in cell %d", k)
				}
				c.Lines = []Line{{Rect: c.Rect, Size: 1, Base: c.Y1, Pieces: []Piece{{X0: c.X0, X1: c.X1, Letters: 1,
					Spans: []layout.Span{{Text: "z"}}}}}}
			}
		}
		text, blocks := layout.Assemble(p.Nodes())
		n := 0
		for _, r := range text {
			if r == 'x' || r == 'y' {
				n++
			}
		}
		if n != letters {
			t.Errorf("%d letters of %d are left", n, letters)
		}
		last := 0
		for _, b := range blocks {
			if b.Start < last || b.End < b.Start || b.End > len([]rune(text)) {
				t.Errorf("a block from %d to %d after %d, in %d", b.Start, b.End, last, len(text))
			}
			last = b.End
		}
	})
}

func abs(v float64) float64 { return max(v, -v) }

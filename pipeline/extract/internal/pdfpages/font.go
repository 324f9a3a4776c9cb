package pdfpages

import (
	"kheo/pipeline/extract/internal/cleantext"
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/ledongthuc/pdf"
	"golang.org/x/text/encoding/charmap"
)

// font is what is needed of a PDF font: how its strings split into codes, what
// each code means and how wide it is.
type font struct {
	composite bool // two bytes a code
	ucs2      bool // the codes are UTF-16
	toUnicode map[string]string
	ranges    []cmapRange
	encoder   pdf.TextEncoding
	base      *charmap.Charmap
	differs   map[byte]bool // codes that Differences names
	widths    map[int]float64
	fallback  float64
	scale     float64 // of its size: a Type 3 font has its own units
	cache     map[string]string
	legacy    cleantext.LegacyFont // of a font of an old Vietnamese encoding
}

type cmapRange struct {
	lo, hi uint32
	n      int // bytes a code
	dst    []rune
}

func newFont(v pdf.Value) *font {
	f := &font{widths: map[int]float64{}, fallback: 0.5, scale: 1, cache: map[string]string{}}
	f.composite = v.Key("Subtype").Name() == "Type0"
	enc := v.Key("Encoding")
	if f.composite {
		name := enc.Name()
		f.ucs2 = strings.Contains(name, "UCS2") || strings.Contains(name, "UTF16")
		f.compositeWidths(v.Key("DescendantFonts").Index(0))
	} else {
		f.simpleWidths(v)
		lf := pdf.Font{V: v}
		f.encoder = lf.Encoder()
		f.base = charmap.Windows1252
		baseName := enc.Name()
		if enc.Kind() == pdf.Dict {
			baseName = enc.Key("BaseEncoding").Name()
			f.differs = map[byte]bool{}
			diff, n := enc.Key("Differences"), 0
			for i := 0; i < diff.Len() && i < 1000; i++ {
				if d := diff.Index(i); d.Kind() == pdf.Integer {
					n = int(d.Int64())
				} else {
					f.differs[byte(n)] = true
					n++
				}
			}
		}
		if baseName == "MacRomanEncoding" {
			f.base = charmap.Macintosh
		}
	}
	if tu := v.Key("ToUnicode"); tu.Kind() == pdf.Stream {
		if b, err := stream(tu); err == nil {
			f.readCMap(b)
		}
	}
	if f.legacy = cleantext.FontEncoding(v.Key("BaseFont").Name()); !f.legacy.PerGlyph() || f.modern() {
		f.legacy = cleantext.LegacyFont{} // VNI's marks stand behind their letters: a glyph alone says nothing
	}
	return f
}

func (f *font) simpleWidths(v pdf.Value) {
	scale := 0.001
	if v.Key("Subtype").Name() == "Type3" {
		if m := v.Key("FontMatrix"); m.Len() == 6 && m.Index(0).Float64() != 0 {
			scale = m.Index(0).Float64()
			f.scale = math.Abs(scale) * 1000
		}
	}
	first, w := int(v.Key("FirstChar").Int64()), v.Key("Widths")
	for i := 0; i < w.Len() && i < 256; i++ {
		f.widths[first+i] = w.Index(i).Float64() * scale
	}
	if m := v.Key("FontDescriptor").Key("MissingWidth").Float64(); m > 0 {
		f.fallback = m * scale
	}
	if w.Len() == 0 && v.Key("Subtype").Name() != "Type3" {
		f.core(v.Key("BaseFont").Name())
	}
}

// compositeWidths reads DW and W: c [w1 w2 …] or cFirst cLast w.
func (f *font) compositeWidths(d pdf.Value) {
	f.fallback = 1
	if dw := d.Key("DW"); dw.Kind() == pdf.Integer || dw.Kind() == pdf.Real {
		f.fallback = dw.Float64() / 1000
	}
	w := d.Key("W")
	for i := 0; i+1 < w.Len() && len(f.widths) < 70000; {
		c := int(w.Index(i).Int64())
		if list := w.Index(i + 1); list.Kind() == pdf.Array {
			for k := 0; k < list.Len(); k++ {
				f.widths[c+k] = list.Index(k).Float64() / 1000
			}
			i += 2
			continue
		}
		last, width := int(w.Index(i+1).Int64()), w.Index(i+2).Float64()/1000
		for k := c; k <= last && k-c < 70000; k++ {
			f.widths[k] = width
		}
		i += 3
	}
}

// split cuts a shown string into codes.
func (f *font) split(s string) []string {
	n := 1
	if f.composite {
		n = 2
	}
	out := make([]string, 0, len(s)/n+1)
	for len(s) >= n {
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}

func codeOf(c string) uint32 {
	v := uint32(0)
	for i := 0; i < len(c); i++ {
		v = v<<8 | uint32(c[i])
	}
	return v
}

// width is the advance of a code, in units of the font's size.
func (f *font) width(c string) float64 {
	if w, ok := f.widths[int(codeOf(c))]; ok {
		return w
	}
	return f.fallback
}

// text is what a code means; U+FFFD where nothing says it.
func (f *font) text(c string) string {
	if s, ok := f.cache[c]; ok {
		return s
	}
	s := f.lookup(c)
	if f.legacy.Known() {
		s = f.legacy.Convert(s)
	}
	f.cache[c] = s
	return s
}

// modern reports whether a font says itself what its glyphs are in Unicode, with
// letters that the old encodings do not have.
func (f *font) modern() bool {
	modern := func(r rune) bool { return r >= 0x1ea0 && r <= 0x1ef9 || strings.ContainsRune("ăĂđĐơƠưƯ", r) }
	for _, s := range f.toUnicode {
		if strings.ContainsFunc(s, modern) {
			return true
		}
	}
	return slices.ContainsFunc(f.ranges, func(r cmapRange) bool { return slices.ContainsFunc(r.dst, modern) })
}

func (f *font) lookup(c string) string {
	if s, ok := f.toUnicode[c]; ok {
		return s
	}
	v := codeOf(c)
	for _, r := range f.ranges {
		if r.n == len(c) && r.lo <= v && v <= r.hi && len(r.dst) > 0 {
			out := append([]rune(nil), r.dst...)
			out[len(out)-1] += rune(v - r.lo)
			return string(out)
		}
	}
	switch {
	case f.ucs2:
		return string(utf16.Decode([]uint16{uint16(v)}))
	case f.composite:
		return "\ufffd"
	}
	b := c[0]
	if b >= 0x0b && b <= 0x0f && !f.differs[b] { // where TeX's fonts have them, which seldom say so
		return [...]string{"ff", "fi", "fl", "ffi", "ffl"}[b-0x0b]
	}
	if f.differs[b] || f.differs == nil && b < 0x80 {
		if s := f.encoder.Decode(c); s != "" && s != "\x00" {
			return s
		}
	}
	if b >= 0x20 {
		return string(f.base.DecodeByte(b))
	}
	return "\ufffd"
}

// readCMap reads the mappings of a ToUnicode CMap.
func (f *font) readCMap(b []byte) {
	f.toUnicode = map[string]string{}
	l := lexer{b: b}
	var args []operand
	total := 0
	for {
		// operands pile up between beginbfchar and endbfchar; read them all
		args = args[:0]
		var op string
		for {
			o, w, ok := l.token(0)
			if !ok {
				return
			}
			if w != "" {
				op = w
				break
			}
			if len(args) < 100_000 {
				args = append(args, o)
			}
		}
		switch op {
		case "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				if args[i+1].kind == 's' {
					f.toUnicode[args[i].str] = utf16Text(args[i+1].str)
				}
			}
		case "endbfrange":
			for i := 0; i+2 < len(args); i += 3 {
				lo, hi, dst := args[i].str, args[i+1].str, args[i+2]
				a, z := codeOf(lo), codeOf(hi)
				if dst.kind == '[' {
					for k, e := range dst.list {
						if a+uint32(k) > z || len(lo) > 4 {
							break
						}
						code := make([]byte, len(lo))
						for j, v := len(lo)-1, a+uint32(k); j >= 0; j, v = j-1, v>>8 {
							code[j] = byte(v)
						}
						f.toUnicode[string(code)] = utf16Text(e.str)
					}
				} else if len(f.ranges) < 20_000 {
					f.ranges = append(f.ranges, cmapRange{a, z, len(lo), []rune(utf16Text(dst.str))})
				}
			}
		}
		if total++; total > 200_000 {
			return
		}
	}
}

func utf16Text(s string) string {
	if len(s) == 1 {
		return string(rune(s[0]))
	}
	u := make([]uint16, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		u = append(u, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(u))
}

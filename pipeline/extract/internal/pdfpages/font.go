package pdfpages

import (
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/ledongthuc/pdf"
	"golang.org/x/text/encoding/charmap"

	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/corefonts"
)

// font is what text extraction needs of a PDF font: how its strings split into codes, what each code
// means and how wide it is.
type font struct {
	composite bool // two bytes per code
	ucs2      bool // the codes are UTF-16
	toUnicode map[string]string
	ranges    []cmapRange
	encoder   pdf.TextEncoding
	base      *charmap.Charmap
	widths    map[int]float64
	fallback  float64
	scale     float64 // of the size: Type 3 fonts define their own units
	cache     map[string]string
	legacy    cleantext.LegacyFont // set for fonts in TCVN3
	bold      bool
	embedded  bool              // the file has its glyphs
	symbolic  bool              // its codes mean what the font itself says
	stated    bool              // the file names its encoding
	names     map[byte]string   // of glyphs, by Differences; nil if the encoding is not a dictionary
	procs     pdf.Value         // of a Type 3 font: its glyphs; null for others
	inked     map[byte]painting // of those, what is known of their codes
	disputed  map[byte]bool     // codes of which ToUnicode and the encoding are known to agree or not
}

// cmapRange maps the codes lo to hi, of n bytes each, to dst with its last character counted up.
type cmapRange struct {
	lo, hi uint32
	n      int // bytes a code
	dst    []rune
}

// newFont reads a font dictionary (ISO 32000-1, 9.5 to 9.10).
func newFont(v pdf.Value) *font {
	f := &font{widths: map[int]float64{}, fallback: 0.5, scale: 1, cache: map[string]string{},
		inked: map[byte]painting{}, disputed: map[byte]bool{}}
	f.composite = v.Key("Subtype").Name() == "Type0"
	enc := v.Key("Encoding")
	f.looksOf(v)
	if v.Key("Subtype").Name() == "Type3" {
		f.procs = v.Key("CharProcs")
	}
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
			f.readNames(enc)
		}
		f.stated = baseName == "WinAnsiEncoding" || baseName == "MacRomanEncoding"
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
		f.legacy = cleantext.LegacyFont{} // VNI is left to Modernize
	}
	return f
}

// simpleWidths reads FirstChar and Widths; fonts without them get those of the standard fonts.
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

// codeOf returns a code as a number.
func codeOf(c string) uint32 {
	v := uint32(0)
	for i := 0; i < len(c); i++ {
		v = v<<8 | uint32(c[i])
	}
	return v
}

// width returns the advance of a code, in units of the font's size.
func (f *font) width(c string) float64 {
	if w, ok := f.widths[int(codeOf(c))]; ok {
		return w
	}
	return f.fallback
}

// text returns what a code means; U+FFFD if nothing says it.
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

// modern reports whether a font itself maps glyphs to Unicode letters that the legacy encodings lack.
func (f *font) modern() bool {
	modern := func(r rune) bool { return r >= 0x1ea0 && r <= 0x1ef9 || strings.ContainsRune("ăĂđĐơƠưƯ", r) }
	for _, s := range f.toUnicode {
		if strings.ContainsFunc(s, modern) {
			return true
		}
	}
	return slices.ContainsFunc(f.ranges, func(r cmapRange) bool { return slices.ContainsFunc(r.dst, modern) })
}

// lookup returns what a code means by ToUnicode, then by the font's encoding.
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
	case f.ofCluster(c):
		return ""
	}
	return f.simpleLookup(c)
}

// ofCluster reports whether a code without an entry in ToUnicode is a mark over the glyph before it, whose
// entry has the letter with its mark: LibreOffice writes the text of glyphs that belong together once. The
// code is a number of a glyph in a subset of a font; by any encoding it would be some other letter, or a
// ligature.
func (f *font) ofCluster(c string) bool {
	return len(f.toUnicode)+len(f.ranges) > 0 && f.names == nil && !f.stated && (f.symbolic || c[0] < 0x20) &&
		f.width(c) < 0.02
}

// simpleLookup returns what a one-byte code means by the font's encoding and its Differences.
func (f *font) simpleLookup(c string) string {
	b := c[0]
	_, named := f.names[b]
	if b >= 0x0b && b <= 0x0f && !named && len(f.toUnicode) == 0 { // TeX's ligatures, which it seldom names
		return [...]string{"ff", "fi", "fl", "ffi", "ffl"}[b-0x0b]
	}
	if named || f.names == nil && b < 0x80 {
		if s := f.encoder.Decode(c); s != "" && s != "\x00" {
			return s
		}
	}
	if b >= 0x20 {
		return string(f.base.DecodeByte(b))
	}
	return "\ufffd"
}

// Bounds of a ToUnicode CMap.
const (
	maxCMapOperators = 200_000
	maxCMapOperands  = 100_000 // between two operators
	maxCMapRanges    = 20_000
)

// readCMap reads the mappings of a ToUnicode CMap (ISO 32000-1, 9.10.3).
func (f *font) readCMap(b []byte) {
	f.toUnicode = map[string]string{}
	l := lexer{b: b}
	var args []operand
	for range maxCMapOperators + 1 {
		op, ok := l.mapping(&args)
		if !ok {
			return
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
				f.mapRange(args[i].str, args[i+1].str, args[i+2])
			}
		}
	}
}

// mapping collects the operands up to an operator: those between beginbfchar and endbfchar are many.
func (l *lexer) mapping(args *[]operand) (op string, ok bool) {
	*args = (*args)[:0]
	for {
		o, op, ok := l.token(0)
		if !ok || op != "" {
			return op, ok
		}
		if len(*args) < maxCMapOperands {
			*args = append(*args, o)
		}
	}
}

// mapRange maps the codes from lo to hi to the strings of an array, or to one string counted up.
func (f *font) mapRange(lo, hi string, dst operand) {
	from, to := codeOf(lo), codeOf(hi)
	if dst.kind != '[' {
		if len(f.ranges) < maxCMapRanges {
			f.ranges = append(f.ranges, cmapRange{from, to, len(lo), []rune(utf16Text(dst.str))})
		}
		return
	}
	for k, e := range dst.list {
		if from+uint32(k) > to || len(lo) > 4 {
			break
		}
		code := make([]byte, len(lo))
		for j, v := len(lo)-1, from+uint32(k); j >= 0; j, v = j-1, v>>8 {
			code[j] = byte(v)
		}
		f.toUnicode[string(code)] = utf16Text(e.str)
	}
}

// utf16Text decodes UTF-16 big endian; a single byte is Latin-1.
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

// core gives a font without widths those of the standard font with its name, or of the most similar one.
func (f *font) core(name string) {
	table, fixed := corefonts.Widths(name)
	if fixed > 0 {
		f.fallback = float64(fixed) / 1000
	}
	for i, w := range table {
		f.widths[32+i] = float64(w) / 1000
	}
}

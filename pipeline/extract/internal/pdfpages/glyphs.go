package pdfpages

import (
	"math"
	"strings"
	"unicode"

	"github.com/ledongthuc/pdf"
	"golang.org/x/text/unicode/norm"
)

// What painting a code of a font does. All but Type 3 fonts are taken to paint something.
type painting byte

const (
	paints        painting = iota
	paintsNothing          // a glyph without ink
	paintsUnclear          // a glyph that chooses its own colour, clip or opacity
)

// painted returns what painting a code does.
func (f *font) painted(code string) painting {
	if f.procs.IsNull() || len(code) != 1 {
		return paints
	}
	if p, known := f.inked[code[0]]; known {
		return p
	}
	p := paintsNothing // a code without a glyph
	if name := f.names[code[0]]; name != "" {
		if proc := f.procs.Key(name); proc.Kind() == pdf.Stream {
			if b, err := stream(proc); err == nil {
				p = procedure(b)
			} else {
				p = paintsUnclear
			}
		}
	}
	f.inked[code[0]] = p
	return p
}

// procedure returns what the content stream of a glyph does.
func procedure(b []byte) painting {
	l := lexer{b: b}
	var args []operand
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	ink, unclear, coloured, scaled := false, false, false, false
	for range 20_000 {
		op, ok := l.next(&args)
		if !ok {
			break
		}
		switch op {
		case "m", "l", "c", "v", "y", "re":
			for i := 0; i+1 < len(args); i += 2 {
				x, y := args[i].num, args[i+1].num
				if op == "re" && i == 2 {
					x, y = x+args[0].num, y+args[1].num
				}
				lo = point{math.Min(lo.x, x), math.Min(lo.y, y)}
				hi = point{math.Max(hi.x, x), math.Max(hi.y, y)}
			}
		case "f", "F", "f*", "B", "B*", "b", "b*", "S", "s":
			ink = ink || hi.x-lo.x > 0 || hi.y-lo.y > 0
		case "Do", "BI", "sh", "Tj", "TJ", "'", "\"":
			ink = true
		case "d0":
			coloured = true
		case "cm":
			scaled = true
		case "g", "rg", "k", "sc", "scn", "cs", "gs":
			unclear = unclear || coloured || op == "gs"
		case "W", "W*", "BDC":
			unclear = true
		}
	}
	switch {
	case !ink:
		return paintsNothing
	case unclear:
		return paintsUnclear
	case scaled && hi.x-lo.x <= 0 && hi.y-lo.y <= 0:
		return paints // an image
	}
	return paints
}

// readNames reads the glyph names that Differences gives to codes.
func (f *font) readNames(enc pdf.Value) {
	f.names = map[byte]string{}
	diff, n := enc.Key("Differences"), 0
	for i := 0; i < diff.Len() && i < 1000; i++ {
		switch d := diff.Index(i); d.Kind() {
		case pdf.Integer:
			n = int(d.Int64())
		case pdf.Name:
			f.names[byte(n)] = d.Name()
			n++
		}
	}
}

// looksOf reads from a font dictionary whether the font is bold, and whether its glyphs are in the file.
func (f *font) looksOf(v pdf.Value) {
	d := v.Key("FontDescriptor")
	if f.composite {
		d = v.Key("DescendantFonts").Index(0).Key("FontDescriptor")
	}
	name := strings.ToLower(v.Key("BaseFont").Name())
	for _, w := range []string{"bold", "black", "heavy", "demi"} {
		f.bold = f.bold || strings.Contains(name, w)
	}
	f.bold = f.bold || d.Key("FontWeight").Float64() >= 600 || d.Key("Flags").Int64()&(1<<18) != 0
	for _, key := range []string{"FontFile", "FontFile2", "FontFile3"} {
		f.embedded = f.embedded || !d.Key(key).IsNull()
	}
	f.symbolic = d.Key("Flags").Int64()&4 != 0
}

// contradicted reports whether ToUnicode says of a code that it is one ASCII letter or digit, and the font's
// encoding that it is another.
func (f *font) contradicted(code string) bool {
	if f.toUnicode == nil || f.composite || len(code) != 1 || !f.procs.IsNull() {
		return false
	}
	if c, known := f.disputed[code[0]]; known {
		return c
	}
	c := f.contradiction(code)
	f.disputed[code[0]] = c
	return c
}

// contradiction reports whether the ToUnicode map says another letter of a code than the encoding, so that
// what is read is not what is painted. Only simple fonts with known glyph names are judged.
func (f *font) contradiction(code string) bool {
	b := code[0]
	encoded := ""
	name, named := f.names[b]
	switch {
	case named:
		if len(name) == 1 || len(glyphDigits[name]) > 0 {
			encoded = name
			if d := glyphDigits[name]; d != "" {
				encoded = d
			}
		}
	case f.stated || !f.embedded:
		if b > 0x20 && b < 0x7f && !f.symbolic {
			encoded = string(rune(b))
		}
	}
	said := baseLetter(f.lookup(code))
	return said != 0 && baseLetter(encoded) != 0 && said != baseLetter(encoded)
}

// glyphDigits are the digits by the names of their glyphs.
var glyphDigits = map[string]string{"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
	"six": "6", "seven": "7", "eight": "8", "nine": "9"}

// baseLetter returns a single ASCII letter, small and without its marks, or digit; 0 for anything else.
func baseLetter(s string) rune {
	rs := []rune(norm.NFKD.String(s))
	if len(rs) == 0 || rs[0] >= 0x80 || !unicode.IsLetter(rs[0]) && !unicode.IsDigit(rs[0]) {
		return 0
	}
	for _, r := range rs[1:] {
		if !unicode.IsMark(r) {
			return 0
		}
	}
	return unicode.ToLower(rs[0])
}

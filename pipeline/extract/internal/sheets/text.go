package sheets

import (
	"encoding/xml"
	"strings"

	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/parts"
)

// run is text of a cell in one font; nil is that of the cell.
type run struct {
	text string
	font *font
}

// maxText is the length of a run, in bytes, beyond which it is left out: a cell has at most 32,767
// characters.
const maxText = 4 * 32_767

// richText is the text of a cell, in runs of one font each (18.4.4).
type richText []run

// String returns the text without its fonts.
func (t richText) String() string {
	if len(t) == 1 {
		return t[0].text
	}
	var b strings.Builder
	for _, r := range t {
		b.WriteString(r.text)
	}
	return b.String()
}

// textReader collects rich text: si of shared strings (18.4.8), is of cells (18.3.1.53). Phonetic guides
// (18.4.6) are small print above East Asian text, which repeats it in kana.
type textReader struct {
	styles *styles
	runs   richText
	font   *font
	inText bool
	skip   int // phonetic guides
	text   strings.Builder
}

// start handles the beginning of an element within a text.
func (r *textReader) start(e xml.StartElement) {
	switch e.Name.Local {
	case "rPh":
		r.skip++
	case "r":
		r.font = nil
	case "rPr":
		r.font = &font{}
	case "t":
		r.inText = true
	default:
		r.font.read(e, r.styles)
	}
}

// end handles the end of an element within a text.
func (r *textReader) end(name string) {
	switch name {
	case "rPh":
		r.skip = max(r.skip-1, 0)
	case "t":
		if s := unescape(r.text.String()); r.inText && r.skip == 0 && len(s) <= maxText {
			r.runs = append(r.runs, run{s, r.font})
		}
		r.inText = false
		r.text.Reset()
	case "r":
		r.font = nil
	}
}

// add handles text.
func (r *textReader) add(s string) {
	if r.inText {
		r.text.WriteString(s)
	}
}

// take returns what was collected, and begins again.
func (r *textReader) take() richText {
	runs := r.runs
	r.runs, r.font, r.inText, r.skip = nil, nil, false, 0
	r.text.Reset()
	return runs
}

// unescape replaces _x000D_ and the like, by which workbooks write control characters (22.9.2.19). Carriage
// returns are left out: lines end with \n alone.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 || i+7 > len(s) {
			b.WriteString(s)
			return b.String()
		}
		code := 0
		ok := s[i+6] == '_'
		for _, c := range []byte(s[i+2 : i+6]) {
			d := strings.IndexByte("0123456789abcdef", c|0x20)
			if c >= '0' && c <= '9' {
				d = int(c - '0')
			}
			ok = ok && d >= 0
			code = code<<4 | max(d, 0)
		}
		b.WriteString(s[:i])
		if !ok {
			b.WriteString("_x")
			s = s[i+2:]
			continue
		}
		if code != '\r' {
			b.WriteRune(rune(code))
		}
		s = s[i+7:]
	}
}

// readStrings reads the shared strings of a workbook (18.4.9). After damage, what was read before counts.
func readStrings(b []byte, s *styles) (out []richText, err error) {
	r := &textReader{styles: s}
	err = parts.Walk(b, r.start, func(name string) {
		if r.end(name); name == "si" {
			out = append(out, r.take())
		}
	}, r.add)
	return out, err
}

// modern converts text in a font of a legacy Vietnamese encoding.
func modern(s, fontName string) string {
	if enc := cleantext.FontEncoding(fontName); enc.Known() {
		return enc.Convert(s)
	}
	return s
}

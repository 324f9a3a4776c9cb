package extract

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
)

// readRTF reads Rich Text Format (Microsoft's specification 1.9.1): groups in braces, control words,
// text in code pages or Unicode.
func readRTF(data []byte, res *Result) {
	r := newRTF(data)
	r.read()
	page := r.Page(1, "rtf")
	if r.depth > 0 && strings.TrimSpace(page.Text) == "" {
		res.Error, res.Detail = Damaged, "it ends in the middle"
		return
	}
	res.Pages = []dossier.Page{page}
}

// rtfState is what a group inherits, and what its end restores.
type rtfState struct {
	skip     bool // inside a destination that is not text of the document
	fontTab  bool
	hidden   bool
	tiny     bool
	white    bool
	shaded   bool
	font     int
	uc       int // number of bytes after \\u that older readers show instead
	optional bool
}

// rtf is the state of reading one file. Bytes of text wait in pending until it is known that no more follow
// in the same encoding: characters of East Asian code pages are two bytes.
type rtf struct {
	layout.Flow
	b       []byte
	i       int
	state   rtfState
	stack   []rtfState
	depth   int
	page0   encoding.Encoding
	fonts   map[int]rtfFont
	colours []bool // whether a colour is white
	inTable bool
	opened  bool // the last byte began a group
	skipN   int  // bytes after a \u that are still to be skipped
	high    uint16
	pending []byte // bytes of the code page not yet decoded
}

// rtfFont is an entry of the font table.
type rtfFont struct {
	name    string
	charset encoding.Encoding
}

// newRTF prepares the reading of a file. Without a code page the text is in windows-1252, and one byte is
// skipped after \u.
func newRTF(data []byte) *rtf {
	return &rtf{b: data, page0: charmap.Windows1252, fonts: map[int]rtfFont{}, state: rtfState{uc: 1}}
}

// rtfSkipped are destinations that hold no text of the document.
var rtfSkipped = map[string]bool{"stylesheet": true, "info": true, "pict": true, "objdata": true,
	"themedata":          true,
	"colorschememapping": true, "datastore": true, "latentstyles": true, "listtable": true,
	"listoverridetable": true, "rsidtbl": true, "generator": true, "xmlnstbl": true,
	"fldinst": true, "bkmkstart": true, "bkmkend": true, "template": true, "filetbl": true, "revtbl": true,
	"userprops": true, "mmathPr": true, "wgrffmtfilter": true,
	"pgdsctbl": true, "private": true, "falt": true, "panose": true, "sp": true, "shprslt": true,
	"nonshppict": true, "atnid": true, "atnauthor": true,
	"annotation": true, "atrfstart": true, "atrfend": true, "passwordhash": true, "ftnsep": true,
	"ftnsepc": true, "aftnsep": true, "aftnsepc": true, "fontemb": true, "operator": true}

// rtfText is the text that control words mean. Notes and headers are in place, after a space.
var rtfText = map[string]string{"line": "\n", "softline": "\n", "tab": "\t", "emdash": "—", "endash": "–",
	"bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
	"emspace": " ", "enspace": " ", "qmspace": " ", "footnote": " ", "header": " ", "footer": " ",
	"headerl": " ", "headerr": " ", "headerf": " ", "footerl": " ", "footerr": " ", "footerf": " "}

// rtfCharsets are the encodings of fonts by fcharset.
var rtfCharsets = map[int]encoding.Encoding{0: charmap.Windows1252, 77: charmap.Macintosh,
	128: japanese.ShiftJIS, 129: korean.EUCKR, 134: simplifiedchinese.GBK, 136: traditionalchinese.Big5,
	161: charmap.Windows1253, 162: charmap.Windows1254, 163: charmap.Windows1258, 177: charmap.Windows1255,
	178: charmap.Windows1256, 186: charmap.Windows1257, 204: charmap.Windows1251, 222: charmap.Windows874,
	238: charmap.Windows1250}

// codePages are the encodings of documents by ansicpg.
var codePages = map[int]encoding.Encoding{437: charmap.CodePage437, 850: charmap.CodePage850,
	852: charmap.CodePage852, 855: charmap.CodePage855, 858: charmap.CodePage858, 860: charmap.CodePage860,
	862: charmap.CodePage862, 863: charmap.CodePage863, 865: charmap.CodePage865, 866: charmap.CodePage866,
	874: charmap.Windows874, 932: japanese.ShiftJIS, 936: simplifiedchinese.GBK,
	949: korean.EUCKR, 950: traditionalchinese.Big5,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
	1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256,
	1257: charmap.Windows1257, 1258: charmap.Windows1258, 10000: charmap.Macintosh}

// read reads the file up to its end or the end of the outermost group. It comes to an end on any input:
// each step passes at least one byte.
func (r *rtf) read() {
	for r.i < len(r.b) {
		r.opened = r.i > 0 && r.b[r.i-1] == '{'
		switch c := r.b[r.i]; c {
		case '{':
			r.i++
			r.settle()
			if r.depth++; r.depth > parts.MaxNesting {
				return
			}
			r.stack = append(r.stack, r.state)
			r.state.optional = false
			r.skipN = 0
		case '}':
			r.i++
			r.settle()
			r.depth--
			if n := len(r.stack); n > 0 {
				r.state, r.stack = r.stack[n-1], r.stack[:n-1]
			}
			if r.depth <= 0 {
				return
			}
			r.skipN = 0
		case '\\':
			r.i++
			r.control()
		case '\r', '\n':
			r.i++
		default:
			r.i++
			r.char(c)
		}
	}
	r.settle()
}

// control reads a control word or symbol behind its backslash.
func (r *rtf) control() {
	if r.i >= len(r.b) {
		return
	}
	if c := r.b[r.i]; !isLetter(c) {
		r.i++
		r.symbol(c)
		return
	}
	word, n, has := r.controlWord()
	switch {
	case word == "bin" && has: // n bytes follow that are not RTF
		r.i = min(len(r.b), r.i+max(0, n))
	case word == "u" && has:
		r.unicode(n)
	default:
		r.settle()
		r.word(word, n, has)
	}
}

// isLetter reports whether a byte may be part of a control word.
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// controlWord reads a control word with its number, and the space that ends it. has reports whether there
// is a number.
func (r *rtf) controlWord() (word string, n int, has bool) {
	start := r.i
	for r.i < len(r.b) && isLetter(r.b[r.i]) && r.i-start < 32 {
		r.i++
	}
	word = string(r.b[start:r.i])
	start = r.i
	if r.i < len(r.b) && r.b[r.i] == '-' {
		r.i++
	}
	for r.i < len(r.b) && r.b[r.i] >= '0' && r.b[r.i] <= '9' && r.i-start < 11 {
		r.i++
	}
	n, err := strconv.Atoi(string(r.b[start:r.i]))
	if r.i < len(r.b) && r.b[r.i] == ' ' {
		r.i++
	}
	return word, n, err == nil
}

// symbol does what a control symbol means: a byte in hexadecimal, or a character.
func (r *rtf) symbol(c byte) {
	switch c {
	case '\'':
		if r.i+2 <= len(r.b) {
			b, err := hex.DecodeString(string(r.b[r.i : r.i+2]))
			r.i += 2
			if err == nil {
				r.char(b[0])
			}
		}
	case '\\', '{', '}':
		r.char(c)
	case '~':
		r.put(" ")
	case '_':
		r.put("-")
	case '*': // means a destination only at the beginning of a group
		r.state.optional = r.opened
	case '\r', '\n':
		r.settle()
		r.para()
	}
}

// word does what a control word means; has reports whether it has the number n. Unknown words are ignored,
// and skip their group if it is an optional destination.
func (r *rtf) word(word string, n int, has bool) {
	if rtfSkipped[word] {
		r.state.skip = true
		return
	}
	if text := rtfText[word]; text != "" {
		r.put(text)
		return
	}
	if do := rtfWords[word]; do != nil {
		do(r, n, has)
		return
	}
	if r.state.optional {
		r.state.skip = r.state.skip || word != "shptxt" && word != "ud" && word != "shpinst"
	}
}

// rtfWords maps control words to what they do; has reports whether the word has the number n.
var rtfWords = map[string]func(r *rtf, n int, has bool){
	"fonttbl": func(r *rtf, _ int, _ bool) { r.state.fontTab, r.state.skip = true, true },
	"colortbl": func(r *rtf, _ int, _ bool) {
		r.state.skip = true
		r.readColours()
	},
	"ansicpg": func(r *rtf, n int, _ bool) {
		if e := codePages[n]; e != nil {
			r.page0 = e
		}
	},
	"mac": func(r *rtf, _ int, _ bool) { r.page0 = charmap.Macintosh },
	"pc":  func(r *rtf, _ int, _ bool) { r.page0 = charmap.CodePage437 },
	"pca": func(r *rtf, _ int, _ bool) { r.page0 = charmap.CodePage850 },
	"f":   func(r *rtf, n int, _ bool) { r.state.font = n },
	"fcharset": func(r *rtf, n int, _ bool) {
		if r.state.fontTab {
			f := r.fonts[r.state.font]
			f.charset = rtfCharsets[n]
			r.fonts[r.state.font] = f
		}
	},
	"uc": func(r *rtf, n int, _ bool) { r.state.uc = min(max(n, 0), 32) },
	"plain": func(r *rtf, _ int, _ bool) {
		st := &r.state
		st.font, st.hidden, st.tiny, st.white, st.shaded = 0, false, false, false, false
	},
	"v":         hideRTF,
	"deleted":   hideRTF,
	"fs":        func(r *rtf, n int, has bool) { r.state.tiny = has && n <= 2 },
	"cf":        func(r *rtf, n int, _ bool) { r.state.white = n > 0 && n < len(r.colours) && r.colours[n] },
	"cb":        shadeRTF,
	"highlight": shadeRTF,
	"chcbpat":   shadeRTF,
	"par":       endRTFParagraph,
	"sect":      endRTFParagraph,
	"page":      endRTFParagraph,
	"trowd":     beginRTFRow,
	"intbl":     beginRTFRow,
	"cell":      endRTFCell,
	"nestcell":  endRTFCell,
	"row":       endRTFRow,
	"nestrow":   endRTFRow,
	"pard":      func(*rtf, int, bool) {},
	// the same twice: in a code page, and as \ud in Unicode
	"upr": func(r *rtf, _ int, _ bool) { r.state.skip = true },
	"ud":  func(r *rtf, _ int, _ bool) { r.state.skip = false },
}

// hideRTF hides text: \v and \v1 do, \v0 ends it.
func hideRTF(r *rtf, n int, has bool) { r.state.hidden = !has || n != 0 }

// shadeRTF notes that something is painted behind text.
func shadeRTF(r *rtf, n int, _ bool) { r.state.shaded = n > 0 }

// endRTFParagraph ends a paragraph.
func endRTFParagraph(r *rtf, _ int, _ bool) { r.para() }

// beginRTFRow begins a row of a table with its first cell; only the first control word of a row does.
func beginRTFRow(r *rtf, _ int, _ bool) {
	if !r.inTable {
		r.inTable = true
		r.BeginRow()
		r.BeginCell()
	}
}

// endRTFCell ends a cell. The next one is opened at once, since cells have no beginning of their own;
// outside of a row, in damaged files, a cell is a tab.
func endRTFCell(r *rtf, _ int, _ bool) {
	if !r.inTable {
		r.put("\t")
		return
	}
	r.EndCell()
	r.BeginCell()
}

// endRTFRow ends a row.
func endRTFRow(r *rtf, _ int, _ bool) {
	if r.inTable {
		r.EndCell()
		r.EndRow()
		r.inTable = false
	}
}

// readColours reads the colour table: which colours are white. Of other light colours text is read as shown.
func (r *rtf) readColours() {
	end := bytes.IndexByte(r.b[r.i:], '}')
	if end < 0 {
		return
	}
	for _, c := range strings.Split(string(r.b[r.i:r.i+end]), ";") {
		r.colours = append(r.colours, strings.Contains(c, `\red255`) && strings.Contains(c, `\green255`) &&
			strings.Contains(c, `\blue255`))
		if len(r.colours) > 1000 {
			return
		}
	}
}

// para ends a paragraph of the document's text.
func (r *rtf) para() {
	if r.state.skip {
		return
	}
	r.Paragraph()
}

// char takes one byte of text; settle decodes it together with those after it.
func (r *rtf) char(c byte) {
	if r.skipN > 0 {
		r.skipN--
		return
	}
	if r.state.skip && !r.state.fontTab {
		return
	}
	r.pending = append(r.pending, c)
}

// unicode takes a character by its number, and skips the bytes that older readers show instead.
func (r *rtf) unicode(n int) {
	r.settle()
	u := uint16(n)
	r.skipN = r.state.uc
	switch {
	case u >= 0xd800 && u < 0xdc00:
		r.high = u
		return
	case u >= 0xdc00 && u < 0xe000:
		r.put(string(utf16.DecodeRune(rune(r.high), rune(u))))
		r.high = 0
		return
	case u >= 0xf020 && u <= 0xf0ff: // a symbol font's
		u -= 0xf000
	}
	r.put(string(rune(u)))
}

// settle decodes the bytes that have been collected: text, or a name in the font table. The code page is
// that of the font if it states another than the default; fonts of legacy Vietnamese encodings have their
// letters in windows-1252.
func (r *rtf) settle() {
	if len(r.pending) == 0 {
		return
	}
	b := r.pending
	r.pending = r.pending[:0]
	if r.state.fontTab {
		f := r.fonts[r.state.font]
		if name := strings.TrimSpace(strings.TrimSuffix(string(b), ";")); name != "" && f.name == "" &&
			len(r.fonts) < 2000 {
			f.name = name
			r.fonts[r.state.font] = f
		}
		return
	}
	enc := r.page0
	f := r.fonts[r.state.font]
	if f.charset != nil && f.charset != charmap.Windows1252 {
		enc = f.charset
	}
	if cleantext.FontEncoding(f.name).Known() {
		enc = charmap.Windows1252
	}
	s, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		s = b
	}
	r.put(string(s))
}

// put adds text as shown or hidden. White text in a table is read as shown: what shades its cells is not
// computed.
func (r *rtf) put(s string) {
	st := &r.state
	switch {
	case st.skip:
	case st.hidden || st.tiny || st.white && !st.shaded && !r.inTable:
		r.Hide(s)
	default:
		r.Run(s, r.fonts[st.font].name)
	}
}

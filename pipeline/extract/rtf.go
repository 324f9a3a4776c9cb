package extract

import (
	"bytes"
	"encoding/hex"
	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// readRTF reads Rich Text Format, as the specification 1.9.1 of Microsoft
// describes it: groups in braces, control words, text in code pages or Unicode.
func readRTF(data []byte, res *Result) {
	r := newRTF(data)
	r.read()
	page := r.page(1, "rtf")
	if r.depth > 0 && strings.TrimSpace(page.Text) == "" {
		res.Error, res.Detail = Damaged, "it ends in the middle"
		return
	}
	res.Pages = []dossier.Page{page}
}

// rtfState is what a group inherits and ends with.
type rtfState struct {
	skip     bool // a destination whose text is not the document's
	fontTab  bool
	hidden   bool
	tiny     bool
	white    bool
	shaded   bool
	font     int
	uc       int // bytes that stand for a Unicode character elsewhere
	optional bool
}

type rtf struct {
	flow
	b       []byte
	i       int
	state   rtfState
	stack   []rtfState
	depth   int
	page0   encoding.Encoding
	fonts   map[int]rtfFont
	colours []bool // whether a colour is white
	inTable bool
	opened  bool // a group has just begun
	skipN   int  // bytes that a \u left to be passed over
	high    uint16
	pending []byte // bytes of the code page not yet decoded
}

type rtfFont struct {
	name    string
	charset encoding.Encoding
}

func newRTF(data []byte) *rtf {
	return &rtf{b: data, page0: charmap.Windows1252, fonts: map[int]rtfFont{}, state: rtfState{uc: 1}}
}

// rtfSkipped are destinations that hold no text of the document.
var rtfSkipped = map[string]bool{"stylesheet": true, "info": true, "pict": true, "objdata": true, "themedata": true,
	"colorschememapping": true, "datastore": true, "latentstyles": true, "listtable": true, "listoverridetable": true, "rsidtbl": true, "generator": true, "xmlnstbl": true,
	"fldinst": true, "bkmkstart": true, "bkmkend": true, "template": true, "filetbl": true, "revtbl": true, "userprops": true, "mmathPr": true, "wgrffmtfilter": true,
	"pgdsctbl": true, "private": true, "falt": true, "panose": true, "sp": true, "shprslt": true, "nonshppict": true, "atnid": true, "atnauthor": true,
	"annotation": true, "atrfstart": true, "atrfend": true, "passwordhash": true, "ftnsep": true, "ftnsepc": true, "aftnsep": true, "aftnsepc": true, "fontemb": true, "operator": true}

// rtfText is what some control words stand for in the text. Notes and headers begin
// where they stand, apart by a space.
var rtfText = map[string]string{"line": "\n", "softline": "\n", "tab": "\t", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
	"emspace": " ", "enspace": " ", "qmspace": " ", "footnote": " ", "header": " ", "footer": " ", "headerl": " ", "headerr": " ", "headerf": " ", "footerl": " ", "footerr": " ", "footerf": " "}

var rtfCharsets = map[int]encoding.Encoding{0: charmap.Windows1252, 77: charmap.Macintosh, 128: japanese.ShiftJIS, 129: korean.EUCKR, 134: simplifiedchinese.GBK, 136: traditionalchinese.Big5,
	161: charmap.Windows1253, 162: charmap.Windows1254, 163: charmap.Windows1258, 177: charmap.Windows1255, 178: charmap.Windows1256, 186: charmap.Windows1257, 204: charmap.Windows1251, 222: charmap.Windows874, 238: charmap.Windows1250}

var codePages = map[int]encoding.Encoding{437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 874: charmap.Windows874, 932: japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253, 1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258, 10000: charmap.Macintosh}

func (r *rtf) read() {
	for r.i < len(r.b) {
		r.opened = r.i > 0 && r.b[r.i-1] == '{'
		switch c := r.b[r.i]; c {
		case '{':
			r.i++
			r.settle()
			if r.depth++; r.depth > maxNesting {
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

// control reads a control word or symbol.
func (r *rtf) control() {
	if r.i >= len(r.b) {
		return
	}
	c := r.b[r.i]
	if c < 'A' || c > 'z' || c > 'Z' && c < 'a' {
		r.i++
		r.symbol(c)
		return
	}
	start := r.i
	for r.i < len(r.b) && (r.b[r.i] >= 'a' && r.b[r.i] <= 'z' || r.b[r.i] >= 'A' && r.b[r.i] <= 'Z') && r.i-start < 32 {
		r.i++
	}
	word := string(r.b[start:r.i])
	start = r.i
	if r.i < len(r.b) && r.b[r.i] == '-' {
		r.i++
	}
	for r.i < len(r.b) && r.b[r.i] >= '0' && r.b[r.i] <= '9' && r.i-start < 11 {
		r.i++
	}
	n, err := strconv.Atoi(string(r.b[start:r.i]))
	has := err == nil
	if r.i < len(r.b) && r.b[r.i] == ' ' {
		r.i++
	}
	if word == "bin" && has { // so many bytes follow that are no RTF
		r.i = min(len(r.b), r.i+max(0, n))
		return
	}
	if word == "u" && has {
		r.unicode(n)
		return
	}
	r.settle()
	r.word(word, n, has)
}

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
	case '*': // means a destination only where a group begins
		r.state.optional = r.opened
	case '\r', '\n':
		r.settle()
		r.para()
	}
}

func (r *rtf) word(word string, n int, has bool) {
	on := !has || n != 0
	if rtfSkipped[word] {
		r.state.skip = true
		return
	}
	if text := rtfText[word]; text != "" {
		r.put(text)
		return
	}
	switch word {
	case "fonttbl":
		r.state.fontTab, r.state.skip = true, true
	case "colortbl":
		r.state.skip = true
		r.readColours()
	case "ansicpg":
		if e := codePages[n]; e != nil {
			r.page0 = e
		}
	case "mac":
		r.page0 = charmap.Macintosh
	case "pc":
		r.page0 = charmap.CodePage437
	case "pca":
		r.page0 = charmap.CodePage850
	case "f":
		r.state.font = n
	case "fcharset":
		if r.state.fontTab {
			f := r.fonts[r.state.font]
			f.charset = rtfCharsets[n]
			r.fonts[r.state.font] = f
		}
	case "uc":
		r.state.uc = min(max(n, 0), 32)
	case "plain":
		r.state.font, r.state.hidden, r.state.tiny, r.state.white, r.state.shaded = 0, false, false, false, false
	case "v", "deleted":
		r.state.hidden = on
	case "fs":
		r.state.tiny = has && n <= 2
	case "cf":
		r.state.white = n > 0 && n < len(r.colours) && r.colours[n]
	case "cb", "highlight", "chcbpat":
		r.state.shaded = n > 0
	case "par", "sect", "page":
		r.para()
	case "trowd":
		if !r.inTable {
			r.inTable = true
			r.beginRow()
			r.beginCell()
		}
	case "intbl":
		if !r.inTable {
			r.inTable = true
			r.beginRow()
			r.beginCell()
		}
	case "cell", "nestcell":
		if r.inTable {
			r.endCell()
			r.beginCell()
		} else {
			r.put("\t")
		}
	case "row", "nestrow":
		if r.inTable {
			r.endCell()
			r.endRow()
			r.inTable = false
		}
	case "pard":
	case "upr": // the same twice: in a code page, and in Unicode
		r.state.skip = true
	case "ud":
		r.state.skip = false
	default:
		if r.state.optional {
			r.state.skip = r.state.skip || word != "shptxt" && word != "ud" && word != "shpinst"
		}
	}
}

// readColours reads the colour table up to its end: which colours are white.
func (r *rtf) readColours() {
	end := bytes.IndexByte(r.b[r.i:], '}')
	if end < 0 {
		return
	}
	for _, c := range strings.Split(string(r.b[r.i:r.i+end]), ";") {
		r.colours = append(r.colours, strings.Contains(c, `\red255`) && strings.Contains(c, `\green255`) && strings.Contains(c, `\blue255`))
		if len(r.colours) > 1000 {
			return
		}
	}
}

func (r *rtf) para() {
	if r.state.skip {
		return
	}
	r.paragraph()
}

// char takes one byte of text.
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

// unicode takes a character by its number; bytes that stand for it elsewhere are
// passed over.
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

// settle decodes the bytes that have piled up.
func (r *rtf) settle() {
	if len(r.pending) == 0 {
		return
	}
	b := r.pending
	r.pending = r.pending[:0]
	if r.state.fontTab {
		f := r.fonts[r.state.font]
		if name := strings.TrimSpace(strings.TrimSuffix(string(b), ";")); name != "" && f.name == "" && len(r.fonts) < 2000 {
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

func (r *rtf) put(s string) {
	st := &r.state
	switch {
	case st.skip:
	case st.hidden || st.tiny || st.white && !st.shaded && !r.inTable:
		r.hide(s)
	default:
		r.run(s, r.fonts[st.font].name)
	}
}

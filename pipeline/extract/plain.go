package extract

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

func charsetReader(label string, in io.Reader) (io.Reader, error) {
	return charset.NewReaderLabel(label, in)
}

// readText reads plain text; a form feed begins a page. What is a table of
// values parted by commas or semicolons is read as one.
func readText(data []byte, res *Result) {
	s, name := decode(data, "")
	if table, ok := asTable(s); ok {
		res.Type = typeCSV
		res.Pages = []dossier.Page{{Number: 1, Text: table, Reader: "csv/" + name}}
		return
	}
	for i, p := range strings.Split(s, "\f") {
		if i >= maxPages {
			break
		}
		res.Pages = append(res.Pages, dossier.Page{Number: i + 1, Text: p, Reader: "text/" + name})
	}
}

// asTable reads text as comma or semicolon separated values, where that is
// what it is: the same number of fields, two or more, and short ones, in each of
// three lines or more.
func asTable(s string) (string, bool) {
	s = strings.TrimPrefix(s, "\ufeff")
	head, _, _ := strings.Cut(s, "\n")
	for _, comma := range []rune{';', ','} {
		if all := strings.Count(s, string(comma)); !strings.ContainsRune(head, comma) || 3*strings.Count(s, string(comma)+" ") > all {
			continue // in prose a space follows
		}
		r := csv.NewReader(strings.NewReader(s))
		r.Comma, r.FieldsPerRecord = comma, 0
		rows, err := r.ReadAll()
		if err != nil || len(rows) < 3 || len(rows[0]) < 2 {
			continue
		}
		cells, long := 0, 0
		var b strings.Builder
		for _, row := range rows {
			for i, c := range row {
				c = strings.Join(strings.Fields(c), " ")
				if cells++; len(c) > 80 {
					long++
				}
				if i > 0 {
					b.WriteByte('\t')
				}
				b.WriteString(c)
			}
			b.WriteByte('\n')
		}
		if long*5 < cells {
			return b.String(), true
		}
	}
	return "", false
}

// decode turns bytes into text: by their byte order mark, as UTF-8, by the
// encoding that they name themselves, or by that of the old encodings in which
// they make the most sense.
func decode(data []byte, declared string) (text, name string) {
	with := func(e interface{ Bytes([]byte) ([]byte, error) }, name string) (string, string) {
		b, err := e.Bytes(data)
		if err != nil && len(b) == 0 {
			return strings.ToValidUTF8(string(data), "\ufffd"), "utf-8"
		}
		return string(b), name
	}
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe, 0, 0}):
		return with(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewDecoder(), "utf-32le")
	case bytes.HasPrefix(data, []byte{0, 0, 0xfe, 0xff}):
		return with(utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewDecoder(), "utf-32be")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}) || wide(data) == 1:
		return with(textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM).NewDecoder(), "utf-16le")
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}) || wide(data) == 2:
		return with(textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM).NewDecoder(), "utf-16be")
	case utf8.Valid(data):
		return string(data), "utf-8"
	}
	if declared != "" {
		if e, name := charset.Lookup(declared); e != nil && name != "utf-8" {
			return with(e.NewDecoder(), name)
		}
	}
	if mostlyUTF8(data) {
		return strings.ToValidUTF8(string(data), "\ufffd"), "utf-8"
	}
	if s, err := charmap.Windows1258.NewDecoder().Bytes(data); err == nil && vietnameseShare(string(s)) >= 0.6 {
		return string(s), "windows-1258"
	}
	s, _ := charmap.Windows1252.NewDecoder().Bytes(data) // TCVN3 and VNI, which look so, are recognised later
	return string(s), "windows-1252"
}

// wide tells UTF-16 without a byte order mark by its zero bytes: 1 little
// endian, 2 big endian, 0 none.
func wide(data []byte) int {
	var zeros [2]int
	n := min(len(data), 4096) &^ 1
	for i := range n {
		if data[i] == 0 {
			zeros[i&1]++
		}
	}
	switch {
	case n < 8:
	case zeros[1]*10 > n*3 && zeros[0]*20 < n:
		return 1
	case zeros[0]*10 > n*3 && zeros[1]*20 < n:
		return 2
	}
	return 0
}

// mostlyUTF8 reports whether text is UTF-8 but for a few broken bytes.
func mostlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			bad++
			n = 1
		case r >= 0x80:
			good++
		}
		i += n
	}
	return good > 4*bad
}

// vietnameseShare is the share of words with Vietnamese letters or tones, of
// those with anything beyond ASCII, that are syllables.
func vietnameseShare(s string) float64 {
	good, all := 0, 0
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if isASCII(w) {
			continue
		}
		all++
		if language.Syllable(w) {
			good++
		}
	}
	if all < 3 {
		return 0
	}
	return float64(good) / float64(all)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// readHTML reads the text of a page of HTML; scripts and styles are left out,
// and what is not shown is kept apart.
func readHTML(data []byte, res *Result) {
	_, label, _ := charset.DetermineEncoding(data[:min(len(data), 4096)], "")
	if !bytes.Contains(bytes.ToLower(data[:min(len(data), 4096)]), []byte("charset")) {
		label = ""
	}
	s, name := decode(data, label)
	f, err := htmlText(s)
	if err != nil {
		fail(res, err)
		return
	}
	res.Pages = []dossier.Page{f.page(1, "html/"+name)}
}

var htmlBlocks = map[string]bool{"p": true, "div": true, "li": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "section": true, "article": true, "header": true, "footer": true, "blockquote": true, "pre": true, "dt": true, "dd": true, "option": true, "figcaption": true, "caption": true, "title": true, "form": true, "ul": true, "ol": true, "hr": true, "address": true, "main": true, "nav": true, "aside": true}

var htmlSkipped = map[string]bool{"script": true, "style": true, "noscript": true, "template": true, "svg": true, "iframe": true, "object": true}

var htmlVoid = map[string]bool{"br": true, "hr": true, "img": true, "input": true, "meta": true, "link": true, "wbr": true, "col": true, "base": true, "area": true, "embed": true, "source": true, "track": true, "param": true}

// htmlRow tells whether a row of a table, and a cell of it, are open.
type htmlRow struct{ row, cell bool }

// htmlImplied are elements that end where the next of their kind begins.
var htmlImplied = map[string]bool{"p": true, "li": true, "td": true, "th": true, "tr": true, "dt": true, "dd": true, "option": true}

// htmlText walks HTML by its tokens, without building a tree: nesting costs
// nothing.
func htmlText(s string) (*flow, error) {
	z := html.NewTokenizer(strings.NewReader(s))
	w := &htmlWalker{space: true}
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); err != io.EOF {
				return &w.flow, err
			}
			return &w.flow, nil
		case html.StartTagToken:
			w.start(z)
		case html.SelfClosingTagToken:
			if name, _ := z.TagName(); string(name) == "br" {
				w.newline()
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(string(name))
		case html.TextToken:
			w.text(string(z.Text()))
		}
	}
}

// htmlWalker is the state of a walk over HTML.
type htmlWalker struct {
	flow
	skip      int    // inside scripts and the like
	hiding    int    // inside an element that is not shown: how many of its kind are open
	hidingTag string // its kind
	space     bool   // a space would be one too many here
	fonts     []string
	open      []htmlRow // one for each open table
}

func (w *htmlWalker) put(s string) {
	switch {
	case w.skip > 0:
	case w.hiding > 0:
		w.hide(s)
	case len(w.fonts) > 0:
		w.run(s, w.fonts[len(w.fonts)-1])
	default:
		w.add(s)
	}
}

func (w *htmlWalker) newline() {
	if !w.space || len(w.cells) == 0 {
		w.flush()
		w.put("\n")
	}
	w.space = true
}

func (w *htmlWalker) closeCell() {
	if n := len(w.open); n > 0 && w.open[n-1].cell {
		w.endCell()
		w.open[n-1].cell = false
	}
}

func (w *htmlWalker) closeRow() {
	w.closeCell()
	if n := len(w.open); n > 0 && w.open[n-1].row {
		w.endRow()
		w.open[n-1].row, w.space = false, true
	}
}

func (w *htmlWalker) openRow() {
	w.beginRow()
	w.open[len(w.open)-1].row = true
}

func (w *htmlWalker) start(z *html.Tokenizer) {
	name, more := z.TagName()
	tag, face, hide := string(name), "", false
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		switch string(k) {
		case "style":
			style := strings.ReplaceAll(strings.ToLower(string(v)), " ", "")
			hide = hide || strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") || strings.Contains(style, "font-size:0")
		case "face":
			face = string(v)
		case "hidden":
			hide = true
		}
	}
	if !htmlVoid[tag] {
		w.hideFrom(tag, hide)
	}
	switch {
	case htmlSkipped[tag]:
		w.skip++
	case tag == "font":
		w.fonts = append(w.fonts, face)
	case tag == "br":
		w.newline()
	case tag == "table":
		w.newline()
		if len(w.open) < 100 {
			w.open = append(w.open, htmlRow{})
		}
	case tag == "tr" && len(w.open) > 0:
		w.closeRow()
		w.openRow()
	case (tag == "td" || tag == "th") && len(w.open) > 0:
		if w.closeCell(); !w.open[len(w.open)-1].row {
			w.openRow()
		}
		w.beginCell()
		w.open[len(w.open)-1].cell, w.space = true, true
	case htmlBlocks[tag]:
		w.newline()
	}
}

// hideFrom keeps count of an element that is not shown, until it ends.
func (w *htmlWalker) hideFrom(tag string, hide bool) {
	if w.hiding > 0 && tag == w.hidingTag {
		if htmlImplied[tag] {
			w.hiding = 0 // its end went without saying
		} else {
			w.hiding++
		}
	}
	if w.hiding == 0 && hide {
		w.hiding, w.hidingTag = 1, tag
	}
}

func (w *htmlWalker) end(tag string) {
	if w.hiding > 0 && tag == w.hidingTag {
		w.hiding--
	}
	switch {
	case htmlSkipped[tag]:
		w.skip = max(0, w.skip-1)
	case tag == "font" && len(w.fonts) > 0:
		w.flush()
		w.fonts = w.fonts[:len(w.fonts)-1]
	case tag == "td" || tag == "th":
		w.closeCell()
	case tag == "tr":
		w.closeRow()
	case tag == "table" && len(w.open) > 0:
		w.closeRow()
		w.open = w.open[:len(w.open)-1]
	case htmlBlocks[tag]:
		w.newline()
	}
}

func (w *htmlWalker) text(s string) {
	if w.skip > 0 || s == "" {
		return
	}
	words := strings.Join(strings.Fields(s), " ")
	if words == "" {
		if !w.space {
			w.put(" ")
			w.space = true
		}
		return
	}
	if r, _ := utf8.DecodeRuneInString(s); unicode.IsSpace(r) && !w.space {
		w.put(" ")
	}
	w.put(words)
	r, _ := utf8.DecodeLastRuneInString(s)
	if w.space = unicode.IsSpace(r); w.space {
		w.put(" ")
	}
}

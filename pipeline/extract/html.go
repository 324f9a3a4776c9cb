package extract

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
)

// readHTML reads the text of an HTML page. Scripts and styles are left out; text that is not shown is
// kept separately.
func readHTML(data []byte, res *Result) {
	_, label, _ := charset.DetermineEncoding(data[:min(len(data), 4096)], "")
	if !bytes.Contains(bytes.ToLower(data[:min(len(data), 4096)]), []byte("charset")) {
		label = ""
	}
	s, name := cleantext.Decode(data, label)
	f, err := htmlText(s)
	if err != nil {
		fail(res, err)
		return
	}
	res.Pages = []dossier.Page{f.Page(1, "html/"+name)}
}

// htmlBlocks are elements that begin and end a line.
var htmlBlocks = map[string]bool{"p": true, "div": true, "li": true, "h1": true, "h2": true, "h3": true,
	"h4": true, "h5": true, "h6": true, "section": true, "article": true, "header": true, "footer": true,
	"blockquote": true, "pre": true, "dt": true, "dd": true, "option": true, "figcaption": true,
	"caption": true, "title": true, "form": true, "ul": true, "ol": true, "hr": true, "address": true,
	"main": true, "nav": true, "aside": true}

// htmlSkipped are elements whose content is not text of the page.
var htmlSkipped = map[string]bool{"script": true, "style": true, "noscript": true, "template": true,
	"svg": true, "iframe": true, "object": true}

// htmlVoid are elements without an end.
var htmlVoid = map[string]bool{"br": true, "hr": true, "img": true, "input": true, "meta": true, "link": true,
	"wbr": true, "col": true, "base": true, "area": true, "embed": true, "source": true, "track": true,
	"param": true}

// htmlRow is the state of an open table: whether a row of it, and a cell, are open.
type htmlRow struct{ row, cell bool }

// htmlImplied are elements that end where the next of their kind begins.
var htmlImplied = map[string]bool{"p": true, "li": true, "td": true, "th": true, "tr": true, "dt": true,
	"dd": true, "option": true}

// htmlText reads HTML token by token, without building a tree: nesting costs nothing.
func htmlText(s string) (*layout.Flow, error) {
	z := html.NewTokenizer(strings.NewReader(s))
	w := &htmlWalker{space: true}
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); err != io.EOF {
				return &w.Flow, err
			}
			return &w.Flow, nil
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
	layout.Flow
	skip      int    // inside scripts and the like
	hiding    int    // inside an element that is not shown: how many of its kind are open
	hidingTag string // its kind
	space     bool   // a space would be one too many here
	fonts     []string
	open      []htmlRow // one for each open table
}

// put adds text as shown or hidden.
func (w *htmlWalker) put(s string) {
	switch {
	case w.skip > 0:
	case w.hiding > 0:
		w.Hide(s)
	case len(w.fonts) > 0:
		w.Run(s, w.fonts[len(w.fonts)-1])
	default:
		w.Add(s)
	}
}

// newline begins a line.
func (w *htmlWalker) newline() {
	if !w.space || !w.InCell() {
		w.Paragraph()
	}
	w.space = true
}

// closeCell ends the open cell of the innermost table.
func (w *htmlWalker) closeCell() {
	if n := len(w.open); n > 0 && w.open[n-1].cell {
		w.EndCell()
		w.open[n-1].cell = false
	}
}

// closeRow ends the open row of the innermost table.
func (w *htmlWalker) closeRow() {
	w.closeCell()
	if n := len(w.open); n > 0 && w.open[n-1].row {
		w.EndRow()
		w.open[n-1].row, w.space = false, true
	}
}

// openRow begins a row of the innermost table.
func (w *htmlWalker) openRow() {
	w.BeginRow()
	w.open[len(w.open)-1].row = true
}

// start handles the beginning of an element.
func (w *htmlWalker) start(z *html.Tokenizer) {
	tag, face, hide := htmlTag(z)
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
			w.BeginTable()
		}
	case tag == "tr" && len(w.open) > 0:
		w.closeRow()
		w.openRow()
	case (tag == "td" || tag == "th") && len(w.open) > 0:
		if w.closeCell(); !w.open[len(w.open)-1].row {
			w.openRow()
		}
		w.BeginCell()
		w.open[len(w.open)-1].cell, w.space = true, true
	case htmlBlocks[tag]:
		w.newline()
	}
}

// htmlTag returns an element's name, the font that it sets, and whether it is hidden.
func htmlTag(z *html.Tokenizer) (tag, face string, hide bool) {
	name, more := z.TagName()
	tag = string(name)
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		switch string(k) {
		case "style":
			hide = hide || hidingStyle(string(v))
		case "face":
			face = string(v)
		case "hidden":
			hide = true
		}
	}
	return tag, face, hide
}

// hidingStyle reports whether a style attribute makes its element invisible.
func hidingStyle(style string) bool {
	style = strings.ReplaceAll(strings.ToLower(style), " ", "")
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden") ||
		strings.Contains(style, "font-size:0")
}

// hideFrom tracks an element that is not shown, until it ends.
func (w *htmlWalker) hideFrom(tag string, hide bool) {
	if w.hiding > 0 && tag == w.hidingTag {
		if htmlImplied[tag] {
			w.hiding = 0 // its end is implied
		} else {
			w.hiding++
		}
	}
	if w.hiding == 0 && hide {
		w.hiding, w.hidingTag = 1, tag
	}
}

// end handles the end of an element.
func (w *htmlWalker) end(tag string) {
	if w.hiding > 0 && tag == w.hidingTag {
		w.hiding--
	}
	switch {
	case htmlSkipped[tag]:
		w.skip = max(0, w.skip-1)
	case tag == "font" && len(w.fonts) > 0:
		w.Flush()
		w.fonts = w.fonts[:len(w.fonts)-1]
	case tag == "td" || tag == "th":
		w.closeCell()
	case tag == "tr":
		w.closeRow()
	case tag == "table" && len(w.open) > 0:
		w.closeRow()
		w.open = w.open[:len(w.open)-1]
		w.EndTable()
	case htmlBlocks[tag]:
		w.newline()
	}
}

// text adds text with its white space collapsed.
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

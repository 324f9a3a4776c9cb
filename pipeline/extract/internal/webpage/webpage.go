// Package webpage reads HTML and Markdown: their blocks in reading order, with the state of form controls,
// apart from the text that a person who opens the page in a browser does not see.
//
// A page is read in three steps, each in files of its own:
//
//   - style sheets: sources.go finds them, css.go parses their rules, selector.go and media.go decide where and
//     when these apply, scan.go has the lexical part;
//   - styles: cascade.go finds the declarations of each element, values.go evaluates lengths and colours, and
//     style.go computes from them whether text is seen, with browser.go, font.go, box.go, effects.go, paint.go
//     and pseudo.go for one group of properties each; cover.go finds what lies over other text;
//   - blocks: walk.go, table.go and controls.go write them.
//
// webpage.go also reads pages that are too large or too deep for that; markdown.go turns Markdown into HTML.
//
// The medium is a browser's window on an ordinary screen. What depends on something that the file does not
// hold (an external style sheet, a script, the size of the window) may go either way: text for which that
// matters is uncertain.
package webpage

import (
	"iter"
	"strings"

	"golang.org/x/net/html"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// Options say what a page comes from, which decides whether scripts run and how deep it is in other pages.
type Options struct {
	Mail  bool // it is the body of a letter: mail programs run no scripts
	depth int  // of pages within pages (srcdoc)
}

// maxTags is the number of tags up to which a page is read by its styles; its tree takes some 200 bytes a
// tag, so at most 80 MB of the memory of a reading process.
const maxTags = 400_000

// maxFrames is the maximum depth of pages within pages.
const maxFrames = 2

// Read reads a page. It comes to an end on any input: a page that is too large, too deep or too costly is
// read with less certainty, never in part.
func Read(s string, o Options) *layout.Flow {
	if strings.Count(s, "<") > maxTags {
		return flat(s)
	}
	root, err := html.ParseWithOptions(strings.NewReader(s), html.ParseOptionEnableScripting(!o.Mail))
	if err != nil { // elements nested more than 512 deep
		return flat(s)
	}
	d := newDocument(root, o)
	d.compute()
	d.cover()
	w := &walker{doc: d, space: true}
	w.children(root)
	w.newline()
	if d.unknown { // something that is not in the file may hide any text
		markUncertain(w.Nodes())
	}
	return &w.Flow
}

// markUncertain marks all blocks that are in the text as uncertain.
func markUncertain(nodes []*layout.Node) {
	layout.Each(nodes, func(n *layout.Node) {
		if n.Visibility == "" && (len(n.Spans) > 0 || n.Table != nil) {
			n.Visibility = dossier.Uncertain
		}
	})
}

// attr returns an attribute of an element, and whether it has it. Keys are in lower case, as the parser
// makes them.
func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

// value returns an attribute of an element; "" if it is missing.
func value(n *html.Node, key string) string {
	v, _ := attr(n, key)
	return v
}

// textOf returns the text of a node and what is in it, without the content of scripts and styles.
func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent != nil && !raw[c.Parent.Data] {
			b.WriteString(c.Data + " ")
		}
	}
	return collapse(b.String())
}

// raw are elements whose text is code.
var raw = map[string]bool{"script": true, "style": true}

// flat reads a page that is too large or too deep for a tree: token by token, as paragraphs. Nothing is
// known of what is seen, so all its text is uncertain.
func flat(s string) *layout.Flow {
	r := flatReader{flow: &layout.Flow{}, space: true}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken: // also the end
			r.flow.Paragraph()
			markUncertain(r.flow.Nodes())
			return r.flow
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			r.tag(z.Token())
		case html.TextToken:
			r.text(string(z.Text()))
		}
	}
}

// flatReader writes the text of a page as its tokens come.
type flatReader struct {
	flow  *layout.Flow
	skip  string // the element that is left out; "" outside of one
	space bool   // the line has no text yet
}

// tag takes a tag into account: elements that are not shown are left out up to their end, others end the
// line.
func (r *flatReader) tag(t html.Token) {
	switch {
	case t.Type == html.StartTagToken && r.skip == "" && (raw[t.Data] || goneTags[t.Data] || t.Data == "noscript"):
		r.skip = t.Data
	case t.Type == html.EndTagToken && t.Data == r.skip:
		r.skip = ""
	case (blockTags[t.Data] || t.Data == "br") && !r.space:
		r.flow.Paragraph()
		r.space = true
	}
}

// text adds a piece of text. A space goes between pieces even if the page has none, such as between two
// cells.
func (r *flatReader) text(s string) {
	words := collapse(s)
	switch {
	case r.skip != "" || words == "":
	case r.space:
		r.flow.Add(words)
		r.space = false
	default:
		r.flow.Add(" " + words)
	}
}

// elements yields the elements directly in a node.
func elements(n *html.Node) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode && !yield(c) {
				return
			}
		}
	}
}

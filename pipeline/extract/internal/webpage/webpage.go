// Package webpage reads HTML and Markdown: their blocks in reading order, with the state of form controls, apart from
// the text that a person who opens the page in a browser does not see.
//
// css.go parses style sheets, values.go their lengths and colours, cascade.go finds the declarations of each element,
// style.go computes from them whether its text is seen, cover.go finds what lies over other text, walk.go and
// controls.go write the blocks, flat.go reads pages that are too large or too deep for that, markdown.go turns
// Markdown into HTML.
//
// The medium is a browser's window on an ordinary screen. What depends on something that the file does not hold (an
// external style sheet, a script, the size of the window) may go either way: text for which that matters is uncertain.
package webpage

import (
	"strings"

	"golang.org/x/net/html"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// Options say where a page comes from.
type Options struct {
	Mail  bool // it is the body of a letter: mail programs run no scripts
	depth int  // of pages within pages (srcdoc)
}

// maxTags is the number of tags up to which a page is read by its styles; its tree takes some 200 bytes a tag.
const maxTags = 400_000

// maxFrames is the maximum depth of pages within pages.
const maxFrames = 2

// Read reads a page.
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

// attr returns an attribute of an element, and whether it has it.
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

package docs

import (
	"bytes"
	"fmt"
	"html/template"
	"path"
	"strings"
	"sync"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Root is the path under which the pages show the manual.
const Root = "/help"

// topicKey is the context key of the topic that is being rendered.
var topicKey = parser.NewContextKey()

// markdown renders CommonMark with tables. Raw HTML is left out, which is goldmark's default, so a page holds no
// script or style that the content security policy of the pages would have to allow.
var markdown = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithAutoHeadingID(),
			parser.WithASTTransformers(util.Prioritized(adapter{}, 100))),
	)
})

// HTML renders the page without its first heading, which is in Title. Links to other pages lead beneath Root.
func (p Page) HTML() (template.HTML, error) {
	ctx := parser.NewContext(parser.WithIDs(&headingIDs{}))
	ctx.Set(topicKey, p.Topic)
	var b bytes.Buffer
	if err := markdown().Convert([]byte(p.Text), &b, parser.WithContext(ctx)); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // goldmark escapes the text and leaves raw HTML out
}

// Path returns the path of the page below the address of the pages.
func (p Page) Path() string { return Root + "/" + p.Topic }

// adapter fits the tree of a page into the pages of kheo.
type adapter struct{}

// Transform removes the title and HTML, such as the comment at the top of a generated page, and resolves links between
// pages.
func (adapter) Transform(doc *ast.Document, source text.Reader, ctx parser.Context) {
	topic, _ := ctx.Get(topicKey).(string)
	if h, ok := doc.FirstChild().(*ast.Heading); ok && h.Level == 1 {
		doc.RemoveChild(doc, h)
	}
	var html []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		if link, ok := n.(*ast.Link); ok && entering {
			link.Destination = []byte(resolve(topic, string(link.Destination)))
		}
		if picture, ok := n.(*ast.Image); ok && entering {
			picture.Destination = []byte(Root + "/" + string(picture.Destination))
		}
		if entering && (n.Kind() == ast.KindHTMLBlock || n.Kind() == ast.KindRawHTML) {
			html = append(html, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range html {
		n.Parent().RemoveChild(n.Parent(), n)
	}
}

// headingIDs gives headings the ids that code hosting sites give them, so that links to headings work there and here:
// lower case, spaces as hyphens, no punctuation but hyphens and underscores, and a number after an id that is taken.
type headingIDs struct{ taken map[string]int }

// Generate returns the id of a heading.
func (h *headingIDs) Generate(value []byte, _ ast.NodeKind) []byte {
	id := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, string(value))
	if h.taken == nil {
		h.taken = map[string]int{}
	}
	n := h.taken[id]
	h.taken[id]++
	if n > 0 {
		id = fmt.Sprintf("%s-%d", id, n)
	}
	return []byte(id)
}

// Put records an id that is set in the text.
func (h *headingIDs) Put(value []byte) {
	if h.taken == nil {
		h.taken = map[string]int{}
	}
	h.taken[string(value)]++
}

// resolve returns the address of what a page links to. Links to other pages of the manual are relative file names.
func resolve(topic, to string) string {
	name, anchor, _ := strings.Cut(to, "#")
	if strings.Contains(to, ":") || !strings.HasSuffix(name, ".md") {
		return to
	}
	out := Root + "/" + topicOf(path.Join(folderOf(topic), name))
	if anchor != "" {
		out += "#" + anchor
	}
	return out
}

// folderOf returns the folder of a topic's file: "adr" for "adr" and for "adr/0001-records", otherwise "".
func folderOf(topic string) string {
	if topic == "adr" {
		return topic
	}
	if dir := path.Dir(topic); dir != "." {
		return dir
	}
	return ""
}

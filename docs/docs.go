// Package docs embeds the manual, so that the program carries it: `kheo help TOPIC` prints a page, and the pages
// render it under /help.
//
// [Pages] lists the manual in its order, [Find] returns a page by its topic, and [Page] renders one as HTML. A page
// that is added belongs into that order and into README.md. Links, anchors, commands and rulesets in the pages are
// tested here and in cmd/kheo, so that the manual does not promise what the program does not do.
package docs

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed *.md adr/*.md pages/*.png
var files embed.FS

// Picture returns a picture of the manual by its path below docs, such as pages/list.png.
func Picture(name string) ([]byte, bool) {
	if path.Ext(name) != ".png" || path.Dir(name) != "pages" {
		return nil, false
	}
	b, err := files.ReadFile(name)
	return b, err == nil
}

// Page is one page of the manual.
type Page struct {
	Topic string // the name by which it is asked for, such as "rulesets" or "adr/0001-records"
	Title string // the text of its first heading
	Text  string // Markdown
}

// order lists the topics in the order in which a reader meets them. Pages that it does not name follow by name.
var order = []string{"tutorial", "rulesets", "rulesets-in-the-browser", "rulesets-reference", "values",
	"campaign-reference", "reading", "search", "desk", "review", "committee", "evidence", "by-mail", "api",
	"operations", "security", "benchmarks", "architecture", "glossary", "adr"}

// Pages returns every page of the manual: first those of the main topics, in reading order, then the decision
// records by number.
func Pages() []Page { return slices.Clone(pages()) }

// pages reads the manual once: every page of a site links to it.
var pages = sync.OnceValue(func() []Page {
	var out []Page
	names, _ := fs.Glob(files, "*.md") // the patterns are constant and valid
	records, _ := fs.Glob(files, "adr/*.md")
	for _, name := range append(names, records...) {
		text, _ := files.ReadFile(name) // the name was just listed
		out = append(out, Page{Topic: topicOf(name), Title: title(string(text)), Text: string(text)})
	}
	rank := func(p Page) int {
		if i := slices.Index(order, p.Topic); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(out, func(a, b Page) int { return rank(a) - rank(b) })
	return out
})

// Find returns the page of a topic. The topic may carry a folder, and the ending .md, as links do.
func Find(topic string) (Page, bool) {
	topic = topicOf(path.Clean(topic))
	for _, p := range pages() {
		if p.Topic == topic {
			return p, true
		}
	}
	return Page{}, false
}

// topicOf returns the topic of a file name. The index of a folder has the name of the folder.
func topicOf(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".md"), "/README")
}

// title returns the text of the first heading of a Markdown text.
func title(text string) string {
	for line := range strings.Lines(text) {
		if t, ok := strings.CutPrefix(line, "# "); ok {
			return strings.TrimSpace(t)
		}
	}
	return ""
}

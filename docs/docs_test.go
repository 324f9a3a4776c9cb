package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// outside are the Markdown files of the repository that are not part of the manual.
var outside = []string{
	"../README.md",
	"../CONTRIBUTING.md",
	"../SECURITY.md",
	"../CHANGELOG.md",
	"../samples/README.md",
}

// markdownFiles returns the text of every Markdown file that is checked, by its path from this folder.
func markdownFiles(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	records, err := filepath.Glob("adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(append(names, records...), outside...) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

// parse returns the tree of a Markdown text, with the ids of its headings.
func parse(source string) ast.Node {
	ctx := parser.NewContext(parser.WithIDs(&headingIDs{}))
	return markdown().Parser().Parse(text.NewReader([]byte(source)), parser.WithContext(ctx))
}

// anchors returns the ids of the headings of a text.
func anchors(source string) map[string]bool {
	out := map[string]bool{}
	_ = ast.Walk(parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			if id, ok := h.AttributeString("id"); ok {
				out[string(id.([]byte))] = true
			}
		}
		return ast.WalkContinue, nil
	})
	return out
}

var linkRE = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Each link between Markdown files leads to a file that exists, and to a heading of it.
func TestLinksAndAnchorsResolve(t *testing.T) {
	all := markdownFiles(t)
	found := 0
	for name, source := range all {
		for _, m := range linkRE.FindAllStringSubmatch(source, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			found++
			file, anchor, _ := strings.Cut(m[1], "#")
			to := name
			if file != "" {
				to = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, m[1])
				continue
			}
			if anchor != "" && !anchors(all[to])[anchor] {
				t.Errorf("%s links to %s, and %s has no heading #%s", name, m[1], to, anchor)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d links were found", found)
	}
}

// A link on a page of the manual stays in the manual: the program does not carry other files.
func TestThePagesLinkToPages(t *testing.T) {
	hrefRE := regexp.MustCompile(`href="([^"]*)"`)
	for _, p := range Pages() {
		html, err := p.HTML()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range hrefRE.FindAllStringSubmatch(string(html), -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.Contains(to, "://") {
				continue
			}
			topic, ok := strings.CutPrefix(to, Root+"/")
			if _, known := Find(topic); !ok || !known {
				t.Errorf("%s links to %s, which is not a page of the manual", p.Topic, m[1])
			}
		}
	}
}

// The pages hold nothing that the content security policy forbids, and each has a title of its own.
func TestPagesAreSafeAndHaveTitles(t *testing.T) {
	titles := map[string]bool{}
	for _, p := range Pages() {
		if p.Title == "" || titles[p.Title] {
			t.Errorf("%s has the title %q, which is empty or that of another page", p.Topic, p.Title)
		}
		titles[p.Title] = true
		html, err := p.HTML()
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"<script", ` style="`, "javascript:", "raw HTML omitted", "<h1"} {
			if strings.Contains(string(html), bad) {
				t.Errorf("the page %s holds %q", p.Topic, bad)
			}
		}
	}
}

// Raw HTML of a page does not reach a browser.
func TestRawHTMLIsLeftOut(t *testing.T) {
	html, err := Page{
		Topic: "x",
		Text:  "# T\n\na <b>b</b> <script>alert(1)</script>\n\n<div>c</div>\n\n[l](javascript:alert(1))\n",
	}.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<b>", "<script", "<div>", "javascript:"} {
		if strings.Contains(string(html), bad) {
			t.Errorf("%q in %s", bad, html)
		}
	}
}

// Topics are found as people type them and as links name them.
func TestTopicsAreFound(t *testing.T) {
	for _, topic := range []string{"rulesets", "rulesets.md", "adr", "adr/README.md", "adr/0001-records"} {
		if p, ok := Find(topic); !ok || p.Text == "" {
			t.Errorf("there is no page %q", topic)
		}
	}
	for _, topic := range []string{"", ".", "../docs/rulesets", "nothing"} {
		if p, ok := Find(topic); ok {
			t.Errorf("%q finds the page %q", topic, p.Topic)
		}
	}
}

// goSources returns the text of all Go files of the repository, by path from its root.
func goSources(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel("..", p) // p is below ".."
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Source files, folders and tests that the manual names exist: a reader who looks for one finds it.
func TestNamedSourcesAndTestsExist(t *testing.T) {
	var (
		fileRE   = regexp.MustCompile(`\b(?:cmd|docs|index|internal|pipeline|rules|samples|scripts)/[\w/-]+\.(?:go|sh)\b`)
		folderRE = regexp.MustCompile("`((?:cmd|index|internal|pipeline|samples|scripts)/[\\w/]+)`")
		testRE   = regexp.MustCompile(`\bTest[A-Z]\w+`)
	)
	sources := goSources(t)
	tests := map[string]bool{}
	funcRE := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, text := range sources {
		for _, m := range funcRE.FindAllStringSubmatch(text, -1) {
			tests[m[1]] = true
		}
	}
	for name, text := range markdownFiles(t) {
		for _, file := range fileRE.FindAllString(text, -1) {
			if _, err := os.Stat(filepath.Join("..", file)); err != nil {
				t.Errorf("%s names %s, which does not exist", name, file)
			}
		}
		for _, m := range folderRE.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s names %s, which does not exist", name, m[1])
			}
		}
		for _, test := range testRE.FindAllString(text, -1) {
			if !tests[test] {
				t.Errorf("%s names the test %s, which does not exist", name, test)
			}
		}
	}
}

// security.md names what prevents an attack. Each identifier that it names is in the source, or the reader cannot check
// the claim.
func TestNamedIdentifiersExist(t *testing.T) {
	// Names of other programs and standards, and of what kheo does not use.
	elsewhere := map[string]bool{"FormValue": true, "autocomplete": true, "includeSubDomains": true, "journalctl": true}
	b, err := os.ReadFile("security.md")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	notInWord := func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, text := range goSources(t) {
		for _, w := range strings.FieldsFunc(text, notInWord) {
			words[w] = true
		}
	}
	for _, m := range regexp.MustCompile("`([a-zA-Z]\\w+)`").FindAllStringSubmatch(string(b), -1) {
		if !elsewhere[m[1]] && !words[m[1]] {
			t.Errorf("security.md names %s, which is not in the source", m[1])
		}
	}
}

// README stays an introduction.
func TestReadmeIsShort(t *testing.T) {
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Fields(string(b))); n > 900 {
		t.Errorf("README.md has %d words; at most 900 fit an introduction. Move the rest to docs/", n)
	}
}

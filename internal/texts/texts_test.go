package texts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// verbs are the places of values in a text: %s, %[2]s, %d, %.1f, %%.
var verbs = regexp.MustCompile(`%(?:\[\d+\])?[-+ 0-9.]*[a-zA-Z%]`)

// actions are what templates of papers fill in.
var actions = regexp.MustCompile(`\{\{.*?\}\}`)

// A text that one language lacks, or that takes other values in one than in another, is shown wrong to the readers
// of that language alone.
func TestLanguagesHaveTheSameTexts(t *testing.T) {
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	for section, list := range all {
		for key, text := range list {
			want := fills(section, text["en"])
			for _, lang := range Languages {
				if strings.TrimSpace(text[lang]) == "" {
					t.Errorf("%s.yaml: %s has no text %q", lang, section, key)
				} else if got := fills(section, text[lang]); !slices.Equal(got, want) {
					t.Errorf("%s.yaml: %s, %q takes %q, and in English %q", lang, section, key, got, want)
				}
			}
		}
	}
}

// fills are the values that a text takes, sorted by kind; languages may order them as they need.
func fills(section, text string) []string {
	if section == string(dates) {
		return nil // each language has its own way to write a date
	}
	var out []string
	for _, v := range verbs.FindAllString(text, -1) {
		out = append(out, v[len(v)-1:])
	}
	if section == "templates" {
		out = nil
		for _, a := range actions.FindAllString(text, -1) {
			if strings.HasPrefix(a, "{{range") || a == "{{end}}" {
				out = append(out, a)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Texts that nothing shows are left behind by a change, and translators keep working on them.
func TestEveryTextIsUsed(t *testing.T) {
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	eachFile(t, "../..", func(path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(b)
	})
	sources := text.String()
	var prefixes []string // of keys that are put together: "outcome." + …
	for _, m := range regexp.MustCompile(`"((?:[a-z-]+\.)*[a-z-]{2,}[.-])"`).FindAllStringSubmatch(sources, -1) {
		prefixes = append(prefixes, m[1])
	}
	quoted := map[string]bool{} // whatever is between two quotes
	for part := range strings.SplitSeq(sources, `"`) {
		quoted[part] = true
	}
	for section, list := range all {
		if section == string(dates) {
			continue // this package's own
		}
		for key := range list {
			if quoted[key] || quoted[strings.ReplaceAll(key, "-", " ")] {
				continue
			}
			if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
				t.Errorf("nothing shows the text %q of section %s", key, section)
			}
		}
	}
}

// eachFile visits the sources and page templates beneath root, without tests.
func eachFile(t *testing.T, root string, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "testdata" || n == "texts" || n == "demo" || n != ".." && strings.HasPrefix(n, ".") && len(n) > 2 {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".html") {
			visit(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Keys that the program asks for exist: a missing one would stop a page or a run at the moment that it is needed.
func TestKeysExist(t *testing.T) {
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	packages := map[string][]*ast.File{}
	fset := token.NewFileSet()
	eachFile(t, "../..", func(path string) {
		if !strings.HasSuffix(path, ".go") {
			return
		}
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], f)
	})
	for _, files := range packages {
		sections := sectionsOf(files)
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				section, key, ok := asks(n, sections)
				if !ok {
					return true
				}
				checked++
				if _, ok := all[section][key]; !ok {
					t.Errorf("%s: section %s has no text %q", fset.Position(n.Pos()), section, key)
				}
				return true
			})
		}
	}
	if checked < 30 {
		t.Errorf("only %d calls were found; the test looks for them in the wrong way", checked)
	}
}

// sectionsOf finds constants of type texts.Section: name -> section.
func sectionsOf(files []*ast.File) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				sel, ok := v.Type.(*ast.SelectorExpr)
				if ok && sel.Sel.Name == "Section" && len(v.Values) == 1 {
					out[v.Names[0].Name] = literal(v.Values[0])
				}
			}
		}
	}
	return out
}

// asks returns which text a call asks for: Text, In or Format of a section, with a key that is written out, or say of
// package rules, which is for the section of assessments.
func asks(n ast.Node, sections map[string]string) (section, key string, ok bool) {
	call, isCall := n.(*ast.CallExpr)
	if !isCall {
		return "", "", false
	}
	if f, isIdent := call.Fun.(*ast.Ident); isIdent && f.Name == "say" && sections["sentences"] != "" && len(call.Args) > 0 {
		key = literal(call.Args[0])
		return sections["sentences"], key, key != ""
	}
	sel, isSel := call.Fun.(*ast.SelectorExpr)
	if !isSel {
		return "", "", false
	}
	switch x := sel.X.(type) {
	case *ast.Ident:
		section = sections[x.Name]
	case *ast.CallExpr: // texts.Section("…")
		if s, ok := x.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Section" && len(x.Args) == 1 {
			section = literal(x.Args[0])
		}
	}
	at := map[string]int{"Text": 0, "In": 1, "Format": 0}
	i, known := at[sel.Sel.Name]
	if section == "" || !known || i >= len(call.Args) {
		return "", "", false
	}
	key = literal(call.Args[i])
	return section, key, key != ""
}

func literal(e ast.Expr) string {
	if b, ok := e.(*ast.BasicLit); ok && b.Kind == token.STRING {
		if s, err := strconv.Unquote(b.Value); err == nil {
			return s
		}
	}
	return ""
}

// BenchmarkLoad is what a command pays that says something in a person's language.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := load(); err != nil {
			b.Fatal(err)
		}
	}
}

// Words follow the number before them, by the rules of the language; a number that is no whole one has the plural.
func TestWordsFollowTheirNumber(t *testing.T) {
	for _, c := range []struct {
		lang, text string
		args       []any
		want       string
	}{
		{"en", "%d {dossier|dossiers}", []any{1}, "%d dossier"}, {"en", "%d {dossier|dossiers}", []any{0}, "%d dossiers"},
		{"nb", "%s {sak|saker}", []any{"1"}, "%s sak"}, {"en", "%s {point|points}", []any{1.5}, "%s points"},
		{"en", "%s: %[3]d {is|are}, %[2]s%% {2:it|them}", []any{"x", 1, 2}, "%s: %[3]d are, %[2]s%% it"},
		{"en", "{ a: 1 } | %d", []any{1}, "{ a: 1 } | %d"}, {"vi", "%d {a|b}", []any{1}, "%d b"},
	} {
		if got := Plural(c.lang, c.text, c.args); got != c.want {
			t.Errorf("%s with %v in %s: %q, not %q", c.text, c.args, c.lang, got, c.want)
		}
	}
}

// limits are texts whose numbers are bounds that are never 1, or names and not counts.
var limits = []string{"certain", "certain-award", "own.limits", "error.file-name", "error.upload-count", "error.upload-slow",
	"error.upload-text", "lines.list", "error.lines-many", "error.selection", "error.views", "home.failed",
	"runs.working", "deliveries.before", "refused.few-ballots"}

// No text counts "1 dossiers" or "3 piece(s)".
func TestNoTextCountsWrong(t *testing.T) {
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	brackets := regexp.MustCompile(`\p{L}\((s|es|er|e|ne|r)\)`)
	fixed := map[string]*regexp.Regexp{"en": regexp.MustCompile(`%d ([a-z]+s|were|are|have)\b`),
		"nb": regexp.MustCompile(`%d (saker|steder|filer|poster|tildelinger|modeller|linjer|personer|eksempler|vurderinger|kriterier)\b`)}
	for section, list := range all {
		if section == "templates" {
			continue // Word documents, in which counts are in tables
		}
		for key, text := range list {
			for lang, s := range text {
				if brackets.MatchString(s) {
					t.Errorf("%s.yaml: %s, %s has both forms of a word: %s", lang, section, key, s)
				}
				if f := fixed[lang]; f != nil && f.MatchString(s) && !slices.Contains(limits, key) {
					t.Errorf("%s.yaml: %s, %s has a fixed plural after a number: %s", lang, section, key, s)
				}
			}
		}
	}
}

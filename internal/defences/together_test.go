package defences

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Compiling and linking a package takes longer than most tests. So the tests of a package are compiled once for all its
// entries: each function that an entry edits is compiled as it is, and beside it as each entry leaves it. Which of them
// runs is decided by a number in the program, which is written into a copy of the compiled file. A number in the file,
// unlike a variable of the environment, is also known to the processes that the tests start from it.

// switchName is the function that reports whether the entry with a number is removed, and removedName the variable that
// holds the number.
const (
	switchName  = "defenceIsRemoved"
	removedName = "removedDefence"
	// noneRemoved is the text that holds the number, in a program from which no defence is removed.
	noneRemoved = "kheo, without defence 000"
)

// numbered returns noneRemoved with the number of an entry, which begins with 1.
func numbered(n int) string {
	return fmt.Sprintf("%s%03d", noneRemoved[:len(noneRemoved)-3], n)
}

// switches is the source that decides, in each package that is edited.
func switches(pkg string) string {
	return fmt.Sprintf("package %s\n\nvar %s = %q\n\n//go:noinline\nfunc %s(n string) bool { return %s[%d:] == n }\n",
		pkg, removedName, noneRemoved, switchName, removedName, len(noneRemoved)-3)
}

// variant is a function as an entry leaves it.
type variant struct {
	entry int
	decl  *ast.FuncDecl
	text  string // of the edited file
}

// sources is a file of the program with the functions as entries leave them.
type sources struct {
	text     string
	parsed   *ast.File
	variants map[string][]variant // by the name that funcName gives
}

// together is what the tests of one package are compiled from for several entries.
type together struct {
	files map[string]*sources // by their absolute names
}

// add adds the edits of an entry. An error says why the entry needs a program of its own: it edits something else than
// functions. Then nothing is added.
func (g *together) add(number int, e Entry) error {
	edited := map[string]string{} // by the name of the file
	for _, edit := range e.Remove {
		name, err := filepath.Abs(filepath.Join(root, edit.File))
		if err != nil {
			return err
		}
		if edited[name] == "" {
			s, err := g.source(name)
			if err != nil {
				return err
			}
			edited[name] = s.text
		}
		b, err := edit.Apply([]byte(edited[name]))
		if err != nil {
			return err
		}
		edited[name] = string(b)
	}
	found := map[string]map[string]variant{}
	for name, text := range edited {
		changed, err := changedFunctions(g.files[name], text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		found[name] = changed
	}
	for name, changed := range found {
		for f, v := range changed {
			v.entry = number
			g.files[name].variants[f] = append(g.files[name].variants[f], v)
		}
	}
	return nil
}

// source returns a file, which it reads at the first call.
func (g *together) source(name string) (*sources, error) {
	if s := g.files[name]; s != nil {
		return s, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s, err := newSources(string(b))
	if err != nil {
		return nil, err
	}
	if g.files == nil {
		g.files = map[string]*sources{}
	}
	g.files[name] = s
	return s, nil
}

func newSources(text string) (*sources, error) {
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &sources{text: text, parsed: f, variants: map[string][]variant{}}, nil
}

// changedFunctions returns the functions that differ in an edited text of the file.
func changedFunctions(s *sources, text string) (map[string]variant, error) {
	edited, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if len(edited.Decls) != len(s.parsed.Decls) {
		return nil, errors.New("declarations are added or removed")
	}
	changed := map[string]variant{}
	for i, now := range edited.Decls {
		was := s.parsed.Decls[i]
		if between(text, now.Pos(), now.End()) == between(s.text, was.Pos(), was.End()) {
			continue
		}
		if fewerImports(s.text, text, was, now) {
			continue // the function as it was still needs them
		}
		f, ok := now.(*ast.FuncDecl)
		old, okOld := was.(*ast.FuncDecl)
		if !ok || !okOld || f.Body == nil || old.Body == nil ||
			between(text, f.Pos(), f.Body.Pos()) != between(s.text, old.Pos(), old.Body.Pos()) {
			return nil, errors.New("something else than the body of a function is edited")
		}
		if err := mayBeCalled(old, f); err != nil {
			return nil, err
		}
		changed[funcName(s.text, old)] = variant{decl: f, text: text}
	}
	if len(changed) == 0 {
		return nil, errors.New("no function is edited")
	}
	return changed, nil
}

// fewerImports reports whether both declarations are imports, and the edited one imports nothing new.
func fewerImports(oldText, newText string, was, now ast.Decl) bool {
	a, ok := was.(*ast.GenDecl)
	b, okNew := now.(*ast.GenDecl)
	if !ok || !okNew || a.Tok != token.IMPORT || b.Tok != token.IMPORT {
		return false
	}
	had := map[string]bool{}
	for _, s := range a.Specs {
		had[between(oldText, s.Pos(), s.End())] = true
	}
	return !slices.ContainsFunc(b.Specs, func(s ast.Spec) bool { return !had[between(newText, s.Pos(), s.End())] })
}

// mayBeCalled returns an error if a function cannot hand its call on to a variant of itself.
func mayBeCalled(old, edited *ast.FuncDecl) error {
	if old.Name.Name == "init" || old.Name.Name == "_" {
		return fmt.Errorf("func %s cannot be called", old.Name.Name)
	}
	lists := []*ast.FieldList{old.Type.Params}
	if old.Recv != nil {
		lists = append(lists, old.Recv)
	}
	for _, l := range lists {
		for _, p := range l.List {
			if len(p.Names) == 0 || slices.ContainsFunc(p.Names, func(n *ast.Ident) bool { return n.Name == "_" }) {
				return fmt.Errorf("func %s has parameters without names", old.Name.Name)
			}
		}
	}
	for _, f := range []*ast.FuncDecl{old, edited} {
		recovers := false
		ast.Inspect(f.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name, ok := call.Fun.(*ast.Ident)
			recovers = recovers || ok && name.Name == "recover"
			return true
		})
		if recovers {
			return fmt.Errorf("func %s recovers, which only the deferred function itself can", f.Name.Name)
		}
	}
	return nil
}

// between returns a part of a text that was parsed alone.
func between(text string, from, to token.Pos) string { return text[from-1 : to-1] }

// funcName distinguishes functions and methods of a file.
func funcName(text string, f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	return between(text, f.Recv.Pos(), f.Recv.End()) + f.Name.Name
}

// String returns the source of the file: each edited function hands its call on to the variant of the entry that is
// removed. The lines of the functions keep their numbers.
func (s *sources) String() string {
	var out, end strings.Builder
	at := token.Pos(1)
	for _, d := range s.parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		variants := s.variants[funcName(s.text, f)]
		if len(variants) == 0 {
			continue
		}
		out.WriteString(between(s.text, at, f.Body.Lbrace+1))
		at = f.Body.Lbrace + 1
		for _, v := range variants {
			name := fmt.Sprintf("%sWithout%03d", f.Name.Name, v.entry)
			call := receiver(f) + name + arguments(f)
			if f.Type.Results != nil {
				call = "return " + call
			} else {
				call += "; return"
			}
			fmt.Fprintf(&out, " if %s(%q) { %s };", switchName, fmt.Sprintf("%03d", v.entry), call)
			e := v.decl
			end.WriteString("\n" + between(v.text, e.Type.Func, e.Name.Pos()) + name +
				between(v.text, e.Name.End(), e.End()) + "\n")
		}
	}
	out.WriteString(between(s.text, at, token.Pos(len(s.text)+1)))
	return out.String() + end.String()
}

// receiver returns what goes before the name of the variant in a call: that of a method has the same receiver.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	return f.Recv.List[0].Names[0].Name + "."
}

// arguments returns what follows the name of the variant in a call: the parameters as they came.
func arguments(f *ast.FuncDecl) string {
	var names []string
	for _, p := range f.Type.Params.List {
		for _, n := range p.Names {
			name := n.Name
			if _, ok := p.Type.(*ast.Ellipsis); ok {
				name += "..."
			}
			names = append(names, name)
		}
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// write writes the sources into a folder, and returns the overlay that names them.
func (g *together) write(dir string) (overlay string, err error) {
	replace := map[string]string{}
	put := func(name, text string) error {
		to := filepath.Join(dir, fmt.Sprintf("%d-%s", len(replace), filepath.Base(name)))
		replace[name] = to
		return os.WriteFile(to, []byte(text), 0o644)
	}
	for name, s := range g.files {
		if len(s.variants) == 0 {
			continue
		}
		if err := put(name, s.String()); err != nil {
			return "", err
		}
		deciding := filepath.Join(filepath.Dir(name), "removed_defence.go")
		if replace[deciding] == "" {
			if err := put(deciding, switches(s.parsed.Name.Name)); err != nil {
				return "", err
			}
		}
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o644)
}

// remove copies compiled tests with the number of an entry in them.
func remove(from string, number int, to string) error {
	binary, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if !bytes.Contains(binary, []byte(noneRemoved)) {
		return errors.New("the compiled tests do not hold which defence is removed")
	}
	without := bytes.ReplaceAll(binary, []byte(noneRemoved), []byte(numbered(number)))
	return os.WriteFile(to, without, 0o755)
}

// A function hands its call on to what an entry leaves of it; what cannot be handed on is told.
func TestDefencesAreRemovedTogether(t *testing.T) {
	const source = `package p

import (
	"fmt"
	"strings"
)

const limit = 3

type list struct{}

func (l *list) Add(names ...string) (n int, err error) {
	if len(names) > limit {
		return 0, fmt.Errorf("too many: %s", strings.Join(names, ", "))
	}
	return len(names), nil
}

func quiet(s string) {
	if s != "" {
		fmt.Println(s)
	}
}

func safe() {
	defer func() { recover() }()
}

func unnamed(int) bool { return true }
`
	s, err := newSources(source)
	if err != nil {
		t.Fatal(err)
	}
	for i, edit := range []Edit{
		{Old: "if len(names) > limit {", New: "if false {"},
		{Old: "if s != \"\" {", New: "if true {"},
		{Old: "len(names), nil", New: "0, nil"},
	} {
		b, err := edit.Apply([]byte(source))
		if err != nil {
			t.Fatal(err)
		}
		changed, err := changedFunctions(s, string(b))
		if err != nil {
			t.Fatal(err)
		}
		for f, v := range changed {
			v.entry = i + 1
			s.variants[f] = append(s.variants[f], v)
		}
	}
	got := s.String()
	for _, want := range []string{
		`(n int, err error) { if defenceIsRemoved("001") { return l.AddWithout001(names...) };` +
			` if defenceIsRemoved("003") { return l.AddWithout003(names...) };` + "\n\tif len(names) > limit {",
		`func quiet(s string) { if defenceIsRemoved("002") { quietWithout002(s); return };` + "\n\tif s != \"\" {",
		"func (l *list) AddWithout001(names ...string) (n int, err error) {\n\tif false {",
		"func (l *list) AddWithout003(names ...string) (n int, err error) {\n\tif len(names) > limit {",
		"func quietWithout002(s string) {\n\tif true {",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s\nin:\n%s", want, got)
		}
	}
	for _, edit := range []Edit{
		{Old: "limit = 3", New: "limit = 4"},
		{Old: "defer func() { recover() }()", New: ""},
		{Old: "return true", New: "return false"},
		{Old: "quiet(s string)", New: "quiet(s, t string)"},
		{Old: "\t\"fmt\"\n", New: "\t\"fmt\"\n\t\"os\"\n"},
	} {
		b, err := edit.Apply([]byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if changed, err := changedFunctions(s, string(b)); err == nil {
			t.Errorf("the edit of %q is handed on: %v", edit.Old, changed)
		}
	}
}

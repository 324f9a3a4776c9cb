// Package internal_test holds the layers of the repository and the sizes of its parts.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "kheo"

// Bounds of sizes. The exceptions below are to be emptied, never filled.
const (
	maxFiles         = 20 // non-test files of a package
	maxPipelineFiles = 15 // of the root of pipeline, which is to be read as a whole
	maxMethods       = 40 // methods of a type, without promoted ones
)

// Exceptions that still exist, by package or package.type. The test reports those that are not needed
// any more.
var (
	tooManyFiles   = []string{}
	tooManyMethods = []string{}
)

// importExceptions are imports against the layers that still exist, as "package imports package".
var importExceptions = []string{}

// pkg is what the test needs of a package.
type pkg struct {
	files   int             // non-test files
	imports map[string]bool // of this module, of non-test files
	methods map[string]int  // by type
}

// layer orders packages: one may import those of a lower layer, and of its own. Programs and
// generators of samples are on top.
func layer(p string) int {
	switch top, rest, _ := strings.Cut(p, "/"); top {
	case "internal":
		if rest == "testspace" { // a workspace for tests of all layers
			return 3
		}
		return 0
	case "index", "rules":
		if rest == "measure" {
			return 3
		}
		return 1
	case "pipeline":
		switch {
		case rest == "extract" || rest == "store" || strings.HasPrefix(rest, "extract/internal/"):
			return 1
		case strings.HasPrefix(rest, "store/"), strings.HasSuffix(rest, "/measure"):
			return 3
		}
		return 2
	}
	return 3
}

// inner is the package that an internal one belongs to; "" for other packages.
func inner(p string) string {
	outer, _, ok := strings.Cut(p, "/internal/")
	if !ok {
		return ""
	}
	return outer
}

func TestLayers(t *testing.T) {
	var found []string
	for name, p := range packages(t) {
		for imported := range p.imports {
			own := strings.HasPrefix(imported, name+"/") || inner(name) != "" && inner(name) == inner(imported) ||
				strings.HasPrefix(name, "rules/") && strings.HasPrefix(imported, "rules/") // parts of one engine
			if up := layer(imported) > layer(name); up || layer(name) == 1 && layer(imported) == 1 && !own {
				found = append(found, name+" imports "+imported)
			}
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, importExceptions) {
		t.Errorf("imports go from cmd to pipeline, to index, rules, extract and store (which do not import one another), to internal.\nagainst that:\n%s\nlisted as exceptions:\n%s",
			strings.Join(found, "\n"), strings.Join(importExceptions, "\n"))
	}
}

func TestSizes(t *testing.T) {
	files, methods := map[string]int{}, map[string]int{}
	for name, p := range packages(t) {
		bound := maxFiles
		if name == "pipeline" {
			bound = maxPipelineFiles
		}
		if p.files > bound {
			files[name] = p.files
		}
		for typ, n := range p.methods {
			if n > maxMethods {
				methods[name+"."+typ] = n
			}
		}
	}
	compare(t, "files of a package", files, tooManyFiles)
	compare(t, "methods of a type", methods, tooManyMethods)
}

// compare fails for a size over its bound that is not among the exceptions.
func compare(t *testing.T, what string, got map[string]int, exceptions []string) {
	t.Helper()
	for name, n := range got {
		if !slices.Contains(exceptions, name) {
			t.Errorf("%s: %s has %d", what, name, n)
		}
	}
	for _, name := range exceptions {
		if _, ok := got[name]; !ok {
			t.Logf("%s: %s is within the bound; remove it from the exceptions", what, name)
		}
	}
}

// packages reads all packages of the module, by their path within it.
func packages(t *testing.T) map[string]*pkg {
	t.Helper()
	out := map[string]*pkg{}
	root := ".."
	err := filepath.WalkDir(root, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && at != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(at, ".go") || strings.HasSuffix(at, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), at, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(at))
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		p := out[name]
		if p == nil {
			p = &pkg{imports: map[string]bool{}, methods: map[string]int{}}
			out[name] = p
		}
		p.add(f)
		return nil
	})
	if err != nil || len(out) < 20 {
		t.Fatalf("%d packages: %v", len(out), err)
	}
	return out
}

func (p *pkg) add(f *ast.File) {
	p.files++
	for _, i := range f.Imports {
		if s, err := strconv.Unquote(i.Path.Value); err == nil && strings.HasPrefix(s, module+"/") {
			p.imports[path.Clean(strings.TrimPrefix(s, module+"/"))] = true
		}
	}
	for _, d := range f.Decls {
		if m, ok := d.(*ast.FuncDecl); ok && m.Recv != nil {
			p.methods[receiver(m.Recv.List[0].Type)]++
		}
	}
}

// receiver is the name of the type of a method.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// A test that the Makefile leaves to make soak, or names otherwise, must exist: a renamed one would run nowhere, or
// twice.
func TestTheMakefileNamesTestsThatExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join("..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(makefile), -1) {
		named[name] = true
	}
	if len(named) < 10 {
		t.Fatalf("the Makefile names only %d tests", len(named))
	}
	err = filepath.WalkDir("..", func(p string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, "_test.go") {
			return err
		}
		b, err := os.ReadFile(p)
		for name := range named {
			if strings.Contains(string(b), "\nfunc "+name+"(t *testing.T)") {
				delete(named, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range named {
		t.Errorf("the Makefile names %s, which no package has", name)
	}
}

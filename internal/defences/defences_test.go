package defences

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.." // of the repository

func list(t *testing.T) []Entry {
	t.Helper()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every entry is complete, its edits apply to the source as it is, and its test exists.
func TestEveryDefenceIsListedWithItsTest(t *testing.T) {
	ids := map[string]bool{}
	for _, e := range list(t) {
		if e.ID == "" || e.Attack == "" || e.Defence == "" || e.Package == "" || e.Test == "" || len(e.Remove) == 0 {
			t.Errorf("%s: entry %q is not complete", e.Area, e.ID)
		}
		if ids[e.ID] {
			t.Errorf("%s: the id %q is used twice", e.Area, e.ID)
		}
		ids[e.ID] = true
		if _, err := without(e, t.TempDir()); err != nil {
			t.Errorf("%s: %v", e.ID, err)
		}
		name, _, _ := strings.Cut(e.Test, "/")
		if !hasTest(t, e.Package, name) {
			t.Errorf("%s: there is no %s in %s", e.ID, name, e.Package)
		}
	}
	if n := len(ids); n < 60 {
		t.Errorf("the list has %d entries; it does not shrink below 60", n)
	}
}

func hasTest(t *testing.T, pkg, name string) bool {
	files, err := filepath.Glob(filepath.Join(root, pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(name) + `\(`).Match(b) {
			return true
		}
	}
	return false
}

// without writes the edited sources of an entry into dir and returns the overlay that names them.
func without(e Entry, dir string) (overlay string, err error) {
	replace := map[string]string{}
	for i, edit := range e.Remove {
		source, err := filepath.Abs(filepath.Join(root, edit.File))
		if err != nil {
			return "", err
		}
		from := source
		if replace[source] != "" {
			from = replace[source] // a second edit of the same file
		}
		b, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if b, err = edit.Apply(b); err != nil {
			return "", err
		}
		replace[source] = filepath.Join(dir, fmt.Sprintf("%d-%s", i, filepath.Base(edit.File)))
		if err := os.WriteFile(replace[source], b, 0o644); err != nil {
			return "", err
		}
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o644)
}

// tries is how often a test may pass without its defence before that counts: some attacks are races, which
// an attacker does not win every time either.
const tries = 3

// Without its defence, the test of each entry fails. KHEO_SOAK=1 runs it; KHEO_DEFENCE narrows it
// to ids that match a regular expression.
func TestEachDefenceIsNeeded(t *testing.T) {
	if os.Getenv("KHEO_SOAK") == "" {
		t.Skip("make soak runs this: it compiles the tests of each package without its defences")
	}
	only := regexp.MustCompile(os.Getenv("KHEO_DEFENCE"))
	var packages []*group
	for _, e := range list(t) {
		if !only.MatchString(e.ID) {
			continue
		}
		i := slices.IndexFunc(packages, func(g *group) bool { return g.pkg == e.Package })
		if i < 0 {
			i = len(packages)
			packages = append(packages, &group{pkg: e.Package, dir: t.TempDir(), compiled: make(chan struct{})})
		}
		packages[i].entries = append(packages[i].entries, e)
	}
	go func() { // the tests of one package run while those of the next are compiled
		for _, g := range packages {
			g.compile()
		}
	}()
	for _, g := range packages {
		for i, e := range g.entries {
			t.Run(e.ID, func(t *testing.T) {
				t.Parallel()
				isNeeded(t, g, i+1, e)
			})
		}
	}
}

// group is the entries with tests in one package. Their tests are compiled together.
type group struct {
	pkg     string
	dir     string
	entries []Entry // numbered from 1

	compiled chan struct{} // closed when the fields below are set
	alone    map[int]error // why an entry needs a program of its own
	failed   error         // why nothing was compiled
}

// compile compiles the tests of the package, once for all entries that can be removed together.
func (g *group) compile() {
	defer close(g.compiled)
	var all together
	g.alone = map[int]error{}
	for i, e := range g.entries {
		if err := all.add(i+1, e); err != nil {
			g.alone[i+1] = err
		}
	}
	if len(g.entries)-len(g.alone) < 2 {
		g.failed = errors.New("there is only one entry")
		return
	}
	overlay, err := all.write(g.dir)
	if err != nil {
		g.failed = err
		return
	}
	g.failed = compile(g.pkg, g.binary(), environment("", overlay, true))
}

func (g *group) binary() string { return filepath.Join(g.dir, "tests") }

// environment is that of a command that compiles or runs tests without a defence. In those of make soak, tests try
// all of their cases.
func environment(more, overlay string, soak bool) []string {
	var env []string
	for _, s := range os.Environ() {
		if soak || !strings.HasPrefix(s, "KHEO_SOAK=") {
			env = append(env, s)
		}
	}
	env = append(env, strings.Fields(more)...)
	// The test may build kheo itself, or keep what the readers read: the overlay holds for that, too.
	return append(env, strings.TrimSpace("GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+overlay))
}

// compile compiles the tests of a package.
func compile(pkg, binary string, env []string) error {
	build := exec.Command("go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-o", binary, "./"+pkg)
	build.Dir, build.Env = root, env
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%s does not compile: %v\n%s", pkg, err, out)
	}
	return nil
}

// isNeeded runs the test of an entry without its defence. If it passes in the program that was compiled for several
// entries, or if there is none, that decides nothing: one is compiled from which only this defence is removed.
func isNeeded(t *testing.T, g *group, number int, e Entry) {
	dir := t.TempDir()
	overlay, err := without(e, dir)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "test")
	<-g.compiled
	switch reason := cmp.Or(g.alone[number], g.failed); {
	case reason != nil:
		t.Logf("compiled alone: %v", reason)
	default:
		if err := remove(g.binary(), number, binary); err != nil {
			t.Fatal(err)
		}
		if text, err := try(e, binary, environment(e.Env, overlay, false)); err == nil {
			t.Logf("compiled alone: it passes in the program of several entries")
		} else if strings.Contains(text, failure) {
			return
		}
	}
	if err := compile(e.Package, binary, environment(e.Env, overlay, true)); err != nil {
		t.Fatalf("without the defence, %v", err)
	}
	text := ""
	for i := range tries {
		if text, err = try(e, binary, environment(e.Env, overlay, i > 0)); err == nil {
			continue
		}
		if !strings.Contains(text, failure) {
			t.Errorf("%s %s did not run:\n%s", e.Package, e.Test, text)
		}
		return
	}
	t.Errorf("%s %s passes without the defence:\n%s", e.Package, e.Test, text)
}

// failure is what a test prints that fails, and not one that does not run.
const failure = "--- FAIL"

// try runs the test of an entry, and returns what it prints, and an error if it does not pass.
func try(e Entry, binary string, env []string) (text string, err error) {
	parts := strings.Split(e.Test, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(strings.ReplaceAll(p, " ", "_")) + "$"
	}
	cmd := exec.Command(binary, "-test.timeout=5m", "-test.run="+strings.Join(parts, "/"))
	cmd.Dir, cmd.Env = filepath.Join(root, e.Package), env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

package defences

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.." // the root of the repository, from this folder

// list returns all entries.
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

// hasTest reports whether a package, named by its folder, has a test function of a name.
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

// tries is how often a test may pass without its defence before that counts as a fault: some attacks are races, which
// an attacker does not win every time either.
const tries = 3

// Without its defence, the test of each entry fails. KHEO_SOAK=1 runs it; KHEO_DEFENCE narrows it
// to ids that match a regular expression.
func TestEachDefenceIsNeeded(t *testing.T) {
	if os.Getenv("KHEO_SOAK") == "" {
		t.Skip("make soak runs this: it compiles the program once for each defence")
	}
	only := regexp.MustCompile(os.Getenv("KHEO_DEFENCE"))
	for _, e := range list(t) {
		if !only.MatchString(e.ID) {
			continue
		}
		t.Run(e.ID, func(t *testing.T) {
			overlay, err := without(e, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(e.Test, "/")
			for i, p := range parts {
				parts[i] = "^" + regexp.QuoteMeta(strings.ReplaceAll(p, " ", "_")) + "$"
			}
			text, err := "", error(nil)
			for range tries {
				// The test may build kheo itself: the overlay holds for that, too.
				cmd := exec.Command(
					"go",
					"test",
					"-count=1",
					"-timeout=5m",
					"-run",
					strings.Join(parts, "/"),
					"./"+e.Package,
				)
				cmd.Dir = root
				cmd.Env = append(os.Environ(), strings.Fields(e.Env)...)
				cmd.Env = append(cmd.Env, strings.TrimSpace("GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+overlay))
				var out []byte
				out, err = cmd.CombinedOutput()
				if text = string(out); err != nil {
					break
				}
			}
			switch {
			case err == nil:
				t.Errorf("%s %s passes without the defence:\n%s", e.Package, e.Test, text)
			case !strings.Contains(text, "--- FAIL"):
				t.Errorf("%s %s did not run:\n%s", e.Package, e.Test, text)
			}
		})
	}
}

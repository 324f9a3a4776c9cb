//go:build unix

package campaign

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const password = "s3cret-of-mail"

// workspace is a folder with a campaign whose rulesets extend whatever a test says.
func workspace(t *testing.T) (dir string, c *Campaign) {
	t.Helper()
	dir = t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("mail-password.txt", password+"\n")
	write("rules/base.yaml", "ruleset: base\n")
	write("rules/deep/inner.yaml", "ruleset: inner\n")
	for link, to := range map[string]string{
		"rules/linked.yaml": "../mail-password.txt", "rules/absolute.yaml": filepath.Join(dir, "mail-password.txt"),
		"rules/out": "..", "rules/good-link.yaml": "base.yaml",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir, &Campaign{Dir: dir}
}

// Rulesets are read beneath rules/ alone, whatever names them and whatever links lie there.
func TestRulesAreReadBeneathTheirFolder(t *testing.T) {
	dir, c := workspace(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "rules", "pipe.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rules/base.yaml", "rules/deep/inner.yaml", "rules/deep/../base.yaml", "rules/good-link.yaml"} {
		if b, err := c.ReadRules(name); err != nil || !strings.HasPrefix(string(b), "ruleset:") {
			t.Errorf("%s: %q %v", name, b, err)
		}
	}
	for _, name := range []string{
		"mail-password.txt", "rules/../mail-password.txt", "../" + filepath.Base(dir) + "/mail-password.txt", filepath.Join(dir, "mail-password.txt"), "/etc/passwd",
		"rules/linked.yaml", "rules/absolute.yaml", "rules/out/mail-password.txt", "rules", "rules/", "rules/deep", "rules/pipe.yaml", "rules/none.yaml", "", "kheo.yaml",
	} {
		if b, err := c.ReadRules(name); err == nil {
			t.Errorf("%s is read: %q", name, b)
		}
	}
}

// A ruleset that a person tries from a file of their own extends those of the workspace.
func TestOwnFilesExtendRulesOfTheWorkspace(t *testing.T) {
	dir, c := workspace(t)
	own := filepath.Join(t.TempDir(), "own.yaml")
	os.WriteFile(filepath.Join(filepath.Dir(own), "beside.yaml"), []byte(password), 0o600)
	for file, names := range map[string]map[string]bool{ // the path that rules.Load makes of extends:, and whether it may be read
		own: {filepath.Join(filepath.Dir(own), "base.yaml"): true, filepath.Join(filepath.Dir(own), "beside.yaml"): false,
			filepath.Join(dir, "mail-password.txt"): false, filepath.Dir(filepath.Dir(own)) + "/mail-password.txt": false, "/etc/passwd": false},
		filepath.Join(dir, "rules", "deep", "inner.yaml"): {filepath.Join(dir, "rules", "base.yaml"): true, filepath.Join(dir, "mail-password.txt"): false},
		"own.yaml": {"base.yaml": true, "mail-password.txt": false},
	} {
		read := c.RulesBeside(file)
		for name, may := range names {
			if b, err := read(name); (err == nil) != may || strings.Contains(string(b), password) {
				t.Errorf("%s extends %s: %q %v", file, name, b, err)
			}
		}
	}
}

// kheo.yaml names rulesets beneath rules/; nothing of another file is told.
func TestKheoYAMLNamesRulesBeneathTheirFolder(t *testing.T) {
	dir, _ := workspace(t)
	for _, name := range []string{"mail-password.txt", "rules/linked.yaml", "rules/../mail-password.txt", filepath.Join(dir, "mail-password.txt"), "rules/out/mail-password.txt"} {
		yaml := "campaign: x\ntimezone: UTC\ncloses: 2026-01-01\nunits: [ { id: a, name: A } ]\nrules: [" + name + "]\n"
		if err := os.WriteFile(filepath.Join(dir, File), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err == nil || strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), "kheo.yaml:5:") || !strings.Contains(err.Error(), "outside rules/") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// readers: { confinement: … } says reduced, or full; anything else is a mistake.
func TestReadersConfinement(t *testing.T) {
	dir, _ := workspace(t)
	for say, want := range map[string]string{"": "full", "readers: { confinement: full }": "full", "readers: { confinement: reduced }": "reduced",
		"readers: { confinement: none }": "", "readers: { confinment: reduced }": "", "readers: reduced": "", "readers: { confinement: yes }": ""} {
		yaml := "campaign: x\ntimezone: UTC\ncloses: 2026-01-01\nunits: [ { id: a, name: A } ]\nrules: []\n" + say + "\n"
		os.WriteFile(filepath.Join(dir, File), []byte(yaml), 0o600)
		c, err := Load(dir)
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "kheo.yaml:6:") {
				t.Errorf("%s: %v", say, err)
			}
			continue
		}
		if err != nil || c.Readers.Reduced != (want == "reduced") {
			t.Errorf("%q: %v", say, err)
		}
	}
}

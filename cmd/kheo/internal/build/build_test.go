package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// make build records the commit in a clone and in a worktree of it, whatever GOFLAGS says, and no commit if the sources
// are part of a clone of something else.
func TestTheBuildNamesItsCommit(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	clone, tree := t.TempDir(), filepath.Join(t.TempDir(), "tree")
	said := func(dir, name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(
			os.Environ(),
			"GOFLAGS=-buildvcs=false",
			"GIT_AUTHOR_NAME=a",
			"GIT_AUTHOR_EMAIL=a@example.org",
			"GIT_COMMITTER_NAME=a",
			"GIT_COMMITTER_EMAIL=a@example.org",
		)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	put := func(at string, text []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(clone, "Makefile"), makefile)
	put(filepath.Join(clone, "vendored", "kheo", "Makefile"), makefile)
	said(clone, "git", "init", "-q")
	said(clone, "git", "add", ".")
	said(clone, "git", "commit", "-q", "-m", "x")
	said(clone, "git", "worktree", "add", "-q", tree)
	head := said(clone, "git", "rev-parse", "HEAD")
	want := `-X kheo/cmd/kheo/internal/build.commit=` + head + `"`
	for _, dir := range []string{clone, tree} {
		if got := said(dir, "make", "-n", "build"); !strings.Contains(got, want) {
			t.Errorf("in %s: %s", dir, got)
		}
	}
	if got := said(filepath.Join(clone, "vendored", "kheo"), "make", "-n", "build"); !strings.Contains(
		got,
		`-X kheo/cmd/kheo/internal/build.commit="`,
	) {
		t.Errorf("inside another clone: %s", got)
	}
	put(filepath.Join(clone, "Makefile"), append(makefile, '\n'))
	if got := said(clone, "make", "-n", "build"); !strings.Contains(got, head+"+changes") {
		t.Errorf("with changes: %s", got)
	}
	commit = head
	defer func() { commit = "" }()
	if v := Info(); v.Commit != head {
		t.Errorf("kheo version says %q", v.Commit)
	}
}

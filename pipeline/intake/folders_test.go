package intake_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"kheo/pipeline/intake"
)

// folder puts a folder with files, by name, into the inbox.
func folder(t *testing.T, k *intake.Ingester, entry string, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(k.Inbox, entry)
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A folder beyond the bounds stays in the inbox, whole, with a reason that says what to do; nothing of it is
// recorded.
func TestFoldersBeyondTheBoundsStay(t *testing.T) {
	for name, make := range map[string]func(k *intake.Ingester) (entry, last string){
		"nested too deep": func(k *intake.Ingester) (string, string) {
			inside := strings.Repeat("a/", 40) + "deep.txt"
			return "deep", filepath.Join(folder(t, k, "deep", map[string]string{inside: "x"}), inside)
		},
		"too many names": func(k *intake.Ingester) (string, string) {
			dir := folder(t, k, "many", map[string]string{"0.txt": "x"})
			for i := range 20_001 {
				if err := os.Link(filepath.Join(dir, "0.txt"), filepath.Join(dir, fmt.Sprintf("l%d.txt", i))); err != nil {
					t.Fatal(err)
				}
			}
			return "many", filepath.Join(dir, "l20000.txt")
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := taker(t)
			entry, last := make(k)
			_, err := k.Ingest(t.Context(), intake.Entry{Name: entry})
			if err == nil || !strings.Contains(err.Error(), "deliver it as an archive") {
				t.Errorf("the error is %v", err)
			}
			if _, err := os.Stat(last); err != nil {
				t.Errorf("not all of it stays in the inbox: %v", err)
			}
			if n := len(accepted(t, k)); n != 0 {
				t.Errorf("%d dossiers are recorded", n)
			}
		})
	}
}

// Names of files that act on terminals or read otherwise than they are, are cleaned; no two files get the
// same name.
func TestNamesOfFilesAreCleaned(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems refuse such names themselves")
	}
	k := taker(t)
	folder(t, k, "hostile", map[string]string{
		"a\x1b[31m.txt": "1", "b\u202etxt.exe": "2", "c\\..\\..\\d.txt": "3", "e\xff.txt": "4",
		"f:.txt": "5", "f\x01.txt": "6", "sub/ g .txt": "7", "dossier.yaml\n": "kind: model",
	})
	if _, err := k.Ingest(t.Context(), intake.Entry{Name: "hostile"}); err != nil {
		t.Fatal(err)
	}
	all := accepted(t, k)
	if len(all) != 1 || len(all[0].Files) != 8 {
		t.Fatalf("%+v", all)
	}
	var names []string
	for _, f := range all[0].Files {
		acts := func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
		if !utf8.ValidString(f.Name) || strings.ContainsFunc(f.Name, acts) || strings.Contains(f.Name, "..") ||
			strings.ContainsAny(f.Name, `\:`) || slices.Contains(names, f.Name) {
			t.Errorf("a file is called %q", f.Name)
		}
		names = append(names, f.Name)
	}
}

// A manifest that is large, recursive or not text at all costs nothing and is not a reason to refuse the
// dossier: it is kept as a document that could not be read.
func TestHostileManifests(t *testing.T) {
	for name, text := range map[string]string{
		"too large": "title: " + strings.Repeat("x", 70<<10),
		"aliases":   "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nkind: *c\n",
		"binary":    "\x00\x01\x02\xff\xfe",
		"deep":      "facts: " + strings.Repeat("[", 5000),
		"two kinds": "kind: model\nkind: model\n",
	} {
		t.Run(name, func(t *testing.T) {
			k := taker(t)
			folder(t, k, "x", map[string]string{"dossier.yaml": text, "report.txt": "x"})
			rc, err := k.Ingest(t.Context(), intake.Entry{Name: "x"})
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(rc.Warnings, "\n")
			if len(rc.Files) != 2 || rc.Files[0].Problem != "manifest" || !strings.Contains(said, "was not used") {
				t.Errorf("%+v, %s", rc.Files, said)
			}
		})
	}
}

// An entry that is a link or a device is not an entry; one that is replaced by a link after the look is
// refused.
func TestEntriesThatAreNotFiles(t *testing.T) {
	k := taker(t)
	outside := filepath.Join(t.TempDir(), "private.txt")
	if err := os.WriteFile(outside, []byte("private"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(k.Inbox, "link.txt")); err != nil {
		t.Fatal(err)
	}
	looks, notes, err := intake.NewWatch(k.Inbox).Look()
	if err != nil || len(looks) != 0 || len(notes) != 1 || !strings.Contains(notes[0], "link.txt stays in the inbox") {
		t.Errorf("looks %v, notes %q, %v", looks, notes, err)
	}
	var refused *intake.Refused
	if _, err := k.Ingest(t.Context(), intake.Entry{Name: "link.txt"}); !errors.As(err, &refused) {
		t.Errorf("the link is taken: %v", err)
	}
	if b, err := os.ReadFile(outside); err != nil || string(b) != "private" || len(accepted(t, k)) != 0 {
		t.Errorf("%q %v", b, err)
	}
}

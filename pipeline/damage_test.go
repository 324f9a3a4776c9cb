package pipeline_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/testspace"
	"kheo/pipeline/operations"
	"kheo/pipeline/review"
)

// backedUp is a small workspace with events, and a backup of it.
func backedUp(t *testing.T) (dir string, backup []byte) {
	t.Helper()
	dir = small(t, 3)
	w := open(t, dir)
	defer w.Close()
	for _, id := range []string{"hoa", "mai", "lan"} {
		if err := w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: id, Name: id, Roles: []review.Role{review.Chair}}}); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := operations.Backup(t.Context(), w, &b); err != nil {
		t.Fatal(err)
	}
	return dir, b.Bytes()
}

// faultsOf are the faults that an error names; it fails the test if it is another error.
func faultsOf(t *testing.T, err error) string {
	t.Helper()
	var d *operations.Damaged
	if !errors.As(err, &d) {
		t.Fatalf("not damaged: %v", err)
	}
	return strings.Join(d.Faults, "\n")
}

// someBlobs are the kept files of a workspace.
func someBlobs(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "var", "blobs", "??", "*"))
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	return list
}

// A workspace in which something is damaged is not backed up as if it were whole: all that is damaged
// is named. With --keep-going the rest is saved, and restored.
func TestBackupOfADamagedWorkspace(t *testing.T) {
	t.Parallel()
	dir, _ := backedUp(t)
	list := someBlobs(t, dir)
	write(t, list[0], []byte("something else"))
	if err := os.Remove(list[1]); err != nil {
		t.Fatal(err)
	}
	change(t, dir, `UPDATE copies SET copies = '{'`, `UPDATE profiles SET identity = 'not JSON' WHERE level = 'district'`)
	w := open(t, dir)
	to := filepath.Join(t.TempDir(), "b.tar")
	_, err := operations.BackupFile(t.Context(), w, to, false)
	said := faultsOf(t, err)
	for _, want := range []string{filepath.Base(list[0]), filepath.Base(list[1]), " of dossier-0", "is damaged", "is missing", "in profiles (identity) cannot be read"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q does not say %q", said, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Dir(to) + "/*"); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	r, err := operations.BackupFile(t.Context(), w, to, true)
	if err != nil || len(r.Damaged) != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	b, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again")
	_, err = operations.Restore(t.Context(), bytes.NewReader(b), again)
	if said := faultsOf(t, err); !strings.Contains(said, filepath.Base(list[1])) {
		t.Error(said)
	}
	if r, err = operations.RestoreAs(t.Context(), bytes.NewReader(b), again, true); err != nil || len(r.Damaged) == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if left := someBlobs(t, again); slices.ContainsFunc(left, func(p string) bool { return filepath.Base(p) == filepath.Base(list[0]) }) {
		t.Error("a damaged file was saved")
	}
}

// Events out of chain are a fault of a backup, and of the workspace.
func TestBackupVerifiesTheChainOfEvents(t *testing.T) {
	t.Parallel()
	dir, _ := backedUp(t)
	if testspace.OnPostgres() {
		t.Skip("changes a file of SQLite")
	}
	change(t, dir, `DROP TRIGGER IF EXISTS events_stay`, `DROP TRIGGER IF EXISTS events_stay_too`)
	w := open(t, dir)
	rows, err := w.Store.DB.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'`)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		names = append(names, n)
	}
	rows.Close()
	for _, n := range names {
		change(t, dir, `DROP TRIGGER `+n)
	}
	change(t, dir, `UPDATE events SET body = replace(body, 'mai', 'may') WHERE seq = 2`)
	_, err = operations.Backup(t.Context(), w, io.Discard)
	if said := faultsOf(t, err); !strings.Contains(said, "changed at event 2") {
		t.Error(said)
	}
}

// member is one of a backup.
type member struct {
	tar.Header
	data []byte
}

// repacked is a backup with its members changed.
func repacked(t *testing.T, backup []byte, change func([]member) []member) []byte {
	t.Helper()
	var all []member
	tr := tar.NewReader(bytes.NewReader(backup))
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, member{*h, b})
	}
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	for _, m := range change(all) {
		m.Size = int64(len(m.data))
		if err := tw.WriteHeader(&m.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func isBlob(m member) bool { return strings.HasPrefix(m.Name, "var/blobs/") }

// A backup that was damaged or changed is not restored, and what is wrong with it is told.
func TestDamagedBackupsAreNotRestored(t *testing.T) {
	t.Parallel()
	_, whole := backedUp(t)
	extra := func(name string) func([]member) []member {
		return func(all []member) []member {
			return append(all, member{tar.Header{Name: name, Mode: 0o644, Typeflag: tar.TypeReg}, []byte("x")})
		}
	}
	for name, c := range map[string]struct {
		change func([]member) []member
		says   string
		rest   bool // --keep-going restores the rest
	}{
		"a kept file is another, and the list says so too": {func(all []member) []member {
			i, list := slices.IndexFunc(all, isBlob), len(all)-1
			was := path.Base(all[i].Name)
			all[i].data = append([]byte("y"), all[i].data...)
			all[list].data = bytes.ReplaceAll(all[list].data, []byte(`": "`+was+`"`), []byte(`": "`+sumOf(all[i].data)+`"`))
			return all
		}, "is not the file that its name says", true},
		"a kept file is gone from archive and list": {func(all []member) []member {
			i, list := slices.IndexFunc(all, isBlob), len(all)-1
			was := path.Base(all[i].Name)
			all[list].data = bytes.ReplaceAll(all[list].data, []byte(`  "var/blobs/`+was[:2]+`/`+was+`": "`+was+`",`), nil)
			return slices.Delete(all, i, i+1)
		}, "is missing", true},
		"something was added":        {extra("rules/evil.yaml"), "rules/evil.yaml is in the archive and not in its list", true},
		"something was added to var": {extra("var/kheo.db-wal"), "var/kheo.db-wal is not part of a backup", true},
		"two members of one name":    {func(all []member) []member { return append(all, all[1]) }, "is in the archive twice", true},
		"a link was added": {func(all []member) []member {
			return append(all, member{Header: tar.Header{Name: "inbox/x", Typeflag: tar.TypeSymlink, Linkname: "y"}})
		}, "the link inbox/x is in the archive and not in its list", true},
		"a device was added": {func(all []member) []member {
			return append(all, member{Header: tar.Header{Name: "inbox/x", Typeflag: tar.TypeChar}})
		}, "is neither a file nor a link", true},
		"two lists":        {func(all []member) []member { return append(all, all[len(all)-1]) }, "BACKUP.json is in the archive twice", true},
		"the list is gone": {func(all []member) []member { return all[:len(all)-1] }, "its list (BACKUP.json) is missing", true},
		"the records are those of later": {func(all []member) []member {
			all[0].data = bytes.Replace(all[0].data, []byte("dossier 01"), []byte("dossier 09"), 1)
			return all
		}, "var/kheo.db is not what was backed up", false},
	} {
		t.Run(name, func(t *testing.T) {
			if testspace.OnPostgres() && !c.rest {
				t.Skip()
			}
			bad := repacked(t, whole, c.change)
			to := filepath.Join(t.TempDir(), "again")
			_, err := operations.Restore(t.Context(), bytes.NewReader(bad), to)
			if said := faultsOf(t, err); !strings.Contains(said, c.says) {
				t.Errorf("%q does not say %q", said, c.says)
			}
			if left, _ := filepath.Glob(filepath.Dir(to) + "/*"); len(left) > 0 {
				t.Errorf("left %q", left)
			}
			if !c.rest {
				return
			}
			r, err := operations.RestoreAs(t.Context(), bytes.NewReader(bad), to, true)
			if err != nil || len(r.Damaged) == 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			for _, gone := range []string{"rules/evil.yaml", "var/kheo.db-wal", "inbox/x"} {
				if _, err := os.Lstat(filepath.Join(to, gone)); err == nil {
					t.Errorf("%s was restored", gone)
				}
			}
		})
	}
	t.Run("cut off", func(t *testing.T) {
		to := filepath.Join(t.TempDir(), "again")
		cut := whole[:bytes.Index(whole, []byte("BACKUP.json"))-700]
		if _, err := operations.Restore(t.Context(), bytes.NewReader(cut), to); !strings.Contains(faultsOf(t, err), "cut off") {
			t.Error(err)
		}
		if _, err := operations.RestoreAs(t.Context(), bytes.NewReader(cut), to, true); err != nil {
			t.Error(err)
		}
		open(t, to)
	})
}

// A kheo.yaml in which this version finds mistakes keeps nothing from being restored.
func TestRestoreOfACampaignWithMistakes(t *testing.T) {
	t.Parallel()
	dir, _ := backedUp(t)
	w := open(t, dir)
	file := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, append(b, "nonsense: 1\n"...))
	var backup bytes.Buffer
	if _, err := operations.Backup(t.Context(), w, &backup); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "again")
	r, err := operations.Restore(t.Context(), &backup, to)
	if err != nil || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "kheo check") {
		t.Fatalf("%+v, %v", r, err)
	}
}

// A document that was removed from the records, or points to another file, is found.
func TestDocumentsThatWereChangedInTheRecords(t *testing.T) {
	t.Parallel()
	dir, _ := backedUp(t)
	for _, c := range []string{
		`UPDATE documents SET sha256 = (SELECT max(sha256) FROM documents) WHERE sha256 = (SELECT min(sha256) FROM documents)`,
		`DELETE FROM documents WHERE sha256 = (SELECT min(sha256) FROM documents)`,
	} {
		change(t, dir, c)
		w := open(t, dir)
		faults, err := w.Store.Faults(t.Context())
		if err != nil || !strings.Contains(strings.Join(faults, "\n"), "are not those that were recorded") {
			t.Errorf("%s: %q %v", c, faults, err)
		}
		w.Close()
	}
}

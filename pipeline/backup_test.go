package pipeline_test

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/operations"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/store/storetest"
	"kheo/pipeline/workspace"
)

// decided is a workspace in which people have done something.
func decided(t *testing.T) string {
	t.Helper()
	return testspace.Copied(t, "decided", func(dir string) { decide(t, dir) })
}

// decide runs a part of the sample in dir, and lets a person vote on each dossier.
func decide(t *testing.T, dir string) {
	t.Helper()
	testspace.ReadSample(t, dir, testspace.EveryNth(t, 20))
	must(t, dir)
	w := open(t, dir)
	defer w.Close()
	var events []review.Event
	for _, id := range []string{"hoa", "mai", "lan"} {
		events = append(events, review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: id, Name: id + " x", Roles: []review.Role{review.Chair}}})
	}
	if err := w.Review().Do(t.Context(), review.Subject{}, events...); err != nil {
		t.Fatal(err)
	}
	placed, err := editions.Places(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	for id, p := range placed {
		if err := w.Review().Do(t.Context(), review.Subject{Unit: p.Entry.Unit}, review.Event{Person: "hoa", Action: review.Voted, Ruleset: p.Ruleset, Dossier: id, Data: review.Data{Value: review.For}}); err != nil {
			t.Fatal(err)
		}
	}
}

func digest(t *testing.T, dir string) *store.CopySummary {
	t.Helper()
	w := open(t, dir)
	defer w.Close()
	d, err := w.Store.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// checked is what kheo check --store finds.
func checked(t *testing.T, dir string) []string {
	t.Helper()
	w := open(t, dir)
	defer w.Close()
	r, err := operations.Check(t.Context(), w, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Files == 0 || r.Dossiers == 0 {
		t.Errorf("%+v", r)
	}
	return r.Faults
}

// A backup made while kheo is at work, restored, is the workspace of one moment: the same
// records, every file, the lists; and a run in it finds nothing to do but the index.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	dir := decided(t)
	want := digest(t, dir)
	w := open(t, dir)
	var b bytes.Buffer
	r, err := operations.Backup(t.Context(), w, &b)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if r.Records.SHA256 != want.SHA256 {
		t.Error("the backup has other records")
	}
	to := filepath.Join(t.TempDir(), "again")
	if _, err := operations.Restore(t.Context(), bytes.NewReader(b.Bytes()), to); err != nil {
		t.Fatal(err)
	}
	if got := digest(t, to); got.SHA256 != want.SHA256 {
		t.Errorf("%+v, not %+v", got, want)
	}
	sameLists(t, published(t, dir), published(t, to))
	if out := run(t, to); !out.Nothing && done(out)["read"]+done(out)["assess"] > 0 {
		t.Errorf("after restoring, a run works on %v", done(out))
	}
	if f := checked(t, to); len(f) > 0 {
		t.Errorf("%q", f)
	}

	// While runs and people write, a backup is of one moment.
	testspace.AddSample(t, dir, testspace.EveryNth(t, 15))
	going := make(chan error, 1)
	go func() {
		w, err := workspace.Open(context.Background(), dir)
		if err == nil {
			_, err = pipeline.Run(context.Background(), w, pipeline.Options{Cause: "meanwhile"})
			w.Close()
		}
		going <- err
	}()
	for i := range 3 {
		w := open(t, dir)
		var b bytes.Buffer
		if _, err := operations.Backup(t.Context(), w, &b); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if _, err := operations.Restore(t.Context(), &b, filepath.Join(t.TempDir(), string(rune('a'+i)))); err != nil {
			t.Error(err)
		}
	}
	if err := <-going; err != nil {
		t.Error(err)
	}

	// What is damaged is refused, and leaves nothing.
	whole := b.Bytes()
	for name, bad := range map[string][]byte{
		"cut off":               whole[:len(whole)/2],
		"one byte is another":   flipped(whole, len(whole)/3),
		"no backup":             []byte("hello"),
		"nothing":               nil,
		"a path that leads out": tarOf(t, tar.Header{Name: "../evil", Mode: 0o644, Size: 1}),
		"a link that leads out": tarOf(t, tar.Header{Name: "lists/x", Typeflag: tar.TypeSymlink, Linkname: "../../../etc"}),
		"a path through a link": tarOf(t, tar.Header{Name: "inbox", Typeflag: tar.TypeSymlink, Linkname: "rules"}, tar.Header{Name: "inbox/x", Mode: 0o644, Size: 1}),
	} {
		to := filepath.Join(t.TempDir(), "bad")
		if _, err := operations.Restore(t.Context(), bytes.NewReader(bad), to); err == nil {
			t.Errorf("%s: restored", name)
		}
		if left, _ := filepath.Glob(filepath.Dir(to) + "/*"); len(left) > 0 {
			t.Errorf("%s: left %q", name, left)
		}
	}
	if _, err := operations.Restore(t.Context(), bytes.NewReader(whole), dir); err == nil {
		t.Error("restored over a workspace")
	}
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	for i := range 600 { // more than a header's padding
		b[at+i] ^= 0xff
	}
	return b
}

func tarOf(t *testing.T, heads ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	for _, h := range heads {
		if err := tw.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		io.CopyN(tw, strings.NewReader("xxxx"), h.Size)
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A workspace moves to PostgreSQL and back; its lists, votes and chain are the same, and a run
// in either place has nothing to do.
func TestAWorkspaceMoves(t *testing.T) {
	t.Parallel()
	dir := decided(t)
	want, lists := digest(t, dir), published(t, dir)
	shared := filepath.Join(t.TempDir(), "blobs")
	for i, to := range [][2]string{{storetest.Postgres(t), shared}, {"var/kheo.db", ""}} {
		w := open(t, dir)
		moved, err := operations.Move(t.Context(), w, to[0], to[1])
		if err != nil {
			t.Fatal(err)
		}
		if aside := moved.Aside != ""; aside != (i == 1) || aside && !store.IsRecords(moved.Aside) {
			t.Errorf("moving to %s set %q aside", to[0], moved.Aside)
		}
		w.Close()
		if got := digest(t, dir); got.SHA256 != want.SHA256 || got.Tables["events"] < 10 {
			t.Errorf("%+v, not %+v", got, want)
		}
		if i == 0 {
			if err := os.RemoveAll(filepath.Join(dir, "var", "blobs")); err != nil { // they are in the shared folder
				t.Fatal(err)
			}
		}
		if f := checked(t, dir); len(f) > 0 {
			t.Errorf("in %s: %q", to[0], f)
		}
		w = open(t, dir)
		if _, err := operations.Move(t.Context(), w, to[0], to[1]); err == nil {
			t.Error("moved to where it is")
		}
		w.Close()
		if i == 0 { // a run here writes its own entry into the ledger
			out := run(t, dir)
			if !out.Nothing {
				t.Errorf("a run in PostgreSQL works on %v", done(out))
			}
			want = digest(t, dir)
		}
	}
	sameLists(t, lists, published(t, dir))
}

// Whatever is damaged is found, said where, and what to do.
func TestCheckStoreFindsDamage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   string
	}{
		"a file is gone":    {func(t *testing.T, dir string) { os.Remove(oneBlob(t, dir)) }, "is gone"},
		"a file is another": {func(t *testing.T, dir string) { write(t, oneBlob(t, dir), []byte("forged")) }, "is damaged"},
		"a list was changed": {func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "lists/dai-loc-2024/latest/model-district.csv"), []byte("x"))
		}, "kheo run"},
		"an event was changed": {func(t *testing.T, dir string) {
			execute(t, dir, `DROP TRIGGER events_stay`, `UPDATE events SET body = replace(body, '"for"', '"against"')`)
		}, "audit trail"},
		"an event was taken out": {func(t *testing.T, dir string) {
			execute(t, dir, `DROP TRIGGER events_remain`, `DELETE FROM events WHERE seq = 5`)
		}, "audit trail"},
		"the index is of another": {func(t *testing.T, dir string) {
			execute(t, dir, `UPDATE index_entries SET key = 'x' WHERE dossier = (SELECT min(dossier) FROM index_entries)`)
		}, "search index"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := decided(t)
			if f := checked(t, dir); len(f) > 0 {
				t.Fatalf("before anything was damaged: %q", f)
			}
			c.damage(t, dir)
			if f := checked(t, dir); !slices.ContainsFunc(f, func(s string) bool { return strings.Contains(s, c.want) }) {
				t.Errorf("%q", f)
			}
		})
	}
}

func oneBlob(t *testing.T, dir string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "var", "blobs", "??", "*"))
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	return all[0]
}

func execute(t *testing.T, dir string, statements ...string) {
	t.Helper()
	w := open(t, dir)
	defer w.Close()
	for _, q := range statements {
		if _, err := w.Store.DB.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
}

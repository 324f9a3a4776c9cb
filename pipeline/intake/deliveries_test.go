package intake_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/pipeline/intake"
	"kheo/pipeline/store"
)

// deliver puts files into the inbox under a name, and takes them.
func deliver(t *testing.T, k *intake.Ingester, entry string, files ...string) {
	t.Helper()
	if strings.HasSuffix(entry, ".zip") {
		zipped(t, filepath.Join(k.Inbox, entry), files...)
	} else {
		for i := 0; i < len(files); i += 2 {
			write(t, filepath.Join(k.Inbox, entry, filepath.FromSlash(files[i])), files[i+1])
		}
	}
	takeAll(t, k)
}

func zipped(t *testing.T, path string, files ...string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = w.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func texts(t *testing.T, k *intake.Ingester) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range accepted(t, k)[0].Files {
		b, err := k.Store.Blobs.Read(t.Context(), f.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

// A second delivery adds and replaces by file name; it replaces the whole only if it says so.
func TestDeliveries(t *testing.T) {
	k := taker(t)
	deliver(t, k, "x", "a.txt", "a", "dossier.yaml", "kind: model\ntitle: First\n")
	deliver(t, k, "x", "b.txt", "b")
	names(t, k, "a.txt", "b.txt")
	deliver(t, k, "x", "a.txt", "changed")
	if got := texts(t, k); got["a.txt"] != "changed" || got["b.txt"] != "b" {
		t.Errorf("%q", got)
	}
	if a := accepted(t, k)[0]; a.Version != 3 || a.Manifest.Title != "First" {
		t.Errorf("version %d is called %q", a.Version, a.Manifest.Title)
	}
	deliver(t, k, "x", "a.txt", "changed", "b.txt", "b")
	if a := accepted(t, k)[0]; a.Version != 3 {
		t.Errorf("the same files made version %d", a.Version)
	}
	if r := read(filepath.Join(k.Inbox, "x"+intake.ReceiptSuffix)); !strings.Contains(r, "nothing changed") {
		t.Errorf("the receipt says:\n%s", r)
	}
	deliver(t, k, "x", "c.txt", "c", "dossier.yaml", "title: Second\nreplaces: true\n")
	names(t, k, "c.txt")
	receipt := read(filepath.Join(k.Inbox, "x"+intake.ReceiptSuffix))
	for _, says := range []string{"it replaces everything received before", "version 2: ", "added: b.txt",
		"version 3: ", "replaced: a.txt", "a.txt  (no longer part", "removed: a.txt, b.txt"} {
		if !strings.Contains(receipt, says) {
			t.Errorf("the receipt does not say %q:\n%s", says, receipt)
		}
	}
	all, err := k.Store.Dossiers.Deliveries(t.Context(), accepted(t, k)[0].ID)
	if err != nil || len(all) != 4 || !slices.Equal(all[1].Added, []string{"b.txt"}) ||
		!slices.Equal(all[1].Kept, []string{"a.txt", "dossier.yaml"}) || !all[3].Whole {
		t.Errorf("%+v %v", all, err)
	}
	from := filepath.Join(t.TempDir(), "x")
	write(t, filepath.Join(from, "d.txt"), "d")
	submit(t, k.Inbox, from, true)
	takeAll(t, k)
	names(t, k, "d.txt")
}

// A dossier.yaml with mistakes takes nothing away: what the earlier one says holds, and so do the
// files, though it says replaces.
func TestABrokenManifestReplacesNothing(t *testing.T) {
	k := taker(t)
	deliver(t, k, "x", "a.txt", "a", "dossier.yaml", "title: First\n")
	deliver(t, k, "x", "b.txt", "b", "dossier.yaml", "replaces: true\ntitel: Second\n")
	names(t, k, "a.txt", "b.txt", "dossier.yaml")
	if a := accepted(t, k)[0]; a.Manifest.Title != "First" {
		t.Errorf("called %q", a.Manifest.Title)
	}
	deliver(t, k, "x", "dossier.yaml", "title: Second\n")
	names(t, k, "a.txt", "b.txt")
	if a := accepted(t, k)[0]; a.Manifest.Title != "Second" {
		t.Errorf("called %q", a.Manifest.Title)
	}
}

// An archive and a folder of one name are one dossier. A folder around all of an archive is not
// part of the names, unless the dossier has it already; the dossier.yaml in it counts.
func TestArchivesAndFoldersAreOneDossier(t *testing.T) {
	k := taker(t)
	deliver(t, k, "x.zip", "x/a.txt", "a", "x/dossier.yaml", "title: Zipped\n")
	names(t, k, "a.txt")
	if a := accepted(t, k)[0]; a.Manifest.Title != "Zipped" {
		t.Errorf("called %q", a.Manifest.Title)
	}
	deliver(t, k, "x", "photos/b.txt", "b")
	deliver(t, k, "x.zip", "photos/b.txt", "changed")
	names(t, k, "a.txt", "photos/b.txt")
	if got := texts(t, k); got["photos/b.txt"] != "changed" {
		t.Errorf("%q", got)
	}
}

// An archive of which not everything could be taken is kept; a whole one later settles the matter.
func TestAnArchiveThatIsNotTakenWholeIsKept(t *testing.T) {
	k := taker(t)
	whole := filepath.Join(t.TempDir(), "x.zip")
	zipped(t, whole, "a.txt", "a", "b.docx.part", "half")
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(k.Inbox, "x.zip"), string(b))
	takeAll(t, k)
	names(t, k, "a.txt")
	kept, err := filepath.Glob(filepath.Join(k.Quarantine, intake.LeftOut, "*", "*-????????"))
	if err != nil || len(kept) != 1 || read(kept[0]) != string(b) {
		t.Errorf("%q %v", kept, err)
	}
	write(t, filepath.Join(k.Inbox, "y.zip"), "PK\x03\x04 no archive")
	takeAll(t, k)
	deliver(t, k, "y.zip", "a.txt", "a")
	y, err := k.Store.Dossiers.Get(t.Context(), intake.ID("y"))
	if err != nil || len(y.Files) != 1 || y.Files[0].Name != "a.txt" {
		t.Errorf("%+v %v", y, err)
	}
}

// Submitting says beforehand what the delivery will change.
func TestSubmitTellsWhatItWillChange(t *testing.T) {
	k := taker(t)
	deliver(t, k, "x", "a.txt", "a", "b.txt", "b")
	from := filepath.Join(t.TempDir(), "x")
	write(t, filepath.Join(from, "b.txt"), "changed")
	write(t, filepath.Join(from, "c.txt"), "c")
	b := intake.Submission{From: from, Inbox: k.Inbox, Env: env(), Before: k.Store.Dossiers.Get}
	s, err := b.Submit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := store.Changes{Added: []string{"c.txt"}, Replaced: []string{"b.txt"}, Kept: []string{"a.txt"}}
	if r := s.Result; r == nil || r.Version != 2 || r.Replaces || !slices.Equal(r.Added, want.Added) ||
		!slices.Equal(r.Replaced, want.Replaced) || !slices.Equal(r.Kept, want.Kept) {
		t.Errorf("%+v", s.Result)
	}
	if _, err := b.Submit(t.Context()); err != intake.ErrWaits {
		t.Errorf("a second of that name: %v", err)
	}
	takeAll(t, k)
	names(t, k, "a.txt", "b.txt", "c.txt")
}

package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/store"
)

// What was forgotten is in no free page, in no log and in no table any more, on both databases; that
// it is due is remembered until it is done.
func TestTracesAreErased(t *testing.T) {
	const secret = "Health records of the household of Tran Thi O"
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		ctx := t.Context()
		a := accept(t, s, "mistake", "records.txt")
		sha := a.Files[0].SHA256
		for i := range 40 { // more than one page
			must(t, s.Readings.Put(ctx, "r1", map[string]dossier.Reading{sha + strings.Repeat("x", i): {Type: "x", Pages: []dossier.Page{{Number: 1, Text: secret}}}}))
		}
		if due, err := s.ErasureDue(ctx); due || err != nil {
			t.Errorf("nothing was forgotten, and traces are to be erased: %v %v", due, err)
		}
		if _, err := s.DB.Exec(`DELETE FROM readings`); err != nil {
			t.Fatal(err)
		}
		_, err := s.Dossiers.Forget(ctx, "mistake", "records.txt")
		must(t, err)
		if due, err := s.ErasureDue(ctx); !due || err != nil {
			t.Errorf("after forgetting nothing is to be erased: %v", err)
		}
		first, err := s.Index.Epoch(ctx)
		must(t, err)
		must(t, s.Erase(ctx))
		if due, err := s.ErasureDue(ctx); due || err != nil || first == "" {
			t.Errorf("it is still to be erased: %v, epoch %q", err, first)
		}
		if s.Shared() {
			var dead int
			must(t, s.DB.QueryRow(`SELECT pg_relation_size(reltoastrelid) + pg_relation_size(oid) FROM pg_class WHERE relname = 'readings'`).Scan(&dead))
			if dead > 0 {
				t.Errorf("the table still has %d bytes", dead)
			}
		}
	})

	// On SQLite the bytes can be looked at, also without rewriting: what is deleted is overwritten.
	at := filepath.Join(t.TempDir(), "kheo.db")
	s := opener(t, at)()
	for i := range 40 {
		must(t, s.State.Mail.Of(secret+strings.Repeat("x", i)).Set(t.Context(), secret))
	}
	checkpoint := func() {
		t.Helper()
		if _, err := s.DB.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
			t.Fatal(err)
		}
	}
	checkpoint()
	held := func() bool {
		b, err := os.ReadFile(at)
		must(t, err)
		return bytes.Contains(b, []byte(secret))
	}
	if !held() {
		t.Fatal("the test looks for what is nowhere")
	}
	if _, err := s.DB.Exec(`DELETE FROM settings WHERE value = ?`, secret); err != nil {
		t.Fatal(err)
	}
	checkpoint()
	if held() {
		t.Error("what was deleted is still in the file")
	}
}

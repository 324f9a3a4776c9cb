package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"kheo/pipeline/store"
	"kheo/pipeline/store/storetest"
)

// older makes records as an older kheo has them, with a run in them.
func older(t *testing.T, driver, at, folder string, dialect goose.Dialect) {
	t.Helper()
	db, err := sql.Open(driver, at)
	must(t, err)
	defer db.Close()
	p, err := goose.NewProvider(dialect, db, os.DirFS("migrations/"+folder))
	must(t, err)
	_, err = p.UpTo(t.Context(), 6)
	must(t, err)
	_, err = db.Exec(`INSERT INTO runs (cause, state, started, version) VALUES ('old', 'done', '2024-01-01T00:00:00Z', 'old')`)
	must(t, err)
}

func count(t *testing.T, driver, at, query string) (n int) {
	t.Helper()
	db, err := sql.Open(driver, at)
	must(t, err)
	defer db.Close()
	must(t, db.QueryRow(query).Scan(&n))
	return n
}

// Records are copied before they are migrated; if they cannot be, they stay as they are.
func TestRecordsAreCopiedBeforeTheyAreMigrated(t *testing.T) {
	at := filepath.Join(t.TempDir(), "kheo.db")
	older(t, "sqlite", at, "sqlite", goose.DialectSQLite3)
	newest := newestMigration(t, "sqlite")
	copied := at + ".before-" + newest
	must(t, os.MkdirAll(filepath.Join(copied, "in the way"), 0o755)) // as a full disk would be
	if _, err := store.Open(t.Context(), at, t.TempDir()); err == nil || !strings.Contains(err.Error(), "nothing was migrated") || !strings.Contains(err.Error(), "Free as much space") {
		t.Fatal(err)
	}
	if n := count(t, "sqlite", at, `SELECT max(version_id) FROM goose_db_version`); n != 6 {
		t.Fatalf("it was migrated to %d", n)
	}
	if left, _ := filepath.Glob(at + ".before-*.new"); len(left) > 0 {
		t.Errorf("%q", left)
	}
	must(t, os.RemoveAll(copied))
	for _, old := range []string{"0002", "0003"} {
		must(t, os.WriteFile(at+".before-"+old, []byte("of before"), 0o600))
	}
	s, err := store.Open(t.Context(), at, t.TempDir())
	must(t, err)
	if n := count(t, "sqlite", copied, `SELECT max(version_id) FROM goose_db_version`); n != 6 {
		t.Errorf("the copy is of version %d", n)
	}
	if n := count(t, "sqlite", copied, `SELECT count(*) FROM runs WHERE cause = 'old'`); n != 1 {
		t.Errorf("%d runs in the copy", n)
	}
	if left, _ := filepath.Glob(at + ".before-*"); len(left) != 2 {
		t.Errorf("%q are kept", left)
	}
	must(t, s.DropMigrationCopies(t.Context()))
	if left, _ := filepath.Glob(at + ".before-*"); len(left) != 0 {
		t.Errorf("%q are left", left)
	}
	must(t, s.Close())
}

// So are records in PostgreSQL, into a schema of their database.
func TestRecordsInPostgreSQLAreCopiedBeforeTheyAreMigrated(t *testing.T) {
	at := storetest.Postgres(t)
	older(t, "pgx", at, "postgres", goose.DialectPostgres)
	s, err := store.Open(t.Context(), at, t.TempDir())
	must(t, err)
	defer s.Close()
	schema := "kheo_before_" + newestMigration(t, "postgres")
	if n := count(t, "pgx", at, `SELECT count(*) FROM `+schema+`.runs WHERE cause = 'old'`); n != 1 {
		t.Errorf("%d runs in the copy", n)
	}
	must(t, s.DropMigrationCopies(t.Context()))
	if n := count(t, "pgx", at, `SELECT count(*) FROM pg_namespace WHERE nspname = '`+schema+`'`); n != 0 {
		t.Error("the copy is left")
	}
}

// newestMigration is the number of the newest migration of a database.
func newestMigration(t *testing.T, folder string) string {
	t.Helper()
	list, err := filepath.Glob("migrations/" + folder + "/*.sql")
	must(t, err)
	return filepath.Base(list[len(list)-1])[1:5]
}

// A database without the tables of kheo holds no records, and none are begun in it.
func TestNoRecordsAreBegunWhereTheyMustExist(t *testing.T) {
	at := storetest.Postgres(t)
	if _, err := store.OpenExisting(t.Context(), at, t.TempDir()); err != store.ErrNone {
		t.Error(err)
	}
	if n := count(t, "pgx", at, `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`); n != 0 {
		t.Errorf("%d tables", n)
	}
}

package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"kheo/internal/blobs"
	"kheo/internal/durable"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// table describes a table that holds records.
type table struct {
	name, key string // key: the columns of the primary key, by which rows are sorted
	counter   string // a column with a sequence, if there is one
}

// tables lists the tables that CopyTo copies and Digest covers: every table that holds records. The work
// queue (it belongs to a run under way), the workers and leases, and the schema version are not records.
// A new table with records must be added here.
var tables = []table{
	{"dossiers", "id", ""},
	{"documents", "dossier, version, name", ""},
	{"deliveries", "dossier, version", ""},
	{"readings", "sha256, reader", ""},
	{"parts", "sha256, reader, part", ""},
	{"scans", "sha256, page", ""},
	{"sightings", "sha256, page, quote", ""},
	{"profiles", "dossier", ""},
	{"copies", "dossier", ""},
	{"assessments", "dossier", ""},
	{"lists", "run, ruleset", ""},
	{"runs", "number", "number"},
	{"rulesets", "sha256", ""},
	{"rule_texts", "sha256", ""},
	{"rule_drafts", "file, person", ""},
	{"panel_scores", "id", "id"},
	{"index_entries", "dossier", ""},
	{"searches", "person, name", ""},
	{"events", "seq", ""},
	{"secrets", "person", ""},
	{"links", "token", ""},
	{"drafts", "person, place", ""},
	{"scanned", "dossier", ""},
	{"settings", "key", ""},
	{"sessions", "token", ""},
}

// localSettings are the keys that describe one store and are not copied, as a list in SQL.
const localSettings = `'` + queueKey + `', '` + eraseKey + `'`

// CopySummary describes a complete set of records.
type CopySummary struct {
	Tables map[string]int `json:"tables"` // number of rows by table
	SHA256 string         `json:"sha256"` // hash of every row of every table, in order
}

// CopyTo copies all records, as they are at one moment, into another store; other processes may write
// meanwhile. The other store must be empty. Both are then read and compared row by row. A store that
// holds exactly these records already, because an earlier copy was interrupted after it was complete,
// is accepted.
func (s *Store) CopyTo(ctx context.Context, to *Store) (*CopySummary, error) {
	held, err := to.firstContent(ctx)
	if err != nil {
		return nil, err
	}
	if held != "" {
		return s.sameAs(ctx, to, held)
	}
	from, end, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := to.db.tx(ctx, func(tx *sql.Tx) error {
		for _, t := range tables {
			if err := copyTable(ctx, from, tx, t.name, t.key); err != nil {
				return fmt.Errorf("copying %s: %w", t.name, err)
			}
			if t.counter != "" && to.db.postgres {
				if err := advanceCounter(ctx, tx, t); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	want, err := digest(ctx, from)
	if err != nil {
		return nil, err
	}
	got, err := to.Digest(ctx)
	if err != nil {
		return nil, err
	}
	if got.SHA256 != want.SHA256 {
		return nil, errors.New("the copy differs from the records that were read; it must not be used")
	}
	return got, nil
}

// sameAs compares the records with those of another store, and fails if they differ. held describes
// what the other store holds.
func (s *Store) sameAs(ctx context.Context, to *Store, held string) (*CopySummary, error) {
	want, err := s.Digest(ctx)
	if err != nil {
		return nil, err
	}
	have, err := to.Digest(ctx)
	if err != nil {
		return nil, err
	}
	if have.SHA256 != want.SHA256 {
		return nil, fmt.Errorf("there are other records already (%s); name an empty database or a new file", held)
	}
	return have, nil
}

// advanceCounter sets the sequence of a table in PostgreSQL behind the rows that were copied, so that
// new rows get new numbers.
func advanceCounter(ctx context.Context, tx *sql.Tx, t table) error {
	last := `(SELECT coalesce(max(` + t.counter + `), 0) FROM ` + t.name + `)`
	_, err := tx.ExecContext(ctx, `SELECT setval(
		pg_get_serial_sequence('`+t.name+`', '`+t.counter+`'), greatest(1, `+last+`))`)
	return err
}

// firstContent describes the first records that a store holds; "" if it is empty.
func (s *Store) firstContent(ctx context.Context) (string, error) {
	for _, t := range tables {
		var n int
		if err := s.DB.QueryRowContext(ctx, `SELECT count(*) FROM `+t.name+notLocal(t.name)).Scan(&n); err != nil {
			return "", err
		}
		if n > 0 {
			return fmt.Sprintf("%d in the table %s", n, t.name), nil
		}
	}
	return "", nil
}

// magicBytes are the first bytes of every SQLite file.
const magicBytes = "SQLite format 3\x00"

// IsRecords reports whether a file can be a record store: an SQLite file, or an empty file.
func IsRecords(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(magicBytes))
	n, err := io.ReadFull(f, head)
	return n == 0 && errors.Is(err, io.EOF) || string(head) == magicBytes
}

// Checkpoint moves what the write-ahead log of an SQLite file holds into the file itself (a checkpoint), so
// that the file can be renamed without its log. It fails if another process has the file open.
func Checkpoint(ctx context.Context, path string) error {
	db, err := openFile(ctx, path, 1, "deferred", true)
	if err != nil {
		return err
	}
	var busy, log, moved int
	err = db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if info, err := os.Stat(path + "-wal"); busy != 0 || err == nil && info.Size() > 0 {
		return errors.New("another process uses it; stop kheo serve first")
	}
	return nil
}

// Digest returns the hash of all records, and the number of rows. It is the same for the same records in
// SQLite and in PostgreSQL.
func (s *Store) Digest(ctx context.Context) (*CopySummary, error) {
	tx, end, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return digest(ctx, tx)
}

// snapshot begins a read-only transaction that sees the records as they are at one moment, without
// blocking writers. The caller must call end.
func (s *Store) snapshot(ctx context.Context) (tx *sql.Tx, end func(), err error) {
	if s.db.postgres {
		tx, err := s.DB.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
		if err != nil {
			return nil, nil, err
		}
		return tx, func() { tx.Rollback() }, nil
	}
	var db *sql.DB
	if s.readOnly {
		db, err = openAddress(ctx, s.address)
	} else {
		db, err = openFile(ctx, s.path, 1, "deferred", true)
	}
	if err != nil {
		return nil, nil, err
	}
	if tx, err = db.BeginTx(ctx, nil); err == nil {
		var n int // SQLite takes the snapshot at the first read, not at BEGIN
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM settings`).Scan(&n)
	}
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	return tx, func() { tx.Rollback(); db.Close() }, nil
}

// notLocal returns the condition that leaves out the settings that describe one store only.
func notLocal(table string) string {
	if table == "settings" {
		return ` WHERE key NOT IN (` + localSettings + `)`
	}
	return ""
}

// eachRow calls row for every row of a table, sorted by its key. values is reused for the next row.
func eachRow(
	ctx context.Context, tx *sql.Tx, table, key string, row func(columns []string, values []any) error,
) error {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM `+table+notLocal(table)+` ORDER BY `+key)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := row(columns, values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// copyTable inserts every row of a table into the same table of another store. Columns are matched by
// name.
func copyTable(ctx context.Context, from, to *sql.Tx, table, key string) error {
	var st *sql.Stmt
	defer func() {
		if st != nil {
			st.Close()
		}
	}()
	return eachRow(ctx, from, table, key, func(columns []string, values []any) (err error) {
		if st == nil {
			values := `) VALUES (?` + strings.Repeat(", ?", len(columns)-1) + `)`
			st, err = to.PrepareContext(ctx, `INSERT INTO `+table+` (`+strings.Join(columns, ", ")+values)
			if err != nil {
				return err
			}
		}
		_, err = st.ExecContext(ctx, values...)
		return err
	})
}

// digest returns the hash of all tables, as a transaction sees them.
func digest(ctx context.Context, tx *sql.Tx) (*CopySummary, error) { return digestOf(ctx, tx, tables) }

// digestOf returns the hash of some tables, and the number of their rows.
func digestOf(ctx context.Context, tx *sql.Tx, tables []table) (*CopySummary, error) {
	out := &CopySummary{Tables: map[string]int{}}
	h := sha256.New()
	for _, t := range tables {
		hashValue(h, t.name)
		err := eachRow(ctx, tx, t.name, t.key, func(columns []string, values []any) error {
			out.Tables[t.name]++
			order := make(map[string]any, len(columns)) // columns can be in another order in PostgreSQL
			for i, c := range columns {
				order[c] = values[i]
			}
			for _, c := range slices.Sorted(slices.Values(columns)) {
				hashValue(h, c)
				hashValue(h, order[c])
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	out.SHA256 = hex.EncodeToString(h.Sum(nil))
	return out, nil
}

// hashValue adds a value to a hash: its type, its length, its bytes. Text and bytes count as the same type,
// because the databases return some columns as one or the other.
func hashValue(h hash.Hash, v any) {
	put := func(kind byte, b []byte) {
		var n [9]byte
		n[0] = kind
		binary.BigEndian.PutUint64(n[1:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	switch x := v.(type) {
	case nil:
		put(0, nil)
	case string:
		put(1, []byte(x))
	case []byte:
		put(1, x)
	case int64:
		put(2, binary.BigEndian.AppendUint64(nil, uint64(x)))
	case float64:
		put(3, binary.BigEndian.AppendUint64(nil, math.Float64bits(x)))
	default:
		put(4, fmt.Append(nil, x))
	}
}

// Before records are migrated they are copied: an SQLite file to kheo.db.before-NNNN beside it, and
// records in PostgreSQL into the schema kheo_before_NNNN of the same database. NNNN is the schema version
// that the migration leads to. If the copy fails, nothing is migrated.

// maxMigrationCopies is how many of these copies are kept; older ones are removed.
const maxMigrationCopies = 2

const (
	migrationCopySuffix = ".before-"
	migrationCopySchema = "kheo_before_"
)

// copyBeforeMigration copies the records before they are migrated from schema version have to want.
func (s *Store) copyBeforeMigration(ctx context.Context, have, want int64) error {
	if s.db.postgres {
		if err := s.copySchema(ctx, want); err != nil {
			return fmt.Errorf("the records must be migrated and are copied first, into the schema %s%04d of "+
				"their database, which failed, so nothing was migrated: %w. "+
				"Make sure that the user of the database may create schemas (GRANT CREATE ON DATABASE … TO …) "+
				"and that there is enough space, then open the workspace again", migrationCopySchema, want, err)
		}
		return nil
	}
	to := fmt.Sprintf("%s%s%04d", s.path, migrationCopySuffix, want)
	tmp := to + ".new"
	err := os.RemoveAll(tmp)
	if err == nil {
		err = s.vacuumInto(ctx, tmp, have)
	}
	if err == nil {
		err = os.Rename(tmp, to)
	}
	if err != nil {
		os.RemoveAll(tmp)
		return fmt.Errorf("the records must be migrated and are copied first, to %s, which failed, "+
			"so nothing was migrated: %w. "+
			"Free as much space there as %s takes, then open the workspace again", to, err, s.path)
	}
	if err := durable.SyncDir(filepath.Dir(to)); err != nil {
		return err
	}
	return s.dropMigrationCopies(ctx, maxMigrationCopies)
}

// vacuumInto writes a consistent copy of the records into a new file, syncs it, and checks its integrity
// and schema version.
func (s *Store) vacuumInto(ctx context.Context, to string, have int64) error {
	if _, err := s.DB.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return err
	}
	if err := syncFile(to); err != nil {
		return err
	}
	db, err := openAddress(ctx, address(to, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return err
	}
	defer db.Close()
	copied := newStore(&database{DB: db, queue: db}, blobs.Blobs{})
	if err := copied.CheckIntegrity(ctx); err != nil {
		return fmt.Errorf("the copy is damaged: %w", err)
	}
	if got, err := copied.version(ctx); err != nil || got != have {
		return errors.Join(err, fmt.Errorf("the copy is of version %d, not %d", got, have))
	}
	return nil
}

// syncFile makes a file readable by its owner only, and flushes it to the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}

// copySchema copies every table of kheo into another schema, in one transaction. The tables of the work
// queue are left out: they hold nothing that lasts.
func (s *Store) copySchema(ctx context.Context, want int64) error {
	schema := fmt.Sprintf("%s%04d", migrationCopySchema, want)
	tx, err := s.db.queue.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+schema+` CASCADE`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `CREATE SCHEMA `+schema); err != nil {
		return err
	}
	names, err := column(ctx, tx, `SELECT tablename FROM pg_tables
		WHERE schemaname = current_schema() AND tablename NOT LIKE 'river%' ORDER BY tablename`)
	if err != nil {
		return err
	}
	for _, name := range names {
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		if _, err := tx.ExecContext(ctx, `CREATE TABLE `+schema+`.`+quoted+` AS TABLE `+quoted); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return s.dropMigrationCopies(ctx, maxMigrationCopies)
}

// DropMigrationCopies removes all copies that were made before migrations, so that they do not keep what is
// forgotten.
func (s *Store) DropMigrationCopies(ctx context.Context) error { return s.dropMigrationCopies(ctx, 0) }

// dropMigrationCopies removes the copies that were made before migrations, except for the newest ones.
func (s *Store) dropMigrationCopies(ctx context.Context, keep int) error {
	if s.db.postgres {
		names, err := s.db.column(ctx, `SELECT nspname FROM pg_namespace
			WHERE substr(nspname, 1, ?) = ? ORDER BY nspname DESC`, len(migrationCopySchema), migrationCopySchema)
		if err != nil {
			return err
		}
		for _, name := range names[min(keep, len(names)):] {
			if strings.Trim(name[len(migrationCopySchema):], "0123456789") != "" {
				continue // kheo did not create it
			}
			if _, err := s.db.queue.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+name+` CASCADE`); err != nil {
				return err
			}
		}
		return nil
	}
	list, err := filepath.Glob(quoteGlob(s.path) + migrationCopySuffix + "[0-9][0-9][0-9][0-9]")
	slices.Sort(list)
	slices.Reverse(list)
	for _, path := range list[min(keep, len(list)):] {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// quoteGlob returns a glob pattern that matches one path literally.
func quoteGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

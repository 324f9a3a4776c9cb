package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"kheo/internal/blobs"
	"kheo/internal/durable"

	"github.com/pressly/goose/v3"
)

// ErrNone is returned if there are no records: no file or an empty one, or a database without the tables
// of kheo.
var ErrNone = errors.New("there are no records")

// ErrReadOnly is returned if something must be written and the records are open for reading only.
var ErrReadOnly = errors.New("the workspace may only be read here (read-only file system, or no right to write)")

// OpenExisting opens a store like Open, but never creates one: it returns ErrNone if there is none. A
// file that cannot be written, or in whose folder nothing can be written, is opened for reading only.
func OpenExisting(ctx context.Context, path, files string) (*Store, error) {
	if !isPostgres(path) {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
			return nil, ErrNone
		} else if err != nil {
			return nil, fmt.Errorf("opening the record store: %w", err)
		}
		if !durable.Writable(path) || !durable.Writable(filepath.Dir(path)) {
			return openReadOnly(ctx, path, files)
		}
	}
	return open(ctx, path, files, true)
}

// address returns the data source name of an SQLite file with options of the driver.
func address(path string, q url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// openReadOnly opens an SQLite file without writing anything, also not beside it. Records with an older
// schema are refused, because they would have to be migrated.
func openReadOnly(ctx context.Context, path, files string) (*Store, error) {
	kept, err := blobs.Open(ctx, files)
	if err != nil {
		return nil, err
	}
	db, at, copied, err := openForReading(ctx, path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the record store %s for reading: %w", path, err), kept.Close())
	}
	s := newStore(&database{DB: db, queue: db}, kept)
	s.path, s.readOnly, s.address, s.copied = path, true, at, copied
	if err := s.checkSchema(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// openForReading opens a file that cannot be written, and returns its data source name. Without a
// write-ahead log the file is opened as immutable. If a process that writes keeps a log and its index
// beside it, both are read too. A log without a usable index must not be ignored, because it holds
// committed records: file and log are then copied into a temporary folder, which the caller must remove.
func openForReading(ctx context.Context, path string) (db *sql.DB, at, copied string, err error) {
	q := url.Values{"_pragma": {"busy_timeout(30000)", "query_only(1)"}, "mode": {"ro"}}
	wal, err := os.Stat(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) || err == nil && wal.Size() == 0 {
		q.Set("immutable", "1")
		db, err = openAddress(ctx, address(path, q))
		return db, address(path, q), "", err
	}
	if err != nil {
		return nil, "", "", err
	}
	if exists(path + "-shm") {
		if db, err = openAddress(ctx, address(path, q)); err == nil {
			return db, address(path, q), "", nil
		}
	}
	if copied, err = os.MkdirTemp("", "kheo-records-"); err != nil {
		return nil, "", "", err
	}
	to := filepath.Join(copied, "kheo.db")
	for _, suffix := range []string{"", "-wal"} {
		if err := durable.CopyFile(path+suffix, to+suffix); err != nil {
			err = fmt.Errorf("copying it, because its log cannot be read where it is: %w", err)
			return nil, "", "", errors.Join(err, os.RemoveAll(copied))
		}
	}
	at = address(to, url.Values{"_pragma": {"busy_timeout(30000)", "query_only(1)"}})
	if db, err = openAddress(ctx, at); err != nil {
		return nil, "", "", errors.Join(err, os.RemoveAll(copied))
	}
	return db, at, copied, nil
}

// openAddress opens an SQLite file and reads from it once, so that a damaged file is reported here.
func openAddress(ctx context.Context, at string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", at)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(6)
	var n int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&n); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// removeCopy removes the temporary copy that was made to read a log.
func (s *Store) removeCopy() error {
	if s.copied == "" {
		return nil
	}
	return os.RemoveAll(s.copied)
}

// CopyBytes copies the file of the records byte by byte, without reading what it contains: for records
// that are too damaged for anything else.
func (s *Store) CopyBytes(to string) error {
	if s.db.postgres {
		return errors.New("records in PostgreSQL are not a file")
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(to + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return durable.CopyFile(s.path, to)
}

// exists reports whether a path leads to something; one that cannot be examined counts as nothing.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// ReadOnly reports whether the records are open for reading only.
func (s *Store) ReadOnly() bool { return s.readOnly }

// hasTables reports whether the tables of kheo exist.
func (s *Store) hasTables(ctx context.Context) (bool, error) {
	query := `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`
	if s.db.postgres {
		query = `SELECT count(to_regclass('goose_db_version'))`
	}
	var n int
	err := s.DB.QueryRowContext(ctx, query).Scan(&n)
	return n > 0, err
}

// checkSchema fails unless the schema of the records is the one of this kheo.
func (s *Store) checkSchema(ctx context.Context) error {
	begun, err := s.hasTables(ctx)
	if err != nil {
		return fmt.Errorf("reading the record store %s: %w", s.path, err)
	}
	if !begun {
		return ErrNone
	}
	have, err := s.version(ctx)
	if err != nil {
		return err
	}
	want, err := newestSchema("sqlite")
	if err != nil {
		return err
	}
	switch {
	case have > want:
		return s.errTooNew(have, want)
	case have < want:
		return fmt.Errorf("the records in %s were made by an older kheo (version %d, this one needs %d) "+
			"and may only be read here, so they cannot be migrated: open the workspace once where it may be "+
			"written (kheo lists is enough), or use the kheo that made them", s.path, have, want)
	}
	return nil
}

// errTooNew returns the error for records whose schema is newer than this kheo.
func (s *Store) errTooNew(have, want int64) error {
	return fmt.Errorf("it was made by a newer kheo (records version %d, this one knows %d); use that one", have, want)
}

// version returns the schema version of the records, which goose keeps.
func (s *Store) version(ctx context.Context) (n int64, err error) {
	err = s.DB.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&n)
	return n, err
}

// newestSchema returns the schema version that the migrations lead to.
func newestSchema(folder string) (int64, error) {
	list, err := fs.Glob(migrations, "migrations/"+folder+"/*.sql")
	if err != nil || len(list) == 0 {
		return 0, errors.Join(err, errors.New("there are no migrations"))
	}
	var last int64
	for _, name := range list {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		last = max(last, n)
	}
	return last, nil
}

// Blank reports whether the records hold no dossier, no run and no event.
func (s *Store) Blank(ctx context.Context) (bool, error) {
	var n int
	err := s.DB.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM dossiers) + (SELECT count(*) FROM runs)
		+ (SELECT count(*) FROM events)`).Scan(&n)
	return n == 0, err
}

// ID returns the id by which a workspace recognises its records; "" if they have none yet. Backups and
// records that were moved keep it.
func (s *Store) ID(ctx context.Context) (string, error) { return s.db.setting(ctx, idKey) }

// SetID gives the records an id unless they have one, and returns the one that they have. If several
// processes do so at once, all of them return the same id.
func (s *Store) SetID(ctx context.Context, id string) (string, error) {
	const query = `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING`
	if _, err := s.DB.ExecContext(ctx, query, idKey, id); err != nil {
		return "", err
	}
	return s.ID(ctx)
}

// damaged adds what to do to an error by which SQLite says that a file is damaged or not a database.
func damaged(path string, err error) error {
	if s := err.Error(); strings.Contains(s, "not a database") || strings.Contains(s, "malformed") {
		return fmt.Errorf("the record store %s is damaged (%w): nothing was changed; "+
			"restore the last backup into another folder (kheo restore)", path, err)
	}
	return err
}

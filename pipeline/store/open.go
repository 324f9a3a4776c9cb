package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// ErrNone is returned where there are no records: no file or one of no bytes, or a database without
// the tables of kheo.
var ErrNone = errors.New("there are no records")

// ErrLocked is returned where another process holds a lock.
var ErrLocked = errors.New("another process holds the lock")

// ErrReadOnly is returned where something is to be written to records that may only be read.
var ErrReadOnly = errors.New("the workspace may only be read here (read-only file system, or no right to write)")

// OpenExisting opens a store as Open does, but never begins one: ErrNone where there is none. A file
// that may not be written, or lies where nothing may be written beside it, is opened for reading.
func OpenExisting(ctx context.Context, path, blobs string) (*Store, error) {
	if !isPostgres(path) {
		if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
			return nil, ErrNone
		} else if err != nil {
			return nil, fmt.Errorf("opening the record store: %w", err)
		}
		if !writable(path) || !writable(filepath.Dir(path)) {
			return openReadOnly(ctx, path, blobs)
		}
	}
	return open(ctx, path, blobs, true)
}

// address is how the driver of SQLite is told which file to open, and how.
func address(path string, q url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// openReadOnly opens a file of SQLite and writes nothing, also not beside it. Records of an older
// kheo are refused, because they would have to be migrated.
func openReadOnly(ctx context.Context, path, blobs string) (*Store, error) {
	files, err := openBlobs(ctx, blobs)
	if err != nil {
		return nil, err
	}
	db, at, copied, err := openForReading(ctx, path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the record store %s for reading: %w", path, err), files.close())
	}
	s := newStore(&database{DB: db, queue: db}, files)
	s.path, s.readOnly, s.address, s.copied = path, true, at, copied
	if err := s.current(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// openForReading opens a file that may not be written, and returns its address. Without a write-ahead
// log it is opened as one that does not change. With a log and the index of it, which a process that
// writes keeps beside it, both are read along. A log without a usable index is never left out: file
// and log are then copied into a temporary folder, which is returned too and must be removed.
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
		if err := copyFile(path+suffix, to+suffix); err != nil {
			return nil, "", "", errors.Join(fmt.Errorf("copying it, because its log cannot be read where it is: %w", err), os.RemoveAll(copied))
		}
	}
	at = address(to, url.Values{"_pragma": {"busy_timeout(30000)", "query_only(1)"}})
	if db, err = openAddress(ctx, at); err != nil {
		return nil, "", "", errors.Join(err, os.RemoveAll(copied))
	}
	return db, at, copied, nil
}

// openAddress opens a file of SQLite and reads from it once.
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

// removeCopy removes the copy that was made to read a log.
func (s *Store) removeCopy() error {
	if s.copied == "" {
		return nil
	}
	return os.RemoveAll(s.copied)
}

// CopyBytes writes the file of the records once more, as it is; nothing is known of what it holds.
func (s *Store) CopyBytes(to string) error {
	if s.db.postgres {
		return errors.New("records in PostgreSQL are no file")
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(to + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return copyFile(s.path, to)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// copyFile writes a file once more; it is on the disk when it returns.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// ReadOnly reports whether nothing can be written.
func (s *Store) ReadOnly() bool { return s.readOnly }

// begun reports whether there are tables of kheo.
func (s *Store) begun(ctx context.Context) (bool, error) {
	query := `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`
	if s.db.postgres {
		query = `SELECT count(to_regclass('goose_db_version'))`
	}
	var n int
	err := s.DB.QueryRowContext(ctx, query).Scan(&n)
	return n > 0, err
}

// current is an error where the records have not the form that this kheo knows.
func (s *Store) current(ctx context.Context) error {
	begun, err := s.begun(ctx)
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
		return s.tooNew(have, want)
	case have < want:
		return fmt.Errorf("the records in %s were made by an older kheo (version %d, this one needs %d) and may only be read here, so they cannot be migrated: "+
			"open the workspace once where it may be written (kheo lists is enough), or use the kheo that made them", s.path, have, want)
	}
	return nil
}

func (s *Store) tooNew(have, want int64) error {
	return fmt.Errorf("it was made by a newer kheo (records version %d, this one knows %d); use that one", have, want)
}

// version is the version of the records, as goose keeps it.
func (s *Store) version(ctx context.Context) (n int64, err error) {
	err = s.DB.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&n)
	return n, err
}

// newestSchema is the version to which the migrations of a database lead.
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

// Blank reports whether there is nothing in the records yet: no dossier, no run, no event.
func (s *Store) Blank(ctx context.Context) (bool, error) {
	var n int
	err := s.DB.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM dossiers) + (SELECT count(*) FROM runs) + (SELECT count(*) FROM events)`).Scan(&n)
	return n == 0, err
}

// ID is the id of the records, by which a workspace knows its own; "" where they have none yet. A
// backup and records that are moved keep it.
func (s *Store) ID(ctx context.Context) (string, error) { return s.db.setting(ctx, idKey) }

// SetID gives the records an id, and returns the one that they have then: another process may have
// been quicker.
func (s *Store) SetID(ctx context.Context, id string) (string, error) {
	if _, err := s.DB.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, idKey, id); err != nil {
		return "", err
	}
	return s.ID(ctx)
}

// lockWait waits until a file can be locked.
func lockWait(ctx context.Context, path string) (unlock func(), err error) {
	for {
		unlock, err := LockFile(path)
		if !errors.Is(err, ErrLocked) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// damaged says what to do where SQLite calls a file damaged or none of its own.
func damaged(path string, err error) error {
	if s := err.Error(); strings.Contains(s, "not a database") || strings.Contains(s, "malformed") {
		return fmt.Errorf("the record store %s is damaged (%w): nothing was changed; restore the last backup into another folder (kheo restore)", path, err)
	}
	return err
}

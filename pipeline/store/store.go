// Package store keeps kheo's records: dossiers and their versions, what was
// read of every file, assessments, published lists, the run ledger. They live
// in SQLite (pure Go, write-ahead log), or in PostgreSQL where several machines
// share them; the files themselves lie in a folder as blobs named by their hash. The store is the truth: the search index and the
// folders of lists can be thrown away and are made again from it.
package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// Store is an open record store. Its methods may be called by several
// goroutines at once.
type Store struct {
	DB    *sql.DB // records
	Queue *sql.DB // the same, for the work queue: of a file, one connection
	blobs blobs

	postgres bool
	path     string // of the file; "" in PostgreSQL
	readOnly bool
	address  string // of a file that is only read
	copied   string // the folder of a copy that is read in its place; "" where there is none

	statements sync.Map // SQL -> *sql.Stmt: what is asked of every dossier is parsed once
}

// Open opens the store at a path, or at an address of PostgreSQL, creates or migrates it; blobs is
// the folder of the files, or the address of a bucket. A store made by a newer kheo is refused.
func Open(ctx context.Context, path, blobs string) (*Store, error) {
	return open(ctx, path, blobs, false)
}

// open opens a store to write to it; where it must exist, ErrNone tells that it does not.
func open(ctx context.Context, path, blobs string, must bool) (*Store, error) {
	files, err := openBlobs(ctx, blobs)
	if err != nil {
		return nil, err
	}
	s := &Store{blobs: files}
	if isPostgres(path) {
		s.postgres = true
		s.DB, s.Queue, err = openPostgres(ctx, path)
		path = ""
	} else {
		s.path = path
		err = s.openFiles(ctx, must)
		path = " " + path
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the record store%s: %w", path, err), files.close())
	}
	if must {
		begun, err := s.begun(ctx)
		if err == nil && !begun {
			err = ErrNone
		}
		if err != nil {
			s.Close()
			return nil, damaged(s.path, err)
		}
	}
	if err := s.Prepare(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("preparing the record store%s: %w", path, err)
	}
	return s, nil
}

// openFiles opens the file of the records, for them and for the queue.
func (s *Store) openFiles(ctx context.Context, must bool) (err error) {
	if !must {
		if err := newPrivate(s.path); err != nil {
			return err
		}
	}
	if s.DB, err = openFile(ctx, s.path, 6, "immediate", must); err != nil {
		return damaged(s.path, err)
	}
	if s.Queue, err = openFile(ctx, s.path, 1, "immediate", must); err != nil {
		return errors.Join(err, s.DB.Close())
	}
	return nil
}

// newPrivate makes a file that only its owner may read where there is none: SQLite gives what it
// writes beside it (-wal, -shm) the same mode. Of one that is there the mode stays.
func newPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), PrivateDir); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, PrivateFile)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// openFile opens SQLite. lock tells when a transaction takes the lock to write: at once, so that
// none fails half way, or never where it only reads. What is deleted is overwritten with zeros.
// A file that must exist is not made.
func openFile(ctx context.Context, path string, conns int, lock string, must bool) (*sql.DB, error) {
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(30000)", "foreign_keys(1)", "secure_delete(1)"}, "_txlock": {lock}}
	if must {
		q.Set("mode", "rw")
	}
	db, err := sql.Open("sqlite", address(path, q))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close closes the store.
func (s *Store) Close() error {
	s.statements.Range(func(_, st any) bool {
		st.(*sql.Stmt).Close()
		return true
	})
	return errors.Join(s.Queue.Close(), s.DB.Close(), s.blobs.close(), s.removeCopy())
}

// prepared returns a statement, parsed when it is first asked for.
func (s *Store) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.statements.Load(query); ok {
		return st.(*sql.Stmt), nil
	}
	st, err := s.DB.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if have, loaded := s.statements.LoadOrStore(query, st); loaded {
		st.Close()
		return have.(*sql.Stmt), nil
	}
	return st, nil
}

// Prepare creates the records, or brings them to what this kheo knows. Records of a newer one
// are refused.
func (s *Store) Prepare(ctx context.Context) error {
	folder, dialect, db := "sqlite", goose.DialectSQLite3, s.DB
	if s.postgres {
		folder, dialect, db = "postgres", goose.DialectPostgres, s.Queue // which takes statements as they are written
		unlock, err := s.alone(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	sub, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, sub)
	if err != nil {
		return err
	}
	if err := s.migrate(ctx, p); err != nil {
		return err
	}
	var n int
	if s.DB.QueryRowContext(ctx, `SELECT count(*) FROM settings WHERE key = 'queue' AND value = '1'`).Scan(&n); n == 1 {
		return nil
	}
	var queue riverdriver.Driver[*sql.Tx] = riversqlite.New(s.DB)
	if s.postgres {
		queue = s.QueueDriver()
	}
	m, err := rivermigrate.New(queue, nil)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	return s.SetSetting(ctx, "queue", "1")
}

// migrate brings the records to what this kheo knows, one process at a time, after they were copied.
func (s *Store) migrate(ctx context.Context, p *goose.Provider) error {
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return s.tooNew(have, want)
	}
	if have == want {
		return nil
	}
	if !s.postgres {
		unlock, err := lockWait(ctx, s.path+".migrating")
		if err != nil {
			return err
		}
		defer unlock()
		if have, want, err = p.GetVersions(ctx); err != nil || have >= want { // another process was quicker
			return err
		}
	}
	if have > 0 {
		if err := s.copyBefore(ctx, have, want); err != nil {
			return err
		}
	}
	_, err = p.Up(ctx)
	return err
}

// QueueDriver is how the work queue is reached.
func (s *Store) QueueDriver() riverdriver.Driver[*sql.Tx] {
	if s.postgres {
		return riverdatabasesql.New(s.Queue)
	}
	return riversqlite.New(s.Queue)
}

// BeginWork begins a transaction in which work can be queued.
func (s *Store) BeginWork(ctx context.Context) (*sql.Tx, error) {
	if s.postgres {
		return s.Queue.BeginTx(ctx, nil)
	}
	return s.DB.BeginTx(ctx, nil)
}

// alone waits until no other machine prepares the records.
func (s *Store) alone(ctx context.Context) (unlock func(), err error) {
	for {
		// An advisory lock of its own: there may be no tables yet.
		conn, err := s.Queue.Conn(ctx)
		if err != nil {
			return nil, err
		}
		var got bool
		err = conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(hashtextextended('kheo preparing', 0))`).Scan(&got)
		if err == nil && got {
			return func() {
				conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtextextended('kheo preparing', 0))`)
				conn.Close()
			}, nil
		}
		conn.Close()
		if err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// among asks for the rows that match one of the keys, so many at a time as a statement takes: the
// query has (@) where the keys stand, and first are its parameters before them.
func (s *Store) among(ctx context.Context, query string, first []any, keys []string, row func(*sql.Rows) error) error {
	const most = 400
	for chunk := range slices.Chunk(keys, most) {
		args := slices.Clone(first)
		for _, k := range chunk {
			args = append(args, k)
		}
		st, err := s.prepared(ctx, strings.Replace(query, "(@)", "(?"+strings.Repeat(", ?", len(chunk)-1)+")", 1))
		if err != nil {
			return err
		}
		rows, err := st.QueryContext(ctx, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := row(rows); err != nil {
				rows.Close()
				return err
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Setting returns a small value kept under a key, "" where there is none.
func (s *Store) Setting(ctx context.Context, key string) (string, error) {
	var v string
	err := s.DB.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, err
}

// SetSetting keeps a small value under a key.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	_, err := s.DB.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// SettingsUnder returns the keys that begin so, sorted.
func (s *Store) SettingsUnder(ctx context.Context, prefix string) ([]string, error) {
	return s.column(ctx, `SELECT key FROM settings WHERE substr(key, 1, ?) = ? ORDER BY key`, len([]rune(prefix)), prefix)
}

// DropSetting removes what is kept under a key.
func (s *Store) DropSetting(ctx context.Context, key string) error {
	_, err := s.DB.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, key)
	return err
}

// tx runs f in a transaction.
func (s *Store) tx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := s.fence(ctx, tx); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// pack writes v as compressed JSON (S2); unpack reads it back, and what an older kheo
// wrote with gzip.
func pack(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return squeeze(b), nil
}

// packed is the first byte of what squeeze writes; gzip begins with another.
const packed = 'S'

// scratch is where squeeze works before it knows how much there will be.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

func squeeze(b []byte) []byte {
	buf := scratch.Get().(*[]byte)
	*buf = slices.Grow((*buf)[:0], s2.MaxEncodedLen(len(b)))
	n := s2.Encode((*buf)[:cap(*buf)], b)
	out := make([]byte, 1+len(n))
	out[0] = packed
	copy(out[1:], n)
	if cap(*buf) < 1<<20 {
		scratch.Put(buf)
	}
	return out
}

// Squeezed is what was written to it, squeezed part by part.
type Squeezed struct {
	part   []byte
	blocks [][]byte
}

// squeezedPart is the size of a part in bytes.
const squeezedPart = 1 << 20

func (s *Squeezed) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := min(len(rest), squeezedPart-len(s.part))
		s.part = append(s.part, rest[:n]...)
		if rest = rest[n:]; len(s.part) == squeezedPart {
			s.end()
		}
	}
	return len(b), nil
}

// end ends a part.
func (s *Squeezed) end() {
	s.blocks = append(s.blocks, squeeze(s.part)[1:])
	s.part = s.part[:0]
}

// bytes are what squeeze makes of the whole.
func (s *Squeezed) bytes() ([]byte, error) {
	s.end()
	return s2.ConcatBlocks([]byte{packed}, s.blocks...)
}

func unsqueeze(b []byte) ([]byte, error) {
	if len(b) > 0 && b[0] == packed {
		return s2.Decode(nil, b[1:])
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func unpack(b []byte, v any) error {
	raw, err := unsqueeze(b)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

// Sound asks SQLite whether its file is whole; PostgreSQL sees to that itself.
func (s *Store) Sound(ctx context.Context) error {
	if s.postgres {
		return s.DB.PingContext(ctx)
	}
	said, err := s.column(ctx, `PRAGMA integrity_check(10)`)
	if err != nil {
		return err
	}
	if len(said) != 1 || said[0] != "ok" {
		return errors.New(strings.Join(said, "; "))
	}
	return nil
}

// Package store keeps kheo's records: dossiers and their versions, what was
// read of every file, assessments, published lists, the run ledger. They live
// in SQLite (pure Go, write-ahead log), or in PostgreSQL where several machines
// share them; the files themselves lie in a folder as blobs named by their hash. The store is the truth: the search index and the
// folders of lists can be thrown away and are made again from it.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// Store is an open record store. Each group of tables has a type of its own, reached as a field. All
// methods may be called by several goroutines at once.
type Store struct {
	DB *sql.DB // the records, for reports in SQL and for tests; statements in the dialect of SQLite

	Blobs       Blobs       // the bytes of files, by hash
	Dossiers    Dossiers    // what was submitted
	Readings    Readings    // what was read of files
	Profiles    Profiles    // identities, and sketches of texts
	Copies      Copies      // near-duplicates found
	Assessments Assessments // results of the rulesets
	Register    Register    // what the register of models needs of dossiers
	Runs        Runs        // the run ledger
	Lists       Lists       // published lists and their editions
	Rulesets    Rulesets    // rulesets that lists were made by
	Index       Index       // what the search index is to hold
	Searches    Searches    // saved searches
	Events      Events      // the audit trail
	Scores      Scores      // panel scores, as a table for reports
	People      People      // passwords, and links to choose one
	Sessions    Sessions    // sessions of signed-in people
	Drafts      Drafts      // texts that people have not finished
	Workers     Workers     // processes that serve, and their leases
	Batches     Batches     // the work queue of runs
	State       State       // requests between processes, and what they remember

	db       *database
	path     string // of the file; "" in PostgreSQL
	readOnly bool
	address  string // of a file that is opened read-only
	copied   string // the folder of a copy that is read in its place; "" without one
}

// newStore returns a store over open connections.
func newStore(db *database, files blobs) *Store {
	return &Store{DB: db.DB, db: db, Blobs: Blobs{files}, Dossiers: Dossiers{db}, Readings: Readings{db}, Profiles: Profiles{db}, Copies: Copies{db},
		Assessments: Assessments{db}, Register: Register{db}, Runs: Runs{db}, Lists: Lists{db}, Rulesets: Rulesets{db}, Index: Index{db},
		Searches: Searches{db}, Events: Events{db}, Scores: Scores{db}, People: People{db}, Sessions: Sessions{db}, Drafts: Drafts{db},
		Workers: Workers{db}, Batches: Batches{db}, State: newState(db)}
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
	var db *database
	name := ""
	if isPostgres(path) {
		db, err = openPostgres(ctx, path)
		path = ""
	} else {
		db, err = openFiles(ctx, path, must)
		name = " " + path
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the record store%s: %w", name, err), files.close())
	}
	s := newStore(db, files)
	s.path = path
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
		return nil, fmt.Errorf("preparing the record store%s: %w", name, err)
	}
	return s, nil
}

// openFiles opens the file of the records, for them and for the queue. A file that must exist is not
// created.
func openFiles(ctx context.Context, path string, must bool) (*database, error) {
	if !must {
		if err := newPrivate(path); err != nil {
			return nil, err
		}
	}
	db, err := openFile(ctx, path, 6, "immediate", must)
	if err != nil {
		return nil, damaged(path, err)
	}
	queue, err := openFile(ctx, path, 1, "immediate", must)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &database{DB: db, queue: queue}, nil
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
	return errors.Join(s.db.close(), s.Blobs.files.close(), s.removeCopy())
}

// Prepare creates the records, or brings them to what this kheo knows. Records of a newer one
// are refused.
func (s *Store) Prepare(ctx context.Context) error {
	folder, dialect, db := "sqlite", goose.DialectSQLite3, s.DB
	if s.db.postgres {
		folder, dialect, db = "postgres", goose.DialectPostgres, s.db.queue // which takes statements as they are written
		unlock, err := s.db.migrationLock(ctx)
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
	if s.db.postgres {
		queue = s.QueueDriver()
	}
	m, err := rivermigrate.New(queue, nil)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	return s.db.setSetting(ctx, queueKey, "1")
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
	if !s.db.postgres {
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
	if s.db.postgres {
		return riverdatabasesql.New(s.db.queue)
	}
	return riversqlite.New(s.db.queue)
}

// BeginWork begins a transaction in which work can be queued.
func (s *Store) BeginWork(ctx context.Context) (*sql.Tx, error) {
	if s.db.postgres {
		return s.db.queue.BeginTx(ctx, nil)
	}
	return s.DB.BeginTx(ctx, nil)
}

// Sound asks SQLite whether its file is whole; PostgreSQL sees to that itself.
func (s *Store) Sound(ctx context.Context) error {
	if s.db.postgres {
		return s.DB.PingContext(ctx)
	}
	said, err := s.db.column(ctx, `PRAGMA integrity_check(10)`)
	if err != nil {
		return err
	}
	if len(said) != 1 || said[0] != "ok" {
		return errors.New(strings.Join(said, "; "))
	}
	return nil
}

// Shared reports whether other workers can take part in the work of a run: only in PostgreSQL.
func (s *Store) Shared() bool { return s.db.postgres }

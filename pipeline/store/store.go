// Package store keeps the records of kheo: dossiers and their versions, what was read of every file,
// assessments, published lists, the audit trail and the run ledger.
//
// The records are in SQLite (pure Go, write-ahead log) or, if several nodes share them, in PostgreSQL.
// The bytes of files are blobs, named by their SHA-256 (package internal/blobs). The records and blobs
// are the source of truth: the search index and the folders of lists can be deleted and are rebuilt.
//
// Every statement is written once, in the dialect of SQLite; postgres.go adapts it. Whatever belongs
// together is written in one transaction, so that a process may be killed at any moment. The schema is
// in migrations/; an older schema is copied, then migrated, and a newer one is refused.
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

	"kheo/internal/blobs"
	"kheo/internal/durable"

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
// methods are safe for concurrent use.
type Store struct {
	DB *sql.DB // the records, for reports in SQL and for tests; takes statements in the dialect of SQLite

	Blobs       blobs.Blobs // the bytes of files, by hash
	Dossiers    Dossiers    // what was submitted
	Readings    Readings    // what was read of files
	Sightings   Sightings   // what was seen of quotes on rendered pages
	Profiles    Profiles    // identities, and sketches of texts
	Copies      Copies      // near-duplicates found
	Assessments Assessments // results of the rulesets
	Register    Register    // what the register of models needs to know of dossiers
	Runs        Runs        // the run ledger
	Lists       Lists       // published lists and their editions
	Rulesets    Rulesets    // rulesets by which lists were made
	Index       Index       // what the search index must contain
	Searches    Searches    // saved searches
	Events      Events      // the audit trail
	Scores      Scores      // panel scores, as a table for reports
	People      People      // passwords, and links to choose a password
	Sessions    Sessions    // sessions of people who are signed in
	Drafts      Drafts      // texts that people have not finished
	Proposals   Proposals   // changes of rulesets and of kheo.yaml
	Workers     Workers     // processes that serve, and the leases that they hold
	Batches     Batches     // the work queue of runs
	State       State       // requests between processes, and what they remember

	db       *database
	path     string // of the SQLite file; "" for PostgreSQL
	readOnly bool
	address  string // data source name of a file that is opened read-only
	copied   string // temporary folder with the copy that is read instead; "" without a copy
}

// newStore returns a store over open connections.
func newStore(db *database, files blobs.Blobs) *Store {
	return &Store{
		DB: db.DB, db: db, Blobs: files,
		Dossiers: Dossiers{db}, Readings: Readings{db}, Sightings: Sightings{db}, Profiles: Profiles{db},
		Copies: Copies{db}, Assessments: Assessments{db}, Register: Register{db}, Runs: Runs{db}, Lists: Lists{db},
		Rulesets: Rulesets{db}, Index: Index{db}, Searches: Searches{db}, Events: Events{db},
		Scores: Scores{db}, People: People{db}, Sessions: Sessions{db}, Drafts: Drafts{db}, Proposals: Proposals{db},
		Workers: Workers{db}, Batches: Batches{db}, State: newState(db),
	}
}

// Open opens the store at a path or a PostgreSQL URL; it creates the records or migrates them if
// necessary. files is the folder of the blobs or the URL of a bucket. Records that a newer kheo made
// are refused.
func Open(ctx context.Context, path, files string) (*Store, error) {
	return open(ctx, path, files, false)
}

// open opens a store for writing. With must, the records have to exist: ErrNone is returned if they do
// not, and nothing is created.
func open(ctx context.Context, path, files string, must bool) (*Store, error) {
	kept, err := blobs.Open(ctx, files)
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
		return nil, errors.Join(fmt.Errorf("opening the record store%s: %w", name, err), kept.Close())
	}
	s := newStore(db, kept)
	s.path = path
	if must {
		begun, err := s.hasTables(ctx)
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

// openFiles opens the SQLite file twice: for the records, and for the work queue. With must, a missing
// file is not created.
func openFiles(ctx context.Context, path string, must bool) (*database, error) {
	if !must {
		if err := createPrivate(path); err != nil {
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

// createPrivate creates a file that only its owner can read, unless it exists. SQLite gives the files that
// it writes beside it (-wal, -shm) the same mode. The mode of an existing file does not change.
func createPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), durable.PrivateDir); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, durable.PrivateFile)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// openFile opens an SQLite file with at most conns connections. lock is the kind of transaction that
// BEGIN starts: "immediate" takes the write lock at once, so that no transaction fails halfway when it
// first writes; "deferred" is for transactions that only read. secure_delete overwrites deleted
// content with zeros. With must, a missing file is not created.
func openFile(ctx context.Context, path string, conns int, lock string, must bool) (*sql.DB, error) {
	q := url.Values{"_txlock": {lock}, "_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(30000)", "foreign_keys(1)", "secure_delete(1)"}}
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

// Close closes the store, and removes the temporary copy of records that were read through one.
func (s *Store) Close() error {
	return errors.Join(s.db.close(), s.Blobs.Close(), s.removeCopy())
}

// Prepare creates the records, or migrates them to the schema of this kheo. Records with a newer schema
// are refused. The tables of River, the work queue, are created too, once: River has migrations of its
// own. On PostgreSQL it runs under the migration lock, because several nodes may start at once.
func (s *Store) Prepare(ctx context.Context) error {
	folder, dialect, db := "sqlite", goose.DialectSQLite3, s.DB
	if s.db.postgres {
		// The connections of the queue do not rewrite statements: migrations are written for one database.
		folder, dialect, db = "postgres", goose.DialectPostgres, s.db.queue
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
	row := s.DB.QueryRowContext(ctx, `SELECT count(*) FROM settings WHERE key = 'queue' AND value = '1'`)
	if row.Scan(&n); n == 1 {
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

// migrate brings the records to the schema of this kheo, one process at a time. Existing records are
// copied first, and are not migrated if the copy fails.
func (s *Store) migrate(ctx context.Context, p *goose.Provider) error {
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > want {
		return s.errTooNew(have, want)
	}
	if have == want {
		return nil
	}
	if !s.db.postgres {
		unlock, err := durable.WaitLock(ctx, s.path+".migrating")
		if err != nil {
			return err
		}
		defer unlock()
		// Another process may have migrated the records while this one waited for the lock.
		if have, want, err = p.GetVersions(ctx); err != nil || have >= want {
			return err
		}
	}
	if have > 0 {
		if err := s.copyBeforeMigration(ctx, have, want); err != nil {
			return err
		}
	}
	_, err = p.Up(ctx)
	return err
}

// QueueDriver returns the driver by which River reaches the work queue.
func (s *Store) QueueDriver() riverdriver.Driver[*sql.Tx] {
	if s.db.postgres {
		return riverdatabasesql.New(s.db.queue)
	}
	return riversqlite.New(s.db.queue)
}

// CheckIntegrity runs the integrity check of SQLite and returns what it finds as an error. PostgreSQL checks its
// own files; for it, Sound only tests the connection.
func (s *Store) CheckIntegrity(ctx context.Context) error {
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

// Shared reports whether workers on other nodes can take part in a run: only with PostgreSQL.
func (s *Store) Shared() bool { return s.db.postgres }

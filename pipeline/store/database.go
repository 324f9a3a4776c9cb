package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// database is what all sub-stores share: the connections, and helpers for queries that work on both
// databases. Statements are written in the dialect of SQLite; connections to PostgreSQL rewrite them
// (postgres.go).
type database struct {
	*sql.DB          // the records
	queue    *sql.DB // the same database, for River; statements are not rewritten; SQLite has one connection
	postgres bool

	statements sync.Map // SQL -> *sql.Stmt, so that statements that run once per dossier are parsed once

	unlisted atomic.Pointer[unlisted] // what Dossiers.Unlisted counted last
}

// close closes all statements and connections.
func (s *database) close() error {
	s.statements.Range(func(_, st any) bool {
		st.(*sql.Stmt).Close()
		return true
	})
	return errors.Join(s.queue.Close(), s.DB.Close())
}

// prepared returns a prepared statement from the cache, or prepares it. Two goroutines may prepare the
// same statement; the second one then closes its own. The caller must not close the statement.
func (s *database) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
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

// migrationLock waits for the migration lock of a PostgreSQL database and returns how to release it.
// The lock belongs to one connection, so it is released if the process dies.
func (s *database) migrationLock(ctx context.Context) (unlock func(), err error) {
	for {
		// An advisory lock, because there may be no tables yet.
		conn, err := s.queue.Conn(ctx)
		if err != nil {
			return nil, err
		}
		var got bool
		const try = `SELECT pg_try_advisory_lock(hashtextextended('kheo preparing', 0))`
		err = conn.QueryRowContext(ctx, try).Scan(&got)
		if err == nil && got {
			return func() {
				const release = `SELECT pg_advisory_unlock(hashtextextended('kheo preparing', 0))`
				conn.ExecContext(context.WithoutCancel(ctx), release)
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

// queryIn runs a query for the rows that match one of the keys, in chunks of keys, and calls row for
// each. The query has (@) in the place of the list of keys; first are its parameters before that list.
// Rows are in the order of the query within a chunk only. row must not use the database.
func (s *database) queryIn(
	ctx context.Context, query string, first []any, keys []string, row func(*sql.Rows) error,
) error {
	const maxKeys = 400
	for chunk := range slices.Chunk(keys, maxKeys) {
		args := slices.Clone(first)
		for _, k := range chunk {
			args = append(args, k)
		}
		in := "(?" + strings.Repeat(", ?", len(chunk)-1) + ")"
		st, err := s.prepared(ctx, strings.Replace(query, "(@)", in, 1))
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

// tx runs f in a transaction, and rolls it back if f fails. On SQLite it holds the only write lock, so f
// must not wait for anything else. If the context is bound to a run (ForRun) and that run is over,
// nothing is written and ErrRunOver is returned.
func (s *database) tx(ctx context.Context, f func(*sql.Tx) error) error {
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

// column runs a query for one column of text on the records.
func (s *database) column(ctx context.Context, query string, args ...any) ([]string, error) {
	return column(ctx, s.DB, query, args...)
}

// column runs a query for one column of text, on the records or within a transaction.
func column(ctx context.Context, of interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, query string, args ...any) ([]string, error) {
	rows, err := of.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// ErrRunOver is returned to a run that writes after another run took its place.
var ErrRunOver = errors.New("this run is over: another took its place")

// fenceKey is the key under which a context holds the number of the run that fences its transactions.
type fenceKey struct{}

// ForRun returns a context with which transactions commit only while a run is under way (fencing): a
// process that was frozen, and whose place another took meanwhile, changes nothing when it continues.
func ForRun(ctx context.Context, number int64) context.Context {
	return context.WithValue(ctx, fenceKey{}, number)
}

// fence fails if the context is bound to a run that is over. Otherwise the run cannot end before the
// transaction does: the row of the ledger stays locked, on SQLite by the write lock.
func (s *database) fence(ctx context.Context, tx *sql.Tx) error {
	number, ok := ctx.Value(fenceKey{}).(int64)
	if !ok {
		return nil
	}
	query := `SELECT state FROM runs WHERE number = ?`
	if s.postgres {
		query += ` FOR SHARE`
	}
	var state string
	err := tx.QueryRowContext(ctx, query, number).Scan(&state)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if state != RunRunning {
		return fmt.Errorf("run %d: %w", number, ErrRunOver)
	}
	return nil
}

// eachValue calls f for every row of a query with two columns.
func (s *database) eachValue(
	ctx context.Context, query string, f func(key string, value []byte), args ...any,
) error {
	rows, err := s.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			return err
		}
		f(key, value)
	}
	return rows.Err()
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// database is what all sub-stores share: the connections, and the ways of asking that are the same
// for both databases. Statements are written in the dialect of SQLite; connections to PostgreSQL
// rewrite them (postgres.go).
type database struct {
	*sql.DB          // the records
	queue    *sql.DB // the same, for River: one connection to a file; statements are not rewritten
	postgres bool

	statements sync.Map // SQL -> *sql.Stmt: statements that run once per dossier are parsed once
}

// close closes all statements and connections.
func (s *database) close() error {
	s.statements.Range(func(_, st any) bool {
		st.(*sql.Stmt).Close()
		return true
	})
	return errors.Join(s.queue.Close(), s.DB.Close())
}

// prepared returns a statement, parsed when it is first asked for.
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

// migrationLock waits until no other machine prepares the records.
func (s *database) migrationLock(ctx context.Context) (unlock func(), err error) {
	for {
		// An advisory lock of its own: there may be no tables yet.
		conn, err := s.queue.Conn(ctx)
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

// queryIn asks for the rows that match one of the keys, so many at a time as a statement takes: the
// query has (@) where the keys stand, and first are its parameters before them.
func (s *database) queryIn(ctx context.Context, query string, first []any, keys []string, row func(*sql.Rows) error) error {
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

// tx runs f in a transaction.
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

func (s *database) column(ctx context.Context, query string, args ...any) ([]string, error) {
	return column(ctx, s.DB, query, args...)
}

// column asks for one column, of the records or within a transaction.
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

// ErrOver is returned where a run writes that is over: another took its place.
var ErrOver = errors.New("this run is over: another took its place")

type fenceKey struct{}

// ForRun lets whatever is written with the context be written only while a run is under way: a
// process that was frozen, and whose place another took, changes nothing any more.
func ForRun(ctx context.Context, number int64) context.Context {
	return context.WithValue(ctx, fenceKey{}, number)
}

// fence holds the run of a context under way until the transaction ends.
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
	if err := tx.QueryRowContext(ctx, query, number).Scan(&state); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if state != RunRunning {
		return fmt.Errorf("run %d: %w", number, ErrOver)
	}
	return nil
}

// eachValue calls f with the rows of a query of two columns.
func (s *database) eachValue(ctx context.Context, query string, f func(key string, value []byte), args ...any) error {
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

package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Every statement is written once, with ? for its values, as SQLite has it. For PostgreSQL it
// is rewritten where a connection takes it; what the two call differently stands in spoken.

// isPostgres reports whether a store is named by an address of PostgreSQL.
func isPostgres(store string) bool {
	return strings.HasPrefix(store, "postgres://") || strings.HasPrefix(store, "postgresql://")
}

// spoken is what PostgreSQL calls otherwise.
var dialect = strings.NewReplacer("group_concat(DISTINCT c.engine)", "string_agg(DISTINCT c.engine, ',')")

// rebound are statements that were rewritten: there are some hundred.
var rebound sync.Map

// rebind writes $1, $2 … for the ? of a statement, but not inside quotes.
func rebind(query string) string {
	if q, ok := rebound.Load(query); ok {
		return q.(string)
	}
	var b strings.Builder
	n, quoted := 0, false
	for i := range len(query) {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteString("$" + strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	q := dialect.Replace(b.String())
	rebound.Store(query, q)
	return q
}

// rebinding opens connections that rewrite what they are asked.
type rebinding struct{ driver.Connector }

func (r rebinding) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &rebindingConn{c.(*stdlib.Conn)}, nil
}

type rebindingConn struct{ *stdlib.Conn }

func (c *rebindingConn) Prepare(query string) (driver.Stmt, error) {
	return c.Conn.Prepare(rebind(query))
}

func (c *rebindingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, rebind(query))
}

func (c *rebindingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, rebind(query), args)
}

func (c *rebindingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, rebind(query), args)
}

// openPostgres opens records, and the work queue, in PostgreSQL.
func openPostgres(ctx context.Context, address string) (*database, error) {
	conf, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("store: the address of PostgreSQL cannot be read: %w", err)
	}
	db := sql.OpenDB(rebinding{stdlib.GetConnector(*conf)})
	queue := stdlib.OpenDB(*conf)
	db.SetMaxOpenConns(12)
	queue.SetMaxOpenConns(12)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		queue.Close()
		return nil, explainPostgres(conf, err)
	}
	return &database{DB: db, queue: queue, postgres: true}, nil
}

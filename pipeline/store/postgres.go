package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"kheo/internal/explain"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Every statement is written once, for SQLite, with ? for its values. For PostgreSQL it is rewritten
// when it reaches a connection; expressions that have another name there are listed in dialect.

// isPostgres reports whether the address of a store is a PostgreSQL URL.
func isPostgres(store string) bool {
	return strings.HasPrefix(store, "postgres://") || strings.HasPrefix(store, "postgresql://")
}

// dialect replaces expressions of SQLite by those of PostgreSQL.
var dialect = strings.NewReplacer("group_concat(DISTINCT c.engine)", "string_agg(DISTINCT c.engine, ',')")

// rebindCache caches rewritten statements. There are a few hundred; statements are never built from input.
var rebindCache sync.Map

// rebind replaces each ? of a statement by $1, $2 …, except within quotes.
func rebind(query string) string {
	if q, ok := rebindCache.Load(query); ok {
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
	rebindCache.Store(query, q)
	return q
}

// rebindingConnector is a connector whose connections rewrite their statements.
type rebindingConnector struct{ driver.Connector }

// Connect is part of driver.Connector.
func (r rebindingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &rebindingConn{c.(*stdlib.Conn)}, nil
}

// rebindingConn is a connection of pgx that rewrites statements before it sends them.
type rebindingConn struct{ *stdlib.Conn }

// Prepare is part of driver.Conn. It and the methods below pass on statements with the placeholders and the
// dialect of PostgreSQL.
func (c *rebindingConn) Prepare(query string) (driver.Stmt, error) {
	return c.Conn.Prepare(rebind(query))
}

// PrepareContext is part of driver.ConnPrepareContext.
func (c *rebindingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, rebind(query))
}

// ExecContext is part of driver.ExecerContext.
func (c *rebindingConn) ExecContext(
	ctx context.Context, query string, args []driver.NamedValue,
) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, rebind(query), args)
}

// QueryContext is part of driver.QueryerContext.
func (c *rebindingConn) QueryContext(
	ctx context.Context, query string, args []driver.NamedValue,
) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, rebind(query), args)
}

// openPostgres opens the records and the work queue in PostgreSQL, and tests the connection. Errors name
// the likely cause (package explain), never the password.
func openPostgres(ctx context.Context, address string) (*database, error) {
	conf, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("store: the address of PostgreSQL cannot be read: %w", err)
	}
	db := sql.OpenDB(rebindingConnector{stdlib.GetConnector(*conf)})
	queue := stdlib.OpenDB(*conf)
	db.SetMaxOpenConns(12)
	queue.SetMaxOpenConns(12)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		queue.Close()
		return nil, explain.Postgres(conf, err)
	}
	return &database{DB: db, queue: queue, postgres: true}, nil
}

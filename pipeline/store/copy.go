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
	"math"
	"os"
	"slices"
	"strings"
)

// table is one that holds records.
type table struct {
	name, key string // key is the columns by which a row is known
	counter   string // a column that counts up by itself
}

// tables are all that hold records, with the columns by which a row is known. What is not here
// is the work queue, which belongs to a run under way, and the versions of the records.
var tables = []table{
	{"dossiers", "id", ""}, {"documents", "dossier, version, name", ""}, {"deliveries", "dossier, version", ""}, {"readings", "sha256, reader", ""}, {"parts", "sha256, reader, part", ""}, {"scans", "sha256, page", ""},
	{"profiles", "dossier", ""}, {"copies", "dossier", ""}, {"assessments", "dossier", ""}, {"lists", "run, ruleset", ""}, {"runs", "number", "number"}, {"rulesets", "sha256", ""},
	{"panel_scores", "id", "id"}, {"index_entries", "dossier", ""}, {"searches", "person, name", ""}, {"events", "seq", ""}, {"secrets", "person", ""}, {"links", "token", ""}, {"drafts", "person, place", ""},
	{"scanned", "dossier", ""}, {"settings", "key", ""}, {"sessions", "token", ""},
}

// ownSettings are the settings that belong to a store itself.
const ownSettings = `'` + queueKey + `', '` + eraseKey + `'`

// Copied is what copying records came to.
type Copied struct {
	Tables map[string]int `json:"tables"` // rows
	SHA256 string         `json:"sha256"` // of every row of every table, in order
}

// CopyTo copies all records into another store, which must hold none: as they are at one
// moment, also while others write. Both are then read and compared, row by row. A store that holds
// exactly these records, because copying was interrupted after its end, is accepted.
func (s *Store) CopyTo(ctx context.Context, to *Store) (*Copied, error) {
	held, err := to.holds(ctx)
	if err != nil {
		return nil, err
	}
	if held != "" {
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
				if _, err := tx.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence('`+t.name+`', '`+t.counter+`'), greatest(1, (SELECT coalesce(max(`+t.counter+`), 0) FROM `+t.name+`)))`); err != nil {
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
	check, stop, err := to.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	got, err := digest(ctx, check)
	if err != nil {
		return nil, err
	}
	if got.SHA256 != want.SHA256 {
		return nil, errors.New("what was copied is not what was read; nothing of it may be used")
	}
	return got, nil
}

// holds says what a store holds; "" where it holds no records.
func (s *Store) holds(ctx context.Context) (string, error) {
	for _, t := range tables {
		var n int
		if err := s.DB.QueryRowContext(ctx, `SELECT count(*) FROM `+t.name+where(t.name)).Scan(&n); err != nil {
			return "", err
		}
		if n > 0 {
			return fmt.Sprintf("%d in the table %s", n, t.name), nil
		}
	}
	return "", nil
}

// magicBytes begin a file of SQLite.
const magicBytes = "SQLite format 3\x00"

// IsRecords reports whether a file can be a record store: one of SQLite, or an empty file.
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

// Settle writes what the log of a file of SQLite holds into the file itself, so that the file can be
// renamed alone. It fails where another process has the file open.
func Settle(ctx context.Context, path string) error {
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

// Digest is the hash of all records, and how many there are.
func (s *Store) Digest(ctx context.Context) (*Copied, error) {
	tx, end, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return digest(ctx, tx)
}

// snapshot sees the records as they are at one moment, and keeps nobody from writing.
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
		var n int // the moment is that of the first look
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM settings`).Scan(&n)
	}
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	return tx, func() { tx.Rollback(); db.Close() }, nil
}

// where leaves out what belongs to a store itself.
func where(table string) string {
	if table == "settings" {
		return ` WHERE key NOT IN (` + ownSettings + `)`
	}
	return ""
}

// each hands over the rows of a table, in the order of their keys.
func each(ctx context.Context, tx *sql.Tx, table, key string, row func(columns []string, values []any) error) error {
	rows, err := tx.QueryContext(ctx, `SELECT * FROM `+table+where(table)+` ORDER BY `+key)
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

func copyTable(ctx context.Context, from, to *sql.Tx, table, key string) error {
	var st *sql.Stmt
	defer func() {
		if st != nil {
			st.Close()
		}
	}()
	return each(ctx, from, table, key, func(columns []string, values []any) (err error) {
		if st == nil {
			st, err = to.PrepareContext(ctx, `INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`) VALUES (?`+strings.Repeat(", ?", len(columns)-1)+`)`)
			if err != nil {
				return err
			}
		}
		_, err = st.ExecContext(ctx, values...)
		return err
	})
}

func digest(ctx context.Context, tx *sql.Tx) (*Copied, error) { return digestOf(ctx, tx, tables) }

// digestOf is the hash of some tables.
func digestOf(ctx context.Context, tx *sql.Tx, tables []table) (*Copied, error) {
	out := &Copied{Tables: map[string]int{}}
	h := sha256.New()
	for _, t := range tables {
		write(h, t.name)
		err := each(ctx, tx, t.name, t.key, func(columns []string, values []any) error {
			out.Tables[t.name]++
			order := make(map[string]any, len(columns)) // the databases may have columns in another order
			for i, c := range columns {
				order[c] = values[i]
			}
			for _, c := range slices.Sorted(slices.Values(columns)) {
				write(h, c)
				write(h, order[c])
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

// write adds a value to a hash, whichever database it comes from.
func write(h hash.Hash, v any) {
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

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// encoded are the columns that hold JSON, as it is or packed.
var encoded = []struct {
	table, key, column string
	decode             func([]byte) error
}{
	{"dossiers", "id", "manifest", isJSON},
	{"readings", "sha256", "result", func(b []byte) error { _, err := unpackReading(b); return err }},
	{"scans", "sha256", "result", isPacked},
	{"profiles", "dossier", "identity", isJSON},
	{"profiles", "dossier", "sketch", isPacked},
	{"copies", "dossier", "copies", isJSON},
	{"assessments", "dossier", "assessment", isPacked},
	{"lists", "run || ' ' || ruleset", "list", isPacked},
	{"runs", "run", "stages", isJSON},
	{"rulesets", "ruleset", "source", isPacked},
	{"index_entries", "dossier", "entry", isPacked},
	{"events", "hash", "body", isJSON},
}

func isJSON(b []byte) error {
	if !json.Valid(b) {
		return errors.New("it is no JSON")
	}
	return nil
}

func isPacked(b []byte) error {
	raw, err := unsqueeze(b)
	if err != nil {
		return err
	}
	return isJSON(raw)
}

// mostFaults is how many faults of one table are told.
const maxFaults = 20

// Faults tells what is wrong with the records themselves: what SQLite says of its file, and every
// value that cannot be decoded. Files and the chain of events are not looked at.
func (s *Store) Faults(ctx context.Context) ([]string, error) {
	out := []string{}
	if err := s.Sound(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return append(out, fmt.Sprintf("the records are damaged: %v", err)), nil
	}
	for _, e := range encoded {
		n := 0
		err := s.db.eachValue(ctx, fmt.Sprintf(`SELECT %s, %s FROM %s ORDER BY 1`, e.key, e.column, e.table), func(key string, value []byte) {
			if err := e.decode(value); err != nil {
				if n++; n <= maxFaults {
					out = append(out, fmt.Sprintf("the record of %s in %s (%s) cannot be read: %v", key, e.table, e.column, err))
				}
			}
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			out = append(out, fmt.Sprintf("the records of %s cannot be read: %v", e.table, err))
		}
		if n > maxFaults {
			out = append(out, fmt.Sprintf("and %d more records in %s (%s)", n-maxFaults, e.table, e.column))
		}
	}
	all, err := s.Dossiers.All(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if a := &all[i]; a.Hash() != a.ContentHash {
			out = append(out, fmt.Sprintf("the files that the records name for %s (version %d) are not those that were recorded", a.ID, a.Version))
		}
	}
	return out, nil
}

// DigestFile is the hash of the records in a file of SQLite that nobody writes, as they are: an older
// form of them is not migrated first.
func DigestFile(ctx context.Context, path string) (*Copied, error) {
	db, err := openAddress(ctx, address(path, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return nil, damaged(path, err)
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	have, err := column(ctx, tx, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		return nil, err
	}
	known := tables[:0:0]
	for _, t := range tables {
		for _, name := range have {
			if strings.EqualFold(name, t.name) {
				known = append(known, t)
			}
		}
	}
	return digestOf(ctx, tx, known)
}

// dueToErase writes down that traces are to be erased, in the transaction that leaves them.
func dueToErase(ctx context.Context, tx *sql.Tx) error { return set(ctx, tx, eraseKey, "1") }

// forgotten is what the ledger says in the place of a message about a dossier that was forgotten.
const forgotten = "(about a dossier that was forgotten)"

// forgetInRuns replaces what stages of runs tell of a dossier.
func forgetInRuns(ctx context.Context, tx *sql.Tx, names []string) error {
	names = slices.DeleteFunc(names, func(n string) bool { return len(n) < 3 }) // too short to tell anything by
	about := func(message string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(message, n) })
	}
	rows, err := tx.QueryContext(ctx, `SELECT number, stages, error FROM runs`)
	if err != nil {
		return err
	}
	defer rows.Close()
	changed := map[int64][2]string{}
	for rows.Next() {
		var number int64
		var text, failed string
		if err := rows.Scan(&number, &text, &failed); err != nil {
			return err
		}
		var stages []Stage
		if err := json.Unmarshal([]byte(text), &stages); err != nil {
			return err
		}
		differs := about(failed)
		if differs {
			failed = forgotten
		}
		for i := range stages {
			for k, e := range stages[i].Errors {
				if about(e) {
					stages[i].Errors[k], differs = forgotten, true
				}
			}
		}
		if differs {
			b, err := json.Marshal(stages)
			if err != nil {
				return err
			}
			changed[number] = [2]string{string(b), failed}
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for number, c := range changed {
		if _, err := tx.ExecContext(ctx, `UPDATE runs SET stages = ?, error = ? WHERE number = ?`, c[0], c[1], number); err != nil {
			return err
		}
	}
	return nil
}

// ToErase reports whether traces of what was removed are to be erased.
func (s *Store) ToErase(ctx context.Context) (bool, error) {
	due, err := s.db.setting(ctx, eraseKey)
	return due != "", err
}

// Erase rewrites the records, so that nothing that was removed is left in free space of their files or
// in the log beside them. Of PostgreSQL it rewrites the tables; what its own log and its backups hold
// is not in kheo's hands. It fails where another process reads or writes all the while.
func (s *Store) Erase(ctx context.Context) error {
	if err := s.erase(ctx); err != nil {
		return fmt.Errorf("erasing traces of what was removed: %w", err)
	}
	return s.db.dropSetting(ctx, eraseKey)
}

func (s *Store) erase(ctx context.Context) error {
	if !s.db.postgres {
		if _, err := s.DB.ExecContext(ctx, `VACUUM`); err != nil {
			return err
		}
		var busy, log, moved int
		if err := s.DB.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved); err != nil {
			return err
		}
		if busy != 0 {
			return errors.New("another process reads the records; the next run tries again")
		}
		return nil
	}
	conn, err := s.db.queue.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `SET lock_timeout = '30s'`); err != nil {
		return err
	}
	for _, t := range append([]string{"river_job"}, tableNames()...) {
		if _, err := conn.ExecContext(ctx, `VACUUM (FULL) `+t); err != nil {
			return fmt.Errorf("the table %s: %w", t, err)
		}
	}
	_, err = conn.ExecContext(ctx, `RESET lock_timeout`)
	return err
}

// tableNames are the tables that hold records.
func tableNames() (out []string) {
	for _, t := range tables {
		out = append(out, t.name)
	}
	return out
}

// orphaned removes what was read of files that no dossier has any more, and of what was inside
// them, and returns their hashes.
func orphaned(ctx context.Context, tx *sql.Tx, shas []string) (out []string, err error) {
	for len(shas) > 0 {
		sha := shas[0]
		shas = shas[1:]
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM documents WHERE sha256 = ?) + (SELECT count(*) FROM parts WHERE part = ?)`, sha, sha).Scan(&n); err != nil {
			return nil, err
		}
		if sha == "" || n > 0 {
			continue
		}
		inside, err := column(ctx, tx, `SELECT DISTINCT part FROM parts WHERE sha256 = ?`, sha)
		if err != nil {
			return nil, err
		}
		for _, q := range []string{`DELETE FROM parts WHERE sha256 = ?`, `DELETE FROM readings WHERE sha256 = ?`, `DELETE FROM scans WHERE sha256 = ?`} {
			if _, err := tx.ExecContext(ctx, q, sha); err != nil {
				return nil, err
			}
		}
		shas = append(shas, inside...)
		out = append(out, sha)
	}
	return out, nil
}

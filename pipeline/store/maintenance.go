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

// encodedColumns lists the columns that hold JSON, plain or packed, with the check that Faults makes of each.
var encodedColumns = []struct {
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

// isJSON checks a column that holds JSON as it is.
func isJSON(b []byte) error {
	if !json.Valid(b) {
		return errors.New("it is not valid JSON")
	}
	return nil
}

// isPacked checks a column that holds compressed JSON.
func isPacked(b []byte) error {
	raw, err := decompress(b)
	if err != nil {
		return err
	}
	return isJSON(raw)
}

// maxFaults is how many faults of one column Faults describes; it only counts the others.
const maxFaults = 20

// Faults describes what is wrong with the records themselves: damage that SQLite finds in its file, and
// every value that cannot be decoded. It does not check blobs or the hash chain.
func (s *Store) Faults(ctx context.Context) ([]string, error) {
	out := []string{}
	if err := s.CheckIntegrity(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return append(out, fmt.Sprintf("the records are damaged: %v", err)), nil
	}
	for _, e := range encodedColumns {
		n := 0
		query := fmt.Sprintf(`SELECT %s, %s FROM %s ORDER BY 1`, e.key, e.column, e.table)
		err := s.db.eachValue(ctx, query, func(key string, value []byte) {
			if err := e.decode(value); err != nil {
				if n++; n <= maxFaults {
					fault := fmt.Sprintf("the record of %s in %s (%s) cannot be read: %v", key, e.table, e.column, err)
					out = append(out, fault)
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
			out = append(out, fmt.Sprintf("the files that the records name for %s (version %d) "+
				"are not those that were recorded", a.ID, a.Version))
		}
	}
	return out, nil
}

// DigestFile returns the hash of the records in an SQLite file that no process writes to, such as a backup.
// It does not migrate them: tables that the schema does not have yet are left out.
func DigestFile(ctx context.Context, path string) (*CopySummary, error) {
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

// markErasureDue records that traces must be erased, in the transaction that leaves them.
func markErasureDue(ctx context.Context, tx *sql.Tx) error { return set(ctx, tx, eraseKey, "1") }

// forgottenMessage replaces a message of the run ledger about a dossier that was forgotten.
const forgottenMessage = "(about a dossier that was forgotten)"

// redactRuns replaces the messages of the run ledger that contain one of a dossier's names.
func redactRuns(ctx context.Context, tx *sql.Tx, names []string) error {
	names = slices.DeleteFunc(names, func(n string) bool { return len(n) < 3 }) // these would match anything
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
			failed = forgottenMessage
		}
		for i := range stages {
			for k, e := range stages[i].Errors {
				if about(e) {
					stages[i].Errors[k], differs = forgottenMessage, true
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
		const query = `UPDATE runs SET stages = ?, error = ? WHERE number = ?`
		if _, err := tx.ExecContext(ctx, query, c[0], c[1], number); err != nil {
			return err
		}
	}
	return nil
}

// ErasureDue reports whether traces of what was removed must still be erased.
func (s *Store) ErasureDue(ctx context.Context) (bool, error) {
	due, err := s.db.setting(ctx, eraseKey)
	return due != "", err
}

// Erase rewrites the records, so that nothing that was removed remains in the free space of their files
// or in the write-ahead log. On PostgreSQL it rewrites the tables; the server's own log and its backups
// are out of reach of kheo. It fails if another process reads or writes all the while; the next run
// then tries again.
func (s *Store) Erase(ctx context.Context) error {
	if err := s.erase(ctx); err != nil {
		return fmt.Errorf("erasing traces of what was removed: %w", err)
	}
	return s.db.dropSetting(ctx, eraseKey)
}

// erase does the work of Erase: VACUUM, and on SQLite a checkpoint that truncates the log.
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

// tableNames returns the names of the tables that hold records.
func tableNames() (out []string) {
	for _, t := range tables {
		out = append(out, t.name)
	}
	return out
}

// dropOrphans removes the readings of those files that no dossier contains any more, and of the files inside
// them, and returns the hashes of their blobs. shas are the files that may have become orphans.
func dropOrphans(ctx context.Context, tx *sql.Tx, shas []string) (out []string, err error) {
	for len(shas) > 0 {
		sha := shas[0]
		shas = shas[1:]
		var n int
		err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM documents WHERE sha256 = ?)
			+ (SELECT count(*) FROM parts WHERE part = ?)`, sha, sha).Scan(&n)
		if err != nil {
			return nil, err
		}
		if sha == "" || n > 0 {
			continue
		}
		inside, err := column(ctx, tx, `SELECT DISTINCT part FROM parts WHERE sha256 = ?`, sha)
		if err != nil {
			return nil, err
		}
		for _, q := range []string{
			`DELETE FROM parts WHERE sha256 = ?`, `DELETE FROM readings WHERE sha256 = ?`,
			`DELETE FROM scans WHERE sha256 = ?`, `DELETE FROM sightings WHERE sha256 = ?`,
		} {
			if _, err := tx.ExecContext(ctx, q, sha); err != nil {
				return nil, err
			}
		}
		shas = append(shas, inside...)
		out = append(out, sha)
	}
	return out, nil
}

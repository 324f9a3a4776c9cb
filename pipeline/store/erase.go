package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

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

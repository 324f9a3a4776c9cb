package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Settings that forgetting leaves: that traces of what was removed are to be erased, and the epoch of
// the search index, which is built again when it is of another.
const (
	eraseKey = "erase traces"
	epochKey = "index epoch"
)

// Forget removes all that is kept of a dossier, in one transaction, and returns the hashes of its
// files that belong to no other: RemoveBlob removes those. What the ledger of runs tells of it, by one
// of its names, is removed too. The audit trail and lists are not touched. What was removed may be
// left in free space until Erase is called; ToErase reports that it is due.
func (s *Store) Forget(ctx context.Context, id string, names ...string) (orphans []string, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		shas, err := column(ctx, tx, `SELECT DISTINCT sha256 FROM documents WHERE dossier = ? AND sha256 <> ''`, id)
		if err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM documents WHERE dossier = ?`, `DELETE FROM deliveries WHERE dossier = ?`, `DELETE FROM dossiers WHERE id = ?`, `DELETE FROM profiles WHERE dossier = ?`, `DELETE FROM copies WHERE dossier = ?`,
			`DELETE FROM assessments WHERE dossier = ?`, `DELETE FROM panel_scores WHERE dossier = ?`, `DELETE FROM scanned WHERE dossier = ?`,
			`DELETE FROM index_entries WHERE dossier = ?`} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE place = ?`, "comment "+id); err != nil {
			return err
		}
		if err := forgetInRuns(ctx, tx, append(names, id)); err != nil {
			return err
		}
		if err := dueToErase(ctx, tx); err != nil {
			return err
		}
		if err := set(ctx, tx, epochKey, rand.Text()); err != nil {
			return err
		}
		orphans, err = orphaned(ctx, tx, shas)
		return err
	})
	return orphans, err
}

// dueToErase writes down that traces are to be erased, in the transaction that leaves them.
func dueToErase(ctx context.Context, tx *sql.Tx) error { return set(ctx, tx, eraseKey, "1") }

func set(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

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

// IndexEpoch changes when the search index must be built again, because it may hold traces of what
// was removed; "" is the first.
func (s *Store) IndexEpoch(ctx context.Context) (string, error) { return s.Setting(ctx, epochKey) }

// ToErase reports whether traces of what was removed are to be erased.
func (s *Store) ToErase(ctx context.Context) (bool, error) {
	due, err := s.Setting(ctx, eraseKey)
	return due != "", err
}

// Erase rewrites the records, so that nothing that was removed is left in free space of their files or
// in the log beside them. Of PostgreSQL it rewrites the tables; what its own log and its backups hold
// is not in kheo's hands. It fails where another process reads or writes all the while.
func (s *Store) Erase(ctx context.Context) error {
	if err := s.erase(ctx); err != nil {
		return fmt.Errorf("erasing traces of what was removed: %w", err)
	}
	return s.DropSetting(ctx, eraseKey)
}

func (s *Store) erase(ctx context.Context) error {
	if !s.postgres {
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
	conn, err := s.Queue.Conn(ctx)
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

// DropVersions removes the files of versions that a newer one took the place of before a time,
// and returns the hashes of those that belong to nothing else.
func (s *Store) DropVersions(ctx context.Context, before time.Time) (orphans []string, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		const old = ` FROM documents WHERE EXISTS (SELECT 1 FROM dossiers d WHERE d.id = documents.dossier AND documents.version < d.version AND d.received_at < ?)`
		at := before.UTC().Format(time.RFC3339)
		shas, err := column(ctx, tx, `SELECT DISTINCT sha256`+old, at)
		if err != nil || len(shas) == 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE`+old, at); err != nil {
			return err
		}
		orphans, err = orphaned(ctx, tx, shas)
		return err
	})
	return orphans, err
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

// RemoveBlob removes the bytes kept under a hash. The caller knows that nothing names them, and
// that nobody takes in.
func (s *Store) RemoveBlob(ctx context.Context, sha string) error { return s.blobs.remove(ctx, sha) }

// RunsWith returns the runs on whose lists a dossier stands.
func (s *Store) RunsWith(ctx context.Context, dossier string) (out []string, err error) {
	stands, err := regexp.Compile(`"dossier":\s*"` + regexp.QuoteMeta(dossier) + `"`) // not any word of a list
	if err != nil {
		return nil, err
	}
	runs, err := s.column(ctx, `SELECT DISTINCT run FROM lists ORDER BY run`)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		names, err := s.ListRulesets(ctx, run)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			b, err := s.List(ctx, run, n)
			if err != nil {
				return nil, err
			}
			if stands.Match(b) {
				out = append(out, run)
				break
			}
		}
	}
	return out, nil
}

// OldLists returns the runs with lists that were made last before a time.
func (s *Store) OldLists(ctx context.Context, before time.Time) ([]string, error) {
	return s.column(ctx, `SELECT l.run FROM (SELECT DISTINCT run FROM lists) l JOIN runs r ON r.run = l.run GROUP BY l.run HAVING max(r.started) < ? ORDER BY l.run`, before.UTC().Format(time.RFC3339Nano))
}

// DropLists removes the lists of a run; that it was stays in the ledger.
func (s *Store) DropLists(ctx context.Context, run string) error {
	_, err := s.DB.ExecContext(ctx, `DELETE FROM lists WHERE run = ?`, run)
	return err
}

// ForgetPerson removes what is kept of a person outside the audit trail.
func (s *Store) ForgetPerson(ctx context.Context, person string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		for _, q := range []string{`DELETE FROM secrets WHERE person = ?`, `DELETE FROM sessions WHERE person = ?`, `DELETE FROM links WHERE person = ?`, `DELETE FROM drafts WHERE person = ?`, `DELETE FROM searches WHERE person = ?`} {
			if _, err := tx.ExecContext(ctx, q, person); err != nil {
				return err
			}
		}
		return dueToErase(ctx, tx)
	})
}

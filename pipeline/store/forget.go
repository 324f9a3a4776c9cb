package store

import (
	"context"
	"database/sql"
	"regexp"
	"time"
)

// Forget removes all that is kept of a dossier, in one transaction, and returns the hashes of its
// files that belong to no other: RemoveBlob removes those. What stands in the audit trail and on
// lists is not touched.
func (s *Store) Forget(ctx context.Context, id string) (orphans []string, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		shas, err := column(ctx, tx, `SELECT DISTINCT sha256 FROM documents WHERE dossier = ? AND sha256 <> ''`, id)
		if err != nil {
			return err
		}
		for _, q := range []string{`DELETE FROM documents WHERE dossier = ?`, `DELETE FROM deliveries WHERE dossier = ?`, `DELETE FROM dossiers WHERE id = ?`, `DELETE FROM profiles WHERE dossier = ?`, `DELETE FROM copies WHERE dossier = ?`,
			`DELETE FROM assessments WHERE dossier = ?`, `DELETE FROM panel_scores WHERE dossier = ?`, `DELETE FROM scanned WHERE dossier = ?`} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE place = ?`, "comment "+id); err != nil {
			return err
		}
		orphans, err = orphaned(ctx, tx, shas)
		return err
	})
	return orphans, err
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
		for _, q := range []string{`DELETE FROM secrets WHERE person = ?`, `DELETE FROM sessions WHERE person = ?`, `DELETE FROM drafts WHERE person = ?`, `DELETE FROM searches WHERE person = ?`} {
			if _, err := tx.ExecContext(ctx, q, person); err != nil {
				return err
			}
		}
		return nil
	})
}

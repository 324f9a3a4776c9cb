package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Lists holds published lists as they were published (the table lists), and the names of the blobs of
// their editions. A list never changes once it is written.
type Lists struct{ db *database }

// PutEdition names the files of a run's edition: the hash of each by its name. They are kept as blobs.
func (s Lists) PutEdition(ctx context.Context, run string, files map[string]string) error {
	b, err := json.Marshal(files)
	if err != nil {
		return err
	}
	return s.db.setSetting(ctx, editionPrefix+run, string(b))
}

// Edition returns the hashes of the files of a run's edition, by name; nil where they are not kept.
func (s Lists) Edition(ctx context.Context, run string) (files map[string]string, err error) {
	text, err := s.db.setting(ctx, editionPrefix+run)
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &files); err != nil {
		return nil, fmt.Errorf("the edition of run %s: %w", run, err)
	}
	return files, nil
}

// DropEdition forgets the files of a run's edition, and returns the hashes of those that belong to
// nothing else: RemoveBlob removes them.
func (s Lists) DropEdition(ctx context.Context, run string) (orphans []string, err error) {
	files, err := s.Edition(ctx, run)
	if err != nil || files == nil {
		return nil, err
	}
	err = s.db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, editionPrefix+run); err != nil {
			return err
		}
		for _, sha := range files {
			var n int
			if err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM documents WHERE sha256 = ?) + (SELECT count(*) FROM parts WHERE part = ?)
				+ (SELECT count(*) FROM settings WHERE substr(key, 1, ?) = ? AND value LIKE ?)`, sha, sha, len(editionPrefix), editionPrefix, "%"+sha+"%").Scan(&n); err != nil {
				return err
			}
			if n == 0 {
				orphans = append(orphans, sha)
			}
		}
		return nil
	})
	return orphans, err
}

// Dropped reports whether a run published lists, and they were removed since.
func (s Lists) Dropped(ctx context.Context, run string) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM runs WHERE run = ? AND state = ? AND NOT EXISTS (SELECT 1 FROM lists WHERE lists.run = runs.run)`, run, RunDone).Scan(&n)
	return n > 0, err
}

// RunsWith returns the runs on whose lists a dossier stands.
func (s Lists) RunsWith(ctx context.Context, dossier string) (out []string, err error) {
	stands, err := regexp.Compile(`"dossier":\s*"` + regexp.QuoteMeta(dossier) + `"`) // not any word of a list
	if err != nil {
		return nil, err
	}
	runs, err := s.db.column(ctx, `SELECT DISTINCT run FROM lists ORDER BY run`)
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		names, err := s.Rulesets(ctx, run)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			b, err := s.Get(ctx, run, n)
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

// RunsBefore returns the runs with lists that were made last before a time.
func (s Lists) RunsBefore(ctx context.Context, before time.Time) ([]string, error) {
	return s.db.column(ctx, `SELECT l.run FROM (SELECT DISTINCT run FROM lists) l JOIN runs r ON r.run = l.run GROUP BY l.run HAVING max(r.started) < ? ORDER BY l.run`, before.UTC().Format(time.RFC3339Nano))
}

// Drop removes the lists of a run; that it was stays in the ledger.
func (s Lists) Drop(ctx context.Context, run string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM lists WHERE run = ?`, run)
	return err
}

// Put keeps a list of a run as it was published.
func (s Lists) Put(ctx context.Context, run, ruleset string, list *Squeezed) error {
	packed, err := list.bytes()
	if err != nil {
		return err
	}
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO lists (run, ruleset, list) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, run, ruleset, packed)
		return err
	})
}

// Get returns one published list's JSON; nil where there is none.
func (s Lists) Get(ctx context.Context, run, ruleset string) ([]byte, error) {
	var b []byte
	err := s.db.QueryRowContext(ctx, `SELECT list FROM lists WHERE run = ? AND ruleset = ?`, run, ruleset).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return unsqueeze(b)
}

// Rulesets names the lists that a run published.
func (s Lists) Rulesets(ctx context.Context, run string) ([]string, error) {
	return s.db.column(ctx, `SELECT ruleset FROM lists WHERE run = ? ORDER BY ruleset`, run)
}

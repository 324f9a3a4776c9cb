package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// editionOf begins the settings that name the files of an edition, which are kept as blobs so that each
// machine can have them.
const editionOf = "edition "

// PutEdition names the files of a run's edition: the hash of each by its name. They are kept as blobs.
func (s *Store) PutEdition(ctx context.Context, run string, files map[string]string) error {
	b, err := json.Marshal(files)
	if err != nil {
		return err
	}
	return s.SetSetting(ctx, editionOf+run, string(b))
}

// Edition returns the hashes of the files of a run's edition, by name; nil where they are not kept.
func (s *Store) Edition(ctx context.Context, run string) (files map[string]string, err error) {
	text, err := s.Setting(ctx, editionOf+run)
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
func (s *Store) DropEdition(ctx context.Context, run string) (orphans []string, err error) {
	files, err := s.Edition(ctx, run)
	if err != nil || files == nil {
		return nil, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, editionOf+run); err != nil {
			return err
		}
		for _, sha := range files {
			var n int
			if err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM documents WHERE sha256 = ?) + (SELECT count(*) FROM parts WHERE part = ?)
				+ (SELECT count(*) FROM settings WHERE substr(key, 1, ?) = ? AND value LIKE ?)`, sha, sha, len(editionOf), editionOf, "%"+sha+"%").Scan(&n); err != nil {
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
func (s *Store) Dropped(ctx context.Context, run string) (bool, error) {
	var n int
	err := s.DB.QueryRowContext(ctx, `SELECT count(*) FROM runs WHERE run = ? AND state = ? AND NOT EXISTS (SELECT 1 FROM lists WHERE lists.run = runs.run)`, run, RunDone).Scan(&n)
	return n > 0, err
}

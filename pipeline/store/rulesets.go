package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// Rulesets holds the text of every ruleset that a published list was made by: the table rulesets.
type Rulesets struct{ db *database }

// UsedRuleset is a ruleset that a published list was made by.
type UsedRuleset struct {
	SHA256  string            `json:"sha256"`
	Ruleset string            `json:"ruleset"`
	Version string            `json:"version"`
	Run     string            `json:"run"` // the first list made by it
	UsedAt  string            `json:"used_at"`
	Files   map[string]string `json:"files,omitempty"` // its text, and that of those it extends, by name
}

// Use freezes a ruleset that a list is being published by, once.
func (s Rulesets) Use(ctx context.Context, u UsedRuleset, now time.Time) error {
	b, err := pack(u.Files)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO rulesets (sha256, ruleset, version, run, used_at, source) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING`,
		u.SHA256, u.Ruleset, u.Version, u.Run, now.UTC().Format(time.RFC3339), b)
	return err
}

// Used returns every ruleset that a published list was made by, in the order of
// their first use, without their texts.
func (s Rulesets) Used(ctx context.Context) ([]UsedRuleset, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT sha256, ruleset, version, run, used_at FROM rulesets ORDER BY used_at, ruleset, version, sha256`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []UsedRuleset
	for rows.Next() {
		var u UsedRuleset
		if err := rows.Scan(&u.SHA256, &u.Ruleset, &u.Version, &u.Run, &u.UsedAt); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

// Text returns the frozen files of a ruleset, by the beginning of its hash; nil
// where none, or more than one, begins so.
func (s Rulesets) Text(ctx context.Context, sha string) (map[string]string, error) {
	var n int
	var b []byte
	err := s.db.QueryRowContext(ctx, `SELECT count(*), max(source) FROM rulesets WHERE substr(sha256, 1, ?) = ?`, len(sha), sha).Scan(&n, &b)
	if errors.Is(err, sql.ErrNoRows) || err == nil && n != 1 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files map[string]string
	return files, unpack(b, &files)
}

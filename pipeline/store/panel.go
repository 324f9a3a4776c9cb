package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// ScoreRow is a row of panel_scores. The table follows the audit trail: no list is made of it, but
// reports in SQL read it, and verifying the trail compares the two.
type ScoreRow struct {
	ID                         int64 // 0 of a row that is not kept yet
	Dossier, Criterion, Scorer string
	Points                     *float64 // nil: an earlier score is taken back
	Why, At                    string
	Seq                        int64 // of the event that tells the score; 0 of a row that no event tells
}

// keep adds the row or, where it is kept already, notes which event tells it.
func (r *ScoreRow) keep(ctx context.Context, tx *sql.Tx) error {
	if r.ID > 0 {
		_, err := tx.ExecContext(ctx, `UPDATE panel_scores SET seq = ? WHERE id = ?`, r.Seq, r.ID)
		return err
	}
	var points sql.NullFloat64
	if r.Points != nil {
		points = sql.NullFloat64{Float64: *r.Points, Valid: true}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO panel_scores (dossier, criterion, scorer, points, why, at, seq) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		r.Dossier, r.Criterion, r.Scorer, points, r.Why, r.At, r.Seq)
	return err
}

// ScoreRows returns every row of panel_scores, in the order in which they came.
func (s *Store) ScoreRows(ctx context.Context) ([]ScoreRow, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT id, dossier, criterion, scorer, points, why, at, seq FROM panel_scores ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ScoreRow
	for rows.Next() {
		var r ScoreRow
		var points sql.NullFloat64
		if err := rows.Scan(&r.ID, &r.Dossier, &r.Criterion, &r.Scorer, &points, &r.Why, &r.At, &r.Seq); err != nil {
			return nil, err
		}
		if points.Valid {
			r.Points = &points.Float64
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// KeepScores notes which events tell rows of panel_scores, and adds rows that are missing.
func (s *Store) KeepScores(ctx context.Context, rows []ScoreRow) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		for i := range rows {
			if err := rows[i].keep(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// ReplaceScores writes panel_scores as the audit trail says.
func (s *Store) ReplaceScores(ctx context.Context, rows []ScoreRow) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM panel_scores`); err != nil {
			return err
		}
		for i := range rows {
			rows[i].ID = 0
			if err := rows[i].keep(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// RenameScorer writes a person's id in the place of the name under which scores were kept.
func (s *Store) RenameScorer(ctx context.Context, seqs []int64, to string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		for _, seq := range seqs {
			if _, err := tx.ExecContext(ctx, `UPDATE panel_scores SET scorer = ? WHERE seq = ?`, to, seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// UsedRuleset is a ruleset that a published list was made by.
type UsedRuleset struct {
	SHA256  string            `json:"sha256"`
	Ruleset string            `json:"ruleset"`
	Version string            `json:"version"`
	Run     string            `json:"run"` // the first list made by it
	UsedAt  string            `json:"used_at"`
	Files   map[string]string `json:"files,omitempty"` // its text, and that of those it extends, by name
}

// UseRuleset freezes a ruleset that a list is being published by, once.
func (s *Store) UseRuleset(ctx context.Context, u UsedRuleset, now time.Time) error {
	b, err := pack(u.Files)
	if err != nil {
		return err
	}
	_, err = s.DB.ExecContext(ctx, `INSERT INTO rulesets (sha256, ruleset, version, run, used_at, source) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING`,
		u.SHA256, u.Ruleset, u.Version, u.Run, now.UTC().Format(time.RFC3339), b)
	return err
}

// UsedRulesets returns every ruleset that a published list was made by, in the order of
// their first use, without their texts.
func (s *Store) UsedRulesets(ctx context.Context) ([]UsedRuleset, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT sha256, ruleset, version, run, used_at FROM rulesets ORDER BY used_at, ruleset, version, sha256`)
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

// RulesetText returns the frozen files of a ruleset, by the beginning of its hash; nil
// where none, or more than one, begins so.
func (s *Store) RulesetText(ctx context.Context, sha string) (map[string]string, error) {
	var n int
	var b []byte
	err := s.DB.QueryRowContext(ctx, `SELECT count(*), max(source) FROM rulesets WHERE substr(sha256, 1, ?) = ?`, len(sha), sha).Scan(&n, &b)
	if errors.Is(err, sql.ErrNoRows) || err == nil && n != 1 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files map[string]string
	return files, unpack(b, &files)
}

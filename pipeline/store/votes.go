package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
)

// This file stores what committee members give beside the audit trail: boxes of secret ballots and scores of panels.
// A vote by name is an event of the trail itself (audittrail.go), which package review makes and counts.

// BallotBox is the change of a sealed box of ballots. Boxes are settings, of which only the last state is kept.
type BallotBox struct {
	Ruleset, Dossier string
	Was              string // what the box must hold; "" for a new box, which replaces an older one
	Sealed           string // what it holds from now on; "" removes it
}

// ErrBoxChanged is the error if a box does not hold what its change expects: another ballot came between.
var ErrBoxChanged = errors.New("the box of ballots has changed meanwhile")

// boxKey returns the key of the setting that is a box.
func boxKey(ruleset, dossier string) string { return "ballots " + ruleset + " " + dossier }

// Box returns a sealed box; "" if there is none.
func (s Events) Box(ctx context.Context, ruleset, dossier string) (string, error) {
	return s.db.setting(ctx, boxKey(ruleset, dossier))
}

// DropBox removes a sealed box, whatever is in it.
func (s Events) DropBox(ctx context.Context, ruleset, dossier string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM settings WHERE key = ?`, boxKey(ruleset, dossier))
	return err
}

// apply changes the box.
func (b *BallotBox) apply(ctx context.Context, tx *sql.Tx) error {
	key := boxKey(b.Ruleset, b.Dossier)
	if b.Was == "" {
		return set(ctx, tx, key, b.Sealed)
	}
	query, args := `UPDATE settings SET value = ? WHERE key = ? AND value = ?`, []any{b.Sealed, key, b.Was}
	if b.Sealed == "" {
		query, args = `DELETE FROM settings WHERE key = ? AND value = ?`, []any{key, b.Was}
	}
	done, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return cmp.Or(err, ErrBoxChanged)
	}
	return nil
}

// Scores holds panel scores as a table for reports: the table panel_scores.
type Scores struct{ db *database }

// ScoreRow is a row of panel_scores. The table is derived from the audit trail: lists do not depend on
// it, but reports in SQL read it, and verifying the trail compares the two.
type ScoreRow struct {
	ID                         int64 // 0 for a row that is not stored yet
	Dossier, Criterion, Scorer string
	Points                     *float64 // nil if an earlier score is withdrawn
	Why, At                    string
	Seq                        int64 // of the event with the score; 0 if no event has it
}

// put adds the row or, if it is stored already, records which event has the score.
func (r *ScoreRow) put(ctx context.Context, tx *sql.Tx) error {
	if r.ID > 0 {
		_, err := tx.ExecContext(ctx, `UPDATE panel_scores SET seq = ? WHERE id = ?`, r.Seq, r.ID)
		return err
	}
	var points sql.NullFloat64
	if r.Points != nil {
		points = sql.NullFloat64{Float64: *r.Points, Valid: true}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO panel_scores (dossier, criterion, scorer, points, why, at, seq)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Dossier, r.Criterion, r.Scorer, points, r.Why, r.At, r.Seq)
	return err
}

// All returns every row of panel_scores, in the order in which they were added.
func (s Scores) All(ctx context.Context) ([]ScoreRow, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT id, dossier, criterion, scorer, points, why, at, seq FROM panel_scores ORDER BY id`)
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

// Put records which events have the scores of rows of panel_scores, and adds missing rows.
func (s Scores) Put(ctx context.Context, rows []ScoreRow) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for i := range rows {
			if err := rows[i].put(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Replace replaces all rows of panel_scores by those derived from the audit trail.
func (s Scores) Replace(ctx context.Context, rows []ScoreRow) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM panel_scores`); err != nil {
			return err
		}
		for i := range rows {
			rows[i].ID = 0
			if err := rows[i].put(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// RenameScorer replaces the name under which scores were recorded by a person's id.
func (s Scores) RenameScorer(ctx context.Context, seqs []int64, to string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, seq := range seqs {
			const query = `UPDATE panel_scores SET scorer = ? WHERE seq = ?`
			if _, err := tx.ExecContext(ctx, query, to, seq); err != nil {
				return err
			}
		}
		return nil
	})
}

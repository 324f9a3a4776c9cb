package store

import (
	"context"
	"database/sql"
)

// Scores is the table panel_scores.
type Scores struct{ db *database }

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

// All returns every row of panel_scores, in the order in which they came.
func (s Scores) All(ctx context.Context) ([]ScoreRow, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, dossier, criterion, scorer, points, why, at, seq FROM panel_scores ORDER BY id`)
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

// Keep notes which events tell rows of panel_scores, and adds rows that are missing.
func (s Scores) Keep(ctx context.Context, rows []ScoreRow) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for i := range rows {
			if err := rows[i].keep(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Replace writes panel_scores as the audit trail says.
func (s Scores) Replace(ctx context.Context, rows []ScoreRow) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
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
func (s Scores) RenameScorer(ctx context.Context, seqs []int64, to string) error {
	return s.db.tx(ctx, func(tx *sql.Tx) error {
		for _, seq := range seqs {
			if _, err := tx.ExecContext(ctx, `UPDATE panel_scores SET scorer = ? WHERE seq = ?`, to, seq); err != nil {
				return err
			}
		}
		return nil
	})
}

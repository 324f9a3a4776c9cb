package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kheo/pipeline/dossier"
)

// PutPanelScore records what a person gives a dossier on a criterion; nil points take
// an earlier score back. Nothing that was recorded before is changed.
func (s *Store) PutPanelScore(ctx context.Context, id string, score dossier.PanelScore, takenBack bool) error {
	points := sql.NullFloat64{Float64: score.Points, Valid: !takenBack}
	_, err := s.DB.ExecContext(ctx, `INSERT INTO panel_scores (dossier, criterion, scorer, points, why, at) VALUES (?, ?, ?, ?, ?, ?)`,
		id, score.Criterion, score.Scorer, points, score.Why, score.At)
	return err
}

// PanelScores returns the newest score of each scorer, by dossier, ordered by criterion
// and scorer.
func (s *Store) PanelScores(ctx context.Context) (map[string][]dossier.PanelScore, error) {
	rows, err := s.DB.QueryContext(ctx, `SELECT dossier, criterion, scorer, points, why, at FROM panel_scores
		WHERE id IN (SELECT max(id) FROM panel_scores GROUP BY dossier, criterion, scorer) AND points IS NOT NULL ORDER BY dossier, criterion, scorer`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]dossier.PanelScore{}
	for rows.Next() {
		if err := addScore(out, rows); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

// PanelScoresOf returns the newest score of each scorer of some dossiers.
func (s *Store) PanelScoresOf(ctx context.Context, ids ...string) (map[string][]dossier.PanelScore, error) {
	out := map[string][]dossier.PanelScore{}
	err := s.among(ctx, `SELECT dossier, criterion, scorer, points, why, at FROM panel_scores
		WHERE id IN (SELECT max(id) FROM panel_scores WHERE dossier IN (@) GROUP BY dossier, criterion, scorer) AND points IS NOT NULL ORDER BY dossier, criterion, scorer`, nil, ids,
		func(rows *sql.Rows) error { return addScore(out, rows) })
	return out, err
}

func addScore(out map[string][]dossier.PanelScore, rows *sql.Rows) error {
	var id string
	var p dossier.PanelScore
	if err := rows.Scan(&id, &p.Criterion, &p.Scorer, &p.Points, &p.Why, &p.At); err != nil {
		return err
	}
	out[id] = append(out[id], p)
	return nil
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

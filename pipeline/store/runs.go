package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Runs is the run ledger: the table runs. A run whose process was killed stays "running" until the next
// run begins, and is then marked as interrupted.
type Runs struct{ db *database }

// Stage is what one stage of a run did.
type Stage struct {
	Name    string   `json:"stage"`
	Total   int      `json:"total"` // how many items there are
	Done    int      `json:"done"`  // how many of them had to be worked on
	Seconds float64  `json:"seconds"`
	Errors  []string `json:"errors"`
}

// States of a run.
const (
	RunRunning     = "running"
	RunDone        = "done"
	RunFailed      = "failed"
	RunInterrupted = "interrupted"
)

// Run is one entry of the run ledger. Run.Run is the name under which it published, a fingerprint of
// the lists: two runs over the same dossiers and rulesets have the same.
type Run struct {
	Number   int64     `json:"number"`
	Run      string    `json:"run"`
	Cause    string    `json:"cause"`
	State    string    `json:"state"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Stages   []Stage   `json:"stages"`
	Error    string    `json:"error,omitempty"`
	Version  string    `json:"version"` // of kheo
}

// Latest returns the name of the newest run that published lists; "" if there is none.
func (s Runs) Latest(ctx context.Context) (run string, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT run FROM runs WHERE run <> '' AND state = ?
		ORDER BY number DESC LIMIT 1`, RunDone).Scan(&run)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return run, err
}

// Has reports whether a run published lists under a name.
func (s Runs) Has(ctx context.Context, run string) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM runs WHERE run = ?`, run).Scan(&n)
	return n > 0, err
}

// Begin adds a new run to the ledger. Runs that never ended, because their processes were killed, are
// marked as interrupted, and their batches are removed: the caller holds the run lock of the workspace,
// so none of them is still running. Runs are numbered without gaps, which a sequence of the database
// would not guarantee.
func (s Runs) Begin(ctx context.Context, cause, version string, now time.Time) (*Run, error) {
	r := &Run{Cause: cause, State: RunRunning, Started: now.UTC().Truncate(time.Millisecond),
		Version: version, Stages: []Stage{}}
	err := s.db.tx(ctx, func(tx *sql.Tx) error {
		if s.db.postgres { // on SQLite a writing transaction excludes all others
			if _, err := tx.ExecContext(ctx, `LOCK TABLE runs IN SHARE ROW EXCLUSIVE MODE`); err != nil {
				return err
			}
		}
		const interrupt = `UPDATE runs SET state = ? WHERE state = ?`
		if _, err := tx.ExecContext(ctx, interrupt, RunInterrupted, RunRunning); err != nil {
			return err
		}
		// The caches show the new run what is left of the work of runs that were killed.
		if _, err := tx.ExecContext(ctx, `DELETE FROM river_job`); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `INSERT INTO runs (number, cause, state, started, version)
			VALUES ((SELECT coalesce(max(number), 0) + 1 FROM runs), ?, ?, ?, ?) RETURNING number`,
			cause, r.State, r.Started.Format(time.RFC3339Nano), version).Scan(&r.Number)
	})
	return r, err
}

// Save updates a run that is under way; it returns ErrRunOver if another run took its place.
func (s Runs) Save(ctx context.Context, r *Run) error {
	stages, err := json.Marshal(r.Stages)
	if err != nil {
		return err
	}
	finished := ""
	if !r.Finished.IsZero() {
		finished = r.Finished.UTC().Format(time.RFC3339Nano)
	}
	res, err := s.db.ExecContext(ctx, `UPDATE runs SET run = ?, state = ?, finished = ?, stages = ?, error = ?
		WHERE number = ? AND state = ?`, r.Run, r.State, finished, string(stages), r.Error, r.Number, RunRunning)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("run %d: %w", r.Number, ErrRunOver))
	}
	return nil
}

// Newest returns at most n runs, the newest first.
func (s Runs) Newest(ctx context.Context, n int) ([]Run, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT number, run, cause, state, started, finished, stages, error, version
		FROM runs ORDER BY number DESC LIMIT ?`, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Run{}
	for rows.Next() {
		var r Run
		var started, finished, stages string
		if err := rows.Scan(&r.Number, &r.Run, &r.Cause, &r.State, &started, &finished, &stages,
			&r.Error, &r.Version); err != nil {
			return nil, err
		}
		r.Started, _ = time.Parse(time.RFC3339Nano, started)
		r.Finished, _ = time.Parse(time.RFC3339Nano, finished)
		if err := json.Unmarshal([]byte(stages), &r.Stages); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// UnderWay reports whether a run is under way.
func (s Runs) UnderWay(ctx context.Context, number int64) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx,
		`SELECT count(*) FROM runs WHERE number = ? AND state = ?`, number, RunRunning).Scan(&n)
	return n > 0, err
}

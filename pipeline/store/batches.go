package store

import "context"

// Batches is the work queue of runs: the tables of River.
type Batches struct{ db *database }

// mostRescues is how often a batch may be left lying by those who took it.
const maxRescues = 12

// Rescue puts batches of work back whose machine is gone, and tells how many. Done twice, if that
// machine comes back after all, they leave what being done once leaves.
func (s Batches) Rescue(ctx context.Context, queue string) (int, error) {
	if !s.db.postgres {
		return 0, nil
	}
	res, err := s.db.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = clock_timestamp(), max_attempts = least(max_attempts + 1, ?)
		WHERE queue = ? AND state = 'running' AND attempted_at < clock_timestamp() - make_interval(secs => ?)
		AND NOT EXISTS (SELECT 1 FROM machines m WHERE m.id = attempted_by[array_upper(attempted_by, 1)] AND m.seen > clock_timestamp() - make_interval(secs => ?))`,
		maxRescues, queue, HeartbeatExpiry.Seconds(), HeartbeatExpiry.Seconds())
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// Disown puts batches back that a machine took and does not do any more, though it lives: that it
// was done with them was never written down, because it was cut off then.
func (s Batches) Disown(ctx context.Context, machine string, doing []int64) error {
	if !s.db.postgres {
		return nil
	}
	_, err := s.db.queue.ExecContext(ctx, `UPDATE river_job SET state = 'available', scheduled_at = clock_timestamp(), max_attempts = least(max_attempts + 1, $1)
		WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $2 AND attempted_at < clock_timestamp() - make_interval(secs => $3) AND NOT (id = ANY($4))`,
		maxRescues, machine, HeartbeatExpiry.Seconds(), doing)
	return err
}

// Waiting is how many batches of a queue are not done yet.
func (s Batches) Waiting(ctx context.Context, queue string) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM river_job WHERE queue = ? AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`, queue).Scan(&n)
	return n, err
}

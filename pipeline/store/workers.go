package store

import (
	"context"
	"database/sql"
	"errors"
	"hash/fnv"
	"os"
	"sync"
	"time"
)

// Workers holds the processes of kheo that share one PostgreSQL: the tables machines (which processes
// serve) and leases (what only one of them may do). With SQLite there is one process, and both tables are
// empty. All times come from the clock of the database, so the clocks of the workers do not matter.
type Workers struct{ db *database }

const (
	heartbeatInterval = 2 * time.Second  // between heartbeats of a lease
	heartbeatTimeout  = 8 * time.Second  // of one heartbeat
	HeartbeatExpiry   = 15 * time.Second // a process without a heartbeat for longer counts as gone
)

// Lease is an exclusive right that one process holds, on whichever node. It consists of an advisory lock,
// which the database releases when the connection ends, and a heartbeat, which shows that the process
// still works. Writes under a lease are fenced too (ForRun), because a frozen process does not notice
// that it lost the lease.
type Lease struct {
	lost    chan struct{}
	release func()
}

// leaseHolderSQL selects the row of a lease, by its name ($1) and lock key ($2), while its advisory lock is held.
const leaseHolderSQL = `FROM leases l JOIN pg_locks p ON p.pid = l.pid AND p.locktype = 'advisory' AND p.granted
	AND (p.classid::bigint << 32 | p.objid::bigint) = $2 WHERE l.name = $1`

// leaseKey returns the key of the advisory lock of a lease.
func leaseKey(name string) int64 {
	h := fnv.New64a()
	h.Write([]byte("kheo " + name))
	return int64(h.Sum64())
}

// Lost returns a channel that is closed if the lease is lost before it is released: the connection broke,
// or this process was frozen until another took over.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Release gives the lease back. It may be called more than once.
func (l *Lease) Release() { l.release() }

// Lease takes a lease without waiting; it returns nil if another process holds it. A lease ends with its
// process or connection. If its holder has sent no heartbeat for longer than HeartbeatExpiry (it is
// frozen, or was cut off without the database noticing), its connection is terminated, and a later call
// gets the lease. On SQLite, which only the processes of one machine open, every call succeeds.
func (s Workers) Lease(ctx context.Context, name string) (*Lease, error) {
	if !s.db.postgres {
		return &Lease{make(chan struct{}), func() {}}, nil
	}
	key := leaseKey(name)
	conn, err := s.db.queue.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var got bool
	if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, key).Scan(&got); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if !got {
		// Terminating the connection of the former holder releases the lock for the next call.
		_, err := conn.ExecContext(ctx, `SELECT pg_terminate_backend(l.pid::int) `+leaseHolderSQL+`
			AND l.seen < clock_timestamp() - make_interval(secs => $3)`, name, key, HeartbeatExpiry.Seconds())
		if errors.As(err, new(interface{ SQLState() string })) {
			err = nil // no table yet, or no right to terminate the connection: the lease is held
		}
		return nil, errors.Join(err, conn.Close())
	}
	host, _ := os.Hostname()
	beat := func(ctx context.Context) error {
		_, err := conn.ExecContext(ctx, `INSERT INTO leases (name, host, pid, seen)
			VALUES ($1, $2, pg_backend_pid(), clock_timestamp())
			ON CONFLICT (name) DO UPDATE SET host = excluded.host, pid = excluded.pid, seen = excluded.seen`,
			name, host)
		return err
	}
	if err := beat(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	l := &Lease{lost: make(chan struct{})}
	end := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		if !keepBeating(end, beat) {
			close(l.lost)
		}
	})
	l.release = sync.OnceFunc(func() {
		close(end)
		beating.Wait()
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), heartbeatTimeout)
		defer cancel()
		conn.ExecContext(after, `SELECT pg_advisory_unlock($1)`, key)
		conn.Close()
	})
	return l, nil
}

// keepBeating calls beat at every heartbeatInterval until end is closed. It returns false as soon as beat
// fails.
func keepBeating(end <-chan struct{}, beat func(context.Context) error) bool {
	tick := time.NewTicker(heartbeatInterval)
	defer tick.Stop()
	for {
		select {
		case <-end:
			return true
		case <-tick.C:
			ctx, cancel := context.WithTimeout(context.Background(), heartbeatTimeout)
			err := beat(ctx)
			cancel()
			if err != nil {
				return false
			}
		}
	}
}

// LeaseHolder returns the host that holds a lease; "" if none does.
func (s Workers) LeaseHolder(ctx context.Context, name string) (host string, err error) {
	if !s.db.postgres {
		return "", nil
	}
	err = s.db.queue.QueryRowContext(ctx, `SELECT l.host `+leaseHolderSQL, name, leaseKey(name)).Scan(&host)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return host, err
}

// Worker is a process of kheo that serves.
type Worker struct {
	ID    string    `json:"id"`
	Host  string    `json:"host"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
	Seen  time.Time `json:"seen"` // its last heartbeat
	Gone  bool      `json:"gone"` // no heartbeat for longer than HeartbeatExpiry
}

// Heartbeat records that a worker is alive, and removes workers without a heartbeat for a day.
func (s Workers) Heartbeat(ctx context.Context, id, role string) error {
	if !s.db.postgres {
		return nil
	}
	host, _ := os.Hostname()
	_, err := s.db.ExecContext(ctx, `INSERT INTO machines (id, host, role, since, seen)
		VALUES (?, ?, ?, clock_timestamp(), clock_timestamp())
		ON CONFLICT (id) DO UPDATE SET seen = excluded.seen`, id, host, role)
	if err == nil {
		_, err = s.db.ExecContext(ctx, `DELETE FROM machines WHERE seen < clock_timestamp() - interval '1 day'`)
	}
	return err
}

// Leave records that a worker stopped.
func (s Workers) Leave(ctx context.Context, id string) error {
	if !s.db.postgres {
		return nil
	}
	_, err := s.db.ExecContext(ctx, `DELETE FROM machines WHERE id = ?`, id)
	return err
}

// All returns the workers that serve now or did within a day, sorted by host and id. On SQLite none are
// recorded.
func (s Workers) All(ctx context.Context) ([]Worker, error) {
	if !s.db.postgres {
		return nil, nil
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id, host, role, since, seen,
			seen < clock_timestamp() - make_interval(secs => ?)
		FROM machines ORDER BY host, id`, HeartbeatExpiry.Seconds())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Worker
	for rows.Next() {
		var m Worker
		if err := rows.Scan(&m.ID, &m.Host, &m.Role, &m.Since, &m.Seen, &m.Gone); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// Batches is the work queue of runs: the tables of River. River itself rescues jobs only after a fixed
// time; Rescue and RescueOwn do so as soon as a worker is known not to work on them.
type Batches struct{ db *database }

// maxRescues bounds how often a batch is put back after a worker left it unfinished.
const maxRescues = 12

// Rescue puts batches back into the queue whose worker is gone, and returns how many. A batch can then be
// done twice, if that worker comes back; batches are idempotent, so the result is the same.
func (s Batches) Rescue(ctx context.Context, queue string) (int, error) {
	if !s.db.postgres {
		return 0, nil
	}
	res, err := s.db.ExecContext(ctx, `UPDATE river_job
		SET state = 'available', scheduled_at = clock_timestamp(), max_attempts = least(max_attempts + 1, ?)
		WHERE queue = ? AND state = 'running' AND attempted_at < clock_timestamp() - make_interval(secs => ?)
		AND NOT EXISTS (SELECT 1 FROM machines m WHERE m.id = attempted_by[array_upper(attempted_by, 1)]
			AND m.seen > clock_timestamp() - make_interval(secs => ?))`,
		maxRescues, queue, HeartbeatExpiry.Seconds(), HeartbeatExpiry.Seconds())
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// RescueOwn puts batches back into the queue that a live worker took and no longer works on: it was
// disconnected when it should have recorded that they were done. doing has the ids of the jobs under way.
func (s Batches) RescueOwn(ctx context.Context, worker string, doing []int64) error {
	if !s.db.postgres {
		return nil
	}
	_, err := s.db.queue.ExecContext(ctx, `UPDATE river_job
		SET state = 'available', scheduled_at = clock_timestamp(), max_attempts = least(max_attempts + 1, $1)
		WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] = $2
			AND attempted_at < clock_timestamp() - make_interval(secs => $3) AND NOT (id = ANY($4))`,
		maxRescues, worker, HeartbeatExpiry.Seconds(), doing)
	return err
}

// Waiting returns how many batches of a queue are not done yet.
func (s Batches) Waiting(ctx context.Context, queue string) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM river_job WHERE queue = ?
		AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`, queue).Scan(&n)
	return n, err
}

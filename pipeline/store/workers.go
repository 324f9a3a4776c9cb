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

// Workers are the processes of kheo that share one PostgreSQL: the tables machines (who serves) and
// leases (what one of them alone does). With SQLite there is one process, and both are empty. Times
// are those of the database's clock, so the clocks of the workers do not matter.
type Workers struct{ db *database }

const (
	heartbeatInterval = 2 * time.Second  // how often whoever is alive says so
	heartbeatTimeout  = 8 * time.Second  // how long saying so may take
	HeartbeatExpiry   = 15 * time.Second // who has not said so for so long counts as gone
)

// Lease is something that one process alone holds, on whichever machine.
type Lease struct {
	lost    chan struct{}
	release func()
}

// heldBy is the row of a lease, by its name and key, while its lock is held.
const heldBy = `FROM leases l JOIN pg_locks p ON p.pid = l.pid AND p.locktype = 'advisory' AND p.granted
	AND (p.classid::bigint << 32 | p.objid::bigint) = $2 WHERE l.name = $1`

// leaseKey is the number of the lock behind a lease.
func leaseKey(name string) int64 {
	h := fnv.New64a()
	h.Write([]byte("kheo " + name))
	return int64(h.Sum64())
}

// Lost is closed when the lease is no longer held, though it was not released: the connection
// broke, or this process was frozen for so long that another took over.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Release gives the lease back.
func (l *Lease) Release() { l.release() }

// Lease takes a lease; nil where another process holds it. It ends with the process or its
// connection. Whoever holds it without a sign of life for longer than Silent (frozen, or cut off
// without the database noticing) is parted from it. On SQLite, which the processes of one machine
// alone open, there is nothing to take.
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
		// The one that is parted from it frees it; whoever asks next gets it.
		_, err := conn.ExecContext(ctx, `SELECT pg_terminate_backend(l.pid::int) `+heldBy+` AND l.seen < clock_timestamp() - make_interval(secs => $3)`, name, key, HeartbeatExpiry.Seconds())
		if errors.As(err, new(interface{ SQLState() string })) {
			err = nil // the table is not there yet, or the right to part another: then it is held
		}
		return nil, errors.Join(err, conn.Close())
	}
	host, _ := os.Hostname()
	beat := func(ctx context.Context) error {
		_, err := conn.ExecContext(ctx, `INSERT INTO leases (name, host, pid, seen) VALUES ($1, $2, pg_backend_pid(), clock_timestamp())
			ON CONFLICT (name) DO UPDATE SET host = excluded.host, pid = excluded.pid, seen = excluded.seen`, name, host)
		return err
	}
	if err := beat(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	l := &Lease{lost: make(chan struct{})}
	end := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		if !beats(end, beat) {
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

// beats says now and then that this process is alive, until end; false where it could not.
func beats(end <-chan struct{}, beat func(context.Context) error) bool {
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

// LeaseHolder is the host that holds a lease, "" where none does.
func (s Workers) LeaseHolder(ctx context.Context, name string) (host string, err error) {
	if !s.db.postgres {
		return "", nil
	}
	err = s.db.queue.QueryRowContext(ctx, `SELECT l.host `+heldBy, name, leaseKey(name)).Scan(&host)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return host, err
}

// Machine is a process of kheo that serves.
type Worker struct {
	ID    string    `json:"id"`
	Host  string    `json:"host"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
	Seen  time.Time `json:"seen"` // its last sign of life
	Gone  bool      `json:"gone"` // there was none for longer than Silent
}

// Heartbeat says of a machine that it lives. Those that were silent for a day are forgotten.
func (s Workers) Heartbeat(ctx context.Context, id, role string) error {
	if !s.db.postgres {
		return nil
	}
	host, _ := os.Hostname()
	_, err := s.db.ExecContext(ctx, `INSERT INTO machines (id, host, role, since, seen) VALUES (?, ?, ?, clock_timestamp(), clock_timestamp())
		ON CONFLICT (id) DO UPDATE SET seen = excluded.seen`, id, host, role)
	if err == nil {
		_, err = s.db.ExecContext(ctx, `DELETE FROM machines WHERE seen < clock_timestamp() - interval '1 day'`)
	}
	return err
}

// Leave says of a machine that it stopped.
func (s Workers) Leave(ctx context.Context, id string) error {
	if !s.db.postgres {
		return nil
	}
	_, err := s.db.ExecContext(ctx, `DELETE FROM machines WHERE id = ?`, id)
	return err
}

// All are the processes that serve, or did within a day, by their ids. None is known on
// SQLite.
func (s Workers) All(ctx context.Context) ([]Worker, error) {
	if !s.db.postgres {
		return nil, nil
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id, host, role, since, seen, seen < clock_timestamp() - make_interval(secs => ?) FROM machines ORDER BY host, id`, HeartbeatExpiry.Seconds())
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

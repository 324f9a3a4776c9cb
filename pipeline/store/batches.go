package store

import (
	"database/sql"
	"errors"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// batch is how many rows are unpacked at once.
const batch = 100

// unpacked reads rows, and unpacks what they hold on all processors while it reads on; the result
// is in the rows' order. It closes the rows.
func unpacked[R, T any](rows *sql.Rows, scan func(*sql.Rows) (R, error), unpack func(R, *T) error) ([]T, error) {
	defer rows.Close()
	var parts [][]T
	var read []R
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	flush := func() {
		from, to := read, make([]T, len(read))
		parts, read = append(parts, to), nil
		work.Go(func() error {
			for i, r := range from {
				if err := unpack(r, &to[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, errors.Join(err, work.Wait())
		}
		if read = append(read, r); len(read) == batch {
			flush()
		}
	}
	flush()
	if err := errors.Join(work.Wait(), rows.Err()); err != nil {
		return nil, err
	}
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := make([]T, 0, n)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out, nil
}

// onlyBytes reads rows of one column.
func onlyBytes(rows *sql.Rows) (b []byte, err error) {
	err = rows.Scan(&b)
	return b, err
}

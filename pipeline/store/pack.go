package store

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
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

// pack writes v as compressed JSON (S2); unpack reads it back, and what an older kheo
// wrote with gzip.
func pack(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return squeeze(b), nil
}

// packed is the first byte of what squeeze writes; gzip begins with another.
const packed = 'S'

// scratch is where squeeze works before it knows how much there will be.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

func squeeze(b []byte) []byte {
	buf := scratch.Get().(*[]byte)
	*buf = slices.Grow((*buf)[:0], s2.MaxEncodedLen(len(b)))
	n := s2.Encode((*buf)[:cap(*buf)], b)
	out := make([]byte, 1+len(n))
	out[0] = packed
	copy(out[1:], n)
	if cap(*buf) < 1<<20 {
		scratch.Put(buf)
	}
	return out
}

// Squeezed is what was written to it, squeezed part by part.
type Squeezed struct {
	part   []byte
	blocks [][]byte
}

// squeezedPart is the size of a part in bytes.
const squeezedPart = 1 << 20

func (s *Squeezed) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := min(len(rest), squeezedPart-len(s.part))
		s.part = append(s.part, rest[:n]...)
		if rest = rest[n:]; len(s.part) == squeezedPart {
			s.end()
		}
	}
	return len(b), nil
}

// end ends a part.
func (s *Squeezed) end() {
	s.blocks = append(s.blocks, squeeze(s.part)[1:])
	s.part = s.part[:0]
}

// bytes are what squeeze makes of the whole.
func (s *Squeezed) bytes() ([]byte, error) {
	s.end()
	return s2.ConcatBlocks([]byte{packed}, s.blocks...)
}

func unsqueeze(b []byte) ([]byte, error) {
	if len(b) > 0 && b[0] == packed {
		return s2.Decode(nil, b[1:])
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func unpack(b []byte, v any) error {
	raw, err := unsqueeze(b)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

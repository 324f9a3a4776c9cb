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

// unpackBatch is the number of rows that one goroutine decodes at a time.
const unpackBatch = 100

// unpackRows reads all rows with scan, and decodes them with unpack on all processors while it reads on.
// The result is in the order of the rows. It closes the rows. unpack is called concurrently.
func unpackRows[R, T any](
	rows *sql.Rows, scan func(*sql.Rows) (R, error), unpack func(R, *T) error,
) ([]T, error) {
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
		if read = append(read, r); len(read) == unpackBatch {
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

// scanBytes scans a row with one column.
func scanBytes(rows *sql.Rows) (b []byte, err error) {
	err = rows.Scan(&b)
	return b, err
}

// pack encodes v as JSON, compressed with S2. unpack decodes it, and also what older versions
// compressed with gzip.
func pack(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return compress(b), nil
}

// compressedMarker is the first byte of compressed values. gzip begins with another byte (0x1f).
const compressedMarker = 'S'

// compressBuffers are buffers for compress to write into while the size of the result is unknown.
var compressBuffers = sync.Pool{New: func() any { return new([]byte) }}

// compress encodes bytes with S2 and prepends the marker. The result has no spare capacity.
func compress(b []byte) []byte {
	buf := compressBuffers.Get().(*[]byte)
	*buf = slices.Grow((*buf)[:0], s2.MaxEncodedLen(len(b)))
	n := s2.Encode((*buf)[:cap(*buf)], b)
	out := make([]byte, 1+len(n))
	out[0] = compressedMarker
	copy(out[1:], n)
	if cap(*buf) < 1<<20 {
		compressBuffers.Put(buf)
	}
	return out
}

// Compressor compresses what is written to it, block by block, so that a long list is never in memory
// uncompressed. It is not safe for concurrent use.
type Compressor struct {
	block  []byte
	blocks [][]byte
}

// compressorBlock is the number of bytes that are compressed as one block.
const compressorBlock = 1 << 20

// Write adds bytes; it never fails.
func (s *Compressor) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := min(len(rest), compressorBlock-len(s.block))
		s.block = append(s.block, rest[:n]...)
		if rest = rest[n:]; len(s.block) == compressorBlock {
			s.endBlock()
		}
	}
	return len(b), nil
}

// endBlock compresses the buffered bytes as one block.
func (s *Compressor) endBlock() {
	s.blocks = append(s.blocks, compress(s.block)[1:])
	s.block = s.block[:0]
}

// bytes returns all blocks as one value, in the form that compress writes. Write must not follow it.
func (s *Compressor) bytes() ([]byte, error) {
	s.endBlock()
	return s2.ConcatBlocks([]byte{compressedMarker}, s.blocks...)
}

// decompress decodes a value, in the present form or in the older one.
func decompress(b []byte) ([]byte, error) {
	if len(b) > 0 && b[0] == compressedMarker {
		return s2.Decode(nil, b[1:])
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// unpack decodes compressed JSON into v.
func unpack(b []byte, v any) error {
	raw, err := decompress(b)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

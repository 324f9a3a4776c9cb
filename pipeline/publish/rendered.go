package publish

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"kheo/internal/dossier"
)

// Key identifies an entry by a hash of everything that it says.
type Key [16]byte

// KeyOf returns the key of what an entry is made of, which must be plain data.
func KeyOf(v any) Key {
	sum := sha256.Sum256([]byte(dossier.HashOf(v)))
	return Key(sum[:16])
}

// Rendered is the cache of an edition's JSON: where each entry is in the list's file. An entry with the
// same key is not made again: its bytes are read from there, if they are still those that were written.
type Rendered struct {
	file *os.File
	at   map[Key]place
}

// place is the range of one entry's JSON.
type place struct {
	From int64
	Size uint32
	Sum  [16]byte // first half of its SHA-256
}

// placeOf returns the place of JSON that begins at an offset of the file.
func placeOf(from int64, b []byte) place {
	sum := sha256.Sum256(b)
	return place{from, uint32(len(b)), [16]byte(sum[:16])}
}

// renderedMark begins what Save writes.
const renderedMark = "kheo rendered " + Version + "\n"

// Save writes the cache of a list that is in the folder of a run.
func (r *Rendered) Save(w io.Writer, run string) error {
	to := bufio.NewWriter(w)
	fmt.Fprintf(to, "%s%s\n", renderedMark, run)
	var buf []byte
	for k, p := range r.at {
		buf = append(buf[:0], k[:]...)
		buf = binary.BigEndian.AppendUint64(buf, uint64(p.From))
		buf = binary.BigEndian.AppendUint32(buf, p.Size)
		to.Write(append(buf, p.Sum[:]...))
	}
	return to.Flush()
}

// recordSize is the size of one record, in bytes.
const recordSize = 16 + 8 + 4 + 16

// OpenRendered reads what Save wrote; list opens the JSON of a run. It returns nil, which is a valid
// empty cache, if the file is missing or of another version. The caller closes it.
func OpenRendered(b []byte, list func(run string) (*os.File, error)) *Rendered {
	rest, ok := bytes.CutPrefix(b, []byte(renderedMark))
	run, rest, found := bytes.Cut(rest, []byte("\n"))
	if !ok || !found || len(rest)%recordSize != 0 {
		return nil
	}
	f, err := list(string(run))
	if err != nil {
		return nil
	}
	r := &Rendered{file: f, at: make(map[Key]place, len(rest)/recordSize)}
	for ; len(rest) > 0; rest = rest[recordSize:] {
		p := place{int64(binary.BigEndian.Uint64(rest[16:])), binary.BigEndian.Uint32(rest[24:]),
			[16]byte(rest[28:recordSize])}
		r.at[Key(rest[:16])] = p
	}
	return r
}

// Close closes the file. A nil Rendered may be closed.
func (r *Rendered) Close() {
	if r != nil {
		r.file.Close()
	}
}

// maxRendered is the size in bytes above which an entry is made again rather than read.
const maxRendered = 8 << 20

// get returns an entry's JSON; nil if it is not there or has changed.
func (r *Rendered) get(k Key) []byte {
	if r == nil {
		return nil
	}
	p, ok := r.at[k]
	if !ok || p.Size == 0 || p.Size > maxRendered {
		return nil
	}
	b := make([]byte, p.Size)
	if _, err := r.file.ReadAt(b, p.From); err != nil || placeOf(p.From, b) != p {
		return nil
	}
	return b
}

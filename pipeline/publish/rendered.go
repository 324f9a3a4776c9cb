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

// Key is a hash of all that an entry says.
type Key [16]byte

// KeyOf is the key of what an entry is made of, which must be plain data.
func KeyOf(v any) Key {
	sum := sha256.Sum256([]byte(dossier.HashOf(v)))
	return Key(sum[:16])
}

// Rendered tells where the JSON of a list's entries stands in a file. An entry that says the same
// is not made again: its bytes are taken from there, if they are still those that were written.
type Rendered struct {
	file *os.File
	at   map[Key]place
}

// place is where one entry's JSON stands.
type place struct {
	From int64
	Size uint32
	Sum  [16]byte // the first half of its SHA-256
}

func placeOf(from int64, b []byte) place {
	sum := sha256.Sum256(b)
	return place{from, uint32(len(b)), [16]byte(sum[:16])}
}

// renderedMark begins what Save writes.
const renderedMark = "kheo rendered " + Version + "\n"

// Save writes it, for a list that stands in the folder of a run.
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

// recordSize is the size of one of its records, in bytes.
const recordSize = 16 + 8 + 4 + 16

// OpenRendered reads what Save wrote; list opens the JSON of a run. It is nil, and nothing is
// wrong, where that is no more or was written by another version. The caller closes it.
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
		p := place{int64(binary.BigEndian.Uint64(rest[16:])), binary.BigEndian.Uint32(rest[24:]), [16]byte(rest[28:recordSize])}
		r.at[Key(rest[:16])] = p
	}
	return r
}

// Close closes the file.
func (r *Rendered) Close() {
	if r != nil {
		r.file.Close()
	}
}

// mostRendered is the size in bytes above which an entry is rather made again than read.
const mostRendered = 8 << 20

// get returns an entry's JSON; nil where it does not stand there.
func (r *Rendered) get(k Key) []byte {
	if r == nil {
		return nil
	}
	p, ok := r.at[k]
	if !ok || p.Size == 0 || p.Size > mostRendered {
		return nil
	}
	b := make([]byte, p.Size)
	if _, err := r.file.ReadAt(b, p.From); err != nil || placeOf(p.From, b) != p {
		return nil
	}
	return b
}

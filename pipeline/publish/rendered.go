package publish

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/texts"
)

// Key identifies an entry by a hash of everything that it says, but for its rank: one dossier more moves the ranks of
// all below it.
type Key [16]byte

// KeyOf returns the key of what an entry is made of, which must be plain data.
func KeyOf(v any) Key {
	sum := sha256.Sum256([]byte(dossier.HashOf(v)))
	return Key(sum[:16])
}

// Parts of an entry: what the files of an edition say of it behind its rank. The page of each language has two.
const (
	partJSON  = iota
	partCSV   // its row
	partRows  // its rows in the workbook, see sheet; they are kept in a file of their own
	firstPage // its line on the page of the first language, and then its article there, and so on
)

// line and article are the parts of the page in language k.
func line(k int) int    { return firstPage + 2*k }
func article(k int) int { return firstPage + 2*k + 1 }

// fileOf returns the number of the file that a part is in, among Edition.sources.
func fileOf(part int) int {
	if part < firstPage {
		return part
	}
	return firstPage + (part-firstPage)/2
}

// Rendered is a cache of what an edition says of each entry: where it is in the edition's files. An entry with the
// same key is not made again: its bytes are read from there, if they are still those that were written.
type Rendered struct {
	sources []source
	files   []*os.File // of the sources; nil for one that cannot be used
	at      map[Key][]place
}

// source is a file with parts of entries.
type source struct {
	name  string
	frame string // hash of what its parts depend on beside their entries
}

// place is the range of a part of an entry in its file; Size is 0 if the file does not have it.
type place struct {
	From int64
	Size uint32
	Sum  [16]byte // first half of its SHA-256
}

// placeOf returns the place of bytes that begin at an offset of the file.
func placeOf(from int64, b []byte) place {
	sum := sha256.Sum256(b)
	return place{from, uint32(len(b)), [16]byte(sum[:16])}
}

// renderedMark begins what Save writes.
const renderedMark = "kheo rendered " + Version + " 2\n"

// sources returns the files that parts of entries are in, by fileOf. Rows and pages depend on how things are called, on
// the columns of the list, and on the words of the program.
func (d *Edition) sources(c columns) []source {
	hash := func(of ...any) string { return dossier.HashOf(of)[:16] }
	names := []any{texts.Hash(), d.Languages, d.Env.Units, d.Env.Levels, d.Env.Fields}
	rows := hash(names, c.criteria, c.facts, c.given, c.money, c.certain)
	out := []source{{d.List.Ruleset + ".json", hash(texts.Hash(), d.Languages)}, {d.List.Ruleset + ".csv", rows},
		{d.List.Ruleset + RowsSuffix, rows}}
	for _, lang := range d.Languages {
		out = append(out, source{d.page(lang), hash(names)})
	}
	return out
}

// RowsSuffix is the end of the name of the file that keeps the rows of a workbook, which is compressed itself.
const RowsSuffix = ".rows"

// Save writes the cache of a list that is in the folder of a run.
func (r *Rendered) Save(w io.Writer, run string) error {
	to := bufio.NewWriter(w)
	fmt.Fprintf(to, "%s%s", renderedMark, run)
	for _, s := range r.sources {
		fmt.Fprintf(to, " %s", s.frame)
	}
	fmt.Fprintln(to)
	var buf []byte
	for k, places := range r.at {
		buf = append(append(buf[:0], k[:]...), byte(len(places)))
		for _, p := range places {
			buf = binary.BigEndian.AppendUint64(buf, uint64(p.From))
			buf = binary.BigEndian.AppendUint32(buf, p.Size)
			buf = append(buf, p.Sum[:]...)
		}
		to.Write(buf)
	}
	fmt.Fprintf(to, "%s", renderedEnd)
	return to.Flush()
}

// renderedEnd follows the last record of what Save writes: a file that was cut off is not used.
const renderedEnd = "\xff end of the cache\n"

// placeSize is the size of one place in what Save writes, in bytes.
const placeSize = 8 + 4 + 16

// UseBefore takes what Save wrote of the last edition of the list; open opens a file of a run, or the file with the
// rows. Files that are missing, and those whose parts would be different today, are not used. The caller closes
// d.Before, which is nil if nothing can be used.
func (d *Edition) UseBefore(b []byte, open func(run, name string) (*os.File, error)) {
	head, rest, _ := bytes.Cut(bytes.TrimPrefix(b, []byte(renderedMark)), []byte("\n"))
	said := strings.Fields(string(head))
	sources := d.sources(d.columns())
	if !bytes.HasPrefix(b, []byte(renderedMark)) || len(said) != 1+len(sources) {
		return
	}
	rest, whole := bytes.CutSuffix(rest, []byte(renderedEnd))
	at, ok := readPlaces(rest)
	if !whole || !ok {
		return
	}
	r := &Rendered{sources: sources, files: make([]*os.File, len(sources)), at: at}
	for i, s := range sources {
		if f, err := open(said[0], s.name); err == nil && said[1+i] == s.frame {
			r.files[i] = f
		} else if err == nil {
			f.Close()
		}
	}
	d.Before = r
}

// readPlaces reads the records that Save wrote.
func readPlaces(b []byte) (map[Key][]place, bool) {
	at := map[Key][]place{}
	for len(b) > 0 {
		if len(b) < 17 || len(b) < 17+int(b[16])*placeSize {
			return nil, false
		}
		places := make([]place, b[16])
		for i := range places {
			p := b[17+i*placeSize:]
			places[i] = place{int64(binary.BigEndian.Uint64(p)), binary.BigEndian.Uint32(p[8:]),
				[16]byte(p[12:placeSize])}
		}
		at[Key(b[:16])] = places
		b = b[17+len(places)*placeSize:]
	}
	return at, true
}

// Close closes the files. A nil Rendered may be closed.
func (r *Rendered) Close() {
	if r == nil {
		return
	}
	for _, f := range r.files {
		if f != nil {
			f.Close()
		}
	}
}

// maxRendered is the size in bytes above which a part is made again rather than read.
const maxRendered = 8 << 20

// get returns the parts of an entry that are wanted; those that are not there or have changed are nil.
func (r *Rendered) get(k Key, parts int) [][]byte {
	out := make([][]byte, parts)
	if r == nil {
		return out
	}
	places := r.at[k]
	for i := range min(parts, len(places)) {
		p, f := places[i], r.files[fileOf(i)]
		if f == nil || p.Size == 0 || p.Size > maxRendered {
			continue
		}
		b := make([]byte, p.Size)
		if _, err := f.ReadAt(b, p.From); err == nil && placeOf(p.From, b) == p {
			out[i] = b
		}
	}
	return out
}

// kept is what the last edition said of an entry in the files of one language. Nil parts are made again.
type kept struct {
	csv, rows, line, article []byte
}

// keptIn returns the parts of an entry for language k, without its JSON.
func keptIn(parts [][]byte, k int) (out kept) {
	part := func(i int) []byte {
		if i < len(parts) {
			return parts[i]
		}
		return nil
	}
	if k == 0 {
		out.csv, out.rows = part(partCSV), part(partRows)
	}
	out.line, out.article = part(line(k)), part(article(k))
	return out
}

// rankedJSON is how the JSON of an entry begins: its rank follows, and then what is kept of it.
const rankedJSON = "{\n      \"rank\": "

// withRank returns the JSON of an entry with its rank; nil if the rest is nil.
func withRank(rank int, rest []byte) []byte {
	if rest == nil {
		return nil
	}
	return slices.Concat([]byte(rankedJSON), strconv.AppendInt(nil, int64(rank), 10), rest)
}

// keeper notes where the parts of the entries of an edition are. Each part of an entry is noted by one goroutine.
type keeper struct {
	places [][]place // by entry and part
}

// partsOf returns how many parts of entry i are kept: pages show no more than maxOnPage entries, and the workbook gives
// no reasons of the others.
func partsOf(i, languages int) int {
	if i < maxOnPage {
		return firstPage + 2*languages
	}
	return partRows
}

// newKeeper returns a keeper for the entries of an edition.
func newKeeper(entries, languages int) *keeper {
	k := &keeper{make([][]place, entries)}
	for i := range k.places {
		k.places[i] = make([]place, partsOf(i, languages))
	}
	return k
}

// wrote notes that a part of entry i begins at an offset of its file. A nil keeper notes nothing.
func (k *keeper) wrote(i, part int, from int64, b []byte) {
	if k != nil && i < len(k.places) && part < len(k.places[i]) {
		k.places[i][part] = placeOf(from, b)
	}
}

// rendered returns the cache of an edition that is written.
func (k *keeper) rendered(sources []source, keys []Key) Rendered {
	r := Rendered{sources: sources, at: make(map[Key][]place, len(keys))}
	for i := range min(len(keys), len(k.places)) {
		r.at[keys[i]] = k.places[i]
	}
	return r
}

// counter counts what is written to a file.
type counter struct {
	io.Writer
	n int64
}

// Write writes to the file.
func (c *counter) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n += int64(n)
	return n, err
}

package index

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sort"

	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// Report compares an index with what it should contain.
type Report struct {
	Held     int      `json:"held"`     // number of dossiers that it has in the right version
	Missing  []string `json:"missing"`  // dossiers that it should have and has not
	Outdated []string `json:"outdated"` // dossiers that it has in an earlier version
	Extra    []string `json:"extra"`    // dossiers that it has and should not
	Damaged  []string `json:"damaged"`  // descriptions of what cannot be read
}

// Sound reports whether the index contains exactly what it should.
func (r *Report) Sound() bool {
	return len(r.Missing)+len(r.Outdated)+len(r.Extra)+len(r.Damaged) == 0
}

// Check reads the whole index, verifies its checksums, and compares it with the keys that it should have, by
// dossier id. Damage is described in the report; an error means that the index cannot be opened at all.
func (x *Index) Check(want map[string]string) (r *Report, err error) {
	defer guard(&err)()
	r = &Report{Missing: []string{}, Outdated: []string{}, Extra: []string{}, Damaged: []string{}}
	v, err := x.snapshot()
	if err != nil {
		return nil, err
	}
	defer v.close()
	seen := map[string]bool{}
	for _, s := range v.segs {
		if p, ok := s.snap.Segment().(segment.PersistedSegment); ok {
			if err := checkSegment(p.Path()); err != nil {
				r.Damaged = append(r.Damaged, err.Error())
				continue
			}
		}
		err := s.places(func(doc uint32, l location, key string) error {
			b, err := s.snap.DocID(uint64(doc))
			if err != nil {
				return err
			}
			id := string(b)
			seen[id] = true
			switch now, ok := want[id]; {
			case !x.words.sound(l):
				r.Damaged = append(r.Damaged, "the words of dossier "+id)
			case !ok:
				r.Extra = append(r.Extra, id)
			case now != key:
				r.Outdated = append(r.Outdated, id)
			default:
				r.Held++
			}
			return nil
		})
		if err != nil {
			r.Damaged = append(r.Damaged, err.Error())
		}
	}
	for id := range want {
		if !seen[id] {
			r.Missing = append(r.Missing, id)
		}
	}
	for _, list := range [][]string{r.Missing, r.Outdated, r.Extra} {
		sort.Strings(list)
	}
	return r, nil
}

// checkSegment verifies the checksum of a segment file of Bleve: a CRC-32 in its last four bytes. Bleve writes
// that sum but does not verify it when it opens a segment.
func checkSegment(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil || fi.Size() < 4 {
		return fmt.Errorf("%s is cut off", filepath.Base(path))
	}
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, io.LimitReader(f, fi.Size()-4)); err != nil {
		return err
	}
	var sum [4]byte
	if _, err := f.ReadAt(sum[:], fi.Size()-4); err != nil {
		return err
	}
	if binary.BigEndian.Uint32(sum[:]) != h.Sum32() {
		return fmt.Errorf("%s is not as it was written", filepath.Base(path))
	}
	return nil
}

// readable returns an error if the index cannot be written to or searched: every dossier must have a location, in a
// file that is long enough. Open runs it, so it is cheap; Check reads everything.
func (x *Index) readable() error {
	v, err := x.snapshot()
	if err != nil {
		return err
	}
	defer v.close()
	ends := map[uint32]int64{}
	for _, s := range v.segs {
		if err := s.places(func(_ uint32, l location, _ string) error {
			ends[l.file] = max(ends[l.file], int64(l.at)*8+int64(recordSize(int(l.words), 0)))
			return nil
		}); err != nil {
			return err
		}
	}
	for file, end := range ends {
		if fi, err := os.Stat(x.words.path(file)); err != nil || fi.Size() < end {
			return fmt.Errorf("%w: %s is cut off", ErrDamaged, filepath.Base(x.words.path(file)))
		}
	}
	return nil
}

package index

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// view is the index as it was at one moment.
type snapshot struct {
	x    *Index
	snap *scorch.IndexSnapshot
	segs []*seg
}

// seg is one of Bleve's segments in a view.
type seg struct {
	x    *Index
	snap *scorch.SegmentSnapshot
	n    uint32          // dossiers, also those that were deleted or changed since
	live *roaring.Bitmap // those that count
	data *segmentData
}

// segmentData is what is kept of a segment, which never changes, from one search to the next.
type segmentData struct {
	mu      sync.Mutex
	columns map[string][]float64 // properties with numbers, by dossier; NaN where one has none
	values  map[string][]valueSet
	place   []location
	words   float64 // in all
}

// often keeps how often frequent words stand in each dossier, from one search to the next.
type termCounts struct {
	mu    sync.Mutex
	of    map[countsKey][]uint8
	bytes int
}

type countsKey struct {
	seg         segment.Segment
	field, term string
}

// maxCountsBytes is how much memory is spent on frequent words, in bytes. Where it is spent all
// of it is forgotten.
const maxCountsBytes = 64 << 20

// valueSet is which dossiers have a value.
type valueSet struct {
	value string
	docs  *roaring.Bitmap
}

// look takes the index as it is now.
func (x *Index) snapshot() (*snapshot, error) {
	adv, err := x.b.Advanced()
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	r, err := adv.Reader()
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	snap, ok := r.(*scorch.IndexSnapshot)
	if !ok || snap == nil {
		return nil, fmt.Errorf("%w: it is of an unknown kind", ErrDamaged)
	}
	v := &snapshot{x: x, snap: snap}
	x.mu.Lock()
	defer x.mu.Unlock()
	kept, same := map[segment.Segment]*segmentData{}, true
	for _, s := range snap.Segments() {
		d := x.segs[s.Segment()]
		if d == nil {
			same = false
			d = &segmentData{columns: map[string][]float64{}, values: map[string][]valueSet{}}
		}
		kept[s.Segment()] = d
		live := roaring.New()
		live.AddRange(0, s.Segment().Count())
		if del := s.Deleted(); del != nil {
			live.AndNot(del)
		}
		v.segs = append(v.segs, &seg{x: x, snap: s, n: uint32(s.Segment().Count()), live: live, data: d})
	}
	if !same || len(kept) < len(x.segs) {
		x.counts.mu.Lock()
		x.counts.of, x.counts.bytes = nil, 0 // of segments that are no more
		x.counts.mu.Unlock()
	}
	x.segs = kept
	return v, nil
}

func (v *snapshot) close() { v.snap.Close() }

// terms visits the terms of a field from one on, and before another.
func (s *seg) terms(field string, from, to []byte, visit func(term string) error) error {
	dict, err := s.snap.Segment().Dictionary(field)
	if err != nil {
		return err
	}
	it := dict.AutomatonIterator(nil, from, to)
	for {
		e, err := it.Next()
		if err != nil || e == nil {
			return err
		}
		if err := visit(e.Term); err != nil {
			return err
		}
	}
}

// postings are the dossiers that have a term.
func (s *seg) postings(dict segment.TermDictionary, term string, counts bool) (segment.PostingsIterator, error) {
	list, err := dict.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, err
	}
	return list.Iterator(counts, false, false, nil), nil
}

// bitmapOf is which dossiers an iterator would visit. It may be memory of the segment:
// nothing may be changed in it, and nothing kept.
func bitmapOf(it segment.PostingsIterator) *roaring.Bitmap {
	o, ok := it.(segment.OptimizablePostingsIterator)
	if !ok {
		return roaring.New()
	}
	if b := o.ActualBitmap(); b != nil {
		return b
	}
	if doc, ok := o.DocNum1Hit(); ok && doc < math.MaxUint32 {
		return roaring.BitmapOf(uint32(doc))
	}
	return roaring.New()
}

// with is which dossiers have one of some terms of a field, also those deleted.
func (s *seg) with(field string, terms []string) (*roaring.Bitmap, error) {
	if len(terms) == 0 {
		return roaring.New(), nil
	}
	dict, err := s.snap.Segment().Dictionary(field)
	if err != nil {
		return nil, err
	}
	sets := make([]*roaring.Bitmap, 0, len(terms))
	for _, t := range terms {
		it, err := s.postings(dict, t, false)
		if err != nil {
			return nil, err
		}
		sets = append(sets, bitmapOf(it))
	}
	if len(sets) == 1 {
		return sets[0], nil
	}
	return roaring.FastOr(sets...), nil
}

// valuesOf are the values of a property, and who has each.
func (s *seg) valuesOf(field string) ([]valueSet, error) {
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	if v, ok := s.data.values[field]; ok {
		return v, nil
	}
	dict, err := s.snap.Segment().Dictionary(field)
	if err != nil {
		return nil, err
	}
	out := []valueSet{}
	err = s.terms(field, nil, nil, func(term string) error {
		it, err := s.postings(dict, term, false)
		if err != nil {
			return err
		}
		out = append(out, valueSet{term, bitmapOf(it).Clone()})
		return nil
	})
	if err == nil {
		s.data.values[field] = out
	}
	return out, err
}

// docValues visits the one value that each dossier has of a field.
func (s *seg) docValues(field string, visit func(doc uint32, term []byte)) error {
	v, ok := s.snap.Segment().(segment.DocValueVisitable)
	if !ok {
		return fmt.Errorf("%w: a segment without values", ErrDamaged)
	}
	if !slices.Contains(s.snap.Segment().Fields(), field) {
		return nil
	}
	var state segment.DocVisitState
	var err error
	for doc := range s.n {
		if state, err = v.VisitDocValues(uint64(doc), []string{field}, func(_ string, term []byte) { visit(doc, term) }, state); err != nil {
			return err
		}
	}
	return nil
}

// column returns a property with numbers.
func (s *seg) column(field string) ([]float64, error) {
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	if c, ok := s.data.columns[field]; ok {
		return c, nil
	}
	c := make([]float64, s.n)
	for i := range c {
		c[i] = math.NaN()
	}
	if err := s.docValues(field, func(doc uint32, term []byte) { c[doc] = termNumber(term) }); err != nil {
		return nil, err
	}
	s.data.columns[field] = c
	return c, nil
}

// countsIn returns how often a frequent term stands in each dossier, up to 255; nil where it
// is not frequent, and may as well be counted.
func (s *seg) countsIn(field, term string, in *roaring.Bitmap, it segment.PostingsIterator) ([]uint8, error) {
	if s.n < 1024 || in.GetCardinality() < uint64(s.n/16) {
		return nil, nil
	}
	key := countsKey{s.snap.Segment(), field, term}
	cache := &s.x.counts
	cache.mu.Lock()
	o, ok := cache.of[key]
	cache.mu.Unlock()
	if ok {
		return o, nil
	}
	o = make([]uint8, s.n)
	for {
		post, err := it.Next()
		if err != nil {
			return nil, err
		}
		if post == nil {
			break
		}
		o[post.Number()] = uint8(min(255, post.Frequency()))
	}
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if cache.bytes += len(o); cache.of == nil || cache.bytes > maxCountsBytes {
		cache.of, cache.bytes = map[countsKey][]uint8{}, len(o)
	}
	cache.of[key] = o
	return o, nil
}

// located loads where the words of each dossier stand.
func (s *seg) located() ([]location, float64, error) {
	s.data.mu.Lock()
	defer s.data.mu.Unlock()
	if s.data.place == nil {
		place, words := make([]location, s.n), 0.0
		if err := s.docValues(fieldPlace, func(doc uint32, term []byte) {
			if l, _, ok := cutPlace(term); ok {
				place[doc] = l
				words += float64(l.words)
			}
		}); err != nil {
			return nil, 0, err
		}
		s.data.place, s.data.words = place, words
	}
	return s.data.place, s.data.words, nil
}

// places visits where the words of the living dossiers stand, and their keys.
func (s *seg) places(visit func(doc uint32, l location, key string) error) error {
	var failed error
	seen := uint64(0)
	err := s.docValues(fieldPlace, func(doc uint32, term []byte) {
		l, key, ok := cutPlace(term)
		if failed != nil || !ok || !s.live.Contains(doc) {
			return
		}
		seen++
		failed = visit(doc, l, key)
	})
	if err == nil && failed == nil && seen < s.live.GetCardinality() {
		return fmt.Errorf("%w: %d dossiers of a segment have no place", ErrDamaged, s.live.GetCardinality()-seen)
	}
	if failed != nil {
		return failed
	}
	return err
}

// record returns the words of a dossier.
func (s *seg) record(doc uint32) (record, error) {
	place, _, err := s.located()
	if err != nil {
		return record{}, err
	}
	if int(doc) >= len(place) || !place[doc].exists {
		return record{}, errDamaged
	}
	return s.x.words.at(place[doc])
}

// parallel does n pieces of work on all processors, until one fails.
func parallel(n int, work func(i int) error) (err error) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			if err := work(i); err != nil {
				return err
			}
		}
		return nil
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer guard(&errs[w])()
			for errs[w] == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				errs[w] = work(i)
			}
			next.Store(int64(n))
		}()
	}
	wg.Wait()
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return nil
}

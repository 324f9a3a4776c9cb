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

// snapshot is the index at one moment. Writers do not change what it shows. close releases it.
type snapshot struct {
	x    *Index
	snap *scorch.IndexSnapshot
	segs []*seg
}

// seg is one of Bleve's segments in a snapshot. Dossiers are numbered within their segment.
type seg struct {
	x    *Index
	snap *scorch.SegmentSnapshot
	n    uint32          // dossiers, including those that were deleted or changed since
	live *roaring.Bitmap // those that were not
	data *segmentData
}

// segmentData is what is cached of a segment from one search to the next; the segment itself never changes.
type segmentData struct {
	mu      sync.Mutex
	columns map[string][]float64  // properties with numbers, by dossier; NaN for those without it
	values  map[string][]valueSet // properties with words
	place   []location            // by dossier
	stems   map[string]*stemList  // by language
	words   float64               // number of terms of all dossiers together
}

// termCounts caches the counts of frequent terms, by dossier of a segment, from one search to the next.
type termCounts struct {
	mu    sync.Mutex
	of    map[countsKey][]uint8
	bytes int
}

// countsKey names a term of a segment.
type countsKey struct {
	seg         segment.Segment
	field, term string
}

// maxCountsBytes bounds the memory of termCounts. When it is used up, the cache is emptied.
const maxCountsBytes = 64 << 20

// valueSet is the dossiers of a segment that have a value of a property.
type valueSet struct {
	value string
	docs  *roaring.Bitmap
}

// snapshot opens a snapshot of the index as it is now. It uses internal types of Bleve, which TestBleveInternals
// pins to the version in use. Caches of segments that no longer exist are dropped.
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
		return nil, fmt.Errorf("%w: it is of a kind that this kheo does not know", ErrDamaged)
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
		x.counts.of, x.counts.bytes = nil, 0 // they may be of segments that are gone
		x.counts.mu.Unlock()
	}
	x.segs = kept
	return v, nil
}

// close releases the snapshot. Nothing that was read from its segments may be used afterwards.
func (v *snapshot) close() { v.snap.Close() }

// terms visits the terms of a field in [from, to), in byte order; a nil bound is none.
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

// postings returns an iterator over the dossiers that have a term, with or without frequencies.
func (s *seg) postings(dict segment.TermDictionary, term string, counts bool) (segment.PostingsIterator, error) {
	list, err := dict.PostingsList([]byte(term), nil, nil)
	if err != nil {
		return nil, err
	}
	return list.Iterator(counts, false, false, nil), nil
}

// bitmapOf returns the dossiers that an iterator would visit. The bitmap may be memory of the segment: it must not
// be changed, and not be kept after the snapshot is closed.
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

// with returns the dossiers that have at least one of some terms of a field, deleted ones included.
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

// valuesOf returns the values of a property, sorted, each with the dossiers that have it. It is computed once
// for each segment and property. The caller must not change the result.
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

// docValues visits the one value that each dossier has of a field. term is reused.
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
		visitOne := func(_ string, term []byte) { visit(doc, term) }
		if state, err = v.VisitDocValues(uint64(doc), []string{field}, visitOne, state); err != nil {
			return err
		}
	}
	return nil
}

// column returns a numeric property, by dossier; NaN for dossiers without it. The result must not be changed.
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

// countsIn returns how often a frequent term occurs in each dossier, at most 255; nil for a term that is not
// frequent, for which iterating over its postings is as fast.
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

// located returns the location of the record of each dossier, and how many terms all records have together.
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

// places visits the locations and keys of the dossiers that are not deleted. A dossier without a location is an
// error.
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

// record returns the record of a dossier: its terms in order.
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

// parallel calls work for 0 … n-1 on all processors, until a call fails, and returns an error of a call that
// failed. Faults of damaged files become ErrDamaged, see guard. It returns when all goroutines have ended, so
// work may write to memory of the caller.
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

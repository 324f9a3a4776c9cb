package index

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"kheo/internal/text/query"
)

// The order of hits: first by how many of the words typed with diacritics they have with exactly these; then by BM25
// (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over the words sought, with a higher
// weight for the title. The best hits are then ranked again by their records, for words that are near each other.
const (
	k1, b25     = 1.2, 0.75
	titleCounts = 2.0  // weight of a word in the title
	tier        = 64.0 // more than BM25 gives for any word
	stemCounts  = 0.7  // weight of another form of the word
	foldedCount = 0.6  // weight of a word with other diacritics than those typed
	reread      = 200  // hits whose records are read
)

// ranked is a dossier that was found.
type ranked struct {
	seg   int
	doc   uint32
	score float64
	tie   uint32 // orders equal scores, independently of the segments they are in
}

// before reports whether a comes before b.
func (a *ranked) before(b *ranked) bool {
	return a.score > b.score || a.score == b.score && a.tie < b.tie
}

// inOrder sorts hits, the best first.
func inOrder(list []ranked) {
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.tie, b.tie))
	})
}

// best keeps the best hits of a piece. The pieces of one search share a bar: no hit below it can be among the best.
type best struct {
	most int      // how many to keep
	list []ranked // once full, a heap with the worst first
	bar  *bar
}

// bar is the highest score that as many hits as are wanted have reached in some piece. It only rises.
type bar struct{ bits atomic.Uint64 }

// raise raises the bar to a score, unless it is higher already.
func (b *bar) raise(score float64) {
	for {
		was := b.bits.Load()
		if was != 0 && math.Float64frombits(was) >= score || b.bits.CompareAndSwap(was, math.Float64bits(score)) {
			return
		}
	}
}

// above reports whether the bar is above a score.
func (b *bar) above(score float64) bool {
	was := b.bits.Load()
	return was != 0 && math.Float64frombits(was) > score
}

// add keeps a hit if it is among the best so far.
func (h *best) add(r ranked) {
	switch {
	case len(h.list) < h.most:
		h.list = append(h.list, r)
		if len(h.list) == h.most {
			for i := h.most/2 - 1; i >= 0; i-- {
				h.sink(i)
			}
			h.bar.raise(h.list[0].score)
		}
	case r.before(&h.list[0]):
		h.list[0] = r
		h.sink(0)
		h.bar.raise(h.list[0].score)
	}
}

// sink moves a hit down the heap to its place.
func (h *best) sink(i int) {
	for {
		last := i
		for k := 2*i + 1; k <= 2*i+2 && k < len(h.list); k++ {
			if h.list[last].before(&h.list[k]) {
				last = k
			}
		}
		if last == i {
			return
		}
		h.list[i], h.list[last] = h.list[last], h.list[i]
		i = last
	}
}

// sought returns the terms that dossiers should have, to count, quote and mark them: not those under NOT.
func sought(n query.Node) []query.Term {
	switch x := n.(type) {
	case query.Term:
		return []query.Term{x}
	case query.And:
		var out []query.Term
		for _, part := range x {
			out = append(out, sought(part)...)
		}
		return out
	case query.Or:
		return sought(query.And(x))
	case query.Near:
		return append(sought(x.A), sought(x.B)...)
	}
	return nil
}

// counted is a word whose occurrences determine the order.
type counted struct {
	*word
	idf   float32 // inverse document frequency, as BM25 defines it
	typed bool    // with diacritics, which then take precedence over everything else
}

// counting returns the words to count, each once. Prefixes are not counted.
func (f *finding) counting(terms []query.Term) ([]counted, error) {
	n := 0.0
	for _, m := range f.may {
		n += float64(m.GetCardinality())
	}
	var out []counted
	seen := map[*word]bool{}
	for _, t := range terms {
		x, err := f.term(t)
		if err != nil {
			return nil, err
		}
		for _, w := range x.ws {
			if !seen[w] && !w.prefix {
				seen[w] = true
				df := float64(w.df)
				idf := float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
				out = append(out, counted{w, idf, w.exact != w.folded})
			}
		}
	}
	return out, nil
}

// piece is a range [lo, hi) of a segment that one goroutine ranks.
type piece struct {
	seg    int
	lo, hi uint32
	kept   best
}

// pieceSize is the number of dossiers in a piece; scores has arrays of this size.
const pieceSize = 1 << 14

// rank returns the best most of the dossiers found, in order. If the order is by relevance and more than one
// word was asked for, at least reread hits are kept, because reading them again can bring any of them to the
// front.
func (f *finding) rank(found []*roaring.Bitmap, n query.Node, how *How, most int) ([]ranked, error) {
	terms := sought(n)
	words, err := f.counting(terms)
	if err != nil {
		return nil, err
	}
	like := f.liked(n)
	byRelevance := how.Sort == "" || how.Sort == "relevance"
	again := byRelevance && (len(terms) > 1 || len(terms) == 1 && len(terms[0].Words) > 1)
	if again {
		most = max(most, reread)
	}
	var pieces []*piece
	bar := &bar{}
	length, docs := 0.0, 0.0
	for i, s := range f.v.segs {
		_, words, err := s.located()
		if err != nil {
			return nil, err
		}
		length, docs = length+words, docs+float64(s.n)
		for lo := uint32(0); lo < s.n && !found[i].IsEmpty(); lo += pieceSize {
			p := &piece{seg: i, lo: lo, hi: min(s.n, lo+pieceSize), kept: best{most: most, bar: bar}}
			pieces = append(pieces, p)
		}
	}
	average := float32(max(1, length/max(1, docs)))
	if err := parallel(len(pieces), func(i int) error {
		p := pieces[i]
		if how.Sort == "points" || how.Sort == "registered" {
			return f.byColumn(p, found[p.seg], how.Sort)
		}
		return f.byWords(p, found[p.seg], words, like, average)
	}); err != nil {
		return nil, err
	}
	var out []ranked
	for _, p := range pieces {
		out = append(out, p.kept.list...)
	}
	inOrder(out)
	out = out[:min(len(out), most)]
	if again {
		return out, f.readAgain(out[:min(len(out), reread)], terms, words)
	}
	return out, nil
}

// byColumn ranks a piece by a numeric property; dossiers without it, or whose assessment is hidden, come last.
func (f *finding) byColumn(p *piece, found *roaring.Bitmap, name string) error {
	s := f.v.segs[p.seg]
	c, err := s.column(name)
	if err != nil {
		return err
	}
	place, _, err := s.located()
	if err != nil {
		return err
	}
	known := found
	if f.judged(name, "") {
		known = f.known(p.seg, found)
	}
	it := found.Iterator()
	it.AdvanceIfNeeded(p.lo)
	for it.HasNext() {
		doc := it.Next()
		if doc >= p.hi {
			break
		}
		score := c[doc]
		if math.IsNaN(score) || !known.Contains(doc) {
			score = math.Inf(-1)
		}
		if !p.kept.bar.above(score) {
			p.kept.add(ranked{seg: p.seg, doc: doc, score: score, tie: place[doc].tie})
		}
	}
	return nil
}

// scores is the working memory of one piece, by dossier from p.lo; it is pooled.
type scores struct {
	sum, freq [pieceSize]float32
	exact     [pieceSize]bool
	docs      [512]uint32
}

var freeScores = sync.Pool{New: func() any { return new(scores) }}

// byWords ranks a piece by the counted words and by likeness. average is the mean length of dossiers in terms.
func (f *finding) byWords(
	p *piece, found *roaring.Bitmap, words []counted, like []*likeness, average float32,
) error {
	s := f.v.segs[p.seg]
	place, _, err := s.located()
	if err != nil {
		return err
	}
	a := freeScores.Get().(*scores)
	defer freeScores.Put(a)
	n := p.hi - p.lo
	clear(a.sum[:n])
	var few []uint32 // the dossiers found, if they are few: postings are then looked up instead of iterated over
	here := roaring.New()
	here.AddRange(uint64(p.lo), uint64(p.hi))
	here.And(found)
	if here.GetCardinality() < uint64(n/16) {
		few = here.ToArray()
	}
	for i := range words {
		w := &words[i]
		clear(a.freq[:n])
		clear(a.exact[:n])
		own := termOf(w.folded, w.exact)
		for _, part := range []struct {
			field string
			terms []string
			times float32
		}{{fieldBody, w.in[p.seg].body, 1}, {fieldStem, w.in[p.seg].stems, stemCounts},
			{fieldTitle, w.in[p.seg].title, -1}} {
			for _, t := range part.terms {
				isOwn := t == own && part.field != fieldStem
				times := part.times
				if w.typed && !isOwn && part.field != fieldStem {
					times *= foldedCount
				}
				if err := s.count(part.field, t, p, few, func(doc uint32, tf float32) {
					if times < 0 {
						a.sum[doc] -= times * titleCounts * w.idf
					} else {
						a.freq[doc] += tf * times
					}
					if isOwn {
						a.exact[doc] = true
					}
				}); err != nil {
					return err
				}
			}
		}
		bonus := float32(0.3)
		if w.typed {
			bonus = tier
		}
		for d := range n {
			if tf := a.freq[d]; tf > 0 {
				a.sum[d] += w.idf * tf / (tf + k1*(1-b25+b25*float32(place[p.lo+d].words)/average))
			}
			if a.exact[d] {
				a.sum[d] += bonus
			}
		}
	}
	it := here.ManyIterator()
	for k := it.NextMany(a.docs[:]); k > 0; k = it.NextMany(a.docs[:]) {
		for _, doc := range a.docs[:k] {
			score := float64(a.sum[doc-p.lo])
			for _, l := range like {
				score += l.score(p.seg, doc)
			}
			if !p.kept.bar.above(score) {
				p.kept.add(ranked{seg: p.seg, doc: doc, score: score, tie: place[doc].tie})
			}
		}
	}
	return nil
}

// count visits the dossiers of a piece that have a term, with its frequency; if few is not nil, only those in few.
// Dossiers are numbered from the beginning of the piece.
func (s *seg) count(field, term string, p *piece, few []uint32, visit func(doc uint32, tf float32)) error {
	dict, err := s.snap.Segment().Dictionary(field)
	if err != nil {
		return err
	}
	it, err := s.postings(dict, term, true)
	if err != nil {
		return err
	}
	has := bitmapOf(it)
	counts, err := s.countsIn(field, term, has, it)
	switch {
	case err != nil:
		return err
	case counts != nil && few != nil:
		for _, doc := range few {
			if tf := counts[doc]; tf > 0 {
				visit(doc-p.lo, float32(tf))
			}
		}
		return nil
	case counts != nil:
		for i, tf := range counts[p.lo:p.hi] {
			if tf > 0 {
				visit(uint32(i), float32(tf))
			}
		}
		return nil
	case few != nil:
		for _, doc := range few {
			if !has.Contains(doc) {
				continue
			}
			post, err := it.Advance(uint64(doc))
			if err != nil {
				return err
			}
			if post != nil && post.Number() == uint64(doc) {
				visit(doc-p.lo, float32(post.Frequency()))
			}
		}
		return nil
	}
	post, err := it.Advance(uint64(p.lo))
	for err == nil && post != nil && post.Number() < uint64(p.hi) {
		visit(uint32(post.Number())-p.lo, float32(post.Frequency()))
		post, err = it.Next()
	}
	return err
}

// readAgain ranks the best hits again by what BM25 does not see: phrases exactly as typed, and how near each other
// the terms are.
func (f *finding) readAgain(list []ranked, terms []query.Term, words []counted) error {
	typed := false
	for i := range words {
		typed = typed || words[i].typed
	}
	xs := make([]*term, 0, len(terms))
	for _, t := range terms {
		x, err := f.term(t)
		if err != nil {
			return err
		}
		xs = append(xs, x)
	}
	if err := parallel(len(list), func(i int) error {
		h := &list[i]
		r, err := f.v.segs[h.seg].record(h.doc)
		if err != nil {
			return err
		}
		exact, near := together(&r, xs)
		h.score += 3 * near
		if typed {
			h.score += tier * float64(exact)
		} else {
			h.score += float64(exact) / 2
		}
		return nil
	}); err != nil {
		return err
	}
	inOrder(list)
	return nil
}

// together returns how many phrases a record has exactly as typed, and how near the terms are: each term that
// follows another counts 1 directly behind it, and less with the distance. Terms beyond the 64th share a bit
// with an earlier one and may be counted once only; the query is then long enough.
func together(r *record, xs []*term) (exact int, near float64) {
	const most = 64 // positions of a term that are considered
	type position struct{ first, last, of int }
	var positions []position
	for of, x := range xs {
		n, isExact := 0, false
		r.find(x.words, x.anchor, func(first int) bool {
			positions = append(positions, position{first, first + len(x.words), of})
			if len(x.ws) > 1 && !isExact {
				isExact = true
				for k, w := range x.ws {
					isExact = isExact && r.written[first+k] == hash16(w.exact)
				}
			}
			n++
			return n < most
		})
		if isExact {
			exact++
		}
	}
	sort.Slice(positions, func(i, k int) bool { return positions[i].first < positions[k].first })
	if len(xs) < 2 {
		return exact, 0
	}
	best := 0.0
	for i := range positions {
		sum, seen, at := 0.0, uint64(1)<<(positions[i].of%64), i
		for k := i + 1; k < len(positions) && positions[k].first-positions[i].first <= 32; k++ {
			if bit := uint64(1) << (positions[k].of % 64); seen&bit == 0 {
				seen |= bit
				gap := max(0, positions[k].first-positions[at].last)
				v := 1 / float64(1+gap)
				if positions[k].of < positions[at].of {
					v /= 2 // not in the order typed
				}
				sum, at = sum+v, k
			}
		}
		best = max(best, sum)
	}
	return exact, best
}

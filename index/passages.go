package index

import (
	"maps"
	"slices"
	"sort"

	"kheo/internal/dossier"
)

// laidText is a dossier's text, ready to be laid beside another. It is read-only.
type laidText struct {
	dossier *dossier.Dossier
	tokens  []token
	own     []bool             // by token: not boilerplate
	words   map[int32]int      // by document: how many tokens are its own
	at      map[uint32][]int32 // the first token of each shingle, by hash
	pairs   map[uint32][]place // the same of pairs of pairs
}

// place is the first token of a gram, and how many tokens it spans.
type place struct{ at, span int32 }

// textCache keeps the last texts of one goroutine of Compare.
type textCache struct {
	text func(*dossier.TextProfile) (*dossier.Dossier, error)
	of   map[int]*laidText
	last []int
}

// get returns the text of profile i, and forgets the oldest if there are too many.
func (t *textCache) get(c *comparison, i int) (*laidText, error) {
	if l := t.of[i]; l != nil {
		return l, nil
	}
	d, err := t.text(&c.profiles[i])
	if err != nil {
		return nil, err
	}
	l := c.lay(d)
	t.of[i], t.last = l, append(t.last, i)
	if len(t.last) > 64 {
		delete(t.of, t.last[0])
		t.last = t.last[1:]
	}
	return l, nil
}

// lay makes a text ready, and marks its boilerplate: a word belongs to boilerplate if the sampled shingle nearest
// to it does.
func (c *comparison) lay(d *dossier.Dossier) *laidText {
	l := &laidText{dossier: d, tokens: tokens(d), words: map[int32]int{}, at: map[uint32][]int32{}, pairs: map[uint32][]place{}}
	l.own = make([]bool, len(l.tokens))
	nearest := make([]int, len(l.tokens)) // by token: distance to the nearest sampled shingle
	common := make([]bool, len(l.tokens))
	for i := range nearest {
		nearest[i] = 1 << 20
	}
	for i := range l.tokens {
		found, n := pairs(l.tokens, i)
		for _, g := range found[:n] {
			if at := l.pairs[g.hash]; len(at) < 8 {
				l.pairs[g.hash] = append(at, place{int32(i), int32(g.span())})
			}
		}
		h, ok := shingle(l.tokens, i)
		if !ok {
			continue
		}
		if at := l.at[h]; len(at) < 8 {
			l.at[h] = append(at, int32(i))
		}
		if h%sampled != 0 {
			continue
		}
		for k := max(0, i-6); k < min(len(l.tokens), i+shingleWords+6); k++ {
			away := max(i-k, k-(i+shingleWords-1), 0)
			if away < nearest[k] && l.tokens[k].stretch == l.tokens[i].stretch {
				nearest[k], common[k] = away, c.common[h]
			}
		}
	}
	for i := range l.tokens {
		if l.own[i] = !common[i]; l.own[i] {
			l.words[l.tokens[i].document]++
		}
	}
	return l
}

// passage is what two texts share: tokens [from, to) of the one and [thereFrom, thereTo) of the other.
type passage struct {
	from, to           int
	thereFrom, thereTo int
	matched            int // words in equal shingles
	own                int // words of the one that are not boilerplate
}

// passages lays two texts side by side and returns what they share, the longest first. Shingles that both have, in
// the same order and near each other, make a passage; so do pairs of words with a word between them, if every
// third word was changed or left out.
func passages(a, b *laidText) []passage {
	type chain struct {
		passage
		lastA, lastB int
	}
	var done []passage
	var open []chain
	closeChain := func(ch *chain) {
		p := ch.passage
		n := p.to - p.from
		if n >= minPassage && p.matched >= minMatched && float64(p.matched) >= density*float64(n) {
			for k := p.from; k < p.to; k++ {
				if a.own[k] {
					p.own++
				}
			}
			if p.own >= minMatched {
				done = append(done, p)
			}
		}
	}
	match := func(i, j int, offsets []int, spanThere int) {
		best, span := -1, offsets[len(offsets)-1]+1
		for k := range open {
			ch := &open[k]
			shift := (i - j) - (ch.lastA - ch.lastB)
			if i-ch.lastA <= maxGap+shingleWords && j > ch.lastB && j-ch.lastB <= maxGap+shingleWords && shift <= maxShift && shift >= -maxShift &&
				a.tokens[i].document == a.tokens[ch.from].document && (best < 0 || ch.lastA > open[best].lastA) {
				best = k
			}
		}
		if best < 0 {
			open = append(open, chain{passage{from: i, to: i + span, thereFrom: j, thereTo: j + spanThere, matched: len(offsets)}, i, j})
			return
		}
		ch := &open[best]
		for _, k := range offsets {
			if i+k >= ch.to {
				ch.matched++
			}
		}
		ch.to, ch.thereTo, ch.lastA, ch.lastB = max(ch.to, i+span), max(ch.thereTo, j+spanThere), i, j
	}
	for i := range a.tokens {
		h, ok := shingle(a.tokens, i)
		if !ok {
			continue
		}
		for _, j := range b.at[h] {
			match(i, int(j), plainOffsets, shingleWords)
		}
		found, n := pairs(a.tokens, i)
		for _, g := range found[:n] {
			for _, p := range b.pairs[g.hash] {
				if b.tokens[p.at+2].hash != a.tokens[i+2].hash { // or else the plain shingle has matched it
					match(i, int(p.at), g.offsets, int(p.span))
				}
			}
		}
		kept := open[:0]
		for k := range open {
			if i-open[k].lastA > maxGap+shingleWords {
				closeChain(&open[k])
			} else {
				kept = append(kept, open[k])
			}
		}
		open = kept
	}
	for k := range open {
		closeChain(&open[k])
	}
	sort.SliceStable(done, func(x, y int) bool { return done[x].matched > done[y].matched })
	return done
}

// against lays dossier i beside its candidates, except those whose pair is settled, and returns what they share, by
// dossier, and the pairs that share too little.
func (c *comparison) against(i int, others []int, cache *textCache, settled Settled) (map[string][]dossier.Copy, []pairID, error) {
	boilerplate := c.boilerplateOf(i)
	out := map[string][]dossier.Copy{}
	var apart []pairID
	for _, j := range others {
		id, named := c.pairOf(i, j, boilerplate)
		if named && settled[id] {
			apart = append(apart, id)
			continue
		}
		a, err := cache.get(c, i)
		if err != nil {
			return nil, nil, err
		}
		b, err := cache.get(c, j)
		if err != nil {
			return nil, nil, err
		}
		all := passages(a, b)
		share, document := shared(a, all)
		if share >= minShare {
			c.report(out, i, j, a.copyOf(b, all, document), share)
		} else if named {
			apart = append(apart, id)
		}
	}
	return out, apart, nil
}

// copyOf returns the passages of one of a's documents that b has too, the longest first.
func (l *laidText) copyOf(b *laidText, all []passage, document int32) (out []dossier.Passage) {
	for _, p := range all {
		if l.tokens[p.from].document == document && len(out) < quotedPassages {
			out = append(out, dossier.Passage{Here: l.cite(p.from, p.to), There: b.cite(p.thereFrom, p.thereTo)})
		}
	}
	return out
}

// report adds to out that dossier i shares passages with j: of i, and of j as well if it is of this campaign and
// known to be the original. What is not proven is reported of both by bothWays.
func (c *comparison) report(out map[string][]dossier.Copy, i, j int, passages []dossier.Passage, share float64) {
	me, of := &c.profiles[i], &c.profiles[j]
	_, undated := c.before(j, i)
	out[me.Dossier] = append(out[me.Dossier], dossier.Copy{Of: of.Dossier, OfTitle: of.Title, OfUnit: of.Unit,
		Campaign: of.Past, Share: share, Unproven: undated, Passages: passages})
	if undated || of.Past != "" {
		return
	}
	back := dossier.Copy{Of: me.Dossier, OfTitle: me.Title, OfUnit: me.Unit, Share: share, Original: true}
	for _, p := range passages {
		back.Passages = append(back.Passages, dossier.Passage{Here: p.There, There: p.Here})
	}
	out[of.Dossier] = append(out[of.Dossier], back)
}

// shared returns which of a dossier's documents shares most of its own words, and how much, in thousandths.
func shared(a *laidText, all []passage) (share float64, document int32) {
	covered := make([]bool, len(a.tokens))
	for _, p := range all {
		for k := p.from; k < p.to; k++ {
			covered[k] = true
		}
	}
	words := map[int32]int{}
	for k := range a.tokens {
		if covered[k] && a.own[k] {
			words[a.tokens[k].document]++
		}
	}
	for _, d := range slices.Sorted(maps.Keys(words)) {
		if a.words[d] < minWords {
			continue
		}
		if s := float64(words[d]*1000/a.words[d]) / 1000; s > share {
			share, document = s, d
		}
	}
	return share, document
}

// cite quotes tokens [from, to) as far as they are on one page.
func (l *laidText) cite(from, to int) dossier.Source {
	const longest = 80 // words
	to = min(to, from+longest)
	first := l.tokens[from]
	for to-1 > from && (l.tokens[to-1].page != first.page || l.tokens[to-1].document != first.document) {
		to--
	}
	doc := &l.dossier.Documents[first.document]
	for _, pg := range doc.Pages {
		if pg.Number == int(first.page) {
			rs := []rune(pg.Text)
			end := int(l.tokens[to-1].end)
			return dossier.Source{Document: doc.Name, Page: pg.Number, Quote: string(rs[first.start:end]), Start: int(first.start), End: end}
		}
	}
	return dossier.Source{}
}

package index

import (
	"maps"
	"slices"
	"sort"

	"kheo/internal/dossier"
)

// laidText is the text of a dossier, prepared for being laid beside another. It is read-only.
type laidText struct {
	dossier *dossier.Dossier
	tokens  []token
	own     []bool             // by token: not boilerplate
	words   map[int32]int      // by document: number of tokens that are not boilerplate
	at      map[uint32][]int32 // first tokens of each shingle, by hash; at most maxOccurrences
	pairs   map[uint32][]place // the same for pairs of pairs
}

// Bounds of what is prepared of a text. Frequent shingles say little, and would make matching quadratic.
const (
	maxOccurrences    = 8  // places of one hash in a text that are used
	boilerplateRadius = 6  // words before and after a sampled shingle that it decides about
	maxCachedTexts    = 64 // per goroutine
)

// place is the first token of a gram, and how many tokens it spans.
type place struct{ at, span int32 }

// textCache caches the prepared texts that one goroutine of Compare used last.
type textCache struct {
	text func(*dossier.TextProfile) (*dossier.Dossier, error)
	of   map[int]*laidText // by profile
	last []int             // the keys of of, the oldest first
}

// get returns the text of profile i from the cache, or loads it and removes the oldest one if there are too many.
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
	if len(t.last) > maxCachedTexts {
		delete(t.of, t.last[0])
		t.last = t.last[1:]
	}
	return l, nil
}

// lay prepares a text, and marks its boilerplate: a word belongs to boilerplate if the nearest sampled shingle in
// the same stretch of text does. Only sampled shingles are known of all dossiers.
func (c *comparison) lay(d *dossier.Dossier) *laidText {
	l := &laidText{dossier: d, tokens: tokens(d), words: map[int32]int{},
		at: map[uint32][]int32{}, pairs: map[uint32][]place{}}
	l.own = make([]bool, len(l.tokens))
	nearest := make([]int, len(l.tokens)) // by token: distance to the nearest sampled shingle
	common := make([]bool, len(l.tokens))
	for i := range nearest {
		nearest[i] = 1 << 20
	}
	for i := range l.tokens {
		found, n := pairs(l.tokens, i)
		for _, g := range found[:n] {
			if at := l.pairs[g.hash]; len(at) < maxOccurrences {
				l.pairs[g.hash] = append(at, place{int32(i), int32(g.span())})
			}
		}
		h, ok := shingle(l.tokens, i)
		if !ok {
			continue
		}
		if at := l.at[h]; len(at) < maxOccurrences {
			l.at[h] = append(at, int32(i))
		}
		if h%sampled != 0 {
			continue
		}
		from, to := max(0, i-boilerplateRadius), min(len(l.tokens), i+shingleWords+boilerplateRadius)
		for k := from; k < to; k++ {
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

// passage is what two texts share: tokens [from, to) of the first and [thereFrom, thereTo) of the second.
type passage struct {
	from, to           int
	thereFrom, thereTo int
	matched            int // words in equal shingles
	own                int // words of the first text that are not boilerplate
}

// passages lays two texts side by side and returns what they share, the longest first. Shingles that both have, in
// the same order and near each other, make a passage; so do pairs of words with a word between them, if every
// third word was changed or left out.
func passages(a, b *laidText) []passage {
	m := matcher{a: a}
	for i := range a.tokens {
		h, ok := shingle(a.tokens, i)
		if !ok {
			continue
		}
		for _, j := range b.at[h] {
			m.match(i, int(j), plainOffsets, shingleWords)
		}
		found, n := pairs(a.tokens, i)
		for _, g := range found[:n] {
			for _, p := range b.pairs[g.hash] {
				if b.tokens[p.at+2].hash != a.tokens[i+2].hash { // otherwise the plain shingle has matched already
					m.match(i, int(p.at), g.offsets, int(p.span))
				}
			}
		}
		m.closeBefore(i)
	}
	for k := range m.open {
		m.closeChain(&m.open[k])
	}
	sort.SliceStable(m.done, func(x, y int) bool { return m.done[x].matched > m.done[y].matched })
	return m.done
}

// matcher builds the passages that two texts share, in one pass over the first of them. Matches are chained to
// passages while both texts advance together; a chain that gets no further match is closed.
type matcher struct {
	a    *laidText
	open []chain
	done []passage
}

// chain is a passage that may still grow.
type chain struct {
	passage
	lastA, lastB int // first tokens of its last match
}

// continues reports whether a match of token i with token j of the other text continues the chain.
func (ch *chain) continues(a *laidText, i, j int) bool {
	shift := (i - j) - (ch.lastA - ch.lastB)
	return i-ch.lastA <= maxGap+shingleWords && j > ch.lastB && j-ch.lastB <= maxGap+shingleWords &&
		shift <= maxShift && shift >= -maxShift && a.tokens[i].document == a.tokens[ch.from].document
}

// match adds a match to the chain that it continues most closely, or begins a chain. offsets are the matched
// words of the first text from token i, spanThere is how many words the match spans in the other.
func (m *matcher) match(i, j int, offsets []int, spanThere int) {
	best, span := -1, offsets[len(offsets)-1]+1
	for k := range m.open {
		if m.open[k].continues(m.a, i, j) && (best < 0 || m.open[k].lastA > m.open[best].lastA) {
			best = k
		}
	}
	if best < 0 {
		p := passage{from: i, to: i + span, thereFrom: j, thereTo: j + spanThere, matched: len(offsets)}
		m.open = append(m.open, chain{p, i, j})
		return
	}
	ch := &m.open[best]
	for _, k := range offsets {
		if i+k >= ch.to {
			ch.matched++
		}
	}
	ch.to, ch.thereTo, ch.lastA, ch.lastB = max(ch.to, i+span), max(ch.thereTo, j+spanThere), i, j
}

// closeBefore closes the chains that no match after token i can continue.
func (m *matcher) closeBefore(i int) {
	kept := m.open[:0]
	for k := range m.open {
		if i-m.open[k].lastA > maxGap+shingleWords {
			m.closeChain(&m.open[k])
		} else {
			kept = append(kept, m.open[k])
		}
	}
	m.open = kept
}

// closeChain makes a chain a passage, if it is long and dense enough and not mainly boilerplate.
func (m *matcher) closeChain(ch *chain) {
	p := ch.passage
	n := p.to - p.from
	if n < minPassage || p.matched < minMatched || float64(p.matched) < density*float64(n) {
		return
	}
	for k := p.from; k < p.to; k++ {
		if m.a.own[k] {
			p.own++
		}
	}
	if p.own >= minMatched {
		m.done = append(m.done, p)
	}
}

// against lays profile i beside its candidates, except those whose pair is settled. It returns the copies it found,
// by dossier, and the pairs that share too little, which are settled for the next comparison.
func (c *comparison) against(
	i int, others []int, cache *textCache, settled Settled,
) (map[string][]dossier.Copy, []pairID, error) {
	boilerplate := c.boilerplateOf(i)
	out := map[string][]dossier.Copy{}
	var apart []pairID // pairs that were settled before, or are now
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

// copyOf returns the passages that one of the documents of l shares with b, the longest first, to be quoted.
func (l *laidText) copyOf(b *laidText, all []passage, document int32) (out []dossier.Passage) {
	for _, p := range all {
		if l.tokens[p.from].document == document && len(out) < quotedPassages {
			out = append(out, dossier.Passage{Here: l.cite(p.from, p.to), There: b.cite(p.thereFrom, p.thereTo)})
		}
	}
	return out
}

// report adds to out that profile i shares passages with j; and to j, if it is of this campaign and known to be
// the original. If nothing proves which came first, bothWays adds the other direction.
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

// shared returns which document of a dossier shares most of its own words, and the share, 0 … 1, in thousandths.
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

// cite quotes tokens [from, to) as far as they are on one page, at most 80 words.
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
			return dossier.Source{Document: doc.Name, Page: pg.Number, Quote: string(rs[first.start:end]),
				Start: int(first.start), End: end}
		}
	}
	return dossier.Source{}
}

package index

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"kheo/internal/text/language"
	"kheo/internal/text/query"
)

// finding is a search in progress: which dossiers a query finds, by segment. Terms, words and likenesses are looked
// up by one goroutine (prepare); afterwards several may read them.
type finding struct {
	ctx   context.Context
	v     *snapshot
	query string            // as it was typed, for errors
	may   []*roaring.Bitmap // by segment: dossiers that may be found

	unjudged []*roaring.Bitmap // by segment: Hidden.Unjudged; nil if no assessment is hidden
	flags    []string          // Hidden.JudgedFlags
	words    map[string]*word
	terms    map[string]*term     // by Term.String
	like     map[string]*likeness // by the value of similar:
	text     func(id string) (*Text, error)
}

// word is a word of a query with what the index has of it.
type word struct {
	folded, exact string
	asExact       bool // only with the diacritics typed
	prefix        bool
	asked         asked
	stems         []string // terms under which its other forms are indexed
	in            []wordIn // by segment
	df            uint64   // document frequency among the dossiers that may be found
}

// wordIn is what a segment has of a word.
type wordIn struct {
	body, title []string        // terms
	stems       []string        // of other forms of the word, and of compounds with it
	all         *roaring.Bitmap // dossiers with any of them
}

// term is a word, or several words in a row, of a query.
type term struct {
	query.Term
	ws       []*word
	words    []*asked // of ws, for record.find
	anchor   int      // index of the rarest word
	shingles []uint64 // of two or three of its words: a dossier without them cannot have the term
	whole    bool     // having the shingle is the same as having the term
}

// maxPrefixTerms bounds how many different words a prefix may match in a segment.
const maxPrefixTerms = 20_000

// find begins a search over what a searcher may see. Dossiers that are hidden are excluded here once, so that
// document frequencies, and with them the order, do not depend on them.
func (v *snapshot) find(
	ctx context.Context, q string, hidden Hidden, text func(string) (*Text, error),
) (*finding, error) {
	f := &finding{ctx: ctx, v: v, query: q, words: map[string]*word{}, terms: map[string]*term{},
		like: map[string]*likeness{}, text: text, flags: hidden.JudgedFlags}
	for _, s := range v.segs {
		if len(hidden.Unjudged) > 0 {
			docs, err := s.snap.Segment().DocNumbers(hidden.Unjudged)
			if err != nil {
				return nil, err
			}
			f.unjudged = append(f.unjudged, docs)
		}
		may := s.live
		if len(hidden.Dossiers) > 0 {
			docs, err := s.snap.Segment().DocNumbers(hidden.Dossiers)
			if err != nil {
				return nil, err
			}
			may = roaring.AndNot(may, docs)
		}
		for _, unit := range hidden.Units {
			values, err := s.valuesOf("unit")
			if err != nil {
				return nil, err
			}
			for _, value := range values {
				if value.value == unit {
					may = roaring.AndNot(may, value.docs)
				}
			}
		}
		f.may = append(f.may, may)
	}
	return f, nil
}

// judged reports whether a value of a field is part of an assessment, which Hidden.Unjudged takes away
// from some dossiers. Points are judged whatever their value.
func (f *finding) judged(field, value string) bool {
	switch field {
	case "outcome", "points":
		return true
	case "flag":
		return slices.Contains(f.flags, value)
	}
	return false
}

// known returns docs of a segment without those whose assessment the searcher may not see.
func (f *finding) known(segment int, docs *roaring.Bitmap) *roaring.Bitmap {
	if f.unjudged == nil {
		return docs
	}
	return roaring.AndNot(docs, f.unjudged[segment])
}

// term returns a term of the query; it is looked up once.
func (f *finding) term(t query.Term) (*term, error) {
	name := t.String()
	if x := f.terms[name]; x != nil {
		return x, nil
	}
	x := &term{Term: t}
	for i, w := range t.Words {
		prefix := t.Prefix && i == len(t.Words)-1
		w, err := f.word(w, t.Exact, prefix, len(t.Words) == 1 && !t.Quoted)
		if err != nil {
			return nil, err
		}
		x.ws, x.words = append(x.ws, w), append(x.words, &w.asked)
	}
	for i, w := range x.ws {
		if a := x.ws[x.anchor]; a.asked.single == w.asked.single && w.df < a.df || w.asked.single && !a.asked.single {
			x.anchor = i
		}
	}
	x.setShingles()
	f.terms[name] = x
	return x, nil
}

// setShingles sets the shingles that a dossier must have to have the term. A prefix, which matches several words,
// is in none of them.
func (x *term) setShingles() {
	ids := make([]uint32, len(x.ws))
	for i, w := range x.ws {
		if !w.prefix {
			ids[i] = hash32(w.folded)
		}
	}
	for i := 1; i < len(ids); i++ {
		if i >= 2 && ids[i-2] != 0 && ids[i-1] != 0 && ids[i] != 0 {
			x.shingles = append(x.shingles, shingleID(ids[i-2], ids[i-1], ids[i]))
		} else if ids[i-1] != 0 && ids[i] != 0 && (i+1 >= len(ids) || ids[i+1] == 0 || i >= 2) {
			x.shingles = append(x.shingles, shingleID(ids[i-1], ids[i], 0))
		}
	}
	x.whole = len(x.shingles) == 1 && len(ids) <= 3 && !x.Prefix && !x.Exact
}

// word looks a word up in every segment, once. alone says that it is a term by itself; other forms of the word are
// then found, too.
func (f *finding) word(exact string, asExact, prefix, alone bool) (*word, error) {
	key := fmt.Sprint(exact, asExact, prefix, alone)
	if w := f.words[key]; w != nil {
		return w, nil
	}
	w := &word{folded: language.Fold(exact), exact: exact, asExact: asExact, prefix: prefix,
		in: make([]wordIn, len(f.v.segs))}
	if alone && !asExact && !prefix {
		w.stems = f.v.x.stemmers.forms(exact)
	}
	w.asked.codes = map[code]bool{}
	for i, s := range f.v.segs {
		if err := f.lookUp(w, s, &w.in[i]); err != nil {
			return nil, err
		}
		in := &w.in[i]
		in.stems = w.stems
		if alone && !asExact && !prefix {
			parts, err := f.compounds(s, exact)
			if err != nil {
				return nil, err
			}
			in.stems = append(slices.Clone(w.stems), parts...)
		}
		var sets []*roaring.Bitmap
		for field, terms := range map[string][]string{fieldBody: in.body, fieldTitle: in.title, fieldStem: in.stems} {
			if len(terms) == 0 {
				continue
			}
			b, err := s.with(field, terms)
			if err != nil {
				return nil, err
			}
			sets = append(sets, b)
		}
		switch len(sets) {
		case 0:
			in.all = roaring.New()
		case 1:
			in.all = sets[0]
		default:
			in.all = roaring.FastOr(sets...)
		}
		w.df += in.all.AndCardinality(f.may[i])
	}
	w.asked.single, w.asked.folded = true, hash16(w.folded)
	for c := range w.asked.codes {
		if c.folded != w.asked.folded {
			w.asked.single = false
		}
	}
	f.words[key] = w
	return w, nil
}

// lookUp finds the terms of a segment that a word matches.
func (f *finding) lookUp(w *word, s *seg, in *wordIn) error {
	if w.asExact && !w.prefix {
		t := termOf(w.folded, w.exact)
		in.body, in.title = []string{t}, []string{t}
		w.asked.codes[codeOf(w.folded, w.exact)] = true
		return nil
	}
	from, to := []byte(w.folded+written), []byte(w.folded+"\x01")
	if w.prefix {
		from, to = []byte(w.folded), append([]byte(w.folded), 0xff)
	}
	for field, out := range map[string]*[]string{fieldBody: &in.body, fieldTitle: &in.title} {
		n := 0
		err := s.terms(field, from, to, func(t string) error {
			folded, exact := cutTerm(t)
			if w.asExact && !strings.HasPrefix(exact, w.exact) {
				return nil
			}
			if n++; n > maxPrefixTerms {
				at := max(0, strings.Index(f.query, w.exact))
				return (&query.Error{Query: f.query, Column: len([]rune(f.query[:at])) + 1,
					Message: fmt.Sprintf("more than %d words begin with %q", maxPrefixTerms, w.exact),
					Cure:    "write more letters before the *"}).Coded("prefix", maxPrefixTerms, w.exact)
			}
			*out = append(*out, t)
			w.asked.codes[codeOf(folded, exact)] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return f.ctx.Err()
}

// eval returns the dossiers of segment i that a query finds within a set. It does not change the set.
func (f *finding) eval(n query.Node, i int, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	if within.IsEmpty() {
		return within, nil
	}
	switch x := n.(type) {
	case query.Term:
		out, err := f.mayHold(x, i, within)
		if err != nil || len(x.Words) == 1 {
			return out, err
		}
		t, err := f.term(x)
		if err != nil {
			return nil, err
		}
		return f.filter(i, out, t.shingles, t.whole, func(r *record) bool {
			found := false
			r.find(t.words, t.anchor, func(int) bool { found = true; return false })
			return found
		})
	case query.Field:
		return f.field(x, i, within)
	case query.And:
		return f.evalAnd(x, i, within)
	case query.Or:
		return union(x, func(p query.Node) (*roaring.Bitmap, error) { return f.eval(p, i, within) })
	case query.Not:
		s, err := f.eval(x.Node, i, within)
		if err != nil {
			return nil, err
		}
		return roaring.AndNot(within, s), nil
	case query.Near:
		out, err := f.mayHold(x, i, within)
		if err != nil {
			return nil, err
		}
		return f.filter(i, out, nil, false, func(r *record) bool {
			ok, _ := query.MatchIn(x, source{r, f.terms}, nil)
			return ok
		})
	}
	return within, nil
}

// evalAnd evaluates the parts of an And in the order of their cost, each within what the others left.
func (f *finding) evalAnd(x query.And, i int, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	parts := slices.Clone(x)
	slices.SortStableFunc(parts, func(a, b query.Node) int { return cost(a) - cost(b) })
	out := within
	for _, p := range parts {
		var err error
		if out, err = f.eval(p, i, out); err != nil || out.IsEmpty() {
			return out, err
		}
	}
	return out, nil
}

// union returns what at least one part of an Or finds.
func union(x query.Or, of func(query.Node) (*roaring.Bitmap, error)) (*roaring.Bitmap, error) {
	var sets []*roaring.Bitmap
	for _, p := range x {
		s, err := of(p)
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	return roaring.FastOr(sets...), nil
}

// cost orders the parts of an And: parts that exclude many dossiers cheaply come first.
func cost(n query.Node) int {
	switch x := n.(type) {
	case query.Term:
		if len(x.Words) == 1 {
			return 0
		}
		return 3
	case query.Field:
		if x.Name == "similar" {
			return 2
		}
		return 1
	case query.Near:
		return 6
	}
	return 5
}

// mayHold returns the dossiers that have all words which a query of words, OR and NEAR needs, in whatever order.
func (f *finding) mayHold(n query.Node, i int, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	switch x := n.(type) {
	case query.Term:
		t, err := f.term(x)
		if err != nil {
			return nil, err
		}
		for _, w := range t.ws {
			within = roaring.And(within, w.in[i].all)
		}
		return within, nil
	case query.Or:
		return union(x, func(p query.Node) (*roaring.Bitmap, error) { return f.mayHold(p, i, within) })
	case query.Near:
		a, err := f.mayHold(x.A, i, within)
		if err != nil {
			return nil, err
		}
		return f.mayHold(x.B, i, a)
	}
	return within, nil
}

// filter returns the dossiers of segment i whose record keep accepts. Dossiers that lack one of the shingles are
// not read at all; with whole, having the shingles is sufficient. keep is called concurrently.
func (f *finding) filter(
	i int, docs *roaring.Bitmap, shingles []uint64, whole bool, keep func(r *record) bool,
) (*roaring.Bitmap, error) {
	if docs.IsEmpty() {
		return docs, nil
	}
	s := f.v.segs[i]
	place, _, err := s.located()
	if err != nil {
		return nil, err
	}
	all := docs.ToArray()
	const chunk = 1024
	kept := make([][]uint32, (len(all)+chunk-1)/chunk)
	err = parallel(len(kept), func(c int) error {
		var last location // of a record in the block that may is about
		var may []byte    // records of that block that may have the shingles, a bit for each
		sure := false
		for _, doc := range all[c*chunk : min(len(all), (c+1)*chunk)] {
			if int(doc) >= len(place) || !place[doc].exists {
				return errDamaged
			}
			l := place[doc]
			if len(shingles) > 0 {
				if may == nil || l.file != last.file || l.block != last.block {
					b, err := s.x.words.blockAt(l)
					if err != nil {
						return err
					}
					may, sure = b.have(shingles)
					last = l
				}
				if int(l.number/8) >= len(may) {
					return errDamaged
				}
				if may[l.number/8]>>(l.number%8)&1 == 0 {
					continue
				}
				if sure && whole {
					kept[c] = append(kept[c], doc)
					continue
				}
			}
			r, err := s.x.words.at(l)
			if err != nil {
				return err
			}
			if keep(&r) {
				kept[c] = append(kept[c], doc)
			}
		}
		return f.ctx.Err()
	})
	out := roaring.New()
	for _, docs := range kept {
		out.AddMany(docs)
	}
	return out, err
}

// field returns the dossiers of segment i whose property a query asks for. The value was checked by checkField
// when the query was parsed, so a span that cannot be read does not occur. Dossiers without the property are
// never found.
func (f *finding) field(x query.Field, i int, within *roaring.Bitmap) (*roaring.Bitmap, error) {
	if f.judged(x.Name, x.Value) {
		within = f.known(i, within)
	}
	s := f.v.segs[i]
	if x.Name == "similar" {
		l, err := f.likeness(x)
		if err != nil {
			return nil, err
		}
		return roaring.And(within, l.docs[i]), nil
	}
	in, isNumber := numeric(x.Name)
	if !isNumber {
		values, err := s.valuesOf(x.Name)
		if err != nil {
			return nil, err
		}
		at, ok := slices.BinarySearchFunc(values, x.Value, func(v valueSet, want string) int {
			return strings.Compare(v.value, want)
		})
		if !ok {
			return roaring.New(), nil
		}
		return roaring.And(within, values[at].docs), nil
	}
	c, err := s.column(in)
	if err != nil {
		return nil, err
	}
	span, _ := parseSpan(x.Name, x.Value)
	var docs []uint32
	for it := within.Iterator(); it.HasNext(); {
		if doc := it.Next(); !math.IsNaN(c[doc]) && span.holds(c[doc]) {
			docs = append(docs, doc)
		}
	}
	out := roaring.New()
	out.AddMany(docs)
	return out, nil
}

// prepare looks up the terms of a query, so that goroutines may read them concurrently afterwards.
func (f *finding) prepare(n query.Node) error {
	switch x := n.(type) {
	case query.Term:
		_, err := f.term(x)
		return err
	case query.And:
		for _, p := range x {
			if err := f.prepare(p); err != nil {
				return err
			}
		}
	case query.Or:
		return f.prepare(query.And(x))
	case query.Not:
		return f.prepare(x.Node)
	case query.Near:
		return f.prepare(query.And{x.A, x.B})
	}
	return nil
}

// all returns the dossiers that a query finds, by segment. The sum of their sizes is the exact number of hits.
func (f *finding) all(n query.Node) ([]*roaring.Bitmap, error) {
	if err := f.prepare(n); err != nil {
		return nil, err
	}
	out := make([]*roaring.Bitmap, len(f.v.segs))
	for i := range f.v.segs {
		var err error
		if out[i], err = f.eval(n, i, f.may[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

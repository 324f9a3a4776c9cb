package index

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"kheo/internal/text"
	"kheo/internal/text/query"
)

// A dossier is like another if it has much of what is characteristic of that one: the words that are frequent in it
// and rare elsewhere (tf-idf), as in Lucene's MoreLikeThis.
const (
	maxCharacteristic = 25   // words by which dossiers are compared
	minLikeness       = 0.10 // share of the score that the dossier itself has
)

// likeness is how like every dossier is to one of them. It is read-only once it is computed.
type likeness struct {
	docs   []*roaring.Bitmap // by segment: the dossiers that are like it and may be found
	scores [][]float32       // by segment and document number
}

// score returns how like a dossier is: the sum of the weights of its characteristic words.
func (l *likeness) score(seg int, doc uint32) float64 {
	if s := l.scores[seg]; s != nil {
		return float64(s[doc])
	}
	return 0
}

// liked returns the likenesses that a query asks for, in the order of the query, for ranking.
func (f *finding) liked(n query.Node) []*likeness {
	switch x := n.(type) {
	case query.Field:
		if l := f.like[x.Value]; l != nil && x.Name == "similar" {
			return []*likeness{l}
		}
	case query.And:
		var out []*likeness
		for _, p := range x {
			out = append(out, f.liked(p)...)
		}
		return out
	case query.Or:
		return f.liked(query.And(x))
	}
	return nil
}

// dossier returns the one dossier that a query names by its id or a prefix of it, of those that may be found: a
// hidden dossier is reported as missing.
func (f *finding) dossier(x query.Field) (string, error) {
	fail := func(message, cure string) *query.Error {
		return &query.Error{Query: f.query, Column: x.Column, Message: message, Cure: cure}
	}
	var ids []string
	for i, s := range f.v.segs {
		err := s.terms("_id", []byte(x.Value), append([]byte(x.Value), 0xff), func(id string) error {
			docs, err := s.snap.Segment().DocNumbers([]string{id})
			if err == nil && docs.Intersects(f.may[i]) {
				ids = append(ids, id)
			}
			if err == nil && len(ids) > 1000 {
				err = fail(fmt.Sprintf("more than a thousand dossiers begin with %q", x.Value),
					"write more of the one you mean").Coded("similar-many", x.Value)
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	switch {
	case len(ids) == 1 || slices.Contains(ids, x.Value):
		if slices.Contains(ids, x.Value) {
			return x.Value, nil
		}
		return ids[0], nil
	case len(ids) > 1:
		some := strings.Join(ids[:min(5, len(ids))], ", ")
		return "", fail(fmt.Sprintf("%d dossiers begin with %q: %s", len(ids), x.Value, some),
			"write more of the one you mean").Coded("similar-some", len(ids), x.Value, some)
	}
	return "", fail(fmt.Sprintf("there is no dossier %q in the index", x.Value),
		"write similar: and the id of a dossier, as searches and lists show it").Coded("similar-none", x.Value)
}

// likeness returns how like the dossiers are to the one that a query names. It is computed once per search, before
// goroutines read it (see prepare and field).
func (f *finding) likeness(x query.Field) (*likeness, error) {
	if l := f.like[x.Value]; l != nil {
		return l, nil
	}
	id, err := f.dossier(x)
	if err != nil {
		return nil, err
	}
	t, err := f.text(id)
	if err != nil {
		return nil, err
	}
	l := &likeness{docs: make([]*roaring.Bitmap, len(f.v.segs)), scores: make([][]float32, len(f.v.segs))}
	for i := range l.docs {
		l.docs[i] = roaring.New()
	}
	f.like[x.Value] = l
	if t == nil {
		return l, nil
	}
	words, self, err := f.characteristic(t)
	if err != nil {
		return nil, err
	}
	return l, parallel(len(f.v.segs), func(i int) error {
		s := f.v.segs[i]
		own, err := s.snap.Segment().DocNumbers([]string{id})
		if err != nil {
			return err
		}
		l.scores[i] = make([]float32, s.n)
		all := &piece{hi: s.n}
		for _, w := range words {
			if err := s.count(fieldBody, w.term, all, nil, func(doc uint32, tf float32) {
				l.scores[i][doc] += w.weight * tf / (tf + 1)
			}); err != nil {
				return err
			}
		}
		var docs []uint32
		for doc, score := range l.scores[i] {
			if score >= minLikeness*self && self > 0 {
				docs = append(docs, uint32(doc))
			}
		}
		l.docs[i].AddMany(docs)
		l.docs[i].And(f.may[i])
		l.docs[i].AndNot(own)
		return f.ctx.Err()
	})
}

// characteristicWord is a word that is characteristic of a dossier.
type characteristicWord struct {
	term   string
	tf     float32 // occurrences in the dossier
	weight float32 // inverse document frequency
}

// characteristic returns the words that are characteristic of a dossier, and the score of the dossier itself by
// them. Words of a single dossier are left out, because no other dossier can have them. Words in more than a
// fifth of the dossiers are left out, too, unless those are ten or fewer.
func (f *finding) characteristic(t *Text) (words []characteristicWord, self float32, err error) {
	tf := map[string]float32{}
	for _, d := range t.Dossier.Documents {
		for _, p := range d.Pages {
			for _, w := range text.Terms(p.Text) {
				tf[termOf(w.Folded, w.Exact)]++
			}
		}
	}
	df := make(map[string]uint64, len(tf))
	n := 0.0
	for i, s := range f.v.segs {
		n += float64(f.may[i].GetCardinality())
		dict, err := s.snap.Segment().Dictionary(fieldBody)
		if err != nil {
			return nil, 0, err
		}
		for term := range tf {
			list, err := dict.PostingsList([]byte(term), nil, nil)
			if err != nil {
				return nil, 0, err
			}
			df[term] += list.Count()
		}
	}
	for term, c := range tf {
		if d := float64(df[term]); d >= 2 && d <= math.Max(10, n/5) {
			words = append(words, characteristicWord{term, c, float32(math.Log(1 + n/d))})
		}
	}
	sort.Slice(words, func(i, k int) bool {
		a, b := words[i].weight*words[i].tf/(words[i].tf+1), words[k].weight*words[k].tf/(words[k].tf+1)
		return a > b || a == b && words[i].term < words[k].term
	})
	words = words[:min(len(words), maxCharacteristic)]
	for _, w := range words {
		self += w.weight * w.tf / (w.tf + 1)
	}
	return words, self, nil
}

package index

import (
	"context"
	"fmt"
	"math"
	"sort"

	"github.com/RoaringBitmap/roaring/v2"

	"kheo/internal/dossier"
	"kheo/internal/text/query"
)

// Hit is a dossier that was found, with its best passages.
type Hit struct {
	Dossier string    `json:"dossier"`
	Title   string    `json:"title"`
	Score   float64   `json:"score"`
	Passage           // the best one
	More    []Passage `json:"more,omitempty"` // the next best ones, on other pages
}

// Results is the answer to a search.
type Results struct {
	Total   int                `json:"total"`
	Hits    []Hit              `json:"hits"`
	Instead string             `json:"instead,omitempty"` // the query that was answered, if the one asked finds nothing
	Suggest string             `json:"suggest,omitempty"` // a query that may have been meant, and finds more
	Unknown []Unknown          `json:"unknown,omitempty"` // what the query asks for by field and no dossier has
	Facets  map[string][]Facet `json:"facets,omitempty"`  // by field: counts over all hits, the highest first
	Next    string             `json:"next,omitempty"`    // name of the next page
	Pending int                `json:"pending,omitempty"` // dossiers that are not in the index in their present version
}

// Facet is a value of a field, and the number of hits that have it.
type Facet struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// How holds the options of a search.
type How struct {
	Filters   map[string]string // exact values of the keyword fields
	Limit     int               // hits on a page
	Sort      string            // one of Sorts; "" is relevance
	Facets    bool              // count facets
	Hidden    Hidden
	KeepOrder bool   // keep the order of the hits, so that Results.Next can name the next page
	Page      string // from Results.Next; the query, filters and order are then those of the first page
}

// Hidden is what the searcher may not see: it is not found, not counted, and does not lead to suggestions.
type Hidden struct {
	Dossiers []string
	Units    []string

	// Unjudged are dossiers that may be found by their documents, but not by their assessment: for such a
	// search they have no outcome, no points and none of JudgedFlags.
	Unjudged    []string
	JudgedFlags []string
}

// Sorts are the orders of hits. Dossiers without the value by which hits are sorted come last.
var Sorts = []string{"relevance", "points", "registered"}

// facetFields are the fields of which facets are counted.
var facetFields = []string{"unit", "level", "field", "kind", "outcome", "flag"}

// maxFacets bounds the values of a field that are returned in Results.Facets.
const maxFacets = 50

// Text is what a search quotes of a dossier that it found.
type Text struct {
	Dossier *dossier.Dossier
	Title   string
	Nominee string
}

// Search finds dossiers. text loads the pages of a dossier, to quote them; it returns nil if the dossier is gone,
// and is called concurrently. A mistake in the query is returned as a *query.Error.
func (x *Index) Search(
	ctx context.Context, q string, how How, text func(id string) (*Text, error),
) (res *Results, err error) {
	defer guard(&err)()
	v, err := x.snapshot()
	if err != nil {
		return nil, err
	}
	defer v.close()
	if how.Page != "" {
		return x.nextPage(ctx, v, how, text)
	}
	node, err := query.Parse(q, checkField)
	if err != nil {
		return nil, err
	}
	f, err := v.find(ctx, q, how.Hidden, text)
	if err != nil {
		return nil, err
	}
	res = &Results{Hits: []Hit{}}
	if res.Unknown, err = f.unknown(node); err != nil {
		return nil, err
	}
	if node, err = f.joined(node); err != nil {
		return nil, err
	}
	node, found, err := f.answer(node, how.Filters, res)
	if err != nil {
		return nil, err
	}
	most := how.Limit
	if how.KeepOrder {
		most = max(most, maxKept)
	}
	list, err := f.rank(found, filtered(node, how.Filters), &how, most)
	if err != nil {
		return nil, err
	}
	if how.Facets {
		if res.Facets, err = f.facets(found); err != nil {
			return nil, err
		}
	}
	if how.KeepOrder && len(list) > how.Limit {
		if res.Next, err = f.keepOrder(list, node, how, res.Total); err != nil {
			return nil, err
		}
	}
	return res, f.show(res, list[:min(len(list), how.Limit)], sought(node))
}

// answer returns what a query finds, by segment, and the query that it answers: an alternative if the one asked
// finds nothing. It sets the total, and the alternative, in the results. node is nil for a search by filters
// alone, which has no alternative.
func (f *finding) answer(
	node query.Node, filters map[string]string, res *Results,
) (query.Node, []*roaring.Bitmap, error) {
	found, err := f.all(filtered(node, filters))
	if err != nil {
		return nil, nil, err
	}
	if res.Total = total(found); res.Total > fewFound || node == nil {
		return node, found, nil
	}
	again, n, err := f.alternative(node, filters, res.Total)
	switch {
	case err != nil || again == nil:
	case res.Total > 0:
		res.Suggest = again.String()
	default:
		res.Instead, res.Total, node = again.String(), n, again
		found, err = f.all(filtered(node, filters))
	}
	return node, found, err
}

// CheckQuery returns what is wrong with a query, without searching: a *query.Error.
func CheckQuery(q string) error {
	_, err := query.Parse(q, checkField)
	return err
}

// filtered returns a query combined with filters. node may be nil.
func filtered(node query.Node, filters map[string]string) query.And {
	all := query.And{}
	if node != nil {
		all = append(all, node)
	}
	for _, name := range keywords {
		if v := filters[name]; v != "" {
			all = append(all, query.Field{Name: name, Value: v})
		}
	}
	return all
}

// total counts what was found in all segments.
func total(found []*roaring.Bitmap) (n int) {
	for _, b := range found {
		n += int(b.GetCardinality())
	}
	return n
}

// show adds the hits with their passages to the results. Dossiers that are gone meanwhile are left out. An
// infinite score marks a dossier without the property that hits are sorted by; it is shown as 0, because JSON
// has no infinity.
func (f *finding) show(res *Results, list []ranked, terms []query.Term) error {
	wants := f.v.x.wants(terms)
	for i := range wants {
		if len(wants[i].stems) == 0 {
			continue
		}
		t, err := f.term(terms[i])
		if err != nil {
			return err
		}
		for k := range t.ws[0].in {
			for _, stem := range t.ws[0].in[k].stems {
				wants[i].stems[stem] = true
			}
		}
	}
	hits := make([]*Hit, len(list))
	err := parallel(len(list), func(i int) error {
		id, err := f.v.segs[list[i].seg].snap.DocID(uint64(list[i].doc))
		if err != nil {
			return err
		}
		t, err := f.text(string(id))
		if err != nil || t == nil {
			return err
		}
		score := list[i].score
		if math.IsInf(score, 0) {
			score = 0
		}
		h := &Hit{Dossier: string(id), Title: t.Title, Score: math.Round(score*1000) / 1000}
		ps := f.v.x.passages(t.Dossier, wants)
		h.Passage, h.More = ps[0], ps[1:]
		hits[i] = h
		return f.ctx.Err()
	})
	for _, h := range hits {
		if h != nil {
			res.Hits = append(res.Hits, *h)
		}
	}
	return err
}

// facets counts the values of the dossiers found. Values of hidden assessments are not counted.
func (f *finding) facets(found []*roaring.Bitmap) (map[string][]Facet, error) {
	out := map[string][]Facet{}
	for _, name := range facetFields {
		counts := map[string]int{}
		for i, s := range f.v.segs {
			values, err := s.valuesOf(name)
			if err != nil {
				return nil, fmt.Errorf("counting by %s: %w", name, err)
			}
			for _, v := range values {
				docs := v.docs
				if f.judged(name, v.value) {
					docs = f.known(i, docs)
				}
				if n := found[i].AndCardinality(docs); n > 0 {
					counts[v.value] += int(n)
				}
			}
		}
		list := []Facet{}
		for v, n := range counts {
			list = append(list, Facet{v, n})
		}
		sort.Slice(list, func(i, j int) bool {
			return list[i].Count > list[j].Count || list[i].Count == list[j].Count && list[i].Value < list[j].Value
		})
		out[name] = list[:min(len(list), maxFacets)]
	}
	return out, nil
}

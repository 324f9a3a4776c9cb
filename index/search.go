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
	Passage           // the best
	More    []Passage `json:"more,omitempty"` // the next best, of other pages
}

// Results is what a search found.
type Results struct {
	Total   int                `json:"total"`
	Hits    []Hit              `json:"hits"`
	Instead string             `json:"instead,omitempty"` // nothing was found, and this was searched for: the query with words that some dossier has
	Suggest string             `json:"suggest,omitempty"` // little was found; this may have been meant, and finds more
	Facets  map[string][]Facet `json:"facets,omitempty"`  // by field: how many of all that were found, most first
	Next    string             `json:"next,omitempty"`    // names the next page
	Pending int                `json:"pending,omitempty"` // dossiers that are not in the index yet, or not as they are now
}

// Facet is one value of a field, and how many of the dossiers found have it.
type Facet struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// How says how a search is to be answered.
type How struct {
	Filters   map[string]string // exact values of the keyword fields
	Limit     int
	Sort      string // of Sorts; "" is relevance
	Facets    bool
	Hidden    Hidden
	KeepOrder bool   // keep the order of what is found, so that Results.Next can name the next page
	Page      string // what Results.Next named: the query, filters and order are those of the first page
}

// Hidden is what the searcher may not see: it is not found, not counted and not suggested.
type Hidden struct {
	Dossiers []string
	Units    []string

	// Unjudged are dossiers that may be found by what their documents say, but by nothing that their
	// assessment says of them: for such a search they have no outcome, no points and none of JudgedFlags.
	Unjudged    []string
	JudgedFlags []string
}

// Sorts are the orders in which hits may come; those without a value come last.
var Sorts = []string{"relevance", "points", "registered"}

// facetFields are the fields of which facets are counted.
var facetFields = []string{"unit", "level", "field", "kind", "outcome", "flag"}

// maxFacets bounds the values of a field that are counted in Results.Facets.
const maxFacets = 50

// Text is what a search needs of a dossier that it found.
type Text struct {
	Dossier *dossier.Dossier
	Title   string
	Nominee string
}

// Search finds dossiers. text returns a dossier's pages, to quote them; nil if it is gone. A mistake in the query
// is a *query.Error.
func (x *Index) Search(ctx context.Context, q string, how How, text func(id string) (*Text, error)) (res *Results, err error) {
	defer guard(&err)()
	v, err := x.snapshot()
	if err != nil {
		return nil, err
	}
	defer v.close()
	if how.Page != "" {
		return x.nextPage(ctx, v, how, text)
	}
	node, err := query.Parse(q, asks)
	if err != nil {
		return nil, err
	}
	f, err := v.find(ctx, q, how.Hidden, text)
	if err != nil {
		return nil, err
	}
	asked := filtered(node, how.Filters)
	found, err := f.all(asked)
	if err != nil {
		return nil, err
	}
	res = &Results{Total: total(found), Hits: []Hit{}}
	if res.Total <= fewFound && node != nil {
		again, n, err := f.otherwise(node, how.Filters, res.Total)
		if err != nil {
			return nil, err
		}
		switch {
		case again == nil:
		case res.Total == 0:
			res.Instead, res.Total = again.String(), n
			node, asked = again, filtered(again, how.Filters)
			if found, err = f.all(asked); err != nil {
				return nil, err
			}
		default:
			res.Suggest = again.String()
		}
	}
	most := how.Limit
	if how.KeepOrder {
		most = max(most, maxKept)
	}
	list, err := f.rank(found, asked, &how, most)
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

// CheckQuery returns what is wrong with a query, without searching: a *query.Error.
func CheckQuery(q string) error {
	_, err := query.Parse(q, asks)
	return err
}

// filtered returns a query together with filters.
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

// show adds hits with their passages to the results.
func (f *finding) show(res *Results, list []ranked, terms []query.Term) error {
	wants := f.v.x.wants(terms)
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

// facets counts the values of what was found.
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

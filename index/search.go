package index

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/blevesearch/bleve/v2"
	found "github.com/blevesearch/bleve/v2/search"
	bq "github.com/blevesearch/bleve/v2/search/query"

	"kheo/pipeline/dossier"
	"kheo/rules"
	"kheo/rules/language"
	"kheo/rules/query"
)

// Hit is a dossier that was found, with its best passage.
type Hit struct {
	Dossier  string   `json:"dossier"`
	Title    string   `json:"title"`
	Score    float64  `json:"score"`
	Document string   `json:"document,omitempty"`
	Page     int      `json:"page,omitempty"`
	Snippet  string   `json:"snippet"`
	Marks    [][2]int `json:"marks"` // code points into the snippet: the words that were found
	exact    int
}

// Results is what a search found.
type Results struct {
	Total   int                `json:"total"`
	Hits    []Hit              `json:"hits"`
	Suggest string             `json:"suggest,omitempty"` // where nothing was found: the query with words that some dossier has
	Facets  map[string][]Facet `json:"facets,omitempty"`  // by field: how many of all that were found, most first
}

// Facet is one value of a field, and how many of the dossiers found have it.
type Facet struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// How a search is to be answered.
type How struct {
	Filters map[string]string // exact values of the keyword fields
	Limit   int
	Sort    string // of Sorts; "" is relevance
	Facets  bool
}

// Sorts are the orders in which hits may come; those without a value come last.
var Sorts = []string{"relevance", "points", "registered"}

// facetFields are the fields of which facets are counted.
var facetFields = []string{"unit", "level", "field", "kind", "outcome", "flag"}

// mostFacets is how many values of a field are told.
const mostFacets = 50

// Text is what a search needs of a dossier that it found.
type Text struct {
	Dossier *dossier.Dossier
	Title   string
	Nominee string
}

// toBleve writes a query as Bleve asks it. sure is false where Bleve finds more than the
// query asks for, and the texts must be looked at.
func toBleve(n query.Node) (q bq.Query, sure bool) {
	switch x := n.(type) {
	case query.Term:
		return term(x), !x.Exact && (!x.Prefix || len(x.Words) == 1)
	case query.Field:
		return fieldQuery(x), true
	case query.And:
		out := bleve.NewBooleanQuery()
		sure = true
		for _, part := range x {
			if inner, ok := part.(query.Not); ok {
				p, s := toBleve(inner.Node)
				if s {
					out.AddMustNot(p)
				}
				sure = sure && s
				continue
			}
			p, s := toBleve(part)
			out.AddMust(p)
			sure = sure && s
		}
		if out.Must == nil {
			out.AddMust(bleve.NewMatchAllQuery())
		}
		return out, sure
	case query.Or:
		var any []bq.Query
		sure = true
		for _, part := range x {
			p, s := toBleve(part)
			any = append(any, p)
			sure = sure && s
		}
		return bleve.NewDisjunctionQuery(any...), sure
	case query.Not:
		return toBleve(query.And{x})
	case query.Near:
		a, _ := toBleve(x.A)
		b, _ := toBleve(x.B)
		return bleve.NewConjunctionQuery(a, b), false
	}
	return bleve.NewMatchAllQuery(), true
}

// term asks for a word or a phrase in the title, which counts more, or the text.
func term(t query.Term) bq.Query {
	terms := t.Folded()
	one := func(field string, boost float64) bq.Query {
		switch {
		case len(terms) > 1 && t.Prefix: // the texts tell whether they stand in a row
			var all []bq.Query
			for i, w := range terms {
				if i < len(terms)-1 {
					q := bleve.NewTermQuery(w)
					q.SetField(field)
					all = append(all, q)
					continue
				}
				q := bleve.NewPrefixQuery(w)
				q.SetField(field)
				all = append(all, q)
			}
			return bleve.NewConjunctionQuery(all...)
		case t.Prefix:
			q := bleve.NewPrefixQuery(terms[0])
			q.SetField(field)
			q.SetBoost(boost)
			return q
		case len(terms) == 1:
			q := bleve.NewTermQuery(terms[0])
			q.SetField(field)
			q.SetBoost(boost)
			return q
		}
		q := bq.NewPhraseQuery(terms, field)
		q.SetBoost(boost)
		return q
	}
	return bleve.NewDisjunctionQuery(one("title", 3), one("body", 1))
}

// sought are the words and phrases that a query wants to be there, to quote and mark.
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

// reranked is how many of Bleve's best hits are looked at again for exact
// diacritics.
const reranked = 200

// Search finds dossiers. text gives a dossier's pages, to tell exact spellings and to
// quote. A mistake in the query is a *query.Error.
func (x *Index) Search(ctx context.Context, q string, how How, text func(id string) (*Text, error)) (*Results, error) {
	limit := how.Limit
	node, err := query.Parse(q, asks)
	if err != nil {
		return nil, err
	}
	all := query.And{}
	if node != nil {
		all = append(all, node)
	}
	for _, name := range keywords {
		if v := how.Filters[name]; v != "" {
			all = append(all, query.Field{Name: name, Value: v})
		}
	}
	asked, sure := toBleve(all)
	terms := sought(node)
	words := make([][]string, len(terms))
	for i, t := range terms {
		words[i] = t.Words
	}
	res, counts := &Results{Hits: []Hit{}}, facetCounts{}
	for from := 0; ; from += reranked {
		req := request(asked, how, sure, from)
		hits, err := x.b.SearchInContext(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("searching: %w", err)
		}
		for _, h := range hits.Hits {
			t, err := text(h.ID)
			if err != nil {
				return nil, err
			}
			if t == nil || !sure && !matchesText(h, all, t) {
				continue
			}
			if !sure {
				res.Total++
				counts.add(h.Fields)
				if len(res.Hits) >= max(limit, reranked) { // only counted
					continue
				}
			}
			hit := Hit{Dossier: h.ID, Title: t.Title, Score: float64(int(h.Score*1000)) / 1000}
			hit.passage(t.Dossier, words)
			res.Hits = append(res.Hits, hit)
		}
		if sure {
			res.Total = int(hits.Total)
			for name, f := range hits.Facets {
				for _, t := range f.Terms.Terms() {
					counts.of(name)[t.Term] = t.Count
				}
			}
		}
		if sure || len(hits.Hits) < reranked {
			break
		}
	}
	if how.Sort == "" || how.Sort == "relevance" {
		sort.SliceStable(res.Hits, func(i, j int) bool { return res.Hits[i].exact > res.Hits[j].exact })
	}
	if how.Facets {
		res.Facets = counts.told()
	}
	if res.Total == 0 {
		if res.Suggest, err = x.suggest(node); err != nil {
			return nil, err
		}
	}
	if len(res.Hits) > limit {
		res.Hits = res.Hits[:limit]
	}
	return res, nil
}

// request asks Bleve for the hits from a place on. Where it finds more than the query asks
// for, it brings the fields by which the rest is told apart, and counts nothing itself.
func request(asked bq.Query, how How, sure bool, from int) *bleve.SearchRequest {
	req := bleve.NewSearchRequestOptions(asked, max(how.Limit, reranked), from, false)
	switch how.Sort {
	case "points", "registered":
		req.SortBy([]string{"-" + how.Sort, "_id"})
	default:
		req.SortBy([]string{"-_score", "_id"})
	}
	if how.Facets && sure {
		for _, f := range facetFields {
			req.AddFacet(f, bleve.NewFacetRequest(f, mostFacets))
		}
	}
	if !sure {
		req.Size, req.Fields = reranked, []string{"*"}
	}
	return req
}

// facetCounts counts values, by field.
type facetCounts map[string]map[string]int

func (c facetCounts) of(field string) map[string]int {
	if c[field] == nil {
		c[field] = map[string]int{}
	}
	return c[field]
}

func (c facetCounts) add(fields map[string]any) {
	for _, name := range facetFields {
		switch v := fields[name].(type) {
		case string:
			c.of(name)[v]++
		case []any:
			for _, x := range v {
				c.of(name)[fmt.Sprint(x)]++
			}
		}
	}
}

// told writes the counts, most first.
func (c facetCounts) told() map[string][]Facet {
	out := map[string][]Facet{}
	for _, name := range facetFields {
		list := []Facet{}
		for v, n := range c[name] {
			if v != "" {
				list = append(list, Facet{v, n})
			}
		}
		sort.Slice(list, func(i, j int) bool {
			return list[i].Count > list[j].Count || list[i].Count == list[j].Count && list[i].Value < list[j].Value
		})
		out[name] = list[:min(len(list), mostFacets)]
	}
	return out
}

// matchesText looks whether a dossier's title and pages hold what the query asks for.
func matchesText(h *found.DocumentMatch, n query.Node, t *Text) bool {
	return rules.Read(t.Dossier).Matches(n, []string{t.Title, t.Nominee}, func(f query.Field) bool { return fieldHolds(h.Fields, f) })
}

// spot is where one of the searched words or phrases stands on a page.
type spot struct {
	start, end int // code points
	of         int // which of them
	exact      bool
}

// spotsOn finds the searched words and phrases on a page.
func spotsOn(rs []rune, wanted [][]string) []spot {
	type word struct {
		start, end    int
		exact, folded string
	}
	var words []word
	for i := 0; i < len(rs); {
		if !query.IsWordRune(rs[i]) {
			i++
			continue
		}
		start := i
		for i < len(rs) && query.IsWordRune(rs[i]) {
			i++
		}
		w := strings.ToLower(string(rs[start:i]))
		words = append(words, word{start, i, w, language.Fold(w)})
	}
	folded := make([][]string, len(wanted))
	for n, p := range wanted {
		for _, w := range p {
			folded[n] = append(folded[n], language.Fold(w))
		}
	}
	var out []spot
	for i := range words {
		for n, p := range folded {
			if i+len(p) > len(words) {
				continue
			}
			all, exact := len(p) > 0, true
			for k := range p {
				all = all && words[i+k].folded == p[k]
				exact = exact && words[i+k].exact == wanted[n][k]
			}
			if all {
				out = append(out, spot{words[i].start, words[i+len(p)-1].end, n, exact})
			}
		}
	}
	return out
}

// passage finds the dossier's best passage: most of the searched words near
// each other, spelt exactly where possible, in the order typed.
func (h *Hit) passage(d *dossier.Dossier, wanted [][]string) {
	h.Marks = [][2]int{}
	seen := map[int]bool{}
	for _, s := range spotsOn([]rune(h.Title), wanted) {
		if s.exact {
			seen[s.of] = true
		}
	}
	const width = 200
	best := -1
	for di := range d.Documents {
		for _, pg := range d.Documents[di].Pages {
			rs := []rune(pg.Text)
			spots := spotsOn(rs, wanted)
			for i := range spots {
				if spots[i].exact {
					seen[spots[i].of] = true
				}
				score, got, last := 0, map[int]bool{}, 0
				for k := i; k < len(spots) && spots[k].end-spots[i].start <= width; k++ {
					if !got[spots[k].of] {
						got[spots[k].of] = true
						score += 4
					}
					if spots[k].exact {
						score++
					}
					if k > i && spots[k].start-spots[k-1].end == 1 {
						score += 2
					}
					last = k
				}
				if score > best {
					best = score
					h.Document, h.Page = d.Documents[di].Name, pg.Number
					h.cut(rs, spots[i:last+1], width)
				}
			}
			if best < 0 && h.Snippet == "" && len(rs) > 0 {
				h.Document, h.Page = d.Documents[di].Name, pg.Number
				h.cut(rs, nil, width)
			}
		}
	}
	h.exact = len(seen)
}

// cut takes the snippet around spots, and marks them; neighbours share a mark.
func (h *Hit) cut(rs []rune, spots []spot, width int) {
	from, to := 0, min(len(rs), width)
	if len(spots) > 0 {
		from = max(0, spots[0].start-50)
		to = min(len(rs), max(spots[len(spots)-1].end+30, from+width))
	}
	for from > 0 && query.IsWordRune(rs[from-1]) {
		from--
	}
	for to < len(rs) && query.IsWordRune(rs[to]) {
		to++
	}
	h.Snippet = strings.Map(oneSpace, string(rs[from:to]))
	h.Marks = h.Marks[:0]
	for _, s := range spots {
		if n := len(h.Marks); n > 0 && s.start-from <= h.Marks[n-1][1]+1 {
			h.Marks[n-1][1] = max(h.Marks[n-1][1], s.end-from)
			continue
		}
		h.Marks = append(h.Marks, [2]int{s.start - from, s.end - from})
	}
}

func oneSpace(r rune) rune {
	if r == '\n' || r == '\t' {
		return ' '
	}
	return r
}

package index

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"unicode"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"
	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/dossier"
	"kheo/rules/language"
	"kheo/rules/strict"
)

// QueryError is a mistake in what a person typed, and where: Column counts
// code points from 1.
type QueryError struct {
	Query   string
	Column  int
	Message string
	Cure    string
}

func (e *QueryError) Error() string {
	return fmt.Sprintf("%s\n    %s\n    %s^\n%s", e.Message, e.Query, strings.Repeat(" ", e.Column-1), e.Cure)
}

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
	Total int   `json:"total"`
	Hits  []Hit `json:"hits"`
}

type part struct {
	words   []string // as typed, lower case, NFC
	negated bool
	field   string // of a filter
	value   string
	column  int
}

// parse reads what a person types: words (all must stand), "phrases", -word,
// OR between two of them, and field:value filters.
func parse(q string) ([][]part, error) {
	q = norm.NFC.String(q)
	if len([]rune(q)) > 1000 {
		return nil, &QueryError{Query: string([]rune(q)[:60]) + "…", Column: 61, Message: "the query is longer than 1,000 characters", Cure: "search for fewer words"}
	}
	rs := []rune(q)
	var groups [][]part
	or := false
	fail := func(col int, message, cure string) error {
		return &QueryError{Query: q, Column: col + 1, Message: message, Cure: cure}
	}
	for i := 0; i < len(rs); {
		if unicode.IsSpace(rs[i]) {
			i++
			continue
		}
		p := part{column: i}
		if rs[i] == '-' && i+1 < len(rs) && !unicode.IsSpace(rs[i+1]) {
			p.negated = true
			i++
		}
		quoted := false
		var text string
		if rs[i] == '"' || rs[i] == '“' || rs[i] == '”' {
			end := i + 1
			for end < len(rs) && rs[end] != '"' && rs[end] != '”' && rs[end] != '“' {
				end++
			}
			if end >= len(rs) {
				return nil, fail(i, "this quotation mark is never closed", `write "the phrase" with a mark at each end`)
			}
			text, quoted = string(rs[i+1:end]), true
			i = end + 1
		} else {
			start := i
			for i < len(rs) && !unicode.IsSpace(rs[i]) && rs[i] != '"' {
				i++
			}
			text = string(rs[start:i])
		}
		if !quoted && text == "OR" {
			if len(groups) == 0 {
				return nil, fail(p.column, "OR stands at the beginning", "write it between two words")
			}
			or = true
			continue
		}
		if !quoted && text == "AND" {
			continue
		}
		if name, value, ok := strings.Cut(text, ":"); ok && !quoted && isFieldName(name) {
			if !contains(keywords, name) {
				cure := "fields are: " + strings.Join(keywords, ", ")
				if near := strict.Nearest(name, keywords); near != "" {
					cure = fmt.Sprintf("did you mean %s:%s? %s", near, value, cure)
				}
				return nil, fail(p.column, fmt.Sprintf("there is no field %q to search in", name), cure)
			}
			if value == "" {
				return nil, fail(p.column, fmt.Sprintf("%s: is followed by nothing", name), "write the value right behind the colon, as in unit:dai-hiep")
			}
			p.field, p.value = name, value
		} else {
			p.words = splitWords(text)
			if len(p.words) == 0 {
				continue
			}
		}
		if or && !p.negated {
			groups[len(groups)-1] = append(groups[len(groups)-1], p)
		} else {
			groups = append(groups, []part{p})
		}
		or = false
	}
	if or {
		return nil, fail(len(rs)-2, "OR stands at the end", "write a word behind it")
	}
	return groups, nil
}

func isFieldName(s string) bool {
	for _, r := range s {
		if r < 'a' || r > 'z' {
			return false
		}
	}
	return len(s) > 2
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func splitWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !isWordRune(r) })
}

func (p part) query() query.Query {
	if p.field != "" {
		t := bleve.NewTermQuery(p.value)
		t.SetField(p.field)
		return t
	}
	one := func(field string, boost float64) query.Query {
		terms := make([]string, len(p.words))
		for i, w := range p.words {
			terms[i] = language.Fold(w)
		}
		if len(terms) == 1 {
			t := bleve.NewTermQuery(terms[0])
			t.SetField(field)
			t.SetBoost(boost)
			return t
		}
		ph := query.NewPhraseQuery(terms, field)
		ph.SetBoost(boost)
		return ph
	}
	return bleve.NewDisjunctionQuery(one("title", 3), one("body", 1))
}

// reranked is how many of Bleve's best hits are looked at again for exact
// diacritics.
const reranked = 200

// Search finds dossiers. Filters are exact values of the keyword fields. text
// gives a dossier's pages, to tell exact spellings and to quote.
func (x *Index) Search(ctx context.Context, q string, filters map[string]string, limit int, text func(id string) (*dossier.Dossier, string, error)) (*Results, error) {
	groups, err := parse(q)
	if err != nil {
		return nil, err
	}
	bq := bleve.NewBooleanQuery()
	var words [][]string
	positive := 0
	for _, g := range groups {
		var any []query.Query
		for _, p := range g {
			any = append(any, p.query())
			if !p.negated && p.field == "" {
				words = append(words, p.words)
			}
		}
		if g[0].negated {
			bq.AddMustNot(any[0])
			continue
		}
		positive++
		bq.AddMust(bleve.NewDisjunctionQuery(any...))
	}
	for _, name := range keywords {
		if v := filters[name]; v != "" {
			positive++
			bq.AddMust(part{field: name, value: v}.query())
		}
	}
	if positive == 0 {
		bq.AddMust(bleve.NewMatchAllQuery())
	}
	req := bleve.NewSearchRequestOptions(bq, max(limit, reranked), 0, false)
	req.SortBy([]string{"-_score", "_id"})
	found, err := x.b.SearchInContext(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	res := &Results{Total: int(found.Total), Hits: []Hit{}}
	for _, h := range found.Hits {
		d, title, err := text(h.ID)
		if err != nil {
			return nil, err
		}
		if d == nil {
			continue
		}
		hit := Hit{Dossier: h.ID, Title: title, Score: float64(int(h.Score*1000)) / 1000}
		hit.passage(d, words)
		res.Hits = append(res.Hits, hit)
	}
	sort.SliceStable(res.Hits, func(i, j int) bool { return res.Hits[i].exact > res.Hits[j].exact })
	if len(res.Hits) > limit {
		res.Hits = res.Hits[:limit]
	}
	return res, nil
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
		if !isWordRune(rs[i]) {
			i++
			continue
		}
		start := i
		for i < len(rs) && isWordRune(rs[i]) {
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
	for from > 0 && isWordRune(rs[from-1]) {
		from--
	}
	for to < len(rs) && isWordRune(rs[to]) {
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

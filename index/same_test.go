package index

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/query"
	"kheo/rules"
)

var vocabulary = []string{"thôn", "thon", "thỏn", "nhân", "nhan", "rộng", "rong", "đường", "hoa", "Bàu", "bau", "blåbær", "12", "3,5", "50tr", "50 tr"}

func drawText(t *rapid.T) string {
	var b strings.Builder
	for range rapid.IntRange(1, 25).Draw(t, "words") {
		b.WriteString(rapid.SampledFrom(vocabulary).Draw(t, "word"))
		b.WriteString(rapid.SampledFrom([]string{" ", " ", " ", ", ", ". Và ", "\n", "\t"}).Draw(t, "gap"))
	}
	return b.String()
}

func drawQuery(t *rapid.T, depth int) query.Node {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	if depth == 0 {
		kind = 0
	}
	switch kind {
	case 5:
		return query.And{drawQuery(t, depth-1), drawQuery(t, depth-1)}
	case 6:
		return query.Or{drawQuery(t, depth-1), drawQuery(t, depth-1)}
	case 7:
		return query.And{drawQuery(t, depth-1), query.Not{Node: drawQuery(t, depth-1)}}
	case 8, 9:
		return query.Near{A: drawQuery(t, 0), B: drawQuery(t, 0), Scope: rapid.SampledFrom([]query.Scope{query.Words, query.Sentence, query.Page}).Draw(t, "scope"), Words: rapid.IntRange(0, 4).Draw(t, "near")}
	}
	term := query.Term{Exact: rapid.Bool().Draw(t, "exact"), Prefix: rapid.IntRange(0, 4).Draw(t, "prefix") == 0}
	for range rapid.IntRange(1, 3).Draw(t, "length") {
		for _, w := range text.Terms(rapid.SampledFrom(vocabulary).Draw(t, "term")) {
			term.Words = append(term.Words, w.Exact)
		}
	}
	return term
}

// What a ruleset's query finds is what the same query finds when it is typed into a
// search, in whatever it asks for.
func TestRulesAndSearchFindTheSame(t *testing.T) {
	top := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		l := library{}
		for i := range rapid.IntRange(1, 6).Draw(t, "dossiers") {
			id := fmt.Sprint("d", i)
			l[id] = &dossier.Dossier{ID: id, Documents: []dossier.Document{{Name: "a.txt", Type: "text/plain", Pages: []dossier.Page{{Number: 1, Text: drawText(t)}, {Number: 2, Text: drawText(t)}}}}}
		}
		dir, err := os.MkdirTemp(top, "")
		if err != nil {
			t.Fatal(err)
		}
		x, err := Open(filepath.Join(dir, "index"))
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		var entries []dossier.IndexEntry
		for _, d := range l {
			entries = append(entries, dossier.IndexEntry{Dossier: d, Kind: "model"})
		}
		if err := x.Update(entries, nil); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			n := drawQuery(t, 2)
			again, err := query.Parse(n.String(), nil)
			if err != nil || again.String() != n.String() {
				t.Fatalf("%q is read as %v (%v)", n, again, err)
			}
			var want []string
			for id, d := range l {
				if rules.Read(d).Matches(again, nil, nil) {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			sameFinds(t, x, l, n.String(), want)
			words, clue := drawClue(t)
			found, asked := clueEvidence(t, l, words, clue)
			sameFinds(t, x, l, asked.String(), found)
			if !onlyNot(again) {
				if found := evidenceOf(t, l, again); !slices.Equal(found, want) {
					t.Fatalf("%q: the criterion finds %v, the search %v", n, found, want)
				}
			}
		}
	})
}

// drawClue draws a clue of word lists, and what must be near them.
func drawClue(t *rapid.T) (any []string, rest string) {
	list := func(name string) []string {
		var out []string
		for range rapid.IntRange(1, 3).Draw(t, name) {
			out = append(out, strings.ToLower(rapid.SampledFrom(vocabulary[:12]).Draw(t, "word")))
		}
		return out
	}
	any = list("any")
	switch rapid.IntRange(0, 3).Draw(t, "near") {
	case 1:
		rest = fmt.Sprintf(", near: [words.w], within: %d words", rapid.IntRange(0, 5).Draw(t, "within"))
	case 2:
		rest = ", near: [words.w], within: page"
	}
	return any, "words: { w: [" + strings.Join(list("other"), ", ") + "] }\n|" + rest
}

// clueEvidence returns the dossiers in which a clue of word lists finds evidence, and the
// search that it says it is.
func clueEvidence(t *rapid.T, l library, any []string, rest string) ([]string, query.Node) {
	words, rest, _ := strings.Cut(rest, "|")
	src := words + strings.Replace(queryRules, "query: QUERY", "any: ["+strings.Join(any, ", ")+"]"+rest, 1)
	rs, err := rules.Load("q.yaml", []byte(src), &rules.Env{Languages: []string{"en"}, Kinds: []rules.Named{{ID: "model"}}}, nil)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	_, asked, ok := strings.Cut(rs.Explain("en", true), "To search for it: ")
	if !ok {
		t.Fatalf("the prose does not say what to search for:\n%s", rs.Explain("en", true))
	}
	asked, _, _ = strings.Cut(asked, "\n")
	n, err := query.Parse(asked, nil)
	if err != nil {
		t.Fatalf("%s: %v", asked, err)
	}
	return assessed(rs, l), n
}

// onlyNot reports whether a query can match by what is not there: then there is nothing
// to cite.
func onlyNot(n query.Node) bool {
	switch x := n.(type) {
	case query.Not:
		return true
	case query.And:
		for _, p := range x {
			if !onlyNot(p) {
				return false
			}
		}
		return true
	case query.Or:
		for _, p := range x {
			if onlyNot(p) {
				return true
			}
		}
	}
	return false
}

func sameFinds(t *rapid.T, x *Index, l library, q string, want []string) {
	res, err := x.Search(context.Background(), q, How{Limit: 1000}, func(id string) (*Text, error) { return &Text{Dossier: l[id]}, nil })
	if err != nil {
		t.Fatalf("%q: %v", q, err)
	}
	if res.Instead != "" { // nothing was found
		res = &Results{}
	}
	var got []string
	for _, h := range res.Hits {
		got = append(got, h.Dossier)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) || res.Total != len(want) {
		for id, d := range l {
			t.Logf("%s: %q / %q", id, d.Documents[0].Pages[0].Text, d.Documents[0].Pages[1].Text)
		}
		t.Fatalf("%q: the search finds %v (%d), the rule %v", q, got, res.Total, want)
	}
}

const queryRules = `ruleset: q
title: { en: Q }
applies_to: { kind: model }
max_points: 1
criteria: [ { id: found, title: { en: Found }, max: 1, never: [ hidden ], evidenced: [ { query: QUERY, points: 1 } ] } ]
bands: { recommended: total >= 1 }
`

func evidenceOf(t *rapid.T, l library, n query.Node) []string {
	src := strings.Replace(queryRules, "QUERY", "'"+strings.ReplaceAll(n.String(), "'", "''")+"'", 1)
	rs, err := rules.Load("q.yaml", []byte(src), &rules.Env{Languages: []string{"en"}, Kinds: []rules.Named{{ID: "model"}}}, nil)
	if err != nil {
		t.Fatalf("%s: %v", n, err)
	}
	return assessed(rs, l)
}

// assessed returns the dossiers in which the ruleset finds passages, whether they count or not: a search does not know
// headings and short cells from sentences.
func assessed(rs *rules.Ruleset, l library) []string {
	var out []string
	for id, d := range l {
		a := rs.Assess(rules.Read(d), rules.Given{Identity: dossier.Identity{Kind: "model"}})
		if a.Points > 0 || strings.Contains(a.Criteria[0].Reason.In("en"), "passage") {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

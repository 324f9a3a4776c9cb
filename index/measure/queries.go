package main

import (
	"math/rand/v2"
	"strings"

	"kheo/internal/text/language"
)

// set is queries of one kind, which all engines get in the same order. An engine that has no such search
// leaves it out.
type set struct {
	name    string
	queries []string // in words, for every engine to write in its way; for similar: numbers of dossiers
	phrase  bool
	facets  bool
	exact   bool
	similar bool
}

// perSet is how many queries a set has.
const perSet = 500

// querySets draws the queries. Words are drawn as they are used, so that frequent ones come as often as
// people type them. They are the same in each run, and so are the hits.
func querySets(t *texts) []set {
	s := newSpeech()
	r := rand.New(rand.NewPCG(3, 3))
	many := func(draw func() string) []string {
		out := make([]string, perSet)
		for i := range out {
			out[i] = draw()
		}
		return out
	}
	row := func(n int) []string { // words that follow one another in a text
		words := strings.Fields(strings.NewReplacer(".", " ", "\f", " ").Replace(t.get(r.IntN(t.len()))))
		// Each text has some thousand words, so there are always n from here on.
		at := r.IntN(300)
		return words[at : at+n]
	}
	return []set{
		{name: "word, folded", queries: many(func() string { return language.Fold(s.word(r)) })},
		{name: "word, exact", exact: true, queries: many(func() string { return s.word(r) })},
		{name: "phrase of 2–4 words", phrase: true, queries: many(func() string {
			return language.Fold(strings.Join(row(2+r.IntN(3)), " "))
		})},
		{name: "phrase of 2 frequent words", phrase: true, queries: many(func() string {
			return language.Fold(s.words[r.IntN(frequent)] + " " + s.words[r.IntN(frequent)])
		})},
		{name: "phrase of a frequent and a rarer word", phrase: true, queries: many(func() string {
			return language.Fold(s.words[r.IntN(10)] + " " + s.words[50+r.IntN(200)])
		})},
		{name: "AND of 2–3 words, facets", facets: true, queries: many(func() string {
			words := []string{s.word(r), s.word(r), s.word(r)}
			return language.Fold(strings.Join(words[:2+r.IntN(2)], " "))
		})},
		{name: "similar", similar: true, queries: many(func() string { return dossierID(r.IntN(t.len()/20)*20 + 19) })},
	}
}

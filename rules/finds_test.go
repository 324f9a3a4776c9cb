package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// What a clue finds is what earns points, without the limits that points have: all of it, with an answer and a place.
func TestFindsAreAllThatAClueFinds(t *testing.T) {
	rs, err := Load("r.yaml", []byte(`ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 10
words: { results: { en: [Results] } }
criteria:
  - id: results
    title: { en: Results }
    max: 10
    evidenced:
      - { in: results, any: [fell, rose], with: number, points: 5, at_most: 1 }
      - { any: [thefts], direction: lower, points: 5 }
bands: { recommended: total >= 5 }
`), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", `Results
In May thefts fell from 19 to 3.
The waste rose to 40 tonnes a year.
In May thefts fell from 19 to 3.
Next year, thefts will fall and the count will have fell to 1.
The number of the poor households fell.
Reportedly the noise fell by 30 percent.
`)}}
	var got []string
	for _, f := range rs.Finds(Read(d), Given{Identity: dossier.Identity{Kind: "model"}}) {
		rs := []rune(f.Source.Quote)
		if f.Repeats {
			f.Why = "again"
		}
		got = append(got, fmt.Sprintf("%s %d %s %s: %s", f.Criterion, f.Clue, f.Answer, f.Why, string(rs[f.Start:f.End])))
		if f.Why != "" && !f.Repeats && f.Reason()["en"] == "" {
			t.Errorf("nothing says what %s means", f.Why)
		}
	}
	want := []string{
		"results 1 counts : fell", "results 1 counts : rose", "results 1 counts again: fell", "results 1 does-not-count planned: fell",
		"results 1 uncertain hearsay: fell",
		"results 2 counts : thefts", "results 2 counts again: thefts", "results 2 does-not-count planned: thefts",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%v\nwant\n%v", got, want)
	}
	if clues := rs.Clues("results"); len(clues) != 2 || clues[1].Place != "r.yaml:12:9" || rs.Clues("other") != nil {
		t.Errorf("clues are %v", clues)
	}
}

// Reasons are also shown beside single passages, so each has a text there too; a missing one would end the program.
func TestEveryReasonWhyAPassageDoesNotCountHasAText(t *testing.T) {
	for _, why := range append(slices.Clone(refutedOrder), learned) {
		f := Find{Answer: Refuted, Why: why}
		for _, lang := range []string{"vi", "nb", "en"} {
			if f.Reason()[lang] == "" {
				t.Errorf("%s has no text in %s", why, lang)
			}
		}
	}
}

// A dossier of nothing but the words of a clue is bounded.
func TestFindsAreBounded(t *testing.T) {
	rs, err := Load("r.yaml", []byte(`ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 10
criteria: [ { id: r, title: { en: R }, max: 10, evidenced: [ { any: [fell], points: 5 } ] } ]
bands: { recommended: total >= 5 }
`), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for i := range maxFinds + 50 {
		text += fmt.Sprintf("Next year the price of item%d will have fell by day%d.\n", i, i)
	}
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", text)}}
	if n := len(rs.Finds(Read(d), Given{Identity: dossier.Identity{Kind: "model"}})); n != maxFinds {
		t.Errorf("%d finds, want %d", n, maxFinds)
	}
}

// A verb that means many things is noted where nothing beside it says which meaning counts, and nowhere else.
func TestBareAmbiguousVerbsAreNoted(t *testing.T) {
	for _, c := range []struct{ name, clue, want string }{
		{"a verb alone in English", "any: [built]", `r.yaml:10:25: "built" alone means many things`},
		{"one of a list", "any: [fell, completed, rose]", `"completed" alone means`},
		{"several, in their languages", "any: { vi: [xây dựng, áp dụng], nb: [opprettet] }", `"xây dựng", "áp dụng", "opprettet" alone mean`},
		{"learning and organising in Vietnamese", "any: [học tập, tổ chức, hoàn thành]", `"học tập", "tổ chức", "hoàn thành" alone mean`},
		{"what was carried out in Norwegian", "any: { nb: [utført] }", `"utført" alone means`},
		{"a list of words", "any: words.done", `"opened", "held" alone mean`},
		{"more than a note can name", "any: [built, opened, held, made, started, launched, closed]", "and 2 more alone mean"},
		{"with what it was done to", "any: [built], of: [hall]", ""},
		{"with what must be near", "any: [built], near: [hall]", ""},
		{"with a number", "any: [built], with: number", ""},
		{"with more words", "any: [built a hall, xây dựng đường]", ""},
		{"a verb of one meaning", "any: [planted, thu gom]", ""},
		{"a word of another language", "any: { nb: [built] }", ""},
		{"a query", "query: built", ""},
	} {
		src := `ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 10
words: { done: [opened, held, planted] }
criteria:
  - id: r
    title: { en: R }
    max: 10
    evidenced: [ { ` + c.clue + `, points: 5 } ]
bands: { recommended: total >= 5 }
`
		rs, err := Load("r.yaml", []byte(src), testEnv(), nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := rs.Notes.Error(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: noted %q, want %q", c.name, got, c.want)
		}
	}
}

// A number counts as near as far as the clue reaches from the find, on both sides, and no further.
func TestNumbersAreNearAsFarAsTheClueReaches(t *testing.T) {
	const before, after = "In May 300 lamps came. The hamlet was glad. ", " The hamlet was glad. In June 400 lamps came."
	for _, c := range []struct {
		text    string
		reaches []string // the values of within by which the number is near
	}{
		{"We trained 40 people.", []string{"1 word", "4 words", "sentence", "page"}},
		{"Some 40 people were trained by us.", []string{"4 words", "sentence", "page"}},
		{"We trained many people, and of them were there on each of the long evenings as many as 40 women.", []string{"sentence", "page"}},
		{before + "We trained people.", []string{"page"}},
		{"We trained people." + after, []string{"page"}},
		{"We trained people. 40 came.", []string{"1 word", "4 words", "page"}},
		{"40 came. We trained people.", []string{"4 words", "page"}},
		{"We trained people.", nil},
	} {
		for _, within := range []string{"1 word", "4 words", "sentence", "page"} {
			rs := pointsRuleset(t, 10, one("evidenced: [ { any: { en: [trained] }, near: number, within: "+within+", points: 10 } ]"), "", "total >= 5")
			want := 0.0
			if slices.Contains(c.reaches, within) {
				want = 10
			}
			if a := assessed(rs, Given{}, c.text); a.Points != want {
				t.Errorf("within %s of %q: %v points, want %v", within, c.text, a.Points, want)
			}
		}
	}
}

package trial

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/rules"
	"kheo/rules/lookup"
)

// hundred is a sample of four finds that count, of a hundred, and one that is uncertain.
func hundred() []ClueSample {
	s := ClueSample{Ruleset: "models", Criterion: "results", Clue: 1, Found: Found{Counts: 100, Uncertain: 1}}
	for i := range 5 {
		one := SampledFind{Piece: fmt.Sprint("p", i), Dossier: "d", Document: "a.txt", Page: 1, Sentence: "Số vụ trộm giảm từ 19.",
			Start: 11, End: 15, Answer: rules.Counts}
		if i == 4 {
			one.Answer, one.Why = rules.Uncertain, dossier.Text{"en": "it may be a heading"}
		}
		s.Sample = append(s.Sample, one)
	}
	return []ClueSample{s}
}

// judgedCSV is a sheet in a language with one judgement for each of its rows.
func judgedCSV(t *testing.T, lang string, judgements ...string) string {
	t.Helper()
	b, err := Sheet("a.csv", lang, hundred())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	for i, j := range judgements {
		lines[i+1] = strings.Replace(lines[i+1], "19.,,", "19.,"+j+",", 1)
	}
	return strings.Join(lines, "\n")
}

func TestASheetIsReadBackInEveryLanguage(t *testing.T) {
	for lang, words := range map[string][]string{"vi": {"đúng", "sai", "không chắc"}, "nb": {"Riktig", "feil", "usikker"},
		"en": {"right", "WRONG", "unsure"}} {
		src := judgedCSV(t, lang, words[0], words[1], words[2], "", words[0])
		if !strings.Contains(src, "Số vụ trộm «giảm» từ 19.") {
			t.Errorf("%s: what was found is not marked: %s", lang, src)
		}
		got, err := ReadJudged("a.csv", []byte(src))
		if err != nil || len(got) != 1 {
			t.Errorf("%s: %v, %v", lang, got, err)
			continue
		}
		c, u := got[0].Counts, got[0].Uncertain
		if c.Judged != 2 || c.Right != 1 || c.Unsure != 1 || c.Found != 100 || c.Share != 0.5 || c.Low > 0.1 || c.High < 0.9 {
			t.Errorf("%s: of what counts: %+v", lang, c)
		}
		if u != (Share{Found: 1, Judged: 1, Right: 1, Share: 1, Low: 1, High: 1}) {
			t.Errorf("%s: all that is uncertain was judged, so nothing is estimated: %+v", lang, u)
		}
	}
}

func TestAWorkbookIsReadBack(t *testing.T) {
	b, err := Sheet("a.XLSX", "vi", hundred())
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadJudged("a.XLSX", b)
	if err == nil || !strings.Contains(err.Error(), "no row is judged") {
		t.Errorf("a workbook without judgements: %v", err)
	}
	if _, err := Sheet("a.doc", "vi", hundred()); err == nil {
		t.Error("a sheet is written as .doc")
	}
}

func TestMistakesOfASheetAreAllReportedWithTheirPlace(t *testing.T) {
	good := judgedCSV(t, "en", "right", "right", "right", "right", "right")
	for _, c := range []struct {
		name, old, instead, want string
		times                    int
	}{
		{"a word that is no judgement", "19.,right", "19.,yes", `a.csv:2:`, 1},
		{"every wrong judgement", "19.,right", "19.,yes", `a.csv:6:`, -1},
		{"a clue without a number", "results,1,", "results,one,", `a clue has a number, not "one"`, 1},
		{"an answer that kheo does not give", ",counts,", ",perhaps,", `kheo never says "perhaps"`, 1},
		{"a number of finds that is none", ",,100,", ",,many,", `not "many"`, 1},
		{"two numbers of finds", ",,100,", ",,99,", "one above says 99", 1},
		{"more judgements than finds", ",,100,", ",,3,", "more than the 3 that were found", -1},
		{"a column that is gone", "Right or wrong", "Opinion", `no column "Right or wrong"`, 1},
		{"no piece", "Piece", "Part", "kheo rules sample --judge", 1},
		{"a piece twice", "models,p1", "models,p0", `"p0" is also in row 2`, 1},
		{"no text", good, "\xff", "not UTF-8", 1},
	} {
		_, err := ReadJudged("a.csv", []byte(strings.Replace(good, c.old, c.instead, c.times)))
		var problems strict.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", c.name, err, c.want)
		}
	}
}

// Whatever a sheet holds, it is read or refused, and no share is outside its interval.
func FuzzReadJudged(f *testing.F) {
	b, err := Sheet("a.csv", "en", hundred())
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a.csv", []byte(strings.Replace(string(b), "19.,,", "19.,right,", 2)))
	f.Add("a.csv", []byte("Piece,Right or wrong,Clue,Found in all\np,right,1,0\n"))
	f.Add("a.xlsx", []byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if len(data) > lookup.MaxBytes {
			t.Skip() // ReadJudged is never given more: the reader of the file bounds it
		}
		got, err := ReadJudged(name, data)
		if (err == nil) == (len(got) == 0) {
			t.Fatalf("%d clues and %v", len(got), err)
		}
		for _, j := range got {
			for _, s := range []Share{j.Counts, j.Uncertain, j.Refuted} {
				if s.Low < 0 || s.High > 1 || s.Low > s.Share+1e-9 && s.Judged > 0 || s.High < s.Share-1e-9 {
					t.Fatalf("%+v", s)
				}
			}
		}
	})
}

func TestHalfOfASampleCounts(t *testing.T) {
	for _, c := range []struct {
		found Found
		want  [3]int
	}{
		{Found{100, 10, 90}, [3]int{5, 1, 4}},
		{Found{2, 0, 90}, [3]int{2, 0, 8}},
		{Found{100, 1, 1}, [3]int{8, 1, 1}},
		{Found{3, 0, 0}, [3]int{3, 0, 0}},
		{Found{}, [3]int{}},
	} {
		s, streams, err := cluesOf(oneClue(t), "", 10, "seed")
		if err != nil {
			t.Fatal(err)
		}
		of := streams[clueKey{"results", 1}]
		for _, a := range rules.Answers {
			for i := range c.found.of(a) {
				of[a].Add(fmt.Sprint(a, i), SampledFind{Answer: a})
			}
		}
		s[0].draw(of, 10)
		var got [3]int
		for _, f := range s[0].Sample {
			got[indexOf(f.Answer)]++
		}
		if got != c.want && got[1]+got[2] != c.want[1]+c.want[2] || got[0] != c.want[0] || s[0].Found != c.found {
			t.Errorf("of %+v: %v, want %v", c.found, got, c.want)
		}
	}
}

// indexOf is the place of an answer among rules.Answers.
func indexOf(a rules.Answer) int {
	for i, x := range rules.Answers {
		if x == a {
			return i
		}
	}
	return -1
}

// oneClue is a ruleset with one clue.
func oneClue(t *testing.T) *rules.Ruleset {
	t.Helper()
	rs, err := rules.Load("r.yaml", []byte(`ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 10
criteria: [ { id: results, title: { en: Results }, max: 10, evidenced: [ { any: [fell], with: number, points: 10 } ] } ]
bands: { recommended: total >= 5 }
`), &rules.Env{Languages: []string{"en"}, Kinds: []rules.Named{{ID: "model"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

package trial

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/sampling"
	"kheo/internal/strict"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// ClueSample is a random sample of what one clue finds in a campaign's dossiers, for people to judge.
type ClueSample struct {
	Ruleset   string        `json:"ruleset"`
	Criterion string        `json:"criterion"`
	Title     dossier.Text  `json:"title"`
	Clue      int           `json:"clue"`  // number of the clue in its criterion, from 1
	Place     string        `json:"place"` // its place in the rules: FILE:LINE:COLUMN
	LooksFor  dossier.Text  `json:"looks_for"`
	Found     Found         `json:"found"` // in all dossiers
	Sample    []SampledFind `json:"sample"`
}

// Found counts the finds of a clue, by what kheo says of them.
type Found struct {
	Counts    int `json:"counts"`
	Uncertain int `json:"uncertain"`
	Refuted   int `json:"does_not_count"`
}

// of returns the count of one answer.
func (f Found) of(a rules.Answer) int {
	switch a {
	case rules.Counts:
		return f.Counts
	case rules.Uncertain:
		return f.Uncertain
	}
	return f.Refuted
}

// SampledFind is a find of a sample. Start and End are the place of the find in the sentence, in code points.
type SampledFind struct {
	Piece    string       `json:"piece"` // a short name of the find, by which a judgement is read back
	Dossier  string       `json:"dossier"`
	Title    string       `json:"title"`
	Document string       `json:"document"`
	Page     int          `json:"page"`
	Sentence string       `json:"sentence"`
	Start    int          `json:"start"`
	End      int          `json:"end"`
	Answer   rules.Answer `json:"answer"`
	Why      dossier.Text `json:"why,omitempty"`
}

// RulesetFor returns the ruleset that a person names: by the id of one of the campaign, or by a file that holds a
// changed one. Mistakes of the file are a strict.Problems.
func RulesetFor(w *workspace.Workspace, name string) (*rules.Ruleset, error) {
	var ids []string
	for _, rs := range w.Campaign().Rulesets {
		if rs.ID == name {
			return rs, nil
		}
		ids = append(ids, rs.ID)
	}
	src, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		cure := "the campaign has: " + strings.Join(ids, ", ")
		if near := strict.Nearest(name, ids); near != "" {
			cure = fmt.Sprintf("did you mean %s? %s", near, cure)
		}
		return nil, fmt.Errorf("there is no ruleset %q and no file of this name; %s", name, cure)
	}
	if err != nil {
		return nil, err
	}
	return rules.Load(filepath.ToSlash(name), src, w.Campaign().Env, w.Campaign().RulesBeside(name))
}

// SampleClues draws, for each clue of a ruleset, n of the passages that it finds in the dossiers of the records, by the
// rules as they are now: no run is needed, and nothing is recorded. criterion limits it to one criterion, by its id; ""
// is all. Half of them are passages that count. The same seed draws the same passages.
func SampleClues(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset, criterion string, n int,
	seed string) ([]ClueSample, error) {
	samples, streams, err := cluesOf(rs, criterion, n, seed)
	if err != nil {
		return nil, err
	}
	err = eachDossier(ctx, w, rs, nil, func(d *dossier.Dossier, given rules.Given) error {
		reading := rules.Read(d)
		defer reading.Close()
		for _, f := range rs.Finds(reading, given) {
			to := streams[clueKey{f.Criterion, f.Clue}]
			if to == nil || f.Repeats { // what is said again is neither right nor missed
				continue
			}
			one := SampledFind{Dossier: d.ID, Title: given.Identity.Title, Document: f.Source.Document,
				Page: f.Source.Page, Sentence: f.Source.Quote, Start: f.Start, End: f.End, Answer: f.Answer,
				Why: f.Reason()}
			key := strings.Join([]string{rs.ID, f.Criterion, fmt.Sprint(f.Clue), d.ID, f.Source.Document,
				fmt.Sprint(f.Source.Page, f.Source.Start+f.Start, f.Source.Start+f.End)}, "\x00")
			one.Piece = dossier.HashOf(key)[:pieceDigits]
			to[f.Answer].Add(key, one)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	for i := range samples {
		samples[i].draw(streams[clueKey{samples[i].Criterion, samples[i].Clue}], n)
	}
	return samples, nil
}

// pieceDigits is the length of the name of a find: two of a thousand finds share one with a chance of 2 in 10⁹.
const pieceDigits = 12

// clueKey names a clue of a ruleset.
type clueKey struct {
	criterion string
	clue      int
}

// byAnswer holds the samples of one clue, by what kheo says of the finds.
type byAnswer map[rules.Answer]*sampling.Stream[SampledFind]

// cluesOf returns the clues of a ruleset, or of one of its criteria, with empty samples.
func cluesOf(rs *rules.Ruleset, criterion string, n int, seed string) ([]ClueSample, map[clueKey]byAnswer, error) {
	var out []ClueSample
	var ids []string
	streams := map[clueKey]byAnswer{}
	for _, cr := range rs.Evidenced() {
		ids = append(ids, cr.ID)
		if criterion != "" && criterion != cr.ID {
			continue
		}
		clues := rs.Clues(cr.ID)
		for i := range clues {
			out = append(out, ClueSample{Ruleset: rs.ID, Criterion: cr.ID, Title: cr.Title, Clue: i + 1,
				Place: clues[i].Place, LooksFor: clues[i].LooksFor()})
			of := byAnswer{}
			for _, a := range rules.Answers {
				of[a] = sampling.NewStream[SampledFind](seed, n)
			}
			streams[clueKey{cr.ID, i + 1}] = of
		}
	}
	switch {
	case len(ids) == 0:
		return nil, nil, fmt.Errorf("no criterion of %s looks for evidence in texts", rs.ID)
	case len(out) == 0:
		cure := "these do: " + strings.Join(ids, ", ")
		if near := strict.Nearest(criterion, ids); near != "" {
			cure = fmt.Sprintf("did you mean %s? %s", near, cure)
		}
		return nil, nil, fmt.Errorf("%s has no criterion %q that looks for evidence in texts; %s",
			rs.ID, criterion, cure)
	}
	return out, streams, nil
}

// draw takes n finds of those that were kept: half of those that count, if there are as many, because these earn
// points; the rest of the others, in proportion to their numbers.
func (s *ClueSample) draw(of byAnswer, n int) {
	s.Sample = []SampledFind{}
	s.Found = Found{of[rules.Counts].Seen(), of[rules.Uncertain].Seen(), of[rules.Refuted].Seen()}
	others := []int{s.Found.Uncertain, s.Found.Refuted}
	counting := min(s.Found.Counts, max((n+1)/2, n-others[0]-others[1]))
	take := append([]int{counting}, sampling.Allocate(n-counting, others)...)
	for i, k := range take {
		pieces := of[rules.Answers[i]].Pieces()
		s.Sample = append(s.Sample, pieces[:min(k, len(pieces))]...)
	}
}

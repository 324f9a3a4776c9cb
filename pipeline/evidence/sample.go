package evidence

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"

	"kheo/internal/dossier"
	"kheo/internal/sampling"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// This file draws the samples that people check. Nothing is stored but the seed: which pieces belong to a
// sample follows from it and from the pieces that there are, so everybody gets the same, and new pieces find
// their place in it.

// Options of samples, if a person names none.
const (
	DefaultPrecision  = 0.95
	DefaultMargin     = 0.03
	DefaultConfidence = 0.95
)

// missedSeed is appended to a seed for the second sample, of what was not counted.
const missedSeed = " missed"

// NewSeed returns a random seed.
func NewSeed() string {
	b := make([]byte, 4)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// sure returns the places, in pieces, of those of the population that a sample is about: pieces that the
// program counts, whatever people said of them since.
func sure(pieces []Piece) (at []int) { return placesOf(pieces, Counts) }

// placesOf returns the places of the pieces of a band.
func placesOf(pieces []Piece, band State) (at []int) {
	for i := range pieces {
		if pieces[i].band() == band {
			at = append(at, i)
		}
	}
	return at
}

// stratum is a group of pieces in the random order in which they are to be checked.
type stratum struct {
	name   string
	pieces []*Piece
}

// frame returns the answers of a stratum.
func (s *stratum) frame() sampling.Frame {
	f := sampling.Frame{Name: s.name}
	for _, p := range s.pieces {
		f.Answers = append(f.Answers, p.answer())
	}
	return f
}

// answer is what came of checking a piece. One that people dispute has left the list, as rejected ones have.
func (p *Piece) answer() sampling.Answer {
	switch p.Verdict {
	case dossier.VerdictRight:
		return sampling.Right
	case dossier.VerdictWrong, dossier.VerdictDisputed:
		return sampling.Wrong
	case dossier.VerdictUnsure:
		return sampling.Unsure
	}
	return sampling.Unchecked
}

// ordered returns strata of some pieces by a seed: one for each name that of gives, in the order of the
// names. Pieces of the name "" are left out.
func ordered(seed string, pieces []Piece, of func(*Piece) string) (out []stratum) {
	byID := map[string]*Piece{}
	ids := map[string][]string{}
	for i := range pieces {
		if name := of(&pieces[i]); name != "" {
			byID[pieces[i].ID] = &pieces[i]
			ids[name] = append(ids[name], pieces[i].ID)
		}
	}
	for name, list := range ids {
		s := stratum{name: name}
		for _, id := range sampling.Order(seed, list) {
			s.pieces = append(s.pieces, byID[id])
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b stratum) int { return cmp.Compare(a.name, b.name) })
	return out
}

// counted returns the strata of what counts on a list, by criterion: what the program counts, in the order of
// the seed, and what counts only because people confirmed it, all of which is checked. Without a seed the
// order says nothing.
func counted(seed string, pieces []Piece) []stratum {
	out := ordered(seed, pieces, func(p *Piece) string {
		if p.band() != Counts {
			return ""
		}
		return p.Criterion
	})
	return append(out, ordered(seed, pieces, func(p *Piece) string {
		if p.band() == Counts || p.State != Counts {
			return ""
		}
		return p.Criterion + "\x00confirmed"
	})...)
}

// missable returns what did not count in dossiers near a limit, as one stratum.
func missable(seed string, pieces []Piece) []stratum {
	return ordered(seed+missedSeed, pieces, func(p *Piece) string {
		if p.band() != Refuted {
			return ""
		}
		return "missed"
	})
}

// frames returns the frames of strata; without a seed none of their pieces is of a sample.
func frames(seed string, list []stratum) []sampling.Frame {
	out := make([]sampling.Frame, len(list))
	for i := range list {
		out[i] = list[i].frame()
		if seed == "" {
			slices.Sort(out[i].Answers) // unchecked ones first: no front
		}
	}
	return out
}

// Draw marks the pieces that belong to the sample of a ruleset's list and sets their places in the order in
// which they are to be checked. m is nil if no sample was drawn.
func Draw(pieces []Piece, m *review.Sample) {
	if m == nil {
		return
	}
	list := counted(m.Seed, pieces)
	needed, missed := sizes(m, pieces)
	all := make([]int, len(list))
	for i := range list {
		all[i] = len(list[i].pieces)
	}
	for i, n := range sampling.Allocate(needed, all) {
		for k, p := range list[i].pieces {
			p.Sample = k < n
		}
	}
	for _, s := range missable(m.Seed, pieces) {
		for k, p := range s.pieces {
			p.Sample = k < missed
		}
	}
	ids := make([]string, len(pieces))
	for i := range pieces {
		ids[i] = pieces[i].ID
	}
	at := map[string]int{}
	for i, id := range sampling.Order(m.Seed, ids) {
		at[id] = i + 1
	}
	for i := range pieces {
		pieces[i].place = at[pieces[i].ID]
	}
}

// sizes returns how many pieces that count, and how many of those that do not, a sample needs at present.
func sizes(m *review.Sample, pieces []Piece) (needed, missed int) {
	return sampling.NeededForMargin(len(sure(pieces)), m.Precision, m.Margin, m.Confidence),
		sampling.NeededForMargin(len(placesOf(pieces, Refuted)), m.Precision, m.Margin, m.Confidence)
}

// Plan is what a person asks of a sample. Zero values keep those of the sample that was drawn before, or take
// the defaults.
type Plan struct {
	Seed                          string
	Precision, Margin, Confidence float64
}

// DrawSample draws a sample for the list of a ruleset and records it, if it differs from the one that was
// drawn before. person records it, for the one whose act it is. The error is a *review.Refusal if the person
// may not.
func DrawSample(
	ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset, pieces []Piece, plan Plan, person, of string,
) (*review.Sample, error) {
	var before *review.Sample
	if err := w.Review().View(ctx, func(s *review.State) error { before = s.Sample(rs.ID); return nil }); err != nil {
		return nil, err
	}
	was := review.Sample{Precision: DefaultPrecision, Margin: DefaultMargin, Confidence: DefaultConfidence}
	if before != nil {
		was = *before
	}
	m := review.Sample{Seed: cmp.Or(plan.Seed, was.Seed), Precision: cmp.Or(plan.Precision, was.Precision),
		Margin: cmp.Or(plan.Margin, was.Margin), Confidence: cmp.Or(plan.Confidence, was.Confidence)}
	if before != nil && m.Seed == was.Seed && m.Precision == was.Precision && m.Margin == was.Margin &&
		m.Confidence == was.Confidence {
		return before, nil
	}
	m.Seed = cmp.Or(m.Seed, NewSeed())
	m.Pieces, m.Missable = len(sure(pieces)), len(placesOf(pieces, Refuted))
	m.Needed, m.Missed = sizes(&m, pieces)
	e := review.Event{Person: person, Action: review.SampleDrawn, Ruleset: rs.ID,
		Data: review.Data{Subject: of, Sample: &m}}
	return &m, w.Review().Do(ctx, review.Subject{}, e)
}

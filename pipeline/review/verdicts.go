package review

import (
	"maps"
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// Judged is the verdict of one person on a piece of evidence.
type Judged struct {
	Person  string              `json:"person"`
	Verdict dossier.VerdictKind `json:"verdict"`
	Reason  string              `json:"reason,omitempty"`
	At      string              `json:"at"`      // RFC 3339, UTC
	Dossier string              `json:"dossier"` // in which the person saw it
}

// verdicts are what people say of evidence.
type verdicts struct {
	of      map[dossier.PieceKey][]Judged // at most one of each person, by person
	byPaper map[string][]dossier.PieceKey // pieces that were ever judged, by hash of the paper
	samples map[string]Sample             // the last one by ruleset
}

// newVerdicts returns the verdicts before the first event.
func newVerdicts() verdicts {
	return verdicts{map[dossier.PieceKey][]Judged{}, map[string][]dossier.PieceKey{}, map[string]Sample{}}
}

// pieceOf returns the key of the piece of evidence that an event concerns.
func pieceOf(e *Event) dossier.PieceKey {
	return e.Data.Source.Key(e.Ruleset, e.Data.Criterion, e.Data.Paper.SHA256)
}

// checkVerdict checks that a piece of evidence is judged by a person who may, or that the person's own
// verdict on it is taken back. Whether there is such a passage is for the caller, which has the papers.
func (a attempt) checkVerdict() error {
	s, e := a.state, a.event
	d := &e.Data
	if err := a.checkActor(e.actor(), CheckEvidence); err != nil {
		return err
	}
	incomplete := e.Ruleset == "" || e.Dossier == "" || d.Criterion == "" || d.Paper == nil || d.Paper.SHA256 == "" ||
		d.Source == nil || dossier.PlainQuote(d.Source.Quote) == "" || len([]rune(d.Source.Quote)) > maxText
	switch {
	case incomplete:
		return refuse("piece", "a verdict needs the ruleset, the criterion, the dossier and the passage of a paper")
	case e.Action == EvidenceJudged && !slices.Contains(dossier.VerdictKinds, d.Verdict):
		return refuse("verdict", "a verdict is one of %v", dossier.VerdictKinds)
	case e.Action == EvidenceUnjudged && !slices.ContainsFunc(s.verdicts.of[pieceOf(e)], by(e.actor())):
		return refuse("unjudged", "there is no verdict of %s on this piece of evidence", e.actor())
	}
	return nil
}

// by returns a function that reports whether a verdict is that of a person.
func by(person string) func(Judged) bool { return func(j Judged) bool { return j.Person == person } }

// checkActor checks that a person has a right and no conflict of interest with the dossier of e. checkRight
// and Check ask this of the person who records the event; the command line records it for another person.
func (a attempt) checkActor(person string, right Right) error {
	s, e := a.state, a.event
	if person == System {
		return nil
	}
	if t := s.Tie(person, e.Dossier, a.about.Unit); t != nil {
		return refuse("aside", "%s stands aside on this dossier: %s", person, t.Reason)
	}
	switch p := s.People[person]; {
	case p == nil:
		return refuse("exists", "there is no person %q", person)
	case p.Disabled || !p.May(right):
		return refuse("right", "this needs the right %q, which none of the roles of %s has", right, person)
	}
	return nil
}

// applyVerdict records the verdict of a person in place of an earlier one of the same piece, or takes it
// back.
func (u update) applyVerdict() {
	s, e := u.state, u.event
	piece, person := pieceOf(e), e.actor()
	list := slices.DeleteFunc(slices.Clone(s.verdicts.of[piece]), by(person))
	if e.Action == EvidenceJudged {
		list = append(list, Judged{person, e.Data.Verdict, e.Data.Reason, e.At, e.Dossier})
		slices.SortFunc(list, func(a, b Judged) int { return strings.Compare(a.Person, b.Person) })
	}
	if _, known := s.verdicts.of[piece]; !known {
		put(s, s.verdicts.byPaper, piece.SHA256, append(s.verdicts.byPaper[piece.SHA256], piece))
	}
	put(s, s.verdicts.of, piece, list)
}

// JudgedPapers returns the hashes of the papers of which people judged a passage, in order.
func (s *State) JudgedPapers() []string { return slices.Sorted(maps.Keys(s.verdicts.byPaper)) }

// JudgedPieces returns the pieces of evidence of a paper that people judged, or did, in the order of the
// first verdicts.
func (s *State) JudgedPieces(sha256 string) []dossier.PieceKey {
	return slices.Clone(s.verdicts.byPaper[sha256])
}

// ChecksEvidence reports whether people check the evidence of a list: a sample was drawn, or there is a
// verdict.
func (s *State) ChecksEvidence(ruleset string) bool {
	if s.Sample(ruleset) != nil {
		return true
	}
	for piece, list := range s.verdicts.of {
		if piece.Ruleset == ruleset && len(list) > 0 {
			return true
		}
	}
	return false
}

// Verdicts returns what people say of a piece of evidence, ordered by person, as far as it counts in a
// dossier of a unit: verdicts of people who are recused from that dossier do not, wherever they were given.
func (s *State) Verdicts(piece dossier.PieceKey, id, unit string) []Judged {
	recused := func(j Judged) bool { return s.Tie(j.Person, id, unit) != nil }
	return slices.DeleteFunc(slices.Clone(s.verdicts.of[piece]), recused)
}

// Verdict returns what verdicts amount to: what most of those say that settle the piece. It is disputed if as
// many say right as wrong, unsure if no one could decide, and "" if there are none.
func Verdict(list []Judged) dossier.VerdictKind {
	right, wrong := 0, 0
	for _, j := range list {
		switch j.Verdict {
		case dossier.VerdictRight:
			right++
		case dossier.VerdictWrong:
			wrong++
		}
	}
	switch {
	case len(list) == 0:
		return ""
	case right > wrong:
		return dossier.VerdictRight
	case wrong > right:
		return dossier.VerdictWrong
	case right > 0:
		return dossier.VerdictDisputed
	}
	return dossier.VerdictUnsure
}

// Sample is which pieces of evidence of a list people agreed to check. The pieces follow from the seed and
// what is on the list: package evidence draws them. The numbers are those of the moment, for the record.
type Sample struct {
	Seed       string  `json:"seed"`
	Precision  float64 `json:"precision"`  // share of right pieces that is expected, over 0 to 1
	Margin     float64 `json:"margin"`     // half of the interval's width that is wanted, over 0 to 1
	Confidence float64 `json:"confidence"` // of the interval, over 0 to 1
	Pieces     int     `json:"pieces"`     // that counted
	Needed     int     `json:"needed"`     // how many of them are to be checked
	Missable   int     `json:"missable"`   // that did not count, in dossiers near a limit
	Missed     int     `json:"missed"`     // how many of those are to be checked
}

// maxSeed is the length in bytes of the longest seed.
const maxSeed = 64

// checkSample checks that a sample is one that can be drawn.
func (a attempt) checkSample() error {
	e := a.event
	if err := a.checkActor(e.actor(), Decide); err != nil {
		return err
	}
	within := func(x, low, high float64) bool { return x > low && x < high } // false for NaN
	switch m := e.Data.Sample; {
	case e.Ruleset == "" || m == nil:
		return refuse("sample", "a sample is of the evidence of one list")
	case m.Seed == "" || len(m.Seed) > maxSeed || !OneLine(m.Seed):
		return refuse("seed", "a seed is a word of 1 to %d characters", maxSeed)
	case !within(m.Precision, 0, 1) || !within(m.Margin, 0, 0.5) || !within(m.Confidence, 0.5, 1):
		return refuse("sample", "precision is between 0 and 100 %%, the margin between 0 and 50 %%, "+
			"and the confidence between 50 and 100 %%")
	case min(m.Pieces, m.Needed, m.Missable, m.Missed) < 0:
		return refuse("sample", "numbers of pieces are not negative")
	}
	return nil
}

// applySample records which sample is checked from now on.
func (u update) applySample() {
	put(u.state, u.state.verdicts.samples, u.event.Ruleset, *u.event.Data.Sample)
}

// Sample returns the sample of the evidence of a list that people check; nil if none was drawn.
func (s *State) Sample(ruleset string) *Sample {
	if m, ok := s.verdicts.samples[ruleset]; ok {
		return &m
	}
	return nil
}

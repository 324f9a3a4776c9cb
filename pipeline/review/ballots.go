package review

import (
	"encoding/json"
	"fmt"
	"slices"
)

// SecretBallot is a secret ballot on an entry. The ballots themselves are in a sealed box outside the events until they
// are counted (package secretballots); who has voted is kept here, and never how.
type SecretBallot struct {
	Of    string   // the box
	Cast  []string // who has voted, by sign-in name
	Paper *PaperBallots
	Count *BallotCount // nil until it is counted

	At string // when it was opened
}

// PaperBallots are paper ballots that one teller has entered and that wait for a second one.
type PaperBallots struct {
	By     string
	People []string
}

// BallotCount is a counted secret ballot, as it is published.
type BallotCount struct {
	For     int             `json:"for"`
	Against int             `json:"against"`
	Abstain int             `json:"abstain"`
	Ballots []CountedBallot `json:"ballots"` // ordered by receipt, which is random
}

// CountedBallot is one ballot with the receipt by which its voter finds it.
type CountedBallot struct {
	Receipt string `json:"receipt"`
	Vote    Vote   `json:"vote"`
}

// fits reports whether the sums are those of the ballots, and the ballots are in the order of their receipts.
func (c *BallotCount) fits() bool {
	n := map[Vote]int{}
	for i, b := range c.Ballots {
		n[b.Vote]++
		if b.Receipt == "" || i > 0 && c.Ballots[i-1].Receipt >= b.Receipt {
			return false
		}
	}
	return n[For] == c.For && n[Against] == c.Against && n[Abstain] == c.Abstain &&
		c.For+c.Against+c.Abstain == len(c.Ballots)
}

// MinBallots is how many ballots are counted at least: with fewer, the count would reveal how people have voted.
const MinBallots = 3

// BallotOn returns the secret ballot on an entry; nil if none was opened.
func BallotOn(s *State, ruleset, dossier string) *SecretBallot {
	if b, ok := s.ballots[on{ruleset, dossier}]; ok {
		return &b
	}
	return nil
}

// addBallot adds what is known of a secret ballot to the votes. A count in which a person took part who is recused
// since, or has no vote any more, does not count: no one knows which ballot would have to be taken out.
func (t *Tally) addBallot(b *SecretBallot) {
	t.Ballot, t.Counted = b.Of != "", b.Count != nil
	t.Void = b.Of != "" && t.Sealed != len(b.Cast)
	if !t.Counted {
		return
	}
	t.Sealed = 0
	if !t.Void {
		t.For, t.Against, t.Abstain = b.Count.For, b.Count.Against, b.Count.Abstain
	}
	t.Counted = !t.Void
}

// applyBallot applies the events of a secret ballot.
func applyBallot(u update) {
	s, e := u.state, u.event
	k := on{e.Ruleset, e.Dossier}
	b := s.ballots[k]
	switch e.Action {
	case BallotOpened:
		b = SecretBallot{Of: e.Data.Of, At: e.At}
	case BallotCast:
		b.Cast = slices.Sorted(slices.Values(append(slices.Clone(b.Cast), e.Person)))
	case BallotPaper:
		b.Paper = &PaperBallots{By: e.Person, People: e.Data.Present}
	case BallotAdded:
		b.Cast = slices.Sorted(slices.Values(append(slices.Clone(b.Cast), e.Data.Present...)))
		b.Paper = nil
	case BallotCounted:
		var c BallotCount
		if json.Unmarshal(e.Data.Content, &c) == nil { // checkBallotCounted refuses others
			b.Count = &c
		}
	}
	put(s, s.ballots, k, b)
}

// checkBallotOpened checks that votes are by secret ballot, and that a ballot that has begun is repeated with a reason.
func checkBallotOpened(a attempt) error {
	s, e := a.state, a.event
	d := s.Decision(e.Ruleset, e.Dossier)
	switch {
	case e.Dossier == "" || e.Data.Of == "" || !s.Rule(e.Ruleset).Secret:
		return refuse("not-secret", "votes on this list are open; kheo.yaml says for which lists they are secret")
	case d != nil && (d.Decision == Recognised || d.Decision == NotRecognised) &&
		s.Carried(e.Ruleset, e.Dossier, a.about.Unit):
		return refuse("decided", "this was decided on %s; votes no longer count", d.At)
	case BallotOn(s, e.Ruleset, e.Dossier) != nil:
		return checkReason(&e.Data)
	}
	return nil
}

// checkBallotCast checks that a ballot is open and that the person has not voted in it. A ballot that was cast stays in
// the box: no one knows which one it is.
func checkBallotCast(a attempt) error {
	s, e := a.state, a.event
	if err := openBallot(s, e); err != nil {
		return err
	}
	b := s.ballots[on{e.Ruleset, e.Dossier}]
	if slices.Contains(b.Cast, e.Person) || b.Paper != nil && slices.Contains(b.Paper.People, e.Person) {
		return refuse("ballot-cast", "you have voted: a ballot that is in the box cannot be taken out")
	}
	return checkAbsent(s, e)
}

// openBallot checks that a ballot is open.
func openBallot(s *State, e *Event) error {
	if b := s.ballots[on{e.Ruleset, e.Dossier}]; b.Of == "" || b.Count != nil {
		return refuse("no-ballot", "no ballot on this entry is open")
	}
	return nil
}

// checkBallotPaper checks who has voted on paper, and that two people enter it.
func checkBallotPaper(a attempt) error {
	s, e := a.state, a.event
	if err := openBallot(s, e); err != nil {
		return err
	}
	if err := checkPaperVoters(a); err != nil {
		return err
	}
	b := s.ballots[on{e.Ruleset, e.Dossier}]
	switch {
	case e.Action == BallotPaper && b.Paper != nil && b.Paper.By != e.Person:
		return refuse("paper-second", "%s has entered paper ballots: enter the same ones as second teller", b.Paper.By)
	case e.Action == BallotAdded && (b.Paper == nil || b.Paper.By == e.Person):
		return refuse("paper-teller", "paper ballots are entered by two different tellers")
	case e.Action == BallotAdded && !slices.Equal(slices.Sorted(slices.Values(b.Paper.People)),
		slices.Sorted(slices.Values(e.Data.Present))):
		return PaperDiffers()
	}
	return nil
}

// PaperDiffers returns the refusal of what a second teller enters if it is not what the first one has entered.
func PaperDiffers() error {
	return refuse("paper-differs", "this is not what the first teller has entered: look at the papers together")
}

// checkPaperVoters checks that those who have voted on paper may vote and have not.
func checkPaperVoters(a attempt) error {
	s, e := a.state, a.event
	b := s.ballots[on{e.Ruleset, e.Dossier}]
	if len(e.Data.Present) == 0 {
		return refuse("paper-nobody", "choose who has voted on paper")
	}
	for i, id := range e.Data.Present {
		p := s.People[id]
		if p == nil || p.Disabled || !p.May(CastVote) || slices.Contains(e.Data.Present[:i], id) {
			return refuse("exists", "there is no person %q who could have voted on paper", id)
		}
		if s.Tie(id, e.Dossier, a.about.Unit) != nil || slices.Contains(b.Cast, id) {
			return refuse("paper-voted", "%s has voted already, or is recused", id)
		}
	}
	return nil
}

// checkBallotCounted checks that a ballot may be counted now, and that each who has voted has one ballot in the count.
func checkBallotCounted(a attempt) error {
	s, e := a.state, a.event
	if err := openBallot(s, e); err != nil {
		return err
	}
	b := s.ballots[on{e.Ruleset, e.Dossier}]
	t := s.Tally(e.Ruleset, e.Dossier, a.about.Unit)
	var c BallotCount
	switch {
	case b.Paper != nil:
		return refuse("paper-second", "%s has entered paper ballots: a second teller must enter them before the count",
			b.Paper.By)
	case t.Void:
		return refuse("uncounted", "a person who has voted is recused since: the ballot must be repeated")
	case len(t.awaited(e.At)) > 0:
		return &Refusal{"writing", []any{len(t.Waiting)}, fmt.Sprintf("%d absent members may vote in writing until %s",
			len(t.Waiting), t.Rule.WrittenUntil)}
	case len(b.Cast) < MinBallots:
		return &Refusal{"few-ballots", []any{MinBallots}, fmt.Sprintf(
			"fewer than %d ballots are not counted: the count would tell how people have voted", MinBallots)}
	case t.Short() > 0:
		return &Refusal{"quorum", []any{t.Cast(), t.Eligible, t.Need}, fmt.Sprintf(
			"%d of %d have voted; %d must, before it can be counted", t.Cast(), t.Eligible, t.Need)}
	case json.Unmarshal(e.Data.Content, &c) != nil || !c.fits() || len(c.Ballots) != len(b.Cast):
		return refuse("ballots", "the box does not hold one ballot of each who has voted: the ballot must be repeated")
	}
	return nil
}

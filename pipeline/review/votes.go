package review

import (
	"slices"
	"time"

	"kheo/pipeline/campaign"
)

// This file has votes by name: who may cast one, how it is recorded, and how votes are counted by the rule of a list.
// Secret ballots are in ballots.go; package store keeps both (audittrail.go, votes.go).

// Tally is the count of the votes on an entry.
type Tally struct {
	For, Against, Abstain int
	Votes                 []Cast   // of the eligible, by person
	Eligible              int      // people with a vote who are not recused
	Present               int      // of these, those recorded as present or who have voted
	Met                   bool     // a meeting is recorded
	Aside                 []string // people with a vote who are recused
	// of the eligible, those who neither were present at the recorded meeting nor voted
	Absent  []string
	Need    int  // members needed for a quorum
	Quorate bool // and someone has voted
	Voters  int  // everybody with a vote on any entry, recused here or not
	// a chair with a vote here takes part: has voted or, if presence counts, is present
	Chair bool
	// of the one chair with a vote here; "" if none, not cast, or chairs disagree
	ChairVote Vote
	Sealed    int  // ballots in the box of a secret ballot that is not counted
	Ballot    bool // a secret ballot was opened
	// it was counted; a person who took part is recused since, so that it does not count
	Counted, Void bool
	// absent at the recorded meeting, without a vote, and may still vote in writing
	Waiting []string
	Rule    campaign.Procedure // how the votes are counted

	chairs int // with a vote here
}

// Cast returns how many have voted.
func (t Tally) Cast() int { return t.For + t.Against + t.Abstain + t.Sealed }

// Base returns the number of which the majority is a share.
func (t Tally) Base() int {
	switch {
	case t.Rule.Majority.Base == campaign.Committee:
		return t.Voters
	case t.Rule.Majority.Base == campaign.Members:
		return t.Eligible
	case t.Rule.Majority.Base == campaign.Present:
		return t.Present
	case t.Rule.Abstain:
		return t.Cast()
	}
	return t.For + t.Against
}

// Needs returns how many votes in favour are enough.
func (t Tally) Needs() int { return t.Rule.Majority.Need(t.Base()) }

// Result returns what the votes say, or "" if they are equal and the chair decides. The rule for equal votes
// applies only if one more vote would be enough: a casting vote does not turn half of the votes into four fifths.
func (t Tally) Result() Decision {
	if t.For+t.Against == 0 {
		return NotRecognised
	}
	if t.For >= t.Needs() && (t.For != t.Against || !t.Rule.Majority.Plain) {
		return Recognised
	}
	one := t
	one.For++
	if t.For == t.Against && (t.Rule.Majority.Plain || one.For >= one.Needs()) {
		switch t.Rule.Tie {
		case campaign.ChairsVote:
			return map[Vote]Decision{For: Recognised, Against: NotRecognised}[t.ChairVote]
		case "not-recognised":
			return NotRecognised
		case "deferred":
			return Deferred
		}
		return ""
	}
	return NotRecognised
}

// Tally counts the votes on an entry; on a closed list, as of its closing. A recused person counts in nothing, even
// if the conflict of interest came to light after the vote.
func (s *State) Tally(ruleset, dossier, unit string) Tally {
	if c, ok := s.Closed[ruleset]; ok {
		if t, ok := c.figures.tallies[dossier]; ok {
			return t
		}
	}
	return s.tally(ruleset, dossier, unit, s.Rule(ruleset))
}

// Quorate reports whether enough people have voted on an entry for a decision, as the tally says. Most entries of a
// long list have no vote, and their votes need not be counted.
func Quorate(s *State, ruleset, dossier, unit string) bool {
	_, closed := s.Closed[ruleset]
	if !closed && len(s.votes[on{ruleset, dossier}]) == 0 && BallotOn(s, ruleset, dossier) == nil {
		return false
	}
	return s.Tally(ruleset, dossier, unit).Quorate
}

// Rule returns how the votes on a list are counted; on a closed list, as of its closing.
func (s *State) Rule(ruleset string) campaign.Procedure {
	if c, ok := s.Closed[ruleset]; ok && c.figures.rule != nil {
		return *c.figures.rule
	}
	return s.Settings.Of(ruleset)
}

// tally is Tally by a given rule, from the present votes. Present at a decided entry are those who were present when it
// was decided, even if others come or leave afterwards.
func (s *State) tally(ruleset, dossier, unit string, rule campaign.Procedure) Tally {
	met := meetingOn(s, ruleset)
	if d, decided := s.decisions[on{ruleset, dossier}]; decided && d.met != nil {
		met = d.met
	}
	return tallyAt(s, ruleset, dossier, unit, rule, met)
}

// meetingOn returns the last meeting on a list; nil if none was recorded.
func meetingOn(s *State, ruleset string) *Meeting {
	if m, ok := s.Meetings[ruleset]; ok {
		return &m
	}
	return nil
}

// tallyAt counts the present votes on an entry at a meeting; nil is none.
func tallyAt(s *State, ruleset, dossier, unit string, rule campaign.Procedure, met *Meeting) Tally {
	t := Tally{Rule: rule, Met: met != nil, Voters: len(s.voters)}
	ballot, votes := s.ballots[on{ruleset, dossier}], s.votes[on{ruleset, dossier}]
	for _, id := range s.voters {
		if s.Tie(id, dossier, unit) != nil {
			t.Aside = append(t.Aside, id)
			continue
		}
		t.Eligible++
		c, voted := votes[id]
		if rule.Secret {
			c, voted = Cast{Person: id, Vote: SecretVote}, slices.Contains(ballot.Cast, id)
		}
		isHere := met != nil && slices.Contains(met.Present, id)
		if p := s.People[id]; p != nil && slices.Contains(p.Roles, Chair) {
			t.Chair = t.Chair || voted || isHere && rule.Attendance.Present
			t.addChairVote(c.Vote)
		}
		if voted || isHere {
			t.Present++
		}
		if met != nil && !isHere && !voted {
			t.Absent = append(t.Absent, id)
		}
		if !isHere && !voted && rule.Absent == campaign.AbsentInWriting {
			t.Waiting = append(t.Waiting, id)
		}
		if !voted {
			continue
		}
		t.Votes = append(t.Votes, c)
		switch c.Vote {
		case For:
			t.For++
		case Against:
			t.Against++
		case Abstain:
			t.Abstain++
		case SecretVote:
			t.Sealed++
		}
	}
	if rule.Secret {
		t.addBallot(&ballot)
	}
	t.Need = t.Rule.QuorumOf(t.Eligible)
	t.Quorate = t.Short() == 0 && (t.Counted || !rule.Secret) && t.Cast() > 0 && (t.Chair || !rule.Attendance.Chair)
	return t
}

// addChairVote adds the vote of a chair, "" if it is not cast. If several people have the role and do not vote alike,
// there is no vote of the chair.
func (t *Tally) addChairVote(v Vote) {
	switch {
	case t.chairs == 0:
		t.ChairVote = v
	case t.ChairVote != v:
		t.ChairVote = ""
	}
	t.chairs++
}

// Short returns how many members are missing for a quorum.
func (t Tally) Short() int { return max(0, t.Need-t.takingPart()) }

// takingPart returns how many count towards the quorum.
func (t Tally) takingPart() int {
	if t.Rule.Attendance.Present {
		return t.Present
	}
	return t.Cast()
}

// awaited returns the people who may still vote in writing, if decisions wait for them at a time.
func (t Tally) awaited(at string) []string {
	if t.Rule.Absent == campaign.AbsentInWriting && before(at, t.Rule.WrittenUntil) {
		return t.Waiting
	}
	return nil
}

// before reports whether one time is before another, both as RFC 3339. It is false if either is none.
func before(a, b string) bool {
	x, err1 := time.Parse(time.RFC3339, a)
	y, err2 := time.Parse(time.RFC3339, b)
	return err1 == nil && err2 == nil && x.Before(y)
}

// Reasons why an entry can be decided as its votes have it, or not yet.
const (
	StandsNoBallot   = "no-ballot"   // the secret ballot has not been opened
	StandsBallot     = "ballot"      // it is not counted
	StandsVoid       = "void"        // a person who took part in it is recused since
	StandsNoVotes    = "no-votes"    // no one has voted
	StandsMeeting    = "meeting"     // no one has written down who meets
	StandsQuorum     = "quorum"      // too few take part
	StandsChair      = "chair"       // the chair does not take part
	StandsWriting    = "writing"     // members may still vote in writing
	StandsTieChair   = "tie-chair"   // equal votes, the chair decides
	StandsTieVote    = "tie-vote"    // equal votes, and the chair has not voted for either side
	StandsTieSettled = "tie-settled" // equal votes, and the rule says what follows
	StandsFor        = "for"         // enough votes for
	StandsAgainst    = "against"     // too few votes for
)

// Stands returns, as one of the constants above, why an entry can be decided as its votes have it at a time, or why it
// cannot be decided yet, and whether it can. Pages, papers and refusals all say it by this.
func (t Tally) Stands(at string) (reason string, can bool) {
	switch want := t.Result(); {
	case t.needsMeeting():
		return StandsMeeting, false
	case t.Void:
		return StandsVoid, false
	case t.Rule.Secret && !t.Ballot:
		return StandsNoBallot, false
	case t.Rule.Secret && !t.Counted:
		return StandsBallot, false
	case t.Short() > 0:
		return StandsQuorum, false
	case t.Rule.Attendance.Chair && !t.Chair:
		return StandsChair, false
	case len(t.awaited(at)) > 0:
		return StandsWriting, false
	case t.Cast() == 0:
		return StandsNoVotes, false
	case want == "" && t.Rule.Tie == campaign.ChairsVote:
		return StandsTieVote, false
	case want == "":
		return StandsTieChair, true
	case t.tied():
		return StandsTieSettled, true
	case want == Recognised:
		return StandsFor, true
	}
	return StandsAgainst, true
}

// needsMeeting reports whether the rule asks who is present and no meeting is recorded.
func (t Tally) needsMeeting() bool {
	asks := t.Rule.Attendance.Present || t.Rule.Majority.Base == campaign.Present ||
		t.Rule.Absent == campaign.AbsentMayNotVote
	return asks && !t.Met
}

// tied reports whether the rule for equal votes gives the result.
func (t Tally) tied() bool {
	other := t
	other.Rule.Tie = "chair"
	return other.Result() == ""
}

// applyMeeting records who attends a meeting. It replaces the record before, which was of the same meeting, unless
// something was decided at that.
func (u update) applyMeeting() {
	s, e := u.state, u.event
	m := Meeting{Run: e.Data.Run, Voters: len(s.voters), By: e.Person, At: e.At, Seq: e.Seq}
	for _, id := range e.Data.Present {
		to := &m.Attending
		if slices.Contains(s.voters, id) {
			to = &m.Present
		}
		if !slices.Contains(*to, id) {
			*to = append(*to, id)
		}
	}
	if was := meetingOn(s, e.Ruleset); was != nil {
		m.Earlier = was.Earlier
		for k, d := range s.decisions {
			if k.ruleset == e.Ruleset && d.met != nil && d.met.Seq == was.Seq {
				last := *was
				last.Earlier = nil
				m.Earlier = append(slices.Clone(was.Earlier), last)
				break
			}
		}
	}
	put(s, s.Meetings, e.Ruleset, m)
	drop(s, s.called, e.Ruleset)
}

// applyMoved records that a person came to the meeting, or left it.
func (u update) applyMoved() {
	s, e := u.state, u.event
	m := s.Meetings[e.Ruleset]
	id := e.Data.Subject
	x := Moved{Person: id, At: e.At, Seq: e.Seq, Came: e.Action == Came, Voter: slices.Contains(s.voters, id)}
	others := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(p string) bool { return p == id })
	}
	if !x.Came {
		x.Voter = slices.Contains(m.Present, id)
	}
	m.Present, m.Attending = others(m.Present), others(m.Attending)
	switch {
	case x.Came && x.Voter:
		m.Present = append(m.Present, id)
	case x.Came:
		m.Attending = append(m.Attending, id)
	}
	m.Moves = append(slices.Clone(m.Moves), x)
	m.Voters = max(m.Voters, len(m.Attended())) // who got a vote since the meeting was opened
	put(s, s.Meetings, e.Ruleset, m)
}

// applyCalled records what the meeting is about.
func (u update) applyCalled() { put(u.state, u.state.called, u.event.Ruleset, u.event.Dossier) }

// hall is what is called in meetings.
type hall struct {
	called  map[string]string // the dossier that was called last, by ruleset
	ballots map[on]SecretBallot

	extended map[string]Extension // the last one by phase
}

// AtHand returns the dossier that was called last in the meeting on a list; "" if none.
func (s *hall) AtHand(ruleset string) string { return s.called[ruleset] }

// checkPresent checks that every attendant is an enabled person.
func (a attempt) checkPresent() error {
	s, e := a.state, a.event
	for _, id := range e.Data.Present {
		if p := s.People[id]; p == nil || p.Disabled {
			return refuse("exists", "there is no person %q who could be present", id)
		}
	}
	return nil
}

// checkMoved checks that a meeting is recorded, and that who comes was not there and who leaves was.
func (a attempt) checkMoved() error {
	s, e := a.state, a.event
	p, m := s.People[e.Data.Subject], meetingOn(s, e.Ruleset)
	switch {
	case m == nil:
		return refuse("no-meeting", "no meeting on this list is recorded: record first who is present")
	case p == nil, e.Action == Came && p.Disabled:
		return refuse("exists", "there is no person %q who could be present", e.Data.Subject)
	case m.Has(p.ID) == (e.Action == Came):
		return refuse("presence", "%s is recorded so already", p.ID)
	}
	return nil
}

// checkCalled checks that a call names a dossier and a list.
func (a attempt) checkCalled() error {
	if a.event.Ruleset == "" || a.event.Dossier == "" {
		return refuse("called", "a call names an entry of a list")
	}
	return nil
}

// applyVote records the vote of a person; an earlier one is replaced.
func (u update) applyVote() {
	s, e := u.state, u.event
	k := on{e.Ruleset, e.Dossier}
	if s.votes[k] == nil {
		put(s, s.votes, k, map[string]Cast{})
	}
	put(s, s.votes[k], e.Person, Cast{e.Person, e.Data.Value, e.At})
}

// applyVoteTaken withdraws the vote of a person.
func (u update) applyVoteTaken() {
	s, e := u.state, u.event
	drop(s, s.votes[on{e.Ruleset, e.Dossier}], e.Person)
}

// checkVote refuses votes on an entry that is already decided for good. Deferred and returned entries stay open.
func (a attempt) checkVote() error {
	s, e := a.state, a.event
	if !slices.Contains(Votes, e.Data.Value) {
		return refuse("vote", "a vote is one of %v", Votes)
	}
	if s.Rule(e.Ruleset).Secret {
		return refuse("secret", "votes on this list are by secret ballot: open the ballot on the page of the meeting")
	}
	x, decided := s.decisions[on{e.Ruleset, e.Dossier}]
	if decided && (x.Decision == Recognised || x.Decision == NotRecognised) {
		return refuse("decided", "this was decided on %s; votes no longer count", x.At)
	}
	return checkAbsent(s, e)
}

// checkVoteTaken checks that there is a vote of the person that can be withdrawn: only before the decision.
func (a attempt) checkVoteTaken() error {
	s, e := a.state, a.event
	if s.VoteOf(e.Person, e.Ruleset, e.Dossier) == "" || s.Decision(e.Ruleset, e.Dossier) != nil {
		return refuse("taken",
			"there is no vote of yours that could be withdrawn: either you have not voted, or it was decided")
	}
	return nil
}

// checkAbsent checks that a person who is not present at the meeting may vote.
func checkAbsent(s *State, e *Event) error {
	rule, met := s.Rule(e.Ruleset), meetingOn(s, e.Ruleset)
	if rule.Absent == "" || met != nil && slices.Contains(met.Present, e.Person) {
		return nil
	}
	if rule.Absent == campaign.AbsentMayNotVote {
		return refuse("absent", "by the rule of this list only members vote who are recorded as present at the meeting")
	}
	if !before(e.At, rule.WrittenUntil) {
		return refuse("written-late", "votes in writing were accepted until %s; now only members vote who are present",
			rule.WrittenUntil)
	}
	return nil
}

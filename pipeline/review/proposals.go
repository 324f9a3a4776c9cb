package review

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/store"
)

// RulesText identifies a text of a ruleset, or of kheo.yaml, that someone proposes.
type RulesText struct {
	File   string `json:"file"`         // from the workspace, such as rules/models.yaml
	SHA256 string `json:"sha256"`       // of the text, which the table rule_texts holds
	Base   string `json:"base"`         // of the file that it replaces
	Of     int64  `json:"of,omitempty"` // the event that proposed it; 0 in that event
}

// ProposalState is how far a proposal has come.
type ProposalState string

// The states of a proposal. Approved ones are, or were, in force.
const (
	Waiting   ProposalState = "waiting"
	Approved  ProposalState = "approved"
	Rejected  ProposalState = "rejected"
	TakenBack ProposalState = "withdrawn"
)

// proposalEnds is the state to which each action brings a proposal.
var proposalEnds = map[Action]ProposalState{RulesApproved: Approved, RulesRejected: Rejected, RulesWithdrawn: TakenBack}

// Proposal is a text of a ruleset, or of kheo.yaml, that a person proposed to put into force, with what a second
// person decided on it.
type Proposal struct {
	RulesText
	Seq        int64  // of the event that proposed it; identifies the proposal
	Ruleset    string // its id; "" for kheo.yaml
	By, At     string
	Reason     string
	State      ProposalState
	DecidedBy  string
	DecidedAt  string
	Decision   string // the reason of the second person
	DecidedSeq int64  // of the event that ended it
}

// Propose returns the event by which a person proposes that a text replaces base. Both are stored with it, so that
// the difference can be shown later.
func Propose(person, ruleset, reason, file string, base, text []byte) Event {
	was, sum := dossier.SHA256(base), dossier.SHA256(text)
	return Event{Person: person, Action: RulesProposed, Ruleset: ruleset,
		Data:   Data{Reason: reason, Rules: &RulesText{File: file, SHA256: sum, Base: was}},
		beside: store.SideEffects{Texts: []store.RuleText{{SHA256: was, Text: base}, {SHA256: sum, Text: text}}}}
}

// End returns the event by which a person approves, rejects or withdraws the proposal.
func (p *Proposal) End(person string, action Action, reason string) Event {
	text := p.RulesText
	text.Of = p.Seq
	return Event{Person: person, Action: action, Ruleset: p.Ruleset, Data: Data{Reason: reason, Rules: &text}}
}

// Proposals returns the proposals for a file, in order; for "" those of all files.
func Proposals(s *State, file string) []Proposal {
	if file != "" {
		return slices.Clone(s.proposals[file])
	}
	var out []Proposal
	for _, f := range slices.Sorted(maps.Keys(s.proposals)) {
		out = append(out, s.proposals[f]...)
	}
	slices.SortFunc(out, func(a, b Proposal) int { return int(a.Seq - b.Seq) })
	return out
}

// Versions returns the texts of a file that were put into force, in the order in which they were.
func Versions(s *State, file string) []Proposal {
	out := slices.DeleteFunc(Proposals(s, file), func(p Proposal) bool { return p.State != Approved })
	slices.SortFunc(out, func(a, b Proposal) int { return int(a.DecidedSeq - b.DecidedSeq) })
	return out
}

// Proposal returns a proposal by the event that made it; nil if there is none.
func (s *State) Proposal(seq int64) *Proposal {
	for _, list := range s.proposals {
		for _, p := range list {
			if p.Seq == seq {
				return &p
			}
		}
	}
	return nil
}

var (
	sha256RE   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	rulesRE    = regexp.MustCompile(`^(kheo\.yaml|rules/[^\x00-\x1f]{1,200})$`)
	maxWaiting = 50 // open proposals of one file
)

// checkProposed checks a new proposal. Only people propose: kheo and the command line change files.
func (a attempt) checkProposed() error {
	s, d := a.state, &a.event.Data
	t := d.Rules
	switch {
	case a.event.Person == System:
		return refuse("proposal", "a proposal has an author")
	case t == nil || t.Of != 0 || !sha256RE.MatchString(t.SHA256) || !sha256RE.MatchString(t.Base):
		return refuse("proposal", "a proposal names a file, the text and what it replaces")
	case !rulesRE.MatchString(t.File) || strings.Contains(t.File, ".."):
		return refuse("proposal", "%q is not kheo.yaml and not a ruleset", t.File)
	case t.SHA256 == t.Base:
		return refuse("proposal-same", "the text is the one in force already; nothing is proposed")
	}
	open := 0
	for _, p := range s.proposals[t.File] {
		if p.State != Waiting {
			continue
		}
		if p.SHA256 == t.SHA256 && p.Base == t.Base {
			return refuse("proposal-twice", "the same text was proposed already and waits for a second person")
		}
		open++
	}
	if open >= maxWaiting {
		return refuse("proposals", "%d proposals wait for %s already; have them decided first", open, t.File)
	}
	return checkReason(d)
}

// openProposal returns the open proposal that an event ends.
func (a attempt) openProposal() (*Proposal, error) {
	t := a.event.Data.Rules
	if t == nil {
		return nil, refuse("proposal", "the event names no proposal")
	}
	p := a.state.Proposal(t.Of)
	switch {
	case p == nil || p.File != t.File || p.SHA256 != t.SHA256 || p.Base != t.Base || p.Ruleset != a.event.Ruleset:
		return nil, refuse("proposal", "there is no proposal %d of this text", t.Of)
	case p.State != Waiting:
		return nil, refuse("proposal-over", "this proposal was decided on %s already", p.DecidedAt)
	}
	return p, nil
}

// checkApproved requires a second person, a reason, and that the proposal replaces the version in force: if another
// one came into force since it was begun, approving it would undo that one unseen.
func (a attempt) checkApproved() error {
	p, err := a.openProposal()
	if err != nil {
		return err
	}
	if a.event.Person == System || a.event.Person == p.By {
		return refuse("own-proposal", "a second person puts this into force, not who proposed it")
	}
	if s := a.state.People; s.puppetOf(p.By, a.event.Person) || s.puppetOf(a.event.Person, p.By) {
		return refuse("proposal-puppet", "one of the accounts of %s and %s was made by the other, or its password is "+
			"known "+
			"to it; somebody else must put this into force", p.By, a.event.Person)
	}
	versions := Versions(a.state, p.File)
	if n := len(versions); n > 0 && versions[n-1].DecidedSeq > p.Seq && versions[n-1].SHA256 != p.Base {
		return refuse("proposal-outdated", "another version came into force on %s, after this was proposed; "+
			"it must be proposed anew on top of that one", versions[n-1].DecidedAt)
	}
	return checkReason(&a.event.Data)
}

// checkRejected requires a reason. The author withdraws a proposal instead of rejecting it.
func (a attempt) checkRejected() error {
	p, err := a.openProposal()
	if err != nil {
		return err
	}
	if a.event.Person == p.By {
		return refuse("own-proposal", "a second person decides on this; withdraw it instead")
	}
	return checkReason(&a.event.Data)
}

// checkWithdrawn lets only the author withdraw a proposal.
func (a attempt) checkWithdrawn() error {
	p, err := a.openProposal()
	if err == nil && a.event.Person != p.By {
		err = refuse("proposal-other", "only who proposed this may withdraw it")
	}
	return err
}

// applyProposed adds a proposal.
func (u update) applyProposed() {
	e := u.event
	p := Proposal{RulesText: *e.Data.Rules, Seq: e.Seq, Ruleset: e.Ruleset, By: e.Person, At: e.At,
		Reason: e.Data.Reason, State: Waiting}
	put(u.state, u.state.proposals, p.File, append(u.state.proposals[p.File], p))
}

// applyProposalEnd records the decision on a proposal. The list is copied first: see put.
func (u update) applyProposalEnd() {
	e := u.event
	list := slices.Clone(u.state.proposals[e.Data.Rules.File])
	for i := range list {
		if p := &list[i]; p.Seq == e.Data.Rules.Of {
			p.State, p.DecidedBy, p.DecidedAt = proposalEnds[e.Action], e.Person, e.At
			p.Decision, p.DecidedSeq = e.Data.Reason, e.Seq
		}
	}
	put(u.state, u.state.proposals, e.Data.Rules.File, list)
}

// textFaults reports proposals whose text is gone or is not the one that was proposed.
func (l *Log) textFaults(ctx context.Context, s *State) (faults []string, err error) {
	for _, p := range Proposals(s, "") {
		text, err := l.store.Proposals.Text(ctx, p.SHA256)
		if err != nil {
			return nil, err
		}
		switch {
		case text == nil:
			faults = append(faults, fmt.Sprintf("the text of %s that event %d proposes is gone", p.File, p.Seq))
		case dossier.SHA256(text) != p.SHA256:
			faults = append(faults, fmt.Sprintf("the text of %s that event %d proposes was changed", p.File, p.Seq))
		}
	}
	return faults, nil
}

package review

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/rules/award"
)

// ClosedContent is a list as of its closing: who was in and out, by which votes and for which reasons. Verify
// derives it from the events again, so that any later change of it is found.
type ClosedContent struct {
	Campaign      string        `json:"campaign"`
	Ruleset       string        `json:"ruleset"`
	RulesetSHA256 string        `json:"ruleset_sha256"`
	Run           string        `json:"run"`
	ListSHA256    string        `json:"list_sha256"`     // of the list's JSON
	Before        string        `json:"before"`          // hash of the event before the closing
	Audit         *Anchor       `json:"audit,omitempty"` // before the closing; nil in lists of an older kheo
	Entries       []ClosedEntry `json:"entries"`

	// Rule is how votes were counted. It is nil in lists that an older kheo closed: their outcomes are those of
	// the run, without what people had set.
	Rule *campaign.Procedure `json:"rule,omitempty"`
}

// ClosedEntry is one dossier of a closed list.
type ClosedEntry struct {
	Rank      int             `json:"rank"`
	Dossier   string          `json:"dossier"`
	Title     string          `json:"title"`
	Unit      string          `json:"unit"`
	Outcome   dossier.Outcome `json:"outcome"`
	Points    float64         `json:"points"`
	Award     *publish.Award  `json:"award,omitempty"`
	Granted   *award.Money    `json:"granted,omitempty"`
	Place     int             `json:"place,omitempty"`
	Decision  Decision        `json:"decision,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	By        string          `json:"by,omitempty"`
	For       int             `json:"for"`
	Against   int             `json:"against"`
	Abstain   int             `json:"abstain"`
	Votes     []Cast          `json:"votes,omitempty"`
	Aside     []string        `json:"aside,omitempty"`
	Overrides []Overruled     `json:"overrides,omitempty"`
}

// ListSHA256 returns the hash of a list as it is published.
func ListSHA256(f *publish.File) (string, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	return dossier.SHA256(b), nil
}

// Content returns what closing f at this moment would record.
func (s *State) Content(f *publish.File) (*ClosedContent, error) {
	sum, err := ListSHA256(f)
	if err != nil {
		return nil, err
	}
	rule := s.Settings.Of(f.Ruleset)
	return closedContent(s, f, sum, &rule), nil
}

// closedContent is State.Content with the hash of the list given. Without a rule it has the form of lists that an older
// kheo closed,
// before the rule was part of it.
func closedContent(s *State, f *publish.File, sum string, rule *campaign.Procedure) *ClosedContent {
	if rule != nil {
		f = f.With(s.Choices(f.Ruleset), "en")
	}
	counted := s.Settings.Of(f.Ruleset)
	if rule != nil {
		counted = *rule
	}
	c := &ClosedContent{Rule: rule, Campaign: f.Campaign, Ruleset: f.Ruleset, RulesetSHA256: f.RulesetSHA256,
		Run: f.Run, ListSHA256: sum, Before: s.Head}
	anchor := s.Anchor()
	c.Audit = &anchor
	for i := range f.Entries {
		e := &f.Entries[i]
		t := s.tally(f.Ruleset, e.Dossier, e.Unit, counted)
		x := ClosedEntry{Rank: e.Rank, Dossier: e.Dossier, Title: e.Title, Unit: e.Unit, Outcome: e.Outcome,
			Points: e.Points, Award: e.Award, Granted: e.Granted, Place: e.Place, For: t.For, Against: t.Against,
			Abstain: t.Abstain, Votes: t.Votes, Aside: t.Aside, Overrides: s.Overrides(f.Ruleset, e.Dossier)}
		if d := s.Decision(f.Ruleset, e.Dossier); d != nil {
			x.Decision, x.Reason, x.By = d.Decision, d.Reason, d.By
		}
		c.Entries = append(c.Entries, x)
	}
	return c
}

// figures are the results of a list as of its closing. Later changes of people, conflicts of interest, rules and
// runs do not change them.
type figures struct {
	rule    *campaign.Procedure // nil if the closing did not record it
	tallies map[string]Tally    // by dossier
	entries []ClosedEntry
}

// closedList returns the list that e closes. The state is still that before e.
func (u update) closedList() ClosedList {
	s, e := u.state, u.event
	c := ClosedList{Ruleset: e.Ruleset, Run: e.Data.Run, ListSHA256: e.Data.ListSHA256, Content: e.Data.Content,
		By: e.Person, At: e.At, Hash: e.Hash, Seq: e.Seq,
		figures: &figures{tallies: map[string]Tally{}}}
	var was ClosedContent
	if json.Unmarshal(e.Data.Content, &was) != nil {
		return c // not reached: checkClosing refuses content that cannot be read
	}
	rule := s.Settings.Of(e.Ruleset)
	if was.Rule != nil {
		rule = *was.Rule
	}
	c.figures.rule, c.figures.entries = was.Rule, was.Entries
	for _, x := range was.Entries {
		c.figures.tallies[x.Dossier] = s.tally(e.Ruleset, x.Dossier, x.Unit, rule)
	}
	return c
}

// Choices returns the outcomes that people set instead of the program's, by dossier.
func (s *State) Choices(ruleset string) map[string]recommend.Choice {
	out := map[string]recommend.Choice{}
	for k, list := range s.overrides {
		for _, o := range list {
			ofList := k.ruleset == ruleset && o.Criterion == ""
			if ofList && slices.Contains(dossier.Outcomes, dossier.Outcome(o.Outcome)) {
				out[k.dossier] = recommend.Choice{Outcome: dossier.Outcome(o.Outcome), Reason: o.Reason, Award: o.Award}
			}
		}
	}
	return out
}

// InForce returns the list in force: f, as a run published it, with the outcomes that people set. If the list is
// closed, f is that of the run that was closed, or nil if it no longer exists; then the content of the closing is
// returned.
func (s *State) InForce(f *publish.File, ruleset, lang string) *publish.File {
	c, closed := s.Closed[ruleset]
	switch {
	case closed && f == nil:
		return c.file()
	case f == nil, closed && c.figures.rule == nil:
		return f
	}
	return f.With(s.Choices(ruleset), lang)
}

// file returns the list as far as the closing itself recorded it.
func (c *ClosedList) file() *publish.File {
	f := &publish.File{Ruleset: c.Ruleset, Title: c.Ruleset, Run: c.Run}
	for _, x := range c.figures.entries {
		f.Entries = append(f.Entries, publish.Entry{Rank: x.Rank, Dossier: x.Dossier, Title: x.Title, Unit: x.Unit,
			Outcome: x.Outcome, Points: x.Points,
			Given: publish.Given{Award: x.Award, Granted: x.Granted, Place: x.Place}})
	}
	return f.Without(func(*publish.Entry) bool { return false })
}

// Carried reports whether the votes that count still carry the decision on an entry. They do not if a voter was
// recused since and, without that vote, the quorum is missing or the result differs: then the entry must be decided
// again. It is true if nothing is decided, and on closed lists.
func (s *State) Carried(ruleset, dossier, unit string) bool {
	d := s.Decision(ruleset, dossier)
	if _, closed := s.Closed[ruleset]; closed || d == nil || d.Decision == Deferred || d.Decision == Returned {
		return true
	}
	t := s.Tally(ruleset, dossier, unit)
	if t.Void {
		return false
	}
	lost := slices.ContainsFunc(t.Aside, func(id string) bool { return s.VoteOf(id, ruleset, dossier) != "" })
	want := t.Result()
	return !lost || t.Quorate && (want == "" || want == d.Decision)
}

// MustDecide reports whether an entry of a list in force must still be decided before the list can be closed: if it
// is recommended or needs review, if a person has voted on it, or if the votes no longer carry its decision. All
// pages, papers, digests and commands use this one rule.
func (s *State) MustDecide(ruleset string, e *publish.Entry) bool {
	if _, closed := s.Closed[ruleset]; closed {
		return false
	}
	if s.Decision(ruleset, e.Dossier) != nil {
		return !s.Carried(ruleset, e.Dossier, e.Unit)
	}
	recommended := e.Outcome == dossier.Recommended
	return recommended || e.Outcome == dossier.NeedsReview || len(s.votes[on{ruleset, e.Dossier}]) > 0 ||
		BallotOn(s, ruleset, e.Dossier) != nil
}

// Open returns the dossiers of a list in force that must still be decided.
func (s *State) Open(f *publish.File) []string {
	var out []string
	for i := range f.Entries {
		if s.MustDecide(f.Ruleset, &f.Entries[i]) {
			out = append(out, f.Entries[i].Dossier)
		}
	}
	return out
}

// OpenTo returns how many entries of a list in force must still be decided among those that a person may see, and
// whether there are others, from which the person is recused.
func (s *State) OpenTo(person string, f *publish.File) (n int, others bool) {
	open, others := openTo(s, person, f)
	return len(open), others
}

// openTo is State.OpenTo with the dossiers of the entries instead of their number.
func openTo(s *State, person string, f *publish.File) (open []string, others bool) {
	for i := range f.Entries {
		e := &f.Entries[i]
		switch {
		case !s.MustDecide(f.Ruleset, e):
		case s.Tie(person, e.Dossier, e.Unit) != nil:
			others = true
		default:
			open = append(open, e.Dossier)
		}
	}
	return open, others
}

// Close closes a list as a run published it. Nothing on it can be changed afterwards, whatever later runs say. It
// returns a *Refusal if entries are not decided yet or the person has no right to close lists.
func (l *Log) Close(ctx context.Context, person string, f *publish.File) error {
	var content []byte
	var sum string
	if err := l.View(ctx, func(s *State) error {
		inForce := f.With(s.Choices(f.Ruleset), "en")
		switch open, others := openTo(s, person, inForce); {
		case len(open) > 0:
			return refuse("open", "%d entries are not decided yet, the first is %s", len(open), open[0])
		case others:
			return refuse("open", "entries on which you are recused are not decided yet")
		}
		c, err := s.Content(f)
		if err != nil {
			return err
		}
		sum = c.ListSHA256
		content, err = json.Marshal(c)
		return err
	}); err != nil {
		return err
	}
	data := Data{Run: f.Run, ListSHA256: sum, Content: content}
	e := Event{Person: person, Action: Closed, Ruleset: f.Ruleset, Data: data}
	return l.Do(ctx, Subject{}, e)
}

// checkClosing checks that the content to be closed was made from the present state, that is, that no event came
// between.
func (a attempt) checkClosing() error {
	s, e := a.state, a.event
	var c ClosedContent
	if err := json.Unmarshal(e.Data.Content, &c); err != nil {
		return refuse("content", "what is to be closed cannot be read: %v", err)
	}
	if c.Before != s.Head {
		return refuse("changed", "somebody has just changed something; look once more, and close then")
	}
	return nil
}

// Report is the result of verifying the audit trail.
type Report struct {
	Events int      `json:"events"`
	Head   string   `json:"head"` // hash of the last event
	Closed []string `json:"closed"`
	Faults []string `json:"faults"`

	Anchors   AnchorReport `json:"anchors"`
	Unsettled []Unsettled  `json:"unsettled"` // not a fault
}

// Verify checks the whole trail: the hash chain; every closed list, derived again from the events before it and the
// list of its run, which the function list returns; the tables that follow the chain; and anchors from outside the
// database. If expected is not "", some event must have it as its hash: signed papers name one. Faults are part of
// the report; an error means that the check could not be made.
func (l *Log) Verify(ctx context.Context, expected string, list func(run, ruleset string) (*publish.File, error),
	anchors ...Anchored) (*Report, error) {
	r := &Report{Closed: []string{}, Faults: []string{}, Head: begin, Unsettled: []Unsettled{}}
	events, err := l.Events(ctx)
	var tampered *TamperError
	switch {
	case errors.As(err, &tampered):
		r.Faults = append(r.Faults, tampered.Error())
	case err != nil:
		return nil, err
	}
	l.mu.RLock()
	s := NewState(l.state.Settings)
	l.mu.RUnlock()
	found := expected == ""
	hashes := make([]string, 0, len(events))
	for _, e := range events {
		hashes = append(hashes, e.Hash)
		if e.Action == Closed {
			if why := rederive(s, e, list); why != "" {
				fault := fmt.Sprintf("the list of %s, closed by event %d: %s", e.Ruleset, e.Seq, why)
				r.Faults = append(r.Faults, fault)
			} else {
				r.Closed = append(r.Closed, e.Ruleset)
			}
		}
		s.Apply(e)
		found = found || e.Hash == expected
		r.Events, r.Head = int(e.Seq), e.Hash
	}
	if !found {
		r.Faults = append(r.Faults,
			fmt.Sprintf("no event has the hash %s: the chain was cut off, or written anew", expected))
	}
	r.Faults = append(r.Faults, r.Anchors.check(hashes, tampered != nil, anchors)...)
	if tampered != nil {
		return r, nil // the tables contain more than the events that could be read
	}
	r.Unsettled = append(r.Unsettled, s.Unsettled()...)
	more, err := l.projections(ctx, s, events)
	r.Faults = append(r.Faults, more...)
	return r, err
}

// rederive compares what was closed by e with what the events before it and the list of its run say, and returns
// the first difference in words, or "".
func rederive(s *State, e *Event, list func(run, ruleset string) (*publish.File, error)) string {
	var was ClosedContent
	if err := json.Unmarshal(e.Data.Content, &was); err != nil {
		return err.Error()
	}
	f, err := list(was.Run, was.Ruleset)
	if err != nil {
		return fmt.Sprintf("the list of run %s cannot be read: %v", was.Run, err)
	}
	if f == nil {
		return fmt.Sprintf("the list of run %s is gone", was.Run)
	}
	sum, err := ListSHA256(f)
	if err != nil {
		return err.Error()
	}
	now := closedContent(s, f, sum, was.Rule)
	if was.Audit == nil { // closed by an older kheo
		now.Audit = nil
	}
	a, err := json.Marshal(was)
	if err != nil {
		return err.Error()
	}
	b, err := json.Marshal(now)
	if err != nil {
		return err.Error()
	}
	if bytes.Equal(a, b) {
		return ""
	}
	if was.ListSHA256 != now.ListSHA256 {
		return fmt.Sprintf("the list of run %s is not the one that was closed", was.Run)
	}
	for i := range was.Entries {
		if i >= len(now.Entries) || !sameEntry(&was.Entries[i], &now.Entries[i]) {
			return fmt.Sprintf("the entry of %s is not what the events say", was.Entries[i].Dossier)
		}
	}
	return "it is not what the events say"
}

// sameEntry compares two entries by their JSON form.
func sameEntry(a, b *ClosedEntry) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

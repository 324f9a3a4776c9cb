package review

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"kheo/pipeline/dossier"
	"kheo/pipeline/publish"
)

// ClosedContent is what a list was when it was closed: enough to see who was in and who was
// out, by which votes, for which reasons, and to find out later whether any of it was changed.
type ClosedContent struct {
	Campaign      string        `json:"campaign"`
	Ruleset       string        `json:"ruleset"`
	RulesetSHA256 string        `json:"ruleset_sha256"`
	Run           string        `json:"run"`
	ListSHA256    string        `json:"list_sha256"`     // of the list's JSON
	Before        string        `json:"before"`          // hash of the event before the closing
	Audit         *Anchor       `json:"audit,omitempty"` // how far the audit trail went before the closing; lists of an older kheo have none
	Entries       []ClosedEntry `json:"entries"`
}

// ClosedEntry is one dossier of a closed list.
type ClosedEntry struct {
	Rank      int             `json:"rank"`
	Dossier   string          `json:"dossier"`
	Title     string          `json:"title"`
	Unit      string          `json:"unit"`
	Outcome   dossier.Outcome `json:"outcome"`
	Points    float64         `json:"points"`
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

// ListSHA256 is the hash of a list as it is published.
func ListSHA256(f *publish.File) (string, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// Content is what closing a list now would close.
func (s *State) Content(f *publish.File) (*ClosedContent, error) {
	sum, err := ListSHA256(f)
	if err != nil {
		return nil, err
	}
	c := &ClosedContent{Campaign: f.Campaign, Ruleset: f.Ruleset, RulesetSHA256: f.RulesetSHA256, Run: f.Run, ListSHA256: sum, Before: s.Head}
	anchor := s.Anchor()
	c.Audit = &anchor
	for i := range f.Entries {
		e := &f.Entries[i]
		t := s.Tally(f.Ruleset, e.Dossier, e.Unit)
		x := ClosedEntry{Rank: e.Rank, Dossier: e.Dossier, Title: e.Title, Unit: e.Unit, Outcome: e.Outcome, Points: e.Points, For: t.For, Against: t.Against, Abstain: t.Abstain,
			Votes: t.Votes, Aside: t.Aside, Overrides: s.Overrides(f.Ruleset, e.Dossier)}
		if d := s.Decision(f.Ruleset, e.Dossier); d != nil {
			x.Decision, x.Reason, x.By = d.Decision, d.Reason, d.By
		}
		c.Entries = append(c.Entries, x)
	}
	return c, nil
}

// Open are the dossiers of a list that must be decided before it can be closed: those
// recommended, those that people must look at, and those that have votes.
func (s *State) Open(f *publish.File) []string {
	var out []string
	for i := range f.Entries {
		e := &f.Entries[i]
		if s.Decision(f.Ruleset, e.Dossier) != nil {
			continue
		}
		if e.Outcome == dossier.Recommended || e.Outcome == dossier.NeedsReview || len(s.votes[on{f.Ruleset, e.Dossier}]) > 0 {
			out = append(out, e.Dossier)
		}
	}
	return out
}

// Close closes a list: from then on nothing on it can be changed, and whatever later runs
// say, this is what was decided.
func (l *Log) Close(ctx context.Context, person string, f *publish.File) error {
	var content []byte
	var sum string
	if err := l.View(ctx, func(s *State) error {
		if open := s.Open(f); len(open) > 0 {
			return refuse("open", "%d entries are not decided yet, the first is %s", len(open), open[0])
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
	e := Event{Person: person, Action: Closed, Ruleset: f.Ruleset, Data: Data{Run: f.Run, ListSHA256: sum, Content: content}}
	return l.Do(ctx, Subject{}, e)
}

// checkClosing reports whether what is closed is what the state says: nobody has voted since
// it was looked at.
func (s *State) checkClosing(e *Event) error {
	var c ClosedContent
	if err := json.Unmarshal(e.Data.Content, &c); err != nil {
		return refuse("content", "what is to be closed cannot be read: %v", err)
	}
	if c.Before != s.Head {
		return refuse("changed", "somebody has just changed something; look once more, and close then")
	}
	return nil
}

// Report is what verifying the chain came to.
type Report struct {
	Events int      `json:"events"`
	Head   string   `json:"head"` // hash of the last event
	Closed []string `json:"closed"`
	Faults []string `json:"faults"`

	Anchors   AnchorReport `json:"anchors"`
	Unsettled []Unsettled  `json:"unsettled"` // names that scores are recorded under and that fit several people: no fault
}

// Verify reads the whole chain, and derives every closed list anew from the events before it
// and from the list that its run published; list returns that. What is kept beside the chain is
// compared with it, and the chain is held to anchors from outside the database. Where expected is not
// "" some event must have it as its hash: the one that a signed paper names.
func (l *Log) Verify(ctx context.Context, expected string, list func(run, ruleset string) (*publish.File, error), anchors ...Anchored) (*Report, error) {
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
			if why := s.rederive(e, list); why != "" {
				r.Faults = append(r.Faults, fmt.Sprintf("the list of %s, closed by event %d: %s", e.Ruleset, e.Seq, why))
			} else {
				r.Closed = append(r.Closed, e.Ruleset)
			}
		}
		s.Apply(e)
		found = found || e.Hash == expected
		r.Events, r.Head = int(e.Seq), e.Hash
	}
	if !found {
		r.Faults = append(r.Faults, fmt.Sprintf("no event has the hash %s: the chain was cut off, or written anew", expected))
	}
	r.Faults = append(r.Faults, r.Anchors.check(hashes, tampered != nil, anchors)...)
	if tampered != nil {
		return r, nil // what is kept beside it says more than can be read
	}
	r.Unsettled = append(r.Unsettled, s.Unsettled()...)
	more, err := l.projections(ctx, s, events)
	r.Faults = append(r.Faults, more...)
	return r, err
}

// rederive compares what was closed with what the events before it, and the list, say.
func (s *State) rederive(e *Event, list func(run, ruleset string) (*publish.File, error)) string {
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
	now, err := s.Content(f)
	if err != nil {
		return err.Error()
	}
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

func sameEntry(a, b *ClosedEntry) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

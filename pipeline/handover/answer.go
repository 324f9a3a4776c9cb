package handover

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Reply says which answers are wanted.
type Reply struct {
	Ruleset string // the closed list of this campaign
	Office  string // that is answered; "" if dossiers of one office alone are on the list
	Number  string // of the decision; "" if it has none
	On      string // its date, ISO; "" if it has none
}

// Write writes the answers to an office: what was decided on each dossier that it handed over and that is on a closed
// list here. An event records it.
func (o Reply) Write(ctx context.Context, w *workspace.Workspace, person string, out io.Writer) (*Made, error) {
	c, err := closed(ctx, w, o.Ruleset)
	if err != nil {
		return nil, err
	}
	taken, err := o.taken(ctx, w, c)
	if err != nil {
		return nil, err
	}
	key, err := Key(ctx, w)
	if err != nil {
		return nil, err
	}
	m := c.manifest(w, ofAnswers)
	for _, x := range c.content.Entries {
		t := taken[x.Dossier]
		if t == nil {
			continue
		}
		m.To = t.Key
		m.Answers = append(m.Answers, Answer{Of: ListOf{t.Campaign, t.Ruleset, t.Closed}, Dossier: t.Dossier,
			Title: x.Title, Decision: x.Decision, Outcome: x.Outcome, Reason: x.Reason, Award: x.Award,
			Number: o.Number, On: o.On})
	}
	slices.SortFunc(m.Answers, func(a, b Answer) int { return strings.Compare(a.Dossier, b.Dossier) })
	said, err := json.Marshal(m.Answers)
	if err != nil {
		return nil, err
	}
	// The event comes first, so that a later answer is about a longer trail.
	office := ""
	for _, t := range taken {
		office = t.Office
	}
	if err := record(ctx, w, review.Event{Person: person, Action: review.AnswerMade, Ruleset: o.Ruleset,
		Data: review.Data{Name: office, Secret: dossier.SHA256(said)}}); err != nil {
		return nil, err
	}
	if err := w.Review().View(ctx, func(s *review.State) error { m.Audit = s.Anchor(); return nil }); err != nil {
		return nil, err
	}
	sum, err := pack(out, key, m, nil)
	return &Made{ofAnswers, o.Ruleset, len(m.Answers), 0, sum, m.Key}, err
}

// taken returns the dossiers of the office that are on a closed list.
func (o Reply) taken(ctx context.Context, w *workspace.Workspace, c *closedList) (map[string]*review.TakenIn, error) {
	all := map[string]*review.TakenIn{}
	var offices []string
	if err := w.Review().View(ctx, func(s *review.State) error {
		for _, x := range c.content.Entries {
			if t := s.TakenIn(x.Dossier); t != nil {
				all[x.Dossier] = t
				if !slices.Contains(offices, t.Office) {
					offices = append(offices, t.Office)
				}
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	slices.Sort(offices)
	switch {
	case len(offices) == 0:
		return nil, &review.Refusal{Code: "handover-none",
			Why: "no dossier on this list was handed over by another office, so " +
				"there is nobody to answer"}
	case o.Office == "" && len(offices) > 1:
		return nil, &review.Refusal{Code: "handover-several", Args: []any{strings.Join(offices, ", ")},
			Why: "dossiers of several " +
				"offices are on this list; say which is answered (--to): " + strings.Join(offices, ", ")}
	case o.Office != "" && !slices.Contains(offices, o.Office):
		return nil, &review.Refusal{Code: "handover-office", Args: []any{o.Office, strings.Join(offices, ", ")},
			Why: fmt.Sprintf(
				"no dossier of %q is on this list; offices are: %s", o.Office, strings.Join(offices, ", "))}
	}
	for id, t := range all {
		if o.Office != "" && t.Office != o.Office {
			delete(all, id)
		}
	}
	return all, nil
}

// Receive takes in the answers of a next tier: each becomes an event on the entry that was handed over. All are taken
// in or none. Answers that are here already change nothing.
func Receive(ctx context.Context, w *workspace.Workspace, person, name string) (*Result, error) {
	a, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	m := &a.Manifest
	office := campaign.ByKey(w.Campaign().Handover.To, m.Key)
	switch {
	case m.Kind != ofAnswers:
		return nil, wrongKind(ofAnswers)
	case office == nil:
		return nil, unknownKey(m.Key, "to")
	}
	if err := a.check(ctx); err != nil {
		return nil, err
	}
	own, err := PublicKey(ctx, w)
	if err != nil {
		return nil, err
	}
	if m.To != own {
		return nil, &review.Refusal{Code: "handover-other",
			Why: "these are answers to another office: they name the key " + m.To +
				", and that of this office is " + own}
	}
	r := &Result{Office: office.ID, Campaign: m.Campaign, Ruleset: m.Ruleset, SHA256: a.SHA256, Entries: []Taken{}}
	var events []review.Event
	var faults Faults
	if err := w.Review().View(ctx, func(s *review.State) error {
		for i := range m.Answers {
			e, t, err := answerEvent(s, person, office.ID, m, &m.Answers[i])
			if err != nil {
				faults = append(faults, m.Answers[i].Dossier+": "+err.Error())
				continue
			}
			if r.Entries = append(r.Entries, t); e != nil {
				events = append(events, *e)
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, faults
	}
	if len(events) == 0 {
		return r, nil
	}
	return r, w.Review().Do(ctx, review.Subject{}, events...)
}

// answerEvent returns the event of an answer; nil if it is here already.
func answerEvent(s *review.State, person, office string, m *Manifest, x *Answer) (*review.Event, Taken, error) {
	t := Taken{From: x.Dossier, Dossier: x.Dossier, Title: x.Title, State: Received}
	c, closed := s.Closed[x.Of.Ruleset]
	if !closed || c.Hash != x.Of.Closed {
		return nil, t, fmt.Errorf("the answer is about a list %.60q of %.60q that was not closed here", x.Of.Ruleset,
			x.Of.Campaign)
	}
	answer := review.Answer{Office: office, Key: m.Key, Campaign: m.Campaign, Title: m.Title, Ruleset: m.Ruleset,
		Decision: x.Decision, Outcome: x.Outcome, Reason: x.Reason, Award: x.Award, Number: x.Number, On: x.On,
		Audit: m.Audit}
	if was := s.AnswerTo(x.Of.Ruleset, x.Dossier); was != nil && sameAnswer(was.Answer, answer) {
		t.State = There
		return nil, t, nil
	}
	b, err := json.Marshal(answer)
	if err != nil {
		return nil, t, err
	}
	e := &review.Event{Person: person, Action: review.AnswerReceived, Ruleset: x.Of.Ruleset, Dossier: x.Dossier,
		Data: review.Data{Name: office, Decision: x.Decision, Reason: x.Reason, On: x.On, Content: b}}
	return e, t, s.Check(e, review.Subject{})
}

// Received is the state of an answer that was taken in.
const Received State = "received"

// sameAnswer reports whether two answers say the same, whenever they were made.
func sameAnswer(a, b review.Answer) bool {
	a.Audit, b.Audit = review.Anchor{}, review.Anchor{}
	x, err := json.Marshal(a)
	y, wrong := json.Marshal(b)
	return err == nil && wrong == nil && string(x) == string(y)
}

package review

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kheo/pipeline/store"
)

// Adopt takes the scores that an older kheo recorded beside the chain into it, once. Scores from the web pages have
// an event already. Of scores from the command line only a name is known: if it fits one person and no other person
// ever had it, the score is that person's; if it fits several, it stays unsettled until a person settles it.
func (l *Log) Adopt(ctx context.Context) error {
	todo, err := l.store.State.AdoptScores.Get(ctx)
	if err != nil || !todo {
		return err
	}
	rows, err := l.store.Scores.All(ctx)
	if err != nil {
		return err
	}
	events, err := l.Events(ctx)
	if err != nil {
		var tampered *TamperError
		if errors.As(err, &tampered) { // a broken chain gets no events; all other commands report it
			return nil
		}
		return err
	}
	s := NewState(l.state.Settings)
	known, rows := matchScores(s, events, rows)
	if s.adopted {
		return l.store.State.AdoptScores.Drop(ctx)
	}
	if err := l.store.Scores.Put(ctx, known); err != nil {
		return err
	}
	add := []Event{{Person: System, Action: ScoresAdopted}}
	for i := range rows {
		add = append(add, adoptedEvent(s, &rows[i]))
	}
	var refused *Refusal
	if err := l.Do(ctx, Subject{}, add...); err != nil && !(errors.As(err, &refused) && refused.Code == "adopted") {
		return fmt.Errorf("taking the scores of before into the audit trail: %w", err)
	}
	return l.store.State.AdoptScores.Drop(ctx)
}

// adoptedEvent returns the event for a score of which only a row exists. s is the state after all present events.
func adoptedEvent(s *State, r *store.ScoreRow) Event {
	e := Event{Person: System, Action: Scored, Dossier: r.Dossier,
		beside: store.SideEffects{Score: &store.ScoreRow{ID: r.ID}},
		Data:   Data{Name: r.Scorer, Criterion: r.Criterion, Points: r.Points, Text: r.Why, Given: r.At}}
	if fits := s.Called(r.Scorer); len(fits) == 1 {
		e.Data.Subject = fits[0]
	} else if len(fits) > 1 {
		e.Data.Fits = fits
	}
	if e.Data.Points != nil && !(*e.Data.Points >= 0) {
		e.Data.Points = nil
	}
	return e
}

// matching pairs the rows of panel_scores from before the audit trail held scores with the events of that time. Rows
// named no event then, so they are matched by what both contain.
type matching struct {
	rows    []store.ScoreRow
	matched []bool           // by row
	known   []store.ScoreRow // the pairs, as id and event of a row, and the rows that are missing
}

// matchScores applies all events to s, a new state, and pairs each score with a row. left holds the rows without an
// event.
func matchScores(s *State, events []*Event, rows []store.ScoreRow) (known, left []store.ScoreRow) {
	m := matching{rows: rows, matched: make([]bool, len(rows))}
	var unmatched []*Event
	for _, e := range events {
		// The same points by the same name: the name is the one that the person had at the time of the event.
		exactly := func(r *store.ScoreRow) bool {
			p := s.People[e.Person]
			return samePoints(r.Points, e.Data.Points) && p != nil && p.Name == r.Scorer
		}
		if e.Action == Scored && e.Person != System && !m.pair(e, exactly) {
			unmatched = append(unmatched, e)
		}
		s.Apply(e)
	}
	for _, e := range unmatched {
		edited := m.pair(e, func(*store.ScoreRow) bool { return true })
		if !edited && len(s.scorers.scores[e.Dossier]) > 0 { // else the dossier was forgotten, and its rows with it
			m.known = append(m.known, e.scoreRow())
		}
	}
	for i := range rows {
		if !m.matched[i] && rows[i].Seq == 0 {
			left = append(left, rows[i])
		}
	}
	return m.known, left
}

// pair pairs the event of a score with the first free row on the same dossier and criterion that was written right
// after it and that accept accepts. It reports whether there is one.
func (m *matching) pair(e *Event, accept func(*store.ScoreRow) bool) bool {
	for i := range m.rows {
		r := &m.rows[i]
		same := r.Dossier == e.Dossier && r.Criterion == e.Data.Criterion && soon(e.At, r.At)
		if !m.matched[i] && r.Seq == 0 && same && accept(r) {
			m.matched[i] = true
			m.known = append(m.known, store.ScoreRow{ID: r.ID, Seq: e.Seq})
			return true
		}
	}
	return false
}

// soon reports whether a row was written right after its event, both times as RFC 3339.
func soon(event, row string) bool {
	a, err1 := time.Parse(time.RFC3339, event)
	b, err2 := time.Parse(time.RFC3339, row)
	return err1 == nil && err2 == nil && b.Sub(a) >= -time.Second && b.Sub(a) <= 5*time.Second
}

// samePoints compares points, where nil means that the score was taken back.
func samePoints(a, b *float64) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return *a == *b
}

// scoreFault describes how a row of panel_scores differs from its event, or returns "". name is the display name of
// the scorer at the time of the event.
func scoreFault(e *Event, name string, r *store.ScoreRow) string {
	want := e.scoreRow()
	what := fmt.Sprintf("the score of %s on %s of %s", want.Scorer, want.Criterion, want.Dossier)
	if e.Data.Given != "" {
		want.At = e.Data.Given
	}
	adopted := e.Data.Given != "" || e.Person != System
	switch {
	case r == nil:
		return fmt.Sprintf("panel_scores lacks %s, which event %d contains", what, e.Seq)
	case !samePoints(r.Points, want.Points):
		return fmt.Sprintf("panel_scores gives %s as %s, the audit trail as %s (event %d)", what, pointsText(r.Points),
			pointsText(want.Points), e.Seq)
	case r.Dossier != want.Dossier || r.Criterion != want.Criterion:
		return fmt.Sprintf("panel_scores has %s as one on %s of %s (event %d)", what, r.Criterion, r.Dossier, e.Seq)
	case r.Scorer != want.Scorer && !(adopted && (r.Scorer == name || e.Data.Name != "" && r.Scorer == e.Data.Name)):
		return fmt.Sprintf("panel_scores has %s as one of %q (event %d)", what, r.Scorer, e.Seq)
	case r.Why != want.Why || r.At != want.At && !soon(want.At, r.At):
		return fmt.Sprintf("panel_scores gives %s another reason or time than the audit trail (event %d)", what, e.Seq)
	}
	return ""
}

// pointsText returns points for messages; nil means that the score was taken back.
func pointsText(p *float64) string {
	if p == nil {
		return "taken back"
	}
	return fmt.Sprint(*p)
}

// ScoreFaults describes the differences between panel_scores and the audit trail.
func (l *Log) ScoreFaults(ctx context.Context) ([]string, error) {
	rows, err := l.store.Scores.All(ctx)
	if err != nil {
		return nil, err
	}
	none := false
	if err := l.View(ctx, func(s *State) error { none = len(s.scorers.scores) == 0; return nil }); err != nil {
		return nil, err
	}
	if none && len(rows) == 0 {
		return nil, nil
	}
	events, err := l.Events(ctx)
	if err != nil {
		return nil, err
	}
	return l.scoreFaults(ctx, events)
}

// lastForgotten returns the number of the last event by which each dossier was forgotten.
func lastForgotten(events []*Event) map[string]int64 {
	out := map[string]int64{}
	for _, e := range events {
		if e.Action == Forgotten && e.Dossier != "" {
			out[e.Dossier] = e.Seq
		}
	}
	return out
}

// scoreFaults is ScoreFaults for events that were read already. Until scores are adopted there are none.
func (l *Log) scoreFaults(ctx context.Context, events []*Event) (faults []string, err error) {
	if waiting, err := l.store.State.AdoptScores.Get(ctx); err != nil || waiting {
		return nil, err
	}
	rows, err := l.store.Scores.All(ctx)
	if err != nil {
		return nil, err
	}
	of := map[int64][]*store.ScoreRow{}
	for i := range rows {
		of[rows[i].Seq] = append(of[rows[i].Seq], &rows[i])
	}
	forgotten, called := lastForgotten(events), map[string]string{}
	for _, e := range events {
		if e.Action == PersonAdded || e.Action == PersonChanged {
			called[e.Data.Subject] = e.Data.Name
		}
		if e.Action != Scored {
			continue
		}
		list := of[e.Seq]
		delete(of, e.Seq)
		if len(list) == 0 && forgotten[e.Dossier] > e.Seq {
			continue
		}
		list = append(list, nil)
		if why := scoreFault(e, called[e.scoreRow().Scorer], list[0]); why != "" {
			faults = append(faults, why)
		}
		for _, more := range list[1:] {
			if more != nil {
				faults = append(faults, unknownScore(more))
			}
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(of)) {
		for _, r := range of[seq] {
			faults = append(faults, unknownScore(r))
		}
	}
	return faults, nil
}

// projections compares the tables that follow the chain with the events.
func (l *Log) projections(ctx context.Context, s *State, events []*Event) ([]string, error) {
	faults, err := l.scoreFaults(ctx, events)
	if err != nil {
		return nil, err
	}
	more, err := l.secrets(ctx, s)
	if err != nil {
		return nil, err
	}
	texts, err := l.textFaults(ctx, s)
	return slices.Concat(faults, more, texts), err
}

// unknownScore describes a row of panel_scores that does not follow from the audit trail.
func unknownScore(r *store.ScoreRow) string {
	return fmt.Sprintf("panel_scores has a score that no event tells: %s by %q on %s of %s", pointsText(r.Points),
		r.Scorer, r.Criterion, r.Dossier)
}

// secrets compares the stored passwords with those in the audit trail.
func (l *Log) secrets(ctx context.Context, s *State) (faults []string, err error) {
	kept, err := l.store.People.Passwords(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		switch p := s.People[id]; {
		case p == nil:
			faults = append(faults, fmt.Sprintf("secrets holds a password of %q, whom no event added", id))
		case p.forgotten:
			faults = append(faults,
				fmt.Sprintf("secrets holds a password of %s, who was forgotten: `kheo forget person %[1]s` removes it",
					id))
		case !holds(s, id, kept[id]):
			faults = append(faults,
				fmt.Sprintf("the password of %s is not the one in the audit trail; nobody can sign in with it", id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.secrets)) {
		if s.secrets[id] != "" && kept[id] == "" {
			faults = append(faults, fmt.Sprintf("the password of %s, which the audit trail tells, is gone", id))
		}
	}
	return faults, nil
}

// Mend replaces panel_scores by what the audit trail says.
func (l *Log) Mend(ctx context.Context) error {
	events, err := l.Events(ctx)
	if err != nil {
		return err
	}
	var rows []store.ScoreRow
	for _, e := range events {
		switch {
		case e.Action == Scored:
			r := e.scoreRow()
			r.At = cmp.Or(e.Data.Given, r.At)
			rows = append(rows, r)
		case e.Action == Forgotten && e.Dossier != "":
			rows = slices.DeleteFunc(rows, func(r store.ScoreRow) bool { return r.Dossier == e.Dossier })
		}
	}
	return l.store.Scores.Replace(ctx, rows)
}

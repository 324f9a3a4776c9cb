package review

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
)

// Log is the chain of events of a workspace, and the state that it comes to.
type Log struct {
	store *store.Store
	now   func() time.Time

	Avoid []string // names that no password may be made of, beside those of the person

	mu    sync.RWMutex
	state *State
}

// Open opens the log of a store.
func Open(s *store.Store, settings campaign.Procedure, now func() time.Time) *Log {
	return &Log{store: s, now: now, state: NewState(settings)}
}

// Set lets rules for votes hold that were changed in kheo.yaml. Closed lists keep theirs.
func (l *Log) Set(settings campaign.Procedure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Settings = settings
}

// take lets rows hold that have come in behind the state.
func (l *Log) take(rows []store.EventRow) error {
	for _, r := range rows {
		e, err := read(r, l.state.Seq+1, l.state.Head)
		if err != nil {
			return err
		}
		l.state.Apply(e)
	}
	return nil
}

// View shows the state as it is now. Nothing of it may be kept or changed.
func (l *Log) View(ctx context.Context, show func(*State) error) error {
	l.mu.RLock()
	seq := l.state.Seq
	l.mu.RUnlock()
	rows, err := l.store.Events.After(ctx, seq)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		l.mu.Lock()
		for len(rows) > 0 && rows[0].Seq <= l.state.Seq { // somebody was quicker
			rows = rows[1:]
		}
		err = l.take(rows)
		l.mu.Unlock()
		if err != nil {
			return err
		}
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return show(l.state)
}

// Do adds events, all or none, where the state allows them: a Refusal tells why not. about is
// what the events are about.
func (l *Log) Do(ctx context.Context, about Subject, events ...Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var done []*Event
	err := l.store.Events.Append(ctx, l.state.Seq, func(newer []store.EventRow) ([]store.EventRow, error) {
		if err := l.take(newer); err != nil {
			return nil, err
		}
		try := l.state
		if len(events) > 1 {
			var err error
			if try, err = l.again(ctx); err != nil {
				return nil, err
			}
		}
		var rows []store.EventRow
		seq, prev := l.state.Seq, l.state.Head
		for i := range events {
			e := events[i]
			seq++
			e.Seq, e.At, e.Prev = seq, l.now().UTC().Format(time.RFC3339), prev
			try.complete(&e)
			if err := try.Check(&e, about); err != nil {
				return nil, err
			}
			r, err := e.row()
			if err != nil {
				return nil, err
			}
			prev = e.Hash
			rows, done = append(rows, r), append(done, &e)
			if len(events) > 1 {
				try.Apply(&e)
			}
		}
		return rows, nil
	})
	if err != nil {
		return err
	}
	for _, e := range done {
		l.state.Apply(e)
	}
	return nil
}

// again is a state of its own with everything that holds.
func (l *Log) again(ctx context.Context) (*State, error) {
	rows, err := l.store.Events.After(ctx, 0)
	if err != nil {
		return nil, err
	}
	other := &Log{state: NewState(l.state.Settings)}
	err = other.take(rows)
	return other.state, err
}

// Page returns the last so many events before one, the newest first. They are not checked
// one by one: View has followed the chain to its end, and says where it is broken.
func (l *Log) Page(ctx context.Context, before int64, most int) ([]*Event, error) {
	if err := l.View(ctx, func(*State) error { return nil }); err != nil {
		return nil, err
	}
	rows, err := l.store.Events.Before(ctx, before, most)
	if err != nil {
		return nil, err
	}
	out := make([]*Event, len(rows))
	for i, r := range rows {
		out[i] = &Event{Hash: r.Hash}
		if err := json.Unmarshal([]byte(r.Body), out[i]); err != nil {
			return nil, &TamperError{r.Seq, err.Error()}
		}
	}
	return out, nil
}

// Events returns every event, checked.
func (l *Log) Events(ctx context.Context) ([]*Event, error) {
	rows, err := l.store.Events.After(ctx, 0)
	if err != nil {
		return nil, err
	}
	var out []*Event
	prev := begin
	for i, r := range rows {
		e, err := read(r, int64(i+1), prev)
		if err != nil {
			return out, err
		}
		prev = e.Hash
		out = append(out, e)
	}
	return out, nil
}

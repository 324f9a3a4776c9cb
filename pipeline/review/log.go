package review

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
)

// Log is the audit trail of a workspace, a hash chain of events, together with the state that the events amount
// to. All methods may be called from several goroutines; several processes may append to the same store.
type Log struct {
	store *store.Store
	now   func() time.Time

	// Avoid are words that no password may be made of, beside the names of the person. Set it before first use.
	Avoid []string

	mu    sync.RWMutex
	state *State
}

// Open returns the log of a store. It reads no events yet: View does.
func Open(s *store.Store, settings campaign.Procedure, now func() time.Time) *Log {
	return &Log{store: s, now: now, state: NewState(settings)}
}

// Set replaces the voting rules after a change of kheo.yaml. Closed lists keep the rules they were closed under.
func (l *Log) Set(settings campaign.Procedure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Settings = settings
}

// take applies rows that were appended after l.state.Seq, in order. The caller holds l.mu.
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

// View brings the state up to date and calls show with it, under a read lock. show must not keep or change any
// part of the state, nor call methods of the log.
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
		for len(rows) > 0 && rows[0].Seq <= l.state.Seq { // another goroutine has applied it meanwhile
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

// Do appends events in one transaction, all or none. Each must be allowed by the state that the events before it
// lead to; otherwise Do returns a *Refusal, and neither state nor store change. about describes the dossier that
// all events concern, or is the zero Subject.
//
// The time under the lock depends on the events, not on the length of the trail: they are applied to the state
// itself, which readers cannot see before Do returns, and taken back if the transaction fails.
func (l *Log) Do(ctx context.Context, about Subject, events ...Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.state.journal.rollback(l.state) // also after a panic; does nothing once the events are kept
	err := l.store.Events.Append(ctx, l.state.Seq, func(newer []store.EventRow) ([]store.EventRow, error) {
		if err := l.take(newer); err != nil {
			return nil, err
		}
		l.state.journal.begin(l.state)
		rows := make([]store.EventRow, 0, len(events))
		for _, e := range events {
			r, err := l.add(&e, about)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r)
		}
		if IsTrial(ctx) {
			return nil, errTrial
		}
		return rows, nil
	})
	if errors.Is(err, errTrial) {
		return nil
	}
	if err == nil {
		l.state.journal.keep()
	}
	return err
}

// DoBallot is Do with one event that changes a sealed box of ballots, in the same transaction. It returns
// store.ErrBoxChanged if another ballot came between.
func (l *Log) DoBallot(ctx context.Context, about Subject, e Event, box store.BallotBox) error {
	e.beside.Box = &box
	return l.Do(ctx, about, e)
}

// DoBeside is Do with one event and documents of the state that are written in the same transaction.
func (l *Log) DoBeside(ctx context.Context, about Subject, e Event, beside ...store.Beside) error {
	e.beside.Beside = beside
	return l.Do(ctx, about, e)
}

// trialKey is the key of a trial in a context.
type trialKey struct{}

// Trial returns a context in which Log.Do checks events as always and appends none, and nothing else is kept.
func Trial(ctx context.Context) context.Context { return context.WithValue(ctx, trialKey{}, true) }

// IsTrial reports whether a context is one of Trial.
func IsTrial(ctx context.Context) bool { is, _ := ctx.Value(trialKey{}).(bool); return is }

// errTrial takes back what a trial has appended.
var errTrial = errors.New("it is only tried")

// add completes, checks and applies e as the next event, and returns its row. The caller holds l.mu.
func (l *Log) add(e *Event, about Subject) (store.EventRow, error) {
	e.Seq, e.At, e.Prev = l.state.Seq+1, l.now().UTC().Format(time.RFC3339), l.state.Head
	l.state.People.complete(e)
	if err := l.state.Check(e, about); err != nil {
		return store.EventRow{}, err
	}
	r, err := e.row()
	if err == nil {
		l.state.Apply(e)
	}
	return r, err
}

// Page returns at most n events before one, the newest first; before 0 means the end of the trail. The hashes
// of the page are not checked one by one: View has followed the chain to its end, and reports a break in it.
func (l *Log) Page(ctx context.Context, before int64, n int) ([]*Event, error) {
	if err := l.View(ctx, func(*State) error { return nil }); err != nil {
		return nil, err
	}
	rows, err := l.store.Events.Before(ctx, before, n)
	if err != nil {
		return nil, err
	}
	return decoded(rows)
}

// Some returns the events with some numbers, the newest first. As with Page, hashes are not checked one by one.
func (l *Log) Some(ctx context.Context, seqs []int64) ([]*Event, error) {
	rows, err := l.store.Events.Some(ctx, seqs)
	if err != nil {
		return nil, err
	}
	return decoded(rows)
}

// decoded returns the events of rows.
func decoded(rows []store.EventRow) ([]*Event, error) {
	out := make([]*Event, len(rows))
	for i, r := range rows {
		out[i] = &Event{Hash: r.Hash}
		if err := json.Unmarshal([]byte(r.Body), out[i]); err != nil {
			return nil, &TamperError{r.Seq, err.Error()}
		}
	}
	return out, nil
}

// Events returns every event, with the chain checked. If the chain is broken it returns the events before the
// break and a *TamperError.
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

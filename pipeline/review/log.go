package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	if err := l.update(ctx); err != nil {
		return err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return show(l.state)
}

// update brings the state up to date, unless what ctx is for has done so already.
func (l *Log) update(ctx context.Context) error {
	once, _ := ctx.Value(onceKey{}).(*sync.Map)
	if once != nil {
		if _, done := once.Load(l); done {
			return nil
		}
	}
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
	if once != nil {
		once.Store(l, true)
	}
	return nil
}

// onceKey is the key of Once in a context.
type onceKey struct{}

// Once returns a context in which the first View looks for events that other processes appended, and the later ones do
// not: for showing a page, which asks many times within milliseconds. What this process appends is seen at any time.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, &sync.Map{}) }

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

// Anchor is a position of the audit trail: the number of its events and the hash of the last. Kept outside the
// database it shows later whether the end of the trail was removed or the whole trail replaced. The hash chain
// alone cannot show that, because anybody can compute hashes.
type Anchor struct {
	Events int64  `json:"events"`
	Head   string `json:"head"`
}

// Anchored is an anchor and the place in which it was found, such as a file.
type Anchored struct {
	Anchor
	Where string
}

// Anchor returns the position of the event that closed the list.
func (c *ClosedList) Anchor() Anchor { return Anchor{c.Seq, c.Hash} }

// AnchorReport is the result of comparing the trail with anchors.
type AnchorReport struct {
	Found int `json:"found"` // anchors that were found
	Held  int `json:"held"`
}

// check compares a trail, given as the hashes of its events in order, with anchors, and counts them in r. It
// returns a sentence for each fault. broken reports that the trail could not be read beyond the given hashes.
func (r *AnchorReport) check(hashes []string, broken bool, anchors []Anchored) (faults []string) {
	r.Found = len(anchors)
	failed := map[string][]string{} // what is wrong -> where
	var order []string
	for _, a := range anchors {
		why := ""
		switch have := int64(len(hashes)); {
		case a.Events < 0 || a.Events == 0 && a.Head != begin:
			why = fmt.Sprintf("it names %d events with the hash %s, which no audit trail has", a.Events, a.Head)
		case a.Events > have && broken:
			why = fmt.Sprintf("it names %d events; the audit trail can be read up to event %d only", a.Events, have)
		case a.Events > have:
			why = fmt.Sprintf("it names %d events, the audit trail has %d: the last %d were removed, "+
				"or the records were restored from an older backup", a.Events, have, a.Events-have)
		case a.Events > 0 && hashes[a.Events-1] != a.Head:
			why = fmt.Sprintf("it names %s as the hash of event %d, the audit trail has %s: "+
				"the audit trail was rewritten at or before that event",
				short(a.Head), a.Events, short(hashes[a.Events-1]))
		default:
			r.Held++
			continue
		}
		if failed[why] == nil {
			order = append(order, why)
		}
		failed[why] = append(failed[why], a.Where)
	}
	for _, why := range order {
		where := failed[why]
		more := ""
		if len(where) > 3 {
			more = fmt.Sprintf(" and %d more", len(where)-3)
		}
		faults = append(faults, fmt.Sprintf("the anchor in %s%s fails: %s", strings.Join(slices.Clip(where)[:min(3,
			len(where))], ", "), more, why))
	}
	return faults
}

// short returns the beginning of a hash for messages.
func short(hash string) string { return hash[:min(16, len(hash))] }

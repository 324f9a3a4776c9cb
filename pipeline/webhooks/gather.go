package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// mark is up to where a webhook was told what happened.
type mark struct {
	Event int64 `json:"event"` // of the audit trail
	Run   int64 `json:"run"`   // of the ledger
}

// maxRuns is how many runs are looked back for at most.
const maxRuns = 500

// gather puts what happened since the last round into the queue. A webhook that is new is told what happens from here
// on. A message is put into the queue before it is noted that this was done, so that none is lost; one that is there
// already, waiting or ended, is not put there again.
func (s *Sender) gather(ctx context.Context) error {
	for _, h := range s.w.Campaign().Webhooks {
		var m mark
		known, err := s.w.Store.State.Hooks.Of(h.ID).Get(ctx, &m)
		if err != nil {
			return err
		}
		was := m
		if !known {
			if m, err = s.newest(ctx); err != nil {
				return err
			}
		} else if m, err = s.news(ctx, &h, m); err != nil {
			return err
		}
		if m != was || !known {
			if err := s.w.Store.State.Hooks.Of(h.ID).Put(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// newest is the mark of a webhook that was told everything. A run under way is not done.
func (s *Sender) newest(ctx context.Context) (m mark, err error) {
	rows, err := s.w.Store.Events.Before(ctx, 0, 1)
	if err != nil {
		return m, err
	}
	if len(rows) > 0 {
		m.Event = rows[0].Seq
	}
	runs, err := s.w.Store.Runs.Newest(ctx, 1)
	if err != nil || len(runs) == 0 {
		return m, err
	}
	if m.Run = runs[0].Number; runs[0].State == store.RunRunning {
		m.Run--
	}
	return m, nil
}

// news queues what happened after a mark, and returns the mark after it.
func (s *Sender) news(ctx context.Context, h *campaign.Webhook, m mark) (mark, error) {
	rows, err := s.w.Store.Events.After(ctx, m.Event)
	if err != nil {
		return m, err
	}
	for _, r := range rows {
		var e review.Event
		if err := json.Unmarshal([]byte(r.Body), &e); err != nil {
			return m, fmt.Errorf("event %d of the audit trail: %w", r.Seq, err)
		}
		if about, msg := s.ofEvent(&e); msg != nil {
			if err := s.queue(ctx, h, r.Hash, about, msg); err != nil {
				return m, err
			}
		}
		m.Event = r.Seq
	}
	runs, err := s.w.Store.Runs.Newest(ctx, 1)
	if err != nil || len(runs) == 0 || runs[0].Number <= m.Run {
		return m, err
	}
	runs, err = s.w.Store.Runs.Newest(ctx, int(min(maxRuns, runs[0].Number-m.Run)))
	if err != nil {
		return m, err
	}
	slices.Reverse(runs)
	for i := range runs {
		r := &runs[i]
		if r.State == store.RunRunning {
			break
		}
		if msg := s.ofRun(r); msg != nil {
			source := fmt.Sprintf("run %d %s", r.Number, r.Started.UTC().Format(time.RFC3339Nano))
			if err := s.queue(ctx, h, source, "", msg); err != nil {
				return m, err
			}
		}
		m.Run = r.Number
	}
	return m, nil
}

// ofEvent returns the message about an event of the audit trail, and what it is about; nil for most events.
func (s *Sender) ofEvent(e *review.Event) (about string, m *Message) {
	m = &Message{Timestamp: e.At, Data: Data{Campaign: s.w.Campaign().ID, Event: e.Seq, List: e.Ruleset,
		Dossier: e.Dossier}}
	switch {
	case e.Action == review.Decided && e.Data.Decision == review.Returned:
		m.Type = Returned
	case e.Action == review.Decided:
		m.Type, m.Data.Decision = Decided, string(e.Data.Decision)
	case e.Action == review.DecisionTaken:
		m.Type = Undecided
	case e.Action == review.Closed:
		m.Type, m.Data.Run, m.Data.ListSHA256 = ListClosed, e.Data.Run, e.Data.ListSHA256
	default:
		return "", nil
	}
	return e.Ruleset + " " + e.Dossier, m
}

// ofRun returns the message about a run that has ended; nil for those that published nothing and did not fail.
func (s *Sender) ofRun(r *store.Run) *Message {
	m := &Message{Type: RunDone, Timestamp: r.Finished.UTC().Format(time.RFC3339),
		Data: Data{Campaign: s.w.Campaign().ID, Run: r.Run, Number: r.Number, Cause: r.Cause}}
	switch {
	case r.State == store.RunDone && r.Run != "":
	case r.State == store.RunFailed:
		m.Type = RunFailed
	default:
		return nil
	}
	return m
}

// queue puts a message into the queue if its webhook is told such events. source identifies this event, of
// other campaigns too, so that a message has one id for ever.
func (s *Sender) queue(ctx context.Context, h *campaign.Webhook, source, about string, m *Message) error {
	if !slices.Contains(h.Events, m.Type) {
		return nil
	}
	id := "msg_" + dossier.SHA256([]byte(m.Data.Campaign + "\n" + h.ID + "\n" + m.Type + "\n" + source))[:32]
	for _, at := range []store.Documents{s.w.Store.State.HookQueue, s.w.Store.State.HookLog} {
		if there, err := at.Of(id).Get(ctx, &Delivery{}); err != nil || there {
			return err
		}
	}
	order := m.Data.Event
	if order == 0 {
		order = m.Data.Number
	}
	return put(ctx, s.w, h.ID, id, about, order, m)
}

// put writes a new message into the queue.
func put(ctx context.Context, w *workspace.Workspace, hook, id, about string, order int64, m *Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	now := w.Now().UTC()
	return w.Store.State.HookQueue.Of(id).Put(ctx, &Delivery{ID: id, Hook: hook, Type: m.Type, Body: body, About: about,
		Order: order, Since: now, Next: now, State: Waiting})
}

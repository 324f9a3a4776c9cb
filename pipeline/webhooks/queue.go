package webhooks

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// waits are the pauses before a message is tried again, as Standard Webhooks recommends: three days in all.
var waits = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

const (
	longestWait = 24 * time.Hour // that a receiver may ask for
	keptEnded   = 200            // messages of one webhook that are listed after they have ended
	maxRound    = 100            // messages of one webhook in one round
)

// Round queues what has happened, and tries what is due, each webhook apart from the others. Messages about the same
// dossier or list come in their order: a later one waits for the earlier one. When one of a webhook could not be
// delivered, its others are left to the next round. The error is of the records; what could not be delivered is in the
// log and in Deliveries.
func (s *Sender) Round(ctx context.Context) error {
	s.rounds.Lock()
	defer s.rounds.Unlock()
	if err := s.gather(ctx); err != nil {
		return err
	}
	waiting, err := read(ctx, s.w.Store.State.HookQueue)
	if err != nil || len(waiting) == 0 {
		return err
	}
	of := map[string][]*Delivery{}
	for _, d := range waiting {
		of[d.Hook] = append(of[d.Hook], d)
	}
	var all sync.WaitGroup
	failed := make(chan error, len(of))
	for hook, list := range of {
		all.Go(func() { failed <- s.deliverAll(ctx, find(s.w, hook), list) })
	}
	all.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	return errors.Join(err, s.trim(ctx))
}

// find returns the webhook of kheo.yaml with an id; nil if there is none, or none any more.
func find(w *workspace.Workspace, id string) *campaign.Webhook {
	hooks := w.Campaign().Webhooks
	if i := slices.IndexFunc(hooks, func(h campaign.Webhook) bool { return h.ID == id }); i >= 0 {
		return &hooks[i]
	}
	return nil
}

// deliverAll tries the messages of a webhook that are due, in their order.
func (s *Sender) deliverAll(ctx context.Context, h *campaign.Webhook, list []*Delivery) error {
	var client *client
	held := map[string]bool{} // what an earlier message about it still waits for
	tried := 0
	for _, d := range list {
		if ctx.Err() != nil {
			return nil
		}
		now := s.w.Now()
		if d.Next.After(now) || d.About != "" && held[d.About] {
			held[d.About] = true
			continue
		}
		if h == nil {
			d.Error = "kheo.yaml no longer names this webhook"
			if err := s.end(ctx, d, GivenUp); err != nil {
				return err
			}
			continue
		}
		if tried++; tried > maxRound {
			return nil
		}
		if client == nil {
			client = newClient(h)
			defer client.close()
		}
		r := client.send(ctx, d, now)
		if ctx.Err() != nil {
			return nil // it was broken off, and may have arrived: the next round tries it again
		}
		delivered, err := s.note(ctx, d, r, now)
		if err != nil || !delivered {
			return err
		}
	}
	return nil
}

// note records the result of an attempt.
func (s *Sender) note(ctx context.Context, d *Delivery, r result, now time.Time) (delivered bool, err error) {
	d.Tries, d.Last, d.Status, d.Error = d.Tries+1, now.UTC(), r.status, ""
	if r.err == nil {
		return true, s.end(ctx, d, Delivered)
	}
	d.Error = r.err.Error()
	if r.final || d.Tries > len(waits) {
		return false, s.end(ctx, d, GivenUp)
	}
	wait := max(waits[d.Tries-1], min(r.after, longestWait))
	d.Next = now.UTC().Add(wait)
	s.log.Warn("a webhook was not told; it is tried again", "webhook", d.Hook, "message", d.ID, "type", d.Type,
		"error", d.Error, "in", wait)
	return false, s.w.Store.State.HookQueue.Of(d.ID).Put(ctx, d)
}

// end takes a message out of the queue, into the log of those that have ended. A kill in between leaves it in both,
// and it is sent again.
func (s *Sender) end(ctx context.Context, d *Delivery, as State) error {
	d.State, d.Next = as, time.Time{}
	if as == GivenUp {
		s.log.Error("a webhook was not told, and it is given up", "webhook", d.Hook, "message", d.ID, "type", d.Type,
			"attempts", d.Tries, "error", d.Error)
	}
	if err := s.w.Store.State.HookLog.Of(d.ID).Put(ctx, d); err != nil {
		return err
	}
	return s.w.Store.State.HookQueue.Of(d.ID).Drop(ctx)
}

// trim drops the oldest of the messages that have ended. Those that were given up stay as long as those that were
// delivered.
func (s *Sender) trim(ctx context.Context) error {
	ended, err := read(ctx, s.w.Store.State.HookLog)
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, d := range slices.Backward(ended) {
		if count[d.Hook]++; count[d.Hook] > keptEnded {
			err = errors.Join(err, s.w.Store.State.HookLog.Of(d.ID).Drop(ctx))
		}
	}
	return err
}

// read returns the messages of the queue or of the log, in their order.
func read(ctx context.Context, from store.Documents) ([]*Delivery, error) {
	all, err := from.All(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Delivery
	for id, b := range all {
		d := &Delivery{}
		if err := json.Unmarshal(b, d); err != nil {
			return nil, fmt.Errorf("message %s to a webhook: %w", id, err)
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *Delivery) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Deliveries returns the messages that wait and those that ended last, the newest first.
func Deliveries(ctx context.Context, w *workspace.Workspace) ([]*Delivery, error) {
	waiting, err := read(ctx, w.Store.State.HookQueue)
	if err != nil {
		return nil, err
	}
	ended, err := read(ctx, w.Store.State.HookLog)
	if err != nil {
		return nil, err
	}
	out := waiting
	for _, d := range ended {
		if !slices.ContainsFunc(waiting, func(o *Delivery) bool { return o.ID == d.ID }) {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *Delivery) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(b.Order, a.Order))
	})
	return out, nil
}

// Hook is a webhook as people see it: without the path of its URL, which may be a secret.
type Hook struct {
	ID      string   `json:"id"`
	Host    string   `json:"host"`
	Events  []string `json:"events"`
	Mistake string   `json:"secret"` // why its secret cannot be used; "" if it can
	Waiting int      `json:"-"`      // messages to it
	GivenUp int      `json:"-"`
}

// Status returns the webhooks of kheo.yaml, and Deliveries.
func Status(ctx context.Context, w *workspace.Workspace) (hooks []Hook, list []*Delivery, err error) {
	if list, err = Deliveries(ctx, w); err != nil {
		return nil, nil, err
	}
	for _, h := range w.Campaign().Webhooks {
		x := Hook{ID: h.ID, Events: h.Events}
		if u, err := url.Parse(h.URL); err == nil {
			x.Host = u.Host
		}
		if err := CheckSecret(&h); err != nil {
			x.Mistake = err.Error()
		}
		for _, d := range list {
			switch {
			case d.Hook != h.ID:
			case d.State == Waiting:
				x.Waiting++
			case d.State == GivenUp:
				x.GivenUp++
			}
		}
		hooks = append(hooks, x)
	}
	return hooks, list, nil
}

// ErrNone is returned for a message or a webhook that is not there.
var ErrNone = errors.New("there is no such webhook or message; `kheo webhooks` names them")

// Retry has a message that waits or was given up be tried at once, with all its attempts before it again.
func Retry(ctx context.Context, w *workspace.Workspace, id string) error {
	d := &Delivery{}
	known, err := w.Store.State.HookQueue.Of(id).Get(ctx, d)
	if err == nil && !known {
		known, err = w.Store.State.HookLog.Of(id).Get(ctx, d)
	}
	if err != nil {
		return err
	}
	if !known || d.State == Delivered || find(w, d.Hook) == nil {
		return ErrNone
	}
	if review.IsTrial(ctx) {
		return nil
	}
	d.State, d.Tries, d.Next = Waiting, 0, w.Now().UTC()
	if err := w.Store.State.HookQueue.Of(id).Put(ctx, d); err != nil {
		return err
	}
	return w.Store.State.HookLog.Of(id).Drop(ctx)
}

// AskTest puts a message into the queue that only tries whether a webhook can be told.
func AskTest(ctx context.Context, w *workspace.Workspace, hook string) (id string, err error) {
	if find(w, hook) == nil {
		return "", ErrNone
	}
	if review.IsTrial(ctx) {
		return "", nil
	}
	id = "msg_" + rand.Text()
	return id, put(ctx, w, hook, id, "", 0, testOf(w))
}

// testOf is a message that only tries whether a webhook can be told.
func testOf(w *workspace.Workspace) *Message {
	return &Message{Type: Test, Timestamp: w.Now().UTC().Format(time.RFC3339), Data: Data{Campaign: w.Campaign().ID}}
}

// SendTest sends a webhook a test message at once, by itself. The error says why it was not delivered.
func SendTest(ctx context.Context, w *workspace.Workspace, hook string) (status int, err error) {
	h := find(w, hook)
	if h == nil {
		return 0, ErrNone
	}
	body, err := json.Marshal(testOf(w))
	if err != nil {
		return 0, err
	}
	c := newClient(h)
	defer c.close()
	r := c.send(ctx, &Delivery{ID: "msg_" + rand.Text(), Body: body}, w.Now())
	return r.status, r.err
}

package admin

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/webhooks"
)

// Hook is a webhook as a page shows it, without the path of its URL, which may be a secret.
type Hook struct {
	ID      string
	Host    string
	Events  []string
	Mistake string // why its secret cannot be used; "" if it can
	Waiting int    // messages to it
	GivenUp int
}

// Hooks returns the webhooks of kheo.yaml and the messages to them, the newest first.
func (s *Room) Hooks(q *page.Request) (hooks []Hook, list []*webhooks.Delivery, err error) {
	list, err = webhooks.Deliveries(q.Ctx(), s.site.W)
	if err != nil {
		return nil, nil, err
	}
	for _, h := range s.site.W.Campaign().Webhooks {
		x := Hook{ID: h.ID, Events: h.Events}
		if u, err := url.Parse(h.URL); err == nil {
			x.Host = u.Host
		}
		if err := webhooks.CheckSecret(&h); err != nil {
			x.Mistake = err.Error()
		}
		for _, d := range list {
			switch {
			case d.Hook != h.ID:
			case d.State == webhooks.Waiting:
				x.Waiting++
			case d.State == webhooks.GivenUp:
				x.GivenUp++
			}
		}
		hooks = append(hooks, x)
	}
	return hooks, list, nil
}

// Webhooks shows which programs elsewhere are told what happens, and what became of the messages to them.
func (s *Room) Webhooks(q *page.Request) error {
	hooks, list, err := s.Hooks(q)
	if err != nil {
		return err
	}
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"webhooks.message", "webhooks.webhook", "webhooks.type", "at", "state",
			"webhooks.tries", "webhooks.error"}, Widths: []float64{38, 20, 20, 22, 16, 10, 60}}
		for _, d := range list {
			t.Rows = append(t.Rows, []any{d.ID, d.Hook, d.Type, d.Since.Format(time.RFC3339),
				s.site.Texts.Say(q.Lang, "webhook-state."+string(d.State)), d.Tries, d.Error})
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.webhooks"), t)
	}
	s.site.Render(q, http.StatusOK, "webhooks", map[string]any{"Hooks": hooks, "Deliveries": list})
	return nil
}

// RetryMessage has a message tried again that waits or was given up.
func (s *Room) RetryMessage(q *page.Request) error {
	if err := webhooks.Retry(q.Ctx(), s.site.W, q.Form("message")); errors.Is(err, webhooks.ErrNone) {
		return page.NotFound()
	} else if err != nil {
		return err
	}
	return s.site.Back(q, "/webhooks", "done.message-retried")
}

// TestWebhook queues a message that only tries whether a webhook can be told.
func (s *Room) TestWebhook(q *page.Request) error {
	if _, err := webhooks.AskTest(q.Ctx(), s.site.W, q.Form("webhook")); errors.Is(err, webhooks.ErrNone) {
		return page.NotFound()
	} else if err != nil {
		return err
	}
	return s.site.Back(q, "/webhooks", "done.webhook-tested")
}

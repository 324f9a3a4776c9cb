package admin

import (
	"errors"
	"net/http"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/webhooks"
)

// Webhooks shows which programs elsewhere are told what happens, and what became of the messages to them.
func (s *Room) Webhooks(q *page.Request) error {
	hooks, list, err := webhooks.Status(q.Ctx(), s.site.W)
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

package api

import (
	"net/http"
	"net/url"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
	"kheo/pipeline/webhooks"
)

// hook is a webhook without the path of its URL, which may be a secret.
type hook struct {
	Webhook string   `json:"webhook"`
	Host    string   `json:"host"`
	Events  []string `json:"events"`
	Secret  string   `json:"secret" doc:"why the secret cannot be used; empty if it can"`
	Waiting int      `json:"waiting"`
	GivenUp int      `json:"given_up"`
}

// hookMessage is a message to a webhook.
type hookMessage struct {
	ID      string         `json:"id"`
	Webhook string         `json:"webhook"`
	Type    string         `json:"type"`
	State   webhooks.State `json:"state" enum:"waiting,delivered,given-up"`
	Since   time.Time      `json:"since"`
	Next    time.Time      `json:"next,omitzero" required:"false"`
	Tries   int            `json:"tries"`
	Status  int            `json:"status" doc:"of the last answer; 0 without one"`
	Error   string         `json:"error"`
}

// allHooks is what is told elsewhere.
type allHooks struct {
	Webhooks []hook        `json:"webhooks"`
	Messages []hookMessage `json:"messages" doc:"newest first: those that wait, and the last 200 of each webhook"`
}

// addWebhooks adds what administrators see and do about webhooks.
func (a *API) addWebhooks() {
	o := operation{id: "webhooks", method: http.MethodGet, path: "/webhooks", right: review.People,
		scope: review.AdministerScope, summary: "Webhooks, and what became of the messages to them"}
	register(a, o, a.hooks)
	o = operation{id: "test-webhook", method: http.MethodPost, path: "/webhooks/{webhook}/test", right: review.People,
		scope: review.AdministerScope, summary: "Send a test message to a webhook"}
	register(a, o, func(q *page.Request, in *struct {
		Trial
		Webhook string `path:"webhook" maxLength:"60"`
	}) (done, error) {
		return a.act(q, in.DryRun, url.Values{"webhook": {in.Webhook}}, a.Admin.TestWebhook)
	})
	o = operation{id: "retry-message", method: http.MethodPost, path: "/webhooks/messages/{message}/retry",
		right: review.People, scope: review.AdministerScope, summary: "Try a message to a webhook again"}
	register(a, o, func(q *page.Request, in *struct {
		Trial
		Message string `path:"message" maxLength:"60"`
	}) (done, error) {
		return a.act(q, in.DryRun, url.Values{"message": {in.Message}}, a.Admin.RetryMessage)
	})
}

// hooks answers what is told elsewhere.
func (a *API) hooks(q *page.Request, _ *nothing) (out allHooks, err error) {
	hooks, list, err := webhooks.Status(q.Ctx(), a.site.W)
	out = allHooks{Webhooks: []hook{}, Messages: []hookMessage{}}
	for _, h := range hooks {
		out.Webhooks = append(out.Webhooks, hook{h.ID, h.Host, h.Events, h.Mistake, h.Waiting, h.GivenUp})
	}
	for _, d := range list {
		out.Messages = append(out.Messages, hookMessage{d.ID, d.Hook, d.Type, d.State, d.Since, d.Next, d.Tries,
			d.Status, d.Error})
	}
	return out, err
}

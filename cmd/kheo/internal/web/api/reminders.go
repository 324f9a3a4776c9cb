package api

import (
	"net/http"
	"net/url"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/agreement"
	"kheo/pipeline/review"
)

// reminder is someone who is behind before a deadline.
type reminder struct {
	Deadline string    `json:"deadline" doc:"a phase of the season, or written for votes in writing"`
	Until    time.Time `json:"until"`
	Person   string    `json:"person"`
	Unit     string    `json:"unit"`
	Name     string    `json:"name"`
	Waiting  int       `json:"waiting" doc:"how much waits"`
	Mail     bool      `json:"mail" doc:"an address is known"`
	Sent     string    `json:"sent" doc:"the day on which a reminder by hand was sent; empty if none was"`
}

// allReminders is who is behind.
type allReminders struct {
	Reminders []reminder `json:"reminders"`
}

// allScorers is how people score on each criterion.
type allScorers struct {
	Criteria []agreement.Criterion `json:"criteria"`
}

// addReminders adds who is behind, and their reminders.
func (a *API) addReminders() {
	o := operation{id: "reminders", method: http.MethodGet, path: "/reminders", right: review.Run,
		scope: review.AdministerScope, summary: "Who is behind before the deadlines ahead"}
	register(a, o, func(q *page.Request, _ *nothing) (out allReminders, err error) {
		list, err := a.Committee.BehindFor(q)
		out.Reminders = []reminder{}
		for _, r := range list {
			out.Reminders = append(out.Reminders, reminder{r.Deadline, r.Until.UTC(), r.Person, r.Unit, r.Name,
				r.Count(), len(r.To) > 0, r.Sent})
		}
		return out, err
	})
	o = operation{id: "scorers", method: http.MethodGet, path: "/scorers", right: review.Assign,
		scope: review.ReadScope, summary: "How people score: marks, mean and spread by person, and how far they agree"}
	register(a, o, func(q *page.Request, _ *nothing) (out allScorers, err error) {
		out.Criteria, err = a.Committee.ScorersFor(q)
		return out, err
	})
	o = operation{id: "remind", method: http.MethodPost, path: "/reminders", right: review.Run,
		scope: review.AdministerScope, summary: "Remind all who are behind and were not reminded before"}
	register(a, o, func(q *page.Request, in *struct{ Trial }) (done, error) {
		return a.act(q, in.DryRun, url.Values{}, a.Committee.Remind)
	})
}

package committee

import (
	"net/http"
	"slices"
	"strings"

	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// BehindFor returns who is behind before the deadlines ahead, as far as the person may know it: a dossier from which
// the person is recused does not even count, and of people only the number of what waits is told.
func (s *Room) BehindFor(q *page.Request) (out []*mailer.Reminder, err error) {
	list, err := s.mailer.Behind(q.Ctx(), "by-hand", q.Lang)
	if err != nil {
		return nil, err
	}
	return out, s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, r := range list {
			r.Waits = slices.DeleteFunc(r.Waits, func(w mailer.Waits) bool {
				return st.Tie(q.Person.ID, w.Dossier, w.Unit) != nil
			})
			for i := range r.Waits {
				if r.Person != "" { // each sees other dossiers
					r.Waits[i].Title = ""
				}
			}
			if len(r.Waits) > 0 {
				out = append(out, r)
			}
		}
		return nil
	})
}

// Reminders shows who is behind, and would be reminded.
func (s *Room) Reminders(q *page.Request) error {
	list, err := s.BehindFor(q)
	if err != nil {
		return err
	}
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"reminders.of", "reminders.until", "name", "reminders.count", "reminders.to",
			"reminders.sent"}, Widths: []float64{26, 22, 34, 10, 40, 14}}
		for _, r := range list {
			t.Rows = append(t.Rows, []any{s.site.Texts.Say(q.Lang, "reminder-of."+r.Deadline),
				r.Until.In(s.site.W.Campaign().Location).Format("2006-01-02 15:04"), r.Name, r.Count(),
				strings.Join(r.To, ", "), r.Sent})
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.reminders"), t)
	}
	wait := 0
	for _, r := range list {
		if r.Sent == "" && len(r.To) > 0 {
			wait++
		}
	}
	s.site.Render(q, http.StatusOK, "reminders", map[string]any{"List": list, "Wait": wait,
		"Mail": s.site.W.Campaign().Mail.Server != "", "Days": s.site.W.Campaign().Reminders})
	return nil
}

// Remind sends reminders to all who are behind and were not reminded before.
func (s *Room) Remind(q *page.Request) error {
	n := 0
	if !review.IsTrial(q.Ctx()) {
		var err error
		if n, err = s.mailer.Remind(q.Ctx(), q.Person.ID); err != nil {
			return err
		}
	}
	return s.site.Back(q, "/reminders", "done.reminded", n)
}

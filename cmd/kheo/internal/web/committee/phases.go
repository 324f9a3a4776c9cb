package committee

import (
	"net/http"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/ics"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/isodate"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
)

// Phases shows the dates of the season, what belongs to each phase, and its extension.
func (s *Hall) Phases(q *page.Request) error {
	var list []access.Phase
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		list = access.Phases(st, s.site.W.Now(), campaign.PhaseNames, s.site.Name)
		return nil
	}); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "phases", map[string]any{"Phases": list, "Feed": s.site.W.Campaign().OpenDeadlines})
	return nil
}

// ExtendPhase extends a phase, with a reason. A day ends it with that day, in the timezone of the campaign.
func (s *Hall) ExtendPhase(q *page.Request) error {
	in := s.site.W.Campaign().Location
	until, err := time.ParseInLocation("2006-01-02T15:04", q.Form("until"), in)
	if day, wrong := time.ParseInLocation(time.DateOnly, q.Form("until"), in); wrong == nil {
		until, err = day.AddDate(0, 0, 1), nil
	}
	if err != nil {
		return page.Refuse(http.StatusBadRequest, "error.phase-until")
	}
	e := review.Event{Person: q.Person.ID, Action: review.PhaseExtended, Data: review.Data{Name: q.Form("phase"),
		Until: until.UTC().Format(time.RFC3339), Reason: q.Form("reason")}}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.site.Back(q, "/phases", "done.extended")
}

// PhasesCalendar answers with the dates of the season as a calendar.
func (s *Hall) PhasesCalendar(q *page.Request) error { return s.deadlines(q, q.Lang) }

// Deadlines is PhasesCalendar for programs that do not sign in, if kheo.yaml opens it to them.
func (s *Hall) Deadlines(q *page.Request) error {
	if !s.site.W.Campaign().OpenDeadlines {
		return page.NotFound()
	}
	return s.deadlines(q, s.site.W.Campaign().Env.Languages[0])
}

// deadlines writes the calendar in a language.
func (s *Hall) deadlines(q *page.Request, lang string) error {
	var events []ics.Event
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, name := range campaign.PhaseNames {
			p, _, dated := review.PhaseOf(st, name)
			title := s.site.Texts.Say(lang, "phase."+name)
			if dated && !p.From.IsZero() {
				events = append(events, ics.Event{ID: name + " from", At: p.From,
					Title: s.site.Texts.Say(lang, "phase.begins", title)})
			}
			if dated && !p.Until.IsZero() {
				events = append(events, ics.Event{ID: name + " until", At: isodate.Told(p.Until, p.In),
					Title: s.site.Texts.Say(lang, "phase.ends", title)})
			}
		}
		return nil
	}); err != nil {
		return err
	}
	c := s.site.W.Campaign()
	return ics.Write(q.W, c.ID, c.Title.In(lang, "en", "vi"), s.site.W.Now(), events)
}

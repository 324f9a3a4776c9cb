package committee

import (
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// Tie declares a conflict of interest with a dossier: the person is recused from it. Without a person in the
// form, it is the one who asks.
func (s *Room) Tie(q *page.Request) error {
	subject := q.Form("person")
	if subject == "" {
		subject = q.Person.ID
	}
	return s.do(q, review.Event{Action: review.TieDeclared, Data: review.Data{Subject: subject,
		Reason: q.Form("reason")}}, "done.tied")
}

// Dismiss dismisses a conflict of interest with a dossier.
func (s *Room) Dismiss(q *page.Request) error {
	return s.do(q, review.Event{Action: review.TieDismissed, Data: review.Data{Subject: q.Form("person"),
		Reason: q.Form("reason")}}, "done.dismissed")
}

// DeclareTie declares a conflict of interest with a unit. It applies to all dossiers of the unit, also to those
// that are submitted later.
func (s *Room) DeclareTie(q *page.Request) error {
	e := review.Event{Person: q.Person.ID, Action: review.TieDeclared,
		Data: review.Data{Subject: q.Form("person"), Unit: q.Form("unit"), Reason: q.Form("reason")}}
	if e.Data.Subject == "" {
		e.Data.Subject = q.Person.ID
	}
	if s.site.W.Campaign().Env.UnitByID(e.Data.Unit) == nil {
		return page.NotFound()
	}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.site.Back(q, "/people", "done.tied")
}

// DismissTie dismisses a conflict of interest with a unit or a dossier.
func (s *Room) DismissTie(q *page.Request) error {
	e := review.Event{Person: q.Person.ID, Action: review.TieDismissed, Dossier: q.Form("dossier"),
		Data: review.Data{Subject: q.Form("person"), Unit: q.Form("unit"), Reason: q.Form("reason")}}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.site.Back(q, "/people", "done.dismissed")
}

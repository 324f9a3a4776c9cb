package upload

import (
	"context"
	"errors"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/isodate"
	"kheo/pipeline/review"
)

// CheckPage shows a submitter what a dossier of their unit has of what its ruleset asks for: with what waits in the
// inbox, without points, and without waiting for a run.
func (s *Inbox) CheckPage(q *page.Request) error {
	id := q.R.PathValue("dossier")
	name, known, err := s.ownName(q, id)
	if err != nil {
		return err
	}
	r, err := s.checker.Dossier(q.Ctx(), id, name)
	if err == nil && r == nil {
		return page.NotFound() // forgotten meanwhile
	}
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	closes := s.workspace.Campaign().Env.Closes
	end, over, err := s.additionsEnd(q)
	if err != nil {
		return err
	}
	data := map[string]any{"ID": id, "Known": known, "Title": name, "Closes": closes,
		"Late": closes != "" && s.site.Today() > closes}
	if !end.IsZero() {
		data["Closes"], data["Over"], data["Late"] = isodate.Told(end,
			s.workspace.Campaign().Location).Format(time.RFC3339), over, false
	}
	if err := s.AddClosed(q, id, data); err != nil {
		return err
	}
	s.ShowCheck(q, r, data)
	return nil
}

// AddClosed adds to the data of the page of a check when the list was closed that the dossier is on: from then on
// nothing more is accepted for it, and the page says so instead of asking for files.
func (s *Inbox) AddClosed(q *page.Request, id string, data map[string]any) error {
	return s.workspace.Review().View(q.Ctx(), func(st *review.State) error {
		if c, ok := review.ListThatClosed(st, id); ok {
			data["FilesClosed"] = c.At
		}
		return nil
	})
}

// additionsEnd returns the end of the phase in which units may add to dossiers; zero if phases do not end it.
func (s *Inbox) additionsEnd(q *page.Request) (end time.Time, over bool, err error) {
	err = s.workspace.Review().View(q.Ctx(), func(st *review.State) error {
		for _, name := range []string{"submission", "completion"} {
			if p, _, dated := review.PhaseOf(st, name); dated && p.Until.After(end) {
				end = p.Until
			}
		}
		if _, _, dated := review.PhaseOf(st, "completion"); !dated {
			end = time.Time{} // additions are not bound to any dates
		}
		return nil
	})
	return end, !end.IsZero() && !s.workspace.Time().Before(end), err
}

// ownName returns the name under which a dossier of the person's unit was sent in, and whether it has been received. A
// dossier of another unit does not exist for the person.
func (s *Inbox) ownName(q *page.Request, id string) (name string, known bool, err error) {
	if q.Person.Unit == "" {
		return "", false, page.NotFound()
	}
	a, err := s.dossiers.Get(q.Ctx(), id)
	if err != nil {
		return "", false, err
	}
	if a != nil {
		_, err := s.Own(q)
		return a.Name, true, err
	}
	err = s.workspace.Review().View(q.Ctx(), func(st *review.State) error {
		for _, h := range st.Handed(q.Person.Unit) {
			if h.Dossier == id {
				name = h.Name
			}
		}
		return nil
	})
	if err == nil && name == "" {
		err = page.NotFound()
	}
	return name, false, err
}

package overview

import (
	"cmp"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/isodate"
	"kheo/pipeline/review"
)

// officeTasks are the objections that wait for an answer, and the letters of the mailbox that wait for a person, as far
// as the person may know of them and can do something about them.
func (s *Room) officeTasks(q *page.Request) (out []task, err error) {
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	if q.Person.May(review.Decide) {
		if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
			waits := task{What: "wait.objection"}
			for _, rs := range s.site.W.Campaign().Rulesets {
				for _, id := range st.OpenObjections(rs.ID) {
					e := mine.Whole[id].Entry
					if e == nil || mine.Sees.Of(id, e.Unit) {
						continue
					}
					if waits.Total++; waits.Total == 1 {
						waits.Title, waits.Link, waits.All = e.Title, "/dossiers/"+id+"#votes", "/lists/"+rs.ID
					}
				}
			}
			if waits.Total > 0 {
				out = append(out, waits)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	if !q.Person.May(review.Run) {
		return out, nil
	}
	_, letters, err := access.Letters(q.Ctx(), s.site.W, q.Person)
	waits := task{What: "wait.letter", Link: "/mailbox"}
	for _, l := range letters {
		if !l.Waits(s.site.W.Now()) {
			continue
		}
		if waits.Total++; waits.Total == 1 {
			waits.Title = cmp.Or(l.Subject, s.site.Texts.Say(q.Lang, "mailbox.no-subject"))
		}
	}
	if waits.Total > 0 {
		out = append(out, waits)
	}
	return out, err
}

// addSeason replaces the dates of the campaign in the data of a page by those of the phase in which dossiers are handed
// in, if the campaign dates it: it may have been extended.
func (s *Room) addSeason(q *page.Request, data map[string]any) error {
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		p, _, dated := review.PhaseOf(st, "submission")
		if !dated {
			return nil
		}
		if !p.From.IsZero() {
			data["Opens"] = p.From.Format(time.RFC3339)
		}
		if !p.Until.IsZero() {
			data["Closes"], data["Over"] = isodate.Told(p.Until, p.In).Format(time.RFC3339),
				!s.site.W.Now().Before(p.Until)
		}
		return nil
	})
}

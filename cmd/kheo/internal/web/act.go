package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/anchor"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// do adds an event of the person on the dossier that the path names, and goes back to where
// the person was.
func (s *Server) do(q *request, e review.Event, said string) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	e.Person, e.Dossier = q.person.ID, d.ID
	if e.Ruleset != "" {
		e.Ruleset = d.Ruleset
	}
	if d.Tie == nil { // whoever is recused hears nothing of what others did
		if err := s.unchanged(q, d); err != nil {
			return err
		}
	}
	if err := s.w.Review().Do(q.ctx(), d.about(), e); err != nil {
		return err
	}
	return s.back(q, s.from(q, "/dossiers/"+d.ID), said)
}

// from is the page that a form was sent from.
func (s *Server) from(q *request, otherwise string) string {
	if back := q.form("back"); back != "" {
		return back
	}
	return otherwise
}

// changedMeanwhile is that somebody else did something on a dossier since the page was made
// from which a form was sent.
type changedMeanwhile struct {
	d *seen
	c review.Change
}

func (c *changedMeanwhile) Error() string { return "somebody else has changed " + c.d.ID }

// unchanged reports whether what the person saw is what holds.
func (s *Server) unchanged(q *request, d *seen) error {
	saw, err := strconv.ParseInt(q.form("seen"), 10, 64)
	if err != nil {
		return nil // the form does not say; nothing of it hangs on what others do
	}
	var c review.Change
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error { c = st.LastChange(d.ID); return nil }); err != nil {
		return err
	}
	if c.Seq > saw && c.Person != q.person.ID {
		return &changedMeanwhile{d, c}
	}
	return nil
}

// tellChanged tells what somebody else did meanwhile, and keeps what the person wrote, to be
// sent again or not.
func (s *Server) tellChanged(q *request, c *changedMeanwhile) {
	values := url.Values{}
	for k, v := range q.r.PostForm {
		if k != "seen" {
			values[k] = v
		}
	}
	name := c.c.Person
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error { name = s.name(st, c.c.Person); return nil }); err != nil {
		s.log.Error("a page failed", "path", q.r.URL.Path, "error", err.Error())
	}
	s.render(q, http.StatusConflict, "changed", map[string]any{"D": c.d, "Name": name, "Action": c.c.Action, "At": c.c.At, "To": q.r.URL.Path, "Form": formValues(values), "Reason": values.Get("reason")})
}

// its stands for the ruleset of the dossier, until that is known.
const its = "its"

func (s *Server) comment(q *request) error {
	if err := s.do(q, review.Event{Action: review.Commented, Data: review.Data{Text: q.form("text")}}, "done.commented"); err != nil {
		return err
	}
	return s.w.Store.SetDraft(q.ctx(), q.person.ID, "comment "+q.r.PathValue("dossier"), "", s.w.Now())
}

func (s *Server) vote(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	var before review.Vote
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		before = st.VoteOf(q.person.ID, d.Ruleset, d.ID)
		return nil
	}); err != nil {
		return err
	}
	back := url.Values{"back": {q.form("back")}}
	if before == "" {
		s.undoable(q, "/dossiers/"+d.ID+"/unvote", back)
	} else {
		back.Set("vote", string(before))
		s.undoable(q, "/dossiers/"+d.ID+"/vote", back)
	}
	return s.do(q, review.Event{Action: review.Voted, Ruleset: its, Data: review.Data{Value: review.Vote(q.form("vote"))}}, "done.voted")
}

// unvote takes the own vote back.
func (s *Server) unvote(q *request) error {
	return s.do(q, review.Event{Action: review.VoteTaken, Ruleset: its}, "done.unvoted")
}

// undecide takes a decision back, which nobody has closed yet.
func (s *Server) undecide(q *request) error {
	return s.do(q, review.Event{Action: review.DecisionTaken, Ruleset: its, Data: review.Data{Reason: q.form("reason")}}, "done.undecided")
}

func (s *Server) decide(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	s.undoable(q, "/dossiers/"+d.ID+"/undecide", url.Values{"back": {"/dossiers/" + d.ID}})
	return s.do(q, review.Event{Action: review.Decided, Ruleset: its, Data: review.Data{Decision: review.Decision(q.form("decision")), Reason: q.form("reason"), Outcome: d.about().Outcome}}, "done.decided")
}

func (s *Server) override(q *request) error {
	e := review.Event{Action: review.Overridden, Ruleset: its, Data: review.Data{Criterion: q.form("criterion"), Outcome: q.form("outcome"), Reason: q.form("reason")}}
	if e.Data.Criterion != "" {
		d, err := s.see(q, q.r.PathValue("dossier"))
		if err != nil {
			return err
		}
		points, err := points(q.form("points"))
		if err != nil {
			return err
		}
		if d.Entry != nil {
			at := slices.IndexFunc(d.Entry.Criteria, func(c publish.Criterion) bool { return c.ID == e.Data.Criterion })
			if at < 0 {
				return notFound()
			}
			if most := d.Entry.Criteria[at].Max; points > most {
				return &problem{http.StatusBadRequest, "error.points", []any{rules.Number(most, q.lang)}}
			}
		}
		e.Data.Points, e.Data.Outcome = &points, ""
	}
	s.undoable(q, "/dossiers/"+q.r.PathValue("dossier")+"/restore", url.Values{"criterion": {e.Data.Criterion}})
	if err := s.do(q, e, "done.overridden"); err != nil {
		return err
	}
	return s.publishAgain(q)
}

func (s *Server) restore(q *request) error {
	e := review.Event{Action: review.Restored, Ruleset: its, Data: review.Data{Criterion: q.form("criterion")}}
	if err := s.do(q, e, "done.restored"); err != nil {
		return err
	}
	return s.publishAgain(q)
}

// publishAgain has the files of the lists follow what pages show from now on.
func (s *Server) publishAgain(q *request) error {
	if err := pipeline.AskEdition(q.ctx(), s.w); err != nil {
		return err
	}
	if s.Edition == nil {
		return nil
	}
	select { // searches find the new outcome once it is done
	case <-s.Edition():
	case <-q.ctx().Done():
	case <-time.After(editionWait):
	}
	return nil
}

// editionWait is how long whoever sets an outcome waits for the lists to be published anew.
const editionWait = 5 * time.Second

// points reads a number as people of any of the languages write it.
func points(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	if err != nil || !(v >= 0 && v < 1e6) {
		return 0, &problem{http.StatusBadRequest, "error.number", []any{text}}
	}
	return v, nil
}

// score records what a person gives on a criterion that people score; the next run counts it.
func (s *Server) score(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	rs := s.ruleset(d.Ruleset)
	if rs == nil {
		return notFound()
	}
	for _, c := range rs.PanelCriteria() {
		if c.ID != q.form("criterion") {
			continue
		}
		v, err := points(q.form("points"))
		if err != nil {
			return err
		}
		if v > c.Max {
			return &problem{http.StatusBadRequest, "error.points", []any{rules.Number(c.Max, q.lang)}}
		}
		e := review.Event{Person: q.person.ID, Action: review.Scored, Ruleset: d.Ruleset, Dossier: d.ID, Data: review.Data{Criterion: c.ID, Points: &v, Text: q.form("why")}}
		if err := s.w.Review().Do(q.ctx(), d.about(), e); err != nil {
			return err
		}
		return s.back(q, s.from(q, "/dossiers/"+d.ID), "done.scored")
	}
	return notFound()
}

// tie lets a person stand aside on a dossier.
func (s *Server) tie(q *request) error {
	subject := q.form("person")
	if subject == "" {
		subject = q.person.ID
	}
	return s.do(q, review.Event{Action: review.TieDeclared, Data: review.Data{Subject: subject, Reason: q.form("reason")}}, "done.tied")
}

func (s *Server) dismiss(q *request) error {
	return s.do(q, review.Event{Action: review.TieDismissed, Data: review.Data{Subject: q.form("person"), Reason: q.form("reason")}}, "done.dismissed")
}

// draft keeps what a person is typing.
func (s *Server) draft(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	if d.Tie != nil {
		return notFound()
	}
	text := q.form("text")
	if len([]rune(text)) > 8000 {
		return &problem{http.StatusRequestEntityTooLarge, "error.too-large", nil}
	}
	if err := s.w.Store.SetDraft(q.ctx(), q.person.ID, "comment "+d.ID, text, s.w.Now()); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// meet writes down who meets on a list.
func (s *Server) meet(q *request) error {
	f, err := s.listOf(q)
	if err != nil {
		return err
	}
	e := review.Event{Person: q.person.ID, Action: review.Met, Ruleset: f.Ruleset, Data: review.Data{Run: f.Run, Present: q.r.PostForm["present"]}}
	if err := s.w.Review().Do(q.ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.back(q, "/meeting/"+f.Ruleset, "done.met")
}

// closeList closes a list.
func (s *Server) closeList(q *request) error {
	f, err := s.listOf(q)
	if err != nil {
		return err
	}
	if q.form("sure") != "yes" {
		return &problem{http.StatusBadRequest, "error.sure", nil}
	}
	if run := q.form("run"); run != "" && run != f.Run {
		return &problem{http.StatusConflict, "error.other-run", nil}
	}
	published, err := editions.List(q.ctx(), s.w, f.Run, f.Ruleset)
	if err != nil {
		return err
	}
	if published == nil {
		return notFound()
	}
	if err := s.w.Review().Close(q.ctx(), q.person.ID, published); err != nil {
		return err
	}
	if err := anchor.Keep(q.ctx(), s.w, s.MailAnchor); err != nil { // the list is closed all the same
		s.log.Error("anchoring the audit trail", "error", err.Error())
	}
	return s.back(q, "/lists/"+f.Ruleset, "done.closed")
}

// declareTie ties a person to a unit.
func (s *Server) declareTie(q *request) error {
	e := review.Event{Person: q.person.ID, Action: review.TieDeclared, Data: review.Data{Subject: q.form("person"), Unit: q.form("unit"), Reason: q.form("reason")}}
	if e.Data.Subject == "" {
		e.Data.Subject = q.person.ID
	}
	if s.w.Campaign().Env.UnitByID(e.Data.Unit) == nil {
		return notFound()
	}
	if err := s.w.Review().Do(q.ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.back(q, "/people", "done.tied")
}

func (s *Server) dismissTie(q *request) error {
	e := review.Event{Person: q.person.ID, Action: review.TieDismissed, Dossier: q.form("dossier"), Data: review.Data{Subject: q.form("person"), Unit: q.form("unit"), Reason: q.form("reason")}}
	if err := s.w.Review().Do(q.ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.back(q, "/people", "done.dismissed")
}

package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/index"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
)

// runs is the ledger of runs.
func (s *Server) runs(q *request) error {
	runs, err := s.w.Store.Runs(q.ctx(), 60)
	if err != nil {
		return err
	}
	if wantsSheet(q) {
		t := table{head: []string{"run", "started", "cause", "state", "stages"}, widths: []float64{8, 22, 16, 30, 80}}
		for _, r := range runs {
			var stages []string
			for _, x := range r.Stages {
				stages = append(stages, fmt.Sprint(x.Name, " ", x.Done))
			}
			t.rows = append(t.rows, []any{r.Number, when(q.lang, r.Started.Format(time.RFC3339), s.w.Campaign().Location), r.Cause, strings.TrimSpace(string(r.State) + " " + r.Error), strings.Join(stages, ", ")})
		}
		return s.sheet(q, s.texts.say(q.lang, "nav.runs"), t)
	}
	running, err := pipeline.Running(q.ctx(), s.w)
	if err != nil && !errors.Is(err, pipeline.ErrIdle) {
		return err
	}
	s.render(q, http.StatusOK, "runs", map[string]any{"Runs": runs, "Running": running, "CanStart": s.Start != nil})
	return nil
}

// startRun begins a run now.
func (s *Server) startRun(q *request) error {
	if s.Start == nil {
		return notFound()
	}
	if _, err := pipeline.Running(q.ctx(), s.w); !errors.Is(err, pipeline.ErrIdle) {
		if err == nil {
			err = &problem{http.StatusConflict, "error.running", nil}
		}
		return err
	}
	if err := s.Start(q.person.ID); err != nil {
		return err
	}
	return s.back(q, "/runs", "done.started")
}

// cancelRun tells the run that is at work to end.
func (s *Server) cancelRun(q *request) error {
	_, err := pipeline.CancelRun(q.ctx(), s.w, q.person.ID)
	if errors.Is(err, pipeline.ErrIdle) {
		return &problem{http.StatusConflict, "error.idle", nil}
	}
	if err != nil {
		return err
	}
	return s.back(q, "/runs", "done.cancelled")
}

// run shows what a run moved against the one before it.
func (s *Server) run(q *request) error {
	to, err := editions.FindRun(q.ctx(), s.w, q.r.PathValue("run"))
	if err != nil {
		return notFound()
	}
	from, all, err := s.moves(q.ctx(), q.person, q.lang, to)
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "run", map[string]any{"To": to, "From": from, "Moved": all})
	return nil
}

// moved is what a run moved on one list, as far as a person may see it.
type moved struct {
	Title   string
	Changes []publish.Change
	Apart   bool // the person is recused from some of it, which is left out
	Blind   bool // the person has yet to score some of it, which is left out
}

// mostMovedOfList is how many changes of one list are told.
const mostMovedOfList = 200

// moves is what a run moved against the one before it that published other lists; nil where there
// is none.
func (s *Server) moves(ctx context.Context, p *review.Person, lang string, to *store.Run) (from *store.Run, all []moved, err error) {
	runs, err := s.w.Store.Runs(ctx, 100000)
	if err != nil {
		return nil, nil, err
	}
	for i := range runs {
		if r := &runs[i]; r.Number < to.Number && r.Run != "" && r.Run != to.Run && r.State == store.RunDone {
			from = r
			break
		}
	}
	if from == nil {
		return nil, nil, nil
	}
	mine, err := s.listsOf(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	for _, rs := range s.w.Campaign().Rulesets {
		changes, ok, err := s.differences(ctx, from.Run, to.Run, rs.ID, mine.sees)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		all = append(all, moved{Title: rs.Title.In(lang, "en", "vi"), Changes: changes[:min(len(changes), mostMovedOfList)], Apart: len(mine.aside[rs.ID]) > 0, Blind: mine.sees.blind(rs.ID)})
	}
	return from, all, nil
}

// rules is a ruleset as prose.
func (s *Server) rules(q *request) error {
	rs := s.ruleset(q.r.PathValue("ruleset"))
	if rs == nil {
		return notFound()
	}
	s.render(q, http.StatusOK, "rules", map[string]any{"Title": rs.Title.In(q.lang, "en", "vi"), "Prose": rs.Explain(q.lang, false), "Version": rs.Version, "SHA256": rs.SHA256, "Ruleset": rs.ID})
	return nil
}

// people lists who takes part, and what ties whom.
func (s *Server) people(q *request) error {
	data := map[string]any{"Passwords": s.w.Campaign().SignIn.Passwords, "Roles": review.Roles, "Units": s.w.Campaign().Env.Units, "Fields": s.w.Campaign().Env.Fields}
	sheet := table{head: []string{"sign-in.name", "name", "roles", "unit", "state"}, widths: []float64{20, 34, 40, 26, 14}}
	err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		type listed struct {
			review.Person
			UnitName string
			Double   bool // somebody else has the same name
		}
		doubles := st.Doubles()
		var people []listed
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			p := st.People[id]
			people = append(people, listed{*p, s.unitName(p.Unit), len(doubles[strings.TrimSpace(p.Name)]) > 1 && !p.Disabled})
			var roles []string
			for _, r := range p.Roles {
				roles = append(roles, s.texts.say(q.lang, "role."+string(r)))
			}
			state := ""
			if p.Disabled {
				state = s.texts.say(q.lang, "disabled")
			}
			sheet.rows = append(sheet.rows, []any{id, p.Name, strings.Join(roles, ", "), s.unitName(p.Unit), state})
		}
		data["People"], data["Unsettled"] = people, s.unsettled(st)
		if q.person.May(review.JudgeTies) || q.person.May(review.Audit) {
			data["Given"] = s.given(st)
		}
		type tied struct {
			review.TieRecord
			Name, What, ByName string
		}
		var ties []tied
		for _, t := range st.Ties() {
			if t.Person != q.person.ID && !q.person.May(review.JudgeTies) {
				continue
			}
			what := s.unitName(t.Unit)
			if t.Dossier != "" {
				what = t.Dossier
			}
			ties = append(ties, tied{t, s.name(st, t.Person), what, s.name(st, t.By)})
		}
		data["Ties"] = ties
		return nil
	})
	if err != nil {
		return err
	}
	if name := q.r.URL.Query().Get("check"); name != "" && q.person.May(review.JudgeTies) {
		if err := s.checkName(q, name, data); err != nil {
			return err
		}
	}
	if wantsSheet(q) {
		return s.sheet(q, s.texts.say(q.lang, "nav.people"), sheet)
	}
	s.render(q, http.StatusOK, "people", data)
	return nil
}

// unsettledName is a name under which scores are recorded and that fits several people.
type unsettledName struct {
	review.Unsettled
	People []*review.Person
}

func (s *Server) unsettled(st *review.State) (out []unsettledName) {
	for _, u := range st.Unsettled() {
		x := unsettledName{Unsettled: u}
		for _, id := range u.Fits {
			if p := st.People[id]; p != nil {
				copied := *p
				x.People = append(x.People, &copied)
			}
		}
		out = append(out, x)
	}
	return out
}

// givenRole is a role with a vote or a score that somebody gave on the pages.
type givenRole struct{ Name, Role, By, At, Knows string }

// given lists them, so that a second person sees what an administrator did: also who saw the link by which
// the password was chosen.
func (s *Server) given(st *review.State) (out []givenRole) {
	for _, id := range slices.Sorted(maps.Keys(st.People)) {
		p := st.People[id]
		for _, g := range p.Given {
			if !p.Disabled && slices.Contains(p.Roles, g.Role) {
				out = append(out, givenRole{p.Name + " (" + id + ")", string(g.Role), s.name(st, g.By), g.At, s.name(st, p.KnownTo)})
			}
		}
	}
	return out
}

// checkName looks a name up in the dossiers, before whoever is called so is asked to take part.
func (s *Server) checkName(q *request, name string, data map[string]any) error {
	data["Check"] = upTo(name, 200)
	hits, err := search.Named(q.ctx(), s.w, upTo(name, 200))
	if err != nil {
		return err
	}
	var ids []string
	for _, h := range hits {
		ids = append(ids, h.Dossier)
	}
	recused, err := s.recusedFrom(q.ctx(), q.person, ids...)
	if err != nil {
		return err
	}
	data["Named"] = slices.DeleteFunc(hits, func(h index.Hit) bool { return recused[h.Dossier] })
	return nil
}

// mostAudited is how many events a workbook has.
const mostAudited = 20_000

// audit shows the audit trail, the newest first, but for what the person stands aside on.
func (s *Server) audit(q *request) error {
	before, _ := strconv.ParseInt(q.r.URL.Query().Get("before"), 10, 64)
	most := perPage
	if wantsSheet(q) {
		most = mostAudited
	}
	events, err := s.w.Review().Page(q.ctx(), before, most)
	var tampered *review.TamperError
	if errors.As(err, &tampered) { // nobody can do anything any more; what is wrong is shown
		s.render(q, http.StatusOK, "audit", map[string]any{"Tampered": tampered.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	out, hashes, err := s.audited(q, events)
	if err != nil {
		return err
	}
	next := int64(0)
	if n := len(events); n > 0 && events[n-1].Seq > 1 {
		next = events[n-1].Seq
	}
	if wantsSheet(q) {
		t := table{head: []string{"number", "at", "name", "action", "about", "reason", "hash"}, widths: []float64{8, 22, 26, 26, 50, 60, 70}}
		for _, e := range out {
			if e.Hidden {
				t.rows = append(t.rows, []any{e.Seq, e.At, "", s.texts.say(q.lang, "aside.event"), "", "", ""})
				continue
			}
			t.rows = append(t.rows, []any{e.Seq, e.At, e.Name, s.texts.say(q.lang, "action."+string(e.Action)), strings.TrimSpace(e.Title + " " + e.Subject), e.Data.Reason, e.Hash})
		}
		return s.sheet(q, s.texts.say(q.lang, "nav.audit"), t)
	}
	s.render(q, http.StatusOK, "audit", map[string]any{"Events": out, "Next": next, "Hashes": hashes})
	return nil
}

// audited is an event as a page tells it.
type audited struct {
	*review.Event
	Name, Subject, Title string
	Hidden               bool // then nothing of it is told but its number and its time
}

// mayHash reports whether a person may know hashes of events: only one from whom no event can be hidden.
func mayHash(p *review.Person, st *review.State, sees *visibility) bool {
	blind := st.Settings.Blind && (p.May(review.CastVote) || p.May(review.Score))
	return p.May(review.SeeVotes) && p.May(review.Discuss) && sees.none() && !blind
}

// audited tells events to whoever asks, and whether their hashes are told. The hash of an event
// confirms a guess at what it holds, and so does the hash of the event after it: where anything can be
// hidden from a person, no hash is shown.
func (s *Server) audited(q *request, events []*review.Event) (out []audited, hashes bool, err error) {
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil {
		return nil, false, err
	}
	var ids []string
	for _, e := range events {
		if e.Dossier != "" {
			ids = append(ids, e.Dossier)
		}
	}
	slices.Sort(ids)
	recused, err := s.recusedFrom(q.ctx(), q.person, slices.Compact(ids)...)
	if err != nil {
		return nil, false, err
	}
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		p := q.person
		hashes = mayHash(p, st, mine.sees)
		for _, e := range events {
			t := audited{Event: e, Hidden: recused[e.Dossier] || s.mayNotKnow(p, st, mine.sees, e)}
			if !t.Hidden {
				t.Name, t.Subject = s.name(st, e.Person), s.name(st, e.Data.Subject)
				if at, ok := mine.at[e.Dossier]; ok {
					t.Title = at.entry.Title
				}
				t.Event = s.withoutReasons(p, e)
			}
			if !hashes {
				copied := *t.Event
				copied.Hash = ""
				t.Event = &copied
			}
			out = append(out, t)
		}
		return nil
	})
	return out, hashes, err
}

// mayNotKnow reports whether an event is none of what the other pages let a person see: votes and
// comments need their rights, and where the campaign is blind, scores and votes of others are not
// told before the person's own, or the decision.
func (s *Server) mayNotKnow(p *review.Person, st *review.State, sees *visibility, e *review.Event) bool {
	if e.Person == p.ID {
		return false
	}
	switch e.Action {
	case review.Voted, review.VoteTaken:
		return !mayKnowVotes(p, st, e.Ruleset, e.Dossier)
	case review.Commented:
		return !p.May(review.Discuss)
	case review.Scored:
		return st.Settings.Blind && p.May(review.Score) && st.Decision(e.Ruleset, e.Dossier) == nil
	case review.Overridden, review.Restored:
		return sees.hides(e.Ruleset, e.Dossier)
	}
	return false
}

// withoutReasons is an event without the reason of a tie, where the person may not see the ties of
// others.
func (s *Server) withoutReasons(p *review.Person, e *review.Event) *review.Event {
	switch e.Action {
	case review.TieDeclared, review.TieFound, review.TieDismissed:
		if e.Data.Subject != p.ID && !p.May(review.JudgeTies) {
			copied := *e
			copied.Data.Reason = ""
			return &copied
		}
	}
	return e
}

package admin

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/review"
)

// maxAudited is how many events a workbook has.
const maxAudited = 20_000

// Audit shows the audit trail, newest first, without what the person may not know. Pages are named by the
// number of an event and not by an offset, so they do not move while events are added.
func (s *Room) Audit(q *page.Request) error {
	get := q.R.URL.Query()
	before, _ := strconv.ParseInt(get.Get("before"), 10, 64)
	most := page.PerPage
	if page.WantsSheet(q) {
		most = maxAudited
	}
	if asked(get) {
		return s.auditOf(q, before, most)
	}
	events, err := s.site.W.Review().Page(q.Ctx(), before, most)
	var tampered *review.TamperError
	if errors.As(err, &tampered) { // no action is possible any more; the page says what is wrong
		s.site.Render(q, http.StatusOK, "audit", map[string]any{"Tampered": tampered.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	out, hashes, err := s.Audited(q, events)
	if err != nil {
		return err
	}
	next := int64(0)
	if n := len(events); n > 0 && events[n-1].Seq > 1 {
		next = events[n-1].Seq
	}
	return s.showAudit(q, out, next, hashes)
}

// showAudit sends events as a page or as a workbook. next is the number before which the next page begins, or 0.
func (s *Room) showAudit(q *page.Request, out []Audited, next int64, hashes bool) error {
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"number", "at", "name", "action", "about", "reason", "hash"},
			Widths: []float64{8, 22, 26, 26, 50, 60, 70}}
		for _, e := range out {
			if e.Hidden {
				t.Rows = append(t.Rows, []any{e.Seq, e.At, "", s.site.Texts.Say(q.Lang, "aside.event"), "",
					"", ""})
				continue
			}
			about := strings.Join([]string{e.Title, e.Subject, e.Data.Fact, e.Tag, e.Change}, " ")
			t.Rows = append(t.Rows, []any{e.Seq, e.At, e.Name, s.site.Texts.Say(q.Lang, "action."+string(e.Action)),
				strings.Join(strings.Fields(about), " "), e.Data.Reason, e.Hash})
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.audit"), t)
	}
	data := map[string]any{"Events": out, "Hashes": hashes}
	if err := s.addFilters(q, next, data); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "audit", data)
	return nil
}

// Audited is an event as a page shows it.
type Audited struct {
	*review.Event
	Name, Subject, Title string
	Change               string // of a fact: the value before and after
	Tag                  string // that was added or removed
	Other                string // the other model, by its title, or what else the event names
	Hidden               bool   // only its number and time are shown
}

// verdictText names a verdict on evidence; "" for none.
func (s *Room) verdictText(lang string, kind dossier.VerdictKind) string {
	if kind == "" {
		return ""
	}
	return s.site.Texts.Say(lang, "verdict."+string(kind))
}

// changeOf describes how an event changed the value of a fact, or what it says of evidence; "" for other
// events.
func (s *Room) changeOf(lang string, e *review.Event) string {
	value := func(v any) string {
		if v == nil {
			return s.site.Texts.Say(lang, "fact.none")
		}
		return page.Number(lang, v)
	}
	switch e.Action {
	case review.FactSet, review.FactRejected:
		return value(e.Data.Was) + " → " + value(e.Data.To)
	case review.EvidenceJudged, review.EvidenceUnjudged:
		return strings.TrimSpace(e.Data.Criterion + ": “" + e.Data.Source.Quote + "” " +
			s.verdictText(lang, e.Data.Verdict))
	}
	return ""
}

// Audited prepares events for the person who asks, and reports whether hashes are shown. The hash of an event
// confirms a guess at its content, and so does that of the next event: if anything can be hidden from a person,
// no hash is shown. An event is copied before anything is removed from it, because the log shares it with all
// readers.
func (s *Room) Audited(q *page.Request, events []*review.Event) (out []Audited, hashes bool, err error) {
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, false, err
	}
	var ids []string
	for _, e := range events {
		if e.Dossier != "" {
			ids = append(ids, e.Dossier)
		}
		if isOfTwo(e) {
			ids = append(ids, e.Data.Of)
		}
	}
	slices.Sort(ids)
	recused, err := s.lists.RecusedFrom(q.Ctx(), q.Person, slices.Compact(ids)...)
	if err != nil {
		return nil, false, err
	}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		p := q.Person
		hashes = access.MayHash(p, st, mine.Sees)
		for _, e := range events {
			t := Audited{Event: e, Hidden: recused[e.Dossier] || isOfTwo(e) && recused[e.Data.Of] ||
				s.mayNotKnow(p, st, mine.Sees, e)}
			if !t.Hidden {
				t.Name, t.Subject = s.site.Name(st, e.Person), s.site.Name(st, e.Data.Subject)
				if e.Action == review.Tagged || e.Action == review.Untagged {
					t.Tag = e.Data.Name
				}
				if at, ok := mine.At[e.Dossier]; ok {
					t.Title = at.Entry.Title
				}
				t.Other = otherOf(e)
				if at, ok := mine.At[e.Data.Of]; ok {
					t.Other = at.Entry.Title
				} else if m := st.Model(e.Data.Of); m != nil {
					t.Other = m.Title
				}
				t.Event, t.Change = s.withoutReasons(p, e), s.changeOf(q.Lang, e)
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

// otherOf is what else an event names, for readers: the name of a token, and of letters and ballots, whose ids are for
// programs, nothing.
func otherOf(e *review.Event) string {
	switch e.Action {
	case review.TokenMade:
		return e.Data.Name
	case review.TokenRevoked, review.LetterGiven, review.LetterAside, review.BallotOpened, review.BallotPaper,
		review.BallotAdded, review.BallotCounted, review.BallotCast:
		return ""
	}
	return e.Data.Of
}

// isOfTwo reports whether an event is about two models, the other of which Of names.
func isOfTwo(e *review.Event) bool {
	return slices.Contains([]review.Action{review.TookOver, review.NotTaken, review.SameAs}, e.Action) &&
		e.Data.Of != ""
}

// mayNotKnow reports whether a person may not know an event, by the rules of the other pages: votes and
// comments need their rights and, in a blind campaign, scores and votes of others are hidden until the person
// has given theirs, or until the decision. What a person did is never hidden from that person.
func (s *Room) mayNotKnow(p *review.Person, st *review.State, sees *access.Visibility, e *review.Event) bool {
	if e.Person == p.ID {
		return false
	}
	switch e.Action {
	case review.Voted, review.VoteTaken:
		return !access.MayKnowVotes(p, st, e.Ruleset, e.Dossier)
	case review.Commented, review.Tagged, review.Untagged:
		return !p.May(review.Discuss)
	case review.Scored:
		return st.Settings.Blind && p.May(review.Score) && st.Decision(e.Ruleset, e.Dossier) == nil
	case review.Overridden, review.Restored:
		return sees.Hides(e.Ruleset, e.Dossier)
	}
	return false
}

// withoutReasons returns an event without the reason of a conflict of interest, if the person may not see
// those of others.
func (s *Room) withoutReasons(p *review.Person, e *review.Event) *review.Event {
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

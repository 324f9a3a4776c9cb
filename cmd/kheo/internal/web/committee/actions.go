package committee

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/anchor"
	"kheo/pipeline/editions"
	"kheo/pipeline/evidence"
	"kheo/pipeline/look"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/viewer"
	"kheo/rules"
)

// do records an event of the person about the dossier in the path, and returns to the page that the form came
// from. It is refused if others acted on the dossier since that page was made. The right to the action was
// checked by the route; the log checks the rest, such as conflicts of interest, closed lists and majorities, in
// the transaction that appends the event.
func (s *Room) do(q *page.Request, e review.Event, said string) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	e.Person, e.Dossier = q.Person.ID, d.ID
	if e.Ruleset != "" {
		e.Ruleset = d.Ruleset
	}
	if d.Tie == nil { // the recused must not learn what others did
		if err := s.unchanged(q, d); err != nil {
			return err
		}
	}
	if err := s.site.W.Review().Do(q.Ctx(), d.About(), e); err != nil {
		return err
	}
	return s.site.Back(q, q.From("/dossiers/"+d.ID), said)
}

// ChangedMeanwhile is the error that another person acted on a dossier since the page of the form was made.
type ChangedMeanwhile struct {
	d *access.Seen
	c review.Change
}

// Error implements error. The text is for logs; TellChanged shows the person a page.
func (c *ChangedMeanwhile) Error() string { return "somebody else has changed " + c.d.ID }

// unchanged returns an error if the dossier changed since the page of the form was made. It is a courtesy and
// not a lock: between this check and the event another person may still act, and the log then decides by its
// own rules. What the person did in another tab does not count.
func (s *Room) unchanged(q *page.Request, d *access.Seen) error {
	saw, err := strconv.ParseInt(q.Form("seen"), 10, 64)
	if err != nil {
		return nil // a form without it does not depend on what others do
	}
	var c review.Change
	if err := s.site.W.Review().View(q.Ctx(),
		func(st *review.State) error { c = st.LastChange(d.ID); return nil }); err != nil {
		return err
	}
	if c.Seq > saw && c.Person != q.Person.ID {
		return &ChangedMeanwhile{d, c}
	}
	return nil
}

// TellChanged shows what another person did in the meantime, with what the person entered, to be sent again
// or not.
func (s *Room) TellChanged(q *page.Request, c *ChangedMeanwhile) {
	values := url.Values{}
	for k, v := range q.R.PostForm {
		if k != "seen" {
			values[k] = v
		}
	}
	name := c.c.Person
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		name = s.site.Name(st,
			c.c.Person)
		return nil
	}); err != nil {
		s.site.Log.Error("a page failed", "path", q.R.URL.Path, "error", err.Error())
	}
	s.site.Render(q, http.StatusConflict, "changed", map[string]any{"D": c.d, "Name": name,
		"Action": c.c.Action, "At": c.c.At, "To": q.R.URL.Path, "Form": page.FormValues(values),
		"Reason": values.Get("reason")})
}

// its is a placeholder for the dossier's ruleset, until that is known.
const its = "its"

// Comment records a comment, and drops the draft of it.
func (s *Room) Comment(q *page.Request) error {
	if err := s.do(q, review.Event{Action: review.Commented, Data: review.Data{Text: q.Form("text")}},
		"done.commented"); err != nil || review.IsTrial(q.Ctx()) {
		return err
	}
	return s.site.W.Store.Drafts.Set(q.Ctx(), q.Person.ID, "comment "+q.R.PathValue("dossier"), "",
		s.site.W.Now())
}

// Object records what a unit objects to the decision on its dossier.
func (s *Room) Object(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	if q.Person.Unit == "" || d.Unit != q.Person.Unit {
		return page.NotFound()
	}
	e := review.Event{Person: q.Person.ID, Action: review.Objected, Ruleset: d.Ruleset, Dossier: d.ID,
		Data: review.Data{Text: q.Form("text")}}
	if err := s.site.W.Review().Do(q.Ctx(), d.About(), e); err != nil {
		return err
	}
	return s.site.Back(q, "/dossiers/"+d.ID, "done.objected")
}

// AnswerObjection records the answer to an objection, with reasons.
func (s *Room) AnswerObjection(q *page.Request) error {
	return s.do(q, review.Event{Action: review.ObjectionAnswered, Ruleset: "list",
		Data: review.Data{Outcome: q.Form("outcome"), Reason: q.Form("reason")}}, "done.objection-answered")
}

// Vote records the person's vote, and offers to undo it. What undoing means depends on the vote before: it is
// given again, or, if there was none, taken back.
func (s *Room) Vote(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	var before review.Vote
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		before = st.VoteOf(q.Person.ID, d.Ruleset, d.ID)
		return nil
	}); err != nil {
		return err
	}
	back := url.Values{"back": {s.site.Stay(q, d.ID)}}
	if before == "" {
		s.site.Undoable(q, "/dossiers/"+d.ID+"/unvote", back)
	} else {
		back.Set("vote", string(before))
		s.site.Undoable(q, "/dossiers/"+d.ID+"/vote", back)
	}
	return s.do(q, review.Event{Action: review.Voted, Ruleset: its,
		Data: review.Data{Value: review.Vote(q.Form("vote"))}}, "done.voted")
}

// Unvote takes the person's vote back.
func (s *Room) Unvote(q *page.Request) error {
	return s.do(q, review.Event{Action: review.VoteTaken, Ruleset: its}, "done.unvoted")
}

// Undecide takes a decision back, on a list that is not closed.
func (s *Room) Undecide(q *page.Request) error {
	return s.do(q, review.Event{Action: review.DecisionTaken, Ruleset: its,
		Data: review.Data{Reason: q.Form("reason")}}, "done.undecided")
}

// Decide records the decision on an entry, and offers to undo it. The event holds the outcome that was decided
// on, so that the trail can be read without the list.
func (s *Room) Decide(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	if own, err := againstOwn(q, s.site, d); err != nil {
		return err
	} else if own != "" && q.Form("against") != "yes" {
		return page.Refuse(http.StatusConflict, "error.against", s.site.Texts.Say(q.Lang, "outcome."+own))
	}
	s.site.Undoable(q, "/dossiers/"+d.ID+"/undecide", url.Values{"back": {s.site.Stay(q, d.ID)}})
	return s.do(q, review.Event{Action: review.Decided, Ruleset: its,
		Data: review.Data{Decision: review.Decision(q.Form("decision")), Reason: q.Form("reason"),
			Outcome: d.About().Outcome}}, "done.decided")
}

// againstOwn returns the outcome that the person who decides has set by hand, if the decision contradicts it: who set
// an outcome and then decides otherwise may have taken the wrong line, so the form asks once more.
func againstOwn(q *page.Request, site *page.Site, d *access.Seen) (own string, err error) {
	decision := review.Decision(q.Form("decision"))
	err = site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, o := range st.Overrides(d.Ruleset, d.ID) {
			recommended := o.Outcome == string(dossier.Recommended)
			if o.Criterion == "" && o.By == q.Person.ID && decision != review.Deferred && decision != "" &&
				recommended != (decision == review.Recognised) {
				own = o.Outcome
			}
		}
		return nil
	})
	return own, err
}

// Override sets the points of a criterion, or the outcome of an entry and what it gets, with a reason. Points are
// checked against what the criterion can have; an empty criterion means the outcome of the whole entry.
func (s *Room) Override(q *page.Request) error {
	e := review.Event{Action: review.Overridden, Ruleset: its,
		Data: review.Data{Criterion: q.Form("criterion"), Outcome: q.Form("outcome"), Reason: q.Form("reason")}}
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	if e.Data.Criterion != "" {
		points, err := s.pointsByHand(q, d, e.Data.Criterion)
		if err != nil {
			return err
		}
		e.Data.Points, e.Data.Outcome = &points, ""
	} else if id := q.Form("award"); id != "" {
		if err := s.awardByHand(q, d, id, &e.Data); err != nil {
			return err
		}
	}
	s.site.Undoable(q, "/dossiers/"+q.R.PathValue("dossier")+"/restore",
		url.Values{"criterion": {e.Data.Criterion}})
	if err := s.do(q, e, "done.overridden"); err != nil {
		return err
	}
	return s.site.PublishAgain(q)
}

// pointsByHand reads the points that a person sets for a criterion. Those of a deduction are what is taken off, with
// or without a minus sign.
func (s *Room) pointsByHand(q *page.Request, d *access.Seen, criterion string) (points float64, err error) {
	points, err = page.ParseNumber(strings.TrimLeft(strings.TrimSpace(q.Form("points")), "-−"))
	negative := strings.ContainsAny(q.Form("points"), "-−")
	if err != nil || d.Entry == nil {
		return points, err
	}
	at := slices.IndexFunc(d.Entry.Criteria, func(c publish.Criterion) bool { return c.ID == criterion })
	if at < 0 {
		return 0, page.NotFound()
	}
	low, high := 0.0, d.Entry.Criteria[at].Max
	if rs := s.site.Ruleset(d.Ruleset); rs != nil {
		if l, h, ok := rules.PointsBetween(rs, criterion); ok {
			low, high = l, h
		}
	}
	if negative || high <= 0 {
		points = -points
	}
	if points < low || points > high {
		if low < 0 || points < low {
			return 0, page.Refuse(http.StatusBadRequest, "error.points-between", rules.Number(low, q.Lang),
				rules.Number(high, q.Lang))
		}
		return 0, page.Refuse(http.StatusBadRequest, "error.points", rules.Number(high, q.Lang))
	}
	return points + 0, nil // no -0
}

// awardByHand reads what a person gives to an entry: an award, which brings its outcome, or none.
func (s *Room) awardByHand(q *page.Request, d *access.Seen, id string, data *review.Data) error {
	if id == recommend.NoAward {
		data.Award = &recommend.GivenAward{ID: id}
		if data.Outcome == "" && d.Entry != nil {
			data.Outcome = string(d.Entry.Outcome)
		}
		return nil
	}
	rs := s.site.Ruleset(d.Ruleset)
	a, err := s.site.W.Store.Assessments.Get(q.Ctx(), d.ID)
	if err != nil {
		return err
	}
	if rs == nil || a == nil {
		return page.NotFound()
	}
	for _, g := range recommend.Givables(rs, a) {
		if g.ID != id {
			continue
		}
		if data.Outcome != "" && data.Outcome != string(g.Outcome) {
			return page.Refuse(http.StatusBadRequest, "error.award-outcome", g.Title.In(q.Lang, "en"),
				s.site.Texts.Say(q.Lang, "outcome."+string(g.Outcome)))
		}
		data.Award, data.Outcome = &g.GivenAward, string(g.Outcome)
		return nil
	}
	return page.Refuse(http.StatusBadRequest, "error.award", id)
}

// Restore removes an override.
func (s *Room) Restore(q *page.Request) error {
	e := review.Event{Action: review.Restored, Ruleset: its, Data: review.Data{Criterion: q.Form("criterion")}}
	if err := s.do(q, e, "done.restored"); err != nil {
		return err
	}
	return s.site.PublishAgain(q)
}

// Score records a person's score on a panel criterion. The next run counts it. It does not go through do: a
// score does not depend on what others did to the dossier since the page was made.
func (s *Room) Score(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	rs := s.site.Ruleset(d.Ruleset)
	if rs == nil {
		return page.NotFound()
	}
	for _, c := range rs.PanelCriteria() {
		if c.ID != q.Form("criterion") {
			continue
		}
		before, err := s.ownScore(q, d, c.ID)
		if err != nil {
			return err
		}
		e := review.Event{Person: q.Person.ID, Action: review.Scored, Ruleset: d.Ruleset, Dossier: d.ID,
			Data: review.Data{Criterion: c.ID}}
		if q.Form("remove") != "" {
			if before == nil {
				return page.Refuse(http.StatusConflict, "error.no-score")
			}
			if err := s.site.W.Review().Do(q.Ctx(), d.About(), e); err != nil {
				return err
			}
			return s.site.Back(q, q.From("/dossiers/"+d.ID), "done.unscored")
		}
		v, ok := c.Scale.Parse(q.Form("points"))
		if !ok {
			return page.Refuse(http.StatusBadRequest, "error.mark", q.Form("points"), c.Marks(q.Lang))
		}
		e.Data.Points, e.Data.Text = &v, q.Form("why")
		s.undoScore(q, d, &c, before)
		if err := s.site.W.Review().Do(q.Ctx(), d.About(), e); err != nil {
			return err
		}
		return s.site.Back(q, q.From("/dossiers/"+d.ID), "done.scored")
	}
	return page.NotFound()
}

// ownScore returns the person's score on a criterion of a dossier; nil if there is none.
func (s *Room) ownScore(q *page.Request, d *access.Seen, criterion string) (own *dossier.PanelScore, err error) {
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, x := range st.Scores(d.ID, d.Unit) {
			if x.Criterion == criterion && x.Person == q.Person.ID {
				own = &x
			}
		}
		return nil
	})
	return own, err
}

// undoScore has the next page offer to undo a score: by the one before it, or by none.
func (s *Room) undoScore(q *page.Request, d *access.Seen, c *rules.PanelCriterion, before *dossier.PanelScore) {
	undo := url.Values{"criterion": {c.ID}, "back": {s.site.Stay(q, d.ID)}}
	if before == nil {
		undo.Set("remove", "yes")
	} else {
		undo.Set("points", cmp.Or(c.Scale.Name(before.Points), strconv.FormatFloat(before.Points, 'f', -1, 64)))
		undo.Set("why", before.Why)
	}
	s.site.Undoable(q, "/dossiers/"+d.ID+"/score", undo)
}

// Tag gives a dossier a tag, or takes it away if the form says so.
func (s *Room) Tag(q *page.Request) error {
	e := review.Event{Action: review.Tagged, Data: review.Data{Name: review.TagName(q.Form("tag"))}}
	back, said := url.Values{"tag": {e.Data.Name}}, "done.tagged"
	if q.Form("remove") != "" {
		e.Action, said = review.Untagged, "done.untagged"
	} else {
		back.Set("remove", "yes")
	}
	s.site.Undoable(q, q.R.URL.Path, back)
	return s.do(q, e, said)
}

// Draft keeps the comment that a person is typing. The script of the page sends it while the person types; an
// empty text removes the draft.
func (s *Room) Draft(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	if d.Tie != nil {
		return page.NotFound()
	}
	text := q.Form("text")
	if len([]rune(text)) > 8000 {
		return page.Refuse(http.StatusRequestEntityTooLarge, "error.too-large")
	}
	if err := s.site.W.Store.Drafts.Set(q.Ctx(), q.Person.ID, "comment "+d.ID, text,
		s.site.W.Now()); err != nil {
		return err
	}
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

// CloseList closes a list, and anchors the audit trail outside the records. The form names the run whose list
// the person saw. If a newer run has published meanwhile, the person must look at its list first.
func (s *Room) CloseList(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	if q.Form("sure") != "yes" {
		return page.Refuse(http.StatusBadRequest, "error.sure")
	}
	if run := q.Form("run"); run != "" && run != f.Run {
		return page.Refuse(http.StatusConflict, "error.other-run")
	}
	published, err := editions.List(q.Ctx(), s.site.W, f.Run, f.Ruleset)
	if err != nil {
		return err
	}
	if published == nil {
		return page.NotFound()
	}
	if err := s.lookFirst(q.Ctx(), published); err != nil {
		return err
	}
	if err := evidence.Close(q.Ctx(), s.site.W, q.Person.ID, published); err != nil {
		return err
	}
	if err := anchor.Keep(q.Ctx(), s.site.W, s.mailer.MailAnchor); err != nil { // the list is closed all the same
		s.site.Log.Error("anchoring the audit trail", "error", err.Error())
	}
	return s.site.Back(q, "/lists/"+f.Ruleset, "done.closed")
}

// lookTimeout is how long closing a list waits until evidence in Office documents was looked at.
const lookTimeout = 40 * time.Second

// lookFirst looks at the evidence of recommended dossiers before their list is closed. It refuses if that takes too
// long, or if evidence that counts was not seen: the next run assesses without it.
func (s *Room) lookFirst(ctx context.Context, f *publish.File) error {
	var ids []string
	for i := range f.Entries {
		if f.Entries[i].Outcome == dossier.Recommended {
			ids = append(ids, f.Entries[i].Dossier)
		}
	}
	pages := viewer.New(ctx, s.site.W)
	defer pages.Close()
	limited, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	found, err := look.NewOffice(s.site.W, pages).Check(limited, ids)
	switch {
	case err != nil:
		return err
	case len(found.Doubted) > 0:
		return page.Refuse(http.StatusConflict, "error.unseen", strings.Join(found.Doubted, ", "))
	case len(found.Unlooked) > 0:
		return page.Refuse(http.StatusConflict, "error.unlooked", len(found.Unlooked))
	}
	return nil
}

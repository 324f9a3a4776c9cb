package web

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// dossier is the page of one dossier.
func (s *Server) dossier(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	data := map[string]any{"D": d, "UnitName": s.unitName(d.Unit), "Own": !q.person.May(review.See),
		"MostFiles": mostFiles, "MostMB": maxUpload >> 20}
	if d.Tie == nil {
		if err := s.deliveriesOf(q, d.ID, data); err != nil {
			return err
		}
	}
	if d.Tie != nil || !q.person.May(review.See) {
		if d.Tie == nil {
			if err := s.decisionOf(q, d, data); err != nil {
				return err
			}
		}
		s.render(q, http.StatusOK, "dossier-aside", data)
		return nil
	}
	a, err := s.w.Store.Assessment(q.ctx(), d.ID)
	if err != nil {
		return err
	}
	_, doc, err := s.w.Load(q.ctx(), d.ID)
	if err != nil || doc == nil {
		return errors.Join(err, notFoundWhere(doc == nil))
	}
	data["Documents"] = doc.Documents
	if a != nil {
		e, err := s.entryOf(q, d, a)
		if err != nil {
			return err
		}
		data["Entry"], data["Facts"], data["FieldName"] = e, a.Facts, s.fieldName(q.lang, a.Field)
		if d.Entry != nil && d.Entry.Certainty != nil {
			data["Keeps"] = d.Entry.Certainty.Text
		}
	}
	if rs := s.ruleset(d.Ruleset); rs != nil {
		data["Panel"] = rs.PanelCriteria()
	}
	scores, err := pipeline.PanelScores(q.ctx(), s.w, d.ID, d.Unit)
	if err != nil {
		return err
	}
	copies, err := s.w.Store.CopiesOf(q.ctx(), d.ID)
	if err != nil {
		return err
	}
	data["Scores"] = scores
	if data["Copies"], err = s.copiesFor(q, copies[d.ID]); err != nil {
		return err
	}
	writing, err := s.w.Store.Writing(q.ctx(), "comment "+d.ID, q.person.ID, s.w.Now().Add(-writingFor))
	if err != nil {
		return err
	}
	if data["Draft"], _, err = s.w.Store.Draft(q.ctx(), q.person.ID, "comment "+d.ID); err != nil {
		return err
	}
	if err := s.decisionOf(q, d, data); err != nil {
		return err
	}
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		data["Seen"], data["History"] = st.Seq, s.history(q, st, d.ID)
		if q.person.May(review.Discuss) {
			data["Writing"] = s.names(st, writing)
		}
		s.blind(q, st, d, data)
		return nil
	}); err != nil {
		return err
	}
	data["Model"] = a != nil && slices.Contains(s.w.Campaign().Register.Kinds, a.Kind)
	s.render(q, http.StatusOK, "dossier", data)
	return nil
}

// delivered is what was received of a dossier, and when.
type delivered struct {
	Unrecorded int    // versions up to this one were received before deliveries were recorded
	At         string // when the newest version was received
	List       []deliveredAt
}

type deliveredAt struct {
	At, Entry string
	store.Delivery
}

// deliveriesOf adds what was received when.
func (s *Server) deliveriesOf(q *request, id string, data map[string]any) error {
	a, err := s.w.Store.Dossier(q.ctx(), id)
	if err != nil || a == nil {
		return err
	}
	all, err := s.w.Store.Deliveries(q.ctx(), id)
	if err != nil {
		return err
	}
	out := delivered{Unrecorded: a.Version, At: a.ReceivedAt.Format(time.RFC3339)}
	if len(all) > 0 {
		out.Unrecorded = all[0].Version - 1
	}
	for _, d := range all {
		out.List = append(out.List, deliveredAt{d.At.Format(time.RFC3339), d.Entry, d})
	}
	data["Deliveries"] = out
	return nil
}

// writingFor is how long somebody counts as writing after the last letter.
const writingFor = 10 * time.Minute

// told is something that was done, and by whom.
type told struct{ Name, Action, At string }

// history is what was done on a dossier, as far as whoever asks may know: the newest first.
func (s *Server) history(q *request, st *review.State, id string) []told {
	var out []told
	for _, c := range slices.Backward(st.History(id)) {
		switch c.Action {
		case review.Voted, review.VoteTaken:
			if !q.person.May(review.SeeVotes) || st.Settings.Blind {
				continue
			}
		case review.Commented:
			if !q.person.May(review.Discuss) {
				continue
			}
		case review.TieDeclared, review.TieFound, review.TieDismissed:
			if c.Person != q.person.ID && !q.person.May(review.JudgeTies) && !q.person.May(review.SeeVotes) {
				continue
			}
		}
		if out = append(out, told{s.name(st, c.Person), string(c.Action), c.At}); len(out) == 100 {
			break
		}
	}
	return out
}

// blind takes away, where the campaign is blind, what others gave and voted, until the person
// has given and voted.
func (s *Server) blind(q *request, st *review.State, d *seen, data map[string]any) {
	if !st.Settings.Blind || data["Decision"].(*review.DecidedEntry) != nil {
		return
	}
	if scores, ok := data["Scores"].([]dossier.PanelScore); ok {
		data["Scores"], data["Blind"] = scoresFor(q.person, st, false, scores)
	}
	if q.person.May(review.CastVote) && st.VoteOf(q.person.ID, d.Ruleset, d.ID) == "" {
		data["Blind"], data["Voters"] = true, []said(nil)
		data["Tally"] = s.tally(q.person, st, d.Ruleset, d.ID, d.Unit)
	}
}

// copiesFor are the passages that a dossier shares with others, but for those from which whoever asks
// is recused.
func (s *Server) copiesFor(q *request, copies []dossier.Copy) ([]dossier.Copy, error) {
	var ids []string
	for _, c := range copies {
		ids = append(ids, c.Of)
	}
	recused, err := s.recusedFrom(q.ctx(), q.person, ids...)
	return slices.DeleteFunc(slices.Clone(copies), func(c dossier.Copy) bool { return recused[c.Of] }), err
}

func notFoundWhere(missing bool) error {
	if missing {
		return notFound()
	}
	return nil
}

// said is a comment with who made it.
type said struct{ Name, Text, At string }

// decisionOf adds what people have done about a dossier.
func (s *Server) decisionOf(q *request, d *seen, data map[string]any) error {
	return s.w.Review().View(q.ctx(), func(st *review.State) error {
		data["Decision"] = st.Decision(d.Ruleset, d.ID)
		if !q.person.May(review.See) {
			return nil
		}
		t := st.Tally(d.Ruleset, d.ID, d.Unit)
		data["Tally"], data["Aside"] = t, s.names(st, t.Aside)
		data["MyVote"] = st.VoteOf(q.person.ID, d.Ruleset, d.ID)
		_, closed := st.Closed[d.Ruleset]
		data["Closed"] = closed
		data["Overrides"] = s.overrides(q.person, st, d.Ruleset, d.ID, d.hidden)
		data["Assigned"] = s.names(st, st.Assigned[d.ID])
		data["Mine"] = slices.Contains(st.Assigned[d.ID], q.person.ID)
		var comments []said
		for _, c := range st.Comments[d.ID] {
			comments = append(comments, said{s.name(st, c.Person), c.Text, c.At})
		}
		data["Comments"] = comments
		var voters []said
		for _, c := range t.Votes {
			voters = append(voters, said{Name: s.name(st, c.Person), Text: string(c.Vote)})
		}
		data["Voters"] = voters
		var evaluators []*review.Person
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			if p := st.People[id]; p.May(review.Score) && st.Tie(id, d.ID, d.Unit) == nil {
				copied := *p
				evaluators = append(evaluators, &copied)
			}
		}
		data["Evaluators"] = evaluators
		return nil
	})
}

// text shows a page of a document: its image, and its text beside it, with what was quoted from
// it marked on both.
func (s *Server) text(q *request) error {
	d, x, err := s.documentOf(q)
	if err != nil {
		return err
	}
	get := q.r.URL.Query()
	number, _ := strconv.Atoi(get.Get("page"))
	k := slices.IndexFunc(x.Pages, func(p dossier.Page) bool { return p.Number == number })
	if k < 0 {
		return notFound()
	}
	p := &x.Pages[k]
	var marks [][2]int
	if a, err := s.w.Store.Assessment(q.ctx(), d.ID); err != nil {
		return err
	} else if a != nil && q.person.May(review.See) {
		marks = quotes(a, x.Name, number)
	}
	data := map[string]any{"D": d, "Doc": x, "P": p}
	if k > 0 {
		data["Prev"] = x.Pages[k-1].Number
	}
	if k+1 < len(x.Pages) {
		data["Next"] = x.Pages[k+1].Number
	}
	text := []rune(p.Text)
	if err := s.showImage(q, x, p, text, marks, data); err != nil {
		return err
	}
	if len(text) > mostShown {
		text, data["Cut"] = text[:mostShown], true
	}
	data["Text"] = marked(string(text), marks)
	s.render(q, http.StatusOK, "text", data)
	return nil
}

// mostShown is how many code points of a page are shown.
const mostShown = 40_000

// showImage adds the image of a page with the places of its quotes. What LibreOffice prints has
// pages of its own: the one that is asked for, or the first that has a quote.
func (s *Server) showImage(q *request, x *dossier.Document, p *dossier.Page, text []rune, marks [][2]int, data map[string]any) error {
	var quotes []string
	for _, m := range marks {
		if m[1] <= len(text) {
			quotes = append(quotes, string(text[m[0]:m[1]]))
		}
	}
	at, own := p.Number, extract.Viewable(x.Type)
	if asked, err := strconv.Atoi(q.r.URL.Query().Get("image")); err == nil && !own {
		at = asked
	}
	v, err := s.viewOf(q, x, at)
	if err != nil || v == nil {
		return err
	}
	on := func(v *extract.View) (found []extract.Mark) {
		for _, quote := range quotes {
			found = append(found, v.Marks(quote)...)
		}
		return found
	}
	found := on(v)
	for next := 1; !own && len(found) == 0 && q.r.URL.Query().Get("image") == "" && next <= min(v.Pages, mostTried); next++ {
		if other, err := s.viewOf(q, x, next); err != nil {
			return err
		} else if other != nil {
			if m := on(other); len(m) > 0 {
				v, at, found = other, next, m
			}
		}
	}
	data["Image"], data["View"], data["Marks"] = at, v, found
	if !own && v.Pages > 1 {
		data["Images"] = v.Pages
		if at > 1 {
			data["ImageBefore"] = at - 1
		}
		if at < v.Pages {
			data["ImageAfter"] = at + 1
		}
	}
	return nil
}

// mostTried is how many printed pages are looked through for a quote.
const mostTried = 8

// quotes are the places of a page that an assessment quotes, in order, each once.
func quotes(a *dossier.Assessment, doc string, page int) [][2]int {
	var all [][2]int
	add := func(list ...dossier.Source) {
		for _, e := range list {
			if e.Document == doc && e.Page == page && e.End > e.Start {
				all = append(all, [2]int{e.Start, e.End})
			}
		}
	}
	for _, c := range a.Criteria {
		add(c.Evidence...)
	}
	for _, f := range a.Facts {
		add(f.Source)
		for _, r := range f.Rivals {
			add(r.Source)
		}
	}
	sort.Slice(all, func(i, k int) bool { return all[i][0] < all[k][0] })
	var out [][2]int
	for _, m := range all {
		if n := len(out); n > 0 && m[0] < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], m[1])
			continue
		}
		out = append(out, m)
	}
	return out
}

package overview

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// maxWaiting is how many waiting entries the overview shows.
const maxWaiting = 6

// Waiting is something that waits for a person. What is the key of a text; Since is a date, or "". Entry is what the
// person may see of the entry that waits, with the codes of its flags; nil for what is due in the register.
type Waiting struct {
	Link, Title, List, What, Since string
	Entry                          *publish.Entry
	Flags                          []string
}

// Waiting returns what waits for a person: first what is assigned to them, then what they are to decide,
// score and vote on, then what is due in the register. Entries of closed lists wait for nothing.
func (s *Room) Waiting(ctx context.Context, p *review.Person) ([]Waiting, error) {
	mine, err := s.lists.For(ctx, p)
	if err != nil {
		return nil, err
	}
	of := mine.Of
	models, _, err := s.register.Models(ctx)
	if err != nil {
		return nil, err
	}
	var out []Waiting
	err = s.site.W.Review().View(ctx, func(st *review.State) error {
		for _, rs := range s.site.W.Campaign().Rulesets {
			f := of[rs.ID]
			if _, closed := st.Closed[rs.ID]; f == nil || closed {
				continue
			}
			for i := range f.Entries {
				e := &f.Entries[i]
				if w := waits(p, st, mine.Sees, rs, e); w != "" {
					out = append(out, Waiting{Link: linkTo(w, rs.ID, e.Dossier), Title: e.Title, List: rs.ID, What: w,
						Entry: e, Flags: flagCodes(e)})
				}
			}
		}
		today := s.site.Today()
		for _, m := range models {
			if p.May(review.Visit) && m.DueWhat == "inspection" && m.Due <= today && !mine.Sees.Of(m.ID,
				m.Unit) && !mine.Sees.Of(m.Dossier) {
				out = append(out, Waiting{Link: "/register/" + m.ID, Title: m.Title, What: "wait.inspect",
					Since: m.Due})
			}
		}
		return nil
	})
	// Stable, so that what waits for the same thing stays in the order of the lists.
	slices.SortStableFunc(out, func(a, b Waiting) int {
		return cmp.Compare(slices.Index(waitOrder, a.What), slices.Index(waitOrder, b.What))
	})
	return out, err
}

// flagCodes returns the codes of the flags of an entry, each once.
func flagCodes(e *publish.Entry) (out []string) {
	for _, f := range e.Flags {
		if !slices.Contains(out, f.Code) {
			out = append(out, f.Code)
		}
	}
	return out
}

// waitOrder is the order of what waits, most urgent first.
var waitOrder = []string{"wait.assigned", "wait.decide", "wait.score", "wait.vote", "wait.inspect"}

// waits returns what an entry waits for from a person, as the key of a text; "" if nothing. Nothing waits on
// an entry that is decided, or from which the person is recused. An assignment comes first, because it was
// given to this person; once the person has examined the dossier, their vote is asked for as of any other.
func waits(p *review.Person, st *review.State, sees *access.Visibility, rs *rules.Ruleset,
	e *publish.Entry) string {
	ruleset := rs.ID
	if st.Tie(p.ID, e.Dossier, e.Unit) != nil || st.Decision(ruleset, e.Dossier) != nil {
		return ""
	}
	switch {
	case slices.Contains(st.Assigned[e.Dossier], p.ID) && !access.Examined(p.ID, st, rs, e.Dossier):
		return "wait.assigned"
	case e.Hidden: // the rest follows from the outcome
		if unscored, _ := sees.Hide(ruleset, e.Dossier); len(unscored) > 0 && p.May(review.CastVote) {
			return "wait.score"
		}
		return ""
	case !st.MustDecide(ruleset, e):
		return ""
	case p.May(review.CastVote) && st.VoteOf(p.ID, ruleset, e.Dossier) == "":
		return "wait.vote"
	case p.May(review.Decide) && review.Quorate(st, ruleset, e.Dossier, e.Unit):
		return "wait.decide"
	}
	return ""
}

// linkTo returns where what waits is done: votes and decisions in the meeting, everything else on the
// dossier's page.
func linkTo(what, ruleset, id string) string {
	if what == "wait.vote" || what == "wait.decide" {
		return meetingLink(ruleset, id)
	}
	return "/dossiers/" + id
}

// WaitingPage shows everything that waits for the person who asks.
func (s *Room) WaitingPage(q *page.Request) error {
	all, err := s.Waiting(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	what := q.R.URL.Query().Get("what")
	if what != "" {
		all = slices.DeleteFunc(all, func(w Waiting) bool { return w.What != what })
	}
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"dossier", "what", "since"}, Widths: []float64{60, 40, 14}}
		for _, w := range all {
			t.Rows = append(t.Rows, []any{w.Title, s.site.Texts.Say(q.Lang, w.What), w.Since})
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "home.waits"), t)
	}
	from, to := s.site.Span(q.R.URL.Query().Get("from"), len(all))
	data := map[string]any{"Waiting": all[from:to], "What": what, "Whats": waitOrder}
	pageLinks(q, "/waiting", from, to, len(all), data)
	s.site.Render(q, http.StatusOK, "waiting", data)
	return nil
}

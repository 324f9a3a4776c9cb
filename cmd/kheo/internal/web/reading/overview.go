package reading

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// Home shows the campaign at a glance: the lists, what waits for the person, and what the last run changed. A
// submitter sees the dossiers of their unit instead.
func (s *Room) Home(q *page.Request) error {
	if !q.Person.May(review.See) {
		return s.ownDossiers(q)
	}
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	of := mine.Of
	type counted struct {
		Ruleset, Title string
		Counts         publish.Counts
		Decided, Open  int
		OpenOthers     bool
		Blind          bool // some outcomes are hidden, and not counted
		Closed         *review.ClosedList
		Units          []unitCount
		Uncertain      int // facts that decide about an entry
		UncertainIn    int // entries that such facts decide about
	}
	var all []counted
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, rs := range s.site.W.Campaign().Rulesets {
			f := of[rs.ID]
			if f == nil {
				continue
			}
			open, others := access.OpenFor(q.Person, st, f)
			c := counted{Ruleset: rs.ID, Title: rs.Title.In(q.Lang, "en", "vi"), Counts: f.Counts,
				Blind: mine.Sees.Blind(rs.ID), Units: s.byUnit(f), Open: open, OpenOthers: others}
			if x, ok := st.Closed[rs.ID]; ok {
				c.Closed = &x
			}
			for i := range f.Entries {
				e := &f.Entries[i]
				if st.Decision(rs.ID, e.Dossier) != nil {
					c.Decided++
				}
				if n := len(e.Deciding); n > 0 && c.Closed == nil {
					c.Uncertain, c.UncertainIn = c.Uncertain+n, c.UncertainIn+1
				}
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	waits, err := s.waiting(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	runs, err := s.site.W.Store.Runs.Newest(q.Ctx(), 1)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "home", map[string]any{"Run": mine.Run, "Lists": all,
		"Waiting": waits[:min(len(waits), maxWaiting)], "WaitingMore": max(0,
			len(waits)-maxWaiting), "Runs": runs})
	return nil
}

// maxWaiting is how many waiting entries the overview shows.
const maxWaiting = 12

// waiting is something that waits for a person.
type waiting struct{ Link, Title, What, Since string }

// waiting returns what waits for a person: first what is assigned to them, then what they are to vote on and
// decide, then what is due in the register. Entries of closed lists wait for nothing.
func (s *Room) waiting(ctx context.Context, p *review.Person) ([]waiting, error) {
	mine, err := s.lists.For(ctx, p)
	if err != nil {
		return nil, err
	}
	of := mine.Of
	models, _, err := s.register.Models(ctx)
	if err != nil {
		return nil, err
	}
	var out []waiting
	err = s.site.W.Review().View(ctx, func(st *review.State) error {
		for _, rs := range s.site.W.Campaign().Rulesets {
			f := of[rs.ID]
			if _, closed := st.Closed[rs.ID]; f == nil || closed {
				continue
			}
			for i := range f.Entries {
				if w := s.waits(p, st, mine.Sees, rs.ID, &f.Entries[i]); w != "" {
					out = append(out, waiting{Link: "/dossiers/" + f.Entries[i].Dossier,
						Title: f.Entries[i].Title, What: w})
				}
			}
		}
		today := s.site.Today()
		for _, m := range models {
			if p.May(review.Visit) && m.DueWhat == "inspection" && m.Due <= today && !mine.Sees.Of(m.ID,
				m.Unit) && !mine.Sees.Of(m.Dossier) {
				out = append(out, waiting{"/register/" + m.ID, m.Title, "wait.inspect", m.Due})
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b waiting) int {
		return cmp.Compare(slices.Index(waitOrder, a.What), slices.Index(waitOrder, b.What))
	})
	return out, err
}

// waitOrder is the order of what waits, most urgent first.
var waitOrder = []string{"wait.assigned", "wait.decide", "wait.score", "wait.vote", "wait.inspect"}

// waits returns what an entry waits for from a person, as the key of a text; "" if nothing. Nothing waits on an
// entry that is decided, or from which the person is recused. An assignment comes first, because it was given
// to this person.
func (s *Room) waits(p *review.Person, st *review.State, sees *access.Visibility, ruleset string,
	e *publish.Entry) string {
	if st.Tie(p.ID, e.Dossier, e.Unit) != nil || st.Decision(ruleset, e.Dossier) != nil {
		return ""
	}
	switch {
	case slices.Contains(st.Assigned[e.Dossier], p.ID):
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
	case p.May(review.Decide) && st.Tally(ruleset, e.Dossier, e.Unit).Quorate:
		return "wait.decide"
	}
	return ""
}

// WaitingPage shows everything that waits for the person who asks.
func (s *Room) WaitingPage(q *page.Request) error {
	all, err := s.waiting(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"dossier", "what", "since"}, Widths: []float64{60, 40, 14}}
		for _, w := range all {
			t.Rows = append(t.Rows, []any{w.Title, s.site.Texts.Say(q.Lang, w.What), w.Since})
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "home.waits"), t)
	}
	get := q.R.URL.Query()
	from, to := s.site.Span(get.Get("from"), len(all))
	data := map[string]any{"Waiting": all[from:to], "From": min(from+1, len(all)), "To": to, "Total": len(all)}
	if from > 0 {
		data["Before"] = page.WithQuery("/waiting", get, "from", strconv.Itoa(max(0, from-page.PerPage)))
	}
	if to < len(all) {
		data["After"] = page.WithQuery("/waiting", get, "from", strconv.Itoa(to))
	}
	s.site.Render(q, http.StatusOK, "waiting", data)
	return nil
}

// unitCount is how many dossiers of a unit have which outcome, with the widths of a bar.
type unitCount struct {
	Name                      string
	Recommended, Others, All  int
	WideRecommended, WideRest int // of 100 for the unit with most
}

// byUnit counts outcomes by unit. Entries with a hidden outcome are not counted. Units are ordered by id. A
// count of hidden outcomes, by difference, would reveal them.
func (s *Room) byUnit(f *publish.File) []unitCount {
	of := map[string]*unitCount{}
	most := 1
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Hidden {
			continue
		}
		u := of[e.Unit]
		if u == nil {
			u = &unitCount{Name: s.site.UnitName(e.Unit)}
			of[e.Unit] = u
		}
		u.All++
		if e.Outcome == dossier.Recommended {
			u.Recommended++
		} else {
			u.Others++
		}
		most = max(most, u.All)
	}
	var out []unitCount
	for _, id := range slices.Sorted(maps.Keys(of)) {
		u := of[id]
		u.WideRecommended, u.WideRest = 100*u.Recommended/most, 100*u.Others/most
		out = append(out, *u)
	}
	return out
}

// ownDossiers shows a submitter the dossiers of their unit, and what each of them lacks. The unit is that of
// the list if the dossier is on one, and otherwise that of its manifest. Sent has deliveries that no run has
// ingested yet.
func (s *Room) ownDossiers(q *page.Request) error {
	_, _, at, err := s.lists.Latest(q.Ctx())
	if err != nil {
		return err
	}
	type own struct {
		Dossier, Title, Ruleset string
		Missing                 []string
		Decision                *review.DecidedEntry
	}
	var out []own
	var sent []review.Handed // and not taken in yet
	all, err := s.site.W.Store.Dossiers.All(q.Ctx())
	if err != nil {
		return err
	}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, a := range all {
			p, ok := at[a.ID]
			o := own{Dossier: a.ID, Title: a.Name}
			if ok {
				o.Title, o.Ruleset = p.Entry.Title, p.Ruleset
				if p.Entry.Unit != q.Person.Unit {
					continue
				}
				for _, f := range p.Entry.Flags {
					if f.Code == dossier.FlagMissingDocument || f.Code == dossier.FlagUnreadable ||
						f.Code == dossier.FlagNeedsOCR {
						o.Missing = append(o.Missing, f.Message)
					}
				}
				o.Decision = st.Decision(p.Ruleset, a.ID)
			} else if a.Manifest.Unit != q.Person.Unit {
				continue
			}
			out = append(out, o)
		}
		known := map[string]bool{}
		for _, a := range all {
			known[a.ID] = true
		}
		for _, h := range st.Handed(q.Person.Unit) {
			if !known[h.Dossier] {
				sent = append(sent, h)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "own", map[string]any{"Sent": sent, "Dossiers": out,
		"Unit": s.site.UnitName(q.Person.Unit), "Kinds": s.site.W.Campaign().Env.Kinds,
		"Levels": s.site.W.Campaign().Env.Levels, "Fields": s.site.W.Campaign().Env.Fields,
		"MostFiles": page.MaxFiles, "MostMB": upload.MaxUpload >> 20})
	return nil
}

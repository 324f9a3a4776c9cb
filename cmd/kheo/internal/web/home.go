package web

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// home is the campaign at a glance: the lists, what waits for the person, what the last run
// changed.
func (s *Server) home(q *request) error {
	if !q.person.May(review.See) {
		return s.ownDossiers(q)
	}
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	of := mine.of
	type counted struct {
		Ruleset, Title string
		Counts         publish.Counts
		Decided, Open  int
		OpenOthers     bool
		Blind          bool // some outcomes are hidden, and not counted
		Closed         *review.ClosedList
		Units          []unitCount
	}
	var all []counted
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		for _, rs := range s.w.Campaign().Rulesets {
			f := of[rs.ID]
			if f == nil {
				continue
			}
			open, others := openFor(q.person, st, f)
			c := counted{Ruleset: rs.ID, Title: rs.Title.In(q.lang, "en", "vi"), Counts: f.Counts, Blind: mine.sees.blind(rs.ID), Units: s.byUnit(f), Open: open, OpenOthers: others}
			if x, ok := st.Closed[rs.ID]; ok {
				c.Closed = &x
			}
			for i := range f.Entries {
				e := &f.Entries[i]
				if st.Decision(rs.ID, e.Dossier) != nil {
					c.Decided++
				}
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	waits, err := s.waiting(q.ctx(), q.person)
	if err != nil {
		return err
	}
	runs, err := s.w.Store.Runs.Newest(q.ctx(), 1)
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "home", map[string]any{"Run": mine.run, "Lists": all, "Waiting": waits[:min(len(waits), mostWaiting)], "WaitingMore": max(0, len(waits)-mostWaiting), "Runs": runs})
	return nil
}

// mostWaiting is how much of what waits the overview shows.
const mostWaiting = 12

// waiting is something that waits for a person.
type waiting struct{ Link, Title, What, Since string }

// waiting is what waits for a person: what was given to them first, then what they are to
// vote on and to decide, then what is due in the register.
func (s *Server) waiting(ctx context.Context, p *review.Person) ([]waiting, error) {
	mine, err := s.listsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	of := mine.of
	models, _, err := s.register(ctx)
	if err != nil {
		return nil, err
	}
	var out []waiting
	err = s.w.Review().View(ctx, func(st *review.State) error {
		for _, rs := range s.w.Campaign().Rulesets {
			f := of[rs.ID]
			if _, closed := st.Closed[rs.ID]; f == nil || closed {
				continue
			}
			for i := range f.Entries {
				if w := s.waits(p, st, mine.sees, rs.ID, &f.Entries[i]); w != "" {
					out = append(out, waiting{Link: "/dossiers/" + f.Entries[i].Dossier, Title: f.Entries[i].Title, What: w})
				}
			}
		}
		today := s.today()
		for _, m := range models {
			if p.May(review.Visit) && m.DueWhat == "inspection" && m.Due <= today && !mine.sees.of(m.ID, m.Unit) && !mine.sees.of(m.Dossier) {
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

// waitOrder is what comes first.
var waitOrder = []string{"wait.assigned", "wait.decide", "wait.score", "wait.vote", "wait.inspect"}

// waits tells what an entry waits for from a person: the key of a text, "" for nothing.
func (s *Server) waits(p *review.Person, st *review.State, sees *visibility, ruleset string, e *publish.Entry) string {
	if st.Tie(p.ID, e.Dossier, e.Unit) != nil || st.Decision(ruleset, e.Dossier) != nil {
		return ""
	}
	switch {
	case slices.Contains(st.Assigned[e.Dossier], p.ID):
		return "wait.assigned"
	case e.Hidden: // the rest follows from the outcome
		if unscored, _ := sees.hide(ruleset, e.Dossier); len(unscored) > 0 && p.May(review.CastVote) {
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

// waitingPage is all that waits for whoever asks.
func (s *Server) waitingPage(q *request) error {
	all, err := s.waiting(q.ctx(), q.person)
	if err != nil {
		return err
	}
	if wantsSheet(q) {
		t := table{head: []string{"dossier", "what", "since"}, widths: []float64{60, 40, 14}}
		for _, w := range all {
			t.rows = append(t.rows, []any{w.Title, s.texts.say(q.lang, w.What), w.Since})
		}
		return s.sheet(q, s.texts.say(q.lang, "home.waits"), t)
	}
	get := q.r.URL.Query()
	from, to := s.span(get.Get("from"), len(all))
	data := map[string]any{"Waiting": all[from:to], "From": min(from+1, len(all)), "To": to, "Total": len(all)}
	if from > 0 {
		data["Before"] = withQuery("/waiting", get, "from", strconv.Itoa(max(0, from-perPage)))
	}
	if to < len(all) {
		data["After"] = withQuery("/waiting", get, "from", strconv.Itoa(to))
	}
	s.render(q, http.StatusOK, "waiting", data)
	return nil
}

// unitCount is how many dossiers of a unit have which outcome, with the widths of a bar.
type unitCount struct {
	Name                      string
	Recommended, Others, All  int
	WideRecommended, WideRest int // of 100 for the unit with most
}

func (s *Server) byUnit(f *publish.File) []unitCount {
	of := map[string]*unitCount{}
	most := 1
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Hidden {
			continue
		}
		u := of[e.Unit]
		if u == nil {
			u = &unitCount{Name: s.unitName(e.Unit)}
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

// ownDossiers shows a submitter the dossiers of the own unit, and what each of them lacks.
func (s *Server) ownDossiers(q *request) error {
	_, _, at, err := s.latest(q.ctx())
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
	all, err := s.w.Store.Dossiers.All(q.ctx())
	if err != nil {
		return err
	}
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		for _, a := range all {
			p, ok := at[a.ID]
			o := own{Dossier: a.ID, Title: a.Name}
			if ok {
				o.Title, o.Ruleset = p.entry.Title, p.ruleset
				if p.entry.Unit != q.person.Unit {
					continue
				}
				for _, f := range p.entry.Flags {
					if f.Code == dossier.FlagMissingDocument || f.Code == dossier.FlagUnreadable || f.Code == dossier.FlagNeedsOCR {
						o.Missing = append(o.Missing, f.Message)
					}
				}
				o.Decision = st.Decision(p.ruleset, a.ID)
			} else if a.Manifest.Unit != q.person.Unit {
				continue
			}
			out = append(out, o)
		}
		known := map[string]bool{}
		for _, a := range all {
			known[a.ID] = true
		}
		for _, h := range st.Handed(q.person.Unit) {
			if !known[h.Dossier] {
				sent = append(sent, h)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "own", map[string]any{"Sent": sent, "Dossiers": out, "Unit": s.unitName(q.person.Unit), "Kinds": s.w.Campaign().Env.Kinds, "Levels": s.w.Campaign().Env.Levels, "Fields": s.w.Campaign().Env.Fields,
		"MostFiles": mostFiles, "MostMB": maxUpload >> 20})
	return nil
}

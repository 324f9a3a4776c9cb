package web

import (
	"maps"
	"net/http"
	"slices"

	"kheo/pipeline/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// home is the campaign at a glance: the lists, what waits for the person, what the last run
// changed.
func (s *Server) home(q *request) error {
	if !q.person.May(review.See) {
		return s.ownDossiers(q)
	}
	run, of, _, err := s.latest(q.ctx())
	if err != nil {
		return err
	}
	type waiting struct{ Dossier, Title, Ruleset, What string }
	type counted struct {
		Ruleset, Title string
		Counts         publish.Counts
		Decided, Open  int
		Closed         *review.ClosedList
		Units          []unitCount
	}
	var all []counted
	var waits []waiting
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		for _, rs := range s.w.Campaign.Rulesets {
			f := of[rs.ID]
			if f == nil {
				continue
			}
			c := counted{Ruleset: rs.ID, Title: rs.Title.In(q.lang, "en", "vi"), Counts: f.Counts, Open: len(st.Open(f)), Units: s.byUnit(f)}
			if x, ok := st.Closed[rs.ID]; ok {
				c.Closed = &x
			}
			for i := range f.Entries {
				e := &f.Entries[i]
				if st.Decision(rs.ID, e.Dossier) != nil {
					c.Decided++
				}
				if c.Closed != nil || st.Tie(q.person.ID, e.Dossier, e.Unit) != nil {
					continue
				}
				switch {
				case slices.Contains(st.Assigned[e.Dossier], q.person.ID):
					waits = append(waits, waiting{e.Dossier, e.Title, rs.ID, "wait.assigned"})
				case q.person.May(review.CastVote) && st.Decision(rs.ID, e.Dossier) == nil && st.VoteOf(q.person.ID, rs.ID, e.Dossier) == "" && (e.Outcome == dossier.Recommended || e.Outcome == dossier.NeedsReview):
					waits = append(waits, waiting{e.Dossier, e.Title, rs.ID, "wait.vote"})
				case q.person.May(review.Decide) && st.Decision(rs.ID, e.Dossier) == nil:
					if t := st.Tally(rs.ID, e.Dossier, e.Unit); t.Quorate {
						waits = append(waits, waiting{e.Dossier, e.Title, rs.ID, "wait.decide"})
					}
				}
			}
			all = append(all, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	runs, err := s.w.Store.Runs(q.ctx(), 1)
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "home", map[string]any{"Run": run, "Lists": all, "Waiting": waits[:min(len(waits), 12)], "WaitingMore": max(0, len(waits)-12), "Runs": runs})
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
	all, err := s.w.Store.Dossiers(q.ctx())
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
		return nil
	})
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "own", map[string]any{"Dossiers": out, "Unit": s.unitName(q.person.Unit), "Kinds": s.w.Campaign.Env.Kinds, "Levels": s.w.Campaign.Env.Levels, "Fields": s.w.Campaign.Env.Fields})
	return nil
}

package web

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// recusal is from what a person is recused: single dossiers, and all of some units. A dossier is
// found by each of the units that the records name for it: before it is on a list, that is the one
// of its manifest and the one that was read in its documents.
type recusal struct {
	dossiers, units map[string]bool
	key             string // the same for the same recusal
}

// recusalOf is from what a person is recused now.
func (s *Server) recusalOf(ctx context.Context, p *review.Person) (recusal, error) {
	out := recusal{dossiers: map[string]bool{}, units: map[string]bool{}}
	if p == nil {
		return out, nil
	}
	err := s.w.Review().View(ctx, func(st *review.State) error {
		dossiers, units := st.Recused(p.ID)
		for _, id := range dossiers {
			out.dossiers[id] = true
		}
		for _, id := range units {
			out.units[id] = true
		}
		out.key = strings.Join(dossiers, "\n") + "\x00" + strings.Join(units, "\n")
		return nil
	})
	return out, err
}

func (r *recusal) none() bool { return len(r.dossiers)+len(r.units) == 0 }

// of reports whether the person is recused from a dossier of some units.
func (r *recusal) of(dossier string, units ...string) bool {
	return r.dossiers[dossier] || slices.ContainsFunc(units, func(u string) bool { return u != "" && r.units[u] })
}

func (r *recusal) entry(e *publish.Entry) bool { return r.of(e.Dossier, e.Unit) }

// personal is the newest lists as one person may see them: without the entries from which the
// person is recused, counted and ranked without them.
type personal struct {
	run     string
	of      map[string]*publish.File
	at      map[string]place
	from    map[string]*publish.File // what it was made of
	recused recusal
	aside   map[string][]publish.Entry // by ruleset: the names of those entries, by title
	asideAt map[string]place           // the same by dossier
}

// personals keeps them from one page to the next.
type personals struct {
	mu sync.Mutex
	of map[string]*personal // by recusal
}

// mostPersonal is how many are kept.
const mostPersonal = 16

// listsOf are the newest lists as a person may see them.
func (s *Server) listsOf(ctx context.Context, p *review.Person) (*personal, error) {
	run, of, at, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	rec, err := s.recusalOf(ctx, p)
	if err != nil {
		return nil, err
	}
	if rec.none() {
		return &personal{run: run, of: of, at: at, recused: rec}, nil
	}
	s.personals.mu.Lock()
	defer s.personals.mu.Unlock()
	if kept := s.personals.of[rec.key]; kept != nil && kept.run == run && maps.Equal(kept.from, of) {
		return kept, nil
	}
	if s.personals.of == nil || len(s.personals.of) >= mostPersonal {
		s.personals.of = map[string]*personal{}
	}
	out := s.personal(run, of, rec)
	s.personals.of[rec.key] = out
	return out, nil
}

func (s *Server) personal(run string, of map[string]*publish.File, rec recusal) *personal {
	out := &personal{run: run, from: of, recused: rec, of: map[string]*publish.File{}, at: map[string]place{}, aside: map[string][]publish.Entry{}, asideAt: map[string]place{}}
	for ruleset, f := range of {
		seen := s.apart(f, rec)
		out.of[ruleset] = seen
		for i := range seen.Entries {
			out.at[seen.Entries[i].Dossier] = place{ruleset, &seen.Entries[i]}
		}
		var aside []publish.Entry
		for i := range f.Entries {
			if e := &f.Entries[i]; rec.entry(e) {
				aside = append(aside, publish.Entry{Dossier: e.Dossier, Title: e.Title, Nominee: e.Nominee, Unit: e.Unit, Field: e.Field, Kind: e.Kind, Level: e.Level})
			}
		}
		slices.SortFunc(aside, func(a, b publish.Entry) int {
			return cmp.Or(strings.Compare(a.Title, b.Title), strings.Compare(a.Dossier, b.Dossier))
		})
		out.aside[ruleset] = aside
		for i := range aside {
			out.asideAt[aside[i].Dossier] = place{ruleset, &aside[i]}
		}
	}
	return out
}

// apart is a list as somebody may see it who is recused from some of its entries.
func (s *Server) apart(f *publish.File, rec recusal) *publish.File {
	if f == nil || rec.none() {
		return f
	}
	rs := s.ruleset(f.Ruleset)
	return f.Apart(rec.entry, rs == nil || len(rs.Quotas) > 0, s.w.Campaign().Env.Languages[0])
}

// names are what the entries of a list are called from which the person is recused.
func (p *personal) names() []string {
	var out []string
	for id, x := range p.asideAt {
		out = append(out, id, x.entry.Title)
	}
	for id := range p.recused.dossiers {
		out = append(out, id)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unitsOf are the units that the records name for dossiers which need not be on a list: of what
// was read in them, of their manifest, and of what was registered under their id.
func (s *Server) unitsOf(ctx context.Context, ids ...string) (map[string][]string, error) {
	out := map[string][]string{}
	known, err := s.w.Store.Profiles.Identities(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if k, ok := known[id]; ok {
			out[id] = append(out[id], k.Unit)
		}
		a, err := s.w.Store.Dossiers.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if a != nil {
			out[id] = append(out[id], a.Manifest.Unit)
		}
	}
	return out, s.w.Review().View(ctx, func(st *review.State) error {
		for _, id := range ids {
			if m := st.Model(id); m != nil {
				out[id] = append(out[id], m.Unit)
			}
		}
		return nil
	})
}

// recusedFrom tells from which of some dossiers, on a list or not, a person is recused.
func (s *Server) recusedFrom(ctx context.Context, p *review.Person, ids ...string) (map[string]bool, error) {
	mine, err := s.listsOf(ctx, p)
	if err != nil || mine.recused.none() {
		return nil, err
	}
	out := map[string]bool{}
	var elsewhere []string
	for _, id := range ids {
		_, on := mine.at[id]
		_, aside := mine.asideAt[id]
		switch {
		case aside || mine.recused.of(id):
			out[id] = true
		case !on && len(mine.recused.units) > 0:
			elsewhere = append(elsewhere, id)
		}
	}
	units, err := s.unitsOf(ctx, elsewhere...)
	if err != nil {
		return nil, err
	}
	for _, id := range elsewhere {
		if mine.recused.of(id, units[id]...) {
			out[id] = true
		}
	}
	return out, nil
}

// untold takes out of an entry what it says of dossiers from which whoever asks is recused.
func (s *Server) untold(q *request, e *publish.Entry) error {
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil || mine.recused.none() {
		return err
	}
	if len(mine.asideAt) > 0 {
		e.Untold(mine.names(), q.lang)
	}
	return nil
}

// mayKnowVotes reports whether a person may know how others vote on an entry now: with the right to
// see votes and, where the campaign is blind, after the own vote or the decision.
func mayKnowVotes(p *review.Person, st *review.State, ruleset, dossier string) bool {
	return p.May(review.SeeVotes) && (!st.Settings.Blind || !p.May(review.CastVote) || st.VoteOf(p.ID, ruleset, dossier) != "" || st.Decision(ruleset, dossier) != nil)
}

// tally is how the votes on an entry are, as far as a person may know it.
func (s *Server) tally(p *review.Person, st *review.State, ruleset, dossier, unit string) review.Tally {
	t := st.Tally(ruleset, dossier, unit)
	if !mayKnowVotes(p, st, ruleset, dossier) {
		return review.Tally{Eligible: t.Eligible, Aside: t.Aside}
	}
	return t
}

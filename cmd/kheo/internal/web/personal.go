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

// personal is the newest lists as one person may see them: without the entries from which the person is recused,
// and with nothing of an assessment on those that the person has yet to score blind; the rest is ranked and
// counted without both.
type personal struct {
	run     string
	of      map[string]*publish.File
	at      map[string]place
	whole   map[string]place         // every dossier as it really is, for what the server itself must know
	from    map[string]*publish.File // what it was made of
	sees    *visibility
	aside   map[string][]publish.Entry // by ruleset: the names of those entries, by title
	asideAt map[string]place           // the same by dossier
}

// personals caches them from one page to the next.
type personals struct {
	mu sync.Mutex
	of map[string]*personal // by the key of the visibility
}

// maxPersonal is how many are cached.
const maxPersonal = 16

// listsOf returns the newest lists as a person may see them.
func (s *Server) listsOf(ctx context.Context, p *review.Person) (*personal, error) {
	run, of, at, err := s.latest(ctx)
	if err != nil {
		return nil, err
	}
	sees := &visibility{}
	if p != nil {
		if sees, err = s.visibilityAt(ctx, p, run, of, at); err != nil {
			return nil, err
		}
	}
	if sees.none() && !sees.blind("") {
		return &personal{run: run, of: of, at: at, whole: at, sees: sees}, nil
	}
	s.personals.mu.Lock()
	defer s.personals.mu.Unlock()
	if kept := s.personals.of[sees.key]; kept != nil && kept.run == run && maps.Equal(kept.from, of) {
		return kept, nil
	}
	if s.personals.of == nil || len(s.personals.of) >= maxPersonal {
		s.personals.of = map[string]*personal{}
	}
	out := s.personal(run, of, at, sees)
	s.personals.of[sees.key] = out
	return out, nil
}

// personal makes the lists that somebody with a visibility may see.
func (s *Server) personal(run string, of map[string]*publish.File, at map[string]place, sees *visibility) *personal {
	out := &personal{run: run, from: of, whole: at, sees: sees, of: map[string]*publish.File{}, at: map[string]place{},
		aside: map[string][]publish.Entry{}, asideAt: map[string]place{}}
	for ruleset, f := range of {
		seen := s.apart(f, sees.recusal).Blinded(func(e *publish.Entry) ([]string, string) { return sees.hide(ruleset, e.Dossier) })
		out.of[ruleset] = seen
		for i := range seen.Entries {
			out.at[seen.Entries[i].Dossier] = place{ruleset, &seen.Entries[i]}
		}
		aside := asideOn(f, sees)
		out.aside[ruleset] = aside
		for i := range aside {
			out.asideAt[aside[i].Dossier] = place{ruleset, &aside[i]}
		}
	}
	return out
}

// asideOn returns the entries of a list from which somebody is recused, by title, with nothing but their names.
func asideOn(f *publish.File, sees *visibility) []publish.Entry {
	var aside []publish.Entry
	for i := range f.Entries {
		if e := &f.Entries[i]; sees.entry(e) {
			aside = append(aside, publish.Entry{Dossier: e.Dossier, Title: e.Title, Nominee: e.Nominee, Unit: e.Unit, Field: e.Field, Kind: e.Kind, Level: e.Level})
		}
	}
	slices.SortFunc(aside, func(a, b publish.Entry) int {
		return cmp.Or(strings.Compare(a.Title, b.Title), strings.Compare(a.Dossier, b.Dossier))
	})
	return aside
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
	for id := range p.sees.dossiers {
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
	if err != nil || mine.sees.none() {
		return nil, err
	}
	out := map[string]bool{}
	var elsewhere []string
	for _, id := range ids {
		_, on := mine.at[id]
		_, aside := mine.asideAt[id]
		switch {
		case aside || mine.sees.of(id):
			out[id] = true
		case !on && len(mine.sees.units) > 0:
			elsewhere = append(elsewhere, id)
		}
	}
	units, err := s.unitsOf(ctx, elsewhere...)
	if err != nil {
		return nil, err
	}
	for _, id := range elsewhere {
		if mine.sees.of(id, units[id]...) {
			out[id] = true
		}
	}
	return out, nil
}

// untold takes out of an entry what it says of dossiers from which whoever asks is recused.
func (s *Server) untold(q *request, e *publish.Entry) error {
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil || mine.sees.none() {
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

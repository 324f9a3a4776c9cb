package access

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// personal is the newest lists as one person may see them: without the entries from which the person is
// recused, and with nothing of an assessment on those that the person has yet to score blind; the rest is
// ranked and counted without both.
type personal struct {
	Run     string
	Of      map[string]*publish.File
	At      map[string]Place
	Whole   map[string]Place         // every dossier as it really is, for what the server itself must know
	from    map[string]*publish.File // what it was made of
	Sees    *Visibility
	Aside   map[string][]publish.Entry // by ruleset: the names of those entries, by title
	asideAt map[string]Place           // the same by dossier
}

// personals caches them from one page to the next.
type personals struct {
	mu sync.Mutex
	of map[string]*personal // by the key of the visibility
}

// maxPersonal is how many are cached.
const maxPersonal = 16

// For returns the newest lists as a person may see them. People who may know the same share one result, which
// none of them may change. Without a person nothing is hidden: such a result is for the server itself.
func (s *Lists) For(ctx context.Context, p *review.Person) (*personal, error) {
	run, of, at, err := s.Latest(ctx)
	if err != nil {
		return nil, err
	}
	sees := &Visibility{}
	if p != nil {
		if sees, err = s.visibilityAt(ctx, p, run, of, at); err != nil {
			return nil, err
		}
	}
	// Most people: the lists in force are shared with them as they are.
	if sees.None() && !sees.Blind("") {
		return &personal{Run: run, Of: of, At: at, Whole: at, Sees: sees}, nil
	}
	s.personals.mu.Lock()
	defer s.personals.mu.Unlock()
	if kept := s.personals.of[sees.key]; kept != nil && kept.Run == run && maps.Equal(kept.from, of) {
		return kept, nil
	}
	if s.personals.of == nil || len(s.personals.of) >= maxPersonal {
		s.personals.of = map[string]*personal{}
	}
	out := s.personal(run, of, at, sees)
	s.personals.of[sees.key] = out
	return out, nil
}

// personal makes the lists for everybody with a visibility.
func (s *Lists) personal(run string, of map[string]*publish.File, at map[string]Place,
	sees *Visibility) *personal {
	out := &personal{Run: run, from: of, Whole: at, Sees: sees, Of: map[string]*publish.File{},
		At:    map[string]Place{},
		Aside: map[string][]publish.Entry{}, asideAt: map[string]Place{}}
	for ruleset, f := range of {
		// Recused entries are taken out before the others are blinded: ranks and counts are made of what remains.
		seen := s.Apart(f, sees.Recusal).Blinded(func(e *publish.Entry) ([]string,
			string) {
			return sees.Hide(ruleset, e.Dossier)
		})
		out.Of[ruleset] = seen
		for i := range seen.Entries {
			out.At[seen.Entries[i].Dossier] = Place{ruleset, &seen.Entries[i]}
		}
		aside := asideOn(f, sees)
		out.Aside[ruleset] = aside
		for i := range aside {
			out.asideAt[aside[i].Dossier] = Place{ruleset, &aside[i]}
		}
	}
	return out
}

// asideOn returns the entries of a list from which a person is recused, by title, with only their names.
func asideOn(f *publish.File, sees *Visibility) []publish.Entry {
	var aside []publish.Entry
	for i := range f.Entries {
		if e := &f.Entries[i]; sees.entry(e) {
			aside = append(aside, publish.Entry{Dossier: e.Dossier, Title: e.Title, Nominee: e.Nominee,
				Unit: e.Unit, Field: e.Field, Kind: e.Kind, Level: e.Level})
		}
	}
	slices.SortFunc(aside, func(a, b publish.Entry) int {
		return cmp.Or(strings.Compare(a.Title, b.Title), strings.Compare(a.Dossier, b.Dossier))
	})
	return aside
}

// Apart returns a list without the entries from which a person is recused; f itself if there are none. Ranks
// and counts are made for what remains. If the ruleset has quotas, or is not known any more, the certainty of
// outcomes is left out as well, because it depends on the hidden entries.
func (s *Lists) Apart(f *publish.File, rec Recusal) *publish.File {
	if f == nil || rec.None() {
		return f
	}
	rs := s.site.Ruleset(f.Ruleset)
	return f.Apart(rec.entry, rs == nil || len(rs.Quotas) > 0, s.site.W.Campaign().Env.Languages[0])
}

// Names returns the ids and titles of all dossiers from which the person is recused.
func (p *personal) Names() []string {
	var out []string
	for id, x := range p.asideAt {
		out = append(out, id, x.Entry.Title)
	}
	for id := range p.Sees.dossiers {
		out = append(out, id)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unitsOf returns the units that the records name for dossiers, which need not be on a list: the unit that
// was read in their documents, that of their manifest, and that of the registration with their id.
func (s *Lists) unitsOf(ctx context.Context, ids ...string) (map[string][]string, error) {
	out := map[string][]string{}
	known, err := s.site.W.Store.Profiles.Identities(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if k, ok := known[id]; ok {
			out[id] = append(out[id], k.Unit)
		}
		a, err := s.site.W.Store.Dossiers.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if a != nil {
			out[id] = append(out[id], a.Manifest.Unit)
		}
	}
	return out, s.site.W.Review().View(ctx, func(st *review.State) error {
		for _, id := range ids {
			if m := st.Model(id); m != nil {
				out[id] = append(out[id], m.Unit)
			}
		}
		return nil
	})
}

// RecusedFrom returns the dossiers, on a list or not, from which a person is recused. A nil map means none.
// Units are read from the records only for dossiers that are on no list.
func (s *Lists) RecusedFrom(ctx context.Context, p *review.Person, ids ...string) (map[string]bool, error) {
	mine, err := s.For(ctx, p)
	if err != nil || mine.Sees.None() {
		return nil, err
	}
	out := map[string]bool{}
	var elsewhere []string
	for _, id := range ids {
		_, on := mine.At[id]
		_, aside := mine.asideAt[id]
		switch {
		case aside || mine.Sees.Of(id):
			out[id] = true
		case !on && len(mine.Sees.units) > 0:
			elsewhere = append(elsewhere, id)
		}
	}
	units, err := s.unitsOf(ctx, elsewhere...)
	if err != nil {
		return nil, err
	}
	for _, id := range elsewhere {
		if mine.Sees.Of(id, units[id]...) {
			out[id] = true
		}
	}
	return out, nil
}

// untold removes from an entry what it says of dossiers from which the person who asks is recused.
func (s *Lists) untold(q *page.Request, e *publish.Entry) error {
	mine, err := s.For(q.Ctx(), q.Person)
	if err != nil || mine.Sees.None() {
		return err
	}
	if len(mine.asideAt) > 0 {
		e.HideOthers(mine.Names(), q.Lang)
	}
	return nil
}

// MayKnowVotes reports whether a person may know how others vote on an entry: with the right to see votes
// and, in a blind campaign, after casting a vote or after the decision.
func MayKnowVotes(p *review.Person, st *review.State, ruleset, dossier string) bool {
	return p.May(review.SeeVotes) && (!st.Settings.Blind || !p.May(review.CastVote) || st.VoteOf(p.ID,
		ruleset, dossier) != "" || st.Decision(ruleset, dossier) != nil)
}

// tally returns the votes on an entry, as far as a person may know them.
func (s *Lists) tally(p *review.Person, st *review.State, ruleset, dossier, unit string) review.Tally {
	t := st.Tally(ruleset, dossier, unit)
	if !MayKnowVotes(p, st, ruleset, dossier) {
		return review.Tally{Eligible: t.Eligible, Aside: t.Aside}
	}
	return t
}

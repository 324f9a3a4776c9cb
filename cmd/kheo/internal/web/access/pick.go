package access

import (
	"cmp"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// Picked are entries of a list in the order in which a person sees them. A list has thousands, and a page shows a few:
// rows are made of those alone.
type Picked struct {
	Entries []*publish.Entry
	aside   int // from here on the person is recused

	lists *Lists
	q     *page.Request
	f     *publish.File
}

// Len returns how many there are.
func (p *Picked) Len() int { return len(p.Entries) }

// Pick returns the entries of a list that keep accepts, all if it is nil. Entries from which the person is recused come
// last, by title, with only their names. Before them come those that the person has yet to score blind, by title,
// without points, rank and outcome.
func Pick(s *Lists, q *page.Request, f *publish.File, keep func(*publish.Entry) bool) (*Picked, error) {
	mine, err := s.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	aside := mine.Aside[f.Ruleset]
	out := &Picked{Entries: make([]*publish.Entry, 0, len(f.Entries)+len(aside)), lists: s, q: q, f: f}
	for i := range f.Entries {
		if e := s.explained(q.Lang, &f.Entries[i]); keep == nil || keep(e) {
			out.Entries = append(out.Entries, e)
		}
	}
	out.aside = len(out.Entries)
	for i := range aside {
		if e := &aside[i]; keep == nil || keep(e) {
			out.Entries = append(out.Entries, e)
		}
	}
	return out, nil
}

// Rows prepares entries from one on and before another for the person for whom they were picked.
func (p *Picked) Rows(from, to int) ([]Row, error) {
	s, q, f := p.lists, p.q, p.f
	units := s.site.W.Campaign().Env.Units
	names := make(map[string]string, len(units))
	for i := range units {
		names[units[i].ID] = units[i].Name
	}
	out := make([]Row, 0, to-from)
	err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for i, e := range p.Entries[from:to] {
			r := Row{Entry: e, Filled: unfilled, UnitName: cmp.Or(names[e.Unit], e.Unit)}
			if from+i < p.aside {
				r.Decision, r.NextTier = st.Decision(f.Ruleset, e.Dossier), st.AnswerTo(f.Ruleset, e.Dossier)
			} else {
				r.Aside = "–"
				if tie := st.Tie(q.Person.ID, e.Dossier, e.Unit); tie != nil {
					r.Aside = tie.Reason
				}
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

package web

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// unscored are the panel criteria of a dossier that a person has yet to score before the scores of others
// may be told: none where the campaign is not blind, the person may not score, or the entry is decided
// or its list closed.
func (s *Server) unscored(p *review.Person, st *review.State, ruleset, id string) []string {
	if _, closed := st.Closed[ruleset]; closed || !st.Settings.Blind || !p.May(review.Score) || st.Decision(ruleset, id) != nil {
		return nil
	}
	rs := s.ruleset(ruleset)
	if rs == nil {
		return nil
	}
	panel := rs.PanelCriteria()
	if len(panel) == 0 {
		return nil
	}
	own := map[string]bool{}
	for _, x := range st.Scores(id, "") {
		own[x.Criterion] = own[x.Criterion] || x.Person == p.ID
	}
	var out []string
	for i := range panel {
		if !own[panel[i].ID] {
			out = append(out, panel[i].ID)
		}
	}
	return out
}

// blinded makes the entries of a list what a person may see of them where the campaign is blind: those with
// panel criteria to score lose what follows from the scores, and the others are ranked without them. Where
// nothing is hidden, an entry stays the same. The list may be nil.
func (s *Server) blinded(p *review.Person, lang string, st *review.State, ruleset string, f *publish.File) func(*publish.Entry) *publish.Entry {
	var hidden []int // places
	if f != nil {
		for i := range f.Entries {
			if e := &f.Entries[i]; e.Rank > 0 && len(s.unscored(p, st, ruleset, e.Dossier)) > 0 {
				hidden = append(hidden, e.Rank)
			}
		}
	}
	return func(e *publish.Entry) *publish.Entry {
		if unscored := s.unscored(p, st, ruleset, e.Dossier); len(unscored) > 0 {
			return e.Blind(unscored, s.texts.say(lang, "blind.points"))
		}
		if e.Rank == 0 || len(hidden) == 0 {
			return e
		}
		out := *e
		for _, place := range hidden {
			if place < e.Rank {
				out.Rank--
			}
		}
		return &out
	}
}

// hiddenLast puts rows whose outcome is hidden after the others, by title, so that their order tells nothing.
func hiddenLast(a, b row) int {
	switch {
	case a.Hidden && b.Hidden:
		return cmp.Or(strings.Compare(a.Title, b.Title), strings.Compare(a.Dossier, b.Dossier))
	case a.Hidden:
		return 1
	case b.Hidden:
		return -1
	}
	return 0
}

// hiddenOn are the dossiers with scores or on a list whose panel a person has yet to score.
func (s *Server) hiddenOn(p *review.Person, st *review.State, ruleset string, f *publish.File) map[string]bool {
	ids := st.Scored()
	if f != nil {
		for i := range f.Entries {
			ids = append(ids, f.Entries[i].Dossier)
		}
	}
	hidden := map[string]bool{}
	for _, id := range ids {
		if len(s.unscored(p, st, ruleset, id)) > 0 {
			hidden[id] = true
		}
	}
	return hidden
}

// toldOf is a list without the dossiers whose panel a person has yet to score, and how many entries are open:
// all that are hidden count, since only their outcome tells which of them must be decided. Others tells whether
// entries are open from which the person is recused.
func (s *Server) toldOf(p *review.Person, st *review.State, f *publish.File) (out *publish.File, open int, others bool) {
	hidden := s.hiddenOn(p, st, f.Ruleset, f)
	out = f
	if len(hidden) > 0 {
		out = f.Without(func(e *publish.Entry) bool { return hidden[e.Dossier] })
	}
	open, others = st.OpenTo(p.ID, out)
	return out, open + len(f.Entries) - len(out.Entries), others
}

// untellable is from what a person is recused, with the dossiers of a list whose panel the person has yet
// to score: a list or a comparison of lists is told without them, and ranked without them.
func (s *Server) untellable(ctx context.Context, p *review.Person, ruleset string) (recusal, error) {
	rec, err := s.recusalOf(ctx, p)
	if err != nil {
		return rec, err
	}
	_, of, _, err := s.latest(ctx)
	if err != nil {
		return rec, err
	}
	var hidden map[string]bool
	err = s.w.Review().View(ctx, func(st *review.State) error {
		hidden = s.hiddenOn(p, st, ruleset, of[ruleset])
		return nil
	})
	if len(hidden) > 0 {
		rec.key += "\x00" + strings.Join(slices.Sorted(maps.Keys(hidden)), "\n")
		maps.Copy(rec.dossiers, hidden)
	}
	return rec, err
}

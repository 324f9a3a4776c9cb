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

// blinded is an entry as a person may see it where the campaign is blind; the same where nothing is hidden.
func (s *Server) blinded(p *review.Person, lang string, st *review.State, ruleset string, e *publish.Entry) *publish.Entry {
	if unscored := s.unscored(p, st, ruleset, e.Dossier); len(unscored) > 0 {
		return e.Blind(unscored, s.texts.say(lang, "blind.points"))
	}
	return e
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
	hidden := map[string]bool{}
	err = s.w.Review().View(ctx, func(st *review.State) error {
		ids := st.Scored()
		if f := of[ruleset]; f != nil {
			for i := range f.Entries {
				ids = append(ids, f.Entries[i].Dossier)
			}
		}
		for _, id := range ids {
			if len(s.unscored(p, st, ruleset, id)) > 0 {
				hidden[id] = true
			}
		}
		return nil
	})
	if len(hidden) > 0 {
		rec.key += "\x00" + strings.Join(slices.Sorted(maps.Keys(hidden)), "\n")
		maps.Copy(rec.dossiers, hidden)
	}
	return rec, err
}

package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// Visibility is what one person may know of the dossiers, and the only definition of it: from which of them the
// person is recused, and of which the outcome is hidden because the person has yet to score them blind. Pages
// show the lists that personal makes of it, and ask it about everything that is not on a list.
type Visibility struct {
	Recusal

	// unscored holds, by ruleset and dossier, the panel criteria that the person has yet to score before the
	// points, the outcome and the rank of the dossier may be shown. It is empty unless the campaign is blind.
	unscored map[string]map[string][]string

	// sealed are the rulesets of which no outcome may be shown: they have quotas, so the outcomes of other
	// entries would reveal those of the unscored.
	sealed map[string]bool

	key string // equal for people who may know the same
}

// Recusal is from what a person is recused: single dossiers, and all of some units. A dossier is found by each
// of the units that the records name for it: before it is on a list, these are the unit of its manifest and the
// one that was read in its documents.
type Recusal struct{ dossiers, units map[string]bool }

// None reports whether the person is recused from nothing.
func (r *Recusal) None() bool { return len(r.dossiers)+len(r.units) == 0 }

// Of reports whether the person is recused from a dossier of some units.
func (r *Recusal) Of(dossier string, units ...string) bool {
	return r.dossiers[dossier] || slices.ContainsFunc(units, func(u string) bool {
		return u != "" &&
			r.units[u]
	})
}

// entry reports whether the person is recused from an entry.
func (r *Recusal) entry(e *publish.Entry) bool { return r.Of(e.Dossier, e.Unit) }

// Keys of the texts that say why an outcome is hidden.
const (
	hiddenUnscored = "blind.points"
	hiddenQuota    = "blind.quota"
)

// Hide returns why the points, outcome and rank of a dossier under a ruleset must not be shown, as the key of a
// text, and which panel criteria are hidden with them; "" if they may be shown.
func (v *Visibility) Hide(ruleset, dossier string) (unscored []string, why string) {
	if unscored = v.unscored[ruleset][dossier]; len(unscored) > 0 {
		return unscored, hiddenUnscored
	}
	if v.sealed[ruleset] {
		return nil, hiddenQuota
	}
	return nil, ""
}

// Hides reports whether the outcome of a dossier is hidden.
func (v *Visibility) Hides(ruleset, dossier string) bool {
	_, why := v.Hide(ruleset, dossier)
	return why != ""
}

// Blind reports whether anything of a ruleset's list is hidden because it must still be scored; "" asks about
// all lists.
func (v *Visibility) Blind(ruleset string) bool {
	if ruleset != "" {
		return len(v.unscored[ruleset]) > 0
	}
	for _, of := range v.unscored {
		if len(of) > 0 {
			return true
		}
	}
	return false
}

// leftOut returns a recusal that covers the unscored dossiers of a ruleset too: comparisons of lists are made
// without them.
func (v *Visibility) leftOut(ruleset string) Recusal {
	out := v.Recusal
	if unscored := v.unscored[ruleset]; len(unscored) > 0 {
		out.dossiers = maps.Clone(out.dossiers)
		for id := range unscored {
			out.dossiers[id] = true
		}
	}
	return out
}

// visibilities caches what people may know from one page to the next.
type visibilities struct {
	mu sync.Mutex
	of map[string]*Visibility // by person
	at map[string]moment
}

// moment is what a visibility follows from, beside the person.
type moment struct {
	run      string
	seq      int64
	blind    bool
	campaign *campaign.Campaign
}

// maxVisibilities is how many people's visibilities are cached.
const maxVisibilities = 256

// VisibilityOf returns what a person may know now. Without a person it is empty: such a
// request reaches no page that shows dossiers.
func (s *Lists) VisibilityOf(ctx context.Context, p *review.Person) (*Visibility, error) {
	if p == nil {
		return &Visibility{}, nil
	}
	run, of, at, err := s.Latest(ctx)
	if err != nil {
		return nil, err
	}
	return s.visibilityAt(ctx, p, run, of, at)
}

// visibilityAt returns what a person may know of the lists in force, which Latest returned.
func (s *Lists) visibilityAt(ctx context.Context, p *review.Person, run string, of map[string]*publish.File,
	at map[string]Place) (out *Visibility, err error) {
	c := &s.visibilities
	c.mu.Lock()
	defer c.mu.Unlock()
	err = s.site.W.Review().View(ctx, func(st *review.State) error {
		// Any event may change what a person may know (a conflict, a score, a role), so a result is kept until the
		// next event.
		now := moment{run, st.Seq, st.Settings.Blind, s.site.W.Campaign()}
		if c.of[p.ID] != nil && c.at[p.ID] == now {
			out = c.of[p.ID]
			return nil
		}
		if c.of == nil || len(c.of) >= maxVisibilities {
			c.of, c.at = map[string]*Visibility{}, map[string]moment{}
		}
		out = s.newVisibility(p, st, of, at)
		c.of[p.ID], c.at[p.ID] = out, now
		return nil
	})
	return out, err
}

// newVisibility derives a person's visibility from the state and the lists in force. A list with quotas is
// sealed as soon as one of its entries is unscored. Closed lists hide nothing.
func (s *Lists) newVisibility(p *review.Person, st *review.State, of map[string]*publish.File,
	at map[string]Place) *Visibility {
	v := &Visibility{Recusal: Recusal{map[string]bool{}, map[string]bool{}},
		unscored: map[string]map[string][]string{}, sealed: map[string]bool{}}
	dossiers, units := st.Recused(p.ID)
	for _, id := range dossiers {
		v.dossiers[id] = true
	}
	for _, id := range units {
		v.units[id] = true
	}
	if st.Settings.Blind && p.May(review.Score) {
		for _, rs := range s.site.W.Campaign().Rulesets {
			if _, closed := st.Closed[rs.ID]; closed || len(rs.PanelCriteria()) == 0 {
				continue
			}
			v.unscored[rs.ID] = v.unscoredOf(p, st, rs, of[rs.ID], at)
			if f := of[rs.ID]; f != nil && len(rs.Quotas) > 0 {
				v.sealed[rs.ID] = slices.ContainsFunc(f.Entries,
					func(e publish.Entry) bool { return v.unscored[rs.ID][e.Dossier] != nil })
			}
		}
	}
	v.key = v.sum(dossiers, units)
	return v
}

// unscoredOf returns the panel criteria that a person has yet to score, by dossier: of the dossiers on the list
// of a ruleset, and of those with scores that are on no list yet. People do not score what
// they are recused from.
func (v *Visibility) unscoredOf(p *review.Person, st *review.State, rs *rules.Ruleset, f *publish.File,
	at map[string]Place) map[string][]string {
	var ids []string
	for _, id := range st.Scored() {
		if _, listed := at[id]; !listed && !v.Of(id) {
			ids = append(ids, id)
		}
	}
	if f != nil {
		for i := range f.Entries {
			if e := &f.Entries[i]; !v.entry(e) {
				ids = append(ids, e.Dossier)
			}
		}
	}
	panel := rs.PanelCriteria()
	out := map[string][]string{}
	for _, id := range ids {
		if st.Decision(rs.ID, id) != nil {
			continue
		}
		own := map[string]bool{}
		for _, x := range st.Scores(id, "") {
			own[x.Criterion] = own[x.Criterion] || x.Person == p.ID
		}
		for i := range panel {
			if !own[panel[i].ID] {
				out[id] = append(out[id], panel[i].ID)
			}
		}
	}
	return out
}

// sum is a short key for a visibility: the same for the same content. It is a SHA-256 over everything that Hide
// and Of answer from; maps are walked in order.
func (v *Visibility) sum(dossiers, units []string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q", dossiers, units)
	for _, ruleset := range slices.Sorted(maps.Keys(v.unscored)) {
		fmt.Fprintf(h, "\n%q %t", ruleset, v.sealed[ruleset])
		for _, id := range slices.Sorted(maps.Keys(v.unscored[ruleset])) {
			fmt.Fprintf(h, " %q %q", id, v.unscored[ruleset][id])
		}
	}
	io.WriteString(h, "\n")
	return hex.EncodeToString(h.Sum(nil))
}

// MustHaveScored refuses what shows outcomes of a whole list to a person who has yet to score some of it blind;
// "" means all lists. Leaving entries out silently would make a wrong list of it.
func (s *Lists) MustHaveScored(q *page.Request, ruleset string) error {
	v, err := s.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	if v.Blind(ruleset) {
		return page.Refuse(http.StatusForbidden, "error.blind")
	}
	return nil
}

// explained returns an entry of a personal list with the reason why it is hidden in words.
func (s *Lists) explained(lang string, e *publish.Entry) *publish.Entry {
	if !e.Hidden {
		return e
	}
	out := *e
	out.Reason = s.site.Texts.Say(lang, e.Reason)
	return &out
}

// blindEntry returns an entry as a person with a visibility may see it.
func (s *Lists) blindEntry(v *Visibility, lang, ruleset string, e *publish.Entry) *publish.Entry {
	unscored, why := v.Hide(ruleset, e.Dossier)
	if why == "" {
		return e
	}
	return e.Blind(unscored, s.site.Texts.Say(lang, why))
}

// OpenFor returns how many entries of a personal list must still be decided, and whether there are others from
// which the person is recused. All hidden entries count until they are decided: which of them must be decided
// would reveal their outcomes.
func OpenFor(p *review.Person, st *review.State, f *publish.File) (open int, others bool) {
	open, others = st.OpenTo(p.ID, f)
	for i := range f.Entries {
		if e := &f.Entries[i]; e.Hidden && st.Decision(f.Ruleset, e.Dossier) == nil &&
			!st.MustDecide(f.Ruleset, e) {
			open++
		}
	}
	return open, others
}

// HiddenFrom returns what a search must not find for the person who asks: also dossiers that are in the index
// and on no list yet, while a run is between the two. Nor may it find unscored dossiers by their assessment.
func (s *Lists) HiddenFrom(q *page.Request) (index.Hidden, error) {
	mine, err := s.For(q.Ctx(), q.Person)
	if err != nil {
		return index.Hidden{}, err
	}
	ids := slices.AppendSeq(slices.Collect(maps.Keys(mine.Sees.dossiers)), maps.Keys(mine.asideAt))
	slices.Sort(ids)
	unjudged := map[string]bool{}
	for ruleset, of := range mine.Sees.unscored {
		for id := range of {
			unjudged[id] = true
		}
		if f := mine.Of[ruleset]; f != nil {
			for i := range f.Entries {
				if f.Entries[i].Hidden {
					unjudged[f.Entries[i].Dossier] = true
				}
			}
		}
	}
	return index.Hidden{Dossiers: slices.Compact(ids), Units: slices.Sorted(maps.Keys(mine.Sees.units)),
		Unjudged: slices.Sorted(maps.Keys(unjudged)), JudgedFlags: publish.AboutScores}, nil
}

// CountedScores returns the scores on a dossier of a list that count and that a person may see. Whether the person has
// a conflict of interest with it is for the caller to ask.
func CountedScores(p *review.Person, st *review.State, ruleset, id, unit string) []dossier.PanelScore {
	seen, _ := scoresFor(p, st, st.Decision(ruleset, id) != nil, st.Scores(id, unit))
	return slices.DeleteFunc(slices.Clone(seen), func(x dossier.PanelScore) bool {
		return x.Recused != "" ||
			len(x.Fits) > 0
	})
}

// scoresFor returns the scores on a dossier that a person may see: if the campaign is blind and the entry is
// not decided, those of criteria that the person has scored. hidden reports whether others were left out.
func scoresFor(p *review.Person, st *review.State, decided bool,
	scores []dossier.PanelScore) (seen []dossier.PanelScore, hidden bool) {
	if !st.Settings.Blind || decided || !p.May(review.Score) {
		return scores, false
	}
	own := map[string]bool{}
	for _, x := range scores {
		own[x.Criterion] = own[x.Criterion] || x.Person == p.ID
	}
	seen = slices.DeleteFunc(slices.Clone(scores), func(x dossier.PanelScore) bool { return !own[x.Criterion] })
	return seen, len(seen) < len(scores)
}

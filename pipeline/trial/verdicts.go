package trial

import (
	"cmp"
	"context"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/evidence"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Held says how far a ruleset agrees with what people said of evidence, if it judged the passages alone.
type Held struct {
	Ruleset     string          `json:"ruleset"`
	Verdicts    int             `json:"verdicts"` // right or wrong, on criteria that the ruleset has
	Agree       int             `json:"agree"`
	Uncertain   int             `json:"uncertain"` // the ruleset leaves the passage to people
	Contradicts []Contradiction `json:"contradicts"`
	LeftOut     int             `json:"left_out"` // on criteria that look for no evidence any more
}

// Contradiction is a verdict that a ruleset contradicts: a rejected passage that would count, or a confirmed one that
// would not. Answer is what the rules alone say of it; notFound if they do not find it.
type Contradiction struct {
	Piece     string              `json:"piece"` // as people name the piece
	Criterion string              `json:"criterion"`
	Dossier   string              `json:"dossier"`
	Title     string              `json:"title"`
	Document  string              `json:"document"`
	Page      int                 `json:"page"`
	Quote     string              `json:"quote"`
	Verdict   dossier.VerdictKind `json:"verdict"`
	Answer    rules.Answer        `json:"answer"`
	Why       dossier.Text        `json:"why,omitempty"`
}

// notFound is what a ruleset says of a passage that none of its clues finds.
const notFound rules.Answer = "not-found"

// Hold holds a ruleset, which may be a changed one that keeps its id, against the verdicts in force on evidence for it.
// Verdicts of which people disagree say nothing. It records nothing.
func Hold(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset) (*Held, error) {
	all, err := evidence.Verdicts(ctx, w)
	if err != nil {
		return nil, err
	}
	only := map[string]bool{}
	for id, list := range all {
		only[id] = slices.ContainsFunc(list, func(v dossier.Verdict) bool {
			return v.Ruleset == rs.ID && v.Kind.Settles()
		})
	}
	h := holding{rs: rs, said: map[dossier.PieceKey]holdState{}}
	err = eachDossier(ctx, w, rs, only, func(d *dossier.Dossier, given rules.Given) error {
		h.dossier(d, given)
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return h.result(), nil
}

// holding is a ruleset that is being held against verdicts.
type holding struct {
	rs      *rules.Ruleset
	said    map[dossier.PieceKey]holdState // of each verdict, once: a paper may be in several dossiers
	against []Contradiction
}

// holdState is how a ruleset agrees with a verdict.
type holdState int

// The states; of two dossiers with the same paper, the higher counts.
const (
	agrees holdState = iota + 1
	leavesOpen
	contradicts
	isLeftOut
)

// dossier compares the verdicts on the papers of one dossier with what the ruleset says of them.
func (h *holding) dossier(d *dossier.Dossier, given rules.Given) {
	reading := rules.Read(d)
	defer reading.Close()
	found := map[dossier.PieceKey]*rules.Find{}
	for _, f := range h.rs.Finds(reading, given) {
		key := f.Source.Key(h.rs.ID, f.Criterion, d.PaperSHA256(f.Source.Document))
		says := func(f *rules.Find) int { return slices.Index(rules.Answers, f.Answer) }
		if was := found[key]; was == nil || says(&f) < says(was) {
			found[key] = &f // of two clues that find it, the one that says more counts
		}
	}
	for _, v := range given.Verdicts {
		if v.Ruleset != h.rs.ID || !v.Kind.Settles() {
			continue
		}
		state, against := h.compare(v, found[v.PieceKey])
		if state <= h.said[v.PieceKey] {
			continue
		}
		h.said[v.PieceKey] = state
		if state != contradicts {
			continue
		}
		against.Dossier, against.Title = d.ID, given.Identity.Title
		for i := range d.Documents {
			if d.Documents[i].SHA256 == v.SHA256 {
				against.Document = d.Documents[i].Name
			}
		}
		h.against = append(h.against, against)
	}
}

// compare compares a verdict with what the rules alone say of its passage; f is nil if they do not find it.
func (h *holding) compare(v dossier.Verdict, f *rules.Find) (holdState, Contradiction) {
	c := Contradiction{Piece: v.ID(), Criterion: v.Criterion, Page: v.Page, Quote: v.Quote, Verdict: v.Kind,
		Answer: notFound}
	if f != nil {
		c.Answer, c.Why = f.Answer, f.Reason()
	}
	counts := c.Answer == rules.Counts
	switch {
	case h.rs.Clues(v.Criterion) == nil:
		return isLeftOut, c
	case c.Answer == rules.Uncertain:
		return leavesOpen, c
	case counts == (v.Kind == dossier.VerdictRight):
		return agrees, c
	}
	return contradicts, c
}

// result sums up.
func (h *holding) result() *Held {
	out := &Held{Ruleset: h.rs.ID, Contradicts: []Contradiction{}}
	for _, state := range h.said {
		switch state {
		case agrees:
			out.Agree++
		case leavesOpen:
			out.Uncertain++
		case isLeftOut:
			out.LeftOut++
		}
	}
	out.Verdicts = len(h.said) - out.LeftOut
	out.Contradicts = append(out.Contradicts, h.against...)
	slices.SortFunc(out.Contradicts, func(a, b Contradiction) int {
		return cmp.Or(cmp.Compare(a.Criterion, b.Criterion), cmp.Compare(a.Dossier, b.Dossier),
			cmp.Compare(a.Page, b.Page), cmp.Compare(a.Quote, b.Quote), cmp.Compare(a.Piece, b.Piece))
	})
	return out
}

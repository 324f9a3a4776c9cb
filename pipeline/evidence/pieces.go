package evidence

import (
	"cmp"
	"context"
	"math"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// State is what a piece of evidence does at present, by what kheo says of it and by what people say.
type State string

// States of pieces.
const (
	Counts    State = "counts"    // it earns points
	Uncertain State = "uncertain" // it earns nothing until people confirm it
	Rejected  State = "rejected"  // people say that it is no evidence
	Refuted   State = "refuted"   // its own text says so, and no one has confirmed it
)

// Piece is a passage as evidence for a criterion, once for each content of a paper, place and criterion.
type Piece struct {
	ID string `json:"piece"` // what people type, see dossier.PieceKey.ID
	dossier.PieceKey
	Title    dossier.Text `json:"title"` // of the criterion
	Dossier  string       `json:"dossier"`
	Name     string       `json:"dossier_title"`
	Unit     string       `json:"unit"`
	Also     []string     `json:"also,omitempty"` // other dossiers with the same paper
	Document string       `json:"document"`
	Start    int          `json:"start"` // offsets in code points into the text of the page
	End      int          `json:"end"`

	State     State               `json:"state"`
	Certainty float64             `json:"certainty"`     // of the program, over 0 to 1
	Why       dossier.Text        `json:"why,omitempty"` // why it is uncertain or does not count
	Verdict   dossier.VerdictKind `json:"verdict"`       // what the verdicts amount to
	Judged    []review.Judged     `json:"judged"`
	// AtStake are the points that uncertain pieces of the criterion could add; below 0 if they deduct.
	AtStake float64 `json:"at_stake,omitempty"`
	Decides bool    `json:"decides,omitempty"` // the outcome could depend on uncertain pieces
	Sample  bool    `json:"sample,omitempty"`  // drawn, see Draw

	ownWhy dossier.Text // the reason of the program
	place  int          // in the order in which pieces are to be checked, from 1; 0 if no sample was drawn
}

// band is the group of certainty that a piece belongs to, whatever people said of it: strata are made of
// them.
func (p *Piece) band() State {
	switch {
	case p.Certainty >= 0.75:
		return Counts
	case p.Certainty >= 0.25:
		return Uncertain
	}
	return Refuted
}

// IsRefuted reports whether the piece is listed because its dossier is near a limit, and not for what it earns or could
// earn: its own text refutes it, and people have not confirmed it.
func (p *Piece) IsRefuted() bool { return p.band() == Refuted && p.State != Counts }

// settle sets the verdict and the state of a piece by what people say of it.
func (p *Piece) settle(judged []review.Judged) {
	p.Judged, p.Verdict = judged, review.Verdict(judged)
	if p.Judged == nil {
		p.Judged = []review.Judged{}
	}
	p.Why = p.ownWhy
	switch p.State = p.band(); {
	case p.Verdict == dossier.VerdictRight:
		p.State = Counts
	case p.Verdict == dossier.VerdictWrong:
		p.State, p.Why = Rejected, rules.RefutedText(byPeople)
	case p.Verdict == dossier.VerdictDisputed && p.State == Counts:
		p.State = Uncertain
	}
	if p.Verdict == dossier.VerdictDisputed {
		p.Why = rules.EvidenceDoubt(disputed)
	}
}

// Reasons that say what people did, as assessments have them. They are left out until the verdicts may be known.
const (
	disputed = "disputed"
	byPeople = "rejected"
)

// JudgedBy returns the verdict of a person; "" if the person gave none.
func (p *Piece) JudgedBy(person string) dossier.VerdictKind {
	for _, j := range p.Judged {
		if j.Person == person {
			return j.Verdict
		}
	}
	return ""
}

// Event returns the event by which a person judges the piece, or withdraws their own verdict if kind is "".
// person records it, for the one whose verdict it is.
func (p *Piece) Event(kind dossier.VerdictKind, why, person, of string) review.Event {
	action := review.EvidenceJudged
	if kind == "" {
		action = review.EvidenceUnjudged
	}
	return review.Event{Person: person, Action: action, Ruleset: p.Ruleset, Dossier: p.Dossier,
		Data: review.Data{Subject: of, Criterion: p.Criterion, Verdict: kind, Reason: why,
			Paper: &dossier.Basis{SHA256: p.SHA256}, Source: &dossier.Source{Document: p.Document, Page: p.Page,
				Quote: p.Quote, Start: p.Start, End: p.End}}}
}

// List returns the pieces of evidence of a ruleset from the stored assessments, with the newest verdicts:
// those of all dossiers that are neither ineligible nor quarantined, by criterion, dossier and place. What
// people rejected is among them, and of dossiers near a limit also what the text itself refutes.
func List(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset) ([]Piece, error) {
	out, err := ListUnsettled(ctx, w, rs)
	if err != nil {
		return nil, err
	}
	return out, w.Review().View(ctx, func(s *review.State) error { out = Settled(s, out); return nil })
}

// ListUnsettled is List without the verdicts, which Settled adds. What it returns changes with the assessments only,
// and decoding those takes long, so that pages keep it.
func ListUnsettled(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset) ([]Piece, error) {
	all, err := w.Store.Assessments.WithEvidence(ctx, rs.ID)
	if err != nil {
		return nil, err
	}
	heads, err := w.Store.Profiles.Heads(ctx)
	if err != nil {
		return nil, err
	}
	accepted, err := w.Store.Dossiers.Heads(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for i := range accepted {
		h, ok := heads[accepted[i].ID]
		known[accepted[i].ID] = ok && rs.AppliesTo(h.Kind, h.Level)
	}
	// Assessments of dossiers that were forgotten, or that another ruleset is for now, are still there.
	all = slices.DeleteFunc(all, func(a *dossier.Assessment) bool { return !known[a.Dossier] || !isListed(a) })
	return merged(rs, all), nil
}

// Settled returns pieces with the newest verdicts. It leaves its argument as it is.
func Settled(s *review.State, pieces []Piece) []Piece {
	out := slices.Clone(pieces)
	for i := range out {
		out[i].settle(s.Verdicts(out[i].PieceKey, out[i].Dossier, out[i].Unit))
	}
	return out
}

// Of returns the pieces of evidence of one assessment, in the order of its criteria, with the newest
// verdicts.
func Of(s *review.State, rs *rules.Ruleset, a *dossier.Assessment) []Piece {
	return Settled(s, merged(rs, []*dossier.Assessment{a}))
}

// isListed reports whether the points of a dossier matter.
func isListed(a *dossier.Assessment) bool {
	return a.Outcome != dossier.Ineligible && a.Outcome != dossier.Quarantined
}

// merged returns the pieces of some assessments without verdicts, each once.
func merged(rs *rules.Ruleset, all []*dossier.Assessment) []Piece {
	at := map[dossier.PieceKey]int{}
	var out []Piece
	for _, a := range all {
		for _, p := range piecesOf(rs, a) {
			i, known := at[p.PieceKey]
			if !known {
				at[p.PieceKey] = len(out)
				out = append(out, p)
				continue
			}
			first := &out[i]
			if p.Dossier != first.Dossier && !slices.Contains(first.Also, p.Dossier) {
				first.Also = append(first.Also, p.Dossier)
			}
			// The same passage may be sure for one clue and uncertain for another, or in another dossier.
			if p.Certainty > first.Certainty {
				first.Certainty, first.ownWhy = p.Certainty, p.ownWhy
			}
			first.Decides = first.Decides || p.Decides
			if math.Abs(p.AtStake) > math.Abs(first.AtStake) {
				first.AtStake = p.AtStake
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Piece) int {
		return cmp.Or(cmp.Compare(a.Criterion, b.Criterion), cmp.Compare(a.Dossier, b.Dossier),
			cmp.Compare(a.Document, b.Document), cmp.Compare(a.Page, b.Page), cmp.Compare(a.Start, b.Start))
	})
	return out
}

// piecesOf returns the passages of an assessment as pieces, without verdicts.
func piecesOf(rs *rules.Ruleset, a *dossier.Assessment) (out []Piece) {
	decides := rs.DecidesByEvidence(a)
	add := func(c *dossier.Criterion, src *dossier.Source, why dossier.Text) {
		sha := a.Cited[src.Document]
		if src.Certainty == 0 || sha == "" { // a fact, or a paper without content of its own
			return
		}
		p := Piece{PieceKey: src.Key(a.Ruleset, c.ID, sha), Title: c.Title, Dossier: a.Dossier, Name: a.Title,
			Unit: a.Unit, Document: src.Document, Start: src.Start, End: src.End, Certainty: src.Certainty,
			AtStake: c.AtStake}
		if src.Doubt != disputed && src.Doubt != byPeople {
			p.ownWhy = why
		}
		p.ID = p.PieceKey.ID()
		p.Decides = decides && p.band() == Uncertain && src.Verdict == ""
		out = append(out, p)
	}
	for i := range a.Criteria {
		c := &a.Criteria[i]
		for k := range c.Evidence {
			add(c, &c.Evidence[k], nil)
		}
		for k := range c.Uncertain {
			add(c, &c.Uncertain[k], rules.EvidenceDoubt(c.Uncertain[k].Doubt))
		}
		for k := range a.Refuted {
			if r := &a.Refuted[k]; r.Criterion == c.ID {
				add(c, &r.Source, rules.RefutedText(r.Doubt))
			}
		}
	}
	return out
}

// Viewer is who looks at pieces: what the person must not know is left out. A nil function hides nothing.
type Viewer struct {
	Person  string                             // "" for no one in particular
	Recused func(dossier, unit string) bool    // a conflict of interest
	Hides   func(ruleset, dossier string) bool // the outcome of the dossier must not be known yet

	// Second asks for pieces of the sample that one other person has settled, so that two people judge the
	// same.
	Second bool
}

// For returns the pieces that a person may check: none of dossiers from which the person is recused. Of
// dossiers whose outcome is hidden it is not said whether it depends on them. Verdicts of others are left out
// until the person has given one, so that two people judge independently; what follows from them is left out
// with them.
func For(v Viewer, pieces []Piece) []Piece {
	out := make([]Piece, 0, len(pieces))
	for _, p := range pieces {
		if v.Recused != nil && v.Recused(p.Dossier, p.Unit) {
			continue
		}
		if v.Hides != nil && v.Hides(p.Ruleset, p.Dossier) {
			p.Decides = false
		}
		if v.Person != "" && p.JudgedBy(v.Person) == "" && len(p.Judged) > 0 {
			p.settle(nil)
		}
		out = append(out, p)
	}
	return out
}

// Queue orders what a person has still to check: disputed pieces, uncertain ones that could change an
// outcome, what was drawn, other uncertain pieces, and the rest in the order of the sample. What the person
// has judged, or what others have settled, is left out, unless the viewer asks for second opinions. pieces
// are all of a ruleset, or of several.
func Queue(v Viewer, pieces []Piece) []Piece {
	before := map[string]*Piece{}
	for i := range pieces {
		before[pieces[i].ID] = &pieces[i]
	}
	out := slices.DeleteFunc(For(v, pieces), func(p Piece) bool { return !before[p.ID].isOpenTo(v) })
	rank := func(p *Piece) int {
		switch {
		case before[p.ID].Verdict == dossier.VerdictDisputed:
			return 0
		case p.Decides:
			return 1
		case p.Sample:
			return 2
		case p.State == Uncertain:
			return 3
		case p.State == Counts:
			return 4
		}
		return 5
	}
	slices.SortStableFunc(out, func(a, b Piece) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(a.place, b.place))
	})
	return out
}

// isOpenTo reports whether a person should still check the piece. It knows the verdicts of all.
func (p *Piece) isOpenTo(v Viewer) bool {
	switch own := v.Person != "" && p.JudgedBy(v.Person) != ""; {
	case own:
		return false
	case p.Verdict == dossier.VerdictDisputed:
		return true
	case v.Second:
		return p.Sample && p.Verdict.Settles() && len(p.Judged) == 1
	case v.Person == "":
		return p.Verdict == ""
	}
	return !p.Verdict.Settles()
}

// Find returns the piece with an id, or with an id that begins so if only one does; nil if there is none.
func Find(pieces []Piece, id string) *Piece {
	var found *Piece
	for i := range pieces {
		switch p := &pieces[i]; {
		case p.ID == id:
			return p
		case len(id) >= minPrefix && len(id) < len(p.ID) && p.ID[:len(id)] == id:
			if found != nil {
				return nil
			}
			found = p
		}
	}
	return found
}

// minPrefix is how many characters of an id people must type.
const minPrefix = 4

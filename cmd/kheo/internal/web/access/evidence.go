package access

import (
	"context"
	"slices"
	"sync"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/evidence"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// Evidence is the pieces of evidence of which a person may know.
type Evidence struct {
	Pieces []evidence.Piece // with the verdicts of all people: only For and Queue may be shown
	viewer evidence.Viewer
}

// pieceCache keeps the pieces of the newest assessments, which take long to decode. mu guards all fields.
type pieceCache struct {
	mu  sync.Mutex
	run string // that published the lists in force; assessments are written by runs only
	of  map[*rules.Ruleset][]evidence.Piece
}

// unsettled returns the pieces of a ruleset without verdicts. The caller must not change them.
func (s *Lists) unsettled(ctx context.Context, run string, rs *rules.Ruleset) ([]evidence.Piece, error) {
	c := &s.pieces
	c.mu.Lock()
	defer c.mu.Unlock()
	isFull := len(c.of) > len(s.site.W.Campaign().Rulesets) // the rules were loaded again
	if c.of == nil || c.run != run || isFull {
		c.of, c.run = map[*rules.Ruleset][]evidence.Piece{}, run
	}
	if kept, ok := c.of[rs]; ok {
		return kept, nil
	}
	pieces, err := evidence.ListUnsettled(ctx, s.site.W, rs)
	if err == nil {
		c.of[rs] = pieces
	}
	return pieces, err
}

// Evidence returns the pieces of evidence of rulesets as far as a person may know of them, those marked that
// the sample has. A paper is left out altogether if the person is recused from one of the dossiers that have
// it, and samples and figures are made without it, so that nothing of it can be told from them. What the text
// itself refutes is listed for dossiers near a limit, so it is left out of dossiers whose points the person
// must not know yet.
func (s *Lists) Evidence(ctx context.Context, p *review.Person, of ...*rules.Ruleset) (*Evidence, error) {
	mine, err := s.For(ctx, p)
	if err != nil {
		return nil, err
	}
	out := &Evidence{viewer: evidence.Viewer{Hides: mine.Sees.Hides}}
	if p != nil {
		out.viewer.Person = p.ID
	}
	for _, rs := range of {
		pieces, err := s.unsettled(ctx, mine.Run, rs)
		if err != nil {
			return nil, err
		}
		var m *review.Sample
		if err := s.site.W.Review().View(ctx, func(st *review.State) error {
			pieces, m = evidence.Settled(st, pieces), st.Sample(rs.ID)
			return nil
		}); err != nil {
			return nil, err
		}
		if pieces, err = s.knownTo(ctx, p, pieces); err != nil {
			return nil, err
		}
		pieces = slices.DeleteFunc(pieces, func(x evidence.Piece) bool {
			return x.IsRefuted() && mine.Sees.Hides(rs.ID, x.Dossier)
		})
		// The sample is marked last, among the pieces that are left: figures and samples are then of what the person
		// may know.
		evidence.Draw(pieces, m)
		out.Pieces = append(out.Pieces, pieces...)
	}
	return out, nil
}

// knownTo returns the pieces without those in papers of dossiers from which a person is recused.
func (s *Lists) knownTo(
	ctx context.Context, p *review.Person, pieces []evidence.Piece,
) ([]evidence.Piece, error) {
	if p == nil {
		return pieces, nil
	}
	var ids []string
	for i := range pieces {
		ids = append(append(ids, pieces[i].Dossier), pieces[i].Also...)
	}
	slices.Sort(ids)
	recused, err := s.RecusedFrom(ctx, p, slices.Compact(ids)...)
	if err != nil || len(recused) == 0 {
		return pieces, err
	}
	return slices.DeleteFunc(pieces, func(x evidence.Piece) bool {
		return recused[x.Dossier] || slices.ContainsFunc(x.Also, func(id string) bool { return recused[id] })
	}), nil
}

// For returns the pieces as the person sees them: the verdicts of others are left out of what the person has
// not judged.
func (e *Evidence) For() []evidence.Piece { return evidence.For(e.viewer, e.Pieces) }

// Queue returns what the person has still to check, the most important first; or, for second opinions, what
// one other person has settled. Neither who did nor how is said.
func (e *Evidence) Queue(second bool) []evidence.Piece {
	v := e.viewer
	v.Second = second
	return evidence.Queue(v, e.Pieces)
}

// SampleLeft returns how many pieces of the sample of a ruleset's evidence a person has still to check, and how many
// there are; 0 if no sample was drawn.
func (s *Lists) SampleLeft(ctx context.Context, p *review.Person, rs *rules.Ruleset) (left, total int, err error) {
	drawn := false
	if err := s.site.W.Review().View(ctx, func(st *review.State) error {
		drawn = st.Sample(rs.ID) != nil
		return nil
	}); err != nil || !drawn {
		return 0, 0, err
	}
	all, err := s.Evidence(ctx, p, rs)
	if err != nil {
		return 0, 0, err
	}
	all.Pieces = slices.DeleteFunc(all.Pieces, func(x evidence.Piece) bool { return !x.Sample })
	return len(all.Queue(false)), len(all.For()), nil
}

// Report says how far the evidence of a list can be trusted, by the pieces of which a person may know.
func (s *Lists) Report(ctx context.Context, p *review.Person, rs *rules.Ruleset) (*evidence.Report, error) {
	all, m, err := s.evidenceOf(ctx, p, rs)
	if err != nil {
		return nil, err
	}
	return evidence.ReportOf(rs, all.Pieces, m), nil
}

// evidenceOf returns the evidence of one list and the sample of it; nil if none was drawn.
func (s *Lists) evidenceOf(
	ctx context.Context, p *review.Person, rs *rules.Ruleset,
) (*Evidence, *review.Sample, error) {
	all, err := s.Evidence(ctx, p, rs)
	if err != nil {
		return nil, nil, err
	}
	var m *review.Sample
	err = s.site.W.Review().View(ctx, func(st *review.State) error { m = st.Sample(rs.ID); return nil })
	return all, m, err
}

// EvidenceSentence says how much of the evidence of a list people checked and how much of it is right, as a
// closed list has it and otherwise as it is now; "" if no one checks it. It covers the pieces that the
// person may see.
func (s *Lists) EvidenceSentence(q *page.Request, rs *rules.Ruleset) (string, error) {
	checks, closed := false, false
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		checks = st.ChecksEvidence(rs.ID)
		_, closed = st.Closed[rs.ID]
		return nil
	}); err != nil {
		return "", err
	}
	if closed {
		mine, err := s.For(q.Ctx(), q.Person)
		if err != nil || mine.Of[rs.ID] == nil {
			return "", err
		}
		return publish.EvidenceText(mine.Of[rs.ID].Evidence, q.Lang), nil
	}
	if !checks {
		return "", nil
	}
	all, m, err := s.evidenceOf(q.Ctx(), q.Person, rs)
	if err != nil {
		return "", err
	}
	if len(all.Pieces) == 0 {
		return "", nil
	}
	return publish.EvidenceText(evidence.SummaryOf(all.Pieces, m), q.Lang), nil
}

// IsRecused reports whether the person who asks is recused from anything.
func (s *Lists) IsRecused(q *page.Request) (bool, error) {
	mine, err := s.For(q.Ctx(), q.Person)
	return err == nil && !mine.Sees.None(), err
}

package checking

import (
	"math"
	"slices"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/evidence"
	"kheo/pipeline/review"
	"kheo/rules"
)

// stake is what a verdict on a piece of evidence would lead to. What must not be known yet is empty.
type stake struct {
	Verdict dossier.VerdictKind
	Points  string // of the criterion
	Max     string
	Total   string // of the dossier
	Outcome dossier.Outcome
}

// stakesOf returns what a right and a wrong verdict on a piece would change, as if no other person had judged
// it. hidden says that the points and the outcome of the dossier must not be known yet.
func stakesOf(b *pipeline.Bench, piece dossier.PieceKey, lang string, hidden bool) (out []stake) {
	for _, kind := range []dossier.VerdictKind{dossier.VerdictRight, dossier.VerdictWrong} {
		a := b.AssessJudged(piece, kind)
		x := stake{Verdict: kind}
		is := func(c dossier.Criterion) bool { return c.ID == piece.Criterion }
		if i := slices.IndexFunc(a.Criteria, is); i >= 0 {
			x.Points, x.Max = rules.Number(a.Criteria[i].Points, lang), rules.Number(a.Criteria[i].Max, lang)
		}
		if !hidden {
			x.Total, x.Outcome = rules.Number(a.Points, lang), a.Outcome
		}
		out = append(out, x)
	}
	return out
}

// piece is a piece of evidence as the page of its dossier shows it.
type piece struct {
	evidence.Piece
	Says, Why string // what it does at present, and why
	Sure      int    // per cent, of the program
	Mine      dossier.VerdictKind
	Checked   []checkedBy // by whom, once the person has given a verdict or if the person gives none
	Stake     *stake      // what the other verdict would change; nil if nothing
}

// checkedBy is what someone said of a piece.
type checkedBy struct {
	Name, Reason string
	Verdict      dossier.VerdictKind
}

// maxStakes is how many verdicts are tried for one page of a dossier.
const maxStakes = 40

// AddPieces adds to the data of a dossier's page the pieces of evidence of its criteria with their verdicts,
// and the buttons for people who may check them. What counts is shown as it is, because the points show it
// anyway; who said what is left out until the person has given a verdict. A closed list shows what was
// closed.
func (s *Room) AddPieces(q *page.Request, b *pipeline.Bench, hidden bool, data map[string]any) error {
	pieces, err := b.Pieces(q.Ctx(), s.site.W)
	if err != nil {
		return err
	}
	may := q.Person.May(review.CheckEvidence)
	out, tried := map[string][]piece{}, 0
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		if _, closed := st.Closed[b.Ruleset.ID]; closed {
			return nil
		}
		for i := range pieces {
			p := &pieces[i]
			if p.IsRefuted() && hidden && p.Verdict == "" { // listed only near a limit
				continue
			}
			out[p.Criterion] = append(out[p.Criterion], s.shownPiece(q, st, p, may))
		}
		return nil
	})
	if err != nil {
		return err
	}
	unchecked := 0
	for criterion := range out {
		for i := range out[criterion] {
			x := &out[criterion][i]
			if may && x.Mine == "" {
				unchecked++
			}
			// Each stake assesses the dossier twice again, so a page tries the first ones only.
			if tried++; may && tried <= maxStakes {
				x.Stake = changing(stakesOf(b, x.PieceKey, q.Lang, hidden), x.State)
			}
		}
	}
	data["Pieces"], data["MayCheck"], data["Unchecked"] = out, may, unchecked
	return nil
}

// shownPiece prepares a piece. may says that the person may judge it.
func (s *Room) shownPiece(q *page.Request, st *review.State, p *evidence.Piece, may bool) piece {
	out := piece{Piece: *p, Says: s.site.Texts.Say(q.Lang, "evidence-state."+string(p.State)),
		Why: p.Why.In(q.Lang, "en"), Sure: int(math.Round(100 * p.Certainty)), Mine: p.JudgedBy(q.Person.ID)}
	for _, j := range p.Judged {
		if out.Mine != "" && j.Person != q.Person.ID || !may {
			out.Checked = append(out.Checked, checkedBy{s.site.Name(st, j.Person), j.Reason, j.Verdict})
		}
	}
	return out
}

// changing returns of the stakes of a piece the one that differs from what it does now; nil if neither
// verdict changes points or outcome.
func changing(of []stake, now evidence.State) *stake {
	if len(of) != 2 {
		return nil
	}
	right, wrong := of[0], of[1]
	if right.Points == wrong.Points && right.Total == wrong.Total && right.Outcome == wrong.Outcome {
		return nil
	}
	if now == evidence.Counts {
		return &of[1]
	}
	return &of[0]
}

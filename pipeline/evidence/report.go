package evidence

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"kheo/internal/dossier"
	"kheo/internal/sampling"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Row says how much of the evidence of a list or a criterion people checked, and how much is right.
type Row struct {
	Criterion string       `json:"criterion,omitempty"` // "" for the whole list
	Title     dossier.Text `json:"title,omitempty"`
	Pieces    int          `json:"pieces"`   // that count, or counted before people rejected them
	Checked   int          `json:"checked"`  // of them
	Right     int          `json:"right"`    // of those checked
	Rejected  int          `json:"rejected"` // of those checked; they have left the list, as disputed ones have
	Disputed  int          `json:"disputed"` // of the rejected
	Unsure    int          `json:"unsure"`   // no one could decide
	Sampled   int          `json:"sampled"`  // of the pieces checked, those that the interval rests on
	Share     float64      `json:"share"`    // estimated share of right ones among those that remain, over 0 to 1
	Low       float64      `json:"low"`      // the interval of that share
	High      float64      `json:"high"`
	Uncertain int          `json:"uncertain"` // pieces that earn nothing until people confirm them
}

// Missed is what the second sample says: how many passages that do not count are evidence.
type Missed struct {
	Pieces  int     `json:"pieces"` // that did not count, in dossiers near a limit
	Needed  int     `json:"needed"` // of the sample
	Left    int     `json:"left"`   // of the sample, still to be checked
	Checked int     `json:"checked"`
	Right   int     `json:"right"` // of those checked: they were evidence, and count now
	Share   float64 `json:"share"` // estimated share of evidence among all of them
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

// Agreement says how far two people agree on the pieces that both settled.
type Agreement struct {
	First  string   `json:"first"`
	Second string   `json:"second"`
	Pieces int      `json:"pieces"`
	Agree  int      `json:"agree"`
	Kappa  *float64 `json:"kappa"` // nil if chance alone explains the agreement
}

// Report says how far the evidence of a list can be trusted.
type Report struct {
	Ruleset   string         `json:"ruleset"`
	Title     dossier.Text   `json:"title"`
	Sample    *review.Sample `json:"sample"` // nil if none was drawn
	Needed    int            `json:"needed"` // pieces of the sample as it is now
	Left      int            `json:"left"`   // of them, still to be checked
	More      *int           `json:"more"`   // to be checked until Low reaches the precision; nil if it cannot
	List      Row            `json:"list"`
	Criteria  []Row          `json:"criteria"`
	Missed    Missed         `json:"missed"`
	Agreement []Agreement    `json:"agreement"`
}

// ReportOf reports on the pieces of a ruleset. m is the sample that was drawn; nil if none was: then the
// intervals are as wide as what no one looked at.
func ReportOf(rs *rules.Ruleset, pieces []Piece, m *review.Sample) *Report {
	r := &Report{Ruleset: rs.ID, Title: rs.Title, Sample: m, Criteria: []Row{}}
	seed, confidence := seedOf(m)
	Draw(pieces, m)
	list := counted(seed, pieces)
	r.List = rowOf(pieces, frames(seed, list), confidence)
	of := map[string][]Piece{}
	for _, p := range pieces {
		of[p.Criterion] = append(of[p.Criterion], p)
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		row := rowOf(of[id], frames(seed, counted(seed, of[id])), confidence)
		row.Criterion, row.Title = id, of[id][0].Title
		r.Criteria = append(r.Criteria, row)
	}
	r.Missed = missedOf(seed, pieces, confidence)
	r.Needed, r.Left = sampled(pieces, Counts)
	r.Missed.Needed, r.Missed.Left = sampled(pieces, Refuted)
	precision := DefaultPrecision
	if m != nil {
		precision = m.Precision
	}
	if n, ok := sampling.More(frames(seed, list), precision, confidence); ok {
		r.More = &n
	}
	r.Agreement = agreements(pieces)
	return r
}

// sampled returns how many pieces of a band are in a sample, and of how many of those no one has said
// anything.
func sampled(pieces []Piece, band State) (n, left int) {
	for i := range pieces {
		if p := &pieces[i]; p.Sample && p.band() == band {
			n++
			if p.Verdict == "" {
				left++
			}
		}
	}
	return n, left
}

// rowOf counts pieces, and estimates how many of those that remain are right.
func rowOf(pieces []Piece, list []sampling.Frame, confidence float64) Row {
	e := sampling.Remaining(list, confidence)
	row := Row{Pieces: e.Pieces, Checked: e.Checked, Right: e.Right, Rejected: e.Checked - e.Right,
		Sampled: sampling.Sampled(list), Share: e.Share, Low: e.Low, High: e.High}
	if row.Pieces == 0 {
		row.Share, row.Low, row.High = 0, 0, 1
	}
	for i := range pieces {
		p := &pieces[i]
		switch {
		case p.band() == Counts && p.Verdict == dossier.VerdictDisputed:
			row.Disputed++
		case p.band() == Counts && p.Verdict == dossier.VerdictUnsure:
			row.Unsure++
		}
		if p.State == Uncertain {
			row.Uncertain++
		}
	}
	return row
}

// missedOf estimates how much of what does not count is evidence.
func missedOf(seed string, pieces []Piece, confidence float64) Missed {
	list := frames(seed, missable(seed, pieces))
	var out Missed
	out.High = 1
	for i := range list {
		e := sampling.Of([]sampling.Stratum{list[i].Sample()}, confidence)
		out.Share, out.Low, out.High = e.Share, e.Low, e.High
		for _, a := range list[i].Answers {
			out.Pieces++
			switch a {
			case sampling.Right:
				out.Checked, out.Right = out.Checked+1, out.Right+1
			case sampling.Wrong:
				out.Checked++
			}
		}
	}
	if out.Pieces == 0 {
		out.High = 0
	}
	return out
}

// agreements compares the verdicts of each two people who settled the same pieces, in the order of their
// names.
func agreements(pieces []Piece) []Agreement {
	type pair struct{ a, b string }
	tables := map[pair][2][2]int{}
	at := func(k dossier.VerdictKind) int {
		if k == dossier.VerdictRight {
			return 0
		}
		return 1
	}
	for i := range pieces {
		settled := slices.DeleteFunc(slices.Clone(pieces[i].Judged), func(j review.Judged) bool {
			return !j.Verdict.Settles()
		})
		for a := range settled {
			for b := a + 1; b < len(settled); b++ { // people are in order
				of := pair{settled[a].Person, settled[b].Person}
				t := tables[of]
				t[at(settled[a].Verdict)][at(settled[b].Verdict)]++
				tables[of] = t
			}
		}
	}
	out := []Agreement{}
	for of, t := range tables {
		agree := t[0][0] + t[1][1]
		g := Agreement{First: of.a, Second: of.b, Pieces: agree + t[0][1] + t[1][0], Agree: agree}
		if k, ok := sampling.Kappa(t); ok {
			g.Kappa = &k
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Agreement) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second))
	})
	return out
}

// Load returns the pieces of a ruleset, those of its sample marked, and the sample; nil if none was drawn.
func Load(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset) ([]Piece, *review.Sample, error) {
	pieces, err := List(ctx, w, rs)
	if err != nil {
		return nil, nil, err
	}
	var m *review.Sample
	err = w.Review().View(ctx, func(s *review.State) error { m = s.Sample(rs.ID); return nil })
	Draw(pieces, m)
	return pieces, m, err
}

// Summary returns how much of the evidence of a list people checked; nil if they check none of it.
func Summary(ctx context.Context, w *workspace.Workspace, rs *rules.Ruleset) (*dossier.ListEvidence, error) {
	checks := false
	err := w.Review().View(ctx, func(s *review.State) error { checks = s.ChecksEvidence(rs.ID); return nil })
	if err != nil || !checks {
		return nil, err
	}
	pieces, m, err := Load(ctx, w, rs)
	if err != nil {
		return nil, err
	}
	return SummaryOf(pieces, m), nil
}

// SummaryOf returns how much of the pieces of a ruleset people checked. m is the sample; nil if none was
// drawn.
func SummaryOf(pieces []Piece, m *review.Sample) *dossier.ListEvidence {
	seed, confidence := seedOf(m)
	row := rowOf(pieces, frames(seed, counted(seed, pieces)), confidence)
	return &dossier.ListEvidence{Pieces: row.Pieces, Checked: row.Checked, Right: row.Right, Sampled: row.Sampled,
		Share: row.Share, Low: row.Low, High: row.High, Confidence: confidence}
}

// seedOf returns the seed of a sample and the confidence of intervals; no seed if none was drawn.
func seedOf(m *review.Sample) (seed string, confidence float64) {
	if m == nil {
		return "", DefaultConfidence
	}
	return m.Seed, m.Confidence
}

// Close closes a list as a run published it, as review.Log.Close does. If its ruleset asks for a share of
// right evidence, what people checked must show that; otherwise the error is a *review.Refusal that says how
// many more pieces must be checked.
func Close(ctx context.Context, w *workspace.Workspace, person string, f *publish.File) error {
	for _, rs := range w.Campaign().Rulesets {
		if goal := rs.EvidenceGoal(); rs.ID == f.Ruleset && goal != nil {
			pieces, m, err := Load(ctx, w, rs)
			if err != nil {
				return err
			}
			if err := shows(pieces, m, goal); err != nil {
				return err
			}
		}
	}
	return w.Review().Close(ctx, person, f)
}

// shows returns nil if what people checked shows that the share of right evidence reaches a goal.
func shows(pieces []Piece, m *review.Sample, goal *rules.EvidenceGoal) error {
	seed, _ := seedOf(m)
	list := frames(seed, counted(seed, pieces))
	e := sampling.Remaining(list, goal.Confidence)
	if e.Pieces == 0 || e.Low >= goal.Precision {
		return nil
	}
	more, ok := sampling.More(list, goal.Precision, goal.Confidence)
	if !ok {
		return &review.Refusal{Code: "evidence-unsure", Args: []any{percentText(goal.Precision)},
			Why: fmt.Sprintf("too many pieces of evidence are such that nobody could tell: that %s are right cannot "+
				"be shown until somebody decides them (kheo evidence check)", percentText(goal.Precision))}
	}
	if m == nil {
		return &review.Refusal{Code: "evidence-plan", Args: []any{percentText(goal.Precision), more},
			Why: fmt.Sprintf("the ruleset asks for %s right evidence before the list is closed, and no sample was "+
				"drawn: kheo evidence plan; if all are right, %d pieces must be checked", percentText(goal.Precision),
				more)}
	}
	return &review.Refusal{Code: "evidence", Args: []any{percentText(goal.Precision), percentText(e.Low), more},
		Why: fmt.Sprintf("the ruleset asks for %s right evidence before the list is closed; what was checked "+
			"shows %s. If all are right, %d more pieces must be checked: kheo evidence check",
			percentText(goal.Precision), percentText(e.Low), more)}
}

// percentText writes a share as a percentage. Bounds are not rounded up to a goal that they miss.
func percentText(share float64) string {
	return strconv.FormatFloat(math.Floor(1000*share+1e-9)/10, 'f', -1, 64) + " %"
}

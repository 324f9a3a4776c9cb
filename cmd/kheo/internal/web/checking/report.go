package checking

import (
	"math"
	"net/http"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/evidence"
	"kheo/pipeline/review"
	"kheo/rules"
)

// reportPath is the page with the figures of the evidence.
const reportPath = "/evidence/report"

// reported is how far the evidence of a list can be trusted, as the page shows it.
type reported struct {
	*evidence.Report
	Name, Sentence string
	Closed         bool
	Rows           []reportRow // of the criteria, and of the list
	Missed         reportRow
	Agree          []agreed
	Precision      float64 // that the list is held against, per cent
	Done           int     // pieces of the sample that people have judged
	Reachable      bool    // Precision can be shown by checking ToCheck more
	ToCheck        int
}

// reportRow is one line of the table of a list. Shares are per cent.
type reportRow struct {
	evidence.Row
	Name             string
	Share, Low, High float64
	Whole            bool // of the whole list
}

// agreed is how far two people agree.
type agreed struct {
	evidence.Agreement
	First, Second string
	Kappa         string
}

// Report shows how much of the evidence of each list people checked, what share of it is right with its
// interval, by criterion and list, what was missed, and how far people agree; and to those who may, the form
// that draws samples. A person who is recused gets the figures of the rest.
func (s *Room) Report(q *page.Request) error {
	var all []reported
	for _, rs := range s.site.W.Campaign().Rulesets {
		r, err := s.reportOf(q, rs)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	if page.WantsSheet(q) {
		return s.reportSheet(q, all)
	}
	apart, err := s.lists.IsRecused(q)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "evidence-report", map[string]any{"Reports": all, "Apart": apart,
		"Sheet": reportPath + "?as=xlsx"})
	return nil
}

// reportOf prepares the report of a list.
func (s *Room) reportOf(q *page.Request, rs *rules.Ruleset) (reported, error) {
	r, err := s.lists.Report(q.Ctx(), q.Person, rs)
	if err != nil {
		return reported{}, err
	}
	out := reported{Report: r, Name: rs.Title.In(q.Lang, "en", "vi"), Done: r.Needed - r.Left,
		Precision: 100 * evidence.DefaultPrecision}
	if out.Sentence, err = s.lists.EvidenceSentence(q, rs); err != nil {
		return out, err
	}
	if r.Sample != nil {
		out.Precision = 100 * r.Sample.Precision
	}
	if r.More != nil {
		out.Reachable, out.ToCheck = true, *r.More
	}
	for _, row := range r.Criteria {
		out.Rows = append(out.Rows, rowOf(row, row.Title.In(q.Lang, "en", "vi")))
	}
	whole := rowOf(r.List, s.site.Texts.Say(q.Lang, "report.whole"))
	whole.Whole = true
	out.Rows = append(out.Rows, whole)
	m := r.Missed
	out.Missed = rowOf(evidence.Row{Pieces: m.Pieces, Checked: m.Checked, Right: m.Right, Share: m.Share,
		Low: m.Low, High: m.High}, "")
	return out, s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		_, out.Closed = st.Closed[rs.ID]
		for _, a := range r.Agreement {
			x := agreed{Agreement: a, First: s.site.Name(st, a.First), Second: s.site.Name(st, a.Second)}
			if a.Kappa != nil {
				x.Kappa = rules.Number(math.Round(100*(*a.Kappa))/100, q.Lang)
			}
			out.Agree = append(out.Agree, x)
		}
		return nil
	})
}

// rowOf prepares a line. The interval is rounded outwards, so that it does not say more than is known.
func rowOf(r evidence.Row, name string) reportRow {
	return reportRow{Row: r, Name: name, Share: math.Round(1000*r.Share) / 10,
		Low: math.Floor(1000*r.Low) / 10, High: math.Ceil(1000*r.High) / 10}
}

// reportSheet sends the tables of all lists as one workbook.
func (s *Room) reportSheet(q *page.Request, all []reported) error {
	t := page.Table{Head: []string{"list", "criterion", "report.pieces", "report.checked", "report.right",
		"report.rejected", "report.unsure", "report.share", "report.low", "report.high", "report.uncertain"},
		Widths: []float64{40, 40, 10, 10, 10, 10, 12, 12, 12, 12, 12}}
	for i := range all {
		for _, r := range all[i].Rows {
			share := any("")
			if r.Sampled > 0 {
				share = r.Share
			}
			t.Rows = append(t.Rows, []any{all[i].Name, r.Name, r.Pieces, r.Checked, r.Right, r.Rejected, r.Unsure,
				share, r.Low, r.High, r.Uncertain})
		}
	}
	return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "report.title"), t)
}

// Plan draws the sample of a list, or of all that are not closed, and records it.
func (s *Room) Plan(q *page.Request) error {
	var plan evidence.Plan
	for name, to := range map[string]*float64{"precision": &plan.Precision, "margin": &plan.Margin,
		"confidence": &plan.Confidence} {
		text := strings.TrimSpace(strings.TrimSuffix(q.Form(name), "%"))
		if text == "" {
			continue
		}
		v, err := page.ParseNumber(text)
		if err != nil {
			return err
		}
		*to = v / 100
	}
	closed := map[string]bool{}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for id := range st.Closed {
			closed[id] = true
		}
		return nil
	}); err != nil {
		return err
	}
	drawn := 0
	for _, rs := range s.site.W.Campaign().Rulesets {
		if closed[rs.ID] || q.Form("ruleset") != "" && q.Form("ruleset") != rs.ID {
			continue
		}
		all, err := s.lists.Evidence(q.Ctx(), nil, rs) // everybody checks the same sample
		if err != nil {
			return err
		}
		m, err := evidence.DrawSample(q.Ctx(), s.site.W, rs, all.Pieces, plan, q.Person.ID, "")
		if err != nil {
			return err
		}
		drawn += m.Needed
	}
	return s.site.Back(q, reportPath, "done.drawn", drawn)
}

// interval is what an SVG needs to draw an interval on a line of 100 units.
type interval struct{ X, Width, At, Limit float64 }

// Interval returns the interval of a line against a limit in per cent.
func (r reportRow) Interval(limit float64) interval {
	return interval{X: r.Low, Width: max(0.5, r.High-r.Low), At: min(99, r.Share), Limit: limit}
}

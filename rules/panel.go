package rules

import (
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/texts"
)

// panel is a criterion that people score by a rubric.
type panel struct {
	scorers int     // how many must have scored
	combine string  // median, mean, trimmed-mean
	talk    float64 // scores that lie further apart call for talk
	rubric  []Level // the highest first
}

// Level is one level of a rubric.
type Level struct {
	Points float64
	Text   dossier.Text
}

// PanelCriterion is what a scorer needs to know of a criterion.
type PanelCriterion struct {
	ID      string
	Title   dossier.Text
	Max     float64
	Scorers int
	Rubric  []Level
}

// PanelCriteria returns the criteria that people score.
func (rs *Ruleset) PanelCriteria() []PanelCriterion {
	var out []PanelCriterion
	for i := range rs.criteria {
		if c := &rs.criteria[i]; c.panel != nil {
			out = append(out, PanelCriterion{c.id, c.title, c.max, c.panel.scorers, c.panel.rubric})
		}
	}
	return out
}

// combined makes one score of several. The trimmed mean leaves out the highest and the
// lowest.
func (p *panel) combined(scores []float64) float64 {
	s := slices.Sorted(slices.Values(scores))
	n := len(s)
	switch p.combine {
	case "median":
		if n%2 == 1 {
			return s[n/2]
		}
		return (s[n/2-1] + s[n/2]) / 2
	case "trimmed-mean":
		s = s[1 : n-1]
	}
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	return sum / float64(len(s))
}

// takes reports whether a score is one of this criterion, within its range.
func (c *criterion) takes(s dossier.PanelScore) bool {
	return s.Criterion == c.id && s.Points >= 0 && s.Points <= c.max
}

// given are the points that people gave on a criterion and that count, in order.
func (c *criterion) given(scores []dossier.PanelScore) []float64 {
	var out []float64
	for _, s := range scores {
		if c.takes(s) && s.Counts() {
			out = append(out, s.Points)
		}
	}
	slices.Sort(out)
	return out
}

// scorePanel combines what people gave. Until enough of them have scored, the criterion
// gives nothing and the dossier waits.
func (rs *Ruleset) scorePanel(c *criterion, a *dossier.Assessment, scores []dossier.PanelScore) dossier.Criterion {
	out := dossier.Criterion{ID: c.id, Title: c.title, Max: c.max, Evidence: []dossier.Source{}}
	given := c.given(scores)
	for _, s := range scores {
		if c.takes(s) && s.Recused == "" && !s.Counts() {
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagUnsettledScorer, Message: say("flag.scorer", c.title, s.Scorer, len(s.Fits))})
		}
	}
	if len(given) < c.panel.scorers {
		out.Reason = say("panel.waiting", len(given), c.panel.scorers)
		a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagAwaitingPanel, Message: say("flag.panel", c.title, len(given), c.panel.scorers)})
		return out
	}
	out.Points = round(math.Min(c.max, c.panel.combined(given)))
	each := dossier.Text{}
	for _, lang := range texts.Languages {
		var s []string
		for _, v := range given {
			s = append(s, num(v)(lang))
		}
		each[lang] = strings.Join(s, ", ")
	}
	out.Reason = join(": ", say("panel."+c.panel.combine, len(given), each), c.panel.level(out.Points))
	if spread := given[len(given)-1] - given[0]; spread > c.panel.talk {
		a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagPanelSpread, Message: say("flag.spread", c.title, spread, given[0], given[len(given)-1])})
	}
	return out
}

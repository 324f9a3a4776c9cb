package rules

import (
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/rules/claim"
)

// This file scores a criterion in one of three ways: by a fact, by evidence in the text, or by people.

// step gives points from a value upwards.
type step struct{ from, points float64 }

// criterion earns points from a fact, from the text or from people. Exactly one of fact, clues and panel is there.
type criterion struct {
	id    string
	title dossier.Text
	max   float64 // above 0
	fact  *FactDef
	steps []step // of the fact; they go up, in values and in points
	clues []Clue
	panel *panel
	never map[string]bool // reasons of claim.Page.Refuted for which evidence does not count
	vary  vary
}

// measuredBy reports whether the criterion is scored by a fact.
func (c *criterion) measuredBy(fact string) bool { return c.fact != nil && c.fact.Name == fact }

// name is how conditions write the criterion.
func (c *criterion) name() string { return conditionName(c.id) }

// conditionName is how conditions write the id of a criterion: a hyphen would be a minus.
func conditionName(id string) string { return strings.ReplaceAll(id, "-", "_") }

// blank returns the criterion without points, evidence and reason.
func (c *criterion) blank() dossier.Criterion {
	return dossier.Criterion{ID: c.id, Title: c.title, Max: c.max, Evidence: []dossier.Source{}}
}

// scoreCriteria scores every criterion, and adds up the points.
func (s *assessment) scoreCriteria() {
	evidence := &search{reading: s.reading, env: s.rs.env, unit: s.given.Identity.Unit, own: s.ownPlace(),
		verdicts: s.given.Verdicts, firstYear: s.rs.env.firstYear(), clueLists: s.rs.clueLists, lastYear: s.rs.env.lastYear()}
	for i := range s.rs.criteria {
		scored := s.score(&s.rs.criteria[i], evidence)
		s.out.Criteria = append(s.out.Criteria, scored)
		s.out.Points += scored.Points
	}
}

// score scores one criterion.
func (s *assessment) score(c *criterion, evidence *search) dossier.Criterion {
	switch {
	case c.fact != nil:
		out := c.scoreFact(s.counting[c.fact.Name], s.documents())
		if st := s.facts.of(c.fact.Name); st != nil && st.counts == nil {
			out.Reason = say("gate.unsupported", st.inWords())
			if st.isUncertain() {
				out.Reason = say("gate.uncertain", st.inWords())
			}
		}
		return out
	case c.panel != nil:
		return c.scorePanel(s.out, s.given.Scores)
	}
	return c.scoreEvidence(s.out, evidence)
}

// scoreFact gives the points of the highest step that the fact reaches; none if f is nil, which says that it is not
// stated. documents is how many were searched for it.
func (c *criterion) scoreFact(f *dossier.Fact, documents int) dossier.Criterion {
	out := c.blank()
	if f == nil {
		out.Reason = c.fact.unknown("measured.missing", documents)
		return out
	}
	out.Evidence = append(out.Evidence, f.Source)
	if len(f.Sources) > 0 {
		out.Evidence = slices.Clone(f.Sources)
	}
	v, _ := f.Value.(float64)
	shown := c.fact.shown(f)
	at := c.stepAt(v, 1)
	if at < 0 {
		out.Reason = say("measured.below", c.fact.title, shown, c.steps[0].from)
		return out
	}
	out.Points = c.steps[at].points
	out.Reason = say("measured.step", c.fact.title, shown, c.steps[at].from, out.Points)
	return out
}

// stepAt returns which step a value reaches, the steps moved by a factor; -1 if it reaches none.
func (c *criterion) stepAt(v, factor float64) int {
	at := -1
	for i, s := range c.steps {
		if v >= s.from*factor {
			at = i
		}
	}
	return at
}

// refutedOrder is the order in which reasons list why passages claim nothing.
var refutedOrder = []string{claim.Planned, claim.Negated, claim.Wished, claim.Asked, claim.Quoted, others, contrary,
	earlier, unclaimed, rejected}

// scoreEvidence gives points for every find of every clue, up to the criterion's maximum, and cites each passage once.
// Plans in a section of results are flagged.
func (c *criterion) scoreEvidence(a *dossier.Assessment, evidence *search) dossier.Criterion {
	out := c.blank()
	var reasons []dossier.Text
	most := 0.0 // points with all uncertain evidence
	for i := range c.clues {
		clue := &c.clues[i]
		got := evidence.evidence(c.id, clue, c.never)
		finds, refuted := got.counts, got.refuted
		earned := clue.Points * float64(len(finds))
		out.Points += earned
		most += clue.Points * float64(len(finds)+len(got.uncertain))
		for _, f := range got.uncertain {
			if !slices.Contains(out.Uncertain, f.source) {
				out.Uncertain = append(out.Uncertain, f.source)
			}
		}
		if len(finds) == 0 {
			reasons = append(reasons, say("evidenced.none", clue.looksFor(), len(evidence.reading.dossier.Documents)))
		} else {
			var what []string
			for _, f := range finds {
				what = append(what, f.what)
				if !slices.Contains(out.Evidence, f.source) {
					out.Evidence = append(out.Evidence, f.source)
				}
			}
			reasons = append(reasons, say("evidenced.found", len(finds), strings.Join(what, ", "), earned))
		}
		if n := len(got.uncertain); n > 0 {
			reasons = append(reasons, say("evidenced.uncertain", n))
		}
		for _, why := range refutedOrder {
			if n := len(refuted[why]); n > 0 {
				reasons = append(reasons, say("evidenced."+why, n))
			}
		}
		if plans := refuted[claim.Planned]; len(plans) > 0 && clue.In != "" {
			addFlag(a, dossier.FlagPlanNotResult, say("flag.plan", c.title, oneLine(plans[0].Quote)))
		}
	}
	if out.Points > c.max {
		out.Points = c.max
		reasons = append(reasons, say("capped", c.max))
	}
	out.Points = round(out.Points)
	out.AtStake = round(math.Min(c.max, most) - out.Points)
	out.Reason = join("; ", reasons...)
	sortSources(out.Evidence)
	sortSources(out.Uncertain)
	if len(out.Uncertain) > 0 {
		addFlag(a, dossier.FlagUncertain, say("flag.uncertain-evidence", c.title, len(out.Uncertain), out.AtStake,
			quoted(shorten(oneLine(out.Uncertain[0].Quote), longestQuote)), say("doubtful."+out.Uncertain[0].Doubt)))
	}
	return out
}

// panel is how people score a criterion by a rubric.
type panel struct {
	scorers int     // how many must have scored
	combine string  // one of combines
	talk    float64 // scores that lie further apart than this call for a talk; +Inf for never
	rubric  []Level // the highest first
}

// Ways in which the scores of a panel become one, as rulesets write them.
const (
	byMedian      = "median"
	byMean        = "mean"
	byTrimmedMean = "trimmed-mean"
)

// combines are the ways in which a panel's scores become one; the first is that of a panel that names none.
var combines = []string{byMedian, byMean, byTrimmedMean}

// Level is one level of a rubric: what a dossier shows that gets its points.
type Level struct {
	Points float64
	Text   dossier.Text
}

// PanelCriterion is what a scorer needs to know of a criterion.
type PanelCriterion struct {
	ID      string
	Title   dossier.Text
	Max     float64 // scores are from 0 to Max
	Scorers int     // how many must score before the criterion gives points
	Rubric  []Level // the highest first
}

// PanelCriteria returns the criteria that people score, in the ruleset's order.
func (rs *Ruleset) PanelCriteria() []PanelCriterion {
	var out []PanelCriterion
	for i := range rs.criteria {
		if c := &rs.criteria[i]; c.panel != nil {
			out = append(out, PanelCriterion{c.id, c.title, c.max, c.panel.scorers, c.panel.rubric})
		}
	}
	return out
}

// combined makes one score of several, at least one; the trimmed mean needs three. It leaves out the highest and the
// lowest.
func (p *panel) combined(scores []float64) float64 {
	s := slices.Sorted(slices.Values(scores))
	n := len(s)
	switch p.combine {
	case byMedian:
		if n%2 == 1 {
			return s[n/2]
		}
		return (s[n/2-1] + s[n/2]) / 2
	case byTrimmedMean:
		s = s[1 : n-1]
	}
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	return sum / float64(len(s))
}

// level returns what the rubric says of a number of points: the highest level that it reaches; nil if it reaches none.
func (p *panel) level(points float64) dossier.Text {
	for _, l := range p.rubric {
		if points >= l.Points {
			return l.Text
		}
	}
	return nil
}

// accepts reports whether a score is one of this criterion, within its range.
func (c *criterion) accepts(s dossier.PanelScore) bool {
	return s.Criterion == c.id && s.Points >= 0 && s.Points <= c.max
}

// scoresOf are the points that people gave on the criterion and that count, sorted.
func (c *criterion) scoresOf(scores []dossier.PanelScore) []float64 {
	var out []float64
	for _, s := range scores {
		if c.accepts(s) && s.Counts() {
			out = append(out, s.Points)
		}
	}
	slices.Sort(out)
	return out
}

// scorePanel combines what people gave, and flags scores that do not count, that lie far apart or that are missing.
// Until enough people have scored, the criterion gives nothing and the dossier waits.
func (c *criterion) scorePanel(a *dossier.Assessment, scores []dossier.PanelScore) dossier.Criterion {
	out := c.blank()
	given := c.scoresOf(scores)
	for _, s := range scores {
		if c.accepts(s) && s.Recused == "" && !s.Counts() {
			addFlag(a, dossier.FlagUnsettledScorer, say("flag.scorer", c.title, s.Scorer, len(s.Fits)))
		}
	}
	if len(given) < c.panel.scorers {
		out.Reason = say("panel.waiting", len(given), c.panel.scorers)
		addFlag(a, dossier.FlagAwaitingPanel, say("flag.panel", c.title, len(given), c.panel.scorers))
		return out
	}
	out.Points = round(math.Min(c.max, c.panel.combined(given)))
	out.Reason = join(": ", say("panel."+c.panel.combine, len(given), numbers(given)), c.panel.level(out.Points))
	lowest, highest := given[0], given[len(given)-1]
	if spread := highest - lowest; spread > c.panel.talk {
		addFlag(a, dossier.FlagPanelSpread, say("flag.spread", c.title, spread, lowest, highest))
	}
	return out
}

// numbers writes numbers with commas between them.
func numbers(list []float64) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		var s []string
		for _, v := range list {
			s = append(s, num(v)(lang))
		}
		out[lang] = strings.Join(s, ", ")
	}
	return out
}

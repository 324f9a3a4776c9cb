package rules

import (
	"strings"

	"kheo/pipeline/dossier"
)

// Advice tells whoever handed a dossier in what would have brought more.
type Advice struct {
	Criterion dossier.Text
	Points    float64      // that it got
	Max       float64      //
	More      dossier.Text // what earns more, as the ruleset says it
}

// Advise lists the criteria on which an assessment of this ruleset has less than the most,
// with what would earn more. People's own scores are not explained: they say why themselves.
func (rs *Ruleset) Advise(a *dossier.Assessment) []Advice {
	facts := countedFacts(a)
	var out []Advice
	for i := range a.Criteria {
		got := &a.Criteria[i]
		if i >= len(rs.criteria) || rs.criteria[i].id != got.ID || got.Points >= got.Max {
			continue
		}
		c := &rs.criteria[i]
		more := dossier.Text{}
		for _, lang := range []string{"vi", "nb", "en"} {
			more[lang] = rs.more(c, facts[c.measured], lang)
		}
		if more["en"] != "" {
			out = append(out, Advice{got.Title, got.Points, got.Max, more})
		}
	}
	return out
}

// more is what earns more on a criterion: the steps above, or what is looked for.
func (rs *Ruleset) more(c *criterion, f *dossier.Fact, lang string) string {
	if c.measured == "" {
		e := &explainer{rs: rs, lang: lang}
		for i := range c.clues {
			e.clue(&c.clues[i])
		}
		lines := strings.Split(strings.TrimSpace(e.out.String()), "\n")
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
		return strings.Join(lines, "\n")
	}
	def := rs.factDef(c.measured)
	var steps []string
	for _, s := range c.steps {
		if f != nil {
			if v, ok := f.Value.(float64); ok && v >= s.from {
				continue
			}
		}
		steps = append(steps, speakAll(explained["step"], lang, spoken(showValue(s.from, def.unitText, def.Unit)), s.points))
	}
	if len(steps) == 0 {
		return ""
	}
	return rs.factName(def).In(lang) + ": " + strings.Join(steps, "; ")
}

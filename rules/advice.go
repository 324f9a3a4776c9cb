package rules

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
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

// more is what earns more on a criterion: the steps above, or what kind of evidence. The words that are
// looked for are not told: whoever knows them writes them.
func (rs *Ruleset) more(c *criterion, f *dossier.Fact, lang string) string {
	if c.measured == "" {
		var lines []string
		for i := range c.clues {
			if line := rs.evidenceOf(&c.clues[i], lang); !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
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
		steps = append(steps, speakAll(explained.Text("step"), lang, spoken(showValue(s.from, def.unitText, def.Unit)), s.points))
	}
	if len(steps) == 0 {
		return ""
	}
	return rs.factName(def).In(lang) + ": " + strings.Join(steps, "; ")
}

// evidenceOf tells what kind of evidence a clue wants, without its words: in which papers, and with what.
func (rs *Ruleset) evidenceOf(c *Clue, lang string) string {
	where := ""
	if len(c.From) > 0 {
		var papers []string
		for _, role := range c.From {
			if list := rs.roles[role]; len(list) > 0 {
				papers = append(papers, paperName(list, lang))
			}
		}
		where += speakAll(explained.Text("from"), lang, strings.Join(papers, ", "))
	}
	for _, w := range c.With {
		if t, ok := explained.Lookup(w); ok && c.with[w] == nil {
			where += t.In(lang)
		}
	}
	return speakAll(explained.Text("evidence"), lang, c.Points, where, float64(c.AtMost))
}

// paperName is how a language calls a kind of paper.
func paperName(list []phrase, lang string) string {
	for i := range list {
		if l := list[i].lang; l != nil && l.Code == lang {
			return list[i].text
		}
	}
	return list[0].text
}

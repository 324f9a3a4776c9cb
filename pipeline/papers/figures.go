package papers

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/rules"
)

// figures returns the figures of the annual summary, over all lists.
func (m *paperMaker) figures(lists []paper.Rows) paper.Figures {
	var out paper.Figures
	out.Units = m.unitFigures()
	// Rows carry decisions and outcomes as words in the paper's language, so they are compared as words.
	recognised := m.t("decision.recognised")
	recommended := publish.OutcomeText(dossier.Recommended, m.lang)
	fields, units, flags := counted{}, counted{}, counted{}
	for _, l := range lists {
		for i := range l.Entries {
			e := &l.Entries[i]
			for _, f := range []*paper.Figure{fields.of(e.Field), units.of(e.Unit)} {
				f.Registered++
				if e.Outcome == recommended {
					f.Recommended++
				}
				if e.Decision == recognised {
					f.Recognised++
				}
			}
			flags.addFlags(e.Flags)
		}
	}
	out.Fields, out.ByUnit, out.Flags = fields.list(), units.list(), flags.list()
	for _, t := range m.Campaign().Papers.Tasks {
		out.Tasks = append(out.Tasks, t.In(m.lang, "en", "vi"))
	}
	return out
}

// unitFigures counts units: first by kind, then by each attribute that is true. Names are those of papers: names:.
func (m *paperMaker) unitFigures() (out []paper.Figure) {
	kinds, attributes := map[string]int{}, map[string]int{}
	for _, u := range m.Campaign().Env.Units {
		if u.Kind != "" {
			kinds[u.Kind]++
		}
		for k, v := range u.Attributes {
			if is, ok := v.(bool); ok && is {
				attributes[k]++
			}
		}
	}
	names := m.Campaign().Papers.Names
	for _, counts := range []map[string]int{kinds, attributes} {
		for _, k := range slices.Sorted(maps.Keys(counts)) {
			name := cmp.Or(names[k].In(m.lang, "en", "vi"), k)
			out = append(out, paper.Figure{Name: name, Count: counts[k]})
		}
	}
	return out
}

// counted holds figures by name.
type counted map[string]*paper.Figure

// addFlags counts the flags of one entry, each name once.
func (c counted) addFlags(flags []paper.Flag) {
	once := map[string]bool{}
	for _, f := range flags {
		if !once[f.Name] {
			once[f.Name] = true
			c.of(f.Name).Count++
		}
	}
}

// of returns the figure of a name, a new one if there is none.
func (c counted) of(name string) *paper.Figure {
	if c[name] == nil {
		c[name] = &paper.Figure{Name: name}
	}
	return c[name]
}

// list returns the figures by name, without the one that has none.
func (c counted) list() []paper.Figure {
	var out []paper.Figure
	for _, k := range slices.Sorted(maps.Keys(c)) {
		if k != "" {
			out = append(out, *c[k])
		}
	}
	return out
}

// day formats the day of an event's time (RFC 3339) in the campaign's timezone and the paper's language.
func (m *paperMaker) day(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return rules.LocalDate(t.In(m.Campaign().Location).Format("2006-01-02"), m.lang)
}

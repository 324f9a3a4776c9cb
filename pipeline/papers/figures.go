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

// figures are the figures of the year.
func (m *paperMaker) figures(lists []paper.Rows) paper.Figures {
	var out paper.Figures
	names := m.Campaign().Papers.Names
	call := func(key string) string { return cmp.Or(names[key].In(m.lang, "en", "vi"), key) }
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
	for _, of := range []map[string]int{kinds, attributes} {
		for _, k := range slices.Sorted(maps.Keys(of)) {
			out.Units = append(out.Units, paper.Figure{Name: call(k), Count: of[k]})
		}
	}
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
			once := map[string]bool{}
			for _, f := range e.Flags {
				if !once[f.Name] {
					once[f.Name] = true
					flags.of(f.Name).Count++
				}
			}
		}
	}
	out.Fields, out.ByUnit, out.Flags = fields.list(), units.list(), flags.list()
	for _, t := range m.Campaign().Papers.Tasks {
		out.Tasks = append(out.Tasks, t.In(m.lang, "en", "vi"))
	}
	return out
}

// counted is how many there are of what, by name.
type counted map[string]*paper.Figure

func (c counted) of(name string) *paper.Figure {
	if c[name] == nil {
		c[name] = &paper.Figure{Name: name}
	}
	return c[name]
}

func (c counted) list() []paper.Figure {
	var out []paper.Figure
	for _, k := range slices.Sorted(maps.Keys(c)) {
		if k != "" {
			out = append(out, *c[k])
		}
	}
	return out
}

// day writes the day of a time of the log, in the campaign's timezone.
func (m *paperMaker) day(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return rules.LocalDate(t.In(m.Campaign().Location).Format("2006-01-02"), m.lang)
}

// Package agreement says how people score: how many marks each person gave on a criterion, their mean and spread, how
// far a person is from others on the same dossiers, and how far all agree (Krippendorff's alpha). It judges no
// person: a mean above that of others may come from other dossiers, which is why people are compared on those that
// they share.
package agreement

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"kheo/internal/dossier"
	"kheo/internal/sampling"
	"kheo/rules"
)

// Criterion is how people score on one criterion of a ruleset.
type Criterion struct {
	Ruleset   string       `json:"ruleset"`
	Criterion string       `json:"criterion"`
	Title     dossier.Text `json:"title"`
	Max       float64      `json:"max"`
	Dossiers  int          `json:"dossiers"` // with a mark
	Shared    int          `json:"shared"`   // with marks of two people or more
	Alpha     *float64     `json:"alpha"`    // agreement on those; nil if it cannot be distinguished from chance
	People    []Habit      `json:"people"`
}

// Habit is how one person scores on a criterion.
type Habit struct {
	Person string   `json:"person"` // id, or external:NAME
	Name   string   `json:"name"`
	Marks  int      `json:"marks"`
	Mean   float64  `json:"mean"`
	Spread float64  `json:"spread"` // standard deviation; 0 of one mark
	Shared int      `json:"shared"` // marks on dossiers that others scored, too
	Apart  *float64 `json:"apart"`  // how far above the mean of the others on those, on average; nil without any
}

// Of reports on the criteria of a ruleset that people score. scores are those of each dossier that count and that the
// reader may see.
func Of(rs *rules.Ruleset, scores map[string][]dossier.PanelScore) []Criterion {
	out := []Criterion{}
	ids := slices.Sorted(maps.Keys(scores))
	for _, c := range rs.PanelCriteria() {
		of := Criterion{Ruleset: rs.ID, Criterion: c.ID, Title: c.Title, Max: c.Max, People: []Habit{}}
		var units [][]float64
		given := map[string]*marks{}
		for _, id := range ids {
			on := slices.DeleteFunc(slices.Clone(scores[id]),
				func(x dossier.PanelScore) bool { return x.Criterion != c.ID })
			if len(on) == 0 {
				continue
			}
			of.Dossiers++
			if len(on) > 1 {
				of.Shared++
			}
			units = append(units, add(given, on))
		}
		if alpha, ok := sampling.Alpha(units, sampling.Interval); ok {
			of.Alpha = &alpha
		}
		for _, person := range slices.Sorted(maps.Keys(given)) {
			of.People = append(of.People, given[person].habit(person))
		}
		slices.SortStableFunc(of.People, func(a, b Habit) int { return cmp.Compare(a.Name, b.Name) })
		out = append(out, of)
	}
	return out
}

// marks are the marks of one person on a criterion.
type marks struct {
	name   string
	points []float64
	apart  []float64 // from the mean of the others, of each dossier that others scored
}

// add adds the marks on one dossier to those of each person, and returns them.
func add(given map[string]*marks, on []dossier.PanelScore) (values []float64) {
	sum := 0.0
	for _, x := range on {
		values, sum = append(values, x.Points), sum+x.Points
	}
	for _, x := range on {
		m := given[x.Person]
		if m == nil {
			m = &marks{name: x.Scorer}
			given[x.Person] = m
		}
		m.points = append(m.points, x.Points)
		if others := float64(len(on) - 1); others > 0 {
			m.apart = append(m.apart, x.Points-(sum-x.Points)/others)
		}
	}
	return values
}

// habit is what the marks of a person say of them.
func (m *marks) habit(person string) Habit {
	h := Habit{Person: person, Name: cmp.Or(m.name, person), Marks: len(m.points), Mean: mean(m.points),
		Shared: len(m.apart)}
	if n := len(m.points); n > 1 {
		squares := 0.0
		for _, x := range m.points {
			squares += (x - h.Mean) * (x - h.Mean)
		}
		h.Spread = math.Sqrt(squares / float64(n-1))
	}
	if len(m.apart) > 0 {
		apart := mean(m.apart)
		h.Apart = &apart
	}
	return h
}

// mean is the mean of values, of which there is one or more.
func mean(values []float64) float64 {
	sum := 0.0
	for _, x := range values {
		sum += x
	}
	return sum / float64(len(values))
}

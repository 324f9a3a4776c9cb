package publish

import (
	"math"
	"sort"

	"kheo/internal/dossier"
)

// Spread is how outcomes are distributed over the units, fields or levels of a list.
type Spread struct {
	By     string        `json:"by"` // unit, field, level
	Groups []SpreadGroup `json:"groups"`
}

// SpreadGroup is one unit, field or level.
type SpreadGroup struct {
	Name        string  `json:"name"`
	Registered  int     `json:"registered"` // all of the group's dossiers
	Recommended int     `json:"recommended"`
	NeedsReview int     `json:"needs-review"`
	Ineligible  int     `json:"ineligible"`
	Rate        float64 `json:"rate"`      // recommended / registered, 0 to 1
	RestRate    float64 `json:"rest_rate"` // the same for all others
	Points      float64 `json:"points"`    // mean of those that were assessed
	RestPoints  float64 `json:"rest_points"`
	// the four-fifths rule applies in either direction, and both sides are large enough
	Apart      bool    `json:"apart"`
	Criterion  string  `json:"criterion,omitempty"` // the criterion with the largest difference in mean points
	Difference float64 `json:"difference,omitempty"`
}

// enough is the number of dossiers from which a group's rate is meaningful.
const enough = 5

// Fairness returns how a list's outcomes are distributed over units, fields and levels, and which
// criterion makes the difference. Adverse impact is indicated by the four-fifths rule of the US Uniform
// Guidelines on Employee Selection Procedures (1978, 29 CFR 1607.4 D): a reason to look, not a finding.
func (f *File) Fairness() []Spread {
	var out []Spread
	for _, by := range []string{"unit", "field", "level"} {
		s := Spread{By: by, Groups: []SpreadGroup{}}
		of := func(e *Entry) string {
			return map[string]string{"unit": e.Unit, "field": e.Field, "level": e.Level}[by]
		}
		names := map[string]bool{}
		for i := range f.Entries {
			names[of(&f.Entries[i])] = true
		}
		for name := range names {
			s.Groups = append(s.Groups, f.group(name, func(e *Entry) bool { return of(e) == name }))
		}
		sort.Slice(s.Groups, func(i, j int) bool {
			a, b := s.Groups[i], s.Groups[j]
			return a.Rate > b.Rate || a.Rate == b.Rate && a.Name < b.Name
		})
		out = append(out, s)
	}
	return out
}

// half sums up one side of a comparison.
type half struct {
	n, recommended, assessed int
	points                   float64
	criteria                 map[string]float64
}

// add counts an entry. Quarantined ones have no points.
func (h *half) add(e *Entry) {
	h.n++
	if e.Outcome == dossier.Recommended {
		h.recommended++
	}
	if e.Outcome == dossier.Quarantined {
		return
	}
	h.assessed++
	h.points += e.Points
	for _, c := range e.Criteria {
		h.criteria[c.ID] += c.Points
	}
}

// rate is the share of the recommended, in thousandths.
func (h *half) rate() float64 { return rounded(float64(h.recommended) / math.Max(1, float64(h.n))) }

// mean divides a sum over the assessed entries by their number.
func (h *half) mean(v float64) float64 {
	return v / math.Max(1, float64(h.assessed))
}

// group compares the entries of one group with all others.
func (f *File) group(name string, in func(*Entry) bool) SpreadGroup {
	one, rest := half{criteria: map[string]float64{}}, half{criteria: map[string]float64{}}
	g := SpreadGroup{Name: name}
	for i := range f.Entries {
		e := &f.Entries[i]
		if !in(e) {
			rest.add(e)
			continue
		}
		one.add(e)
		switch e.Outcome {
		case dossier.NeedsReview:
			g.NeedsReview++
		case dossier.Ineligible:
			g.Ineligible++
		}
	}
	g.Registered, g.Recommended = one.n, one.recommended
	g.Rate, g.RestRate = one.rate(), rest.rate()
	g.Points, g.RestPoints = rounded(one.mean(one.points)), rounded(rest.mean(rest.points))
	least, most := math.Min(g.Rate, g.RestRate), math.Max(g.Rate, g.RestRate)
	g.Apart = one.n >= enough && rest.n >= enough && least < 0.8*most
	if one.assessed > 0 && rest.assessed > 0 {
		for _, c := range f.columns().criteria {
			d := one.mean(one.criteria[c[0]]) - rest.mean(rest.criteria[c[0]])
			if math.Abs(d) > math.Abs(g.Difference)+1e-9 {
				g.Criterion, g.Difference = c[0], d
			}
		}
		g.Difference = rounded(g.Difference)
	}
	return g
}

// rounded rounds to thousandths.
func rounded(f float64) float64 { return math.Round(f*1000) / 1000 }

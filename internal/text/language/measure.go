package language

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Measure is a unit of a measure, such as a hectare. Units of one dimension are converted into each other,
// those of two never are: days are not months, because no month has a fixed number of them.
type Measure struct {
	Dimension string    `yaml:"dimension"`
	Factor    float64   `yaml:"factor"` // how many of the dimension's base unit it is
	Or        []float64 `yaml:"or"`     // what else it is, elsewhere in a country
	All       []string  `yaml:"all"`
	Vi        []string  `yaml:"vi"`
	Nb        []string  `yaml:"nb"`
	En        []string  `yaml:"en"`
}

// MeasureName is a name of a measure, in words as pages are cut; Squared says that ² follows them.
type MeasureName struct {
	Words   []string
	Squared bool
	Measure *Measure
}

// loadMeasures reads measures.yaml, once. It is part of the program, so mistakes panic.
var loadMeasures = sync.OnceValue(func() (all []*Measure) {
	decode("measures.yaml", &all, norm.NFC.String)
	return all
})

// namedMeasures are the names of measures by their first word.
func (l *Language) namedMeasures() map[string][]MeasureName {
	names := map[string][]MeasureName{}
	for _, m := range loadMeasures() {
		own := map[string][]string{"vi": m.Vi, "nb": m.Nb, "en": m.En}[l.Code]
		for _, n := range slices.Concat(m.All, own) {
			name, squared := strings.CutSuffix(Canonical(n), "²")
			words := strings.Fields(name)
			names[words[0]] = append(names[words[0]], MeasureName{words, squared, m})
		}
	}
	for _, list := range names {
		slices.SortStableFunc(list, func(a, b MeasureName) int { return len(b.Words) - len(a.Words) })
	}
	return names
}

// MeasureNames returns the names of measures that begin with a word, the longest first.
func (l *Language) MeasureNames(first string) []MeasureName { return l.measures()[first] }

// measuresByName are the measures by their names in every language.
var measuresByName = sync.OnceValue(func() map[string]*Measure {
	m := map[string]*Measure{}
	for _, u := range loadMeasures() {
		for _, n := range slices.Concat(u.All, u.En, u.Vi, u.Nb) {
			if n = Canonical(n); m[n] == nil {
				m[n] = u
			}
		}
	}
	return m
})

// MeasureNamed returns the measure that a ruleset names as the unit of a fact, in any language; nil if it is
// none.
func MeasureNamed(unit string) *Measure {
	return measuresByName()[Canonical(norm.NFC.String(strings.ToLower(unit)))]
}

package factreader

import (
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/text/language"
	"kheo/rules/table"
	"kheo/rules/value"
)

// Way is the way in which a value was read. The ways are in their order of trust within one kind of paper,
// most trusted first.
type Way uint8

const (
	ByManifest Way = iota
	ByField        // the state of a form's control, or a typed cell below its header
	ByForm         // "label: value" on a line or across cells
	ByCell         // a cell of a table, by its row and column headers
	BySentence     // label and value inside one sentence
	ByPattern      // a sentence pattern of the ruleset
	ByDerived      // a sentence pattern made of a label: too little to contradict another
	ByUnit         // a number with its unit in a sentence, read only if nothing else states the fact
)

// Confidence is, by the way in which a value was read, the share of such values that are right in passages
// that the code was not written with (see docs/benchmarks.md). It does not depend on other places that state
// the fact.
func (w Way) Confidence() float64 {
	return [...]float64{ByManifest: 1, ByField: 0.98, ByForm: 0.97, ByCell: 0.95, BySentence: 0.95,
		ByPattern: 0.95,
		ByDerived: 0.92, ByUnit: 0.92}[w]
}

// InForm reports whether the value was read in a form or table, and not in running text.
func (w Way) InForm() bool { return w <= ByCell }

// Contradicts reports whether a value read in this way contradicts another one.
func (w Way) Contradicts() bool { return w < ByDerived }

// MaxReadings is how many values an uncertain fact may have beside the first.
const MaxReadings = 4

// Place is one place that states a fact.
type Place struct {
	Value  any
	Unit   string
	Source dossier.Source
	Role   string // of the paper
	Way    Way
	Approx bool

	// Doubt is the code of a text fact.doubt.* that says why Value may not be what the place states, and
	// Others are the other values that it may state; nil among them: it may state none. Both are empty if the
	// value is certain.
	Doubt  string
	Others []any

	Said  table.Kinds // of a value in a sentence: what the words around it say, as those of a header
	Names []string    // the entries of a list
}

// IsNear reports whether all that is not sure of a place is how near its number is to what is meant. It states the fact
// surely enough to contradict other places.
func (c *Place) IsNear() bool { return value.Around(c.Doubt) && !slices.Contains(c.Others, nil) }

// Spans reports whether a number is between the least and the most that a place that states one nearly may mean.
func (c *Place) Spans(v any) bool {
	n, ok := v.(float64)
	least, isNumber := c.Value.(float64)
	if !ok || !isNumber || !c.IsNear() {
		return false
	}
	most := least
	for _, o := range c.Others {
		if x, ok := o.(float64); ok {
			least, most = min(least, x), max(most, x)
		}
	}
	return n >= least && n <= most
}

// Same reports whether two values of the fact agree. Options, units, years and numbers of entries do so only
// if they are equal.
func (def *Fact) Same(a, b any, approx bool) bool {
	switch def.Reads.Type {
	case value.Choice, value.OfUnit, value.Year:
		return a == b
	case value.Names:
		return a == b || approx && Same(a, b, approx)
	}
	return Same(a, b, approx)
}

// Same reports whether two values agree: numbers to half a percent (to a tenth if one is approximate), a
// month and a date inside it, texts without diacritics or one inside the other.
func Same(a, b any, approx bool) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		tolerance := 0.005
		if approx {
			tolerance = 0.1
		}
		return ok && math.Abs(x-y) <= tolerance*math.Max(math.Abs(x), math.Abs(y))
	case string:
		y, ok := b.(string)
		if !ok {
			return false
		}
		if isodate.Valid(x, true) && isodate.Valid(y, true) {
			n := min(len(x), len(y))
			return x[:n] == y[:n]
		}
		fx, fy := language.Fold(x), language.Fold(y)
		return fx == fy || (len(fx) > 3 && len(fy) > 3 && (strings.Contains(fx, fy) || strings.Contains(fy,
			fx)))
	}
	return a == b
}

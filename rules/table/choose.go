package table

// Column is which of the values of a fact counts, as rulesets write it.
type Column string

// What counts: results (the default), plans, points that the unit gave itself, points that can be had, whatever there
// is.
const (
	ActualColumn Column = "actual"
	PlanColumn   Column = "plan"
	SelfColumn   Column = "self"
	MaxColumn    Column = "max"
	AnyColumn    Column = "any"
)

// Columns are all of them, as rulesets write them.
var Columns = []string{string(ActualColumn), string(PlanColumn), string(SelfColumn), string(MaxColumn),
	string(AnyColumn)}

// kinds are the kinds of headers of each column that a ruleset can ask for.
var kinds = map[Column]Kinds{ActualColumn: Actual, PlanColumn: Plan | Budget, SelfColumn: Self, MaxColumn: Max}

// Want is which values of a fact count.
type Want struct {
	Column   Column // "" is ActualColumn
	From, To int    // years; 0 if any counts
	Percent  bool   // the fact is a percentage
	Number   bool   // the fact is a number
	Money    bool   // the fact is an amount of money
}

// Of reports whether values of these years may count; values of which no year is named may.
func (w Want) Of(m Meaning) bool {
	return w.From == 0 || m.From == 0 || m.From <= w.To && m.To >= w.From
}

// Refuses reports whether what is said of a value says that it does not count: it is of another year, a plan, a
// comparison.
func (w Want) Refuses(m Meaning) bool {
	if !w.Of(m) {
		return true
	}
	if m.Has(Other) && !m.Has(Own) || w.From > 0 && m.From == 0 && m.Has(Previous|Next) {
		return true
	}
	if w.Number && m.Has(Compare) {
		return true
	}
	switch column := w.column(); column {
	case AnyColumn:
		return false
	case ActualColumn:
		return m.Has(Plan|Budget|Self|Max) && !m.Has(Actual)
	default:
		return !m.Has(kinds[column]) && m.Has(Plan|Budget|Self|Max|Actual)
	}
}

// column is the column that counts.
func (w Want) column() Column {
	if w.Column == "" {
		return ActualColumn
	}
	return w.Column
}

// Entry is one place along a row or column of a table at which the value of a label may be. Has says that a value was
// read there.
type Entry struct {
	Meaning
	Has     bool
	Own     bool // it is headed by the name of the dossier's own unit
	Foreign bool // it is headed by the name of another unit of the campaign
	Place   bool // it is headed by the name of a place
}

// Doubts about which entry counts, as texts fact.doubt.* name them.
const (
	DoubtHeader = "header"
	DoubtYear   = "year"
	DoubtPlan   = "plan"
	DoubtPart   = "part"
	DoubtUnit   = "unit"
)

// Choose returns the entries of a row or column that may be the value, and why it is not certain which of them is or
// whether one is; "" if all of them say the same, or would. It returns none if the table states no value: there are
// only plans and other years, or the cell of the result is empty.
func (w Want) Choose(all []Entry) (kept []int, doubt string) {
	for i := range all {
		if !all[i].Meaning.Has(Number | Note | Unit) {
			kept = append(kept, i)
		}
	}
	if kept, doubt = places(all, kept); doubt != "" {
		return having(all, kept), doubt
	}
	results := w.results(all, kept)
	if len(results) == 0 && w.column() == ActualColumn {
		return w.budgets(all, kept)
	}
	results = w.best(all, results)
	kept = having(all, results)
	isPart := len(kept) > 0 && all[kept[0]].Meaning.Has(Part)
	if len(kept) == 1 && !isPart && !all[kept[0]].Meaning.Has(Period) {
		return kept, ""
	}
	wholes := only(results, func(i int) bool { return !all[i].Meaning.Has(Part | Period) })
	if len(wholes) == 0 {
		return kept, DoubtPart
	}
	return kept, DoubtHeader
}

// results leaves out what does not count: what the fact refuses, sums over several years, and what is measured in
// another way.
func (w Want) results(all []Entry, kept []int) []int {
	overYears := years(all, kept) > 1
	results := only(kept, func(i int) bool {
		m := all[i].Meaning
		sum := overYears && m.From == 0 && m.Has(Total)
		return !w.Refuses(m) && !sum && !w.measuresOther(m)
	})
	if !w.Number {
		return results
	}
	other := Money
	if w.Money {
		other = Count
	}
	return prefer(w.shares(all, results), func(i int) bool { return !all[i].Meaning.Has(other) })
}

// best keeps, step by step, what fits better: the campaign's year, the kind that the fact asks for, totals, wholes.
func (w Want) best(all []Entry, results []int) []int {
	for _, better := range []func(m Meaning) bool{
		func(m Meaning) bool {
			return w.From > 0 && m.From >= w.From && m.To <= w.To || m.Has(Current) || m.From == 0 && m.Has(Total)
		},
		func(m Meaning) bool { return m.Has(kinds[w.column()]) },
		func(m Meaning) bool { return m.Has(Total) && !m.Has(Part) },
		func(m Meaning) bool { return !m.Has(Part | Period) },
	} {
		results = prefer(results, func(i int) bool { return better(all[i].Meaning) })
	}
	return results
}

// measuresOther reports whether values under a header are of another kind than the fact's: averages and unit prices, or
// amounts of money for a fact that counts.
func (w Want) measuresOther(m Meaning) bool {
	if !w.Number || w.Percent {
		return false
	}
	return m.Has(Each) || !w.Money && m.Currency != ""
}

// budgets are what a table with nothing but budgets states: what it costs may be what was planned.
func (w Want) budgets(all []Entry, kept []int) ([]int, string) {
	for _, i := range kept {
		if all[i].Meaning.Has(Actual | Plan | Compare) {
			return nil, ""
		}
	}
	budgets := only(kept, func(i int) bool { return all[i].Meaning.Has(Budget) && w.Of(all[i].Meaning) })
	return having(all, budgets), DoubtPlan
}

// places keeps the entries of the dossier's own unit if the others are of other places. If there is none, and the
// others are units of the campaign, which is the dossier's is not known; places inside the unit are its parts.
func places(all []Entry, kept []int) ([]int, string) {
	// "vår" is spring, too
	own := only(kept, func(i int) bool { return all[i].Own || all[i].Meaning.Has(Own) && !all[i].Meaning.Has(Period) })
	foreign := only(kept, func(i int) bool { return all[i].Foreign })
	switch placed := only(kept, func(i int) bool { return all[i].Place }); {
	case len(own) > 0 && len(own) < len(kept):
		return own, ""
	case len(foreign) > 0:
		return kept, DoubtUnit
	case len(placed) > 1:
		totals := only(kept, func(i int) bool { return all[i].Meaning.Has(Total) })
		if len(totals) == 0 {
			return kept, DoubtPart
		}
		return totals, ""
	}
	return kept, ""
}

// shares keeps percentages for a fact that is one, and what is none for all others. A column that has no other
// headers, such as "Result (%)", may be both.
func (w Want) shares(all []Entry, kept []int) []int {
	if w.Percent {
		return prefer(kept, func(i int) bool { return all[i].Meaning.Has(Share) })
	}
	return only(kept, func(i int) bool { return !all[i].Meaning.Has(Share) })
}

// years counts the different years of entries.
func years(all []Entry, kept []int) int {
	seen := map[int]bool{}
	for _, i := range kept {
		if all[i].From > 0 {
			seen[all[i].From] = true
		}
	}
	return len(seen)
}

// only returns the indexes that hold, in a list of its own.
func only(kept []int, holds func(i int) bool) []int {
	var out []int
	for _, i := range kept {
		if holds(i) {
			out = append(out, i)
		}
	}
	return out
}

// prefer returns the indexes that hold or, if none does, all.
func prefer(kept []int, holds func(i int) bool) []int {
	if out := only(kept, holds); len(out) > 0 {
		return out
	}
	return kept
}

// having returns the indexes of entries that have a value.
func having(all []Entry, kept []int) []int {
	return only(kept, func(i int) bool { return all[i].Has })
}

// Package award is what a ruleset gives beyond an outcome: ranks and places of its own, prize money, and grants from
// a budget. It has the grammar of these keys and reads them; package recommend gives them out, because who gets what
// depends on all dossiers of a list.
//
// An [Award] is a rank or place with a condition and a [Limit]; a [Budget] is money that is shared or given as asked.
// Amounts are bounded so that their sums stay exact. What happens if equal dossiers are on both sides of a limit is
// for the ruleset to say (`ties`), and by default for people. A key that is added here needs its part in package
// recommend, which then raises its version.
package award

import (
	"math"
	"slices"

	"github.com/expr-lang/expr/vm"

	"kheo/internal/dossier"
	"kheo/rules/condition"
)

// Ties says what happens if equal dossiers are on both sides of a limit.
type Ties string

// The rules for ties.
const (
	ToPeople Ties = "people"  // people decide
	Share    Ties = "share"   // all of the equal get it, beyond the limit
	AllOut   Ties = "all-out" // none of the equal gets it
	ByOrder  Ties = "order"   // the id of the dossier decides
)

// Rounding says how a share becomes a number of dossiers.
type Rounding string

// The roundings.
const (
	Down   Rounding = "down"
	Up     Rounding = "up"
	HalfUp Rounding = "half-up" // to the nearest, a half upwards
)

// roundingSlack keeps shares such as 0.07 × 100, which is 7.000000000000001, from being rounded up.
const roundingSlack = 1e-9

// Of returns a share of n, rounded. The zero value rounds down.
func (r Rounding) Of(share float64, n int) int {
	f := share * float64(n)
	switch r {
	case Up:
		return int(math.Ceil(f - roundingSlack))
	case HalfUp:
		return int(math.Floor(f + 0.5 + roundingSlack))
	}
	return int(math.Floor(f + roundingSlack))
}

// Limit is how many may get something. The zero value is no limit.
type Limit struct {
	Most     int     // 0: see Share
	Share    float64 // of those counted, 0 to 1; 0 for no limit
	Eligible bool    // the share is of those that are eligible, not of all that are registered
	Round    Rounding
}

// None reports whether there is no limit.
func (l Limit) None() bool { return l.Most == 0 && l.Share == 0 }

// Number returns the limit, given how many dossiers are registered and how many of them are eligible.
func (l Limit) Number(registered, eligible int) int {
	switch {
	case l.Share == 0:
		return l.Most
	case l.Eligible:
		return l.Round.Of(l.Share, eligible)
	}
	return l.Round.Of(l.Share, registered)
}

// Money is an amount of a currency. The zero value is no amount.
type Money struct {
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"` // ISO 4217
}

// Award is a rank or a place. Each dossier gets the first award of its ruleset whose condition it meets and that
// is not used up.
type Award struct {
	ID      string
	Title   dossier.Text
	Outcome dossier.Outcome // of those that get it
	Require *condition.Condition
	Limit   Limit
	Per     string // what the limit is counted for, as of a quota
	Ties    Ties
	Stop    bool  // what is over the limit gets nothing, instead of the next award
	Prize   Money // that goes with it
	Split   bool  // those that share it share the prize too; otherwise each has all of it
}

// List holds the ranks or places of a ruleset, the highest first. A set of them is held in the bits of a uint64,
// by their indexes.
type List []Award

// Met returns the set of those whose conditions are met. No dossier that is below an at_least of its criteria or
// groups, which minima reports, is recommended; so it has no award that means this. m is a virtual machine that
// may be used again.
func (l List) Met(m *vm.VM, env map[string]any, minima bool) (set uint64) {
	for i := range l {
		if (minima || l[i].Outcome != dossier.Recommended) && l[i].Require.Run(m, env) {
			set |= 1 << i
		}
	}
	return set
}

// IDs returns the ids of a set, in the order of the list. Bits beyond the list do not count.
func (l List) IDs(set uint64) (ids []string) {
	for i := range l {
		if set&(1<<i) != 0 {
			ids = append(ids, l[i].ID)
		}
	}
	return ids
}

// Set returns the set of those with some ids. Ids that are not in the list do not count.
func (l List) Set(ids []string) (set uint64) {
	for i := range l {
		if slices.Contains(ids, l[i].ID) {
			set |= 1 << i
		}
	}
	return set
}

// Budget is money that is given to those recommended, in the order of the list or in proportion to something.
type Budget struct {
	Total   Money
	Ask     string  // the fact that states how much is asked for; "" if nothing does
	ShareBy string  // what the total is shared in proportion to; "" if it is given in order
	RoundTo float64 // with ShareBy: amounts are whole times this
	Per     string  // each of these has the total for itself; "all" for one pot
	Pots    map[string]float64
	Partial float64 // the least share of what is asked for that is given in part; 0 gives nothing in part
	Stop    bool    // the first that is not given all of it ends the giving
	ByOrder bool    // of equal dossiers the id decides; otherwise people do
	Reserve int     // how many are on the reserve list; all if it is below 0

	titles map[string]dossier.Text
}

// Ids of the awards of a budget.
const (
	Funded  = "funded"
	InPart  = "funded-in-part"
	OnHold  = "reserve"
	MaxEach = 60 // awards of one ruleset: a set of them is held in the bits of a uint64
)

// Title returns the title of one of the awards of a budget.
func (b *Budget) Title(id string) dossier.Text {
	if t := b.titles[id]; t != nil {
		return t
	}
	return words.Text("budget." + id)
}

// AskOf is how much an assessment asks for. It is not known if the fact is missing, is uncertain, is in another
// currency, or is not above 0.
func (b *Budget) AskOf(a *dossier.Assessment) (amount float64, known bool) {
	for i := range a.Facts {
		if a.Facts[i].Name == b.Ask {
			amount, known = settled(&a.Facts[i])
		}
	}
	return amount, known && amount > 0 && amount <= MaxAmount
}

// ShareOf is what an assessment counts for if the total is shared. It is not known if it is a fact that is missing
// or uncertain, or if scores that are still missing could change the points.
func (b *Budget) ShareOf(a *dossier.Assessment) (weight float64, known bool) {
	scored := a.Open == nil || a.Open.Best == nil
	if b.ShareBy == "total" {
		return max(a.Points, 0), scored
	}
	for i := range a.Criteria {
		if a.Criteria[i].ID == b.ShareBy {
			return max(a.Criteria[i].Points, 0), scored
		}
	}
	for i := range a.Groups {
		if a.Groups[i].ID == b.ShareBy {
			return max(a.Groups[i].Points, 0), scored
		}
	}
	for i := range a.Facts {
		if a.Facts[i].Name == b.ShareBy {
			weight, known = settled(&a.Facts[i])
		}
	}
	return max(weight, 0), known
}

// settled is the number of a fact; it is not known if it is uncertain, also if that is only how near it is.
func settled(f *dossier.Fact) (n float64, known bool) {
	if len(f.Readings) > 0 {
		return 0, false
	}
	n, known = f.Counts().(float64)
	return n, known
}

// Pot is the money of one group.
func (b *Budget) Pot(group string) float64 {
	if p, ok := b.Pots[group]; ok {
		return p
	}
	return b.Total.Amount
}

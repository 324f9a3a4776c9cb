package recommend

import (
	"math/big"
	"slices"
	"strconv"

	"kheo/internal/dossier"
	"kheo/rules/award"
)

// This file shares a budget among all that are recommended, in proportion to what they count for. No one's share is
// known before everybody's is: as long as people or panels must still decide about one that may be recommended, or
// what it counts for is not known, the whole pot waits for them.

// portion is an entry that has a share of a pot.
type portion struct {
	entry  int
	weight float64
	most   int64 // in hundredths; below 0 if there is no limit
	amount int64
}

// shareBudget shares the budget among those recommended on the list.
func shareBudget(l *List, b *award.Budget) {
	portions, open := map[string][]portion{}, map[string]bool{}
	for i := range l.Entries {
		e := &l.Entries[i]
		k := l.key(e.Assessment, b.Per)
		if e.Outcome != dossier.Recommended {
			open[k] = open[k] || e.Outcome == dossier.NeedsReview
			continue
		}
		p := portion{entry: i, most: -1}
		known := true
		if p.weight, known = b.ShareOf(e.Assessment); known && b.Ask != "" {
			var ask float64
			ask, known = b.AskOf(e.Assessment)
			p.most = hundredths(ask)
		}
		if !known {
			l.leave(e, dossier.FlagUncertainFact, given.Text("share-unknown"))
			open[k] = true
			continue
		}
		portions[k] = append(portions[k], p)
	}
	for group, some := range portions {
		if open[group] {
			for _, p := range some {
				l.leave(&l.Entries[p.entry], dossier.FlagAwaitingPanel, given.Text("share-open"))
			}
			continue
		}
		share(some, hundredths(b.Pot(group)), hundredths(b.RoundTo))
		for _, p := range some {
			grantShare(&l.Entries[p.entry], b, p)
		}
	}
}

// grantShare writes what an entry gets.
func grantShare(e *Ranked, b *award.Budget, p portion) {
	if p.amount == 0 {
		e.Award = &Award{award.OnHold, b.Title(award.OnHold)}
		e.Outcome, e.Band = dossier.NotRecommended, given.Text("share-nothing")
		e.Flags = append(e.Flags, dossier.Flag{Code: dossier.FlagQuota, Message: e.Band})
		return
	}
	id := award.Funded
	if p.most >= 0 && p.amount < p.most {
		id = award.InPart
	}
	e.Award = &Award{id, b.Title(id)}
	e.Granted = &award.Money{Amount: float64(p.amount) / 100, Currency: b.Total.Currency}
}

// share shares a pot. An entry that would get more than its most gets its most, and what remains is shared among the
// others; only then are amounts rounded down to whole times a step, so that never more is given than there is. Shares
// are exact fractions, so that the order of the portions makes no difference.
func share(some []portion, pot, step int64) {
	rest, among := new(big.Rat).SetInt64(pot), []int{}
	for i := range some {
		among = append(among, i)
	}
	for {
		sum := new(big.Rat)
		for _, i := range among {
			sum.Add(sum, exact(some[i].weight))
		}
		if sum.Sign() <= 0 {
			return
		}
		each := new(big.Rat).Quo(rest, sum)
		isCapped := func(i int) bool {
			return some[i].most >= 0 && new(big.Rat).Mul(each,
				exact(some[i].weight)).Cmp(new(big.Rat).SetInt64(some[i].most)) >= 0
		}
		if !slices.ContainsFunc(among, isCapped) {
			for _, i := range among {
				some[i].amount = wholeTimes(new(big.Rat).Mul(each, exact(some[i].weight)), step)
			}
			return
		}
		var others []int
		for _, i := range among {
			if !isCapped(i) {
				others = append(others, i)
				continue
			}
			most := new(big.Rat).SetInt64(some[i].most)
			some[i].amount = wholeTimes(most, step)
			rest = new(big.Rat).Sub(rest, most)
		}
		among = others
	}
}

// exact is a number as the fraction that its shortest decimal form says.
func exact(f float64) *big.Rat {
	r, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
	return r
}

// wholeTimes rounds an amount down to whole times a step.
func wholeTimes(amount *big.Rat, step int64) int64 {
	step = max(step, 1)
	steps := new(big.Rat).Quo(amount, new(big.Rat).SetInt64(step))
	return new(big.Int).Quo(steps.Num(), steps.Denom()).Int64() * step
}

package recommend

import (
	"math"
	"slices"

	"kheo/internal/dossier"
	"kheo/rules"
	"kheo/rules/award"
)

// This file gives a budget to those recommended, in the order of the list. What remains is known only within
// bounds once a dossier was gone through whose amount, place or outcome is not settled. A dossier that what
// remains suffices for within both bounds has its grant; one that it suffices for within neither has none; any
// other goes to people, and the bounds become wider. The bounds are sound: whatever people and panels decide,
// what remains lies between them.

// pot is what remains of the money of one group, in hundredths of the currency so that sums are exact.
type pot struct {
	low, high int64
	stopped   bool // nothing more is surely given
	mayStop   bool // nothing more may be given
}

// hundredths is an amount in hundredths.
func hundredths(f float64) int64 { return int64(math.Round(100 * f)) }

// claim is an entry that asks for money.
type claim struct {
	entry       int
	best, worst int
	ask         int64
	known       bool // what it asks for is known
	settled     bool // its place is, and so is that it contends
}

// grant is what a budget gives to an entry. It is decided if low and high are equal.
type grant struct {
	low, high int64
	tied      bool
}

// give gives to one claimant: what it gets at least and at most of what remains. b says when it gets a part.
func (p *pot) give(b *award.Budget, c *claim) (g grant) {
	if !c.known {
		g = grant{0, p.high, false}
		p.low, p.mayStop = 0, p.mayStop || b.Stop
		return g
	}
	least, most := grantOf(b, c.ask, p.low), grantOf(b, c.ask, p.high)
	g = grant{min(least, most), max(least, most), false}
	if p.stopped {
		return grant{}
	}
	if p.low < c.ask && p.high >= c.ask { // somewhere between, a part or nothing is given
		g.low = 0
	}
	if part := part(b, c.ask); p.low < part && p.high >= part {
		g.low, g.high = 0, min(c.ask, p.high)
	}
	if p.mayStop || !c.settled {
		g.low = 0
	}
	// Given all of it, what remains is less by that; not given, it is below what is asked for, or below the part.
	low, high := p.low-g.high, p.high-g.low
	if g.low == g.high {
		low, high = p.low-g.low, p.high-g.low
	} else if c.settled && !p.mayStop {
		high = max(p.high-c.ask, min(p.high, part(b, c.ask)))
	}
	p.low, p.high = max(0, low), max(0, high)
	if b.Stop && g.high < c.ask && c.settled {
		p.stopped = true
	} else if b.Stop && g.low < c.ask {
		p.mayStop = true
	}
	return g
}

// part is the least that can be given in part of what is asked for; all of it without partial grants.
func part(b *award.Budget, ask int64) int64 {
	if b.Partial == 0 {
		return ask
	}
	return int64(math.Ceil(b.Partial*float64(ask) - roundingSlack))
}

// grantOf is what is given if a certain amount remains.
func grantOf(b *award.Budget, ask, remains int64) int64 {
	switch {
	case remains >= ask:
		return ask
	case remains > 0 && remains >= part(b, ask):
		return remains
	}
	return 0
}

// spend gives a budget to claims of one group, which are in the order of their best ranks.
func spend(b *award.Budget, total int64, claims []claim) []grant {
	p, grants := &pot{low: total, high: total}, make([]grant, len(claims))
	for from := 0; from < len(claims); {
		to := from + 1
		for to < len(claims) && claims[to].best == claims[from].best {
			to++
		}
		tied := claims[from:to]
		if len(tied) > 1 && !b.ByOrder && !sufficesForAll(p, tied) {
			// People choose in which order they are given to, so what remains is open.
			least, most := p.low, p.high
			for k := range tied {
				each := pot{p.low, p.high, p.stopped, true}
				g := each.give(b, &tied[k])
				if least = least - g.high; g.high > 0 || !tied[k].known {
					g.tied = true
				}
				grants[from+k] = g
			}
			p.low, p.high = max(0, least), most
			p.mayStop = p.mayStop || b.Stop
		} else {
			for k := range tied {
				grants[from+k] = p.give(b, &tied[k])
			}
		}
		from = to
	}
	return grants
}

// sufficesForAll reports whether what remains surely covers what some ask for, so that their order is irrelevant.
func sufficesForAll(p *pot, claims []claim) bool {
	rest := p.low
	for i := range claims {
		if rest -= claims[i].ask; !claims[i].known || rest < 0 {
			return false
		}
	}
	return true
}

// giveBudget gives the budget of the ruleset to those recommended on the list, which is in order.
func (l *List) giveBudget(rs *rules.Ruleset) {
	b := rs.Budget
	if b.ShareBy != "" {
		shareBudget(l, b)
		return
	}
	list := seats(l.Entries, decidingKeys(rs, l.Entries))
	claims := map[string][]claim{}
	for i := range l.Entries {
		e := &l.Entries[i]
		waits := e.Outcome == dossier.NeedsReview && e.Open.Can(dossier.Recommended)
		if e.Outcome != dossier.Recommended && !waits {
			continue
		}
		ask, known := rs.Budget.AskOf(e.Assessment)
		s := &list[i]
		settled := !waits && s.best == s.worst &&
			!slices.ContainsFunc(s.others, func(o int) bool { return o != s.best })
		c := claim{entry: i, best: s.best, worst: s.worst, ask: hundredths(ask), known: known, settled: settled &&
			!e.held}
		k := l.key(e.Assessment, b.Per)
		claims[k] = append(claims[k], c)
	}
	for group, some := range claims {
		slices.SortStableFunc(some, func(x, y claim) int { return x.best - y.best })
		for i, g := range spend(b, hundredths(b.Pot(group)), some) {
			l.grantMoney(b, &some[i], g)
		}
	}
	l.reserve(b)
}

// grantMoney writes what a budget gives to an entry.
func (l *List) grantMoney(b *award.Budget, c *claim, g grant) {
	e := &l.Entries[c.entry]
	if e.Outcome != dossier.Recommended {
		return // it waits for its panel anyway
	}
	switch {
	case !c.known:
		l.leave(e, dossier.FlagUncertainFact, given.Text("ask-unknown"))
	case !c.settled && g.low != c.ask:
		l.leave(e, dossier.FlagAwaitingPanel, given.Text("budget-open"))
	case g.tied && (g.low != g.high || g.low < c.ask):
		l.leave(e, dossier.FlagTie, given.Text("budget-tie"))
	case g.low != g.high:
		l.leave(e, dossier.FlagAwaitingPanel, given.Text("budget-open"))
	case g.low == 0 && c.ask > 0:
		e.Outcome, e.Band = dossier.NotRecommended, given.Text("budget-spent")
		e.Award = &Award{award.OnHold, b.Title(award.OnHold)}
		e.Flags = append(e.Flags, dossier.Flag{Code: dossier.FlagQuota, Message: e.Band})
	default:
		id := award.Funded
		if g.low < c.ask {
			id = award.InPart
		}
		e.Award = &Award{id, b.Title(id)}
		e.Granted = &award.Money{Amount: float64(g.low) / 100, Currency: b.Total.Currency}
	}
}

// reserve keeps the first of the reserve list, of each pot, on it.
func (l *List) reserve(b *award.Budget) {
	if b.Reserve < 0 {
		return
	}
	n := map[string]int{}
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Award == nil || e.Award.ID != award.OnHold {
			continue
		}
		k := l.key(e.Assessment, b.Per)
		if n[k]++; n[k] > b.Reserve {
			e.Award = nil
		}
	}
}

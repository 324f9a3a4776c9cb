package recommend

import (
	"math/bits"
	"slices"

	"kheo/internal/dossier"
	"kheo/rules"
	"kheo/rules/award"
)

// This file gives out ranks and places. The dossiers are gone through in the order of the list, and each gets the
// first award whose condition it meets and that is not used up: serial dictatorship, with limits that may be
// counted per unit, field and so on, and with quotas as limits over several awards.
//
// What is not settled (missing panel scores, equal dossiers that people decide between) is gone through in every
// way it can turn out: a world is one state of what is used up. Worlds that are equal in it are one, so there are
// few. A dossier that gets the same award in every world has it; any other goes to people. If there are too many
// worlds, every dossier further down is held to be open in all that it can meet, which is sound but less exact.

// Bounds of the worlds that are tried.
const (
	maxWorlds  = 512
	maxGiven   = 200_000 // groups that are given to in one list
	maxAtOnce  = 6       // unsettled dossiers that can be at one rank
	maxTied    = 6       // equal dossiers that differ in what they meet, and are tried in every order
	maxReplays = 200     // dossiers whose other readings are tried
)

// taker is an entry that ranks or places can be given to.
type taker struct {
	entry         int    // index into the list
	best, worst   int    // ranks, as of a seat
	others        []int  // of a seat
	always, maybe uint64 // awards whose conditions it meets in every case, and in any case; by their indexes
	drops         bool   // it may turn out not to contend at all
	filled        filled // what quotas give it, which always and maybe have too
}

// settled reports whether the rank of a taker and what it meets are known.
func (t *taker) settled() bool { return t.best == t.worst && t.always == t.maybe && !t.drops }

// rule is a limit on some awards.
type rule struct {
	awards uint64 // that it is about, by their indexes
	per    string
	of     string // only this group; "" for each
	ties   award.Ties
	number func(group string) int
	text   func(group string) dossier.Text // the number, and how it came about
	own    int                             // the award that it belongs to; -1 for a quota
}

// prospect is what is known of a taker.
type prospect struct {
	can    uint64 // the awards that it can get; bit len(awards) is for none
	tied   bool   // people decide between it and equal ones
	others bool   // it depends on others that are not settled
	limit  int    // the rule that kept it from a higher award last; -1 for none
	share  float64
	mixed  bool // its share of the prize differs between worlds
	given  bool // share is set
}

// add adds a way in which the taker can fare.
func (p *prospect) add(can uint64, share float64) {
	p.can |= can
	if p.given && p.share != share {
		p.mixed = true
	}
	p.share, p.given = share, true
}

// decided reports whether the taker fares the same in every world.
func (p *prospect) decided() bool { return bits.OnesCount64(p.can) == 1 && !p.mixed }

// allotment gives out the awards of a ruleset.
type allotment struct {
	awards []award.Award
	rules  []rule
	key    func(entry int, per string) string
	takers []taker
	fare   []prospect // by taker

	slots  map[slotKey]int
	limits []int
	given  int  // groups that were given to
	full   bool // there were too many worlds
}

// slotKey is a rule and a group.
type slotKey struct {
	rule  int
	group string
}

// world is one state of what is used up.
type world struct {
	used   []int32 // by slot; at most the limit
	placed uint64  // the unsettled that were given to already, by their position at the present rank
}

// none is the bit for no award.
func (a *allotment) none() uint64 { return 1 << len(a.awards) }

// limited reports whether any rule is about an award.
func (a *allotment) limited(awards uint64) bool {
	return slices.ContainsFunc(a.rules, func(r rule) bool { return r.awards&awards != 0 })
}

// slot is the index of the slot of a rule for an entry; ok is false if the rule is about another group.
func (a *allotment) slot(r int, entry int) (slot int, ok bool) {
	rule := &a.rules[r]
	group := a.key(entry, rule.per)
	if rule.of != "" && rule.of != group {
		return 0, false
	}
	k := slotKey{r, group}
	slot, ok = a.slots[k]
	if !ok {
		slot = len(a.limits)
		a.slots[k] = slot
		a.limits = append(a.limits, rule.number(group))
	}
	return slot, true
}

// unlimited is what a taker can get if nothing is known of those before it: every award that it may meet, down to
// the first that it surely meets and that has no limit.
func (a *allotment) unlimited(t *taker) (can uint64) {
	for i := range a.awards {
		bit := uint64(1) << i
		if t.maybe&bit != 0 {
			can |= bit
		}
		if t.always&bit != 0 && !a.limited(bit) && !t.drops {
			return can
		}
	}
	return can | a.none()
}

// run gives out the awards. The takers need not be sorted.
func (a *allotment) run() {
	a.fare, a.slots = make([]prospect, len(a.takers)), map[slotKey]int{}
	a.limits, a.given, a.full = nil, 0, false
	var ranks []int
	byRank, open := map[int][]int{}, []int(nil)
	for i := range a.takers {
		t := &a.takers[i]
		a.fare[i].limit = -1
		switch {
		case !a.limited(t.maybe): // it takes nothing away from others
			a.fare[i].can, a.fare[i].share = a.unlimited(t), 1
		case t.settled():
			byRank[t.best] = append(byRank[t.best], i)
			ranks = append(ranks, t.best)
		default:
			open = append(open, i)
			ranks = append(ranks, t.best, t.worst)
		}
	}
	slices.Sort(ranks)
	worlds := []world{{}}
	var here []int // the unsettled at the present rank; their positions are the bits of placed
	for _, rank := range slices.Compact(ranks) {
		here = append(here, slices.DeleteFunc(slices.Clone(open),
			func(i int) bool { return a.takers[i].best != rank })...)
		if a.full = a.full || len(here) > maxAtOnce; !a.full {
			worlds = a.at(worlds, byRank[rank], here)
		}
		if a.full {
			for _, i := range append(here, byRank[rank]...) {
				a.fare[i].can |= a.unlimited(&a.takers[i])
				a.fare[i].others = true
			}
			continue
		}
		worlds, here = a.leave(worlds, here, rank)
	}
}

// at gives to those at one rank: the settled ones, who are equal, together with any of the unsettled that may be
// there, and others of these before and behind them.
func (a *allotment) at(worlds []world, settled, here []int) []world {
	worlds = a.closure(worlds, here)
	if len(settled) == 0 || a.full {
		return worlds
	}
	set := worldSet{}
	for _, w := range worlds {
		a.subsets(w, here, func(with []int, placed uint64) {
			a.give(w, append(slices.Clone(settled), with...), placed, set.add)
		})
		if a.full = a.full || len(set.list) > maxWorlds; a.full {
			return worlds
		}
	}
	return a.closure(set.list, here)
}

// closure adds the worlds in which some of the unsettled come one after the other, or as equals, or drop out.
func (a *allotment) closure(worlds []world, here []int) []world {
	if len(here) == 0 {
		return worlds
	}
	set := worldSet{}
	for _, w := range worlds {
		set.add(w)
	}
	for at := 0; at < len(set.list) && !a.full; at++ {
		w := set.list[at]
		a.subsets(w, here, func(with []int, placed uint64) {
			if len(with) > 0 {
				a.give(w, with, placed, set.add)
			}
		})
		for k, i := range here {
			if w.placed&(1<<k) == 0 && a.takers[i].drops {
				a.fare[i].add(a.none(), 1)
				set.add(world{w.used, w.placed | 1<<k})
			}
		}
		a.full = a.full || len(set.list) > maxWorlds
	}
	return set.list
}

// subsets calls do with every set of the unsettled that a world has not placed yet, the empty one too.
func (a *allotment) subsets(w world, here []int, do func(with []int, placed uint64)) {
	for set := uint64(0); set < 1<<len(here) && !a.full; set++ {
		if set&w.placed != 0 {
			continue
		}
		var with []int
		for k, i := range here {
			if set&(1<<k) != 0 {
				with = append(with, i)
			}
		}
		do(with, w.placed|set)
	}
}

// leave ends a rank: worlds in which a taker that cannot be further down was not placed are dropped, and so are
// the takers themselves.
func (a *allotment) leave(worlds []world, here []int, rank int) ([]world, []int) {
	var stay []int
	var gone uint64
	for k, i := range here {
		if a.takers[i].worst <= rank {
			gone |= 1 << k
		} else {
			stay = append(stay, i)
		}
	}
	if gone == 0 {
		return worlds, here
	}
	set := worldSet{}
	for _, w := range worlds {
		if w.placed&gone != gone {
			continue
		}
		placed, at := uint64(0), 0
		for k := range here {
			if gone&(1<<k) != 0 {
				continue
			}
			if w.placed&(1<<k) != 0 {
				placed |= 1 << at
			}
			at++
		}
		set.add(world{w.used, placed})
	}
	return set.list, stay
}

// worldSet is a set of worlds in the order in which they were added.
type worldSet struct {
	seen map[string]bool
	list []world
}

// add adds a world unless there is an equal one.
func (s *worldSet) add(w world) {
	used := w.used
	for len(used) > 0 && used[len(used)-1] == 0 {
		used = used[:len(used)-1]
	}
	key := make([]byte, 0, 8+2*len(used))
	for shift := 0; shift < 64; shift += 8 {
		key = append(key, byte(w.placed>>shift))
	}
	for _, n := range used {
		key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	if !s.seen[string(key)] {
		s.seen[string(key)] = true
		s.list = append(s.list, world{used, w.placed})
	}
}

// give gives to equals in one world, in every way in which they can meet awards and, if people decide between
// them, in which people can; add gets the worlds that follow.
func (a *allotment) give(w world, members []int, placed uint64, add func(world)) {
	meets := make([]uint64, len(members))
	var choose func(k int)
	choose = func(k int) {
		if k == len(members) {
			a.giveAll(w, members, meets, placed, add)
			return
		}
		t := &a.takers[members[k]]
		open := t.maybe &^ t.always
		for some := open; ; some = (some - 1) & open { // every subset of what is open
			meets[k] = t.always | some
			choose(k + 1)
			if some == 0 || a.full {
				return
			}
		}
	}
	choose(0)
}

// giveAll gives to equals that meet certain awards, in the list's order and, if people decide between them, in
// every other order.
func (a *allotment) giveAll(w world, members []int, meets []uint64, placed uint64, add func(world)) {
	order := make([]int, len(members))
	for i := range order {
		order[i] = i
	}
	if !a.giveInOrder(w, members, meets, order, placed, add) || a.full {
		return
	}
	if a.alike(members, meets) { // whichever is first, what is used up is the same
		for shift := 1; shift < len(order); shift++ {
			next := append(slices.Clone(order[shift:]), order[:shift]...)
			a.giveInOrder(w, members, meets, next, placed, add)
		}
		return
	}
	if len(members) > maxTied {
		a.full = true
		return
	}
	permutations(order, func(order []int) { a.giveInOrder(w, members, meets, order, placed, add) })
}

// alike reports whether equals meet the same awards and count towards the same limits.
func (a *allotment) alike(members []int, meets []uint64) bool {
	for i := 1; i < len(members); i++ {
		if meets[i] != meets[0] {
			return false
		}
		for r := range a.rules {
			x, y := a.takers[members[0]].entry, a.takers[members[i]].entry
			if a.key(x, a.rules[r].per) != a.key(y, a.rules[r].per) {
				return false
			}
		}
	}
	return true
}

// permutations calls do with every order of a list.
func permutations(list []int, do func([]int)) {
	var swap func(k int)
	swap = func(k int) {
		if k == len(list) {
			do(list)
			return
		}
		for i := k; i < len(list); i++ {
			list[k], list[i] = list[i], list[k]
			swap(k + 1)
			list[k], list[i] = list[i], list[k]
		}
	}
	swap(0)
}

// giveInOrder gives to equals, whom people would choose between in an order of their positions. It reports whether
// people must: another order may give another result.
func (a *allotment) giveInOrder(
	w world, members []int, meets []uint64, order []int, placed uint64, add func(world),
) (byPeople bool) {
	if a.given++; a.given > maxGiven {
		a.full = true
		return false
	}
	used := slices.Clone(w.used)
	done := make([]bool, len(members))
	for n := range a.awards {
		var want []int // positions, in the order in which people would choose
		for _, k := range order {
			if !done[k] && meets[k]&(1<<n) != 0 {
				want = append(want, k)
			}
		}
		share := map[int]float64{}
		for r := range a.rules {
			if len(want) > 0 && a.rules[r].awards&(1<<n) != 0 {
				kept, tied := a.keep(r, want, members, &used, share)
				byPeople = byPeople || tied
				for _, k := range want {
					if !slices.Contains(kept, k) {
						a.fare[members[k]].limit = r
						done[k] = a.rules[r].own == n && a.awards[n].Stop
						if done[k] {
							a.fare[members[k]].add(a.none(), 1)
						}
					}
				}
				want = kept
			}
		}
		for _, k := range want {
			done[k] = true
			part := 1.0
			if s, ok := share[k]; ok && a.awards[n].Split {
				part = s
			}
			a.fare[members[k]].add(1<<n, part)
			a.use(members[k], n, &used)
		}
	}
	for k := range members {
		if !done[k] {
			a.fare[members[k]].add(a.none(), 1)
		}
	}
	add(world{used, placed})
	return byPeople
}

// keep returns those that a limit has room for, in the order of want. tied reports whether people decide between
// them. share is set for those that share what is left of the limit beyond it.
func (a *allotment) keep(r int, want, members []int, used *[]int32, share map[int]float64) (kept []int, tied bool) {
	groups := map[int][]int{} // positions by slot
	var slotsOf []int
	var free []int // those that the rule is not about
	for _, k := range want {
		slot, ok := a.slot(r, a.takers[members[k]].entry)
		if !ok {
			free = append(free, k)
			continue
		}
		if groups[slot] == nil {
			slotsOf = append(slotsOf, slot)
		}
		groups[slot] = append(groups[slot], k)
	}
	kept = free
	for _, slot := range slotsOf {
		group, room := groups[slot], a.limits[slot]-int(at(*used, slot))
		switch ties := a.rules[r].ties; {
		case len(group) <= room:
			kept = append(kept, group...)
		case room <= 0 || ties == award.AllOut:
		case ties == award.Share:
			for _, k := range group {
				if a.rules[r].own >= 0 { // a quota has no prize to share
					share[k] = float64(room) / float64(len(group))
				}
			}
			kept = append(kept, group...)
		case ties == award.ByOrder:
			slices.SortFunc(group, func(x, y int) int { return a.takers[members[x]].entry - a.takers[members[y]].entry })
			kept = append(kept, group[:room]...)
		default:
			tied = true
			for _, k := range group {
				a.fare[members[k]].tied = true
			}
			kept = append(kept, group[:room]...)
		}
	}
	slices.SortFunc(kept, func(x, y int) int { return slices.Index(want, x) - slices.Index(want, y) })
	return kept, tied
}

// at is a number of a list that may be shorter: 0 beyond its end.
func at(list []int32, i int) int32 {
	if i < len(list) {
		return list[i]
	}
	return 0
}

// use counts an award that a taker gets towards its limits.
func (a *allotment) use(t, n int, used *[]int32) {
	for r := range a.rules {
		if a.rules[r].awards&(1<<n) == 0 {
			continue
		}
		slot, ok := a.slot(r, a.takers[t].entry)
		if !ok {
			continue
		}
		for len(*used) <= slot {
			*used = append(*used, 0)
		}
		(*used)[slot] = min((*used)[slot]+1, int32(a.limits[slot]))
	}
}

// replay gives out the awards again with one taker at another rank, and returns what it can get then.
func (a *allotment) replay(t, rank int) uint64 {
	other := allotment{awards: a.awards, rules: a.rules, key: a.key, takers: slices.Clone(a.takers)}
	other.takers[t].best, other.takers[t].worst = rank, rank
	other.run()
	return other.fare[t].can
}

// newAllotment prepares to give out a ruleset's awards. number returns the limit of some group.
func newAllotment(rs *rules.Ruleset, key func(entry int, per string) string,
	number func(l award.Limit, per, group string) int, text func(l award.Limit, per, group string) dossier.Text,
) *allotment {
	a := &allotment{awards: rs.Awards, key: key}
	recommended := uint64(0)
	for i := range rs.Awards {
		if rs.Awards[i].Outcome == dossier.Recommended {
			recommended |= 1 << i
		}
	}
	for i := range rs.Quotas {
		q := &rs.Quotas[i]
		if !limits(*q) {
			continue
		}
		about := recommended
		if q.Rank != "" {
			about = rs.Awards.Set([]string{q.Rank})
		}
		a.rules = append(a.rules, rule{about, q.Per, q.Of, q.Ties,
			func(group string) int { return number(q.Limit(), q.Per, group) },
			func(group string) dossier.Text { return text(q.Limit(), q.Per, group) }, -1})
	}
	for i := range rs.Awards {
		x := &rs.Awards[i]
		if !x.Limit.None() {
			a.rules = append(a.rules, rule{1 << i, x.Per, "", x.Ties,
				func(group string) int { return number(x.Limit, x.Per, group) },
				func(group string) dossier.Text { return text(x.Limit, x.Per, group) }, i})
		}
	}
	return a
}

package recommend

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/rules"
	"kheo/rules/award"
)

// This file applies quotas. A quota passes the best entries of a group and cuts the others.
// If the cut falls between dossiers that are equal in every key of the order, or whose order
// depends on missing panel scores, it does not choose: every dossier that could be on
// either side of the cut goes to people.
//
// Quotas are applied one after the other, and each must allow for what the others left
// open. So an entry is in, open or out, and of the entries that one cut left open, a bundle,
// it is known how many pass at least and at most. The bounds are sound: an entry that is in
// passes however ties are resolved and scores come in, and one that is out fails however
// they do.

// state is what is known about whether an entry is among those recommended.
type state uint8

// What is known, and the bundle of seats that belong to none.
const (
	out      state = iota // it is not among them
	open                  // it may be among them
	sure                  // it is among them
	noBundle = -1         // the bundle of entries that are in none
)

// seat is the place that an entry can have: ranks count from 0 for the best, and equal
// entries have the same.
type seat struct {
	best, worst int
	others      []int // the ranks by what only the manifest states, and by other readings of uncertain facts
	state       state
	bundle      int // index into quotas.bundles if a quota left it open, else noBundle
	held        *hold
	choice      *hold // if it is open whether the entry fills a quota: the quota, and why; see fill
	fills       *hold // the quota that it fills, or may fill, from below the bands; else nil
}

// bundle is a group of entries that a cut left open: how many of its size pass.
type bundle struct{ least, most, size int }

// hold is why an entry is left open, or was cut.
type hold struct {
	quota     rules.Quota
	most      int    // that pass
	of        string // the unit, field … that the quota is about
	place     int    // at best
	tie       bool   // equals lie on both sides of this cut, or of one before it
	equal     bool   // of this one
	panel     bool   // missing scores could move an entry across it
	own       bool   // the entry's place depends on what only its manifest states, or on uncertain facts
	undecided bool   // it is not out
	reserve   state  // if it is out: whether it is on the quota's reserve list
}

// quotas applies the quotas of a ruleset to seats.
type quotas struct {
	seats   []seat
	bundles []bundle
	say     bool // reasons are wanted
}

// apply applies one quota to each of its groups, in the order of their names. groups are
// the seats by what the quota is per; limit is how many of a group pass.
func (q *quotas) apply(of rules.Quota, groups map[string][]int, limit func(group string) int) {
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		q.cut(of, k, groups[k], limit(k))
	}
}

// pool is a group of seats, sorted so that they can be counted. Its slices hold ranks.
type pool struct {
	ties                award.Ties
	sureBest, sureWorst []int
	openBest            []int // of those in no bundle
	bundles             []inPool
}

// inPool is the part of a bundle that is in a pool, and how many of it pass.
type inPool struct {
	id          int
	least, most int
	best, worst []int
}

// pool sorts the seats of a group by what is known of them.
func (q *quotas) pool(group []int, ties award.Ties) *pool {
	p, at := &pool{ties: ties}, map[int]int{}
	for _, i := range group {
		s := &q.seats[i]
		switch {
		case s.state == sure:
			p.sureBest, p.sureWorst = append(p.sureBest, s.best), append(p.sureWorst, s.worst)
		case s.state == open && s.bundle == noBundle:
			p.openBest = append(p.openBest, s.best)
		case s.state == open:
			k, ok := at[s.bundle]
			if !ok {
				k = len(p.bundles)
				at[s.bundle] = k
				p.bundles = append(p.bundles, inPool{id: s.bundle})
			}
			b := &p.bundles[k]
			b.best, b.worst = append(b.best, s.best), append(b.worst, s.worst)
		}
	}
	for k := range p.bundles {
		b := &p.bundles[k]
		of := q.bundles[b.id]
		b.least, b.most = max(0, of.least-(of.size-len(b.best))), min(of.most, len(b.best))
		ascending(b.best)
		ascending(b.worst)
	}
	ascending(p.sureBest)
	ascending(p.sureWorst)
	ascending(p.openBest)
	return p
}

// ascending sorts a list, which usually is sorted already.
func ascending(list []int) {
	if !slices.IsSorted(list) {
		slices.Sort(list)
	}
}

// below counts the numbers below n in a sorted list.
func below(list []int, n int) int {
	at, _ := slices.BinarySearch(list, n)
	return at
}

// ahead returns how many of a pool come before a seat with ranks best to worst: at least, and at most. Equals are
// counted at most, as people may put them first; never, if they share what is left; or at least too, if they are
// all out.
func (p *pool) ahead(s *seat, best, worst int) (least, most int) {
	until, from := worst+1, best // ranks below until may be ahead, and those below from are
	switch p.ties {
	case award.Share:
		until = worst
	case award.AllOut:
		from = best + 1
	}
	least = below(p.sureWorst, from)
	most = below(p.sureBest, until) + below(p.openBest, until)
	selfLeast, selfMost := 0, 0 // whether it is counted itself
	if s.worst < from {
		selfLeast = 1
	}
	if s.best < until {
		selfMost = 1
	}
	if s.state == sure {
		least -= selfLeast
	}
	if s.state == sure || s.bundle == noBundle {
		most -= selfMost
	}
	for k := range p.bundles {
		b := &p.bundles[k]
		could, passing, needed := below(b.best, until), b.most, b.least
		notAhead := len(b.worst) - below(b.worst, from)
		if s.state == open && b.id == s.bundle { // it takes one of their places
			could, passing, needed, notAhead = could-selfMost, passing-1, needed-1, notAhead-(1-selfLeast)
		}
		most += max(0, min(could, passing))
		least += max(0, needed-notAhead)
	}
	return least, max(most, least)
}

// change is what a cut makes of a seat.
type change struct {
	seat int
	to   state
	hold *hold
}

// verdict is the state that a cut gives a seat with ranks best to worst, and how many are
// ahead of it at least.
func (p *pool) verdict(s *seat, best, worst, limit int) (state, int) {
	least, most := p.ahead(s, best, worst)
	switch {
	case most < limit:
		return sure, least
	case least >= limit:
		return out, least
	}
	return open, least
}

// cut passes the best of a group, of which limit pass.
func (q *quotas) cut(of rules.Quota, key string, group []int, limit int) {
	p := q.pool(group, of.Ties)
	passing := len(p.sureBest) // at least, before the cut
	for _, b := range p.bundles {
		passing += b.least
	}
	var changes []change
	kept, keptOpen := 0, 0
	for _, i := range group {
		s := &q.seats[i]
		if s.state == out {
			continue
		}
		to, ahead := p.verdict(s, s.best, s.worst, limit)
		h := hold{quota: of, most: limit, of: key, place: ahead + 1}
		if to == out && of.Reserve > 0 {
			h.reserve, _ = p.verdict(s, s.best, s.worst, limit+of.Reserve)
		}
		turns := func(rank int) bool {
			other, _ := p.verdict(s, rank, rank, limit)
			return other != to
		}
		if s.best == s.worst && s.held == nil && slices.ContainsFunc(s.others, turns) {
			own := h
			own.own, own.undecided = true, true
			s.held = &own
		}
		switch {
		case to == sure && s.state == sure:
			kept++
		case to == sure:
			keptOpen++
		default:
			h.undecided = to == open
			if to == open && q.say {
				q.reason(&h, i, group)
			}
			changes = append(changes, change{i, to, &h})
		}
	}
	least, most := max(0, min(limit, passing)-kept-keptOpen), limit-kept
	switch of.Ties {
	case award.Share: // more than the limit may pass
		most = len(changes)
	case award.AllOut: // fewer than the limit may pass
		least = 0
	}
	q.rebundle(changes, least, most)
	for _, c := range changes {
		q.seats[c.seat].take(c, len(q.bundles)-1)
	}
}

// rebundle takes changed seats out of their bundles, and makes a bundle of those that the
// cut leaves open, of which least to most pass.
func (q *quotas) rebundle(changes []change, least, most int) {
	left := 0
	for _, c := range changes {
		if s := &q.seats[c.seat]; s.state == open && s.bundle != noBundle {
			b := &q.bundles[s.bundle]
			b.least, b.size = max(0, b.least-1), b.size-1
		}
		if c.to == open {
			left++
		}
	}
	if left > 0 {
		q.bundles = append(q.bundles, bundle{least, min(left, most), left})
	}
}

// take gives the seat the state of a change; bundle is that of seats that are left open. A
// seat keeps the first reason why it is open, unless it is cut; if its manifest alone
// decides whether it is cut, it keeps that reason.
func (s *seat) take(c change, bundle int) {
	if s.state, s.bundle = c.to, noBundle; c.to == open {
		s.bundle = bundle
	}
	if s.held == nil || c.to == out && !s.held.own || c.to != out && s.held.own {
		s.held = c.hold
	}
}

// reason finds out why a seat is left open: equals, or missing scores.
func (q *quotas) reason(h *hold, i int, group []int) {
	s := &q.seats[i]
	for _, k := range group {
		if k != i {
			h.compare(s, &q.seats[k])
		}
	}
	if h.tie || h.panel {
		return
	}
	for _, k := range group { // it depends on what another cut left open
		if o := &q.seats[k]; k != i && o.state == open && o.held != nil {
			h.tie, h.panel = h.tie || o.held.tie, h.panel || o.held.panel
		}
	}
}

// compare adds what another seat of the group contributes to the reason of s.
func (h *hold) compare(s, o *seat) {
	overlap := o.best <= s.worst && s.best <= o.worst
	switch {
	case o.state == out:
	case s.best == s.worst && o.best == o.worst:
		h.tie, h.equal = h.tie || o.best == s.best, h.equal || o.best == s.best
	case overlap && (s.choice != nil || o.choice != nil):
		h.depends(s.choice)
		h.depends(o.choice)
	case overlap:
		h.panel = true
	}
	if o.state == open && o.bundle == noBundle && o.best <= s.worst {
		h.panel = true
	}
}

// depends adds the reason why it is open whether an entry fills a quota; nil if it is not.
func (h *hold) depends(choice *hold) {
	if choice != nil {
		h.tie, h.panel = h.tie || choice.tie, h.panel || !choice.tie
	}
}

// seats gives the entries of a list their seats. keys is how many keys of the order count.
func seats(entries []Ranked, keys int) []seat {
	type at struct {
		order []dossier.OrderKey
		to    *int
	}
	list, all := make([]seat, len(entries)), make([]at, 0, len(entries))
	for i := range entries {
		a, s := entries[i].Assessment, &list[i]
		s.bundle = noBundle
		best, worst := a.Order, a.Order
		switch {
		case a.Outcome == dossier.Recommended:
			s.state = sure
		case a.Outcome == dossier.NeedsReview && a.Open.Can(dossier.Recommended):
			s.state = open
		}
		if o := a.Open; o != nil {
			if o.Best != nil && o.Worst != nil {
				best, worst = o.Best, o.Worst
			}
			others := slices.Clone(o.Readings)
			if o.Stated != nil {
				others = append(others, o.Stated)
			}
			s.others = make([]int, len(others))
			for k, order := range others {
				all = append(all, at{order, &s.others[k]})
			}
		}
		all = append(all, at{best, &s.best}, at{worst, &s.worst})
	}
	slices.SortStableFunc(all, func(a, b at) int { return compare(a.order, b.order, keys) })
	rank := 0
	for i := range all {
		if i > 0 && compare(all[i-1].order, all[i].order, keys) != 0 {
			rank++
		}
		*all[i].to = rank
	}
	return list
}

// compare compares by the first keys of an order, which must not include the dossier's id.
func compare(a, b []dossier.OrderKey, keys int) int {
	for i := range min(len(a), len(b), keys) {
		x, y := a[i], b[i]
		switch {
		case x.Missing != y.Missing:
			if y.Missing {
				return -1
			}
			return 1
		case x.Number != y.Number:
			if (x.Number > y.Number) == x.Down {
				return -1
			}
			return 1
		case x.String != y.String:
			return cmp.Compare(x.String, y.String)
		}
	}
	return 0
}

// decidingKeys is the number of keys of a ruleset's order before the dossier's id, which
// is there only to make the order total.
func decidingKeys(rs *rules.Ruleset, entries []Ranked) int {
	if rs.Awards == nil && slices.ContainsFunc(rs.Quotas, func(q rules.Quota) bool { return q.Ties == award.ByOrder }) {
		return len(rs.Order) // the id decides, too
	}
	if at := slices.Index(rs.Order, "dossier"); at >= 0 {
		return at
	}
	for i := range entries {
		return len(entries[i].Order) - 1
	}
	return 0
}

// quotas applies the ruleset's quotas to the list, which is in order.
func (l *List) quotas(rs *rules.Ruleset) {
	if !slices.ContainsFunc(rs.Quotas, func(q rules.Quota) bool { return limits(q) || q.Fill != nil }) {
		return
	}
	q := &quotas{seats: seats(l.Entries, decidingKeys(rs, l.Entries)), say: !l.quiet}
	l.fill(rs, q.seats)
	for _, of := range rs.Quotas {
		if limits(of) {
			counted := l.count(of.Per)
			q.apply(of, groups(of, l.Entries, l.key), func(k string) int { return limit(of, counted[k]) })
		}
	}
	for i := range l.Entries {
		l.settle(q, i)
		l.settleFill(&q.seats[i], i)
	}
}

// limits reports whether a quota has a limit.
func limits(q rules.Quota) bool { return q.Most > 0 || q.MostShare > 0 }

// limit is how many of a group a quota passes.
func limit(q rules.Quota, n counted) int { return q.Limit().Number(n.registered, n.eligible) }

// groups returns the entries that a quota concerns, by what it is per.
func groups(q rules.Quota, list []Ranked, key func(a *dossier.Assessment,
	per string) string) map[string][]int {
	out := map[string][]int{}
	for i := range list {
		if k := key(list[i].Assessment, q.Per); q.Of == "" || k == q.Of {
			out[k] = append(out[k], i)
		}
	}
	return out
}

// settle writes the result of the quotas into an entry: outcome, reason and flags.
func (l *List) settle(q *quotas, i int) {
	e, s := &l.Entries[i], &q.seats[i]
	a, h := e.Assessment, s.held
	if h == nil || a.Outcome == dossier.NeedsReview && s.state == open {
		return // no quota concerns it, or it waits for the panel anyway
	}
	flag := func(code, what string, args ...any) dossier.Text {
		t := l.quotaText(what, h, args...)
		a.Flags = append(a.Flags, dossier.Flag{Code: code, Message: t})
		return t
	}
	switch {
	case h.own:
		a.Outcome = dossier.NeedsReview
		if len(a.Open.Readings) > 0 {
			a.Band = flag(dossier.FlagUncertainFact, "uncertain")
		} else {
			a.Band = flag(dossier.FlagUnsupported, "own")
		}
	case s.state == open:
		var why []dossier.Text
		if h.panel {
			why = append(why, flag(dossier.FlagAwaitingPanel, "panel"))
		}
		if h.equal {
			why = append(why, flag(dossier.FlagTie, "tie", l.equals(q, i, h)))
		} else if h.tie || !h.panel {
			why = append(why, flag(dossier.FlagTie, "hangs"))
		}
		a.Outcome, a.Band, e.held = dossier.NeedsReview, joined(why), h.panel
	case s.state == out && (a.Outcome == dossier.Recommended || surelyOut(a)):
		a.Outcome, a.Band = dossier.NotRecommended, flag(dossier.FlagQuota, "most", h.place)
		l.reserveOf(e, h)
	}
}

// reserveOf puts an entry that a quota cut on its reserve list, if it is among the best of those cut.
func (l *List) reserveOf(e *Ranked, h *hold) {
	switch {
	case l.quiet && h.reserve == sure:
		e.Award = &Award{ID: award.OnHold}
	case l.quiet:
	case h.reserve == sure:
		e.Award = &Award{award.OnHold, given.Text("budget." + award.OnHold)}
		e.Band = joined([]dossier.Text{e.Band, wordsWith("quota.reserve", h.place-h.most)})
	case h.reserve == open: // it is not recommended either way, so this alone does not send it to people
		e.Band = joined([]dossier.Text{e.Band, words.Text("quota.reserve-open")})
	}
}

// wordsWith is a text of recommendations with arguments.
func wordsWith(key string, args ...any) dossier.Text {
	out := dossier.Text{}
	for lang, s := range words.Text(key) {
		out[lang] = fmt.Sprintf(s, args...)
	}
	return out
}

// surelyOut reports whether no scores can make a dossier that waits for its panel
// recommended once a quota has cut it.
func surelyOut(a *dossier.Assessment) bool {
	return a.Outcome == dossier.NeedsReview &&
		!a.HasFlag(dossier.FlagUnsupported, dossier.FlagUncertainFact, dossier.FlagOtherCurrency,
			dossier.FlagContradiction) &&
		!slices.ContainsFunc(a.Open.Outcomes,
			func(o dossier.Outcome) bool { return o != dossier.Recommended && o != dossier.NotRecommended })
}

// equals lists the titles of the other entries that are equal at a cut.
func (l *List) equals(q *quotas, i int, h *hold) string {
	const maxNamed = 5
	if l.quiet {
		return ""
	}
	var titles []string
	for k := range l.Entries {
		a := l.Entries[k].Assessment
		same := k != i && q.seats[k].best == q.seats[i].best && q.seats[k].worst == q.seats[i].worst &&
			q.seats[k].held != nil
		if same && (h.quota.Per == "all" || l.key(a, h.quota.Per) == h.of) {
			titles = append(titles, a.Title)
		}
	}
	if len(titles) > maxNamed {
		titles = append(titles[:maxNamed], "…")
	}
	return strings.Join(titles, "; ")
}

// joined joins reasons, language by language.
func joined(texts []dossier.Text) dossier.Text {
	out := dossier.Text{}
	for _, t := range texts {
		for lang, s := range t {
			if out[lang] != "" {
				s = out[lang] + "; " + s
			}
			out[lang] = s
		}
	}
	return out
}

// quotaText returns a text of recommendations about a quota: its limit, what it is per, its group, and args.
func (l *List) quotaText(what string, h *hold, args ...any) dossier.Text {
	if l.quiet {
		return nil
	}
	limit := l.limitText(h.quota.Limit(), h.quota.Per, h.of)
	text := dossier.Text{}
	for lang, s := range words.Text("quota." + what) {
		text[lang] = fmt.Sprintf(s, append([]any{limit.In(lang), perName(h.quota.Per, lang),
			l.groupName(h.quota.Per, h.of, lang)}, args...)...)
	}
	return text
}

// groupName is what readers call a group that a quota is counted for.
func (l *List) groupName(per, group, lang string) string {
	if group == "" {
		return perName(per, lang)
	}
	return l.group(per, group).In(lang, "en")
}

// limitText is the number that a limit lets pass in a group and, if it is a share, how it came about.
func (l *List) limitText(limit award.Limit, per, group string) dossier.Text {
	n := l.count(per)[group]
	number := strconv.Itoa(limit.Number(n.registered, n.eligible))
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		if out[lang] = number; limit.Share == 0 {
			continue
		}
		key, of := "share.registered", n.registered
		if limit.Eligible {
			key, of = "share.eligible", n.eligible
		}
		round := texts.Section("explanation").In(lang, "round."+cmp.Or(string(limit.Round), string(award.Down)))
		out[lang] = fmt.Sprintf(words.In(lang, key), number, rules.Percent(limit.Share, lang), of, round)
	}
	return out
}

package recommend

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/rules"
	"kheo/rules/award"
)

// given are the texts of ranks, places and budgets.
const given texts.Section = "awards"

// allotment prepares to give out the awards of a ruleset to entries of the list. entry returns an entry by the
// numbers that takers have.
func (l *List) allotment(rs *rules.Ruleset, entry func(i int) *dossier.Assessment) *allotment {
	counts := map[string]map[string]counted{}
	for _, per := range []string{"all", "unit", "unit_kind", "field", "level", "kind"} {
		if slices.ContainsFunc(rs.Awards, func(a award.Award) bool { return a.Per == per }) ||
			slices.ContainsFunc(rs.Quotas, func(q rules.Quota) bool { return q.Per == per }) {
			counts[per] = l.count(per)
		}
	}
	return newAllotment(rs, func(i int, per string) string { return l.key(entry(i), per) },
		func(limit award.Limit, per, group string) int {
			n := counts[per][group]
			return limit.Number(n.registered, n.eligible)
		}, l.limitText)
}

// giveAwards gives the ranks or places of the ruleset to the entries of the list, which is in order.
func (l *List) giveAwards(rs *rules.Ruleset) {
	a := l.allotment(rs, func(i int) *dossier.Assessment { return l.Entries[i].Assessment })
	list := seats(l.Entries, decidingKeys(rs, l.Entries))
	fills := l.fillRanks(rs, list)
	for i := range l.Entries {
		if t, ok := takerOf(rs, l.Entries[i].Assessment, fills[i]); ok {
			t.entry, t.best, t.worst, t.others = i, list[i].best, list[i].worst, list[i].others
			a.takers = append(a.takers, t)
		}
	}
	a.run()
	replays := 0
	for t := range a.takers {
		moves := false
		for _, rank := range a.takers[t].others {
			if replays++; rank == a.takers[t].best || !a.limited(a.takers[t].maybe) {
				continue
			}
			moves = moves || replays > maxReplays || a.replay(t, rank) != a.fare[t].can
		}
		l.grantAward(rs, a, t, moves)
	}
}

// takerOf returns what an assessment can take of the awards; ok is false if it takes none. Of those that go to
// people, only those contend for which missing scores decide: what people decide moves no other entry.
// f is what quotas give it beyond what it meets.
func takerOf(rs *rules.Ruleset, a *dossier.Assessment, f filled) (t taker, ok bool) {
	switch {
	case a.Outcome == dossier.Recommended, a.Outcome == dossier.NotRecommended:
	case a.Outcome == dossier.NeedsReview && a.Open.Can(dossier.Recommended):
		t.drops = true
	default:
		return t, false
	}
	t.maybe = rs.Awards.Set(a.Meets)
	t.always = t.maybe
	if a.Open != nil {
		open := rs.Awards.Set(a.Open.MayMeet)
		t.always, t.maybe = t.always&^open, t.maybe|open
	}
	t.always, t.maybe, t.filled = t.always|f.always, t.maybe|f.maybe, f
	return t, t.maybe != 0
}

// grantAward writes what a taker gets into its entry. moves reports that another reading of what is uncertain
// would give it something else.
func (l *List) grantAward(rs *rules.Ruleset, a *allotment, t int, moves bool) {
	e, fare := &l.Entries[a.takers[t].entry], &a.fare[t]
	waits := e.Outcome == dossier.NeedsReview
	switch {
	case waits:
		if fare.can == a.none() && surelyOut(e.Assessment) {
			e.Outcome, e.Band = dossier.NotRecommended, l.limitReached(rs, a, t, given.Text("none"))
			e.Flags = append(e.Flags, dossier.Flag{Code: dossier.FlagQuota, Message: e.Band})
		}
		return
	case moves:
		code, text := dossier.FlagUnsupported, "own"
		if len(e.Open.Readings) > 0 {
			code, text = dossier.FlagUncertainFact, "uncertain"
		}
		l.leave(e, code, given.Text(text))
		return
	case !fare.decided():
		l.leaveAward(rs, a, t)
		return
	}
	n := bits.TrailingZeros64(fare.can)
	first := bits.TrailingZeros64(a.takers[t].maybe)
	if n == len(a.awards) {
		e.Outcome, e.Band = dossier.NotRecommended, l.limitReached(rs, a, t, given.Text("none"))
		e.Flags = append(e.Flags, dossier.Flag{Code: dossier.FlagQuota, Message: e.Band})
		return
	}
	x := &a.awards[n]
	e.Outcome, e.Award = x.Outcome, &Award{x.ID, x.Title}
	if f := &a.takers[t].filled; f.always&(1<<n) != 0 {
		e.Band = joined([]dossier.Text{l.leastText("quota.fill", f.hold), fillIn("gets", x.Title)})
		e.Flags = append(e.Flags, dossier.Flag{Code: dossier.FlagMovedUp, Message: e.Band})
	}
	if n != first && fare.limit >= 0 {
		e.Band = l.limitReached(rs, a, t, x.Title)
		e.Flags = append(e.Flags, dossier.Flag{Code: dossier.FlagQuota, Message: e.Band})
	}
	if x.Prize.Amount > 0 {
		e.Granted = &award.Money{Amount: math.Floor(100*x.Prize.Amount*fare.share+roundingSlack) / 100,
			Currency: x.Prize.Currency}
	}
}

// roundingSlack keeps shares of an amount that are whole cents from being rounded down by one.
const roundingSlack = 1e-6

// leave sends an entry to people with a flag that says why.
func (l *List) leave(e *Ranked, code string, why dossier.Text) {
	e.Outcome, e.Band = dossier.NeedsReview, why
	e.Flags = append(e.Flags, dossier.Flag{Code: code, Message: why})
}

// leaveAward sends an entry to people because it could get one award or another.
func (l *List) leaveAward(rs *rules.Ruleset, a *allotment, t int) {
	e, fare := &l.Entries[a.takers[t].entry], &a.fare[t]
	if l.quiet {
		l.leave(e, dossier.FlagTie, nil)
		e.held = !fare.tied && !a.takers[t].settled()
		return
	}
	can := a.titles(fare.can)
	if fare.tied {
		l.leave(e, dossier.FlagTie, fillIn("tie", can, l.equalTitles(a, t)))
		return
	}
	if a.takers[t].filled.tied {
		l.leave(e, dossier.FlagTie, l.leastText("quota.fill-tie", a.takers[t].filled.hold))
		return
	}
	text := "open"
	if !a.takers[t].settled() {
		text, e.held = "panel", true
	}
	l.leave(e, dossier.FlagAwaitingPanel, fillIn(text, can))
}

// titles lists a set of awards.
func (a *allotment) titles(set uint64) dossier.Text {
	var list []dossier.Text
	for i := range a.awards {
		if set&(1<<i) != 0 {
			list = append(list, a.awards[i].Title)
		}
	}
	if set&a.none() != 0 {
		list = append(list, given.Text("none"))
	}
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		var words []string
		for _, t := range list {
			words = append(words, t.In(lang, "en"))
		}
		out[lang] = strings.Join(words, " / ")
	}
	return out
}

// equalTitles lists the titles of the entries that are equal to a taker.
func (l *List) equalTitles(a *allotment, t int) string {
	const maxNamed = 5
	var out []string
	for k := range a.takers {
		if k != t && a.fare[k].tied && a.takers[k].best == a.takers[t].best {
			out = append(out, l.Entries[a.takers[k].entry].Title)
		}
	}
	if len(out) > maxNamed {
		out = append(out[:maxNamed], "…")
	}
	return strings.Join(out, "; ")
}

// limitReached says which limit kept a taker from a higher award, and what it gets instead.
func (l *List) limitReached(rs *rules.Ruleset, a *allotment, t int, gets dossier.Text) dossier.Text {
	switch {
	case l.quiet:
		return nil
	case a.fare[t].limit < 0:
		return fillIn("full", gets)
	}
	r := &a.rules[a.fare[t].limit]
	group := a.key(a.takers[t].entry, r.per)
	number := r.text(group)
	where := rules.GroupTitle(rs, r.per, group)
	if where == nil {
		where = given.Text("whole-list")
	}
	if r.own < 0 {
		return fillIn("quota", number, where, gets)
	}
	return fillIn("limit", a.awards[r.own].Title, number, where, gets)
}

// fillIn returns a text of awards with its arguments: texts, each in the language, and strings.
func fillIn(key string, args ...any) dossier.Text {
	out := dossier.Text{}
	for lang, s := range given.Text(key) {
		in := make([]any, len(args))
		for i, x := range args {
			if t, ok := x.(dossier.Text); ok {
				x = t.In(lang, "en")
			}
			in[i] = x
		}
		out[lang] = fmt.Sprintf(s, in...)
	}
	return out
}

// place numbers the entries of a ruleset with ranks, places or a budget: those that are eligible, and those of
// them that contend. Equals share a number, and the next ones are left out. It must be called while the list is in
// order.
func (l *List) place(rs *rules.Ruleset) {
	if rs.Awards == nil && rs.Budget == nil {
		return
	}
	keys := decidingKeys(rs, l.Entries)
	order, places := 0, 0
	var before, contender *Ranked
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.before.Outcome == dossier.Ineligible || e.before.Outcome == dossier.Quarantined {
			continue
		}
		if order++; before != nil && compare(before.before.Order, e.before.Order, keys) == 0 {
			e.Position = before.Position
		} else {
			e.Position = order
		}
		before = e
		if rs.Budget != nil && e.before.Outcome == dossier.NotRecommended {
			continue
		}
		if places++; contender != nil && compare(contender.before.Order, e.before.Order, keys) == 0 {
			e.Place = contender.Place
		} else {
			e.Place = places
		}
		contender = e
	}
}

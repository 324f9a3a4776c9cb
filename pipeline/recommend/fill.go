package recommend

import (
	"fmt"
	"slices"

	"kheo/internal/dossier"
	"kheo/rules"
)

// This file fills quotas that ask for a minimum number (least with fill). Who fills one is found by a cut: those
// of the group that are recommended, or have the rank, come first, and behind them, in the order of the list,
// those that may fill it. The first of these, as many as are asked for, are guaranteed. The cut has the bounds of
// every cut, so an entry is guaranteed only if it is so however ties are resolved and scores come in.
//
// In a plain list those that are guaranteed then come before all others when quotas with most cut it. So the best
// of a small field displaces the last of a large one, and the total stays.

// front is by how many ranks those who come first are moved. It is above every rank of a list.
const front = 1 << 30

// ahead is the seat moved before all others.
func (s seat) ahead() seat {
	s.best, s.worst = s.best-front, s.worst-front
	s.others = slices.Clone(s.others)
	for i := range s.others {
		s.others[i] -= front
	}
	return s
}

// meetsFill reports whether an assessment may fill a quota from below, and whether that is settled. Those who wait
// for people for another reason than missing scores do not: what people decide moves no other entry.
func meetsFill(q *rules.Quota, a *dossier.Assessment) state {
	mayMeet := a.Open != nil && slices.Contains(a.Open.MayMeet, q.FillID)
	switch {
	case a.Outcome == dossier.Ineligible || a.Outcome == dossier.Quarantined,
		a.Outcome == dossier.NeedsReview && !a.Open.Can(dossier.Recommended):
		return out
	case mayMeet || a.Outcome == dossier.NeedsReview && slices.Contains(a.Meets, q.FillID):
		return open
	case slices.Contains(a.Meets, q.FillID):
		return sure
	}
	return out
}

// guarantee makes the cut of one quota with fill. list has the seats of the entries; those that are recommended or
// have the rank are sure, those that may be are open. It returns, by entry, whether it is guaranteed, and the hold
// of those for which that is open.
func (l *List) guarantee(q *rules.Quota, list []seat) (to []state, why []*hold) {
	to, why = make([]state, len(list)), make([]*hold, len(list))
	cut := &quotas{seats: slices.Clone(list), say: !l.quiet}
	below := make([]state, len(list)) // of those that would fill it
	for i := range list {
		s := &cut.seats[i]
		below[i] = meetsFill(q, l.Entries[i].Assessment)
		switch s.bundle = noBundle; {
		case s.state == sure:
			*s = s.ahead()
		case s.state == open && below[i] == out:
			*s = s.ahead()
		case s.state == open: // it may come before those that fill the quota, or be one of them
			s.best -= front
		default:
			s.state = below[i]
		}
		s.held = nil
	}
	first := slices.Clone(cut.seats)
	cut.apply(rules.Quota{Per: q.Per, Of: q.Of, Most: q.Least, Ties: q.Ties}, groups(*q, l.Entries, l.key),
		func(string) int { return q.Least })
	for i := range cut.seats {
		s := &cut.seats[i]
		if q.Of != "" && q.Of != l.key(l.Entries[i].Assessment, q.Per) {
			continue
		}
		if to[i] = s.state; s.state == open && first[i].state == sure || s.held != nil && s.held.own {
			to[i], why[i] = open, s.held
		} else if s.state == open { // the cut leaves it as it is, or makes it open for another reason
			why[i] = s.held
			if s.held == nil {
				to[i] = sure // if it meets what it must meet
			}
		}
		if why[i] != nil {
			why[i].quota = *q
		}
	}
	return to, why
}

// fill moves the seats of those that quotas guarantee before all others, for the cuts that follow.
func (l *List) fill(rs *rules.Ruleset, list []seat) {
	moved := slices.Clone(list)
	guaranteed := make([]state, len(list))
	for k := range rs.Quotas {
		q := &rs.Quotas[k]
		if q.Fill == nil {
			continue
		}
		to, why := l.guarantee(q, list)
		for i := range list {
			guaranteed[i] = max(guaranteed[i], to[i])
			if to[i] == open && why[i] != nil && moved[i].choice == nil {
				moved[i].choice = why[i]
			}
			if to[i] != out && list[i].state == out && moved[i].fills == nil {
				moved[i].fills = &hold{quota: *q, of: l.key(l.Entries[i].Assessment, q.Per)}
				moved[i].state = open
				if to[i] == sure && meetsFill(q, l.Entries[i].Assessment) == sure {
					moved[i].state = sure
				}
			}
		}
	}
	for i := range list {
		switch guaranteed[i] {
		case sure:
			list[i] = moved[i].ahead()
			list[i].choice = nil
		case open:
			moved[i].best -= front
			list[i] = moved[i]
		}
	}
}

// settleFill writes into an entry that it fills a quota, or may.
func (l *List) settleFill(s *seat, i int) {
	e := &l.Entries[i]
	if s.fills == nil || s.state == out {
		return
	}
	text := func(key string) dossier.Text { return l.leastText(key, s.fills) }
	switch {
	case s.state == sure && s.held == nil:
		e.Outcome, e.Band = dossier.Recommended, text("quota.fill")
		e.Flags = append(e.Flags, dossier.Flag{Code: dossier.FlagMovedUp, Message: e.Band})
	case e.Outcome == dossier.NeedsReview: // a cut that follows has said why
	case s.choice != nil && s.choice.tie:
		l.leave(e, dossier.FlagTie, text("quota.fill-tie"))
	default:
		l.leave(e, l.openFlag(e), text("quota.fill-open"))
		e.held = e.Open != nil && e.Open.Best != nil
	}
}

// openFlag is the flag for what is open about an entry.
func (l *List) openFlag(e *Ranked) string {
	switch {
	case e.Open == nil || e.Open.Best != nil:
		return dossier.FlagAwaitingPanel // its own scores, or those of others
	case e.HasFlag(dossier.FlagUncertainFact):
		return dossier.FlagUncertainFact
	case e.Open.Stated != nil || e.HasFlag(dossier.FlagUnsupported):
		return dossier.FlagUnsupported
	case e.HasFlag(dossier.FlagUncertain):
		return dossier.FlagUncertain
	}
	return dossier.FlagAwaitingPanel
}

// leastText is a text about a quota with a minimum number: the number, what it is per, and the group.
func (l *List) leastText(key string, h *hold) dossier.Text {
	out := dossier.Text{}
	if l.quiet {
		return nil
	}
	for lang, s := range words.Text(key) {
		out[lang] = fmt.Sprintf(s, h.quota.Least, perName(h.quota.Per, lang), l.groupName(h.quota.Per, h.of, lang))
	}
	return out
}

// filled is what quotas with fill give to an entry beyond the ranks that it meets: sets of awards by their indexes.
type filled struct {
	always, maybe uint64
	tied          bool // people must choose between equal dossiers
	hold          *hold
}

// fillRanks finds out, by entry, which ranks it gets or may get because a quota asks for a minimum number of them.
func (l *List) fillRanks(rs *rules.Ruleset, list []seat) []filled {
	fills := make([]filled, len(list))
	for k := range rs.Quotas {
		q := &rs.Quotas[k]
		if q.Fill == nil {
			continue
		}
		bit, have := rs.Awards.Set([]string{q.Rank}), slices.Clone(list)
		for i := range have {
			t, ok := takerOf(rs, l.Entries[i].Assessment, filled{})
			switch {
			case ok && t.always&bit != 0 && !t.drops:
				have[i].state = sure
			case ok && t.maybe&bit != 0:
				have[i].state = open
			default:
				have[i].state = out
			}
		}
		to, why := l.guarantee(q, have)
		for i := range have {
			if have[i].state != out || to[i] == out {
				continue
			}
			f := &fills[i]
			f.hold = &hold{quota: *q, of: l.key(l.Entries[i].Assessment, q.Per)}
			if f.maybe |= bit; to[i] == sure && meetsFill(q, l.Entries[i].Assessment) == sure {
				f.always |= bit
			}
			f.tied = f.tied || why[i] != nil && why[i].tie
		}
	}
	return fills
}

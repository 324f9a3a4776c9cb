package recommend

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/rules"
)

// keepOne lets one dossier count of those that state the same of a fact, see rules.OnlyOne. The others get the outcome
// that the ruleset says, as if their assessments had it: no limit counts them as recommended. Where scores are missing,
// facts are not settled or several are the same, it is not known which one counts, and all of them go to people.
func (l *List) keepOne(rs *rules.Ruleset) {
	for k := range rs.OnlyOne {
		o := &rs.OnlyOne[k]
		groups := map[string][]int{}
		var keys []string
		for i := range l.Entries {
			key, ok := l.contends(i, o)
			if !ok {
				continue
			}
			if groups[key] == nil {
				keys = append(keys, key)
			}
			groups[key] = append(groups[key], i)
		}
		for _, key := range keys {
			if group := groups[key]; len(group) > 1 {
				l.decideOne(o, group)
			}
		}
	}
}

// contends returns what a dossier states of the fact, and whether it contends with others that state the same.
func (l *List) contends(i int, o *rules.OnlyOne) (key string, ok bool) {
	a := l.Entries[i].Assessment
	switch {
	case a.Outcome == dossier.Quarantined:
		return "", false
	case o.Keep == rules.KeepBest && a.Outcome != dossier.Recommended && a.Outcome != dossier.NeedsReview:
		return "", false
	}
	f := factCalled(a, o.Of)
	if f == nil || f.Value == nil {
		return "", false
	}
	key = strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(fmt.Sprint(f.Value))), " "))
	return key, key != ""
}

// factCalled is the fact of an assessment with a name, nil if it is not stated.
func factCalled(a *dossier.Assessment, name string) *dossier.Fact {
	at := slices.IndexFunc(a.Facts, func(f dossier.Fact) bool { return f.Name == name })
	if at < 0 {
		return nil
	}
	return &a.Facts[at]
}

// decideOne decides which of the entries of a group, in the order of the list, counts.
func (l *List) decideOne(o *rules.OnlyOne, group []int) {
	kept, settled := l.kept(o, group)
	for _, i := range group {
		if settled && i == kept {
			continue
		}
		e := &l.Entries[i]
		outcome, reason := o.Outcome, l.sameAs(o, kept)
		if !settled {
			outcome, reason = dossier.NeedsReview, l.sameAs(o, group[0])
			if i == group[0] {
				reason = l.sameAs(o, group[1])
			}
		}
		if e.Outcome == dossier.Ineligible {
			continue // for a reason of its own
		}
		e.Outcome, e.Band, e.Meets, e.Open = outcome, reason, nil, nil
		changed := *e.Assessment
		e.before = &changed
	}
}

// kept is the entry of a group that counts; settled is false if it is not known which one does.
func (l *List) kept(o *rules.OnlyOne, group []int) (kept int, settled bool) {
	for _, i := range group {
		a := l.Entries[i].Assessment
		f := factCalled(a, o.Of)
		if f.State == dossier.Doubtful {
			return 0, false
		}
		if o.Keep == rules.KeepBest && (a.Outcome == dossier.NeedsReview || a.HasFlag(dossier.FlagAwaitingPanel)) {
			return 0, false
		}
	}
	if o.Keep == rules.KeepBest {
		first, second := l.Entries[group[0]].Assessment, l.Entries[group[1]].Assessment
		return group[0], !equalKeys(first, second)
	}
	kept, settled = group[0], true
	best := factCalled(l.Entries[kept].Assessment, o.By)
	for _, i := range group {
		f := factCalled(l.Entries[i].Assessment, o.By)
		if f == nil || best == nil || f.State == dossier.Doubtful {
			return 0, false
		}
		switch c := compareValues(f.Value, best.Value); {
		case i == kept:
		case c == 0:
			settled = false
		case (c > 0) == (o.Keep == rules.KeepLatest):
			kept, best, settled = i, f, true
		}
	}
	return kept, settled
}

// compareValues compares two values of a fact: numbers, or dates and texts.
func compareValues(a, b any) int {
	x, isNumber := a.(float64)
	y, also := b.(float64)
	switch {
	case isNumber && also && x < y:
		return -1
	case isNumber && also && x > y:
		return 1
	case isNumber && also:
		return 0
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// equalKeys reports whether the list orders two dossiers by their ids alone.
func equalKeys(a, b *dossier.Assessment) bool {
	if len(a.Order) != len(b.Order) {
		return false
	}
	for i := range a.Order {
		if x, y := a.Order[i], b.Order[i]; i < len(a.Order)-1 && x != y {
			return false
		}
	}
	return true
}

// sameAs is the reason of an entry that another one of its group is in the way of.
func (l *List) sameAs(o *rules.OnlyOne, other int) dossier.Text {
	out := dossier.Text{}
	a := l.Entries[other].Assessment
	for _, lang := range texts.Languages {
		out[lang] = fmt.Sprintf(words.In(lang, "only-one"), o.Otherwise.In(lang, "en"), a.Title, a.Dossier)
	}
	return out
}

// Package recommend makes a list of assessments: it orders them, applies the ruleset's quotas, ranks those that are
// recommended, and gives out ranks, places and budgets. It is pure: the same assessments under the same ruleset make
// the same list, in whatever order they come.
//
// What is not settled about single dossiers is followed through to the list: awards are given out in every way in
// which unsettled and equal dossiers can turn out (the worlds of allot.go), and what differs between these ways goes
// to people. The share of trials in which an outcome stays the same is estimated by drawing weights and thresholds
// within the bounds that the ruleset states. Both are bounded, so that a list of thousands takes seconds.
//
// A change that makes other lists raises [Version].
package recommend

import (
	"fmt"
	"maps"
	"slices"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/rules"
	"kheo/rules/award"
)

// Ranked is an assessment with its place on the list.
type Ranked struct {
	*dossier.Assessment
	Rank      int        // from 1; 0 if it is not ranked
	Certainty *Certainty // nil if the ruleset names no bounds, or gates decided
	ByHand    *ByHand    // nil if the outcome is the computed one

	Award    *Award       // the rank or place that it gets, or what a budget gives; nil if none
	Granted  *award.Money // the money that goes with it; nil if none
	Place    int          // among those that contend, from 1; equals share one. 0 without ranks, places and budget
	Position int          // among all that are eligible, from 1; equals share one. 0 as of Place

	Columns []rules.Column // facts that the list shows

	before *dossier.Assessment // as it was before quotas
	held   bool                // a quota waits for panel scores
}

// Award is a rank or place that an entry gets.
type Award struct {
	ID    string
	Title dossier.Text
}

// Version names the state of the recommending code: lists that come out differently from the
// same assessments belong to another.
const Version = "3"

// List is the list of one ruleset.
type List struct {
	Ruleset string
	Title   dossier.Text
	Version string
	SHA256  string // of the ruleset's file
	Entries []Ranked
	Notes   []dossier.Text // what quotas ask for and the list does not have
	units   func(unit string) (kind string)
	group   func(per, id string) dossier.Text // what readers call what limits are counted for
	counts  map[string]map[string]counted     // what count returned, by what it is per
	quiet   bool                              // no reasons are written: the list is one of many draws

	// Evidence is how much of the evidence people checked; nil if none, and no sample was drawn.
	Evidence *dossier.ListEvidence
}

// Make makes the list of a ruleset. The result does not depend on the order of
// the assessments; the assessments are not changed.
func Make(rs *rules.Ruleset, assessments []*dossier.Assessment) *List {
	l := &List{Ruleset: rs.ID, Title: rs.Title, Version: rs.Version, SHA256: rs.SHA256}
	l.order(assessments)
	l.units = rs.UnitKind
	l.group = func(per, id string) dossier.Text { return rules.GroupTitle(rs, per, id) }
	l.keepOne(rs)
	l.allocate(rs)
	l.place(rs)
	for i := range l.Entries {
		l.Entries[i].Columns = rs.ColumnsOf(l.Entries[i].Assessment)
	}
	for _, q := range rs.Quotas {
		l.least(q)
	}
	l.rank()
	l.certainty(rs)
	l.units, l.group, l.counts = nil, nil, nil
	return l
}

// allocate applies the ruleset's quotas, or gives out its ranks or places, and its budget. The list is in order.
func (l *List) allocate(rs *rules.Ruleset) {
	if rs.Awards != nil {
		l.giveAwards(rs)
	} else {
		l.quotas(rs)
	}
	if rs.Budget != nil {
		l.giveBudget(rs)
	}
}

// Unplaced makes the list of unmatched dossiers, to which no ruleset applies.
func Unplaced(assessments []*dossier.Assessment) *List {
	l := &List{Ruleset: rules.UnplacedID, Title: words.Text("unmatched")}
	l.order(assessments)
	l.rank()
	return l
}

// order copies the assessments into the list, so that quotas do not change them, and sorts
// them.
func (l *List) order(assessments []*dossier.Assessment) {
	for _, a := range assessments {
		c := *a
		c.Flags = append([]dossier.Flag{}, a.Flags...)
		l.Entries = append(l.Entries, Ranked{Assessment: &c, before: a})
	}
	inOrder(l.Entries)
}

// inOrder sorts entries by the order of their ruleset.
func inOrder(list []Ranked) {
	slices.SortFunc(list, func(a, b Ranked) int {
		if before(a.Assessment, b.Assessment) {
			return -1
		}
		return 1
	})
}

// before orders by the ruleset's keys; the last of them, the dossier's id,
// differs for any two dossiers.
func before(a, b *dossier.Assessment) bool {
	for i := range a.Order {
		if i >= len(b.Order) {
			return true
		}
		x, y := a.Order[i], b.Order[i]
		switch {
		case x.Missing != y.Missing:
			return y.Missing
		case x.Number != y.Number:
			return (x.Number > y.Number) == x.Down
		case x.String != y.String:
			return x.String < y.String
		}
	}
	return a.Dossier < b.Dossier
}

// key is the group of an assessment for quotas that are per unit, field, level or kind.
func (l *List) key(a *dossier.Assessment, per string) string {
	switch per {
	case "unit":
		return a.Unit
	case "unit_kind":
		return l.units(a.Unit)
	case "field":
		return a.Field
	case "level":
		return a.Level
	case "kind":
		return a.Kind
	}
	return ""
}

// counted is how many entries of a list are in a group.
type counted struct{ registered, eligible int }

// count counts the entries of the list by group, for what limits are counted per. Those that wait for people
// count as eligible.
func (l *List) count(per string) map[string]counted {
	if n := l.counts[per]; n != nil {
		return n
	}
	n := map[string]counted{}
	if l.counts == nil {
		l.counts = map[string]map[string]counted{}
	}
	l.counts[per] = n
	for i := range l.Entries {
		a := l.Entries[i].before
		k := l.key(a, per)
		c := n[k]
		c.registered++
		if a.Outcome != dossier.Ineligible && a.Outcome != dossier.Quarantined {
			c.eligible++
		}
		n[k] = c
	}
	return n
}

// least notes quotas that ask for more than are recommended or, with a rank, have it.
func (l *List) least(q rules.Quota) {
	if q.Least == 0 {
		return
	}
	n := map[string]int{}
	if q.Of != "" {
		n[q.Of] = 0
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		k := l.key(e.Assessment, q.Per)
		if q.Of != "" && k != q.Of {
			continue
		}
		n[k] += 0
		if q.Rank == "" && e.Outcome == dossier.Recommended || q.Rank != "" && e.Award != nil && e.Award.ID == q.Rank {
			n[k]++
		}
	}
	for _, k := range slices.Sorted(maps.Keys(n)) {
		if n[k] < q.Least {
			note := dossier.Text{}
			for _, lang := range texts.Languages {
				note[lang] = fmt.Sprintf(words.In(lang, "quota.least"), q.Least, perName(q.Per, lang),
					l.groupName(q.Per, k, lang), n[k])
			}
			l.Notes = append(l.Notes, note)
		}
	}
}

// words are the texts of recommendations.
const words texts.Section = "recommendation"

// perName names what a quota is counted per.
func perName(per, lang string) string { return words.In(lang, "per."+per) }

// rank puts the recommended first, numbered, then the others by outcome; each
// group in the ruleset's order.
func (l *List) rank() {
	place := map[dossier.Outcome]int{}
	for i, o := range dossier.Outcomes {
		place[o] = i
	}
	slices.SortStableFunc(l.Entries, func(a, b Ranked) int { return place[a.Outcome] - place[b.Outcome] })
	for i := range l.Entries {
		if l.Entries[i].Outcome == dossier.Recommended {
			l.Entries[i].Rank = i + 1
		}
	}
}

// Counts counts entries by outcome.
func (l *List) Counts() map[dossier.Outcome]int {
	n := map[dossier.Outcome]int{}
	for _, o := range dossier.Outcomes {
		n[o] = 0
	}
	for _, e := range l.Entries {
		n[e.Outcome]++
	}
	return n
}

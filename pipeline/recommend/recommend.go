// Package recommend makes a list of assessments: it orders them, applies the
// ruleset's quotas, and ranks those that are recommended. It is pure.
package recommend

import (
	"fmt"
	"slices"
	"sort"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/rules"
)

// Ranked is an assessment with its place on the list.
type Ranked struct {
	*dossier.Assessment
	Rank      int        // from 1; 0 if it is not ranked
	Certainty *Certainty // nil if the ruleset names no bounds, or gates decided
	ByHand    *ByHand    // nil if the outcome is the computed one

	before *dossier.Assessment // as it was before quotas
	held   bool                // a quota waits for panel scores
}

// Version names the state of the recommending code: lists that come out differently from the
// same assessments belong to another.
const Version = "2"

// List is the list of one ruleset.
type List struct {
	Ruleset string
	Title   dossier.Text
	Version string
	SHA256  string // of the ruleset's file
	Entries []Ranked
	Notes   []dossier.Text // what quotas ask for and the list does not have
	units   func(unit string) (kind string)
}

// Make makes the list of a ruleset. The result does not depend on the order of
// the assessments; the assessments are not changed.
func Make(rs *rules.Ruleset, assessments []*dossier.Assessment) *List {
	l := &List{Ruleset: rs.ID, Title: rs.Title, Version: rs.Version, SHA256: rs.SHA256}
	l.order(assessments)
	l.units = rs.UnitKind
	l.quotas(rs)
	for _, q := range rs.Quotas {
		l.least(q)
	}
	l.rank()
	l.certainty(rs)
	l.units = nil
	return l
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

// registered counts all entries of the list by what a quota is per.
func (l *List) registered(q rules.Quota) map[string]int {
	n := map[string]int{}
	for i := range l.Entries {
		n[l.key(l.Entries[i].Assessment, q.Per)]++
	}
	return n
}

// least notes quotas that ask for more than are recommended; no entry is moved up.
func (l *List) least(q rules.Quota) {
	if q.Least == 0 {
		return
	}
	n := map[string]int{}
	for i := range l.Entries {
		a := l.Entries[i].Assessment
		k := l.key(a, q.Per)
		if q.Of != "" && k != q.Of {
			continue
		}
		n[k] += 0
		if a.Outcome == dossier.Recommended {
			n[k]++
		}
	}
	keys := make([]string, 0, len(n))
	for k := range n {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if n[k] < q.Least {
			note := dossier.Text{}
			for _, lang := range texts.Languages {
				note[lang] = fmt.Sprintf(words.In(lang, "quota.least"), q.Least, perName(q.Per, lang), k, n[k])
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

// Package recommend makes a list of assessments: it orders them, applies the
// ruleset's quotas, and ranks those that are recommended. It is pure.
package recommend

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"kheo/pipeline/dossier"
	"kheo/rules"
)

// Ranked is an assessment with its place on the list.
type Ranked struct {
	*dossier.Assessment
	Rank      int        // from 1; 0 where it is not ranked
	Certainty *Certainty // nil where the ruleset names no bounds, or gates decided
	ByHand    *ByHand    // nil where the outcome is the program's

	before *dossier.Assessment // as it was before quotas
}

// Version names the state of the recommending code: lists that come out differently from the
// same assessments belong to another.
const Version = "1"

// List is the list of one ruleset.
type List struct {
	Ruleset string
	Title   dossier.Text
	Version string
	SHA256  string // of the ruleset's file
	Entries []Ranked
	Notes   []dossier.Text // what quotas ask for and nobody gives
	units   func(unit string) (kind string)
}

// Make makes the list of a ruleset. The result does not depend on the order of
// the assessments; the assessments are not changed.
func Make(rs *rules.Ruleset, assessments []*dossier.Assessment) *List {
	l := &List{Ruleset: rs.ID, Title: rs.Title, Version: rs.Version, SHA256: rs.SHA256}
	l.order(assessments)
	l.units = rs.UnitKind
	for _, q := range rs.Quotas {
		most(q, l.Entries, l.registered(q), l.key, true)
	}
	for _, q := range rs.Quotas {
		l.least(q)
	}
	l.rank()
	l.certainty(rs)
	l.units = nil
	return l
}

// Unplaced makes the list of dossiers that no ruleset applies to.
func Unplaced(assessments []*dossier.Assessment) *List {
	l := &List{Ruleset: rules.UnplacedID, Title: dossier.Text{"vi": "Hồ sơ chưa xếp được vào bộ tiêu chí nào", "nb": "Saker uten regelsett", "en": "Dossiers that no ruleset applies to"}}
	l.order(assessments)
	l.rank()
	return l
}

func (l *List) order(assessments []*dossier.Assessment) {
	for _, a := range assessments {
		c := *a
		c.Flags = append([]dossier.Flag{}, a.Flags...)
		l.Entries = append(l.Entries, Ranked{Assessment: &c, before: a})
	}
	inOrder(l.Entries)
}

func inOrder(list []Ranked) {
	slices.SortFunc(list, func(a, b Ranked) int {
		if before(a.Assessment, b.Assessment) {
			return -1
		}
		return 1
	})
}

// before orders by the ruleset's keys; the last of them, the dossier's id,
// never ties.
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

// registered counts those on the list by what a quota is per.
func (l *List) registered(q rules.Quota) map[string]int {
	n := map[string]int{}
	for i := range l.Entries {
		n[l.key(l.Entries[i].Assessment, q.Per)]++
	}
	return n
}

// most cuts recommended entries beyond a quota, the last in order first. Of two that are
// equal in everything that the order names, the dossier's id decides nothing: where the
// cut falls between them, people look at both. list is in order and holds all that are
// recommended; texts and flags are written where say asks for them.
func most(q rules.Quota, list []Ranked, registered map[string]int, key func(a *dossier.Assessment, per string) string, say bool) {
	if q.Most == 0 && q.MostShare == 0 {
		return
	}
	n, last := map[string]int{}, map[string]*dossier.Assessment{}
	for i := range list {
		a := list[i].Assessment
		if a.Outcome != dossier.Recommended {
			continue
		}
		k := key(a, q.Per)
		if q.Of != "" && k != q.Of {
			continue
		}
		most := q.Most
		if q.MostShare > 0 {
			most = int(q.MostShare*float64(registered[k]) + 1e-9)
		}
		n[k]++
		if n[k] <= most {
			last[k] = a
			continue
		}
		if before := last[k]; before != nil && tied(before, a) {
			var why dossier.Text
			for _, x := range []*dossier.Assessment{before, a} {
				if say {
					other := a
					if x == a {
						other = before
					}
					why = quotaText("tie", q, most, n[k], k)
					for lang := range why {
						why[lang] = fmt.Sprintf(why[lang], other.Title)
					}
					x.Flags = append(x.Flags, dossier.Flag{Code: dossier.FlagTie, Message: why})
				}
				if x.Outcome == dossier.Recommended {
					x.Outcome, x.Band = dossier.NeedsReview, why
				}
			}
			last[k] = a // a third that is equal too is no more to blame
			continue
		}
		if a.Outcome = dossier.NotRecommended; say {
			a.Band = quotaText("most", q, most, n[k], k)
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagQuota, Message: a.Band})
		}
	}
}

// tied reports whether two assessments are equal in every key of the order but the last,
// the dossier's id.
func tied(a, b *dossier.Assessment) bool {
	if len(a.Order) != len(b.Order) {
		return false
	}
	for i := range a.Order {
		if i < len(a.Order)-1 && a.Order[i] != b.Order[i] {
			return false
		}
	}
	return true
}

// quotaText tells what a quota did.
func quotaText(what string, q rules.Quota, most, place int, of string) dossier.Text {
	out := dossier.Text{}
	for lang, s := range map[string]string{
		"most vi": "Vượt chỉ tiêu: nhiều nhất %d cho mỗi %s; hồ sơ này đứng thứ %d (%s)",
		"most nb": "Over kvoten: høyst %d per %s; denne er nummer %d (%s)",
		"most en": "Beyond the quota: at most %d per %s; this one is number %d (%s)",
		"tie vi":  "Chỉ tiêu nhiều nhất %d cho mỗi %s cắt giữa hai hồ sơ ngang nhau (thứ %d, %s); hồ sơ kia: %%s",
		"tie nb":  "Kvoten på høyst %d per %s deler to som står likt (nummer %d, %s); den andre: %%s",
		"tie en":  "The quota of at most %d per %s falls between two that are equal (number %d, %s); the other: %%s",
	} {
		kind, lang, _ := strings.Cut(lang, " ")
		if kind == what {
			out[lang] = fmt.Sprintf(s, most, perName(q.Per, lang), place, of)
		}
	}
	return out
}

// least notes where a quota asks for more than there are; nobody is moved up.
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
			l.Notes = append(l.Notes, dossier.Text{
				"vi": fmt.Sprintf("Chỉ tiêu: ít nhất %d cho mỗi %s; %s có %d", q.Least, perName(q.Per, "vi"), k, n[k]),
				"nb": fmt.Sprintf("Kvote: minst %d per %s; %s har %d", q.Least, perName(q.Per, "nb"), k, n[k]),
				"en": fmt.Sprintf("Quota: at least %d per %s; %s has %d", q.Least, perName(q.Per, "en"), k, n[k]),
			})
		}
	}
}

func perName(per, lang string) string {
	return map[string]map[string]string{
		"unit":      {"vi": "đơn vị", "nb": "enhet", "en": "unit"},
		"unit_kind": {"vi": "loại đơn vị", "nb": "slag enheter", "en": "kind of unit"},
		"field":     {"vi": "lĩnh vực", "nb": "område", "en": "field"},
		"level":     {"vi": "cấp", "nb": "nivå", "en": "level"},
		"kind":      {"vi": "loại", "nb": "slag", "en": "kind"},
		"all":       {"vi": "danh sách", "nb": "liste", "en": "list"},
	}[per][lang]
}

// rank puts the recommended first, numbered, then the others by outcome; each
// group in the ruleset's order.
func (l *List) rank() {
	place := map[dossier.Outcome]int{}
	for i, o := range dossier.Outcomes {
		place[o] = i
	}
	sort.SliceStable(l.Entries, func(i, j int) bool { return place[l.Entries[i].Outcome] < place[l.Entries[j].Outcome] })
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

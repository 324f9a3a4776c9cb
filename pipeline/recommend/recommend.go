// Package recommend makes a list of assessments: it orders them, applies the
// ruleset's quotas, and ranks those that are recommended. It is pure.
package recommend

import (
	"fmt"
	"sort"

	"kheo/pipeline/dossier"
	"kheo/rules"
)

// Ranked is an assessment with its place on the list.
type Ranked struct {
	*dossier.Assessment
	Rank int // from 1; 0 where it is not ranked
}

// List is the list of one ruleset.
type List struct {
	Ruleset string
	Title   dossier.Text
	Version string
	SHA256  string // of the ruleset's file
	Entries []Ranked
	Notes   []dossier.Text // what quotas ask for and nobody gives
}

// Make makes the list of a ruleset. The result does not depend on the order of
// the assessments; the assessments are not changed.
func Make(rs *rules.Ruleset, assessments []*dossier.Assessment) *List {
	l := &List{Ruleset: rs.ID, Title: rs.Title, Version: rs.Version, SHA256: rs.SHA256}
	l.order(assessments)
	for _, q := range rs.Quotas {
		l.most(q)
	}
	for _, q := range rs.Quotas {
		l.least(q)
	}
	l.rank()
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
		l.Entries = append(l.Entries, Ranked{Assessment: &c})
	}
	sort.Slice(l.Entries, func(i, j int) bool { return before(l.Entries[i].Assessment, l.Entries[j].Assessment) })
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

func key(a *dossier.Assessment, per string) string {
	switch per {
	case "unit":
		return a.Unit
	case "field":
		return a.Field
	case "level":
		return a.Level
	case "kind":
		return a.Kind
	}
	return ""
}

// most cuts recommended entries beyond a quota, the last in order first.
func (l *List) most(q rules.Quota) {
	if q.Most == 0 {
		return
	}
	n := map[string]int{}
	for i := range l.Entries {
		a := l.Entries[i].Assessment
		if a.Outcome != dossier.Recommended {
			continue
		}
		k := key(a, q.Per)
		if n[k]++; n[k] > q.Most {
			a.Outcome = dossier.NotRecommended
			why := dossier.Text{
				"vi": fmt.Sprintf("Vượt chỉ tiêu: nhiều nhất %d cho mỗi %s; hồ sơ này đứng thứ %d (%s)", q.Most, perName(q.Per, "vi"), n[k], k),
				"nb": fmt.Sprintf("Over kvoten: høyst %d per %s; denne er nummer %d (%s)", q.Most, perName(q.Per, "nb"), n[k], k),
				"en": fmt.Sprintf("Beyond the quota: at most %d per %s; this one is number %d (%s)", q.Most, perName(q.Per, "en"), n[k], k),
			}
			a.Band = dossier.Text{}
			for lang, s := range why {
				a.Band[lang] = s
			}
			a.Flags = append(a.Flags, dossier.Flag{Code: dossier.FlagQuota, Message: why})
		}
	}
}

// least notes where a quota asks for more than there are; nobody is moved up.
func (l *List) least(q rules.Quota) {
	if q.Least == 0 {
		return
	}
	n := map[string]int{}
	for i := range l.Entries {
		a := l.Entries[i].Assessment
		k := key(a, q.Per)
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
		"unit":  {"vi": "đơn vị", "nb": "enhet", "en": "unit"},
		"field": {"vi": "lĩnh vực", "nb": "område", "en": "field"},
		"level": {"vi": "cấp", "nb": "nivå", "en": "level"},
		"kind":  {"vi": "loại", "nb": "slag", "en": "kind"},
		"all":   {"vi": "danh sách", "nb": "liste", "en": "list"},
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

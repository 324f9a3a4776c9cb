package rules

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
)

// bandNames are the names that bands know beside facts, criteria and flags.
var bandNames = []string{"total", "max", "share", "each_criterion"}

func (l *loader) bands(n *strict.Node) {
	if n == nil {
		return
	}
	sc := l.scope("a band")
	for _, k := range bandNames {
		sc.sample[k] = 0.0
	}
	sc.twice = map[string]bool{}
	for _, c := range l.rs.criteria {
		name := conditionName(c.id)
		sc.twice[name] = sc.facts[name]
		sc.sample[name] = 0.0
	}
	sc.sample["any_flag"] = func(...string) bool { return false }
	m := n.Map("bands", bandsGrammar.Names()...)
	for _, k := range m.Keys {
		v := m.Get(k)
		if v == nil {
			m.Key(k).Fail(fmt.Sprintf("the band %s has no condition", k), "write one, such as  total >= 80")
			continue
		}
		sc.what = "the band " + k
		l.rs.bands = append(l.rs.bands, Band{dossier.Outcome(k), compile(v, v.String("band"), sc)})
	}
	if m.Get(string(dossier.Recommended)) == nil {
		n.Fail("no band says who is recommended", "add  recommended: total >= 80")
	}
}

func (l *loader) quotas(root *grammar.Map) {
	for _, n := range root.List("quotas") {
		m := quotaGrammar.Read(n)
		q := Quota{Per: m.Word("per"), Least: int(m.Number("least"))}
		if of := m.Get("of"); of != nil {
			if q.Per == "all" {
				of.Fail("a quota of the whole list is of nothing narrower", "take of out, or write per: field")
			} else {
				q.Of = of.OneOf("of", l.quotaGroups(q.Per)...)
			}
		}
		if v := m.Get("most"); v != nil {
			readMost(v, &q)
		}
		if m.Get("most") == nil && m.Get("least") == nil {
			n.Fail("a quota needs most or least", "write { per: unit, most: 3 }")
		}
		l.rs.Quotas = append(l.rs.Quotas, q)
	}
}

// quotaGroups are the units, fields, levels or kinds that a quota may be of.
func (l *loader) quotaGroups(per string) []string {
	switch per {
	case "field":
		return ids(l.env.Fields)
	case "level":
		return ids(l.env.Levels)
	case "kind":
		return ids(l.env.Kinds)
	}
	var out []string
	for _, u := range l.env.Units {
		switch per {
		case "unit":
			out = append(out, u.ID)
		case "unit_kind":
			out = append(out, u.Kind)
		}
	}
	return out
}

// readMost reads the limit of a quota: a number, or a share of those registered.
func readMost(n *strict.Node, q *Quota) {
	text, _ := n.Plain()
	switch f, ok := n.NumberOK("most"); {
	case !ok:
	case strings.HasSuffix(strings.TrimSpace(text), "%") && f > 0 && f <= 1:
		q.MostShare = f
	case f < 1 || f != math.Trunc(f):
		n.Fail("most must be a whole number from 1, or a share of those registered", "write most: 3 or most: 20%; leave the quota out where there is no limit")
	default:
		q.Most = int(f)
	}
}

func (l *loader) order(root *grammar.Map) {
	known := []string{"total", "dossier"}
	numeric := map[string]bool{"total": true}
	for _, c := range l.rs.criteria {
		known = append(known, c.id)
		numeric[c.id] = true
	}
	for _, f := range l.rs.facts {
		if f.Type != Paper {
			known = append(known, f.Name)
			numeric[f.Name] = f.Type.numeric()
		}
	}
	for _, k := range root.List("order") {
		s := k.String("order")
		if !slices.Contains(known, s) {
			k.Fail(fmt.Sprintf("order names %q, which is neither total, a criterion, a fact nor dossier", s), l.nearest(s, known, "it may be"))
			continue
		}
		l.rs.Order = append(l.rs.Order, s)
		l.rs.orderDown = append(l.rs.orderDown, numeric[s])
	}
	if len(l.rs.Order) == 0 {
		l.rs.Order, l.rs.orderDown = []string{"total"}, []bool{true}
	}
	if last := l.rs.Order[len(l.rs.Order)-1]; last != "dossier" {
		l.rs.Order = append(l.rs.Order, "dossier")
		l.rs.orderDown = append(l.rs.orderDown, false)
	}
}

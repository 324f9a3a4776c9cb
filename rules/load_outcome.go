package rules

import (
	"fmt"
	"math"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/strict"
)

// bandNames are the names that bands know beside facts, criteria and flags.
var bandNames = []string{"total", "max", "share", "each_criterion"}

func (l *loader) bands(root *strict.Map, n *strict.Node) {
	if n == nil {
		return
	}
	sc := l.scope("a band")
	for _, k := range bandNames {
		sc.sample[k] = 0.0
	}
	sc.twice = map[string]bool{}
	for _, c := range l.rs.criteria {
		name := strings.ReplaceAll(c.id, "-", "_")
		sc.twice[name] = sc.facts[name]
		sc.sample[name] = 0.0
	}
	sc.sample["any_flag"] = func(...string) bool { return false }
	m := n.Map("bands", string(dossier.Recommended), string(dossier.NeedsReview))
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

func (l *loader) quotas(n *strict.Node) {
	for _, q := range n.List("quotas") {
		m := q.Map("a quota", "per", "of", "most", "least")
		out := Quota{Per: m.Need("per", "the quota", "unit").OneOf("per", "unit", "unit_kind", "field", "level", "kind", "all")}
		if of := m.Get("of"); of != nil {
			known := map[string][]string{"field": ids(l.env.Fields), "level": ids(l.env.Levels), "kind": ids(l.env.Kinds)}[out.Per]
			for _, u := range l.env.Units {
				switch out.Per {
				case "unit":
					known = append(known, u.ID)
				case "unit_kind":
					known = append(known, u.Kind)
				}
			}
			if out.Per == "all" {
				of.Fail("a quota of the whole list is of nothing narrower", "take of out, or write per: field")
			} else {
				out.Of = of.OneOf("of", known...)
			}
		}
		if v := m.Get("most"); v != nil {
			text, _ := v.Plain()
			switch f := v.Number("most"); {
			case strings.HasSuffix(strings.TrimSpace(text), "%") && f > 0 && f <= 1:
				out.MostShare = f
			case f < 1 || f != math.Trunc(f):
				v.Fail("most must be a whole number from 1, or a share of those registered", "write most: 3 or most: 20%; leave the quota out where there is no limit")
			default:
				out.Most = int(f)
			}
		}
		if v := m.Get("least"); v != nil {
			if f := v.Number("least"); f < 1 || f != math.Trunc(f) {
				v.Fail("least must be a whole number from 1", "leave it out where nothing is asked for")
			} else {
				out.Least = int(f)
			}
		}
		if m.Get("most") == nil && m.Get("least") == nil {
			q.Fail("a quota needs most or least", "write { per: unit, most: 3 }")
		}
		l.rs.Quotas = append(l.rs.Quotas, out)
	}
}

func (l *loader) order(n *strict.Node) {
	known := []string{"total", "dossier"}
	numeric := map[string]bool{"total": true}
	for _, c := range l.rs.criteria {
		known = append(known, c.id)
		numeric[c.id] = true
	}
	for _, f := range l.rs.facts {
		if f.Type != Paper {
			known = append(known, f.Name)
			numeric[f.Name] = f.Type == Count || f.Type == Money || f.Type == Percent
		}
	}
	for _, k := range n.List("order") {
		s := k.String("order")
		if !isIn(known, s) {
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

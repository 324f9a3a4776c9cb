package campaign

import (
	"fmt"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/rules"
)

// id reads the id of a unit, level, field or kind and adds it to seen, which holds the ids of the same list.
// An id that is already there is a mistake.
func (c *Campaign) id(m *strict.Map, seen map[string]bool, what string) string {
	n := m.Need("id", what, "north")
	if n == nil {
		return ""
	}
	s := n.String("id")
	if !idRE.MatchString(s) {
		n.Fail(fmt.Sprintf("the id %q must be small letters a–z, digits and -", s), "write it like dai-hiep")
	} else if seen[s] {
		n.Fail(fmt.Sprintf("the id %q is used twice", s), "give each its own")
	}
	seen[s] = true
	return s
}

// units reads the units that submit dossiers. A parent may be listed after its children, so parents are checked
// when all ids are known.
func (c *Campaign) units(n *strict.Node) {
	seen := map[string]bool{}
	names := map[string]string{} // the first unit of each name, and where it is
	for _, u := range n.List("units") {
		m := unitGrammar.Read(u)
		unit := rules.Unit{ID: c.id(m.Map, seen, "the unit"), Name: m.Text("name"), Kind: m.Text("kind"),
			Attributes: map[string]any{}}
		if p := m.Get("parent"); p != nil {
			unit.Attributes["parent"] = p.String("parent")
		}
		if a := m.Get("attributes"); a != nil {
			am := a.Map("attributes")
			for _, k := range am.Keys {
				if v := am.Get(k); v != nil {
					unit.Attributes[k] = v.Scalar("an attribute")
				}
			}
		}
		if name := strings.ToLower(strings.Join(strings.Fields(unit.Name), " ")); name != "" {
			line, col := u.Pos()
			if first := names[name]; first != "" {
				c.Notes = append(c.Notes, strict.Problem{File: u.File(), Line: line, Col: col,
					Message: fmt.Sprintf("the unit %s has the same name as %s", unit.ID, first),
					Cure: "a dossier that names its unit in its papers alone has no unit until a person says which: " +
						"add what distinguishes the names, such as the district"})
			} else {
				names[name] = fmt.Sprintf("%s (line %d)", unit.ID, line)
			}
		}
		readUnitMail(c, unit.ID, m.Get("mail"))
		c.Env.Units = append(c.Env.Units, unit)
	}
	for _, u := range c.Env.Units {
		if p, ok := u.Attributes["parent"].(string); ok && !seen[p] {
			n.Fail(fmt.Sprintf("the unit %s names the parent %q, which is not a unit", u.ID, p),
				"add it, or correct its id")
		}
	}
}

// named reads levels or fields, with or without titles: [district, { id: economy, title: … }]. Without a title
// the id is shown to readers.
func (c *Campaign) named(n *strict.Node, what string) []rules.Named {
	var out []rules.Named
	seen := map[string]bool{}
	for _, v := range n.List(what) {
		if !v.IsMap() {
			s := v.String(what)
			if seen[s] {
				v.Fail(fmt.Sprintf("%q is listed twice", s), "keep one")
			}
			seen[s] = true
			out = append(out, rules.Named{ID: s, Title: text(v, what)})
			continue
		}
		m := v.Map(what, titledGrammar.Names()...)
		out = append(out, rules.Named{ID: c.id(m, seen, what), Title: text(m.Get("title"), "title")})
	}
	return out
}

// kinds reads the kinds of dossiers and the headings by which a dossier without a manifest is recognised as one.
// Without kinds: there are three: model, collective and individual.
func (c *Campaign) kinds(n *strict.Node) {
	c.Env.KindHeadings = map[string][]string{}
	seen := map[string]bool{}
	for _, v := range n.List("kinds") {
		m := kindGrammar.Read(v)
		id := c.id(m.Map, seen, "a kind")
		c.Env.Kinds = append(c.Env.Kinds, rules.Named{ID: id, Title: text(m.Get("title"), "title")})
		c.Env.KindHeadings[id] = allStrings(m.Get("looks_like"), "looks_like")
	}
	if len(c.Env.Kinds) == 0 {
		for _, id := range []string{"model", "collective", "individual"} {
			c.Env.Kinds = append(c.Env.Kinds, rules.Named{ID: id, Title: dossier.Text{"en": id}})
		}
	}
}

package campaign

import (
	"fmt"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/pipeline/publish/paper"
	"kheo/rules"
)

// Papers says who issues the committee's papers, and how they look. Texts that are not set are empty, and the
// papers leave out their lines.
type Papers struct {
	Layout       string       // one of paper.Layouts
	Superior     dossier.Text // the superior of the issuing body
	Name         dossier.Text // the issuing body; if empty, papers use the campaign's title
	State        dossier.Text
	Motto        dossier.Text
	Place        string         // in the date line
	Symbol       string         // after the number of a paper
	To           dossier.Text   // who decides on the submission
	Signs        dossier.Text   // the office of the person who signs
	Decides      dossier.Text   // who decides, in the text of the decision
	Tasks        []dossier.Text // next year's, for the annual summary
	Certificates Certificates
	Names        map[string]dossier.Text // of kinds and attributes of units, by id
}

// Certificates says what certificates of recognition bear.
type Certificates struct {
	Number    string                    // with {n} where the number is; "" leaves it blank
	Decisions map[string]DecisionNumber // by ruleset: by which decision the entries of its list were recognised
	ToTitle   []string                  // kinds of dossiers whose title says who is recognised, and not for what
}

// DecisionNumber is the number and the date of a decision that was issued.
type DecisionNumber struct{ Number, On string }

// certificates reads what certificates bear. The kinds whose title is the recipient must be kinds of the campaign;
// without to_title: they are those of the campaign among collective and individual.
func certificates(n *strict.Node, kinds []rules.Named) (out Certificates) {
	for _, k := range kinds {
		if k.ID == "collective" || k.ID == "individual" {
			out.ToTitle = append(out.ToTitle, k.ID)
		}
	}
	if n == nil {
		return out
	}
	m := certificatesGrammar.Read(n)
	if v := m.Get("number"); v != nil {
		if out.Number = v.String("number"); strings.Count(out.Number, "{n}") != 1 || len(out.Number) > 100 {
			v.Fail(fmt.Sprintf("certificates: the number %.100q must have {n} once", out.Number),
				"write {n} where the number is, as in {n}/GCN-2024")
		}
	}
	if v := m.Get("to_title"); v != nil {
		out.ToTitle = v.Strings("to_title")
		for _, id := range out.ToTitle {
			if !slices.ContainsFunc(kinds, func(x rules.Named) bool { return x.ID == id }) {
				v.Fail(fmt.Sprintf("certificates: there is no kind %q", id), "name one of kinds:")
			}
		}
	}
	out.Decisions = map[string]DecisionNumber{}
	if v := m.Get("decisions"); v != nil {
		all := v.Map("decisions")
		for _, list := range all.Keys {
			if node := all.Get(list); node != nil {
				d, x := decisionGrammar.ReadAs(node, "decisions: "+list), DecisionNumber{}
				if v := d.Get("number"); v != nil {
					x.Number = v.String("number")
				}
				x.On = date(d.Get("on"), "on")
				out.Decisions[list] = x
			}
		}
	}
	return out
}

// papers reads the heading and the texts of papers.
func (c *Campaign) papers(n *strict.Node) {
	p := &c.Papers
	p.Layout = "plain"
	p.Certificates = certificates(nil, c.Env.Kinds)
	if n == nil {
		return
	}
	m := papersGrammar.Read(n)
	if l := m.Get("layout"); l != nil {
		p.Layout = l.OneOf("layout", paper.Layouts...)
	}
	for _, t := range []struct {
		key  string
		into *dossier.Text
	}{{"superior", &p.Superior}, {"body", &p.Name}, {"state", &p.State}, {"motto", &p.Motto}, {"to", &p.To},
		{"signs", &p.Signs}, {"decides", &p.Decides}} {
		*t.into = text(m.Get(t.key), t.key)
	}
	p.Certificates = certificates(m.Get("certificates"), c.Env.Kinds)
	if v := m.Get("place"); v != nil {
		p.Place = v.String("place")
	}
	if v := m.Get("symbol"); v != nil {
		p.Symbol = v.String("symbol")
	}
	p.Names = map[string]dossier.Text{}
	if v := m.Get("names"); v != nil {
		names := v.Map("names")
		for _, k := range names.Keys {
			p.Names[k] = text(names.Get(k), k)
		}
	}
	for _, t := range m.Get("tasks").List("tasks") {
		p.Tasks = append(p.Tasks, text(t, "a task"))
	}
}

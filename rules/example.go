package rules

import (
	"fmt"
	"math"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/dossier"
	"kheo/rules/language"
	"kheo/rules/strict"
)

// Example is a piece of a dossier with the points that it must get: a ruleset's own
// test.
type Example struct {
	Name   string
	Text   string
	Line   int // in the ruleset's file
	Expect []Expected
}

// Expected is what an example says of one criterion.
type Expected struct {
	Criterion string
	Points    float64
}

// Miss is an expectation that does not hold.
type Miss struct {
	Criterion string       `json:"criterion"`
	Want      float64      `json:"want"`
	Got       float64      `json:"got"`
	Reason    dossier.Text `json:"reason"` // why it got what it got
}

// examples reads the examples of a ruleset.
func (l *loader) examples(n *strict.Node) {
	if n == nil {
		return
	}
	var ids []string
	max := map[string]float64{}
	for _, c := range l.rs.criteria {
		ids = append(ids, c.id)
		max[c.id] = c.max
	}
	for i, node := range n.List("examples") {
		m := node.Map("an example", "name", "text", "expect")
		ex := Example{Name: fmt.Sprint("example ", i+1)}
		ex.Line, _ = node.Pos()
		if name := m.Get("name"); name != nil {
			ex.Name = name.String("name")
		}
		ex.Text = norm.NFC.String(m.Need("text", "an example", `"Results: …"`).String("text"))
		expect := m.Need("expect", "an example", "{ spread: 0 }")
		if expect == nil {
			continue
		}
		e := expect.Map("expect", ids...)
		for _, id := range e.Keys {
			v := e.Get(id)
			if v == nil {
				continue
			}
			points := v.Number("the points of " + id)
			if most, ok := max[id]; ok && (points < 0 || points > most) {
				v.Fail(fmt.Sprintf("%s can't get %s points", id, Number(points, "en")), "write a number from 0 to "+Number(most, "en"))
			}
			ex.Expect = append(ex.Expect, Expected{id, points})
		}
		l.rs.Examples = append(l.rs.Examples, ex)
	}
}

// Check assesses an example, and returns what it did not get as it must.
func (rs *Ruleset) Check(ex Example) []Miss {
	page := dossier.Page{Number: 1, Text: strings.TrimRight(ex.Text, "\n"), Quality: 1, Reader: "example", Language: language.Detect(ex.Text)}
	d := &dossier.Dossier{ID: "example", Name: ex.Name, Documents: []dossier.Document{{Name: "example", Type: "text/plain", Pages: []dossier.Page{page}}}}
	a := rs.Assess(Read(d), Identity{Kind: rs.Kind, Level: rs.Level}, nil)
	var out []Miss
	for _, want := range ex.Expect {
		for _, c := range a.Criteria {
			if c.ID == want.Criterion && math.Abs(c.Points-want.Points) > 1e-9 {
				out = append(out, Miss{c.ID, want.Points, c.Points, c.Reason})
			}
		}
	}
	return out
}

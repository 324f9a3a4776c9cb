package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/text/language"
)

// Example is a text with what it must get: a test that a ruleset carries.
type Example struct {
	Name   string
	Text   string
	File   string
	Line   int // in the ruleset's file
	Expect []Expected
	Facts  []ExpectedFact
	Flags  []string // exactly these of contradiction and plan-not-result
	flags  bool     // flags: is there
	Scores map[string][]float64
}

// Expected is what an example says of one criterion.
type Expected struct {
	Criterion string
	Points    float64
}

// ExpectedFact is what an example says of one fact; Value is nil if it must not be found.
type ExpectedFact struct {
	Fact  string
	Value any
}

// Miss is an expectation that does not hold: of a criterion, a fact or a flag.
type Miss struct {
	Criterion string       `json:"criterion,omitempty"`
	Fact      string       `json:"fact,omitempty"`
	Flag      string       `json:"flag,omitempty"`
	Want      any          `json:"want"`
	Got       any          `json:"got"`
	Reason    dossier.Text `json:"reason,omitempty"` // why it got what it did
}

// examples reads the examples of a ruleset. They are read last, because they name criteria and facts. An
// example without a name gets its number, counted from 1.
func (l *loader) examples(root *grammar.Map) {
	for i, node := range root.List("examples") {
		m := exampleGrammar.Read(node)
		ex := Example{Name: fmt.Sprint("example ", i+1), File: l.rs.File}
		ex.Line, _ = node.Pos()
		if m.Get("name") != nil {
			ex.Name = m.Text("name")
		}
		ex.Text = norm.NFC.String(m.Text("text"))
		if m.Get("expect") == nil && m.Get("facts") == nil && m.Get("flags") == nil {
			node.Fail("an example says nothing of what it must get",
				"add  expect: { spread: 0 },  facts: { households: 120 }  or  flags: [ contradiction ]")
			continue
		}
		l.examplePoints(m, &ex)
		l.exampleFacts(m, &ex)
		l.rs.Examples = append(l.rs.Examples, ex)
	}
}

// examplePoints reads the scores of an example, and the points that it must get.
func (l *loader) examplePoints(m *grammar.Map, ex *Example) {
	var ids []string
	for _, c := range l.rs.criteria {
		ids = append(ids, c.id)
	}
	points := func(v *strict.Node, id string) (float64, bool) {
		p := v.Number("the points of " + id)
		at := slices.Index(ids, id)
		if at < 0 { // there are no criteria, which is reported elsewhere
			return 0, false
		}
		if max := l.rs.criteria[at].max; p < 0 || p > max {
			v.Fail(fmt.Sprintf("%s can't get %s points", id, Number(p, "en")),
				"write a number from 0 to "+Number(max, "en"))
			return 0, false
		}
		return p, true
	}
	if scores := m.Get("scores"); scores != nil {
		ex.Scores = map[string][]float64{}
		e := scores.Map("scores", ids...)
		for _, id := range e.Keys {
			for _, v := range e.Get(id).List("scores") {
				if p, ok := points(v, id); ok {
					ex.Scores[id] = append(ex.Scores[id], p)
				}
			}
		}
	}
	if expect := m.Get("expect"); expect != nil {
		e := expect.Map("expect", ids...)
		for _, id := range e.Keys {
			if v := e.Get(id); v != nil {
				if p, ok := points(v, id); ok {
					ex.Expect = append(ex.Expect, Expected{id, p})
				}
			}
		}
	}
}

// exampleFacts reads the facts and flags that an example must have.
func (l *loader) exampleFacts(m *grammar.Map, ex *Example) {
	if facts := m.Get("facts"); facts != nil {
		var names []string
		for _, f := range l.rs.facts {
			names = append(names, f.Name)
		}
		e := facts.Map("facts", names...)
		for _, name := range e.Keys {
			want := ExpectedFact{Fact: name}
			if v := e.Get(name); v != nil {
				want.Value = v.Scalar("the fact " + name)
				if ids := l.rs.factDef(name).optionIDs(); ids != nil {
					want.Value = v.OneOf("the fact "+name, ids...)
				}
			}
			ex.Facts = append(ex.Facts, want)
		}
	}
	ex.flags = m.Get("flags") != nil
	for _, v := range m.List("flags") {
		ex.Flags = append(ex.Flags, v.OneOf("a flag", dossier.FlagCodes...))
	}
}

// Check assesses an example of the ruleset as a dossier of one page, and returns the expectations that do not
// hold; nil if all do. Each score of the example counts as that of another person. The manifest is empty, so
// facts come from the text alone.
func (rs *Ruleset) Check(ex Example) []Miss {
	page := dossier.Page{Number: 1, Text: strings.TrimRight(ex.Text, "\n"), Quality: 1, Reader: "example",
		Language: language.Detect(ex.Text)}
	document := dossier.Document{Name: "example", Type: "text/plain", Pages: []dossier.Page{page}}
	d := &dossier.Dossier{ID: "example", Name: ex.Name, Documents: []dossier.Document{document}}
	given := Given{Identity: dossier.Identity{Kind: rs.Kind, Level: rs.Level}}
	for _, id := range slices.Sorted(maps.Keys(ex.Scores)) {
		for i, p := range ex.Scores[id] {
			given.Scores = append(given.Scores, dossier.PanelScore{Criterion: id, Scorer: fmt.Sprint(i), Points: p})
		}
	}
	a := rs.Assess(Read(d), given)
	var out []Miss
	for _, want := range ex.Expect {
		for _, c := range a.Criteria {
			if c.ID == want.Criterion && math.Abs(c.Points-want.Points) > 1e-9 {
				out = append(out, Miss{Criterion: c.ID, Want: want.Points, Got: c.Points, Reason: c.Reason})
			}
		}
	}
	for _, want := range ex.Facts {
		var got any
		var from dossier.Text
		for _, f := range a.Facts {
			if f.Name == want.Fact {
				got, from = f.Value, sameText("“"+oneLine(f.Source.Quote)+"”")
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want.Value) {
			out = append(out, Miss{Fact: want.Fact, Want: want.Value, Got: got, Reason: from})
		}
	}
	if ex.flags {
		out = append(out, flagMisses(ex, a)...)
	}
	return out
}

// flagMisses returns the flags that an example must raise and does not, and those of the
// text that it raises and must not.
func flagMisses(ex Example, a *dossier.Assessment) []Miss {
	var out []Miss
	for _, code := range ex.Flags {
		if !a.HasFlag(code) {
			out = append(out, Miss{Flag: code, Want: true, Got: false})
		}
	}
	for _, f := range a.Flags {
		ofText := f.Code == dossier.FlagContradiction || f.Code == dossier.FlagPlanNotResult
		if ofText && !slices.Contains(ex.Flags, f.Code) {
			out = append(out, Miss{Flag: f.Code, Want: false, Got: true, Reason: f.Message})
		}
	}
	return out
}

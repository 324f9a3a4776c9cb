// Package forms makes the form of a ruleset as a Word document: a table of what the ruleset asks papers for, each
// with a field that has the name of its fact. Units fill it in; kheo reads the fields by their names
// (rules.FieldName), and the labels beside them as of any other form. The same ruleset gives the same bytes.
package forms

import (
	"cmp"

	"kheo/pipeline/publish/word"
	"kheo/rules"
)

// Word returns the form of a ruleset in a language. what says how it is filled in, and prompt is shown in empty
// fields; neither may have what a paper of the ruleset is recognised by. values fills in fields, by their names; what
// is not in it is left to the unit.
//
// The papers that the ruleset asks for are not named on the form: a heading of their name would be taken for the
// paper.
func Word(rs *rules.Ruleset, lang, what, prompt string, values map[string]string) ([]byte, error) {
	heading, title, unit := rules.FormOf(rs, lang)
	d := &word.Doc{}
	d.Heading(1, cmp.Or(heading, rs.Title.In(lang, "en", "vi")))
	d.Paragraph(what)
	line := func(s string) []word.Line { return []word.Line{{Text: s}} }
	var rows [][][]word.Line
	row := func(name, label, unit string) {
		rows = append(rows, [][]word.Line{line(label),
			{{Field: &word.Field{Name: name, Label: label, Prompt: prompt, Value: values[name]}}}, line(unit)})
	}
	for _, x := range [][2]string{{"title", title}, {"unit", unit}} {
		if x[1] != "" {
			row(x[0], x[1], "")
		}
	}
	for _, f := range rules.Asked(rs) {
		if !f.Paper {
			row(rules.FieldName(f.Name), f.Title.In(lang, "en", "vi"), f.Unit.In(lang, "en", "vi"))
		}
	}
	d.Grid([]int{45, 40, 15}, rows, false, true)
	return d.Bytes()
}

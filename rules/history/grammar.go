package history

import "kheo/internal/grammar"

// Grammar is the value of history.
var Grammar = &grammar.Group{
	Name: "history", A: "history", The: "history",
	Doc: "Earlier recognitions of the nominee (of the model, by its title, where there is none), which facts with " +
		"`from: history` count. People are told apart by `born` and `id`; without these, nominees are told apart by " +
		"unit. " +
		"What may be the same person, and need not be, makes the fact uncertain",
	Keys: []grammar.Key{
		{Name: "table", Value: grammar.Value{Form: grammar.Text}, Example: "recognitions",
			Doc: "a table of the office by its name under `tables`, with a row for each recognition; its key column " +
				"has the names"},
		{Name: "columns", Value: grammar.Value{Form: grammar.Object, Of: columnsGrammar},
			Example: "{ year: Year, award: Award, born: Born }", Doc: "with `table`: the headers of its columns"},
		{Name: "lists", Value: grammar.Value{Form: grammar.Text, List: true, Single: true}, Example: "all",
			Doc: "the rulesets whose closed lists count, of this workspace and of the `past` ones of kheo.yaml: what " +
				"was " +
				"recognised on them; `all` for every one. The ruleset's own list of this campaign does not count"},
		{Name: "born", Value: grammar.Value{Form: grammar.Phrases}, Example: "{ en: [Year of birth] }",
			Doc: "how papers print when the nominee was born; it serves to tell people apart and for nothing else"},
		{Name: "id", Value: grammar.Value{Form: grammar.Phrases}, Example: "{ en: [Staff number] }",
			Doc: "how papers print a number of the nominee's own"},
	},
	Rules: []grammar.Rule{
		{AnyOf: []string{"table", "lists"}, Doc: "At least one of `table` and `lists` must be there"},
		{Key: "table", AnyOf: []string{"columns"}, Doc: "`table` needs `columns`"},
		{Key: "columns", AnyOf: []string{"table"}, Doc: "`columns` needs `table`"},
	},
}

// columnsGrammar is the value of columns.
var columnsGrammar = &grammar.Group{
	Name: "history-columns", A: "columns", The: "columns", Doc: "The headers of the columns of a table of recognitions",
	Keys: []grammar.Key{
		header("year", true, "of the year or date of the recognition"),
		header("award", false, "of what was given"), header("born", false, "of the year or date of birth"),
		header("id", false, "of the number"), header("unit", false, "of the unit, by its id or name"),
	},
}

// header is a key for the header of a column.
func header(name string, required bool, doc string) grammar.Key {
	example := map[string]string{"year": "Year", "award": "Award", "born": "Born", "id": "Number", "unit": "Unit"}[name]
	return grammar.Key{Name: name, Value: grammar.Value{Form: grammar.Text}, Required: required, Example: example,
		Doc: "the header " + doc}
}

// ReadColumns reads columns.
func ReadColumns(m *grammar.Map) (c Columns) {
	n := m.Get("columns")
	if n == nil {
		return c
	}
	at := columnsGrammar.Read(n)
	return Columns{Year: at.Text("year"), Award: at.Text("award"), Born: at.Text("born"), ID: at.Text("id"),
		Unit: at.Text("unit")}
}

package scales

import (
	"kheo/internal/grammar"
)

// This file has the keys by which rulesets write the ways of giving points.

var (
	numberValue = grammar.Value{Form: grammar.Number}
	aboveZero   = grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Above: true}
)

// StepGrammar is an entry of steps.
var StepGrammar = &grammar.Group{
	Name: "step", A: "a step", The: "the step",
	Doc: "A step gives points from a value upwards or, if fewer is better, up to a value; all steps of a " +
		"criterion " +
		"have from, or all have to",
	Keys: []grammar.Key{
		{Name: "from", Value: numberValue, Example: "20", Doc: "the value from which on the step counts"},
		{Name: "to", Value: numberValue, Example: "3",
			Doc: "the value up to which the step counts; of several, the lowest"},
		{Name: "points", Value: numberValue, Required: true, Example: "5",
			Doc: "the points that it gives in all"},
	},
	Rules: []grammar.Rule{{OneOf: []string{"from", "to"},
		Doc: "Exactly one of `from` and `to` must be there"}},
}

// ProportionalGrammar is the value of proportional.
var ProportionalGrammar = &grammar.Group{
	Name: "proportional", A: "proportional", The: "proportional",
	Doc: "Points in proportion to how far a value is from `from`, which gives none, to `to`, which gives all",
	Keys: []grammar.Key{
		{Name: "from", Value: numberValue, Required: true, Example: "0%",
			Doc: "the value that gives no points; above `to` if fewer is better"},
		{Name: "to", Value: numberValue, Required: true, Example: "100%",
			Doc: "the value that gives all points"},
		{Name: "points", Value: aboveZero, Example: "20", Doc: "all points; max if it is missing"},
		{Name: "round", Value: aboveZero, Default: "0.01", Example: "0.5",
			Doc: "points are rounded to a multiple of this, halves up"},
	},
}

// PerGrammar is the value of per.
var PerGrammar = &grammar.Group{
	Name: "per", A: "per", The: "per", Doc: "Points for each full unit of a value",
	Keys: []grammar.Key{
		{Name: "every", Value: aboveZero, Default: "1", Example: "10",
			Doc: "how much of the value gives points once"},
		{Name: "points", Value: aboveZero, Required: true, Example: "2",
			Doc: "the points that it then gives"},
		{Name: "at_most", Value: aboveZero, Example: "10",
			Doc: "the most points in all; max if it is missing"},
		{Name: "above", Value: numberValue, Default: "0", Example: "20",
			Doc: "only what the value has above this counts"},
	},
}

// FormulaGrammar is the value of formula.
var FormulaGrammar = &grammar.Group{
	Name: "formula", A: "a formula", The: "the formula", Doc: "A formula computes the points of facts",
	Keys: []grammar.Key{
		{Name: "value", Value: grammar.Value{Form: grammar.Condition}, Required: true,
			Example: `"20 * share(done, planned)"`, Doc: "the expression"},
		{Name: "from", Value: numberValue, Default: "0", Example: "-30", Doc: "the points are never fewer"},
		{Name: "round", Value: aboveZero, Default: "0.01", Example: "0.5",
			Doc: "points are rounded to a multiple of this, halves up"},
	},
}

// ItemGrammar is an entry of checklist.
var ItemGrammar = &grammar.Group{
	Name: "item", A: "an item", The: "the item",
	Doc: "An item of a checklist gives its points if its condition is met. Instead of a condition it may " +
		"have " +
		"alternatives, of which the best one that is met counts",
	Keys: []grammar.Key{
		{Name: "title", Value: grammar.Value{Form: grammar.Title}, Example: "{ en: Audited accounts }",
			Doc: "how reasons call it; its condition in words if there is none"},
		{Name: "if", Value: grammar.Value{Form: grammar.Condition}, Example: "present(accounts)",
			Doc: "the condition"},
		{Name: "points", Value: aboveZero, Example: "5", Doc: "the points that it gives"},
		{Name: "best_of", Value: grammar.Value{Form: grammar.Object, Of: AlternativeGrammar, List: true},
			Example: "[ { if: audited, points: 5 }, { if: present(statement), points: 2 } ]",
			Doc:     "alternatives, instead of if and points"},
	},
	Rules: []grammar.Rule{
		{OneOf: []string{"if", "best_of"}, Doc: "Exactly one of `if` and `best_of` must be there"},
		{Key: "if", AnyOf: []string{"points"}, Doc: "`if` needs `points`"},
		{Key: "best_of", NoneOf: "points", Doc: "`best_of` has no `points` of its own"},
	},
}

// AlternativeGrammar is an entry of best_of.
var AlternativeGrammar = &grammar.Group{
	Name: "alternative", A: "an alternative", The: "the alternative", Doc: "An alternative of an item",
	Keys: []grammar.Key{
		{Name: "title", Value: grammar.Value{Form: grammar.Title}, Example: "{ en: Audited accounts }",
			Doc: "as of an item"},
		{Name: "if", Value: grammar.Value{Form: grammar.Condition}, Required: true, Example: "audited",
			Doc: "the condition"},
		{Name: "points", Value: aboveZero, Required: true, Example: "5", Doc: "the points that it gives"},
	},
}

// TableGrammar is the value of table.
var TableGrammar = &grammar.Group{
	Name: "decisions", A: "a decision table", The: "the decision table",
	Doc: "A decision table gives points by the values of several facts, as in DMN. kheo check finds rows " +
		"that overlap, " +
		"rows that are never reached, and values for which there is no row",
	Keys: []grammar.Key{
		{Name: "hit", Value: grammar.Value{Form: grammar.Word, Words: HitPolicies}, Default: Unique,
			Example: First,
			Doc: "which rows count: the only one that holds (rows must not overlap), the first, or the " +
				"sum of all (collect)"},
		{Name: "whole", Value: grammar.Value{Form: grammar.Text, List: true, Single: true},
			Example: "[members]",
			Doc:     "facts that are always whole numbers, so that nothing lies between 49 and 50"},
		{Name: "rows", Value: grammar.Value{Form: grammar.Object, Of: RowGrammar, List: true}, Required: true,
			Example: "[ { when: { members: \">= 100\" }, points: 10 } ]", Doc: "the rows, from the top"},
		{Name: "otherwise", Value: numberValue, Example: "0",
			Doc: "points if no row holds; may be missing if some row always does, or if rows are added"},
	},
}

// RowGrammar is an entry of rows.
var RowGrammar = &grammar.Group{
	Name: "row", A: "a row", The: "the row",
	Doc: "A row of a decision table holds if all its cells do. A cell of a number is one such as 50, `>= " +
		"50`, `< 20%`, " +
		"50..99, `[50..100)` (without 100), or a list of these; a cell of a choice is an option or a list " +
		"of them, one of " +
		"yes or no or of a paper is true or false; a dash allows everything",
	Keys: []grammar.Key{
		{Name: "when", Value: grammar.Value{Form: grammar.Names, Pattern: `^[a-z][a-z0-9_]*$`,
			Each: &grammar.Value{Form: grammar.Scalar, List: true, Single: true}},
			Required: true, Example: "{ level: national, members: \">= 100\" }",
			Doc: "cells by the names of facts"},
		{Name: "points", Value: numberValue, Required: true, Example: "10", Doc: "the points that it gives"},
	},
}

// ScaleGrammar is the value of scale.
var ScaleGrammar = &grammar.Group{
	Name: "scale", A: "a scale", The: "the scale",
	Doc: "A scale says which marks people give: numbers in a range, some numbers only, or named marks " +
		"with their worth " +
		"in points. The highest mark gives the criterion's max, and the others in proportion",
	Keys: []grammar.Key{
		{Name: "from", Value: numberValue, Default: "0", Example: "1", Doc: "the lowest mark"},
		{Name: "to", Value: numberValue, Example: "6", Doc: "the highest mark"},
		{Name: "step", Value: aboveZero, Example: "0.5", Doc: "marks are from plus a multiple of this"},
		{Name: "zero", Value: numberValue, Default: "0", Example: "1", Doc: "the mark that gives no points"},
		{Name: "only", Value: grammar.Value{Form: grammar.Number, List: true}, Example: "[0, 3, 7, 10]",
			Doc: "the only marks that may be given, instead of from, to and step"},
		{Name: "named", Value: grammar.Value{Form: grammar.Names, Each: &numberValue, AtLeast: 2,
			Pattern: `^[A-Za-z][A-Za-z0-9+-]{0,19}$`},
			Example: "{ A: 10, B: 7, C: 4, D: 0 }", Doc: "marks by their names, with what each is worth, " +
				"instead of from, to and step"},
	},
	Rules: []grammar.Rule{{OneOf: []string{"to", "only", "named"},
		Doc: "Exactly one of `to`, `only` and `named` must be there"}},
}

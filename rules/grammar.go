package rules

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/rules/award"
	"kheo/rules/condition"
	"kheo/rules/history"
	"kheo/rules/lookup"
	"kheo/rules/scales"
	"kheo/rules/table"
	"kheo/rules/value"
)

//go:generate go test -run ^TestReferencePagesAreCurrent$ ../docs -update

// This file is the grammar of rulesets: every key, once. The loader takes from it which
// keys, words and numbers are allowed and what is required; Schema, the reference page
// and the tests of wrong rulesets come from it or are held against it. A new key is one
// entry here, plus the code that gives it a meaning.

// Forms of values that several keys have.
var (
	textValue      = grammar.Value{Form: grammar.Text}
	textsValue     = grammar.Value{Form: grammar.Text, List: true, Single: true}
	idValue        = grammar.Value{Form: grammar.ID}
	titleValue     = grammar.Value{Form: grammar.Title}
	phrasesValue   = grammar.Value{Form: grammar.Phrases}
	numberValue    = grammar.Value{Form: grammar.Number}
	conditionValue = grammar.Value{Form: grammar.Condition}
	checkedValue   = grammar.Value{Form: grammar.Share, Min: grammar.Bound(0.01), Max: grammar.Bound(0.999)}
	shareValue     = grammar.Value{Form: grammar.Share, Min: grammar.Bound(0), Max: grammar.Bound(1)}
	variationValue = grammar.Value{Form: grammar.Share, Min: grammar.Bound(0), Max: grammar.Bound(0.9)}
)

// oneWord is a value that must be one of some words.
func oneWord(words ...string) grammar.Value {
	return grammar.Value{Form: grammar.Word, Words: words}
}

// object is a mapping with the keys of a group, and listOf a list of such mappings.
func object(of *grammar.Group) grammar.Value { return grammar.Value{Form: grammar.Object, Of: of} }
func listOf(of *grammar.Group) grammar.Value {
	return grammar.Value{Form: grammar.Object, Of: of, List: true}
}

// named is a mapping from names, which the author chooses, to values. An empty pattern allows every name;
// reserved ones mean something else in conditions.
func named(pattern string, each grammar.Value, reserved ...string) grammar.Value {
	return grammar.Value{Form: grammar.Names, Each: &each, Pattern: pattern, Reserved: reserved}
}

// Forms of names. A fact's name is a name in conditions too, so it has no hyphen; a level
// of a rubric is named by its points.
const (
	idForm    = `^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$`
	factForm  = `^[a-z][a-z0-9_]*$`
	yearForm  = `^(19|20)[0-9]{2}$`
	levelForm = `^([0-9]+(\.[0-9]+)?|[A-Za-z][A-Za-z0-9+-]{0,19})$`
)

// Messages about numbers that are outside their bounds.
const (
	wrongVary  = "{key} cannot vary by {value}"
	cureVary   = "write a share from 0% to 90%, such as 10%"
	wrongShare = "{key} is a share of the text and cannot be {value}"
	wrongGoal  = "{key} is a share of the evidence, from 1 to 99.9 %, and cannot be {value}"
	cureGoal   = "write a percentage, such as 95%"
	cureShare  = "write a percentage, such as 40%"
	wrongSure  = "sure is a share and cannot be {value}"
	cureSure   = "write a percentage, such as 90%"
)

// varyKey is a key of vary.
func varyKey(name, doc string) grammar.Key {
	return grammar.Key{Name: name, Value: variationValue, Doc: doc, Example: "10%", Wrong: wrongVary,
		Cure: cureVary}
}

// gateOutcomes are the outcomes that a gate can give.
var gateOutcomes = []string{string(dossier.Ineligible), string(dossier.NeedsReview)}

// rulesetGrammar is the root of a ruleset. The order of the keys is that of the reference page.
var rulesetGrammar = &grammar.Group{
	Name: "ruleset", A: "a ruleset", The: "the ruleset",
	Doc: "A ruleset is one YAML file: which facts to read, who is eligible, what earns points and who is recommended",
	Keys: []grammar.Key{
		{Name: "ruleset", Value: grammar.Value{Form: grammar.ID, Reserved: []string{UnplacedID}},
			Required: true,
			Example:  "model-district",
			Doc:      "the name of the ruleset and of its list"},
		{Name: "version", Value: textValue, Example: "2",
			Doc: "a version for readers of lists; raise it when you change a ruleset after a list was published"},
		{Name: "extends", Value: textValue, Example: "base.yaml",
			Doc: "another ruleset, beside this one, whose keys this one takes over"},
		{Name: "without", Value: textsValue, Example: "[spread]",
			Doc: "gates, criteria and facts of the extended ruleset that do not count"},
		{Name: "title", Value: titleValue, Required: true, Example: "{ en: Models of the district }",
			Doc: "the title of the list"},
		{Name: "applies_to", Value: object(appliesToGrammar), Required: true,
			Example: "{ kind: model, level: district }",
			Doc:     "the dossiers that the ruleset is for; a dossier has one ruleset"},
		{Name: "max_points", Value: numberValue, Required: true, Example: "100",
			Doc: "the sum of the maxima of all criteria, times their weights, with start_points; bonuses " +
				"and deductions do " +
				"not count"},
		{Name: "start_points", Value: numberValue, Default: "0", Example: "750",
			Doc: "points that every dossier has to begin with"},
		{Name: "min_points", Value: numberValue, Default: "0", Example: "-20",
			Doc: "the total is never below it"},
		{Name: "bonus_max", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0)}, Example: "10",
			Doc:   "the most points that criteria with bonus: true add together; any number if it is missing",
			Wrong: "bonus_max cannot be {value}", Cure: "write how many points bonuses may add together, " +
				"such as 10"},
		{Name: "deduct_max", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0)}, Example: "12",
			Doc:   "the most points that criteria with deduct: true take off together; any number if it is missing",
			Wrong: "deduct_max cannot be {value}", Cure: "write how many points deductions may take off together, " +
				"such as 12"},
		{Name: "self", Value: object(selfGrammar), Example: "{ flag_above: 2, start_from: self }",
			Doc: "what follows from the points that units give themselves"},
		{Name: "documents", Value: named(idForm, phrasesValue),
			Example: "{ report: { en: [Report on the model] } }",
			Doc:     "kinds of paper in a dossier, recognised by the headings that they carry"},
		{Name: "words", Value: named(idForm, phrasesValue), Example: "{ effect: { en: [reduced, sav*] } }",
			Doc: "word lists, used as words.NAME; camer* matches every word that begins with camer"},
		{Name: "facts", Value: named(factForm, object(factGrammar),
			append(slices.Clone(bandNames), "campaign", "unit")...),
			Example: "{ households: { type: count, labels: { en: [Households] } } }",
			Doc:     "what is read from the documents, from dossier.yaml or from tables of the office"},
		{Name: "tables", Value: named(idForm, object(TableGrammar)),
			Example: "{ punctuality: { file: punctuality.csv, key: unit } }",
			Doc: "tables of the office beside the rules, from which facts are taken; kheo.yaml may have some for " +
				"all rulesets"},
		{Name: "history", Value: object(history.Grammar),
			Example: "{ table: recognitions, columns: { year: Year }, lists: all, born: [Born] }",
			Doc:     "where earlier recognitions are found, which facts with `from: history` count"},
		{Name: "let", Value: named(factForm, grammar.Value{Form: grammar.Object, Of: letGrammar,
			Short: "value"},
			append(slices.Clone(bandNames), "campaign", "unit")...),
			Example: `{ years_running: "year(campaign.closes) - year(founded)" }`,
			Doc:     "facts that are computed of others; where one of those is not known, neither is this"},
		{Name: "sure", Value: shareValue, Default: "90%", Example: "80%", Wrong: wrongSure, Cure: cureSure,
			Doc: "how often facts that are read in the same way must be right for a fact to count; what is read less " +
				"surely earns nothing and fails no gate until a person settles it"},
		{Name: "gates", Value: listOf(gateGrammar), Example: "[ … ]", Doc: "conditions of eligibility"},
		{Name: "criteria", Value: listOf(criterionGrammar), Required: true, Example: "[ … ]",
			Doc: "what earns points"},
		{Name: "vary", Value: object(varyGrammar), Example: "{ weights: 20%, steps: 10%, thresholds: 3% }",
			Doc: "how far the ruleset is varied to find out how certain each outcome is"},
		{Name: "copies", Value: object(copiesGrammar), Example: "{ flag_above: 30%, above: 50%, costs: 10 }",
			Doc: "what follows if text is copied from another dossier"},
		{Name: "bands", Value: object(bandsGrammar), Example: "{ recommended: total >= 80 }",
			Doc: "conditions of the outcomes; the first that is met counts, and a dossier that meets none is " +
				"not recommended"},
		{Name: "ranks", Value: listOf(award.RankGrammar), Example: "[ … ]",
			Doc: "ranks of the scheme's own, the highest first, such as excellent, good and fair"},
		{Name: "places", Value: listOf(award.PlaceGrammar), Example: "[ … ]",
			Doc: "places or prizes, the highest first, such as one first and two second prizes"},
		{Name: "budget", Value: object(award.BudgetGrammar), Example: "{ total: 300000 EUR, ask: requested }",
			Doc: "money that is given to those recommended until it is spent"},
		{Name: "quotas", Value: listOf(quotaGrammar), Example: "[ { per: unit, most: 3 } ]",
			Doc: "how many may, or should, be recommended; equal dossiers on both sides of a cut go to people"},
		{Name: "only_one", Value: listOf(onlyOneGrammar),
			Example: "[ { of: applicant, keep: latest, by: submitted, outcome: ineligible, otherwise: … } ]",
			Doc:     "of dossiers that state the same of a fact, such as the applicant or the place, only one counts"},
		{Name: "order", Value: textsValue, Default: "total", Example: "[ total, reach, registered_on ]",
			Doc: "the order of the list: total, criteria, groups and facts; the dossier's id always comes " +
				"last, " +
				"so that no two are equal"},
		{Name: "columns", Value: textsValue, Example: "[ requested, founded ]",
			Doc: "facts that lists show in columns of their own"},
		{Name: "borderline", Value: numberValue, Default: "0", Example: "2",
			Doc: "flags a dossier whose outcome this many points more or fewer would change"},
		{Name: "review", Value: object(reviewGrammar), Example: "{ evidence: { precision: 95% } }",
			Doc: "what people must have checked before the list is closed"},
		{Name: "examples", Value: listOf(exampleGrammar), Example: "[ … ]",
			Doc: "texts with what they must get, tried by kheo rules test"},
	},
	Rules: []grammar.Rule{
		{Unless: "extends",
			Doc: "A ruleset that extends another needs no key of its own: `documents`, `words`, `tables`, `facts`, " +
				"`let`, `gates`, `criteria` and `examples` are joined with the other's, where the same name or id " +
				"replaces; " +
				"all other keys replace the other's"},
		{Key: "without", AnyOf: []string{"extends"}, Doc: "`without` needs `extends`"},
		{Unless: "extends", AnyOf: []string{"bands", "ranks", "places"},
			Doc: "At least one of `bands`, `ranks` and `places` must be there"},
		{Key: "ranks", NoneOf: "places", Doc: "A ruleset has `ranks` or `places`, not both"},
		{Key: "only_one", NoneOf: "vary", Doc: "`only_one` and `vary` cannot be combined"},
		{Key: "ranks", NoneOf: "budget", Doc: "`ranks` and `budget` cannot be combined"},
		{Key: "places", NoneOf: "budget", Doc: "`places` and `budget` cannot be combined"},
	},
}

var appliesToGrammar = &grammar.Group{
	Name: "applies_to", A: "applies_to", The: "applies_to", Doc: "Which dossiers a ruleset is for",
	Keys: []grammar.Key{
		{Name: "kind", Value: textValue, Required: true, Example: "model", Doc: "a kind of the campaign"},
		{Name: "level", Value: textValue, Example: "district",
			Doc: "a level of the campaign; any level if it is missing"},
	},
}

// factGrammar is an entry of facts. The loader checks what depends on the type beyond its rules.
var factGrammar = &grammar.Group{
	Name: "fact", A: "the fact", The: "the fact",
	Doc: "A fact is a value that is read from documents or from dossier.yaml, always with its source",
	Keys: []grammar.Key{
		{Name: "type", Value: oneWord(value.Types...), Required: true, Example: "count",
			Doc: "the kind of value"},
		{Name: "title", Value: titleValue, Example: "{ en: Days late }",
			Doc: "how reasons call it; its first label if there is none"},
		{Name: "unit", Value: phrasesValue, Example: "{ vi: [hộ], en: [households] }",
			Doc: "what is counted, as documents write it; the first one is shown"},
		{Name: "currency", Value: textValue, Example: "VND", Doc: "the currency of an amount of money"},
		{Name: "options", Value: optionsValue(),
			Example: "{ good: { en: [Good] }, fair: { en: [Fair] } }",
			Doc: "for type choice: the options by their ids, with the words for them on forms; the value is the id, " +
				"and the " +
				"first of the words is shown"},
		{Name: "property", Value: oneWord(fileProperties...), Example: "pages",
			Doc: "for type file: what is taken of the files; size is in megabytes of 1,000,000 bytes, received_on " +
				"the day " +
				"on which the newest version of the dossier came in, and pages are known of PDFs, slides and pictures"},
		{Name: "of", Value: textValue, Example: "application",
			Doc: "for type file: a paper by its name under documents; all files together if it is missing"},
		{Name: "labels", Value: phrasesValue, Example: "{ en: [Households taking part] }",
			Doc: "how forms and tables print what is asked for; the value stands behind it"},
		{Name: "say", Value: grammar.Value{Form: grammar.Phrases, Pattern: `\{\}`}, Example: `["{} … take part"]`,
			Doc: "how sentences state it: {} is the value, … beside it allows up to five other words"},
		columnKey, yearKey,
		{Name: "trust", Value: textsValue, Default: "[manifest, form, confirmation, minutes, report]",
			Example: "[confirmation, manifest]",
			Doc: "which sources count first if they differ: papers by their names under documents, " +
				"and manifest for dossier.yaml"},
		{Name: "first_of", Value: listOf(wayGrammar),
			Example: "[ { labels: [Confirmed], papers: confirmation }, { labels: [Households] } ]",
			Doc:     "ways to find the value, instead of labels, say, trust and from: the first that finds one counts"},
		{Name: "from", Value: oneWord(sourcesOfFacts...), Example: "manifest",
			Doc: "`manifest`: what dossier.yaml alone states counts, because the office fills it in; `table`: the " +
				"value is in " +
				"a table of the office; `history`: it counts earlier recognitions; `person`: only a person states " +
				"it, with " +
				"`kheo facts set`"},
		{Name: "awards", Value: textsValue, Example: "[Certificate of merit]",
			Doc: "with `from: history`: which recognitions count, by their titles or ids; any if it is missing"},
		{Name: "within", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Max: grammar.Bound(100),
			Whole: true},
			Example: "2", Doc: "with `from: history`: how many years before the campaign's first year count; any if " +
				"it is missing",
			Wrong: "within must be a whole number of years",
			Cure:  "write how many calendar years before the campaign count, such as 2"},
		tableKey, valueKey,
		{Name: "sure", Value: shareValue, Example: "95%", Wrong: wrongSure, Cure: cureSure,
			Doc: "overrides the ruleset's sure for this fact"},
		{Name: "looks_like", Value: phrasesValue, Example: "[Confirmation]",
			Doc: "for type document: the headings of the paper"},
		{Name: "is", Value: textValue, Example: "confirmation",
			Doc: "for type document: the paper's name under documents"},
	},
	Rules: []grammar.Rule{
		{Key: "type", Is: string(value.Money), AnyOf: []string{"currency", "unit"},
			Doc: "`type: money` needs `currency`"},
		{Key: "type", Is: string(value.Paper), AnyOf: []string{"is", "looks_like"},
			Doc: "`type: document` needs `is` or `looks_like`"},
		{Key: "type", Is: string(value.Paper), NoneOf: "from",
			Doc: "`type: document` has no `from`: a paper is in the dossier or it is not"},
		{Key: "type", Is: string(value.Choice), AnyOf: []string{"options"},
			Doc: "`type: choice` needs `options`"},
		{Key: "type", Is: string(value.File), AnyOf: []string{"property"},
			Doc: "`type: file` needs `property`"},
		{Key: "from", Is: fromTable, AnyOf: []string{"table"},
			Doc: "`from: table` needs `table` and `value`"},
		{Key: "table", AnyOf: []string{"from"}, Doc: "`table` needs `from: table`"},
		{Key: "awards", AnyOf: []string{"from"}, Doc: "`awards` needs `from: history`"},
		{Key: "within", AnyOf: []string{"from"}, Doc: "`within` needs `from: history`"},
		{Key: "value", AnyOf: []string{"table"}, Doc: "`value` needs `table`"},
		{Key: "first_of", NoneOf: "labels", Doc: "`first_of` replaces `labels`, `say`, `trust` and `from`"},
	},
}

// Sources of facts that from: names; papers are the source of those that have none.
const (
	fromTable   = "table"
	fromHistory = "history"
	fromPerson  = "person"
)

// sourcesOfFacts are the words of from.
var sourcesOfFacts = []string{manifestRole, fromTable, fromHistory, fromPerson}

// tableKey and valueKey say where in a table of the office a fact is.
var (
	tableKey = grammar.Key{Name: "table", Value: textValue, Example: "punctuality",
		Doc: "with `from: table`: the table, by its name under `tables`"}
	valueKey = grammar.Key{Name: "value", Value: textValue, Example: "Days late",
		Doc: "with `from: table`: the header of the column with the value"}
)

// optionsValue is a mapping from the ids of options to their words.
func optionsValue() grammar.Value {
	v := named(idForm, phrasesValue)
	v.AtLeast = 2
	return v
}

// columnKey and yearKey are keys of facts and of their ways.
var (
	columnKey = grammar.Key{Name: "column", Value: oneWord(table.Columns...), Default: string(table.ActualColumn),
		Example: "plan",
		Doc: "which values of a table or sentence count: results, plans and budgets, points that the unit gave " +
			"itself, points that can be had, or any"}
	yearKey = grammar.Key{Name: "year", Value: grammar.Value{Form: grammar.Text,
		Pattern: `^(campaign|any|(19|20)[0-9]{2})$`}, Default: campaignYear, Example: "2025",
		Doc: "of which year the values are that count: campaign, any, or a year"}
)

// wayGrammar is an entry of first_of.
var wayGrammar = &grammar.Group{
	Name: "way", A: "a way", The: "the way",
	Doc: "A way to find the value of a fact. Ways are tried in their order; values that later ones find are not held " +
		"against it",
	Keys: []grammar.Key{
		{Name: "labels", Value: phrasesValue, Example: "{ en: [Households confirmed] }", Doc: "as of a fact"},
		{Name: "say", Value: grammar.Value{Form: grammar.Phrases, Pattern: `\{\}`},
			Example: `["{} … take part"]`,
			Doc:     "as of a fact"},
		columnKey, yearKey,
		{Name: "papers", Value: textsValue, Example: "[confirmation]",
			Doc: "only these papers, by their names under documents; any if it is missing"},
		{Name: "trust", Value: textsValue, Example: "[confirmation, form]", Doc: "as of a fact"},
		{Name: "from", Value: oneWord(manifestRole, fromTable), Example: "table", Doc: "as of a fact"},
		tableKey, valueKey,
	},
	Rules: []grammar.Rule{
		{AnyOf: []string{"labels", "say", "from"},
			Doc: "At least one of `labels`, `say` and `from` must be there"},
		{Key: "from", Is: fromTable, AnyOf: []string{"table"},
			Doc: "`from: table` needs `table` and `value`"},
		{Key: "table", AnyOf: []string{"from"}, Doc: "`table` needs `from: table`"},
		{Key: "value", AnyOf: []string{"table"}, Doc: "`value` needs `table`"},
	},
}

// TableGrammar is an entry of tables, of a ruleset and of kheo.yaml.
var TableGrammar = &grammar.Group{
	Name: "table", A: "a table", The: "the table",
	Doc: "A table of the office: a CSV or Excel file beside the rules, whose first row names the columns and whose " +
		"other " +
		"rows each belong to one dossier, or to all of one unit or nominee",
	Keys: []grammar.Key{
		{Name: "file", Value: textValue, Required: true, Example: "punctuality.csv",
			Doc: "the file, .csv (UTF-8, with commas or semicolons) or .xlsx; beside the ruleset, and for kheo.yaml " +
				"in rules/"},
		{Name: "key", Value: oneWord(lookup.Keys...), Required: true, Example: "unit",
			Doc: "what rows are found by: the unit (its id or name), the dossier (its id, or the name under which it " +
				"was " +
				"submitted), the nominee or the title"},
		{Name: "column", Value: textValue, Example: "Unit",
			Doc: "the header of the column with the key; the first column if it is missing"},
		{Name: "sheet", Value: textValue, Example: "2026",
			Doc: "of an .xlsx: the sheet; the first if it is missing"},
	},
}

// letGrammar is an entry of let.
var letGrammar = &grammar.Group{
	Name: "let", A: "a computed fact", The: "the computed fact",
	Doc: "A computed fact is used as any other fact; its sources are those of the facts that it is computed of",
	Keys: []grammar.Key{
		{Name: "value", Value: grammar.Value{Form: grammar.Condition}, Required: true,
			Example: `"year(campaign.closes) - year(founded)"`,
			Doc:     "an expression that gives a number, a date or text, or yes or no"},
		{Name: "title", Value: titleValue, Example: "{ en: Years running }", Doc: "how reasons call it"},
		{Name: "unit", Value: titleValue, Example: "{ en: years }",
			Doc: "what reasons write behind its number"},
	},
}

// gateGrammar is an entry of gates.
var gateGrammar = &grammar.Group{
	Name: "gate", A: "a gate", The: "the gate",
	Doc: "A gate is a condition of eligibility",
	Keys: []grammar.Key{
		{Name: "id", Value: idValue, Required: true, Example: "registered-in-time",
			Doc: "the name of the gate in lists"},
		{Name: "require", Value: conditionValue, Required: true,
			Example: `registered_on <= date("2024-03-31")`,
			Doc:     "the condition that a dossier must meet"},
		{Name: "otherwise", Value: titleValue, Required: true, Example: "{ en: Registered too late }",
			Doc: "the reason that is given if it does not"},
		{Name: "outcome", Value: oneWord(gateOutcomes...), Default: string(dossier.Ineligible),
			Example: "needs-review",
			Doc:     "the outcome of a dossier that does not meet the condition"},
		{Name: "missing", Value: oneWord(gateOutcomes...), Default: string(dossier.NeedsReview),
			Example: "ineligible",
			Doc:     "the outcome of a dossier that does not state a fact that the condition needs"},
	},
}

// criterionGrammar is an entry of criteria; where its points come from is one of sources. groupKey, which is
// added when the program starts because groups have criteria in turn, makes the entry a group of criteria.
var criterionGrammar = &grammar.Group{
	Name: "criterion", A: "a criterion", The: "the criterion",
	Doc: "A criterion earns points in one of these ways: measured from a fact, computed by a formula, by " +
		"a checklist, by a " +
		"decision table, evidenced by the text, or scored by a panel. An entry may be a group of criteria " +
		"instead",
	Keys: []grammar.Key{
		{Name: "id", Value: grammar.Value{Form: grammar.ID, Reserved: append([]string{"copies"},
			bandNames...)},
			Required: true, Example: "reach",
			Doc: "the name of the criterion in lists; conditions write - as _"},
		{Name: "title", Value: titleValue, Required: true, Example: "{ en: How many take part }",
			Doc: "the title in lists"},
		{Name: "max", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Above: true},
			Required: true,
			Example:  "25",
			Doc:      "the most points that it can give or, with deduct, take off",
			Wrong:    "the criterion {name} can earn no points",
			Cure:     "write a max above 0, or take the criterion out"},
		weightKey,
		{Name: "at_least", Value: numberValue, Example: "40%",
			Doc: "a dossier with less is not recommended: points, or a percentage of max"},
		{Name: "when", Value: conditionValue, Example: `unit.kind == "town"`,
			Doc: "the criterion applies only to dossiers that meet this condition"},
		{Name: "bonus", Value: grammar.Value{Form: grammar.Bool}, Default: "false", Example: "true",
			Doc: "its points come on top of max_points"},
		{Name: "deduct", Value: grammar.Value{Form: grammar.Bool}, Default: "false", Example: "true",
			Doc: "its points are taken off, at most max of them"},
		{Name: "self", Value: textValue, Example: "own_points",
			Doc: "the fact with the points that the unit gave itself, with column: self"},
		{Name: "measured", Value: grammar.Value{Form: grammar.Condition}, Example: "households",
			Doc: "a fact with a number, or an expression of facts that gives one; needs steps, " +
				"proportional or per"},
		{Name: "steps", Value: listOf(scales.StepGrammar), Example: "[ { from: 20, points: 5 } ]",
			Doc: "points by the value of what is measured, from the smallest to the largest"},
		{Name: "proportional", Value: object(scales.ProportionalGrammar),
			Example: "{ from: 0%, to: 100%, points: 20, round: 0.5 }",
			Doc:     "points in proportion to the value of what is measured"},
		{Name: "per", Value: object(scales.PerGrammar), Example: "{ every: 1, points: 2, at_most: 10 }",
			Doc: "points for each unit of what is measured"},
		{Name: "formula", Value: grammar.Value{Form: grammar.Object, Of: scales.FormulaGrammar,
			Short: "value"},
			Example: `{ value: "20 * share(done, planned)", from: 0, round: 0.5 }`,
			Doc:     "an expression of facts that gives the points, from 0 or from: up to max"},
		{Name: "checklist", Value: listOf(scales.ItemGrammar),
			Example: "[ { if: present(accounts), points: 5 } ]",
			Doc:     "points for each condition that is met: papers, answers, facts"},
		{Name: "table", Value: object(scales.TableGrammar),
			Example: "{ hit: first, rows: [ … ], otherwise: 0 }",
			Doc:     "a decision table: points by the values of several facts"},
		{Name: "evidenced", Value: grammar.Value{Form: grammar.Object, Of: clueGrammar, List: true,
			Single: true},
			Example: "[ { any: words.effect, points: 10 } ]",
			Doc:     "what to look for in the text; every find is quoted"},
		{Name: "panel", Value: object(panelGrammar), Example: "{ scorers: 3, rubric: { … } }",
			Doc: "how people score it"},
		{Name: "never",
			Value: grammar.Value{Form: grammar.Word, Words: never, List: true, Single: true,
				Contains: "hidden"},
			Default: "[negated, planned, wished, quoted, hidden, repeated]", Example: "[negated, quoted, hidden]",
			Doc: "ways of saying something that do not count as evidence"},
		{Name: "vary", Value: object(criterionVaryGrammar), Example: "{ weight: 10% }",
			Doc: "overrides the ruleset's vary for this criterion"},
	},
	Rules: []grammar.Rule{
		{Unless: groupKey, Doc: "An entry with `group` has no other key"},
		{Key: groupKey, NoneOf: "id", Doc: "`id`, `title` and `max` of a group are under `group`"},
		{Key: groupKey, NoneOf: "title", Doc: "`group` excludes `title`"},
		{Key: groupKey, NoneOf: "max", Doc: "`group` excludes `max`"},
		{OneOf: append(slices.Clone(sources), groupKey),
			Doc: "Exactly one of `measured`, `formula`, `checklist`, `table`, `evidenced`, `panel` and " +
				"`group` must be there"},
		{Key: "measured", AnyOf: measures, Doc: "`measured` needs one of `steps`, `proportional` and `per`"},
		{Key: "steps", AnyOf: []string{"measured"}, Doc: "`steps` needs `measured`"},
		{Key: "proportional", AnyOf: []string{"measured"}, Doc: "`proportional` needs `measured`"},
		{Key: "per", AnyOf: []string{"measured"}, Doc: "`per` needs `measured`"},
		{Key: "steps", NoneOf: "proportional", Doc: "`steps` excludes `proportional`"},
		{Key: "steps", NoneOf: "per", Doc: "`steps` excludes `per`"},
		{Key: "proportional", NoneOf: "per", Doc: "`proportional` excludes `per`"},
	},
}

// groupKey is the key of an entry of criteria that is a group of them.
const groupKey = "group"

// weightKey is a key of criteria and groups.
var weightKey = grammar.Key{Name: "weight", Value: grammar.Value{Form: grammar.Number}, Default: "1",
	Example: "1.5",
	Doc:     "its points count this many times in the total; its own points and max stay as they are"}

// groupGrammar is the value of group.
var groupGrammar = &grammar.Group{
	Name: "group", A: "a group", The: "the group",
	Doc: "A group is a section with criteria of its own, whose points count up to a maximum",
	Keys: []grammar.Key{
		{Name: "id", Value: grammar.Value{Form: grammar.ID, Reserved: append([]string{"copies"},
			bandNames...)},
			Required: true, Example: "organisation",
			Doc: "the name of the group in lists; conditions and order may name it as a criterion"},
		{Name: "title", Value: titleValue, Required: true, Example: "{ en: Organisation }",
			Doc: "the title in lists"},
		{Name: "max", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Above: true},
			Example: "15",
			Doc:     "the most points of the group; if it is missing, what its criteria can give together",
			Wrong:   "the group {name} can earn no points", Cure: "write a max above 0, or leave it out"},
		weightKey,
		{Name: "at_least", Value: numberValue, Example: "50%",
			Doc: "a dossier with less is not recommended: points, or a percentage of max"},
		{Name: "each_at_least", Value: numberValue, Example: "50%",
			Doc: "the at_least of its criteria that have none"},
		{Name: "combine", Value: oneWord(combineSum, combineMean), Default: combineSum, Example: combineMean,
			Doc: "whether points are the sum of those of its criteria or their mean, in which criteria " +
				"that do not apply " +
				"have no part"},
		{Name: "times", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Above: true},
			Default: "1",
			Example: "3", Doc: "a factor of the mean"},
		{Name: "round", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Above: true}, Default: "0.01",
			Example: "0.1", Doc: "its points are rounded to a multiple of this, halves up"},
	},
	Rules: []grammar.Rule{{Key: "times", AnyOf: []string{"combine"}, Doc: "`times` needs `combine: mean`"}},
}

// Words of combine of a group.
const (
	combineSum  = "sum"
	combineMean = "mean"
)

// init completes the two groups of keys that contain each other, which their declarations cannot.
func init() { // criteria have groups, and groups have criteria
	criterionGrammar.Keys = slices.Insert(criterionGrammar.Keys, 0, grammar.Key{Name: groupKey,
		Value: object(groupGrammar), Example: "{ id: organisation, title: { en: Organisation }, max: 15, " +
			"criteria: [ … ] }",
		Doc: "makes the entry a group of criteria"})
	groupGrammar.Keys = append(groupGrammar.Keys, grammar.Key{Name: "criteria",
		Value:    listOf(criterionGrammar),
		Required: true, Example: "[ … ]", Doc: "its criteria, or groups of them"})
}

// selfGrammar is the value of the ruleset's self.
var selfGrammar = &grammar.Group{
	Name: "self", A: "self", The: "self",
	Doc: "What follows from the points that units give themselves, which criteria name by self",
	Keys: []grammar.Key{
		{Name: "flag_above", Value: numberValue, Example: "2",
			Doc: "flags a dossier (self-differs) whose own points on a criterion differ by more from " +
				"those that it gets: " +
				"points, or a percentage of the criterion's max"},
		{Name: "start_from", Value: oneWord(fromEvidence, fromSelf), Default: fromEvidence, Example: fromSelf,
			Doc: "what counts until people appraise: what the evidence gives, or the points that the unit " +
				"gave itself"},
	},
}

// Words of start_from.
const (
	fromEvidence = "evidence"
	fromSelf     = "self"
)

// clueGrammar is an entry of evidenced, see Clue.
var clueGrammar = &grammar.Group{
	Name: "clue", A: "what to look for", The: "the evidence",
	Doc: "A clue says which passages of the text earn points. Passages that are negated, planned, " +
		"wished or only possible, asked, quoted from rules or forms, hidden or repeated do not count, " +
		"unless `never` of the criterion says otherwise",
	Keys: []grammar.Key{
		{Name: "in", Value: textValue, Example: "results", Doc: "the section: a word list of its headings"},
		{Name: "from", Value: textsValue, Example: "[report, confirmation]",
			Doc: "the papers that count, by their names under documents; if it is missing, all but the form"},
		{Name: "any", Value: phrasesValue, Example: "words.effect",
			Doc: "a passage must have one of these words; number stands for any number"},
		{Name: "query", Value: textValue, Example: `'"put up" NEAR/5 lamps'`,
			Doc: "or it must match this query; kheo search finds the same dossiers by it"},
		{Name: "near", Value: textsValue, Example: "[number, words.places]",
			Doc: "one of these must be near: words, word lists, facts (their labels), number"},
		{Name: "within", Value: grammar.Value{Form: grammar.Text,
			Pattern: `^\s*(([0-9]|[1-9][0-9]|1[0-9][0-9]|200) words?|sentence|section|page)\s*$`},
			Default: "sentence", Example: "8 words", Doc: "how near: N words (up to 200), sentence, section or page"},
		{Name: "with", Value: textsValue, Example: "number",
			Doc: "the sentence must have these as well: number, money, percent, other_place, other_unit, word lists"},
		{Name: "except", Value: phrasesValue, Example: "[replicated DNA]",
			Doc: "what is found inside one of these does not count"},
		{Name: "of", Value: phrasesValue, Example: "{ en: [hall, playground] }",
			Doc: "what it was done to: one of these must be in the same clause, up to eight words away, because words " +
				"such as built or opened mean many things"},
		{Name: "by", Value: oneWord(byOwn, byOthers, byAnyone), Example: "anyone",
			Doc: "whose results count; if it is missing, the dossier's own, but anybody's with other_place or " +
				"other_unit"},
		{Name: "direction", Value: oneWord(lower, higher), Example: "lower",
			Doc: "which way a change must go, beside words that do not say so, such as thefts"},
		{Name: "points", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Above: true},
			Required: true, Example: "10",
			Doc: "points for each find", Wrong: "one find must give points",
			Cure: "write a number above 0; what costs points is a gate, or copies"},
		{Name: "at_most", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(1),
			Max: grammar.Bound(1000)},
			Default: "1", Example: "3",
			Doc: "how many finds count", Wrong: "at_most must be 1 or more", Cure: "leave it out for 1"},
		{Name: "distinct", Value: oneWord("sentence", "word", "place"), Example: "word",
			Doc: "what makes a find a new one; if it is missing, another place with other_place or other_unit, " +
				"else another sentence"},
	},
	Rules: []grammar.Rule{
		{OneOf: []string{"any", "query"}, Doc: "Exactly one of `any` and `query` must be there"},
		{Key: "within", AnyOf: []string{"near"}, Doc: "`within` needs `near`"},
		{Key: "distinct", Is: "place", AnyOf: []string{"with"},
			Doc: "`distinct: place` needs `with: other_place` or `with: other_unit`"},
	},
}

// Words of normalise of a panel.
const (
	normaliseNone = "none"
	normaliseZ    = scales.ZScore
	normaliseAll  = scales.ZScoreOfAll
)

// panelGrammar is the value of panel; the words of combine are those of scales.Combine.
var panelGrammar = &grammar.Group{
	Name: "panel", A: "panel", The: "the panel",
	Doc: "A panel is a number of people who score a criterion by a rubric. Until enough have scored, the dossier is " +
		"flagged awaiting-panel, and goes to review if the missing scores could change its outcome",
	Keys: []grammar.Key{
		{Name: "scorers",
			Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(1), Max: grammar.Bound(100),
				Whole: true},
			Required: true, Example: "3",
			Doc: "how many people must have scored", Wrong: "scorers must be a whole number from 1 to 100",
			Cure: "write how many people must have scored, such as 3"},
		{Name: "combine", Value: oneWord(scales.Combines...), Default: scales.Median, Example: "trimmed-mean",
			Doc: "how the scores become one; a trimmed mean leaves out the highest and the lowest"},
		{Name: "scale", Value: object(scales.ScaleGrammar), Example: "{ from: 1, to: 6 }",
			Doc: "the marks that people give, if they are not points from 0 to max"},
		{Name: "normalise", Value: oneWord(normaliseNone, normaliseZ, normaliseAll), Default: normaliseNone,
			Example: normaliseZ,
			Doc: "z-score takes out how strict or lenient each scorer is; nothing is changed until every " +
				"scorer has marked five dossiers; z-score-of-all gives the marks of each scorer the mean and the " +
				"standard deviation (of a population) of all marks, and leaves those of a scorer with fewer than " +
				"five as they are"},
		{Name: "round", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Above: true}, Example: "0.01",
			Doc: "what the marks are combined to is rounded to a multiple of this, halves up, before it becomes points"},
		{Name: "marks_at_least", Value: numberValue, Example: "4",
			Doc: "a dossier whose marks, as they were given, are combined to less is not recommended"},
		{Name: "talk_when_spread_over", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0)},
			Example: "5",
			Doc:     "scores that lie further apart than this raise a flag",
			Wrong:   "talk_when_spread_over cannot be below 0", Cure: "write how many points scores may lie apart"},
		{Name: "rubric", Value: rubricValue(), Required: true,
			Example: "{ 10: { en: What a dossier of ten points shows }, 0: { en: … } }",
			Doc: "levels by their marks, with what a dossier of that level shows; the highest level " +
				"gives max"},
	},
}

// rubricValue is a mapping from points to texts with at least two levels. The loader checks their bounds,
// which depend on max.
func rubricValue() grammar.Value {
	v := named(levelForm, titleValue)
	v.AtLeast = 2
	return v
}

var varyGrammar = &grammar.Group{
	Name: "vary", A: "vary", The: "vary",
	Doc: "How far weights, steps and thresholds are varied at random to find out how certain each outcome is",
	Keys: []grammar.Key{varyKey("weights", "how far the maxima of criteria move"),
		varyKey("steps", "how far the values of steps move"),
		varyKey("thresholds", "how far the total that the bands ask for moves, as a share of max_points")},
}

var criterionVaryGrammar = &grammar.Group{
	Name: "vary-criterion", A: "the criterion's vary", The: "the criterion's vary",
	Doc: "How far one criterion is varied",
	Keys: []grammar.Key{varyKey("weight", "how far its maximum moves"),
		varyKey("steps", "how far the values of its steps move")},
}

var copiesGrammar = &grammar.Group{
	Name: "copies", A: "copies", The: "copies",
	Doc: "What follows if a dossier shares text with an earlier one",
	Keys: []grammar.Key{
		{Name: "flag_above", Value: shareValue, Default: "30%", Example: "30%", Wrong: wrongShare,
			Cure: cureShare,
			Doc:  "the share of the text from which on a copy is flagged"},
		{Name: "above", Value: shareValue, Default: "100%", Example: "50%", Wrong: wrongShare,
			Cure: cureShare,
			Doc:  "the share of the text from which on a copy costs points"},
		{Name: "costs", Value: numberValue, Default: "0", Example: "10", Doc: "the points that a copy costs"},
	},
}

var reviewGrammar = &grammar.Group{
	Name: "review", A: "review", The: "review",
	Doc: "What people must have checked before the list is closed",
	Keys: []grammar.Key{
		{Name: "evidence", Value: object(goalGrammar), Required: true, Example: "{ precision: 95%, confidence: 95% }",
			Doc: "how much of the evidence must be right, by what people checked"},
	},
}

var goalGrammar = &grammar.Group{
	Name: "review-evidence", A: "evidence", The: "evidence",
	Doc: "How much of the evidence that counts must be right. The lower bound of the interval counts: 72 pieces of " +
		"which none is wrong show 95 %, and 173 of which three are",
	Keys: []grammar.Key{
		{Name: "precision", Value: checkedValue, Required: true, Example: "95%", Wrong: wrongGoal, Cure: cureGoal,
			Doc: "the share of right pieces, from 1 to 99.9 %"},
		{Name: "confidence", Value: grammar.Value{Form: grammar.Share, Min: grammar.Bound(0.5),
			Max: grammar.Bound(0.999)}, Default: "95%", Example: "90%",
			Wrong: "{key} is from 50 to 99.9 % and cannot be {value}", Cure: cureGoal,
			Doc: "how often the interval is to cover the true share, from 50 to 99.9 %"},
	},
}

// bandsGrammar is the value of bands. There are none for ineligible and quarantined dossiers, which gates and
// reading decide.
var bandsGrammar = &grammar.Group{
	Name: "bands", A: "bands", The: "bands",
	Doc: "Conditions of outcomes. Beside the names of all conditions they know `total`, `max`, `share`, " +
		"`each_criterion` and `each_group` (the lowest share of its max that a criterion or a group has), " +
		"`unweighted` (the total without weights), every criterion and group by its id, and `any_flag`. " +
		"With `ranks`, these say who is recommended; with `places`, `recommended` says who can get one",
	Keys: []grammar.Key{
		{Name: string(dossier.Recommended), Value: conditionValue,
			Example: "total >= 80 and each_criterion >= 40%",
			Doc:     "who is recommended; needed without `ranks` and `places`"},
		{Name: string(dossier.NeedsReview), Value: conditionValue,
			Example: "any_flag(contradiction, near-duplicate)",
			Doc:     "who goes to people"},
	},
}

// onlyOneGrammar is an entry of only_one, which package recommend applies to the whole list before all limits.
var onlyOneGrammar = &grammar.Group{
	Name: "only-one", A: "an entry of only_one", The: "the entry of only_one",
	Doc: "Of dossiers that state the same of a fact only one counts. Case and spacing do not matter; what is not " +
		"stated " +
		"is not the same. Where it is not settled which one counts, all of them go to people",
	Keys: []grammar.Key{
		{Name: "of", Value: textValue, Required: true, Example: "applicant", Doc: "the fact"},
		{Name: "keep", Value: oneWord(KeepBest, KeepLatest, KeepEarliest), Default: KeepBest, Example: KeepLatest,
			Doc: "which one counts: of those recommended the first in the order of the list, or of all the one with " +
				"the " +
				"latest or earliest `by`"},
		{Name: "by", Value: textValue, Example: "submitted",
			Doc: "with `keep: latest` or `earliest`: a fact, such as a date"},
		{Name: "outcome", Value: oneWord(string(dossier.NotRecommended), string(dossier.Ineligible)),
			Default: string(dossier.NotRecommended), Example: string(dossier.Ineligible),
			Doc: "the outcome of the others"},
		{Name: "otherwise", Value: titleValue, Required: true, Example: "{ en: Replaced by a later application }",
			Doc: "the reason that is given for the others"},
	},
	Rules: []grammar.Rule{
		{Key: "by", AnyOf: []string{"keep"}, Doc: "`by` needs `keep: latest` or `keep: earliest`"},
		{Key: "keep", Is: KeepLatest, AnyOf: []string{"by"}, Doc: "`keep: latest` needs `by`"},
		{Key: "keep", Is: KeepEarliest, AnyOf: []string{"by"}, Doc: "`keep: earliest` needs `by`"},
	},
}

// quotaGrammar is an entry of quotas, which package recommend applies to the whole list.
var quotaGrammar = &grammar.Group{
	Name: "quota", A: "a quota", The: "the quota",
	Doc: "A quota limits how many of each unit, field, level or kind are recommended, or asks for some",
	Keys: []grammar.Key{
		{Name: "per", Value: oneWord("unit", "unit_kind", "field", "level", "kind", "all"), Required: true,
			Example: "unit",
			Doc:     "what the quota is counted for"},
		{Name: "of", Value: textValue, Example: "economy", Doc: "only this one of them"},
		{Name: "most", Value: grammar.Value{Form: grammar.Limit}, Example: "20%",
			Doc: "at most this many are recommended: a number, or a share of those registered, rounded down"},
		award.ShareOfKey, award.RoundKey, award.TiesKey,
		{Name: "rank", Value: textValue, Example: "excellent",
			Doc: "with `ranks` or `places`: only this one, by its id; all that mean recommended if it is missing"},
		{Name: "least", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(1), Whole: true},
			Example: "1",
			Doc:     "the list notes if fewer than this are recommended; dossiers move up only with `fill`",
			Wrong:   "least must be a whole number from 1", Cure: "leave it out where nothing is asked for"},
		{Name: "fill", Value: conditionValue, Example: "total >= 50",
			Doc: "with `least`: if fewer than that are recommended, the next best of the group that meet this " +
				"condition are, " +
				"before all others; with `rank`, they get that rank, within its limit"},
		{Name: "reserve", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(1), Max: grammar.Bound(10000),
			Whole: true}, Example: "3",
			Doc:   "with `most`: how many of those cut, the best first, are on the reserve list",
			Wrong: "reserve must be a whole number from 1", Cure: "leave it out where there is no reserve list"},
	},
	Rules: []grammar.Rule{
		{AnyOf: []string{"most", "least"}, Doc: "At least one of `most` and `least` must be there"},
		{Key: "fill", AnyOf: []string{"least"}, Doc: "`fill` needs `least`"},
		{Key: "reserve", AnyOf: []string{"most"}, Doc: "`reserve` needs `most`"},
		{Key: "per", Is: "all", NoneOf: "of", Doc: "`per: all` has no `of`"},
	},
}

// exampleGrammar is an entry of examples, see Example.
var exampleGrammar = &grammar.Group{
	Name: "example", A: "an example", The: "an example",
	Doc: "An example is a text and what it must get",
	Keys: []grammar.Key{
		{Name: "name", Value: textValue, Example: "a plan is not a result", Doc: "what the example shows"},
		{Name: "text", Value: textValue, Required: true, Example: `"Results: …"`,
			Doc: "a document of one page"},
		{Name: "expect", Value: named("", numberValue), Example: "{ spread: 20 }",
			Doc: "points by criterion or group, or of the total"},
		{Name: "facts", Value: named("", grammar.Value{Form: grammar.Scalar}), Example: "{ households: 120 }",
			Doc: "values of facts; empty for a fact that must not be found"},
		{Name: "flags", Value: grammar.Value{Form: grammar.Word, Words: flagWords(), List: true,
			Single: true},
			Example: "[contradiction]",
			Doc:     "flags that it must raise; of contradiction and plan-not-result, exactly these"},
		{Name: "scores",
			Value:   named("", grammar.Value{Form: grammar.Text, List: true, Single: true}),
			Example: "{ worth-copying: [10, 12, 15] }",
			Doc:     "scores of a panel, by criterion"},
	},
	Rules: []grammar.Rule{{AnyOf: []string{"expect", "facts", "flags"},
		Doc: "At least one of `expect`, `facts` and `flags` must be there"}},
}

// flagWords are the codes of all flags, sorted, so that the schema and the reference do not change from run
// to run.
func flagWords() []string { return slices.Sorted(slices.Values(dossier.FlagCodes)) }

// Grammar returns the table of all keys of a ruleset, from which workbooks, differences and the forms of pages come as
// well. The caller must not change it.
func Grammar() *grammar.Group { return rulesetGrammar }

// Schema returns the JSON Schema (draft 2020-12) of a ruleset, for editors. Load checks
// more than a schema can express: it knows the campaign and the names in the file.
func Schema() []byte { return rulesetGrammar.Schema("kheo ruleset") }

// Reference returns the reference page of rulesets in Markdown, as it is in docs/.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(`# Reference of rulesets

This page is generated from rules/grammar.go by "go generate ./rules" and is not edited by hand.

Every key of a ruleset. ` + "`kheo rules schema`" +
		` prints the same as a JSON Schema, by which editors complete and check,
and ` + "`kheo check`" + ` reports every mistake with its line and column. How the keys are used together is in
[rulesets.md](rulesets.md).

Texts may be written once for all languages, or once for each: ` + "`{ vi: …, nb: …, en: … }`" +
		`. Numbers may be written as
percentages: 40% is 0.4. Where words are expected, ` + "`words.NAME`" +
		` stands for a word list, and ` + "`camer*`" + ` for every word
that begins with camer.

`)
	b.WriteString(rulesetGrammar.Reference(2))
	b.WriteString(`## Conditions

Conditions are written in [expr](https://expr-lang.org): comparisons, ` +
		"`and`, `or`, `not`" + `, sums, and these names:
every fact, ` +
		"`campaign.opens`, `campaign.closes`, `unit.id`, `unit.name`, `unit.kind`" + ` and the unit's attributes. A
comparison with a fact that is not stated is neither true nor false (Kleene's three-valued logic): ` +
		`unless the rest of the
condition decides, the dossier goes to people.

| function | meaning |
| --- | --- |
`)
	for _, f := range condition.Functions {
		b.WriteString("| `" + f.Use + "` | " + f.Doc + " |\n")
	}
	b.WriteString("\n## Flags\n\nThe flags that `any_flag` and examples may name: ")
	for i, code := range flagWords() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("`" + code + "`")
	}
	b.WriteString(".\n")
	return []byte(b.String())
}

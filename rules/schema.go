package rules

import (
	"encoding/json"
	"maps"
	"slices"

	"kheo/internal/text/language"
)

// node is a piece of JSON Schema.
type node = map[string]any

func object(description string, required []string, properties node) node {
	return node{"type": "object", "description": description, "required": required, "properties": properties, "additionalProperties": false}
}

func list(of any) node           { return node{"type": "array", "items": of} }
func oneOf(words ...string) node { return node{"enum": words} }
func ref(name string) node       { return node{"$ref": "#/$defs/" + name} }
func described(n node, s string) node {
	out := maps.Clone(n)
	out["description"] = s
	return out
}

// oneOrMore is a value or a list of such.
func oneOrMore(of node) node { return node{"anyOf": []any{of, list(of)}} }

func perLanguage(of node) node {
	p := node{}
	for _, code := range language.Codes() {
		p[code] = of
	}
	return node{"type": "object", "properties": p, "additionalProperties": false}
}

// Schema is the JSON Schema (draft 2020-12) of a ruleset, for editors. What it lets
// through is still checked by Load, which knows the campaign.
func Schema() []byte {
	text := node{"type": []string{"string", "number"}}
	number := node{"anyOf": []any{node{"type": "number"}, node{"type": "string", "pattern": `^\s*[0-9._]+\s*%?\s*$`}}}
	condition := node{"type": "string", "description": `true or false, of facts and functions: households >= 20 and present(confirmation)`}
	outcome := oneOf("ineligible", "needs-review")
	variation := func(keys ...string) node {
		p := node{}
		for _, k := range keys {
			p[k] = described(number, "a share, such as 10%")
		}
		return object("by how much the certainty analysis may move them", nil, p)
	}
	schema := object("A ruleset of kheo: what facts to read, who is eligible, what earns points, who is recommended", []string{}, node{
		"ruleset":    described(text, "its name, like model-district"),
		"version":    described(text, "raise it when you change the ruleset after a list was published"),
		"extends":    described(text, "another ruleset, beside this one, whose keys this one takes over"),
		"without":    described(oneOrMore(text), "gates, criteria and facts of the extended ruleset that do not count"),
		"title":      ref("text"),
		"applies_to": object("which dossiers", []string{"kind"}, node{"kind": text, "level": text}),
		"max_points": described(number, "what the criteria's max add up to"),
		"documents":  node{"type": "object", "description": "papers of a dossier, told by the heading they carry", "additionalProperties": ref("phrases")},
		"words":      node{"type": "object", "description": "word lists; a word ending in * stands for every word that begins so", "additionalProperties": ref("phrases")},
		"facts":      node{"type": "object", "description": "what is read", "additionalProperties": ref("fact")},
		"gates":      list(ref("gate")),
		"criteria":   list(ref("criterion")),
		"vary":       variation("weights", "steps", "thresholds"),
		"copies":     object("what a copy costs", nil, node{"flag_above": described(number, "share from which on a copy is flagged"), "above": described(number, "share from which on it costs points"), "costs": number}),
		"borderline": described(number, "so many points more or fewer that change the outcome raise a flag"),
		"bands":      object("the first that is met counts", []string{"recommended"}, node{"recommended": condition, "needs-review": condition}),
		"quotas": list(object("how many may, or should, be recommended", []string{"per"}, node{"per": oneOf("unit", "unit_kind", "field", "level", "kind", "all"), "of": described(text, "only this one"),
			"most": described(number, "a number, or a share of those registered"), "least": number})),
		"order":    described(oneOrMore(text), "total, criteria, facts; the dossier's id comes last by itself"),
		"examples": list(ref("example")),
	})
	delete(schema, "required")
	schema["$schema"], schema["title"] = "https://json-schema.org/draft/2020-12/schema", "kheo ruleset"
	never := list(oneOf(never...))
	schema["$defs"] = node{
		"text":    node{"description": "one text for all languages, or one for each", "anyOf": []any{text, perLanguage(text)}},
		"phrases": node{"description": "words as texts write them, for all languages or for each; words.NAME takes over a list", "anyOf": []any{oneOrMore(text), perLanguage(oneOrMore(text))}},
		"fact": object("a value that is read, always with its source", []string{"type"}, node{
			"type": oneOf(factTypes...), "unit": ref("phrases"), "currency": text, "labels": described(ref("phrases"), "how forms print it"),
			"say":        described(ref("phrases"), "how sentences go: {} is the value, … up to five other words"),
			"trust":      described(oneOrMore(text), "papers by name, and manifest: which counts first until a person decides"),
			"from":       described(oneOf("manifest"), "what dossier.yaml alone states of it counts: the office fills it in"),
			"looks_like": described(ref("phrases"), "of a document: its headings"), "is": described(text, "of a document: its name under documents")}),
		"gate": object("a condition of eligibility", []string{"id", "require", "otherwise"}, node{"id": text, "require": condition, "otherwise": ref("text"),
			"outcome": described(outcome, "of who fails it"), "missing": described(outcome, "where nobody states what it asks")}),
		"criterion": object("what earns points: measured, evidenced or panel", []string{"id", "title", "max"}, node{"id": text, "title": ref("text"), "max": number,
			"measured": described(text, "a fact with a number"), "steps": list(object("a step", []string{"from", "points"}, node{"from": number, "points": number})),
			"evidenced": oneOrMore(ref("clue")), "panel": ref("panel"), "never": described(never, "what does not count; all of them where it is not written"), "vary": variation("weight", "steps")}),
		"clue": object("what to look for in the text", []string{"points"}, node{
			"in": described(text, "section: a word list of its headings"), "from": described(oneOrMore(text), "papers that count; all but the form where it is not written"),
			"any": described(ref("phrases"), "one of these, or number"), "query": described(text, "as typed into kheo search"),
			"near": described(oneOrMore(text), "one of these must stand near: word lists, facts, number, words"), "within": described(text, "how near: 8 words, sentence, section, page"),
			"with":   described(oneOrMore(text), "in the same sentence: number, money, percent, other_place, other_unit, word lists"),
			"except": described(ref("phrases"), "what is found inside one of these does not count"),
			"points": number, "at_most": number, "distinct": oneOf("sentence", "word", "place")}),
		"panel": object("what people score", []string{"scorers", "rubric"}, node{"scorers": described(number, "how many must have scored"), "combine": oneOf(combines...),
			"talk_when_spread_over": described(number, "scores that lie further apart raise a flag"),
			"rubric":                node{"type": "object", "description": "points: what a dossier of that level shows", "additionalProperties": ref("text")}}),
		"example": object("a text and what it must get; tried by kheo rules test", []string{"text"}, node{"name": text, "text": text,
			"expect": node{"type": "object", "additionalProperties": number}, "facts": node{"type": "object"}, "flags": oneOrMore(oneOf(slices.Sorted(slices.Values(flagCodes()))...)),
			"scores": node{"type": "object", "additionalProperties": oneOrMore(number)}}),
	}
	b, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic("rules: the schema cannot be written: " + err.Error())
	}
	return append(b, '\n')
}

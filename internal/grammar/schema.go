package grammar

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"kheo/internal/text/language"
)

// node is a piece of JSON Schema.
type node = map[string]any

// idPattern is the form of an id. The loaders check the same with messages of their own.
const idPattern = `^[a-z][a-z0-9]*([-_][a-z0-9]+)*$`

// Schema returns the JSON Schema (draft 2020-12) of a document whose root is the group.
// It accepts what the loader accepts, as far as the table can express it; it is stricter
// than the loader in one thing: a key without a value is refused, not ignored.
func (g *Group) Schema(title string) []byte {
	defs := node{
		"text": node{"type": []string{"string", "number", "boolean"}},
		"title": node{"description": "one text for all languages, or one for each",
			"anyOf": []any{ref("text"), perLanguage(ref("text"))}},
		"phrases": phrases(node{"$ref": "#/$defs/text"}),
		"number":  anyNumber(),
		"share":   percentage(1),
		"id":      node{"type": "string", "pattern": idPattern},
		"limit":   limit(),
	}
	groups := g.Groups()
	for _, sub := range groups[1:] {
		defs[sub.Name] = sub.object()
	}
	root := g.object()
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", title, defs
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic("grammar: the schema cannot be encoded: " + err.Error())
	}
	return append(b, '\n')
}

func ref(name string) node { return node{"$ref": "#/$defs/" + name} }

// object is the schema of the group's mapping.
func (g *Group) object() node {
	properties, required := node{}, []string{}
	for i := range g.Keys {
		k := &g.Keys[i]
		properties[k.Name] = k.schema()
		if k.Required {
			required = append(required, k.Name)
		}
	}
	out := node{"type": "object", "description": g.Doc, "properties": properties, "additionalProperties": false}
	var all []any
	for _, r := range g.Rules {
		if r.Unless != "" && len(r.AnyOf) > 0 {
			all = append(all, node{"if": node{"not": node{"required": []string{r.Unless}}}, "then": r.schema()})
			continue
		}
		if r.Unless != "" {
			all = append(all, node{"if": node{"not": node{"required": []string{r.Unless}}},
				"then": node{"required": required}})
			required = nil
			continue
		}
		all = append(all, r.schema())
	}
	if len(required) > 0 {
		out["required"] = required
	}
	if len(all) > 0 {
		out["allOf"] = all
	}
	return out
}

// schema is what a rule asks of a mapping.
func (r Rule) schema() node {
	one := func(keys []string) []any {
		var out []any
		for _, k := range keys {
			out = append(out, node{"required": []string{k}})
		}
		return out
	}
	if len(r.OneOf) > 0 {
		return node{"oneOf": one(r.OneOf)}
	}
	then := node{"anyOf": one(r.AnyOf)}
	if r.NoneOf != "" {
		then = node{"not": node{"required": []string{r.NoneOf}}}
	}
	switch {
	case r.Key == "":
		return then
	case r.Is == "":
		return node{"if": node{"required": []string{r.Key}}, "then": then}
	}
	return node{"if": node{"required": []string{r.Key}, "properties": node{r.Key: node{"const": r.Is}}}, "then": then}
}

// schema is the schema of a key's value, with its documentation.
func (k *Key) schema() node {
	out := maps.Clone(k.Value.schema())
	if k.Doc != "" {
		out["description"] = k.Doc
	}
	if k.Default != "" {
		out["default"] = k.Default
	}
	return out
}

// schema is the schema of a value, or of a list of them.
func (v *Value) schema() node {
	one := v.one()
	if !v.List {
		return one
	}
	list := node{"type": "array", "items": one}
	single := one
	if v.Contains != "" {
		list["contains"] = node{"const": v.Contains}
		single = node{"const": v.Contains}
	}
	if !v.Single {
		return list
	}
	return node{"anyOf": []any{single, list}}
}

// one is the schema of a single value.
func (v *Value) one() node {
	switch v.Form {
	case ID:
		if len(v.Reserved) > 0 {
			return node{"type": "string", "pattern": idPattern, "not": node{"enum": v.Reserved}}
		}
		return ref("id")
	case Condition:
		return node{"type": "string"}
	case Number:
		if v.Min == nil && v.Max == nil && !v.Whole {
			return ref("number")
		}
		return node{"anyOf": []any{v.bounded(), node{"type": "string", "pattern": `^\s*[0-9._]+\s*$`}}}
	case Share:
		return percentage(*v.Max)
	case Limit:
		return ref("limit")
	case Bool:
		return node{"type": "boolean"}
	case Scalar:
		return node{"type": []string{"string", "number", "boolean", "null"}}
	case Word:
		return node{"enum": v.Words}
	case Title:
		return ref("title")
	case Phrases:
		if v.Pattern != "" {
			return phrases(node{"type": "string", "pattern": v.Pattern})
		}
		return ref("phrases")
	case Object:
		return v.object()
	case Names:
		return v.names()
	}
	if v.Pattern != "" {
		return node{"type": "string", "pattern": v.Pattern}
	}
	return ref("text")
}

// object is the schema of a mapping with the keys of a group, or of the text that may replace it.
func (v *Value) object() node {
	if v.Short != "" {
		return node{"anyOf": []any{v.Of.Key(v.Short).Value.schema(), ref(v.Of.Name)}}
	}
	return ref(v.Of.Name)
}

// bounded is the schema of a number with bounds.
func (v *Value) bounded() node {
	out := node{"type": "number"}
	if v.Whole {
		out["type"] = "integer"
	}
	if v.Min != nil && v.Above {
		out["exclusiveMinimum"] = *v.Min
	} else if v.Min != nil {
		out["minimum"] = *v.Min
	}
	if v.Max != nil {
		out["maximum"] = *v.Max
	}
	return out
}

// names is the schema of a mapping whose keys the author chooses.
func (v *Value) names() node {
	out := node{"type": "object", "additionalProperties": v.Each.schema()}
	name := node{}
	if v.Pattern != "" {
		name["pattern"] = v.Pattern
	}
	if len(v.Reserved) > 0 {
		name["not"] = node{"enum": v.Reserved}
	}
	if len(name) > 0 {
		out["propertyNames"] = name
	}
	if v.AtLeast > 0 {
		out["minProperties"] = v.AtLeast
	}
	return out
}

// anyNumber is the schema of a number without bounds, percentages included.
func anyNumber() node {
	return node{"anyOf": []any{node{"type": "number"}, node{"type": "string", "pattern": `^\s*[0-9._]+\s*%?\s*$`}}}
}

// percentage is the schema of a share from 0 to most, which is at most 1 and a whole
// number of tenths: as a number, or with %.
func percentage(most float64) node {
	hundredths := int(most*100 + 0.5)
	pattern := fmt.Sprintf(`^\s*(%d(\.0+)?|[0-%d]?[0-9](\.[0-9]+)?)\s*%%\s*$`, hundredths, hundredths/10-1)
	return node{"anyOf": []any{node{"type": "number", "minimum": 0, "maximum": most},
		node{"type": "string", "pattern": pattern}}}
}

// limit is the schema of a whole number from 1, or of a percentage above 0 and up to 100%.
func limit() node {
	const pattern = `^\s*(100(\.0+)?|[1-9][0-9]?(\.[0-9]+)?|0\.[0-9]*[1-9][0-9]*)\s*%\s*$`
	return node{"anyOf": []any{node{"type": "integer", "minimum": 1}, node{"type": "string", "pattern": pattern}}}
}

// phrases is the schema of a list of texts, or of such lists per language.
func phrases(text node) node {
	list := node{"anyOf": []any{text, node{"type": "array", "items": text}}}
	return node{"description": "texts for all languages, or for each",
		"anyOf": []any{text, node{"type": "array", "items": text}, perLanguage(list)}}
}

// perLanguage is the schema of a mapping with a key for each language.
func perLanguage(of node) node {
	p := node{}
	for _, code := range language.Codes() {
		p[code] = of
	}
	return node{"type": "object", "properties": p, "additionalProperties": false}
}

// quoted lists words for the reference and for messages.
func quoted(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "`" + w + "`"
	}
	return strings.Join(out, ", ")
}

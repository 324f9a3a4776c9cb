package form

import (
	"strings"

	"kheo/internal/grammar"
	"kheo/internal/text/language"
	"kheo/internal/yamledit"
)

// CriterionKinds are the ways to give points that a new criterion can have, and group.
var CriterionKinds = []string{"steps", "proportional", "per", "table", "checklist", "formula", "evidenced", "panel",
	"deduct", "group"}

// criterionStarts are what new criteria begin with, by kind. They are not right yet: the names in them are to be
// replaced, and the check says by which the file has.
var criterionStarts = map[string]string{
	"steps":        `{ measured: "", steps: [ { from: 1, points: 10 } ] }`,
	"proportional": `{ measured: "", proportional: { from: 0%, to: 100% } }`,
	"per":          `{ measured: "", per: { every: 1, points: 1 } }`,
	"table":        `{ table: { hit: first, rows: [ { when: {}, points: 10 } ], otherwise: 0 } }`,
	"checklist":    `{ checklist: [ { if: "", points: 10 } ] }`,
	"formula":      `{ formula: { value: "", round: 0.5 } }`,
	"evidenced":    `{ evidenced: [ { any: [word], points: 10 } ] }`,
	"panel":        `{ panel: { scorers: 3, rubric: { 10: The best, 0: Nothing } } }`,
	"deduct":       `{ deduct: true, measured: "", per: { every: 1, points: 1 } }`,
}

// factStarts are what new facts have beside their type and label.
var factStarts = map[string]string{
	"money":    `{ currency: VND }`,
	"choice":   `{ options: { good: [Good], fair: [Fair] } }`,
	"document": `{ looks_like: [Heading] }`,
	"file":     `{ property: pages }`,
}

// ID returns a name as an id: small letters without diacritics, digits and hyphens; "" if nothing of it is left.
func ID(name string) string {
	var b strings.Builder
	for _, r := range language.Fold(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 40 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// entry returns a new entry of a list of groups.
func entry(of *grammar.Group, name, kind string) *yamledit.Value {
	out := skeleton(of, ID(name), name)
	if of.Name != "criterion" {
		return out
	}
	if kind == "group" {
		inner := &yamledit.Value{Kind: yamledit.Map}
		inner.Set("id", yamledit.Text(ID(name)))
		inner.Set("title", yamledit.Text(name))
		first := entry(of, name+" 1", "steps")
		inner.Set("criteria", &yamledit.Value{Kind: yamledit.List, Items: []*yamledit.Value{first}})
		group := &yamledit.Value{Kind: yamledit.Map}
		group.Set("group", inner)
		return group
	}
	out.Set("max", yamledit.Literal("10"))
	merge(out, criterionStarts[kind])
	return out
}

// merge adds the keys of a group that is written as YAML.
func merge(to *yamledit.Value, text string) {
	more, problems := yamledit.ParseInline("", text)
	if text == "" || len(problems) > 0 {
		return
	}
	for i, k := range more.Keys {
		to.Set(k, loose(more.Items[i]))
	}
}

// loose returns a copy of a value without places in a file.
func loose(v *yamledit.Value) *yamledit.Value {
	out := &yamledit.Value{Kind: v.Kind, Text: v.Text, Str: v.Str, Keys: v.Keys}
	for _, item := range v.Items {
		out.Items = append(out.Items, loose(item))
	}
	return out
}

// skeleton returns a group with the keys that it must have: the id and the name as given, the others as the examples
// of the grammar have them.
func skeleton(of *grammar.Group, id, name string) *yamledit.Value {
	out := &yamledit.Value{Kind: yamledit.Map}
	for i := range of.Keys {
		k := &of.Keys[i]
		switch {
		case k.Name == "id" && id != "":
			out.Set(k.Name, yamledit.Text(id))
		case name != "" && (k.Required && (k.Name == "title" || k.Name == "otherwise") || k.Name == "name"):
			out.Set(k.Name, yamledit.Text(name))
		case k.Required:
			out.Set(k.Name, example(k, name))
		}
	}
	return out
}

// blank returns a new value under a name of the author's.
func blank(v grammar.Value, name, kind string) *yamledit.Value {
	switch v.Form {
	case grammar.Phrases:
		return &yamledit.Value{Kind: yamledit.List, Items: []*yamledit.Value{yamledit.Text(name)}}
	case grammar.Object:
		out := skeleton(v.Of, "", name)
		if v.Of.Name == "fact" {
			if kind == "" {
				kind = "count"
			}
			out.Set("type", yamledit.Text(kind))
			if kind != "document" && kind != "file" {
				out.Set("labels", blank(grammar.Value{Form: grammar.Phrases}, name, ""))
			}
			merge(out, factStarts[kind])
		}
		return out
	case grammar.Number, grammar.Share, grammar.Limit:
		return yamledit.Literal("0")
	case grammar.Bool:
		return yamledit.Literal("true")
	case grammar.Word:
		return yamledit.Text(v.Words[0])
	case grammar.Scalar:
		return yamledit.Literal("0")
	case grammar.Text:
		if v.List {
			return &yamledit.Value{Kind: yamledit.List, Items: []*yamledit.Value{yamledit.Literal("0")}}
		}
	}
	return yamledit.Text(name)
}

// example returns the example of a key as a value, or an empty one of its form if the example is shortened.
func example(k *grammar.Key, name string) *yamledit.Value {
	if k.Example != "" && !strings.Contains(k.Example, "…") {
		if v, problems := yamledit.ParseInline("", k.Example); len(problems) == 0 {
			return loose(v)
		}
	}
	switch {
	case k.Value.List && k.Value.Form == grammar.Object:
		return &yamledit.Value{Kind: yamledit.List, Items: []*yamledit.Value{entry(k.Value.Of, k.Name, "steps")}}
	case k.Value.Form == grammar.Object:
		return skeleton(k.Value.Of, ID(k.Name), k.Name)
	case k.Value.Form == grammar.Names:
		return &yamledit.Value{Kind: yamledit.Map}
	}
	return blank(k.Value, k.Name, "")
}

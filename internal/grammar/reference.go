package grammar

import (
	"fmt"
	"strconv"
	"strings"
)

// Reference returns the sections of a reference page in Markdown: for each group from g
// downwards a heading, what the group is, a table of its keys, and its rules. Level is
// the level of the headings.
func (g *Group) Reference(level int) string {
	var b strings.Builder
	for _, sub := range g.Groups() {
		fmt.Fprintf(&b, "%s %s\n\n%s.\n\n", strings.Repeat("#", level), sub.heading(), sub.Doc)
		b.WriteString("| key | value | if missing | meaning | example |\n| --- | --- | --- | --- | --- |\n")
		for i := range sub.Keys {
			k := &sub.Keys[i]
			cells := []string{"`" + k.Name + "`", k.Value.describe(), k.missing(), k.Doc, ""}
			if k.Example != "" {
				cells[4] = "`" + k.Example + "`"
			}
			for n := range cells {
				cells[n] = strings.ReplaceAll(cells[n], "|", `\|`)
			}
			b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		}
		b.WriteString("\n")
		for _, r := range sub.Rules {
			b.WriteString("- " + r.Doc + ".\n")
		}
		if len(sub.Rules) > 0 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// heading is the title of the group's section.
func (g *Group) heading() string {
	return strings.ReplaceAll(strings.ToUpper(g.Name[:1])+g.Name[1:], "_", " ")
}

// anchor is the id that renderers of Markdown give to the heading.
func (g *Group) anchor() string { return strings.ReplaceAll(strings.ToLower(g.heading()), " ", "-") }

// missing says what follows if the key is not there.
func (k *Key) missing() string {
	switch {
	case k.Required:
		return "**required**"
	case k.Default != "":
		return "`" + k.Default + "`"
	}
	return ""
}

// describe says in words what may be written behind a key.
func (v *Value) describe() string {
	one := v.describeOne()
	switch {
	case v.List && v.Single:
		return one + ", or a list"
	case v.List:
		return "list of: " + one
	}
	return one
}

// describeOne says what one value may be, in Markdown with links to the groups of keys, whether or not several may be
// written.
func (v *Value) describeOne() string {
	switch v.Form {
	case ID:
		return "id"
	case Condition:
		return "[condition](#conditions)"
	case Number, Share, Limit:
		return v.bounds()
	case Bool:
		return "`true` or `false`"
	case Scalar:
		return "text, number, `true`, `false` or empty"
	case Word:
		return quoted(v.Words)
	case Title:
		return "text, or one per language"
	case Phrases:
		return "texts, or texts per language"
	case Object:
		if v.Short != "" {
			return v.Of.Key(v.Short).Value.describe() + ", or [" + v.Of.Name + "](#" + v.Of.anchor() + ")"
		}
		return "[" + v.Of.Name + "](#" + v.Of.anchor() + ")"
	case Names:
		return "names, each with: " + v.Each.describe()
	}
	return "text"
}

// bounds says in words which numbers are allowed.
func (v *Value) bounds() string {
	show := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	switch v.Form {
	case Limit:
		return "whole number from 1, or percentage"
	case Share:
		return "percentage up to " + show(*v.Max*100) + "%"
	}
	s := "number"
	if v.Whole {
		s = "whole number"
	}
	switch {
	case v.Min != nil && v.Max != nil:
		return fmt.Sprintf("%s from %s to %s", s, show(*v.Min), show(*v.Max))
	case v.Min != nil && v.Above:
		return fmt.Sprintf("%s above %s", s, show(*v.Min))
	case v.Min != nil:
		return fmt.Sprintf("%s from %s", s, show(*v.Min))
	case v.Max != nil:
		return fmt.Sprintf("%s up to %s", s, show(*v.Max))
	}
	return s
}

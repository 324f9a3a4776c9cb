package page

import (
	"html/template"
	"strings"
)

// Prose returns the prose of a ruleset as HTML. Its first line is the title, which the page has as its heading. A
// line after an empty one heads a part; a line that begins with a hyphen is an item of a list, and indented lines
// belong to the item before them.
func Prose(text string) template.HTML {
	var b strings.Builder
	lines := strings.Split(strings.TrimSpace(text), "\n")
	isList := false
	list := func(is bool) {
		switch {
		case is && !isList:
			b.WriteString("<ul>")
		case !is && isList:
			b.WriteString("</li></ul>")
		case is:
			b.WriteString("</li>")
		}
		isList = is
	}
	for i, line := range lines[1:] {
		said := template.HTMLEscapeString(strings.TrimSpace(line))
		item, isItem := strings.CutPrefix(said, "- ")
		switch {
		case said == "":
		case isItem && !strings.HasPrefix(line, " "):
			list(true)
			b.WriteString("<li>" + item)
		case isList && strings.HasPrefix(line, " "):
			b.WriteString("<p>" + said + "</p>")
		case lines[i] == "": // the line before this one
			list(false)
			b.WriteString("<h2>" + said + "</h2>")
		default:
			list(false)
			b.WriteString("<p>" + said + "</p>")
		}
	}
	list(false)
	return template.HTML(b.String()) // every piece of it is escaped
}

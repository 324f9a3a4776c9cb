package webpage

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// fontSheet reports whether the address of a style sheet is of a service that serves fonts and nothing
// else. Many pages link one, and their text would all be uncertain.
func fontSheet(address string) bool {
	for _, host := range []string{"//fonts.googleapis.com/", "//fonts.bunny.net/", "//use.typekit.net/"} {
		if strings.Contains(strings.ToLower(address), host) {
			return true
		}
	}
	return false
}

// eventHandlers are the attributes with scripts that run without any action of the user.
var eventHandlers = map[string]bool{"onload": true, "onerror": true, "onanimationstart": true, "ontoggle": true,
	"onfocus": true}

// sheets collects the style sheets of a page, and whether something outside of the file may change how it
// looks.
func sheets(root *html.Node, o Options) (s *sheet, unknown bool) {
	s = &sheet{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "style":
			s.styleElement(n)
		case "link":
			unknown = unknown || linksStyles(n)
		case "script":
			unknown = unknown || !o.Mail && script(n)
		}
		unknown = unknown || !o.Mail && slices.ContainsFunc(n.Attr,
			func(a html.Attribute) bool { return eventHandlers[a.Key] })
	}
	return s, unknown || s.external || s.truncated
}

// styleElement reads the style sheet in a style element. MathML has no such element; what has
// another type, such as that of a preprocessor, browsers ignore.
func (s *sheet) styleElement(n *html.Node) {
	typ := strings.ToLower(value(n, "type"))
	if n.FirstChild == nil || typ != "" && typ != "text/css" || n.Namespace == "math" {
		return
	}
	if sure := media(value(n, "media")); sure != never {
		s.read(n.FirstChild.Data, block{sure: sure, layer: unlayered})
	}
}

// linksStyles reports whether a link element loads a style sheet that applies to a screen. Alternate ones
// apply only if a person chooses them.
func linksStyles(n *html.Node) bool {
	rel := " " + strings.ToLower(value(n, "rel")) + " "
	return strings.Contains(rel, " stylesheet ") && !strings.Contains(rel, " alternate ") &&
		media(value(n, "media")) != never && !fontSheet(value(n, "href"))
}

// script reports whether a script may change the page: it comes from elsewhere, or contains the name of one
// of the objects through which a script reaches the page. Escapes count too, since they may spell such a
// name.
func script(n *html.Node) bool {
	switch typ := strings.ToLower(strings.TrimSpace(value(n, "type"))); typ {
	case "", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript",
		"application/x-javascript", "text/jscript", "text/livescript", "text/vbscript":
	default: // data
		return false
	}
	if _, ok := attr(n, "src"); ok {
		return true
	}
	if n.FirstChild == nil {
		return false
	}
	for _, w := range []string{"document", "window", "eval", "Function", "this", "globalThis", "self", "parent", "top",
		"frames", "import", "jQuery", "$", "\\u", "\\x", "constructor"} {
		if strings.Contains(n.FirstChild.Data, w) {
			return true
		}
	}
	return false
}

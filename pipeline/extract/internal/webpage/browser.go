package webpage

import (
	"strings"

	"golang.org/x/net/html"

	"kheo/pipeline/extract/internal/sight"
)

// This file has the style sheet that browsers begin with, as far as it decides what is seen: section 15
// ("Rendering") of the HTML standard.

// tagSizes are the factors by which browsers change the size of some elements.
var tagSizes = map[string]float64{"h1": 2, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83,
	"sub": 0.83, "sup": 0.83, "big": 1.2, "code": 0.81, "pre": 0.81, "tt": 0.81, "kbd": 0.81, "samp": 0.81,
	"rt": 0.5}

// blockTags are elements that begin and end a line.
var blockTags = map[string]bool{"p": true, "div": true, "li": true, "h1": true, "h2": true, "h3": true,
	"h4": true, "h5": true, "h6": true, "section": true, "article": true, "header": true, "footer": true,
	"blockquote": true, "pre": true, "dt": true, "dd": true, "dl": true, "option": true, "figcaption": true,
	"figure": true, "caption": true, "form": true, "ul": true, "ol": true, "hr": true, "address": true,
	"main": true, "nav": true, "aside": true, "body": true, "html": true, "fieldset": true, "legend": true,
	"details": true, "summary": true, "dialog": true, "center": true, "table": true, "tr": true, "td": true,
	"th": true, "tbody": true, "thead": true, "tfoot": true, "hgroup": true, "menu": true, "dir": true,
	"optgroup": true, "search": true, "xmp": true, "listing": true, "plaintext": true}

// goneTags are elements whose content is not shown: it is a template, a fallback for browsers without the
// feature, or data for a script.
var goneTags = map[string]bool{"template": true, "datalist": true, "video": true, "audio": true,
	"canvas": true, "iframe": true, "progress": true, "meter": true, "noframes": true, "rp": true,
	"map": true, "noembed": true}

// svgShown are elements of drawings in which text is shown. The text of others (title, desc, defs) is not
// drawn.
var svgShown = map[string]bool{"svg": true, "g": true, "text": true, "tspan": true, "a": true,
	"textPath": true, "foreignObject": true, "switch": true}

// Colours that browsers give to links that were not visited, and to marked text.
var (
	linkBlue   = sight.Colour{Known: true, B: 238}
	markYellow = sight.Colour{Known: true, R: 255, G: 255}
)

// browser sets what browsers do with elements by their names and attributes. It comes before the
// declarations of the page, which may override most of it; what sets gone cannot be overridden.
func (d *document) browser(n *html.Node, s *style) {
	s.display = "inline"
	if blockTags[n.Data] {
		s.display = "block"
	}
	s.tag(n)
	if n.Data == "noscript" {
		s.gone = s.gone || !d.options.Mail
	}
	if v, ok := attr(n, "hidden"); ok && strings.EqualFold(v, "until-found") {
		s.gone = true
	}
	if _, ok := attr(n, "popover"); ok {
		s.display = "none"
	}
	s.gone = s.gone || goneTags[n.Data] || inClosedDetails(n)
	if n.Namespace != "" { // drawings and formulas have rules of their own
		s.doubt = true
		s.gone = s.gone || n.Namespace == "svg" && !svgShown[n.Data] ||
			n.Data == "annotation" || n.Data == "annotation-xml"
	}
	if hasShadowRoot(n) {
		s.doubt = true // something else is shown in its place
	}
}

// tag sets what follows from the name of an element.
func (s *style) tag(n *html.Node) {
	switch n.Data {
	case "input", "textarea", "select", "button": // controls do not inherit font and colours
		s.display = "inline-block"
		s.size, s.indent, s.spacing = 13.3, 0, 0
		s.colour, s.odd = paint{sight.Black, 1}, false
		s.grounds, s.picture = []sight.Colour{sight.White}, false
	case "img":
		s.display = "inline-block"
	case "mark":
		s.colour, s.grounds = paint{sight.Black, 1}, []sight.Colour{markYellow}
	case "a":
		if _, ok := attr(n, "href"); ok {
			s.colour, s.odd = paint{linkBlue, 1}, false
		}
	case "s", "strike", "del":
		s.struck = true
	case "pre", "xmp", "listing", "plaintext":
		s.pre = true
	case "dialog":
		if _, open := attr(n, "open"); !open {
			s.display = "none"
		}
	case "object": // its content is shown only if the object cannot be loaded
		s.doubt = s.doubt || value(n, "data") != ""
	case "marquee": // moves
		s.doubt = true
	}
}

// inClosedDetails reports whether an element is what closed details do not show.
func inClosedDetails(n *html.Node) bool {
	p := n.Parent
	if p == nil || p.Data != "details" || p.Type != html.ElementNode || isSummary(n) {
		return false
	}
	_, open := attr(p, "open")
	return !open
}

// isSummary reports whether an element is what is shown of closed details: the first summary in them.
func isSummary(n *html.Node) bool {
	if n.Data != "summary" {
		return false
	}
	for c := n.PrevSibling; c != nil; c = c.PrevSibling {
		if c.Type == html.ElementNode && c.Data == "summary" {
			return false
		}
	}
	return true
}

// hasShadowRoot reports whether an element has a declarative shadow root, which browsers show instead of
// the children. The older attribute is that of Chrome 90 to 110.
func hasShadowRoot(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == "template" &&
			(value(c, "shadowrootmode") != "" || value(c, "shadowroot") != "") {
			return true
		}
	}
	return false
}

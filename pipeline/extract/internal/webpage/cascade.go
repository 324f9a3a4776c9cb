package webpage

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// properties are those that decide whether text is seen, and how its white space is kept. Others are not
// computed.
var properties = func() map[string]bool {
	m := map[string]bool{}
	for _, p := range strings.Fields(`display visibility opacity color background background-color background-image
		background-clip -webkit-background-clip -webkit-text-fill-color -webkit-text-security font font-size
		font-family position left right top bottom inset inset-inline inset-block inset-inline-start
		inset-block-start float z-index text-indent clip clip-path -webkit-clip-path width height max-width
		max-height inline-size block-size max-inline-size max-block-size overflow overflow-x overflow-y transform
		-webkit-transform translate rotate scale zoom margin margin-left margin-right margin-top margin-bottom
		margin-inline-start margin-block-start padding-left padding content-visibility filter -webkit-filter mask
		mask-image -webkit-mask -webkit-mask-image mix-blend-mode animation animation-name -webkit-animation
		letter-spacing line-height white-space text-decoration text-decoration-line text-shadow
		-webkit-line-clamp line-clamp grid-area grid-row grid-column content font-size-adjust word-spacing
		unicode-bidi direction -webkit-text-stroke -webkit-text-stroke-width grid-template-rows
		grid-template-columns grid-auto-rows grid-auto-columns
		offset offset-path`) {
		m[p] = true
	}
	return m
}()

// counts reports whether a declaration is of one of the properties, or of a variable.
func (d declaration) counts() bool {
	return properties[d.property] || strings.HasPrefix(d.property, "--")
}

// maxMatches bounds how often a selector is tried on an element of a page. A selector with many descendants
// costs up to a microsecond for each ancestor of the element; beyond the bound all text is uncertain.
const maxMatches = 3_000_000

// document is a page while it is read. The rules are found by the id, the class or the element that the
// last part of their selector asks for, so that only few are tried on each element.
type document struct {
	root    *html.Node
	options Options
	sheet   *sheet
	unknown bool // something outside of the file decides what is seen

	byID, byClass, byTag map[string][]*rule
	others               []*rule
	matches, steps       int

	sure   map[*html.Node]*style // by the rules that certainly apply
	all    map[*html.Node]*style // by all that may apply; the same map if there are no others
	doubts map[*html.Node]bool   // something may lie over what is in the element
	labels map[string]string     // of controls, by their ids
}

// newDocument prepares the rules of a page.
func newDocument(root *html.Node, o Options) *document {
	d := &document{root: root, options: o, byID: map[string][]*rule{}, byClass: map[string][]*rule{},
		byTag: map[string][]*rule{}, doubts: map[*html.Node]bool{}}
	d.sheet, d.unknown = sheets(root, o)
	for _, r := range d.sheet.rules {
		if !slices.ContainsFunc(r.decls, declaration.counts) {
			continue
		}
		switch {
		case r.id != "":
			d.byID[r.id] = append(d.byID[r.id], r)
		case r.class != "":
			d.byClass[r.class] = append(d.byClass[r.class], r)
		case r.tag != "":
			d.byTag[r.tag] = append(d.byTag[r.tag], r)
		default:
			d.others = append(d.others, r)
		}
	}
	return d
}

// weighted is a declaration with what decides between it and others of the same property.
type weighted struct {
	declaration
	tier     int // hints, rules, the style attribute; then the important ones of rules and of the attribute
	layer    int
	specific cascadia.Specificity
	order    int
}

// Tiers of declarations.
const (
	hintTier = iota
	ruleTier
	attributeTier
	importantTier
	importantAttributeTier
)

// matching returns the rules whose selectors match an element. withPerhaps includes those that may not apply.
func (d *document) matching(n *html.Node, withPerhaps bool) (out []*rule) {
	try := func(rules []*rule) {
		for _, r := range rules {
			if d.matches++; d.matches > maxMatches {
				d.unknown = true
				return
			}
			if (r.sure == always || withPerhaps) && r.sel.Match(n) {
				out = append(out, r)
			}
		}
	}
	if len(d.byID) > 0 {
		if id := value(n, "id"); id != "" {
			try(d.byID[id])
		}
	}
	if len(d.byClass) > 0 {
		classes := strings.Fields(value(n, "class"))
		slices.Sort(classes)
		for _, c := range slices.Compact(classes) {
			try(d.byClass[c])
		}
	}
	try(d.byTag[n.Data])
	try(d.others)
	return out
}

// declared returns the values of an element's properties, shorthands resolved. pseudo has what rules for
// its first line or letter, or for content before and after it, say, by the names of these.
func (d *document) declared(n *html.Node, withPerhaps bool) (values map[string]string,
	pseudo map[string]map[string]string) {
	var list []weighted
	for _, h := range hints(n) {
		list = append(list, weighted{declaration: h, tier: hintTier})
	}
	for _, r := range d.matching(n, withPerhaps) {
		if r.pseudo == "" {
			list = append(list, r.weighted()...)
			continue
		}
		if pseudo == nil {
			pseudo = map[string]map[string]string{}
		}
		if pseudo[r.pseudo] == nil {
			pseudo[r.pseudo] = map[string]string{}
		}
		for _, decl := range r.decls {
			set(pseudo[r.pseudo], decl.property, decl.value)
		}
	}
	if s, ok := attr(n, "style"); ok {
		for i, decl := range declarations(s) {
			w := weighted{declaration: decl, tier: attributeTier, order: i}
			if decl.important {
				w.tier = importantAttributeTier
			}
			list = append(list, w)
		}
	}
	slices.SortStableFunc(list, weighted.compare)
	values = make(map[string]string, len(list))
	for _, w := range list { // the last of a property wins
		if w.counts() {
			set(values, w.property, w.value)
		}
	}
	return values, pseudo
}

// weighted returns the declarations of a rule with their weights. For important ones the order of layers is
// reversed (CSS Cascade 5, section 6.4.3).
func (r *rule) weighted() []weighted {
	out := make([]weighted, 0, len(r.decls))
	for _, decl := range r.decls {
		w := weighted{declaration: decl, tier: ruleTier, layer: r.layer, specific: r.specific, order: r.order}
		if decl.important {
			w.tier, w.layer = importantTier, -r.layer
		}
		out = append(out, w)
	}
	return out
}

// compare orders declarations from the weakest to the strongest (CSS Cascade 5, section 6.1).
func (w weighted) compare(v weighted) int {
	return cmp.Or(cmp.Compare(w.tier, v.tier), cmp.Compare(w.layer, v.layer),
		slices.Compare(w.specific[:], v.specific[:]), cmp.Compare(w.order, v.order))
}

// aliases are other names of properties, in text from left to right.
var aliases = map[string]string{"-webkit-clip-path": "clip-path", "inline-size": "width",
	"block-size": "height", "max-inline-size": "max-width", "max-block-size": "max-height",
	"-webkit-transform": "transform", "-webkit-filter": "filter", "mask": "mask-image",
	"-webkit-mask": "mask-image", "-webkit-mask-image": "mask-image", "-webkit-animation": "animation",
	"animation-name": "animation", "-webkit-line-clamp": "line-clamp",
	"text-decoration-line": "text-decoration", "inset-inline-start": "left", "inset-block-start": "top",
	"margin-inline-start": "margin-left", "margin-block-start": "margin-top",
	"-webkit-background-clip": "background-clip", "grid-row": "grid-area", "grid-column": "grid-area"}

// set sets a property; a shorthand sets those that it is short for. Names of families and variables keep
// their case.
func set(values map[string]string, property, v string) {
	if strings.HasPrefix(property, "--") {
		values[property] = v
		return
	}
	if a := aliases[property]; a != "" {
		property = a
	}
	v = strings.TrimSpace(v)
	low := strings.ToLower(v)
	switch property {
	case "inset":
		setSides(values, "", splitSpace(low))
	case "margin":
		setSides(values, "margin-", splitSpace(low))
	case "inset-inline":
		values["left"] = low
	case "inset-block":
		values["top"] = low
	case "overflow": // one value for both, or one each
		if sides := splitSpace(low); len(sides) > 0 {
			values["overflow-x"], values["overflow-y"] = sides[0], sides[len(sides)-1]
		}
	case "padding": // only that on the left moves text
		if sides := splitSpace(low); len(sides) > 0 {
			values["padding-left"] = sides[len(sides)-1]
		}
	case "-webkit-text-stroke": // the width, which comes before or after the colour
		for _, w := range splitSpace(low) {
			if _, _, ok := length(w, browserSize); ok {
				values["-webkit-text-stroke-width"] = w
			}
		}
	case "font":
		setFont(values, v)
	case "background":
		setBackground(values, low)
	case "font-family":
		values[property] = v
	default:
		values[property] = low
	}
}

// setSides sets the properties of four sides, whose names begin with a prefix.
func setSides(values map[string]string, prefix string, sides []string) {
	if len(sides) == 0 {
		return
	}
	for i, side := range [4]string{"top", "right", "bottom", "left"} {
		values[prefix+side] = ofSide(sides, i)
	}
}

// ofSide returns what a list of one to four values says of a side: 0 to 3 for top, right, bottom and left.
// A side that the list does not have is like the opposite one, and the right one like the top.
func ofSide(list []string, side int) string {
	for side >= len(list) {
		side = max(0, side-2) // that of the opposite side
	}
	return list[side]
}

// setFont sets what the shorthand font says of size and family: "style variant weight size/line-height
// family", where only size and family must be there (CSS 2.2, section 15.8).
func setFont(values map[string]string, v string) {
	words := splitSpace(v)
	for i, w := range words {
		size, _, _ := strings.Cut(strings.ToLower(w), "/")
		if !isFontSize(size, size == w, i == len(words)-1) {
			continue // style, variant or weight
		}
		values["font-size"] = size
		values["font-family"] = strings.Join(words[i+1:], " ")
		return
	}
	if strings.Contains(v, "var(") {
		values["font-size"] = v
	}
}

// isFontSize reports whether a word of the shorthand font is its size. bare is for words without a line
// height after them: a bare number from 100 on is a weight. The last word is the family.
func isFontSize(word string, bare, last bool) bool {
	if _, ok := fontSizes[word]; ok || word == "larger" || word == "smaller" {
		return true
	}
	px, percent, ok := length(word, browserSize)
	if !ok || last || word == "normal" {
		return false
	}
	weight := px >= 100 && percent == 0 && bare && strings.Trim(word, "0123456789") == ""
	return !weight
}

// setBackground sets what the shorthand background says of colour and image. A shorthand resets what it
// does not name (CSS Backgrounds 3, section 2.10).
func setBackground(values map[string]string, v string) {
	values["background-image"], values["background-color"] = "none", "transparent"
	for _, layer := range splitTop(v, ',') {
		for _, w := range splitSpace(layer) {
			switch {
			case isImage(w):
				if values["background-image"] == "none" {
					values["background-image"] = w
				} else {
					values["background-image"] += "," + w
				}
			case w == "text":
				values["background-clip"] = "text"
			case strings.HasPrefix(w, "var("):
				values["background-color"] = w
			case backgroundWord[w] || isPlace(w):
			default:
				values["background-color"] = w
			}
		}
	}
}

// isImage reports whether a word of the shorthand background is an image.
func isImage(w string) bool {
	return strings.Contains(w, "gradient(") || strings.HasPrefix(w, "url(") || strings.Contains(w, "image(") ||
		strings.Contains(w, "image-set(")
}

// isPlace reports whether a word of the shorthand background is a length, of a position or a size.
func isPlace(w string) bool {
	return w[0] >= '0' && w[0] <= '9' || w[0] == '-' || w[0] == '.' || strings.HasPrefix(w, "calc(")
}

// backgroundWord are words of the shorthand background other than colours.
var backgroundWord = map[string]bool{"repeat": true, "no-repeat": true, "repeat-x": true, "repeat-y": true,
	"center": true, "left": true, "right": true, "top": true, "bottom": true, "fixed": true, "scroll": true,
	"local": true, "cover": true, "contain": true, "/": true, "border-box": true, "padding-box": true,
	"content-box": true, "space": true, "round": true, "auto": true, "initial": true, "unset": true,
	"revert": true, "inherit": true, "none": true}

// hints returns what attributes other than style say of an element's look (HTML standard, section 15:
// presentational hints). They come before all rules of the page.
func hints(n *html.Node) (out []declaration) {
	for _, a := range n.Attr {
		h, ok := attributeHints[a.Key]
		if !ok || h.element != "" && h.element != n.Data {
			continue
		}
		if v := h.value(a.Val); v != "" {
			out = append(out, declaration{h.property, v, false})
		}
	}
	return out
}

// hint is how an attribute becomes a declaration.
type hint struct {
	element  string // that may have it; "" for any
	property string
	value    func(attribute string) string // "" if it says nothing
}

// attributeHints are the attributes that say how an element looks.
var attributeHints = map[string]hint{
	"color":   {"font", "color", legacyColour},
	"text":    {"body", "color", legacyColour},
	"bgcolor": {"", "background-color", legacyColour},
	"background": {"", "background-image", func(s string) string {
		if s == "" {
			return ""
		}
		return "url(x)" // what picture it is does not matter
	}},
	"face":   {"font", "font-family", func(s string) string { return s }},
	"size":   {"font", "font-size", func(s string) string { return fontNumber[strings.TrimSpace(s)] }},
	"hidden": {"", "display", func(string) string { return "none" }},
	"nowrap": {"", "white-space", func(string) string { return "nowrap" }},
}

// fontNumber maps the sizes of the element font to those of style sheets.
var fontNumber = map[string]string{"1": "x-small", "2": "small", "3": "medium", "4": "large", "5": "x-large",
	"6": "xx-large", "7": "xxx-large", "-1": "smaller", "-2": "smaller", "+1": "larger", "+2": "larger",
	"+3": "larger"}

// legacyColour writes the colour of an attribute as style sheets have it: with the # that many pages leave
// out.
func legacyColour(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) == 6 && strings.Trim(s, "0123456789abcdef") == "" {
		return "#" + s
	}
	return s
}

// maxVariable is the length in bytes up to which values of variables are put together: a chain of variables
// that each name another twice grows exponentially. maxSubstitutions bounds their number in one value.
const (
	maxVariable      = 2048
	maxSubstitutions = 20
)

// substitute puts the values of variables into a value, the innermost first. unresolved reports that one
// has none, also no fallback (CSS Variables 1, section 3).
func substitute(v string, vars map[string]string) (out string, unresolved bool) {
	for n := 0; strings.Contains(v, "var("); n++ {
		if n > maxSubstitutions || len(v) > maxVariable {
			return "", true
		}
		i := strings.LastIndex(v, "var(")
		end := strings.IndexByte(v[i:], ')')
		if end < 0 {
			return "", true
		}
		name, fallback, hasFallback := strings.Cut(v[i+4:i+end], ",")
		s, ok := vars[strings.TrimSpace(name)]
		if !ok && !hasFallback {
			return "", true
		}
		if !ok {
			s = fallback
		}
		v = v[:i] + s + v[i+end+1:]
	}
	return v, false
}

// resolveVariables replaces the variables in an element's values. doubt reports that one that matters has
// no value. The variables inherited are shared with the parent, so they are copied before the first change.
func resolveVariables(values, inherited map[string]string) (vars map[string]string, doubt bool) {
	vars = inherited
	own := false
	for k, v := range values {
		if strings.HasPrefix(k, "--") {
			if !own {
				vars, own = maps.Clone(inherited), true
				if vars == nil {
					vars = map[string]string{}
				}
			}
			vars[k] = v
		}
	}
	for k, v := range values {
		if strings.HasPrefix(k, "--") || !strings.Contains(v, "var(") {
			continue
		}
		delete(values, k)
		if s, unresolved := substitute(v, vars); unresolved {
			doubt = true
		} else {
			set(values, k, s)
		}
	}
	return vars, doubt
}

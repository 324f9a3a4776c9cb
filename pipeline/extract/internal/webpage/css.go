package webpage

import (
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
)

// certainty is whether a rule of a style sheet applies where its selector matches. The values are ordered,
// so that the certainty of conditions that must all hold is their minimum.
type certainty int

const (
	never certainty = iota
	perhaps
	always
)

// rule is one selector of a style sheet with its declarations.
type rule struct {
	sel      cascadia.Sel
	sure     certainty
	layer    int // cascade layers in their order; those outside of layers have unlayered
	order    int
	decls    []declaration
	pseudo   string // "first-line" and the like; "" for the element itself
	id       string // of the last compound of the selector, by which rules are found
	class    string
	tag      string
	specific cascadia.Specificity
}

// declaration is one property of a rule, in lower case.
type declaration struct {
	property, value string
	important       bool
}

// Bounds of a page's style sheets. The large frameworks have a few thousand rules in a few hundred KB; a
// sheet beyond these bounds is truncated, and then all text of the page is uncertain.
const (
	maxRules  = 20_000
	maxCSS    = 4 << 20 // bytes
	maxNested = 12      // rules within rules

	// maxCombinations bounds the selectors that one nested rule multiplies to, maxSelectors their length in
	// bytes.
	maxCombinations = 200
	maxSelectors    = 4096

	// unlayered is the place of rules outside of cascade layers, which go over all that are in one (CSS
	// Cascade 5, section 6.4).
	unlayered = 1 << 30
)

// sheet is what the style sheets of a page say.
type sheet struct {
	rules     []*rule
	layers    map[string]int
	moving    map[string]bool // names of animations that change whether something is seen
	fonts     map[string]bool // families of fonts that the page carries in itself, in small letters
	external  bool            // a style sheet is imported from elsewhere
	truncated bool            // there are more rules than are read
	size      int
}

// block is the context of a piece of a style sheet. It is passed by value: each nested block changes its
// own copy.
type block struct {
	sure   certainty
	layer  int
	parent string // selector that nested rules continue
	depth  int
}

// read reads a style sheet. Like browsers it goes on after mistakes: what it cannot interpret ends at the
// next semicolon or block (CSS Syntax 3, section 5).
func (s *sheet) read(css string, at block) {
	if s.size += len(css); s.size > maxCSS || at.depth > maxNested {
		s.truncated = true
		return
	}
	for css = stripComments(css); css != ""; {
		i := indexTop(css, "{;}")
		if i < 0 {
			return
		}
		head := strings.TrimSpace(css[:i])
		if css[i] != '{' { // a statement, or a stray brace
			s.statement(head)
			css = css[i+1:]
			continue
		}
		body, rest := braces(css[i+1:])
		css = rest
		switch {
		case strings.HasPrefix(head, "@"):
			s.atRule(head, body, at)
		case at.sure != never:
			s.add(head, body, at)
		}
	}
}

// statement reads a rule without a block. Only two of them matter: imports, whose content is not in the
// file, and the order of cascade layers.
func (s *sheet) statement(head string) {
	low := strings.ToLower(head)
	switch {
	case strings.HasPrefix(low, "@import"):
		s.external = s.external || !fontSheet(low)
	case strings.HasPrefix(low, "@layer"):
		for name := range strings.SplitSeq(low[len("@layer"):], ",") {
			s.layer(strings.TrimSpace(name))
		}
	}
}

// layer returns the place of a cascade layer: layers are ordered by their first mention (CSS Cascade 5,
// section 6.4). Layers without a name are each one of their own.
func (s *sheet) layer(name string) int {
	if s.layers == nil {
		s.layers = map[string]int{}
	}
	if name == "" {
		name = "\x00" + strconv.Itoa(len(s.layers))
	}
	if _, ok := s.layers[name]; !ok {
		s.layers[name] = len(s.layers)
	}
	return s.layers[name]
}

// atRule reads a rule that begins with @ and has a block. Conditions other than on the medium are not
// computed: their rules apply perhaps.
func (s *sheet) atRule(head, body string, at block) {
	name, condition, _ := strings.Cut(strings.ToLower(head), " ")
	if i := strings.IndexByte(name, '('); i > 0 {
		name, condition = name[:i], name[i:]+" "+condition
	}
	at.depth++
	switch name {
	case "@media":
		at.sure = min(at.sure, media(condition))
	case "@layer":
		at.layer = s.layer(strings.TrimSpace(condition))
	case "@supports", "@container", "@scope", "@starting-style", "@-moz-document", "@document":
		at.sure = min(at.sure, perhaps)
	case "@keyframes", "@-webkit-keyframes", "@-moz-keyframes", "@-o-keyframes":
		s.keyframes(strings.TrimSpace(condition), body)
		return
	case "@font-face":
		s.fontFace(body)
		return
	default: // pages, properties
		return
	}
	if at.sure == never {
		return
	}
	if at.parent != "" {
		s.add(at.parent, body, block{at.sure, at.layer, "", at.depth})
		return
	}
	s.read(body, at)
}

// fontFace remembers a font that the page carries in itself: what its letters look like is not known. Fonts from
// elsewhere are not: the page is shown with a font of the machine if they cannot be had.
func (s *sheet) fontFace(body string) {
	family, own := "", false
	for _, decl := range splitTop(body, ';') {
		name, v, _ := strings.Cut(decl, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "font-family":
			family = strings.ToLower(strings.Trim(strings.TrimSpace(v), `"'`))
		case "src":
			own = strings.Contains(strings.ToLower(v), "data:")
		}
	}
	if own && family != "" {
		if s.fonts == nil {
			s.fonts = map[string]bool{}
		}
		s.fonts[family] = true
	}
}

// keyframes remembers an animation if its frames name a property that may hide text. What the frames do is
// not computed.
func (s *sheet) keyframes(name, body string) {
	if s.moving == nil {
		s.moving = map[string]bool{}
	}
	low := strings.ToLower(body)
	if slices.ContainsFunc(movingProperties, func(p string) bool { return strings.Contains(low, p) }) {
		s.moving[strings.Trim(name, `"'`)] = true
	}
}

// movingProperties are the properties by which an animation may hide text.
var movingProperties = strings.Fields(`opacity visibility display color background transform clip font-size left
	top right bottom width height margin filter scale translate content-visibility mask zoom text-indent`)

// add adds the rules of a block with selectors, and those nested in it.
func (s *sheet) add(selectors, body string, at block) {
	if at.parent != "" {
		selectors = nest(at.parent, selectors)
	}
	var decls []declaration
	for rest := body; rest != ""; {
		i := indexTop(rest, "{;")
		if i < 0 {
			decls = appendDeclaration(decls, rest)
			break
		}
		head := strings.TrimSpace(rest[:i])
		if rest[i] == ';' {
			decls, rest = appendDeclaration(decls, head), rest[i+1:]
			continue
		}
		var inner string
		inner, rest = braces(rest[i+1:])
		nested := block{at.sure, at.layer, selectors, at.depth + 1}
		switch {
		case nested.depth > maxNested || len(selectors) > maxSelectors:
			s.truncated = true
		case strings.HasPrefix(head, "@"):
			s.atRule(head, inner, nested)
		default:
			s.add(head, inner, nested)
		}
	}
	if len(decls) == 0 {
		return
	}
	for _, one := range splitTop(selectors, ',') {
		s.selector(strings.TrimSpace(one), decls, at)
	}
}

// selector adds one rule. A selector that cannot be interpreted is tried without the pseudo-classes in it,
// and then applies perhaps. If that fails too, and the rule may hide text, it applies perhaps to every
// element: to drop it would be to take hidden text for seen.
func (s *sheet) selector(text string, decls []declaration, at block) {
	if len(s.rules) >= maxRules {
		s.truncated = true
		return
	}
	r := &rule{sure: at.sure, layer: at.layer, order: len(s.rules), decls: decls}
	sel, err := cascadia.ParseWithPseudoElement(text)
	if err != nil {
		r.sure = perhaps
		if sel, err = cascadia.ParseWithPseudoElement(withoutPseudo(text)); err != nil {
			if !hidingProperty(decls) {
				return
			}
			sel, _ = cascadia.ParseWithPseudoElement("*")
			text = "*"
		} else {
			text = withoutPseudo(text)
		}
	}
	r.sel, r.pseudo, r.specific = sel, sel.PseudoElement(), sel.Specificity()
	r.tag, r.class, r.id = lastCompound(text)
	s.rules = append(s.rules, r)
}

// appendDeclaration adds a declaration as it is written, "name: value !important". Names are in lower case,
// but for those of variables, where case counts.
func appendDeclaration(decls []declaration, s string) []declaration {
	name, v, ok := strings.Cut(s, ":")
	name, v = strings.TrimSpace(name), strings.TrimSpace(v)
	if !ok || name == "" {
		return decls
	}
	if !strings.HasPrefix(name, "--") {
		name = strings.ToLower(name)
	}
	important := false
	if i := strings.LastIndexByte(v, '!'); i >= 0 && strings.EqualFold(strings.TrimSpace(v[i+1:]), "important") {
		v, important = strings.TrimSpace(v[:i]), true
	}
	return append(decls, declaration{name, unescape(v), important})
}

// declarations reads the value of a style attribute, of which the first 500 declarations count.
func declarations(s string) (out []declaration) {
	for _, d := range splitTop(stripComments(s), ';') {
		out = appendDeclaration(out, d)
		if len(out) > 500 {
			break
		}
	}
	return out
}

// hidingProperty reports whether declarations may hide text.
func hidingProperty(decls []declaration) bool {
	return slices.ContainsFunc(decls, func(d declaration) bool { return properties[d.property] })
}

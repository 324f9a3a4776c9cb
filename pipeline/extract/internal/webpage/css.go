package webpage

import (
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// certainty is whether a rule of a style sheet applies where its selector matches.
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

// Bounds of a page's style sheets.
const (
	maxRules  = 20_000
	maxCSS    = 4 << 20 // bytes
	maxNested = 12      // rules within rules
	unlayered = 1 << 30
)

// sheet is what the style sheets of a page say.
type sheet struct {
	rules     []*rule
	layers    map[string]int
	moving    map[string]bool // names of animations that change whether something is seen
	external  bool            // a style sheet is imported from elsewhere
	truncated bool            // there are more rules than are read
	size      int
}

// block is where a piece of a style sheet is.
type block struct {
	sure   certainty
	layer  int
	parent string // selector that nested rules continue
	depth  int
}

// read reads a style sheet.
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

// statement reads a rule without a block.
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

// layer returns the place of a cascade layer; layers without a name are each one of their own.
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

// atRule reads a rule that begins with @ and has a block.
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
	default: // fonts, pages, properties
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

// keyframes remembers an animation if it changes more than where something is and how large it is drawn.
func (s *sheet) keyframes(name, body string) {
	if s.moving == nil {
		s.moving = map[string]bool{}
	}
	low := strings.ToLower(body)
	for _, p := range []string{"opacity", "visibility", "display", "color", "background", "transform", "clip", "font-size",
		"left", "top", "right", "bottom", "width", "height", "margin", "filter", "scale", "translate", "content-visibility",
		"mask", "zoom", "text-indent"} {
		if strings.Contains(low, p) {
			s.moving[strings.Trim(name, `"'`)] = true
			return
		}
	}
}

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
		case nested.depth > maxNested || len(selectors) > 4096:
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

// nest joins the selectors of a nested rule to those of the rule around it.
func nest(parent, selectors string) string {
	var out []string
	for _, p := range splitTop(parent, ',') {
		for _, c := range splitTop(selectors, ',') {
			c, p := strings.TrimSpace(c), strings.TrimSpace(p)
			if strings.Contains(c, "&") {
				out = append(out, strings.ReplaceAll(c, "&", p))
			} else {
				out = append(out, p+" "+c)
			}
			if len(out) > 200 {
				return strings.Join(out, ",")
			}
		}
	}
	return strings.Join(out, ",")
}

// selector adds one rule. A selector that cannot be interpreted is tried without the pseudo-classes in it, and then
// applies perhaps.
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

// withoutPseudo removes pseudo-classes and pseudo-elements from a selector.
func withoutPseudo(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != ':' {
			b.WriteByte(s[i])
			i++
			continue
		}
		for i < len(s) && s[i] == ':' {
			i++
		}
		for i < len(s) && isName(s[i]) {
			i++
		}
		if i < len(s) && s[i] == '(' {
			if n := indexTop(s[i+1:], ")"); n >= 0 {
				i += n + 2
			} else {
				i = len(s)
			}
		}
	}
	out := strings.TrimSpace(b.String())
	if out == "" || strings.ContainsAny(out[len(out)-1:], ">+~") {
		out += "*"
	}
	return strings.TrimPrefix(out, "> ")
}

// isName reports whether c may be part of a name in a style sheet.
func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c >= 0x80
}

// lastCompound returns the element, a class and the id that the last part of a selector asks for; "" for what it does
// not ask for. What it cannot read exactly it leaves out.
func lastCompound(s string) (tag, class, id string) {
	depth, begin := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == '\\' || c == '"' || c == '\'':
			return "", "", ""
		case depth == 0 && strings.IndexByte(" >+~\t\n\r", c) >= 0:
			begin = i + 1
		}
	}
	last := s[begin:]
	for i := 0; i < len(last); {
		kind := last[i]
		if kind == '.' || kind == '#' || kind == ':' {
			i++
		} else if !isName(kind) {
			break
		}
		n := i
		for n < len(last) && isName(last[n]) {
			n++
		}
		switch name := last[i:n]; kind {
		case '.':
			class = name
		case '#':
			id = name
		case ':':
			return tag, class, id
		default:
			tag = strings.ToLower(name)
		}
		if n == i {
			break
		}
		i = n
	}
	return tag, class, id
}

// appendDeclaration adds a declaration as it is written.
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

// declarations reads the value of a style attribute.
func declarations(s string) (out []declaration) {
	for _, d := range splitTop(stripComments(s), ';') {
		out = appendDeclaration(out, d)
		if len(out) > 500 {
			break
		}
	}
	return out
}

// unescape resolves escapes of style sheets: a backslash and up to six hexadecimal digits, or a character.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		n := i + 1
		for n < len(s) && n < i+7 && strings.IndexByte("0123456789abcdefABCDEF", s[n]) >= 0 {
			n++
		}
		if n == i+1 {
			continue
		}
		code, _ := strconv.ParseUint(s[i+1:n], 16, 32)
		b.WriteRune(rune(code))
		if i = n - 1; n < len(s) && s[n] == ' ' {
			i++
		}
	}
	return b.String()
}

// stripComments removes comments, and the marks of HTML comments around a style sheet.
func stripComments(s string) string {
	if strings.Contains(s, "<!--") || strings.Contains(s, "-->") {
		s = strings.NewReplacer("<!--", " ", "-->", " ").Replace(s)
	}
	if !strings.Contains(s, "/*") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "/*")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteByte(' ')
		if _, s, ok = strings.Cut(rest, "*/"); !ok {
			return b.String()
		}
	}
}

// indexTop returns the index of the first of some characters that is neither in a string nor in brackets; -1 if there
// is none.
func indexTop(s, chars string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"' || c == '\'':
			for i++; i < len(s) && s[i] != c && s[i] != '\n'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case depth == 0 && strings.IndexByte(chars, c) >= 0:
			return i
		case c == '(' || c == '[':
			depth++
		case (c == ')' || c == ']') && depth > 0:
			depth--
		}
	}
	return -1
}

// splitTop divides a text at a character outside of strings and brackets.
func splitTop(s string, sep byte) (out []string) {
	for {
		i := indexTop(s, string(sep))
		if i < 0 {
			return append(out, s)
		}
		out, s = append(out, s[:i]), s[i+1:]
	}
}

// braces returns what is up to the closing brace that matches one before s, and what follows it.
func braces(s string) (inside, rest string) {
	depth := 0
	for i := 0; i < len(s); {
		n := indexTop(s[i:], "{}")
		if n < 0 {
			break
		}
		i += n
		if s[i] == '{' {
			depth++
		} else if depth--; depth < 0 {
			return s[:i], s[i+1:]
		}
		i++
	}
	return s, ""
}

// Widths of an ordinary window, in px: a condition that holds for all of them is certain.
const (
	narrowWindow = 800
	wideWindow   = 1900
)

// media returns whether a list of media queries applies to an ordinary window.
func media(list string) certainty {
	list = strings.TrimSpace(strings.ToLower(list))
	if list == "" {
		return always
	}
	best := never
	for _, q := range splitTop(list, ',') {
		best = max(best, mediaQuery(strings.TrimSpace(q)))
	}
	return best
}

// mediaQuery returns whether one media query applies.
func mediaQuery(q string) certainty {
	negated := strings.HasPrefix(q, "not ")
	q = strings.TrimPrefix(strings.TrimPrefix(q, "not "), "only ")
	sure := always
	if strings.Contains(q, " or ") {
		sure = perhaps
	}
	for part := range strings.SplitSeq(q, " and ") {
		switch part = strings.TrimSpace(part); {
		case part == "all" || part == "screen" || part == "":
		case part == "print" || part == "speech" || part == "tv" || part == "handheld" || part == "projection" ||
			part == "braille" || part == "aural" || part == "tty" || part == "embossed":
			sure = never
		case strings.HasPrefix(part, "("):
			sure = min(sure, mediaFeature(part))
		default:
			sure = min(sure, perhaps)
		}
	}
	if negated {
		return always - sure
	}
	return sure
}

// mediaFeature returns whether a condition on a feature of the window applies.
func mediaFeature(s string) certainty {
	name, v, ok := strings.Cut(strings.Trim(s, "()"), ":")
	px, _, known := length(strings.TrimSpace(v), 16)
	if !ok || !known {
		return perhaps
	}
	switch strings.TrimSpace(name) {
	case "min-width", "min-device-width":
		switch {
		case px <= narrowWindow:
			return always
		case px > wideWindow:
			return never
		}
	case "max-width", "max-device-width":
		switch {
		case px >= wideWindow:
			return always
		case px < narrowWindow:
			return never
		}
	}
	return perhaps
}

// fontSheet reports whether the address of a style sheet is of a service that serves fonts and nothing else.
func fontSheet(address string) bool {
	for _, host := range []string{"//fonts.googleapis.com/", "//fonts.bunny.net/", "//use.typekit.net/"} {
		if strings.Contains(strings.ToLower(address), host) {
			return true
		}
	}
	return false
}

// sheets collects the style sheets of a page, and whether something outside of the file may change how it looks.
func sheets(root *html.Node, o Options) (s *sheet, unknown bool) {
	s = &sheet{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "style":
			typ := strings.ToLower(value(n, "type"))
			if n.FirstChild != nil && (typ == "" || typ == "text/css") && n.Namespace != "math" {
				if sure := media(value(n, "media")); sure != never {
					s.read(n.FirstChild.Data, block{sure: sure, layer: unlayered})
				}
			}
		case "link":
			rel := " " + strings.ToLower(value(n, "rel")) + " "
			if strings.Contains(rel, " stylesheet ") && !strings.Contains(rel, " alternate ") &&
				media(value(n, "media")) != never && !fontSheet(value(n, "href")) {
				unknown = true
			}
		case "script":
			unknown = unknown || !o.Mail && script(n)
		}
		for _, a := range n.Attr {
			if !o.Mail && (a.Key == "onload" || a.Key == "onerror" || a.Key == "onanimationstart" || a.Key == "ontoggle" ||
				a.Key == "onfocus") {
				unknown = true
			}
		}
	}
	return s, unknown || s.external || s.truncated
}

// script reports whether a script may change the page: it comes from elsewhere, or has a name of the page's objects.
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

// hidingProperty reports whether declarations may hide text.
func hidingProperty(decls []declaration) bool {
	return slices.ContainsFunc(decls, func(d declaration) bool { return properties[d.property] })
}

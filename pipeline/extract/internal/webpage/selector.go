package webpage

import "strings"

// withoutPseudo removes pseudo-classes and pseudo-elements from a selector, with their arguments. The
// result matches at least what the selector does.
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

// isName reports whether c may be part of a name in a style sheet (CSS Syntax 3, section 4.2: ident code
// point).
func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c >= 0x80
}

// lastCompound returns the element, a class and the id that the last part of a selector asks for; "" for
// what it does not ask for. What it cannot read exactly it leaves out: these are only the key under which
// the rule is found, and a key that is too wide costs time, while one that is too narrow would lose the
// rule.
func lastCompound(s string) (tag, class, id string) {
	last, ok := lastPart(s)
	for ok && last != "" {
		kind := last[0]
		if kind == '.' || kind == '#' || kind == ':' {
			last = last[1:]
		} else if !isName(kind) {
			break
		}
		n := 0
		for n < len(last) && isName(last[n]) {
			n++
		}
		switch name := last[:n]; kind {
		case '.':
			class = name
		case '#':
			id = name
		case ':':
			return tag, class, id
		default:
			tag = strings.ToLower(name)
		}
		if n == 0 {
			break
		}
		last = last[n:]
	}
	return tag, class, id
}

// lastPart returns what follows the last combinator of a selector: in "ul > li.a" that is "li.a". ok is
// false if there are escapes or strings, in which such a sign may be part of a name.
func lastPart(s string) (part string, ok bool) {
	depth, begin := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == '\\' || c == '"' || c == '\'':
			return "", false
		case depth == 0 && strings.IndexByte(" >+~\t\n\r", c) >= 0:
			begin = i + 1
		}
	}
	return s[begin:], true
}

// nest joins the selectors of a nested rule to those of the rule around it: "&" is the outer selector,
// without it the inner one is a descendant (CSS Nesting 1). Each combination becomes one selector, so their
// number is bounded by maxCombinations.
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
			if len(out) > maxCombinations {
				return strings.Join(out, ",")
			}
		}
	}
	return strings.Join(out, ",")
}

package texts

import (
	"regexp"
	"strings"
	"unicode"
)

// Most starts of kheo read the catalogue, and a YAML parser takes longer for it than the rest of the start. So the way
// in which the files are written is read directly. Any other YAML is left to the parser: see plain.

var sectionLine = regexp.MustCompile(`^([a-z][a-z-]*):(?: +#.*)?$`)

// escapes are those that a quoted text may have.
var escapes = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "\n")

// plain reads a file of the catalogue that has sections without indent, keys indented by two spaces, and behind each
// key a text in double quotes on the same line, or | and lines that are indented by four spaces or more. It returns
// false if anything is written otherwise; what it returns is what a YAML parser reads.
func plain(text string) (sections map[string]map[string]string, ok bool) {
	sections = map[string]map[string]string{}
	if !strings.HasSuffix(text, "\n") || strings.ContainsFunc(text, special) {
		return nil, false
	}
	var list map[string]string
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.TrimLeft(line, " ") == "", strings.HasPrefix(strings.TrimLeft(line, " "), "#"):
			continue
		case line[0] != ' ':
			m := sectionLine.FindStringSubmatch(line)
			if m == nil || sections[m[1]] != nil {
				return nil, false
			}
			list = map[string]string{}
			sections[m[1]] = list
			continue
		}
		key, value, found := strings.Cut(line, ": ")
		if key, ok = strings.CutPrefix(key, "  "); !found || !ok || list == nil || !plainKey(key) {
			return nil, false
		}
		if _, twice := list[key]; twice {
			return nil, false
		}
		if value == "|" {
			text, n, ok := block(lines[i+1:])
			if !ok {
				return nil, false
			}
			list[key], i = text, i+n
			continue
		}
		if list[key], ok = quoted(value); !ok {
			return nil, false
		}
	}
	for _, list := range sections {
		if len(list) == 0 {
			return nil, false // a YAML parser makes something else of it
		}
	}
	return sections, true
}

// special reports whether YAML treats a character in a way of its own, wherever it is, or the text is not UTF-8.
func special(r rune) bool {
	return r != '\n' && unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r >= '\ufffd' &&
		r <= '\uffff'
}

// plainKey reports whether a key is a word to a YAML parser, and neither a number nor anything else.
func plainKey(key string) bool {
	letters := false
	for i := range len(key) {
		switch c := key[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			letters = true
		case '0' <= c && c <= '9' && i > 0, (c == '-' || c == '.' || c == '/' || c == '_') && i > 0:
		default:
			return false
		}
	}
	return letters && strings.ToLower(key) != "null"
}

// quoted returns the text between double quotes.
func quoted(s string) (text string, ok bool) {
	s, opened := strings.CutPrefix(s, `"`)
	s, closed := strings.CutSuffix(s, `"`)
	if !opened || !closed {
		return "", false
	}
	if !strings.ContainsAny(s, `\"`) {
		return s, true
	}
	// What is left of the text without its escapes has no quote and no other escape.
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return "", false
		case s[i] == '\\':
			if i++; i == len(s) || !strings.ContainsRune(`"\n`, rune(s[i])) {
				return "", false
			}
		}
	}
	return escapes.Replace(s), true
}

// block returns the lines of a text behind |, and how many lines it takes. Empty lines are part of it if it goes on
// after them.
func block(lines []string) (text string, n int, ok bool) {
	var out strings.Builder
	for i, line := range lines {
		content, in := strings.CutPrefix(line, "    ")
		switch {
		case line == "" && n > 0:
			continue
		case in && content != "":
			if n == 0 && content[0] == ' ' {
				return "", 0, false // the first line sets the indent
			}
			out.WriteString(strings.Repeat("\n", i-n) + content + "\n")
			n = i + 1
		case strings.TrimLeft(line, " ") == "":
			return "", 0, false // spaces may be part of the text
		default:
			return out.String(), n, n > 0
		}
	}
	return out.String(), n, n > 0
}

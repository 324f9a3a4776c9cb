package yamledit

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// lineWidth is how long a line with brackets may be before a value is written in lines of its own.
const lineWidth = 110

// plainText is the form of texts that may be written without quotes if the parser agrees.
var plainText = regexp.MustCompile(`^[\p{L}\p{N}_(<>=…][^\p{Cc}"'\\` + "`" + `]*$`)

// conditionText is the form of conditions, which may hold quotes after their beginning.
var conditionText = regexp.MustCompile(`^[\p{L}\p{N}_(][^\p{Cc}\\]*$`)

// encodeScalar returns a single value. quote is how the value that it replaces is quoted, and indent how far its
// line is indented.
func encodeScalar(v *Value, inFlow bool, quote byte, indent int) string {
	if v.Kind == Null {
		return "null"
	}
	if !v.Str {
		if parsesAs(v.Text, v.Text, inFlow, false) {
			return v.Text
		}
		return strconv.Quote(v.Text)
	}
	if quote != '"' && quote != '\'' && (plainText.MatchString(v.Text) || !inFlow &&
		conditionText.MatchString(v.Text)) &&
		parsesAs(v.Text, v.Text, inFlow, true) {
		return v.Text
	}
	if quote == '\'' && !strings.ContainsAny(v.Text, "\n\r\t") {
		if s := "'" + strings.ReplaceAll(v.Text, "'", "''") + "'"; parsesAs(s, v.Text, inFlow, true) {
			return s
		}
	}
	if strings.Contains(v.Text, "\n") && !inFlow && quote != '"' && quote != '\'' {
		if s, ok := literal(v.Text, indent); ok {
			return s
		}
	}
	return doubleQuoted(v.Text)
}

// doubleQuoted returns a text in double quotes on one line. Only what cannot be written otherwise is escaped.
func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff:
			b.WriteString(`\u` + strings.Repeat("0", 4-len(strconv.FormatInt(int64(r), 16))) +
				strconv.FormatInt(int64(r), 16))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// literal returns a text of several lines as a block (|), indented two further than indent.
func literal(s string, indent int) (string, bool) {
	head, body := "|", strings.TrimSuffix(s, "\n")
	if body == s {
		head = "|-"
	}
	if strings.HasPrefix(body, " ") || strings.HasPrefix(body, "\n") || strings.HasSuffix(body, "\n") ||
		strings.ContainsAny(body, "\r\t") || strings.TrimSpace(body) == "" {
		return "", false
	}
	pad := strings.Repeat(" ", indent+2)
	lines := strings.Split(body, "\n")
	for i, l := range lines {
		if l != strings.TrimRight(l, " ") {
			return "", false
		}
		if l != "" {
			lines[i] = pad + l
		}
	}
	return head + "\n" + strings.Join(lines, "\n"), true
}

// parsesAs reports whether the parser reads a source as a single value with a text, in brackets or after a key.
func parsesAs(source, text string, inFlow, str bool) bool {
	doc := "k: " + source + "\n"
	if inFlow && source == text && strings.Contains(text, ":") {
		return false // whether it is a key depends on what follows
	}
	if inFlow {
		doc = "k: [" + source + ", " + source + "]\n" // before a comma and before a bracket
	}
	f, problems := Parse("", []byte(doc))
	if len(problems) > 0 {
		return false
	}
	v := f.Root.Get("k")
	if inFlow {
		if v == nil || v.Kind != List || len(v.Items) != 2 {
			return false
		}
		if v = v.Items[0]; !Equal(v, f.Root.Get("k").Items[1]) {
			return false
		}
	}
	return v != nil && v.Kind == Scalar && v.Text == norm.NFC.String(text) && v.Str == str
}

// encodeKey returns a key, in quotes if it needs them.
func encodeKey(key string, inFlow bool) string {
	for _, s := range []string{key, doubleQuoted(key)} {
		doc := s + ": x\n"
		if inFlow {
			doc = "{ " + s + ": x }\n"
		}
		if f, problems := Parse("", []byte(doc)); len(problems) == 0 && f.Root.Kind == Map && len(f.Root.Keys) == 1 &&
			f.Root.Keys[0] == key {
			return s
		}
	}
	return doubleQuoted(key)
}

// encodeFlow returns a value on one line, groups and lists in brackets.
func encodeFlow(v *Value) string {
	switch v.Kind {
	case Map:
		if len(v.Items) == 0 {
			return "{}"
		}
		if v.Short != "" && len(v.Keys) == 1 && v.Keys[0] == v.Short {
			return encodeFlow(v.Items[0])
		}
		parts := make([]string, len(v.Items))
		for i, item := range v.Items {
			parts[i] = encodeKey(v.Keys[i], true) + ": " + encodeFlow(item)
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case List:
		parts := make([]string, len(v.Items))
		braces := false
		for i, item := range v.Items {
			parts[i] = encodeFlow(item)
			braces = braces || item.Kind == Map
		}
		if braces {
			return "[ " + strings.Join(parts, ", ") + " ]"
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return encodeScalar(v, true, 0, 0)
}

// encodeAfter returns what follows a colon, or a dash if item, of an entry that is indented by indent.
func encodeAfter(v *Value, indent int, item bool) string {
	if v.Kind == Null {
		return ""
	}
	if v.Kind == Scalar {
		return " " + encodeScalar(v, false, 0, indent)
	}
	if flow := encodeFlow(v); len([]rune(flow))+indent+20 <= lineWidth || len(v.Items) == 0 {
		return " " + flow
	}
	if v.Short != "" && len(v.Keys) == 1 && v.Keys[0] == v.Short {
		return encodeAfter(v.Items[0], indent, item)
	}
	block := encodeBlock(v, indent+2)
	if item && v.Kind == Map {
		return " " + strings.TrimLeft(block, "\n ")
	}
	return block
}

// encodeBlock returns a group or list in lines, beginning with a line break.
func encodeBlock(v *Value, indent int) string {
	var b strings.Builder
	pad := strings.Repeat(" ", indent)
	for i, item := range v.Items {
		b.WriteString("\n" + pad)
		if v.Kind == Map {
			b.WriteString(encodeKey(v.Keys[i], false) + ":")
		} else {
			b.WriteString("-")
		}
		b.WriteString(encodeAfter(item, indent, v.Kind == List))
	}
	return b.String()
}

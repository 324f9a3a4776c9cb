package strict

import (
	"fmt"
	"regexp"
	"strings"
)

// What the parser says of a text that is not YAML is about its own work. This file says what a person has written
// that it stumbled over, by the line.

// Forms of lines with a mistake.
var (
	definedTwice = regexp.MustCompile(`mapping key "(.*)" already defined at \[(\d+):`)
	keyNoSpace   = regexp.MustCompile(`^\s*(?:- )?([\w-]+):(\S.*)$`)
	keyEqual     = regexp.MustCompile(`^\s*(?:- )?([\w-]+)\s*=\s*(.*)$`)
	dashNoSpace  = regexp.MustCompile(`^\s*-[^\s-]`)
	colonInText  = regexp.MustCompile(`^\s*(?:- )?([\w-]+): ([^"'\[{|>].*: .*)$`)
)

// ternary finds an expression with ? : in a line, whose colon YAML takes for that of a key, and keyed the key before
// it.
var (
	ternary = regexp.MustCompile(`\?[^"'#]*\s:\s`)
	keyed   = regexp.MustCompile(`^\s*(?:- +)?([A-Za-z0-9_-]+):\s+(\S.*)$`)
)

// ternaryCure says how an expression with ? : is written.
func ternaryCure(text string) string {
	if m := keyed.FindStringSubmatch(text); m != nil && len(m[2]) < 200 {
		return fmt.Sprintf("put quotes around the expression, because it holds a colon: %s: \"%s\"", m[1],
			strings.ReplaceAll(strings.TrimSpace(m[2]), `"`, `\"`))
	}
	return "put quotes around the expression with ? and :, because YAML takes its colon for that of a key"
}

// indentCure says how lines are indented.
const indentCure = "begin the keys of one entry in the same column, two spaces further than what they belong to; " +
	"an entry of a list begins with a dash and a space"

// syntax explains an error of the parser at a line and column: its place, what is wrong, and what to do.
func syntax(src string, line, col int, message string) (atLine, atCol int, says, cure string) {
	lines := strings.Split(src, "\n")
	text := ""
	if line >= 1 && line <= len(lines) {
		text = strings.TrimRight(lines[line-1], "\r")
	}
	switch {
	case ternary.MatchString(text):
		return line, col, "an expression with a colon needs quotes", ternaryCure(text)
	case strings.HasPrefix(strings.TrimLeft(text, " "), "\t"):
		return line, col, "a tab stands at the beginning of the line", "use spaces: two for each level"
	case definedTwice.MatchString(message):
		m := definedTwice.FindStringSubmatch(message)
		return line, col, fmt.Sprintf("%q is here twice: it is in line %s already", m[1], m[2]),
			"keep one of them; if this begins another entry of a list, put a dash and a space in front: - " + m[1] + ":"
	case strings.Contains(message, "must be specified"):
		if l, c, bracket := openBracket(src, line, col); bracket != 0 {
			closing := map[byte]string{'[': "]", '{': "}"}[bracket]
			return l, c, fmt.Sprintf("the bracket %c is not closed", bracket),
				fmt.Sprintf("close it with %s, and put a comma between what is in it", closing)
		}
	case strings.Contains(message, "end character of"):
		return line, col, "a quotation mark is opened here and not closed", "close it at the end of the text"
	case strings.Contains(message, "reserved character"):
		return line, col, "a text cannot begin with this character", "put the whole text in quotes"
	case strings.Contains(message, "flow map content"):
		return line, col, "in these brackets are two commas in a row, or brackets where a key is expected",
			"write  { key: value, key: value }, and a list as  [a, b]"
	}
	return inLine(text, line, col, message)
}

// inLine explains an error by what the line looks like.
func inLine(text string, line, col int, message string) (atLine, atCol int, says, cure string) {
	switch {
	case strings.ContainsRune(text, '\u00a0') || strings.ContainsRune(text, '\u3000'):
		return line, col, "a space in this line is not an ordinary one, as copied from a word processor or web page",
			"delete the spaces of the line and type them again"
	case dashNoSpace.MatchString(text):
		return line, col, "a dash at the beginning of the line has no space behind it", "write a dash and a space: - "
	case keyNoSpace.MatchString(text):
		m := keyNoSpace.FindStringSubmatch(text)
		return line, col, "there is no space behind the colon", "write  " + m[1] + ": " + m[2]
	case keyEqual.MatchString(text):
		m := keyEqual.FindStringSubmatch(text)
		return line, col, "there is an equal sign where a colon belongs", "write  " + m[1] + ": " + m[2]
	case colonInText.MatchString(text):
		m := colonInText.FindStringSubmatch(text)
		return line, col, "a text with a colon needs quotes",
			"write  " + m[1] + `: "` + strings.NewReplacer(`"`, `\"`, "“", "", "”", "").Replace(m[2]) + `"`
	case strings.Contains(message, "non-map value"):
		return line, col, "the line has no colon, so it is not a key with its value", "write  name: value"
	case strings.Contains(message, "not allowed in this context"):
		return line, col, "the line does not begin in the column of the lines that it belongs to", indentCure
	}
	return line, col, "this is not YAML: " + message,
		"check the indentation (spaces, no tabs), the colon and its space, and that quotes are closed"
}

// openBracket returns the place of the last bracket before a place that is not closed there; 0 if there is none.
// Texts in quotes and comments are passed over.
func openBracket(src string, line, col int) (atLine, atCol int, bracket byte) {
	type open struct {
		line, col int
		bracket   byte
	}
	var stack []open
	quote := rune(0)
	l, c := 1, 0
	for _, r := range src {
		if c++; l > line || l == line && c >= col {
			break
		}
		switch {
		case r == '\n':
			l, c = l+1, 0
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case len(stack) > 0 && (r == '"' || r == '\''):
			quote = r
		case r == '[' || r == '{':
			stack = append(stack, open{l, c, byte(r)})
		case (r == ']' || r == '}') && len(stack) > 0:
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) == 0 {
		return 0, 0, 0
	}
	last := stack[len(stack)-1]
	return last.line, last.col, last.bracket
}

// Forms of numbers that are written as people write them, and not as YAML reads them.
var (
	decimalComma = regexp.MustCompile(`^-?\d+,\d+ ?%?$`)
	grouped      = regexp.MustCompile(`^-?\d{1,3}([ .,'\x{00a0}\x{202f}]\d{3})+$`)
	withUnit     = regexp.MustCompile(`^(-?\d+(?:\.\d+)?)\s*\p{L}[\p{L} ]*$`)
	percentFirst = regexp.MustCompile(`^%\s*(\d+(?:\.\d+)?)$`)
)

// numberCure says how a number is written that is not one.
func numberCure(s string) string {
	s = strings.TrimSpace(s)
	switch {
	case grouped.MatchString(s):
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '-' {
				return r
			}
			return -1
		}, s)
		return "write it without spaces, points or commas between the digits, as in " + digits
	case decimalComma.MatchString(s):
		return "write a point in place of the comma, as in " + strings.Replace(s, ",", ".", 1)
	case percentFirst.MatchString(s):
		return "write the percent sign behind the number, as in " + percentFirst.FindStringSubmatch(s)[1] + "%"
	case withUnit.MatchString(s):
		return "write the number alone, as in " + withUnit.FindStringSubmatch(s)[1]
	}
	return "write digits, such as 20 or 2.5 or 40%"
}

// answers are words for yes and no that are not YAML's.
var answers = map[string]string{"yes": "true", "y": "true", "ja": "true", "có": "true", "on": "true", "1": "true",
	"đúng": "true", "x": "true", "no": "false", "n": "false", "nei": "false", "không": "false", "off": "false",
	"0": "false"}

// boolCure says how yes or no is written.
func boolCure(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "true" || s == "false" {
		return "write " + s + " without quotes"
	}
	if word := answers[s]; word != "" {
		return "write " + word
	}
	return "write true or false"
}

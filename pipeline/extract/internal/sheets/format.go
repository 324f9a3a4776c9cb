package sheets

import (
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/sight"
)

// sectionKind is what a section of a number format shows of a value. Dates go over text, and that over
// numbers, if a section has places for several.
type sectionKind int8

const (
	showsGeneral sectionKind = iota // the value as it is
	showsNumber
	showsDate
	showsText    // @
	showsNothing // the section is empty
	showsLiteral // words or signs in place of the value
)

// section is one section of a number format (ECMA-376-1, 18.8.31).
type section struct {
	kind          sectionKind
	compare       string // condition in brackets, such as >=
	bound         float64
	colour        *sight.Colour
	before, after string // literals on either side of the value
	mask          []rune // digit places of the whole part with the literals between them; nil without such literals
	percent       int    // signs
	thousands     int    // commas at the end, each of which divides by 1000
	whole, digits int    // digits that are always shown before, and at most after, the point
	exact         bool   // a fraction or an exponent: shown by value
	currency      string
	date          dateParts
	abs           bool // the second of several sections: the sign is in its literals
}

// format is a number format: one to four sections, of which a value is shown by one.
type format struct {
	code     string
	sections []section
}

// builtin are the number formats that files need not define (18.8.30). Those that differ by language are
// written as what they mean.
var builtin = map[int]string{0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
	11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
	18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0 ;(#,##0)",
	38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 41: "#,##0;-#,##0;-",
	42: "#,##0;-#,##0;-", 43: "#,##0.00;-#,##0.00;-", 44: "#,##0.00;-#,##0.00;-", 45: "mm:ss", 46: "[h]:mm:ss",
	47: "mm:ss.0", 48: "##0.0E+0", 49: "@"}

// builtinFormat returns the code of a format by its number. 27 to 36 and 50 to 58 are dates of East Asian
// languages.
func builtinFormat(id int) string {
	switch {
	case id == 32 || id == 33:
		return "h:mm"
	case id >= 34 && id <= 35 || id == 55 || id == 56:
		return "yyyy-mm"
	case id >= 27 && id <= 36 || id >= 50 && id <= 58:
		return "yyyy-mm-dd"
	}
	return builtin[id]
}

// maxFormat bounds the length of a number format; Excel has 255.
const maxFormat = 2000

// parseFormat reads the code of a number format. Every code has a meaning: what is not known in it is a
// literal. One that is longer than maxFormat shows nothing.
func parseFormat(code string) *format {
	f := &format{code: code}
	rest := code
	if len(rest) > maxFormat {
		rest = ""
	}
	for {
		s, tail, more := cutSection(rest)
		f.sections = append(f.sections, parseSection(s))
		if !more {
			break
		}
		rest = tail
	}
	if n := len(f.sections); n > 1 && f.sections[0].compare == "" {
		f.sections[1].abs = true
	}
	return f
}

// cutSection returns what is before the first semicolon that is not quoted.
func cutSection(s string) (head, tail string, more bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted:
		case s[i] == '\\' || s[i] == '_' || s[i] == '*':
			i++
		case s[i] == ';':
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// sectionParser reads one section. What is between the places of a value is collected in between until it
// is known whether another place follows it.
type sectionParser struct {
	section
	in         []rune
	at         int
	last       rune // last letter of a date; 0 before one
	point      bool // the decimal point has been passed
	between    string
	hasDigits  bool
	hasGeneral bool
	hasAt      bool
	hasDate    bool
	minuteAt   bool // the last m was after an hour
}

// parseSection reads a section of a number format, and decides by its places what it shows.
func parseSection(s string) section {
	p := &sectionParser{in: []rune(s)}
	for p.at < len(p.in) {
		p.step()
	}
	switch {
	case p.hasDate:
		p.kind = showsDate
	case p.hasAt:
		p.kind = showsText
	case p.hasDigits:
		p.kind = showsNumber
	case p.hasGeneral:
		p.kind = showsGeneral
	case strings.TrimSpace(p.before) != "":
		p.kind = showsLiteral
	default:
		p.kind = showsNothing
	}
	p.after = p.between + p.after
	return p.section
}

// literal adds what is shown as it is.
func (p *sectionParser) literal(s string) {
	switch {
	case !p.hasDigits && !p.hasGeneral && !p.hasAt && !p.hasDate:
		p.before += s
	default:
		p.between += s
	}
}

// value notes that the value, or a part of it, is shown here. Literals between digits become part of the
// mask.
func (p *sectionParser) value() {
	if p.hasDigits && p.between != "" && !p.point && !p.hasDate && strings.TrimSpace(p.between) != "" {
		p.mask = append(p.mask, []rune(p.between)...)
	}
	p.between = ""
}

// step reads one element of the section: a literal, a sign before the value, or a place of it.
func (p *sectionParser) step() {
	r := p.in[p.at]
	p.at++
	switch r {
	case '"':
		p.literal(p.until('"'))
	case '\\':
		p.literal(p.next())
	case '_': // as much room as the next sign takes
		p.next()
		p.literal(" ")
	case '*': // the next sign fills the cell
		p.next()
	case '[':
		p.bracket(p.until(']'))
	case '%':
		p.percent++
		p.literal("%")
	default:
		p.part(r)
	}
}

// part reads a part of the value, or a sign that is shown as it is.
func (p *sectionParser) part(r rune) {
	switch r {
	case '0', '#', '?':
		p.digit(r)
	case '.':
		p.dot()
	case ',':
		p.comma()
	case 'E', 'e':
		p.exponent()
	case '/':
		if p.hasDigits && !p.hasDate {
			p.exact = true
		}
	case '@':
		p.value()
		p.hasAt = true
	case 'G', 'g':
		p.general()
	case 'A', 'a':
		p.halfDay()
	case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
		p.dateLetter(r | 0x20)
	default:
		p.literal(string(r))
	}
}

// general reads the word General, of which the first letter was read. Another G is the sign of an era, and
// is dropped.
func (p *sectionParser) general() {
	const rest = "eneral"
	if strings.HasPrefix(strings.ToLower(string(p.in[p.at:])), rest) {
		p.at += len(rest)
		p.value()
		p.hasGeneral = true
	}
}

// until returns what is before a closing sign, and passes it.
func (p *sectionParser) until(end rune) string {
	from := p.at
	for p.at < len(p.in) && p.in[p.at] != end {
		p.at++
	}
	s := string(p.in[from:p.at])
	p.at = min(p.at+1, len(p.in))
	return s
}

// next returns the next sign, and passes it.
func (p *sectionParser) next() string {
	if p.at >= len(p.in) {
		return ""
	}
	p.at++
	return string(p.in[p.at-1])
}

// digit reads a place of a digit: 0 is always shown, # and ? only if the number has it. In a time it is a
// fraction of seconds.
func (p *sectionParser) digit(r rune) {
	if p.hasDate {
		p.date.fraction = p.date.fraction || p.last == 's'
		return
	}
	p.value()
	p.hasDigits = true
	switch {
	case p.exact:
	case p.point:
		p.digits++
	default:
		p.mask = append(p.mask, r)
		if r == '0' {
			p.whole++
		}
	}
}

// dot reads a point: the decimal point if a place of a digit is before or after it, otherwise a literal.
func (p *sectionParser) dot() {
	switch {
	case p.hasDate:
	case p.hasDigits || p.at < len(p.in) && strings.ContainsRune("0#?", p.in[p.at]):
		p.value()
		p.hasDigits, p.point = true, true
	default:
		p.literal(".")
	}
}

// comma reads a comma: between digits it groups them, after the last it divides by 1000.
func (p *sectionParser) comma() {
	if !p.hasDigits || p.hasDate {
		p.literal(",")
		return
	}
	for _, r := range p.in[p.at:] {
		if strings.ContainsRune("0#?", r) {
			return
		}
		if r != ',' {
			break
		}
	}
	p.thousands++
}

// exponent reads E+ or E-, or the letters for the year of an era.
func (p *sectionParser) exponent() {
	if p.hasDigits && p.at < len(p.in) && (p.in[p.at] == '+' || p.in[p.at] == '-') {
		p.exact = true
		p.at++
		return
	}
	if !p.hasDigits { // the year of an era
		p.dateLetter('y')
	}
}

// halfDay reads AM/PM and A/P, of which the first letter was read. Times are written with 24 hours, so it
// is not kept.
func (p *sectionParser) halfDay() {
	rest := strings.ToLower(string(p.in[p.at:]))
	for _, s := range []string{"m/pm", "/p"} {
		if strings.HasPrefix(rest, s) {
			p.at += len(s)
			p.between, p.date.hour = "", true
			p.hasDate = true
			return
		}
	}
	p.literal("a")
}

// dateLetter reads a run of y, m, d, h or s; how long it is decides only how the part is written.
func (p *sectionParser) dateLetter(r rune) {
	for p.at < len(p.in) && p.in[p.at]|0x20 == r {
		p.at++
	}
	p.value()
	p.hasDate = true
	switch r {
	case 'y':
		p.date.year = true
	case 'd':
		p.date.day = true
	case 'h':
		p.date.hour = true
	case 's':
		if p.last == 'm' && !p.date.minute && !p.minuteAt { // mm:ss
			p.date.month, p.date.minute = false, true
		}
		p.date.second = true
	case 'm':
		if p.last == 'h' {
			p.date.minute, p.minuteAt = true, true
		} else {
			p.date.month = true
		}
	}
	p.last = r
}

// palette is the names of colours in number formats.
var palette = map[string]string{"black": "000000", "white": "FFFFFF", "red": "FF0000", "green": "00FF00",
	"blue": "0000FF", "yellow": "FFFF00", "magenta": "FF00FF", "cyan": "00FFFF"}

// bracket reads what is in square brackets: a colour, a condition, a currency with its language, an elapsed
// time. What it does not know is dropped. Colours by number are those of the palette from 8 on.
func (p *sectionParser) bracket(s string) {
	low := strings.ToLower(s)
	switch {
	case low == "":
	case strings.Trim(low, "h") == "" || strings.Trim(low, "m") == "" || strings.Trim(low, "s") == "":
		p.value()
		p.hasDate, p.last, p.date.elapsed = true, rune(low[0]), low[0]
	case strings.HasPrefix(low, "$"):
		p.language(s[1:])
	case palette[low] != "":
		c, _ := sight.Hex(palette[low])
		p.colour = &c
	case strings.HasPrefix(low, "color"):
		if n, err := strconv.Atoi(strings.TrimSpace(low[5:])); err == nil && n >= 1 && n <= 56 {
			c := indexed(n + 7)
			p.colour = &c
		}
	case strings.ContainsAny(low[:1], "<>="):
		op := low[:len(low)-len(strings.TrimLeft(low, "<>="))]
		if v, err := strconv.ParseFloat(low[len(op):], 64); err == nil {
			p.compare, p.bound = op, v
		}
	}
}

// language reads [$sign-language]. F800 is the long date and F400 the time of the reader's system, whatever
// is written after it.
func (p *sectionParser) language(s string) {
	sign, tag, _ := strings.Cut(s, "-")
	switch strings.ToUpper(tag) {
	case "F800":
		p.hasDate, p.date.year, p.date.month, p.date.day = true, true, true, true
		p.at = len(p.in)
	case "F400":
		p.hasDate, p.date.hour, p.date.minute, p.date.second = true, true, true, true
		p.at = len(p.in)
	}
	if sign != "" {
		p.currency = sign
		p.literal(sign)
	}
}

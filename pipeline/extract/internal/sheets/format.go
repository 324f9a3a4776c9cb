package sheets

import (
	"math"
	"strconv"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/sight"
)

// sectionKind is what a section of a number format shows of a value.
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

// dateParts are the parts of dates and times that a section shows.
type dateParts struct {
	year, month, day, hour, minute, second bool
	fraction                               bool // of seconds
	elapsed                                byte // h, m or s in brackets; 0 for a time of day
}

func (d dateParts) isDate() bool { return d.year || d.month || d.day }
func (d dateParts) isTime() bool { return d.hour || d.minute || d.second || d.elapsed != 0 }

// format is a number format.
type format struct {
	code     string
	sections []section
}

// builtin are the number formats that files need not define (18.8.30). Those that differ by language are written as
// what they mean.
var builtin = map[int]string{0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
	11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
	18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0 ;(#,##0)",
	38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 41: "#,##0;-#,##0;-",
	42: "#,##0;-#,##0;-", 43: "#,##0.00;-#,##0.00;-", 44: "#,##0.00;-#,##0.00;-", 45: "mm:ss", 46: "[h]:mm:ss",
	47: "mm:ss.0", 48: "##0.0E+0", 49: "@"}

// builtinFormat returns the code of a format by its number. 27 to 36 and 50 to 58 are dates of East Asian languages.
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

// parseFormat reads the code of a number format.
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

// sectionParser reads one section.
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

// parseSection reads a section of a number format.
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

// value notes that the value, or a part of it, is shown here.
func (p *sectionParser) value() {
	if p.hasDigits && p.between != "" && !p.point && !p.hasDate && strings.TrimSpace(p.between) != "" {
		p.mask = append(p.mask, []rune(p.between)...)
	}
	p.between = ""
}

// step reads one element of the section.
func (p *sectionParser) step() {
	r := p.in[p.at]
	p.at++
	switch r {
	case '"':
		p.literal(p.until('"'))
	case '\\':
		p.literal(p.next())
	case '_':
		p.next()
		p.literal(" ")
	case '*':
		p.next()
	case '[':
		p.bracket(p.until(']'))
	case '0', '#', '?':
		p.digit(r)
	case '.':
		p.dot()
	case ',':
		p.comma()
	case '%':
		p.percent++
		p.literal("%")
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
		if strings.HasPrefix(strings.ToLower(string(p.in[p.at:])), "eneral") {
			p.at += len("eneral")
			p.value()
			p.hasGeneral = true
		}
	case 'A', 'a':
		p.halfDay()
	case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
		p.dateLetter(r | 0x20)
	default:
		p.literal(string(r))
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

// digit reads a place of a digit.
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

// halfDay reads AM/PM and A/P.
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

// dateLetter reads a run of y, m, d, h or s.
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

// bracket reads what is in square brackets: a colour, a condition, a currency with its language, an elapsed time.
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

// language reads [$sign-language]: F800 is the long date and F400 the time of the reader's system.
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

// currencies maps signs of money in number formats to ISO 4217 codes.
var currencies = map[string]string{"₫": "VND", "đ": "VND", "đồng": "VND", "vnđ": "VND", "vnd": "VND", "$": "USD",
	"us$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP", "nok": "NOK", "kr": "kr",
	"kr.": "kr"}

// money returns the currency that a section shows; "" if it shows none.
func (s *section) money() string {
	for _, word := range []string{s.currency, s.before, s.after} {
		if code := currencies[strings.ToLower(strings.TrimSpace(strings.Trim(word, "()- ")))]; code != "" {
			return code
		}
	}
	return s.currency
}

// forNumber returns the section that shows a number.
func (f *format) forNumber(v float64) *section {
	s := f.sections
	if s[0].compare != "" || len(s) > 1 && s[1].compare != "" {
		for i := range s {
			if i < 3 && (s[i].compare == "" || holds(v, s[i].compare, s[i].bound)) {
				return &s[i]
			}
		}
		return &s[min(len(s), 3)-1]
	}
	if n := len(s); n > 1 && n < 4 && s[n-1].kind == showsText {
		s = s[:n-1]
	}
	switch {
	case v < 0 && len(s) > 1:
		return &s[1]
	case v == 0 && len(s) > 2:
		return &s[2]
	}
	return &s[0]
}

// holds reports whether a comparison is true.
func holds(v float64, op string, w float64) bool {
	switch op {
	case "<":
		return v < w
	case "<=":
		return v <= w
	case ">":
		return v > w
	case ">=":
		return v >= w
	case "=":
		return v == w
	case "<>":
		return v != w
	}
	return false
}

// forText returns what a format shows of a text: the literals on either side of it, and whether it shows it.
func (f *format) forText() (before, after string, shown bool) {
	n := len(f.sections)
	s := &f.sections[n-1]
	if n < 4 && s.kind != showsText {
		return "", "", true
	}
	if s.kind != showsText && s.kind != showsGeneral {
		return s.before, s.after, false
	}
	return s.before, s.after, true
}

// shownNumber is what a cell shows of a number.
type shownNumber struct {
	text   string
	value  *dossier.Value
	hidden bool          // the format shows something else, or nothing
	colour *sight.Colour // that the format paints it in
	fixed  bool          // it does not adapt to the width of its column
}

// show returns what a format shows of a number. mark is the decimal mark.
func (f *format) show(v float64, mark string, from1904 bool) shownNumber {
	s := f.forNumber(v)
	out := shownNumber{colour: s.colour, fixed: s.kind != showsGeneral && s.kind != showsText,
		value: &dossier.Value{Kind: dossier.NumberValue, Number: layout.Plain(v, allDigits), Format: f.code}}
	if f.code == "General" {
		out.value.Format = ""
	}
	switch s.kind {
	case showsNothing:
		out.hidden, out.value = true, nil
	case showsLiteral:
		out.text = strings.TrimSpace(s.before)
		if out.hidden, out.value = v != 0, nil; v == 0 && strings.Trim(out.text, "-–— ") == "" {
			// a dash is how accountants write it
			out.value = &dossier.Value{Kind: dossier.NumberValue, Number: "0", Format: f.code}
		}
	case showsDate:
		s.showDate(v, from1904, &out)
	case showsNumber:
		s.showNumber(v, mark, &out)
	default:
		out.text = s.before + layout.Decimal(layout.Plain(v, generalDigits), mark) + s.after
	}
	return out
}

// As workbooks, kheo counts 15 digits of a number; the format General shows 10 of them in a wide cell.
const (
	allDigits     = 15
	generalDigits = 10
)

// showNumber writes a number as a section with places for digits does, but without grouping.
func (s *section) showNumber(v float64, mark string, out *shownNumber) {
	switch {
	case s.percent > 0:
		out.value.Kind = dossier.PercentValue
	case s.money() != "":
		out.value.Kind, out.value.Unit = dossier.AmountValue, s.money()
	}
	shown := v * math.Pow(100, float64(s.percent)) / math.Pow(1000, float64(s.thousands))
	text := layout.Plain(shown, allDigits)
	if !s.exact {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			text = strconv.FormatFloat(roundHalf(f, s.digits), 'f', min(s.digits, 20), 64)
		}
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	if strings.Trim(text, "0.") == "" {
		sign = ""
	}
	whole, part, _ := strings.Cut(text, ".")
	if !s.exact && len(whole) < s.whole && s.whole <= 40 {
		whole = strings.Repeat("0", s.whole-len(whole)) + whole
	}
	text = whole
	if m := s.masked(whole); m != "" {
		text = m
	}
	if part != "" {
		text = layout.Decimal(text+"."+part, mark)
	}
	before, after := s.before, s.after
	if s.abs && sign != "" { // the sign is in its literals
		before, after = strings.Trim(before, "(-"), strings.TrimRight(after, ") ")
	}
	out.text = strings.TrimSpace(before + sign + text + after)
}

// roundHalf rounds a number, halves away from zero, to a number of digits after the point.
func roundHalf(v float64, digits int) float64 {
	if digits > 12 || math.Abs(v) > 1e15 {
		return v
	}
	scale := math.Pow10(digits)
	f, err := strconv.ParseFloat(strconv.FormatFloat(v*scale, 'g', 15, 64), 64)
	if err != nil {
		return v
	}
	return math.Round(f) / scale
}

// masked writes digits into places that have literals between them; "" if the section has none.
func (s *section) masked(digits string) string {
	if strings.Trim(string(s.mask), "0#?") == "" {
		return ""
	}
	var out []rune
	at := len(digits)
	for i := len(s.mask) - 1; i >= 0; i-- {
		switch r := s.mask[i]; {
		case !strings.ContainsRune("0#?", r):
			out = append(out, r)
		case at > 0:
			at--
			out = append(out, rune(digits[at]))
		}
	}
	for ; at > 0; at-- {
		out = append(out, rune(digits[at-1]))
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return strings.TrimSpace(string(out))
}

// maxSerial is the day after the last one that workbooks know, 9999-12-31.
const maxSerial = 2_958_466

// showDate writes a date or time in the form of ISO 8601, with the parts that the section shows.
func (s *section) showDate(v float64, from1904 bool, out *shownNumber) {
	d := s.date
	if v < 0 || v >= maxSerial || !d.isTime() && !d.isDate() {
		out.text, out.hidden = "", true // shown as ####
		return
	}
	words := func(value string) string {
		before, after := s.before, s.after
		if !hasLetter(before) {
			before = ""
		}
		if !hasLetter(after) || d.isTime() {
			after = ""
		}
		return strings.TrimSpace(before + value + after)
	}
	if !d.isDate() {
		out.value.Kind = dossier.TimeValue
		out.text = words(clock(v, d))
		return
	}
	t, ok := moment(v, from1904)
	if !ok {
		out.text, out.hidden = "", true
		return
	}
	out.value.Kind, out.value.Number, out.value.Date = dossier.DateValue, "", t.Format("2006-01-02")
	layout := "2006-01-02"
	switch {
	case d.year && d.month && !d.day:
		layout = "2006-01"
	case d.year && !d.month && !d.day:
		layout = "2006"
	}
	text := t.Format(layout)
	if t.Hour() != 0 || t.Minute() != 0 || t.Second() != 0 {
		out.value.Date = t.Format("2006-01-02T15:04:05")
	}
	if d.isTime() {
		text += " " + t.Format(map[bool]string{true: "15:04:05", false: "15:04"}[d.second])
	}
	out.text = words(text)
}

func hasLetter(s string) bool { return strings.ToLower(s) != strings.ToUpper(s) }

// moment returns the date of a serial number, to the second. ok is false for 29 February 1900, which never was.
func moment(v float64, from1904 bool) (t time.Time, ok bool) {
	seconds := math.Round(v * 86400)
	days := math.Floor(seconds / 86400)
	switch {
	case from1904:
		days += 1462
	case days == 60:
		return t, false
	case days < 60:
		days++
	}
	t = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days))
	return t.Add(time.Duration(math.Mod(seconds, 86400)) * time.Second), true
}

// clock writes a time of day, or an elapsed time with all its hours, minutes or seconds.
func clock(v float64, d dateParts) string {
	seconds := int64(math.Round(v * 86400))
	two := func(n int64) string {
		if n < 10 {
			return "0" + strconv.FormatInt(n, 10)
		}
		return strconv.FormatInt(n, 10)
	}
	switch d.elapsed {
	case 'h':
		if !d.minute && !d.second && !d.month {
			return strconv.FormatInt(seconds/3600, 10)
		}
		text := strconv.FormatInt(seconds/3600, 10) + ":" + two(seconds/60%60)
		if d.second {
			text += ":" + two(seconds%60)
		}
		return text
	case 'm':
		if !d.second {
			return strconv.FormatInt(seconds/60, 10)
		}
		return strconv.FormatInt(seconds/60, 10) + ":" + two(seconds%60)
	case 's':
		return strconv.FormatInt(seconds, 10)
	}
	text := two(seconds/3600%24) + ":" + two(seconds/60%60)
	if !d.hour { // minutes and seconds alone
		return two(seconds/60%60) + ":" + two(seconds%60)
	}
	if d.second {
		text += ":" + two(seconds%60)
	}
	return text
}

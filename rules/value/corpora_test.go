package value_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/date"
	"kheo/rules/number"
	"kheo/rules/value"
)

// TestPublicCorpora measures how examples that others wrote are read: KHEO_FACTS is the folder of the
// corpora, see docs/values.md, which also lists the rules by which examples are left out.
func TestPublicCorpora(t *testing.T) {
	dir := os.Getenv("KHEO_FACTS")
	if dir == "" {
		t.Skip("KHEO_FACTS is not set: run make bench-facts")
	}
	all, missing, err := readCorpora(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range missing {
		t.Logf("corpora: skipped, not there: %s", m)
	}
	counts, omitted := map[string]*score{}, map[string]int{}
	total := &score{}
	for i := range all {
		e := &all[i]
		e.text, e.said = norm.NFC.String(e.text), norm.NFC.String(e.said)
		if why := e.leftOut(); why != "" {
			omitted[why]++
			continue
		}
		got, said := e.read()
		name, _, _ := strings.Cut(e.place, ":")
		name, _, _ = strings.Cut(name, "#")
		if counts[name] == nil {
			counts[name] = &score{}
		}
		for _, s := range []*score{counts[name], total} {
			s[got]++
		}
		if got != right {
			t.Logf("%s: %s: %q (%s) is %s, read as %s", e.place, outcomes[got], e.text, e.said, e.want(),
				said)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("corpora: %-34s %s", name, counts[name])
	}
	t.Logf("corpora: %-34s %s", "all", total)
	n := 0
	for _, why := range slices.Sorted(maps.Keys(omitted)) {
		t.Logf("corpora: left out: %4d %s", omitted[why], why)
		n += omitted[why]
	}
	t.Logf("corpora: left out: %d of %d", n, len(all))
}

// What became of an example.
const (
	right  = iota
	unsure // read with a doubt
	missed
	wrong // another value was stated without a doubt
)

var outcomes = [...]string{right: "right", unsure: "unsure", missed: "missed", wrong: "wrong"}

type score [4]int

func (s *score) String() string {
	n := s[right] + s[unsure] + s[missed] + s[wrong]
	return fmt.Sprintf("%d of %d right (%.1f %%), %d unsure, %d missed, %d wrong", s[right], n,
		100*float64(s[right])/float64(max(1, n)),
		s[unsure], s[missed], s[wrong])
}

func (e *example) want() string {
	if e.kind == "date" || e.kind == "interval" {
		return fmt.Sprintf("%s %s/%s %s", e.kind, e.from, e.to, e.grain)
	}
	return fmt.Sprintf("%s %v..%v %s", e.kind, e.low, e.high, e.unit)
}

// dollars are the currencies that corpora do not say apart, with the one that a fact would have.
var dollars = map[string]string{"Dollar": "USD", "Pound": "GBP", "Krone": "NOK", "Rupee": "INR",
	"Dinar": "KWD", "Riyal": "SAR",
	"Rial": "IRR", "Ringgit": "MYR"}

// vague are words that do not state a number.
var vague = regexp.MustCompile(`(?i)\b(few|couple|par|several|single)\b`)

// usNumeric matches a numeric date of which both orders of day and month exist.
var usNumeric = regexp.MustCompile(`\b(0?[1-9]|1[0-2])\s*[-/.]\s*(0?[1-9]|1[0-2])\b`)

var (
	isISO      = regexp.MustCompile(`^[A-Z]{3}$`)
	hasGiga    = regexp.MustCompile(`(?i)[0-9]g\b`)
	yearFirst  = regexp.MustCompile(`^\D*\d{4}[-/.]\d\d?[-/.]\d`)
	ofWeekday  = regexp.MustCompile(`(?i)(day|dag|søndag|onsdag) (of|i|in|den) `)
	isFraction = regexp.MustCompile(`^[0-9]+ ?/ ?[0-9]+$`)
	hasDigit   = regexp.MustCompile(`[0-9]+`)
)

// leftOut returns the rule by which an example is left out, "" if it is tried. The rules were written before
// the first run.
func (e *example) leftOut() string {
	switch e.kind {
	case "number", "range", "money":
		switch {
		case e.kind == "number" && (e.grain == "fraction" || e.grain == "power" ||
			isFraction.MatchString(e.said)):
			return "fractions and powers, which no fact is"
		case vague.MatchString(e.said):
			return "words that state no number: few, couple, single"
		case hasGiga.MatchString(e.said):
			return "G for a billion"
		case e.unit != "" && dollars[e.unit] == "" && !isISO.MatchString(e.unit):
			return "money without a currency of ISO 4217"
		case math.Abs(e.low) >= 1e15:
			return "numbers of 1,000,000,000,000,000 and more"
		}
		return ""
	case "percent":
		return ""
	case "measure":
		if specMeasures[e.unit] == "" {
			return "measures other than area, length and mass"
		}
		return ""
	case "date", "interval":
		return e.timeLeftOut()
	}
	return "times of day, durations, repeated times, and what has no value"
}

// timeLeftOut is leftOut for dates and intervals.
func (e *example) timeLeftOut() string {
	switch {
	case e.grain != "day" && e.grain != "month" && e.grain != "quarter" && e.grain != "year":
		return "times of day, durations, repeated times, and what has no value"
	case e.from == "":
		return "relative to a now, or without a beginning"
	case !e.saysYear():
		return "relative to a now, or without a beginning"
	case e.grain == "day" && (!e.saysDay(e.from, 0) || e.to != "" && !e.saysDay(e.to, -1)):
		return "feasts, seasons, weekdays and weeks: the day is computed, not written"
	case strings.HasPrefix(e.place, "recognizers") && usNumeric.MatchString(e.said) &&
		!yearFirst.MatchString(e.said):
		return "numeric dates in the order of the United States that are another date in kheo's order"
	}
	return ""
}

// saysYear reports whether the year is written: with four digits, or two behind a separator.
func (e *example) saysYear() bool {
	all := hasDigit.FindAllString(e.said, -1)
	for i, d := range all {
		if d == e.from[:4] || d == e.from[2:4] && len(all) > 1 && (i == len(all)-1 ||
			i == 0) && d != e.from[8:] {
			return true
		}
	}
	return false
}

// ordinals are the days of a month in words, as they are looked for in examples.
var ordinals = strings.Fields("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth " +
	"fifteenth sixteenth seventeenth eighteenth nineteenth twentieth")

// saysDay reports whether the day of a date, or of the day that is off days away, is written. Months and
// years that an interval begins or ends with need not say their first and last days.
func (e *example) saysDay(iso string, off int) bool {
	d, _ := strconv.Atoi(iso[8:])
	if e.kind == "interval" && d == 1 {
		return true
	}
	for _, s := range hasDigit.FindAllString(e.said, -1) {
		if v, _ := strconv.Atoi(s); v == d || v == d+off {
			return true
		}
	}
	if ofWeekday.MatchString(e.said) {
		return false
	}
	lower := strings.ToLower(e.said)
	if d <= len(ordinals) && strings.Contains(lower, ordinals[d-1]) && !strings.Contains(lower, "day of") {
		return true
	}
	return d == 1 && strings.Contains(lower, "første")
}

// specMeasures are the units of the specifications that kheo has, as facts name them.
var specMeasures = map[string]string{"Foot": "ft", "Meter": "m", "Mile": "mi", "Pound": "lb", "Ton": "t",
	"Metric ton": "t",
	"Kilogram":   "kg", "Gram": "g", "Inch": "in", "Square meter": "m²", "Kilometer": "km", "Millimeter": "mm",
	"Decimeter": "dm",
	"Ounce":     "oz", "Acre": "acre", "Square kilometer": "km²"}

// read reads the example as the value of a form, and says what became of it.
func (e *example) read() (outcome int, said string) {
	var p text.Page
	head := 0
	s := e.text
	if strings.HasPrefix(e.place, "duckling") {
		s, head = "X: "+s, 3
	}
	p.Read(&dossier.Page{Number: 1, Text: s, Language: e.lang})
	l := language.Get(e.lang)
	i := 0
	for i < len(p.Words) && p.Words[i].End <= e.start+head {
		i++
	}
	if i == len(p.Words) {
		return missed, "nothing"
	}
	limit := p.Sentences[p.Words[i].Sentence].Last
	if head > 0 {
		limit = len(p.Words)
	}
	switch e.kind {
	case "number":
		return e.readNumber(&p, l, i, limit)
	case "percent":
		r := value.Reader{Type: value.Percent}
		return e.judge(r.First(&p, l, i, limit, true))
	case "money":
		r := value.Reader{Type: value.Money, Unit: "XXX"}
		if fit := dollars[e.unit]; fit != "" {
			r.Unit = fit
		}
		at, v, ok := r.First(&p, l, i, limit, true)
		if v.Doubt == number.DoubtCurrency { // the fact decides between the currencies that share a name
			r.Unit = e.unit
			at, v, ok = r.First(&p, l, i, limit, true)
		}
		if got, said := e.judge(at, v, ok); got != right || v.Unit == e.unit || v.Unit == dollars[e.unit] {
			return got, said + " " + v.Unit
		}
		return wrong, fmt.Sprint(v.V, " ", v.Unit)
	case "measure":
		r := value.Reader{Type: value.Count, Unit: specMeasures[e.unit]}
		return e.judge(r.First(&p, l, i, limit, true))
	case "range":
		return e.readRange(&p, l, i, limit)
	}
	return e.readTime(&p, l, i, limit)
}

// readNumber reads a number that is no value of a fact yet: its separator is not decided by what it counts.
func (e *example) readNumber(p *text.Page, l *language.Language, i, limit int) (int, string) {
	for k := i; k < min(i+5, limit); k++ {
		if q, ok := number.At(p, l, k, limit); ok {
			return e.judge(k, value.Value{V: q.Value, Doubt: q.Doubt}, true)
		}
	}
	r := value.Reader{Type: value.Count}
	return e.judge(r.First(p, l, i, limit, true))
}

// judge compares a number that was read with that of the example.
func (e *example) judge(_ int, v value.Value, ok bool) (int, string) {
	f, isNumber := v.V.(float64)
	switch {
	case !ok || !isNumber:
		return missed, "nothing"
	case v.Doubt != "":
		return unsure, fmt.Sprint(f, " ", v.Doubt)
	case math.Abs(f-e.low) <= 1e-9*math.Abs(e.low):
		return right, ""
	}
	return wrong, fmt.Sprint(f)
}

// readRange reads a range or bound.
func (e *example) readRange(p *text.Page, l *language.Language, i, limit int) (int, string) {
	for k := i; k < min(i+8, limit); k++ {
		q, ok := number.At(p, l, k, limit)
		if !ok {
			continue
		}
		said := fmt.Sprintf("%v (%v..%v) %q %q", q.Value, q.Low, q.High, q.Bound, q.Doubt)
		switch {
		case e.low == e.high:
			return e.judge(k, value.Value{V: q.Value, Doubt: q.Doubt}, true)
		case math.IsNaN(e.low):
			return pick(q.Bound == number.AtMost && q.Value == e.high, q.Bound == "" && q.Doubt == "" &&
				!q.Below), said
		case math.IsNaN(e.high):
			return pick(q.Bound == number.AtLeast && q.Value == e.low, q.Bound == "" && q.Doubt == "" &&
				!q.Approx), said
		}
		return pick(q.Low == e.low && q.High == e.high, q.Doubt == "" && !q.Below), said
	}
	return missed, "nothing"
}

// pick returns right, wrong, or unsure if it is neither.
func pick(isRight, isWrong bool) int {
	switch {
	case isRight:
		return right
	case isWrong:
		return wrong
	}
	return unsure
}

// readTime reads a date, month or interval.
func (e *example) readTime(p *text.Page, l *language.Language, i, limit int) (int, string) {
	if e.kind == "date" && e.grain == "day" {
		r := value.Reader{Type: value.Date}
		_, v, ok := r.First(p, l, i, limit, true)
		switch {
		case !ok:
			return missed, "nothing"
		case v.Doubt != "":
			return unsure, fmt.Sprint(v.V, v.Doubt)
		}
		return pick(v.V == e.from, v.V != e.from), fmt.Sprint(v.V)
	}
	if e.kind == "date" {
		e.to = after(e.from, map[string]int{"month": 1, "quarter": 3, "year": 12}[e.grain])
	}
	r := value.Reader{Type: value.Period}
	_, v, ok := r.First(p, l, i, limit, true)
	if !ok && e.kind == "date" && e.grain == "month" {
		r.Type = value.Month
		_, v, ok = r.First(p, l, i, limit, true)
	}
	if !ok {
		return missed, "nothing"
	}
	s := fmt.Sprint(v.V)
	isSame := sameInterval(s, e.from, e.to)
	if v.Doubt != "" {
		return unsure, s + v.Doubt
	}
	return pick(isSame, !isSame), s
}

// sameInterval reports whether an interval as kheo writes it, or a month, is from one date to another one,
// which may be its last day, or the day after it, or the first day of its last month.
func sameInterval(s, from, to string) bool {
	a, b, isInterval := strings.Cut(s, "/")
	if !isInterval {
		b = a
	}
	begin, last := a, b
	if date.IsMonth(a) {
		begin = a + "-01"
	}
	if b == ".." {
		return begin == from && to == ""
	}
	ends := []string{last}
	if date.IsMonth(b) { // the first day of what the interval ends with
		m, _ := strconv.Atoi(b[5:])
		for _, n := range []int{3, 12} {
			if m%n == 0 {
				ends = append(ends, after(b+"-01", 1-n))
			}
		}
	}
	if date.IsMonth(b) {
		ends = append(ends, b+"-01", after(b+"-01", 1))
	} else if len(b) == 10 {
		ends = append(ends, nextDay(b))
	}
	return begin == from && slices.Contains(ends, to)
}

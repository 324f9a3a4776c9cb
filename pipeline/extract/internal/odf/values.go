package odf

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// dataStyle is a number format (number:number-style and its like): literals around a value, and which parts
// of it are shown.
type dataStyle struct {
	kind          string // number, percentage, currency, date, time, boolean, text
	before, after string
	value         bool // it shows the value
	decimals      int  // at most after the point; below 0 is not stated
	whole         int
	factor        float64
	year, day     bool
	month, clock  bool
	seconds       bool
	maps          []mapping
	colour        *sight.Colour // that it paints the value in
}

// literal adds text that the format shows beside the value: before it until the value has come.
func (d *dataStyle) literal(s string) {
	if d.value {
		d.after += s
	} else {
		d.before += s
	}
}

// element reads an element of the format. Parts of dates come in any order, which ISO 8601 makes of no
// account.
func (d *dataStyle) element(e xml.StartElement) {
	switch e.Name.Local {
	case "number":
		d.value, d.decimals, d.factor = true, -1, 1
		if n, err := strconv.Atoi(parts.Attr(e, "decimal-places")); err == nil {
			d.decimals = n
		}
		if n, err := strconv.Atoi(parts.Attr(e, "min-integer-digits")); err == nil {
			d.whole = n
		}
		if f, err := strconv.ParseFloat(parts.Attr(e, "display-factor"), 64); err == nil && f > 0 {
			d.factor = f
		}
	case "scientific-number", "fraction":
		d.value, d.decimals, d.factor = true, -1, 1
	case "year", "era":
		d.value, d.year = true, true
	case "month", "quarter":
		d.value, d.month = true, true
	case "day", "day-of-week", "week-of-year":
		// The day of a week, or a week, alone does not make it a date that is shown by its day.
		d.value, d.day = true, d.day || e.Name.Local == "day"
	case "hours", "minutes":
		d.value, d.clock = true, true
	case "seconds":
		d.value, d.clock, d.seconds = true, true, true
	case "text-properties":
		d.colour = colour(parts.Attr(e, "color"))
	case "boolean", "text-content":
		d.value = true
	}
}

// format returns the number format that is in force for a value: one that a condition selects, such as for
// negative numbers, or the named one. It is nil if there is none.
func (s *styles) format(name string, v float64) *dataStyle {
	d := s.data[name]
	if d == nil {
		return nil
	}
	// The first condition that holds counts. One that depends on more than the value never does.
	for _, m := range d.maps {
		if ok, known := holds(m.condition, v); ok && known && s.data[m.style] != nil {
			return s.data[m.style]
		}
	}
	return d
}

// holds evaluates a condition such as value()>=0. known is false if it depends on something else.
func holds(condition string, v float64) (ok, known bool) {
	rest := strings.TrimSpace(condition)
	for _, p := range []string{"value()", "cell-content()"} {
		if r, found := strings.CutPrefix(rest, p); found {
			return compare(v, strings.TrimSpace(r))
		}
	}
	return false, false
}

// compare evaluates the rest of a comparison, such as >=0. known is false for an operator or a number that
// it cannot read.
func compare(v float64, rest string) (ok, known bool) {
	op := rest[:len(rest)-len(strings.TrimLeft(rest, "<>=!"))]
	w, err := strconv.ParseFloat(strings.TrimSpace(rest[len(op):]), 64)
	if err != nil {
		return false, false
	}
	switch op {
	case "<":
		return v < w, true
	case "<=":
		return v <= w, true
	case ">":
		return v > w, true
	case ">=":
		return v >= w, true
	case "=", "==":
		return v == w, true
	case "!=", "<>":
		return v != w, true
	}
	return false, false
}

// always evaluates the condition of a section or a field, if it needs nothing but numbers. The prefix of
// its language, such as ooow:, is passed over.
func always(condition string) (ok, known bool) {
	c := strings.TrimSpace(condition)
	if i := strings.IndexByte(c, ':'); i > 0 && i < 8 {
		c = strings.TrimSpace(c[i+1:])
	}
	switch strings.ToLower(strings.Trim(c, `"`)) {
	case "1", "true":
		return true, true
	case "0", "false", "":
		return false, true
	}
	i := strings.IndexAny(c, "<>=!")
	if i < 0 {
		return false, false
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(c[:i]), 64)
	if err != nil {
		return false, false
	}
	return compare(v, c[i:])
}

// content is what a cell holds. In the file a cell has its value as attributes and, as paragraphs, the text
// that the program showed, in its language. A value of a known type is written from the attributes, since
// the text depends on settings of the computer on which the file was saved.
type content struct {
	value *dossier.Value
	text  string        // of a number, date or time; that of others is in their paragraphs
	typed bool          // text is shown in place of the paragraphs
	gone  bool          // its number format does not show it
	ink   *sight.Colour // that its number format paints it in
}

// cellContent reads the typed value of a cell of a spreadsheet. mark is the decimal mark.
func (s *styles) cellContent(e xml.StartElement, mark string) (c content) {
	kind, isError := valueType(e)
	if isError {
		c.value = &dossier.Value{Kind: dossier.ErrorValue}
	} else {
		s.typedContent(&c, e, kind, mark)
	}
	if formula := parts.Attr(e, "formula"); formula != "" {
		if c.value == nil {
			c.value = &dossier.Value{Missing: kind == ""}
		}
		_, c.value.Formula, _ = strings.Cut(formula, "=")
	}
	return c
}

// valueType returns the type of a cell's value (office:value-type), and whether it is an error, which
// LibreOffice states in an attribute of its own, calcext:value-type.
func valueType(e xml.StartElement) (kind string, isError bool) {
	for _, a := range e.Attr {
		switch {
		case a.Name.Local != "value-type":
		case a.Name.Space != "calcext":
			kind = a.Value
		case a.Value == "error":
			isError = true
		}
	}
	return kind, isError
}

// typedContent reads a value of a type other than an error.
func (s *styles) typedContent(c *content, e xml.StartElement, kind, mark string) {
	attr := func(name string) string { return parts.Attr(e, name) }
	name := ""
	if st := s.find("table-cell", attr("style-name"), func(st *style) bool { return st.data != "" }); st != nil {
		name = st.data
	}
	switch kind {
	case "float", "percentage", "currency":
		s.number(c, kind, name, attr("value"), attr("currency"), mark)
	case "date":
		s.date(c, name, attr("date-value"))
	case "time":
		s.clock(c, name, attr("time-value"))
	case "boolean":
		yes := attr("boolean-value") == "true"
		c.value, c.typed = &dossier.Value{Kind: dossier.YesNoValue, Yes: yes}, true
		c.text = strings.ToUpper(strconv.FormatBool(yes))
	case "string", "":
		if d := s.data[name]; d != nil && d.kind == "text" && !d.value {
			c.gone = true
		}
	}
}

// number writes a number without grouping, rounded as its format shows it: what is read again must not
// depend on what groups digits in a language.
func (s *styles) number(c *content, kind, name, raw, currency, mark string) {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return
	}
	c.typed = true
	c.value = &dossier.Value{Kind: dossier.NumberValue, Number: layout.Plain(v, layout.AllDigits)}
	d := s.format(name, v)
	if d != nil {
		c.ink = d.colour
	}
	switch {
	case kind == "currency":
		c.value.Kind, c.value.Unit = dossier.AmountValue, currency
	case kind == "percentage", d != nil && d.kind == "percentage":
		c.value.Kind = dossier.PercentValue
	}
	shown := v
	if c.value.Kind == dossier.PercentValue {
		shown *= 100
	}
	switch {
	case d.general():
		c.text = layout.Decimal(layout.Plain(shown, layout.GeneralDigits), mark)
		if c.value.Kind == dossier.PercentValue {
			c.text += "%"
		}
	case !d.value:
		c.gone, c.text = true, strings.TrimSpace(d.before)
	default:
		c.text = d.show(shown, mark)
	}
}

// general reports whether a format does not say how numbers are written: there is none, or it is one of
// other values.
func (d *dataStyle) general() bool {
	return d == nil || d.kind == "text" || d.kind == "boolean" || d.kind == "date" || d.kind == "time"
}

// show writes a number with the digits and literals of the format. The sign of a negative number is in the
// literals of its own format, such as brackets, and is not written twice.
func (d *dataStyle) show(v float64, mark string) string {
	sign, text, fraction := layout.NumberForm{Whole: d.whole, Decimals: d.decimals}.Digits(v / d.factor)
	if fraction != "" {
		text = layout.Decimal(text+"."+fraction, mark)
	}
	return layout.Around(d.before, sign, text, d.after, true)
}

// date writes a date in the form of ISO 8601, with the parts that its format shows. In files it is
// 2024-03-15, or 2024-03-15T08:30:00 with a time; what has another form is left to the cell's paragraphs.
func (s *styles) date(c *content, name, raw string) {
	day, clock, _ := strings.Cut(raw, "T")
	if len(day) != 10 {
		return
	}
	clock, _, _ = strings.Cut(clock, ".")
	c.value, c.typed, c.text = &dossier.Value{Kind: dossier.DateValue, Date: day}, true, day
	timed := strings.Trim(clock, "0:") != ""
	if timed {
		c.value.Date = day + "T" + clock
	}
	d := s.data[name]
	if d != nil && !d.value {
		c.gone, c.text = true, strings.TrimSpace(d.before)
		return
	}
	c.text = d.shownDay(day)
	if timed && (d == nil || d.clock) && len(clock) >= 5 {
		if len(clock) == len("15:04:05") {
			clock = strings.TrimSuffix(clock, ":00")
		}
		c.text += " " + clock
	}
}

// shownDay returns the part of a date that the format shows: a year, a month, or all of it without a format.
func (d *dataStyle) shownDay(day string) string {
	switch {
	case d == nil:
	case d.year && d.month && !d.day:
		return day[:7]
	case d.year && !d.month && !d.day:
		return day[:4]
	}
	return day
}

// clock writes a time or a duration; in files it is PT26H30M00S. Hours go beyond 24, as in a sum of working
// times.
func (s *styles) clock(c *content, name, raw string) {
	rest, found := strings.CutPrefix(strings.TrimPrefix(raw, "-"), "PT")
	if !found {
		return
	}
	// Years, months and days before the T would need a calendar, and spreadsheets do not write them.
	seconds := 0.0
	for rest != "" {
		i := strings.IndexAny(rest, "HMS")
		if i < 0 {
			return
		}
		v, err := strconv.ParseFloat(strings.ReplaceAll(rest[:i], ",", "."), 64)
		if err != nil || v < 0 || v > 1e9 {
			return
		}
		seconds += v * map[byte]float64{'H': 3600, 'M': 60, 'S': 1}[rest[i]]
		rest = rest[i+1:]
	}
	c.typed = true
	c.value = &dossier.Value{Kind: dossier.TimeValue, Number: layout.Plain(seconds/86400, 15)}
	two := func(n int64) string { return strconv.FormatInt(100+n, 10)[1:] }
	n := int64(math.Round(seconds))
	hours := strconv.FormatInt(n/3600, 10)
	if len(hours) < 2 {
		hours = "0" + hours
	}
	c.text = hours + ":" + two(n/60%60)
	if d := s.data[name]; n%60 != 0 || d != nil && d.seconds {
		c.text += ":" + two(n%60)
	}
	if d := s.data[name]; d != nil && !d.value {
		c.gone, c.text = true, strings.TrimSpace(d.before)
	}
}

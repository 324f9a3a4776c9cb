package sheets

import (
	"math"
	"strconv"
	"strings"
	"time"

	"kheo/internal/dossier"
)

// showDate writes a date or time in the form of ISO 8601, with the parts that the section shows. A form
// that depends on a language would have to be read again by every fact that is a date.
func (s *section) showDate(v float64, from1904 bool, out *shownNumber) {
	d := s.date
	if v < 0 || v >= maxSerial || !d.isTime() && !d.isDate() {
		out.text, out.hidden = "", true // shown as ####
		return
	}
	if !d.isDate() {
		out.value.Kind = dossier.TimeValue
		out.text = s.withWords(clock(v, d))
		return
	}
	t, ok := moment(v, from1904)
	if !ok {
		out.text, out.hidden = "", true
		return
	}
	out.value.Kind, out.value.Number, out.value.Date = dossier.DateValue, "", t.Format("2006-01-02")
	if t.Hour() != 0 || t.Minute() != 0 || t.Second() != 0 {
		out.value.Date = t.Format("2006-01-02T15:04:05")
	}
	text := t.Format(d.layout())
	if d.isTime() {
		text += " " + t.Format(map[bool]string{true: "15:04:05", false: "15:04"}[d.second])
	}
	out.text = s.withWords(text)
}

// layout returns the layout, as package time has it, of the date: a year, a month, or a day.
func (d dateParts) layout() string {
	switch {
	case d.year && d.month && !d.day:
		return "2006-01"
	case d.year && !d.month && !d.day:
		return "2006"
	}
	return "2006-01-02"
}

// withWords puts the literals of a section around a date, if they are words. Others are the signs between
// its parts, which ISO 8601 has in other places.
func (s *section) withWords(value string) string {
	before, after := s.before, s.after
	if !hasLetter(before) {
		before = ""
	}
	if !hasLetter(after) || s.date.isTime() {
		after = ""
	}
	return strings.TrimSpace(before + value + after)
}

// hasLetter reports whether a text has a letter: something that has two cases.
func hasLetter(s string) bool { return strings.ToLower(s) != strings.ToUpper(s) }

// maxSerial is the day after the last one that workbooks know, 9999-12-31.
const maxSerial = 2_958_466

// moment returns the date of a serial number, to the second (18.17.4.1): days since 1899-12-30, or from
// 1904 on the Mac. Excel counts 29 February 1900, which never was, as day 60: the days before it are one
// later than counted, and ok is false for that day itself.
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

// clock writes a time of day, or an elapsed time with all its hours, minutes or seconds: [h]:mm shows 26:30
// for 1.104.
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

// dateParts are the parts of dates and times that a section shows. An m is a month, but a minute after
// hours or before seconds.
type dateParts struct {
	year, month, day, hour, minute, second bool
	fraction                               bool // of seconds
	elapsed                                byte // h, m or s in brackets; 0 for a time of day
}

// isDate reports whether a date is shown, with or without a time.
func (d dateParts) isDate() bool { return d.year || d.month || d.day }

// isTime reports whether a time is shown, with or without a date.
func (d dateParts) isTime() bool { return d.hour || d.minute || d.second || d.elapsed != 0 }

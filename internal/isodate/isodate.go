// Package isodate works with dates as facts hold them: ISO 8601 dates (2024-03-15) and months (2024-03), as strings.
// They compare and sort as text.
//
// Years are from 1900 to 2200; anything else is a misreading and no date. There are no times and no time zones: a
// paper states a day. Differences count full days or calendar months, as people count terms.
package isodate

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Make returns a date as text. ok is false if the day does not exist, or the year is not from 1900 to 2200.
func Make(year, month, day int) (iso string, ok bool) {
	if !exists(year, month, day) {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day), true
}

// exists reports whether there is such a day, in a year from 1900 to 2200.
func exists(year, month, day int) bool {
	if year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1 {
		return false
	}
	return day <= 28 || time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}

// Valid reports whether s is an ISO date or, if month is set, an ISO date or month.
func Valid(s string, month bool) bool {
	if month && len(s) == len("2024-03") {
		s += "-01"
	}
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return false
	}
	y, m, d, ok := parts(s)
	return ok && exists(y, m, d)
}

// parts splits an ISO date into its numbers.
func parts(s string) (year, month, day int, ok bool) {
	year, e1 := strconv.Atoi(s[:4])
	month, e2 := strconv.Atoi(s[5:7])
	day, e3 := strconv.Atoi(s[8:])
	return year, month, day, e1 == nil && e2 == nil && e3 == nil
}

// MonthsBetween counts the calendar months from one date or month to another; the result
// is negative if the second is earlier. Between two dates only full months count.
func MonthsBetween(from, to string) (float64, error) {
	if !Valid(from, true) || !Valid(to, true) {
		return 0, fmt.Errorf("months_between needs two dates, has %q and %q", from, to)
	}
	y1, _ := strconv.Atoi(from[:4])
	m1, _ := strconv.Atoi(from[5:7])
	y2, _ := strconv.Atoi(to[:4])
	m2, _ := strconv.Atoi(to[5:7])
	n := float64((y2-y1)*12 + m2 - m1)
	if len(from) == 10 && len(to) == 10 && to[8:] < from[8:] {
		n--
	}
	return n, nil
}

// DaysBetween counts the days from one date to another; the result is negative if the
// second is earlier.
func DaysBetween(from, to string) (float64, error) {
	a, e1 := time.Parse(time.DateOnly, from)
	b, e2 := time.Parse(time.DateOnly, to)
	if e1 != nil || e2 != nil {
		return 0, fmt.Errorf("days_between needs two dates with their days, has %q and %q", from, to)
	}
	return math.Round(b.Sub(a).Hours() / 24), nil
}

// Told returns an end as people are told it in a timezone: of a day that ends at midnight 23:59, and not 0:00 of the
// next, and of an end at a time of day that time.
func Told(end time.Time, in *time.Location) time.Time {
	if end = end.In(in); end.Hour() == 0 && end.Minute() == 0 {
		return end.Add(-time.Minute)
	}
	return end
}

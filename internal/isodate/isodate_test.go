package isodate

import (
	"testing"
	"time"
)

// The end of a day is told as its last minute, in the timezone of the campaign; a time of day as it is.
func TestEndsAreToldAsPeopleSayThem(t *testing.T) {
	in := time.FixedZone("UTC+7", 7*60*60)
	for end, want := range map[time.Time]string{
		time.Date(2026, 12, 3, 0, 0, 0, 0, in):        "2026-12-02 23:59",
		time.Date(2026, 12, 2, 17, 0, 0, 0, time.UTC): "2026-12-02 23:59",
		time.Date(2026, 12, 5, 17, 0, 0, 0, in):       "2026-12-05 17:00",
	} {
		if got := Told(end, in).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%v: %s, not %s", end, got, want)
		}
	}
}

func TestValid(t *testing.T) {
	for s, want := range map[string]struct{ date, month bool }{
		"2024-02-29": {true, true}, "2023-02-29": {false, false}, "1900-02-29": {false, false}, "2000-02-29": {true, true},
		"2024-03": {false, true}, "2024-13": {false, false}, "2024-04-31": {false, false}, "2024-4-3": {false, false},
		"": {false, false}, "2024/03/01": {false, false}, "1899-12-31": {false, false}, "2201-01-01": {false, false}, "20a4-01-01": {false, false},
	} {
		if got := Valid(s, false); got != want.date {
			t.Errorf("%q is a date: %v", s, got)
		}
		if got := Valid(s, true); got != want.month {
			t.Errorf("%q is a date or month: %v", s, got)
		}
	}
}

func TestBetween(t *testing.T) {
	for _, c := range []struct {
		from, to string
		months   float64
	}{{"2024-01-31", "2024-02-29", 0}, {"2024-01-15", "2024-02-15", 1}, {"2024-03", "2024-11", 8}, {"2024-03-31", "2024-11", 8}, {"2024-05-01", "2024-03-01", -2}} {
		if got, err := MonthsBetween(c.from, c.to); err != nil || got != c.months {
			t.Errorf("%s to %s: %v months (%v), want %v", c.from, c.to, got, err, c.months)
		}
	}
	if got, err := DaysBetween("2024-02-28", "2024-03-01"); err != nil || got != 2 {
		t.Errorf("%v days, %v", got, err)
	}
	if _, err := DaysBetween("2024-02", "2024-03-01"); err == nil {
		t.Error("days between a month and a date")
	}
	if _, err := MonthsBetween("", "2024-03-01"); err == nil {
		t.Error("months between nothing and a date")
	}
}

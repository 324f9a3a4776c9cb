package campaign

import (
	"time"

	"github.com/robfig/cron/v3"
)

// wallClock lets a job of certain hours run once on every day on which it is due, also where
// clocks are changed: cron/v3 leaves out what is due in the hour that is skipped, and does
// twice what is due in the hour that comes twice. What is skipped runs when the clock has
// jumped. A job of every hour goes on by the time that passes.
type wallClock struct {
	*cron.SpecSchedule
	in *time.Location
}

// star is the bit by which cron marks a field that says "every".
const star = 1 << 63

// Next is when the job is due next.
func (w wallClock) Next(t time.Time) time.Time {
	t = t.In(w.in)
	if w.Hour&star != 0 {
		return w.SpecSchedule.Next(t)
	}
	spec := *w.SpecSchedule
	spec.Location = time.UTC
	due := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC) // what the clock shows
	for {
		if due = spec.Next(due); due.IsZero() {
			return due
		}
		if at := w.shows(due); at.After(t) { // what comes twice was done the first time
			return at
		}
	}
}

// shows is when the clock shows a time: the first time where it does twice, and when it jumps
// where it never does.
func (w wallClock) shows(due time.Time) time.Time {
	at := time.Date(due.Year(), due.Month(), due.Day(), due.Hour(), due.Minute(), due.Second(), 0, w.in)
	start, end := at.ZoneBounds()
	if at.Hour() != due.Hour() || at.Minute() != due.Minute() {
		if d := end.Sub(at); !end.IsZero() && d >= 0 && d < 3*time.Hour {
			return end
		}
		return start
	}
	if start.IsZero() {
		return at
	}
	_, now := at.Zone()
	_, before := start.Add(-time.Second).Zone()
	if twice := time.Duration(before-now) * time.Second; twice > 0 && at.Sub(start) < twice {
		return at.Add(-twice)
	}
	return at
}

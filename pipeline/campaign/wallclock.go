package campaign

import (
	"time"

	"github.com/robfig/cron/v3"
)

// wallClock is a cron schedule that is due once on every day that it names, also on days on
// which clocks change: robfig/cron/v3 leaves out what is due in the hour that is skipped,
// and repeats what is due in the hour that comes twice. Here, what is skipped is due when
// the clock has jumped. A job of every hour follows elapsed time instead.
type wallClock struct {
	*cron.SpecSchedule
	in *time.Location
}

// star is the bit by which robfig/cron marks a field that is *; it is starBit there, which
// is not exported.
const star = 1 << 63

// Next returns when the job is due next after t; the zero time for never.
func (w wallClock) Next(t time.Time) time.Time {
	t = t.In(w.in)
	if w.Hour&star != 0 {
		return w.SpecSchedule.Next(t)
	}
	spec := *w.SpecSchedule
	spec.Location = time.UTC
	// what the clock shows
	due := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	for {
		if due = spec.Next(due); due.IsZero() {
			return due
		}
		if at := w.shows(due); at.After(t) { // what comes twice was done the first time
			return at
		}
	}
}

// shows returns when the clock shows a time: the first time if it does so twice, and the
// moment of the jump if it never does.
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

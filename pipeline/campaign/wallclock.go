package campaign

import (
	"time"

	"github.com/robfig/cron/v3"
)

// wallClock is a cron schedule that is due exactly once on every day that it names, also on days when clocks
// change. robfig/cron/v3 leaves out jobs of the hour that is skipped and repeats jobs of the hour that occurs
// twice. Here, a job of the skipped hour is due at the moment of the change, and a job of the repeated hour is due
// the first time. Jobs of every hour follow elapsed time, as cron does.
type wallClock struct {
	*cron.SpecSchedule
	in *time.Location // of the campaign
}

// star is the bit by which robfig/cron marks a field that is *. It is starBit there, which is not exported.
const star = 1 << 63

// Next returns the first time after t at which the job is due; the zero time if there is none within five years.
func (w wallClock) Next(t time.Time) time.Time {
	t = t.In(w.in)
	if w.Hour&star != 0 {
		return w.SpecSchedule.Next(t)
	}
	spec := *w.SpecSchedule
	spec.Location = time.UTC
	// due is what clocks show, carried as UTC, in which no hour is missing.
	due := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	for {
		if due = spec.Next(due); due.IsZero() {
			return due
		}
		if at := w.shows(due); at.After(t) { // not the second occurrence of an hour that occurs twice
			return at
		}
	}
}

// shows returns the moment at which clocks show a time: the first one if they show it twice, and the moment of the
// change if they never do. The search for that moment assumes a change of less than three hours.
func (w wallClock) shows(due time.Time) time.Time {
	at := time.Date(due.Year(), due.Month(), due.Day(), due.Hour(), due.Minute(), due.Second(), 0, w.in)
	// The period of one offset that at is in. In the skipped hour, time.Date gives a time on one side or the other
	// of the change, and the clock then shows another hour than due.
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
	// In the repeated hour, time.Date may give the second occurrence: then the offset changed less than that hour
	// ago.
	_, now := at.Zone()
	_, before := start.Add(-time.Second).Zone()
	if twice := time.Duration(before-now) * time.Second; twice > 0 && at.Sub(start) < twice {
		return at.Add(-twice)
	}
	return at
}

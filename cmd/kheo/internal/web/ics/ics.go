// Package ics writes calendars that other programs read (RFC 5545).
//
// [Write] answers a request with the dates that its caller may show. An [Event] keeps its ID when its date moves, so
// that a calendar that is read again moves it instead of adding a second one. It does not know what a date is of: the
// season and the register decide what a person sees.
package ics

import (
	"net/http"
	"time"

	ical "github.com/arran4/golang-ical"

	"kheo/internal/dossier"
)

// Event is one date: the moment at which something begins or ends, or a whole day.
type Event struct {
	ID    string // the same whenever the calendar is read, also if the date has moved
	Title string
	At    time.Time
	Day   bool // the whole day of At
}

// Write answers a request with a calendar. now is when it was made.
func Write(w http.ResponseWriter, campaign, title string, now time.Time, events []Event) error {
	c := ical.NewCalendarFor("kheo")
	c.SetMethod(ical.MethodPublish)
	c.SetName(title)
	for _, e := range events {
		x := c.AddEvent(dossier.SHA256([]byte(campaign + " " + e.ID))[:32] + "@kheo")
		x.SetDtStampTime(now)
		x.SetSummary(e.Title)
		if e.Day {
			x.SetAllDayStartAt(e.At)
		} else {
			x.SetStartAt(e.At)
			x.SetEndAt(e.At)
		}
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="kheo.ics"`)
	return c.SerializeTo(w)
}

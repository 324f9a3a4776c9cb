package campaign

import (
	"testing"
	"time"

	"github.com/robfig/cron/v3"
)

// Every job of certain hours runs once on each day that it names, in whatever timezone, through
// every change of clocks of a year; a job of every ten minutes never pauses longer.
func TestEveryNightOnce(t *testing.T) {
	for _, zone := range []string{"Asia/Ho_Chi_Minh", "Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca"} {
		in, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range []string{"0 2 * * *", "30 2 * * *", "30 1 * * *", "0 0 * * *", "15 3 * * *", "45 23 * * *"} {
			s, err := cron.ParseStandard(spec)
			if err != nil {
				t.Fatal(err)
			}
			w := wallClock{s.(*cron.SpecSchedule), in}
			ran := map[string]int{}
			begin := time.Date(2024, 1, 1, 0, 0, 0, 0, in).Add(-time.Second)
			end := time.Date(2025, 1, 1, 0, 0, 0, 0, in)
			at := begin
			for {
				next := w.Next(at)
				if !next.After(at) {
					t.Fatalf("%s, %s: after %v comes %v", zone, spec, at, next)
				}
				if !next.Before(end) {
					break
				}
				at = next
				ran[at.Format(time.DateOnly)]++
			}
			for day := begin.AddDate(0, 0, 1); day.Before(end); day = day.AddDate(0, 0, 1) {
				if n := ran[day.Format(time.DateOnly)]; n != 1 {
					t.Errorf("%s, %s: %d times on %s", zone, spec, n, day.Format(time.DateOnly))
				}
			}
		}
		s, err := cron.ParseStandard("*/10 * * * *")
		if err != nil {
			t.Fatal(err)
		}
		w := wallClock{s.(*cron.SpecSchedule), in}
		for at := time.Date(2024, 1, 1, 0, 0, 0, 0, in); at.Year() < 2025; {
			next := w.Next(at)
			if d := next.Sub(at); d <= 0 || d > 10*time.Minute {
				t.Fatalf("%s: %v after %v", zone, d, at)
			}
			at = next
		}
	}
}

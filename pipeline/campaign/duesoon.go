package campaign

import (
	"fmt"
	"time"

	"kheo/internal/strict"
)

// soon is within what time a job must be due: a year, leap years too.
const soon = 366 * 24 * time.Hour

// CheckSchedule finds the jobs that are not due within a year. They are mistakes that kheo check tells;
// they keep nothing else from working, for whether a job is due soon changes with the date.
func (c *Campaign) CheckSchedule(now time.Time) strict.Problems {
	var out strict.Problems
	for _, job := range Jobs {
		s := c.Schedule[job]
		if s == nil {
			continue
		}
		due := s.Next(now.In(c.Location))
		if !due.IsZero() && due.Sub(now) <= soon {
			continue
		}
		line, col := c.written[job].Pos()
		says := fmt.Sprintf("the schedule %q of %s is not due within a year", c.Cron[job], job)
		if !due.IsZero() {
			says += ", but first on " + due.Format(time.DateOnly)
		}
		out = append(out, strict.Problem{File: File, Line: line, Col: col, Message: says,
			Cure: `write a day that comes every year, as in "0 2 28 2 *", or leave the job out`})
	}
	return out
}

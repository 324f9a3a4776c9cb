package campaign

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"kheo/internal/strict"
)

// defaultDeadline is the longest time that a scheduled run may take if schedule: has no deadline.
const defaultDeadline = 12 * time.Hour

// schedule reads the cron expressions of the jobs and the deadline of a run. All expressions are in the
// campaign's timezone, and a job is due once a day also when clocks change (see wallClock).
func (c *Campaign) schedule(n *strict.Node) {
	c.Deadline = defaultDeadline
	if n == nil {
		return
	}
	m := scheduleGrammar.Read(n)
	for _, k := range m.Keys {
		if k == "deadline" {
			c.deadline(m.Get(k))
		} else {
			c.job(k, m.Get(k))
		}
	}
}

// deadline reads the longest time that a scheduled run may take, at least a minute.
func (c *Campaign) deadline(n *strict.Node) {
	text := n.String("deadline")
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Minute {
		n.Fail(fmt.Sprintf("the deadline %q is not a duration of a minute or more", text), "write it as 8h or 90m")
		return
	}
	c.Deadline = d
}

// job reads the cron expression of one job.
func (c *Campaign) job(name string, n *strict.Node) {
	spec := n.String("schedule " + name)
	s, err := cron.ParseStandard(spec)
	if err != nil {
		n.Fail(fmt.Sprintf("the schedule %q of %s cannot be understood: %v", spec, name, err),
			`write minute hour day month weekday, as in "0 2 * * *" for every night at two`)
		return
	}
	// cron would accept a timezone here; then one job would follow another clock than the pages show.
	if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
		n.Fail("a schedule has no timezone of its own", "the campaign's timezone: applies to all jobs")
		return
	}
	if hours, ok := s.(*cron.SpecSchedule); ok {
		s = wallClock{hours, c.Location}
	}
	c.Schedule[name], c.Cron[name], c.jobNodes[name] = s, spec, n
}

// scheduleHorizon is the time within which every job must be due: a year, leap years included.
const scheduleHorizon = 366 * 24 * time.Hour

// CheckSchedule finds the jobs that are not due within a year of now, such as one for 30 February. Only kheo
// check calls it: Load does not, because the answer changes with the date, and a workspace that opened yesterday
// must open today.
func (c *Campaign) CheckSchedule(now time.Time) strict.Problems {
	var out strict.Problems
	for _, job := range Jobs {
		s := c.Schedule[job]
		if s == nil {
			continue
		}
		due := s.Next(now.In(c.Location))
		if !due.IsZero() && due.Sub(now) <= scheduleHorizon {
			continue
		}
		line, col := c.jobNodes[job].Pos()
		says := fmt.Sprintf("the schedule %q of %s is not due within a year", c.Cron[job], job)
		if !due.IsZero() {
			says += ", but first on " + due.Format(time.DateOnly)
		}
		out = append(out, strict.Problem{File: File, Line: line, Col: col, Message: says,
			Cure: `write a day that comes every year, as in "0 2 28 2 *", or leave the job out`})
	}
	return out
}

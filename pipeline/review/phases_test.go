package review

import (
	"errors"
	"testing"

	"kheo/pipeline/campaign"
	"os"
	"path/filepath"
)

// phased returns a state with phases, in the timezone of Hanoi.
func phased(t *testing.T) *State {
	t.Helper()
	dir := t.TempDir()
	yaml := `campaign: c
title: { en: C }
timezone: Asia/Ho_Chi_Minh
closes: 2024-11-30
units: [ { id: north, name: North } ]
rules: [rules/r.yaml]
phases:
  submission: { from: 2024-10-01, until: 2024-11-30 }
  completion: { until: 2024-12-05 17:00 }
  scoring: { from: 2024-12-06 }
  meeting: { from: 2024-12-12, until: 2024-12-20 }
`
	if err := os.WriteFile(filepath.Join(dir, campaign.File), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := campaign.LoadWithoutRulesets(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := NewState(c.Review)
	for i, p := range []struct {
		id   string
		role Role
	}{{"unit", Submitter}, {"eva", Evaluator}, {"chair", Chair}, {"sec", Secretary}} {
		s.Apply(&Event{Seq: int64(i + 1), Person: System, Action: PersonAdded,
			Data: Data{Subject: p.id, Name: p.id, Roles: []Role{p.role}, Unit: "north"}})
	}
	return s
}

// A deadline closes what it says, in the timezone of the campaign, for the people whom it binds; what kheo itself does
// goes on. An extension, which needs a reason, opens it again.
func TestPhasesCloseWhatTheySay(t *testing.T) {
	t.Parallel()
	s := phased(t)
	try := func(e Event) string {
		var r *Refusal
		if err := s.Check(&e, Subject{Unit: "west"}); errors.As(err, &r) {
			return r.Code
		} else if err != nil {
			return err.Error()
		}
		return ""
	}
	deliver := func(at string, added bool) Event {
		return Event{Person: "unit", Action: HandedIn, Dossier: "d", At: at, Data: Data{Unit: "north", Added: added}}
	}
	late := deliver("2024-11-30T17:03:00Z", false)
	late.Data.Given = "2024-11-30T16:59:00Z"
	early := late
	early.At = "2024-11-30T18:00:00Z"
	score := Event{Person: "eva", Action: Scored, Dossier: "d", At: "2024-12-05T16:59:59Z", Data: Data{Criterion: "c"}}
	decided := func(d Decision) Event {
		return Event{Person: "sec", Action: Decided, Ruleset: "r", Dossier: "d", At: "2024-12-01T08:00:00Z",
			Data: Data{Decision: d, Reason: "a paper is missing"}}
	}
	for _, c := range []struct {
		what string
		e    Event
		want string
	}{
		{"a dossier before the first day", deliver("2024-09-30T16:59:59Z", false), "phase-early"},
		{"on the first day", deliver("2024-09-30T17:00:00Z", false), ""},
		{"in the last minute", deliver("2024-11-30T16:59:59Z", false), ""},
		{"after the last day", deliver("2024-11-30T17:00:00Z", false), "phase-over"},
		{"sent in time, and unpacked a little later", late, ""},
		{"said to be sent in time an hour ago", early, "phase-over"},
		{"an addition after the last day of submission", deliver("2024-12-05T09:59:59Z", true), ""},
		{"an addition after its own end", deliver("2024-12-05T10:00:00Z", true), "phase-over"},
		{"an addition while dossiers are handed in", deliver("2024-10-05T10:00:00Z", true), ""},
		{"a score before scoring", score, "phase-early"},
		{"a recognition before the meeting", decided(Recognised), "phase-early"},
		{"a return before the meeting", decided(Returned), ""},
		{"kheo itself", Event{Person: System, Action: HandedIn, Dossier: "d", At: "2025-01-01T00:00:00Z"}, ""},
	} {
		if got := try(c.e); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}

	extend := func(by, phase, until, reason string) Event {
		return Event{Person: by, Action: PhaseExtended, At: "2024-12-01T08:00:00Z", Seq: 9,
			Data: Data{Name: phase, Until: until, Reason: reason}}
	}
	for _, c := range []struct{ by, phase, until, reason, want string }{
		{"unit", "submission", "2024-12-03T17:00:00Z", "a flood", "right"},
		{"sec", "submission", "2024-12-03T17:00:00Z", " ", "reason"},
		{"sec", "submission", "2024-11-29T17:00:00Z", "a flood", "phase-shorter"},
		{"sec", "scoring", "2024-12-03T17:00:00Z", "a flood", "phase-open"},
		{"sec", "checking", "2024-12-03T17:00:00Z", "a flood", "phase-open"},
		{"sec", "submission", "2024-12-03T17:00:00Z", "a flood", ""},
	} {
		if got := try(extend(c.by, c.phase, c.until, c.reason)); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	e := extend("sec", "submission", "2024-12-03T17:00:00Z", "a flood")
	s.Apply(&e)
	if got := try(deliver("2024-12-03T16:59:59Z", false)); got != "" {
		t.Errorf("after the extension: %q", got)
	}
	if got := try(deliver("2024-12-03T17:00:00Z", false)); got != "phase-over" {
		t.Errorf("after the extended end: %q", got)
	}
	if p, x, ok := PhaseOf(s, "submission"); !ok || x == nil || x.Reason != "a flood" || !p.Until.Equal(x.Until) {
		t.Errorf("%+v %+v", p, x)
	}
}

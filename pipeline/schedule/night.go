package schedule

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/robfig/cron/v3"

	"kheo/pipeline"
	"kheo/pipeline/operations"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Alert is what the operator is told of a night or a backup that did not go as it should.
type Alert struct {
	Job   string    // nightly or backup
	Due   time.Time // when it was due
	Late  bool      // it did not happen or did not end at its time, and was made up for
	Error string    // what failed; "" where it then went well
}

// The settings by which the schedule remembers across restarts.
const (
	toldOf    = "operator told of " // of a job: when what the operator was told of last was due
	backupKey = "last backup"
)

// doNight does the whole run of a night that was due at a time, late where it is made up for.
// Afterwards the operator is told of what went wrong, or the heartbeat is called.
func (s *Service) doNight(ctx context.Context, due time.Time, late bool) {
	err := scheduled(ctx, s.w, s.log, s.options("nightly"))
	if ctx.Err() != nil { // it was stopped with the program; the next start makes up for it
		return
	}
	s.tellOperator(ctx, "nightly", due, late, err)
	if err == nil {
		s.heartbeat(ctx)
	}
}

// tellOperator tells of a job that failed or was late, once for each time that it was due.
func (s *Service) tellOperator(ctx context.Context, job string, due time.Time, late bool, failed error) {
	if failed == nil && !late {
		return
	}
	a := Alert{Job: job, Due: due, Late: late}
	if failed != nil {
		a.Error = failed.Error()
	}
	key, stamp := toldOf+job, due.UTC().Format(time.RFC3339)
	told, err := s.w.Store.Setting(ctx, key)
	if err != nil {
		s.log.Error("reading of what the operator was told", "error", err)
	}
	if told == stamp || s.Alerted == nil {
		return
	}
	sent, err := s.Alerted(ctx, a)
	if err != nil {
		s.log.Error("the operator could not be told", "job", job, "error", err)
		return
	}
	if !sent { // nobody is named in kheo.yaml
		return
	}
	s.log.Info("the operator was told", "job", job)
	if err := s.w.Store.SetSetting(ctx, key, stamp); err != nil {
		s.log.Error("remembering what the operator was told", "error", err)
	}
}

// How the heartbeat is called.
const (
	heartbeatTime  = 10 * time.Second
	heartbeatTries = 3
)

// heartbeatPause is how long the next try of the heartbeat waits, unless the service says otherwise.
const heartbeatPause = 5 * time.Second

// heartbeat calls the address that kheo.yaml names, after a good night: whoever watches it learns by
// silence that there was none. A call that fails is in the log, and fails nothing else.
func (s *Service) heartbeat(ctx context.Context) {
	at := s.w.Campaign().Heartbeat
	if at == "" {
		return
	}
	host := "heartbeat" // the rest of the address may be a secret
	if u, err := url.Parse(at); err == nil {
		host = u.Host
	}
	client := &http.Client{Timeout: heartbeatTime, CheckRedirect: func(to *http.Request, via []*http.Request) error {
		if last := via[len(via)-1].URL.Scheme; to.URL.Scheme != last && to.URL.Scheme != "https" || len(via) > 3 {
			return errors.New("it leads to another kind of address, or too far")
		}
		return nil
	}}
	var err error
	for try := range heartbeatTries {
		if try > 0 && !workspace.Pause(ctx, cmp.Or(s.HeartbeatPause, heartbeatPause)) {
			return
		}
		if err = call(ctx, client, at); err == nil {
			return
		}
	}
	s.log.Warn("the heartbeat could not be called", "host", host, "tries", heartbeatTries, "error", err)
}

func call(ctx context.Context, client *http.Client, at string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return errors.New("its address cannot be read")
	}
	res, err := client.Do(q)
	if err != nil {
		if u := new(url.Error); errors.As(err, &u) {
			err = u.Err // without the address
		}
		return err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode >= 300 {
		return errors.New(res.Status)
	}
	return nil
}

// BackupRun is what came of the last backup of the schedule.
type BackupRun struct {
	At    time.Time `json:"at"`   // when it began
	Good  time.Time `json:"good"` // when the last one began that went well; zero where none did
	File  string    `json:"file,omitempty"`
	Error string    `json:"error,omitempty"`
}

// LastBackup is what came of the last backup of the schedule; nil where there was none.
func LastBackup(ctx context.Context, w *workspace.Workspace) (*BackupRun, error) {
	text, err := w.Store.Setting(ctx, backupKey)
	if err != nil || text == "" {
		return nil, err
	}
	r := &BackupRun{}
	return r, json.Unmarshal([]byte(text), r)
}

// doBackup does a backup of the schedule; a failure is in the log, in what kheo schedule shows, and
// is told to the operator.
func (s *Service) doBackup(ctx context.Context, due time.Time, late bool) {
	if err := s.w.Reload(); err != nil {
		s.log.Error("kheo.yaml or a ruleset has mistakes; the backup goes by what was read before", "error", err)
	}
	r := &BackupRun{At: s.w.Time()}
	if was, err := LastBackup(ctx, s.w); err == nil && was != nil {
		r.Good = was.Good
	}
	file, err := operations.KeepBackup(ctx, s.w)
	if ctx.Err() != nil {
		return
	}
	if r.File = file; err != nil {
		r.Error = err.Error()
		s.log.Error("the backup failed", "error", err)
	} else {
		r.Good = r.At
		s.log.Info("backup", "file", file)
	}
	b, failed := json.Marshal(r)
	if failed == nil {
		failed = s.w.Store.SetSetting(ctx, backupKey, string(b))
	}
	if failed != nil {
		s.log.Error("remembering the backup", "error", failed)
	}
	s.tellOperator(ctx, "backup", due, late && err != nil, err)
}

// missedBackup reports whether a backup was due since the last good one, or, where there was none,
// since the schedule is kept.
func missedBackup(ctx context.Context, w *workspace.Workspace, s cron.Schedule) (bool, error) {
	last, err := LastBackup(ctx, w)
	if err != nil {
		return false, err
	}
	if last != nil && !last.Good.IsZero() {
		return dueSince(w, s, last.Good), nil
	}
	since, err := scheduleSince(ctx, w)
	return err == nil && dueSince(w, s, since), err
}

// dueSince reports whether a job was due after a time and not later than now. A job that is never due
// was not. A time that lies further ahead than a clock is usually wrong was written by a clock that
// was wrong: then the job counts as missed.
func dueSince(w *workspace.Workspace, s cron.Schedule, then time.Time) bool {
	now := w.Time()
	if then.Sub(now) > setBack {
		return !s.Next(now).IsZero()
	}
	next := s.Next(then.In(w.Campaign().Location))
	return !next.IsZero() && !next.After(now)
}

// scheduleSince is since when the schedule is kept: from now on where it is not known.
func scheduleSince(ctx context.Context, w *workspace.Workspace) (time.Time, error) {
	said, err := w.Store.Setting(ctx, keptSince)
	if err != nil {
		return time.Time{}, err
	}
	since, err := time.Parse(time.RFC3339, said)
	if err != nil {
		since = w.Time()
		return since, w.Store.SetSetting(ctx, keptSince, since.Format(time.RFC3339))
	}
	return since, nil
}

// lastDue is when a job was due last, not later than now; now where that cannot be told.
func lastDue(s cron.Schedule, now time.Time) time.Time {
	for _, back := range []time.Duration{time.Hour, 25 * time.Hour, 8 * 24 * time.Hour, 32 * 24 * time.Hour, 367 * 24 * time.Hour} {
		due := time.Time{}
		for at := s.Next(now.Add(-back)); !at.IsZero() && !at.After(now); at = s.Next(at) {
			due = at
		}
		if !due.IsZero() {
			return due
		}
	}
	return now
}

// keptSince is the setting that says since when the schedule is kept.
const keptSince = "schedule kept since"

// missedNightly reports whether a nightly run was due since the last whole run
// that ended well, or, where none ever did, since the schedule is kept.
func missedNightly(ctx context.Context, w *workspace.Workspace, s cron.Schedule) (bool, error) {
	runs, err := w.Store.Runs(ctx, 10000)
	if err != nil {
		return false, err
	}
	begun := false // a whole run, that did not end well
	for _, r := range runs {
		if r.Cause == pipeline.EditionCause {
			continue // it assesses nothing
		}
		begun = begun || r.Cause != "intake"
		if r.State == store.RunDone && r.Run != "" {
			return dueSince(w, s, r.Started), nil
		}
	}
	since, err := scheduleSince(ctx, w)
	return err == nil && (begun && !s.Next(w.Time()).IsZero() || dueSince(w, s, since)), err
}

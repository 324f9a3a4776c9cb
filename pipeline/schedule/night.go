package schedule

import (
	"cmp"
	"context"
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

// Alert is a message to the operator about a nightly run or a backup that did not go as it should.
type Alert struct {
	Job   string    // nightly or backup
	Due   time.Time // when it was due
	Late  bool      // it did not happen or did not end at its time, and was caught up with
	Error string    // what failed; "" if it then went well
}

// doNight does the whole run of a night that was due at a time; late means that it catches up with one that was
// missed. Afterwards it alerts the operator to what went wrong, or calls the heartbeat.
func (s *Service) doNight(ctx context.Context, due time.Time, late bool) {
	err := s.runScheduled(ctx, s.options("nightly"))
	if ctx.Err() != nil { // it was stopped with the program; the next start catches up with it
		return
	}
	s.alertOperator(ctx, "nightly", due, late, err)
	if err == nil {
		s.heartbeat(ctx)
	}
}

// alertOperator alerts the operator to a job that failed or was late, once for each time that it was due: a
// process that takes over, or starts again, finds in the records that it was done.
func (s *Service) alertOperator(ctx context.Context, job string, due time.Time, late bool, failed error) {
	if failed == nil && !late {
		return
	}
	a := Alert{Job: job, Due: due, Late: late}
	if failed != nil {
		a.Error = failed.Error()
	}
	alerted, stamp := s.w.Store.State.Alerted.Of(job), due.UTC().Truncate(time.Second)
	last, err := alerted.Get(ctx)
	if err != nil {
		s.log.Error("reading what the operator was alerted to", "error", err)
	}
	if last.Equal(stamp) || s.Alerted == nil {
		return
	}
	sent, err := s.Alerted(ctx, a)
	if err != nil {
		s.log.Error("the operator could not be alerted", "job", job, "error", err)
		return
	}
	if !sent { // kheo.yaml names no operator
		return
	}
	s.log.Info("the operator was alerted", "job", job)
	if err := alerted.Set(ctx, stamp); err != nil {
		s.log.Error("recording what the operator was alerted to", "error", err)
	}
}

// How the heartbeat is called.
const (
	heartbeatTimeout  = 10 * time.Second // of one attempt
	heartbeatAttempts = 3
	heartbeatPause    = 5 * time.Second // between two attempts, unless the service has another
	maxRedirects      = 3
)

// heartbeat calls the URL that kheo.yaml names, after a good night: a monitoring service that is not called knows
// that there was none. A call that fails is in the log, and fails nothing else.
func (s *Service) heartbeat(ctx context.Context) {
	at := s.w.Campaign().Heartbeat
	if at == "" {
		return
	}
	host := "heartbeat" // only the host is logged: the rest of the address may be a secret
	if u, err := url.Parse(at); err == nil {
		host = u.Host
	}
	client := &http.Client{Timeout: heartbeatTimeout, CheckRedirect: checkRedirect}
	var err error
	for attempt := range heartbeatAttempts {
		if attempt > 0 && !workspace.Pause(ctx, cmp.Or(s.HeartbeatPause, heartbeatPause)) {
			return
		}
		if err = call(ctx, client, at); err == nil {
			return
		}
	}
	s.log.Warn("the heartbeat could not be called", "host", host, "attempts", heartbeatAttempts, "error", err)
}

// checkRedirect follows a few redirects, to the same scheme or to https only.
func checkRedirect(to *http.Request, via []*http.Request) error {
	last := via[len(via)-1].URL.Scheme
	if to.URL.Scheme != last && to.URL.Scheme != "https" || len(via) > maxRedirects {
		return errors.New("it redirects to a scheme that is not https, or too often")
	}
	return nil
}

// call calls a URL. Its errors do not contain the URL.
func call(ctx context.Context, client *http.Client, at string) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return errors.New("its URL is not valid")
	}
	res, err := client.Do(q)
	if err != nil {
		if u := new(url.Error); errors.As(err, &u) {
			err = u.Err
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

// BackupRun is the result of the last scheduled backup, as the records keep it.
type BackupRun struct {
	At    time.Time `json:"at"`              // when it began
	Good  time.Time `json:"good"`            // when the last one that succeeded began; zero if none did
	File  string    `json:"file,omitempty"`  // its path, if it was made
	Error string    `json:"error,omitempty"` // why it failed
}

// LastBackup returns the result of the last scheduled backup; nil if there was none.
func LastBackup(ctx context.Context, w *workspace.Workspace) (*BackupRun, error) {
	r := &BackupRun{}
	if ok, err := w.Store.State.LastBackup.Get(ctx, r); err != nil || !ok {
		return nil, err
	}
	return r, nil
}

// doBackup makes a scheduled backup. A failure is in the log and in what kheo schedule shows, and the operator is
// alerted to it.
func (s *Service) doBackup(ctx context.Context, due time.Time, late bool) {
	if err := s.w.Reload(); err != nil {
		s.log.Error("kheo.yaml or a ruleset has mistakes; the backup uses what was loaded before", "error", err)
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
	if failed := s.w.Store.State.LastBackup.Put(ctx, r); failed != nil {
		s.log.Error("recording the backup", "error", failed)
	}
	s.alertOperator(ctx, "backup", due, late && err != nil, err)
}

// missedBackup reports whether a backup was due since the last one that succeeded, or, if none did, since the
// schedule began.
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

// dueSince reports whether a job was due after a time and not later than now. A job that is never due was not. A
// time more than setBack ahead was recorded by a clock that was wrong: then the job counts as missed.
func dueSince(w *workspace.Workspace, s cron.Schedule, then time.Time) bool {
	now := w.Time()
	if then.Sub(now) > setBack {
		return !s.Next(now).IsZero()
	}
	next := s.Next(then.In(w.Campaign().Location))
	return !next.IsZero() && !next.After(now)
}

// scheduleSince is when the schedule began: the time of the first call, which is recorded.
func scheduleSince(ctx context.Context, w *workspace.Workspace) (time.Time, error) {
	since, err := w.Store.State.ScheduleSince.Get(ctx)
	if err == nil && since.IsZero() {
		since = w.Time()
		err = w.Store.State.ScheduleSince.Set(ctx, since)
	}
	return since, err
}

// lastDue is when a job was due last, not later than now; now if it was not due within a year. It tries longer and
// longer spans, because a schedule can only be asked for times after another.
func lastDue(s cron.Schedule, now time.Time) time.Time {
	const day = 24 * time.Hour
	for _, back := range []time.Duration{time.Hour, 25 * time.Hour, 8 * day, 32 * day, 367 * day} {
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

// missedNightly reports whether a nightly run was due since the last whole run that ended well began. If none ever
// did, it counts as missed if some whole run failed, or if one was due since the schedule began.
func missedNightly(ctx context.Context, w *workspace.Workspace, s cron.Schedule) (bool, error) {
	runs, err := w.Store.Runs.Newest(ctx, 10000)
	if err != nil {
		return false, err
	}
	begun := false // there was a whole run that did not end well
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

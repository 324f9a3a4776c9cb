package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/robfig/cron/v3"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/visible"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// Role is what a process that serves is for.
type Role string

// Roles: All opens the pages and does all work. Pages opens the pages, and takes in what is handed
// in there. Worker keeps the schedule and works.
const (
	All    Role = "all"
	Pages  Role = "pages"
	Worker Role = "worker"
)

// Roles lists every role.
var Roles = []Role{All, Pages, Worker}

// Service does what a process that serves does besides its pages, until it is stopped: it keeps the
// schedule of the campaign, helps with the runs of other machines, and keeps the search index and the
// folder of lists up to date.
type Service struct {
	w       *Workspace
	version string // of kheo, for the run ledger
	log     *slog.Logger

	// Wait sleeps until a time; nil sleeps by the clock, and wakes up early to notice that it was set.
	Wait func(ctx context.Context, until time.Time)
	// Digested, unless nil, sends the digest after it was written, and returns to how many people.
	Digested func(ctx context.Context) (sent int, err error)
	// Anchored, unless nil, mails an anchor of the audit trail to the address in audit: mail:.
	Anchored func(ctx context.Context, a review.Anchor) error
	// Alerted, unless nil, mails the operator that a nightly run or a backup went wrong; it returns
	// false if kheo.yaml names no operator.
	Alerted func(ctx context.Context, a Alert) (sent bool, err error)
	// SendMails, unless nil, sends the mails of the outbox that are due.
	SendMails func(ctx context.Context) (sent int, err error)

	HeartbeatPause time.Duration // between tries to call the heartbeat; 0 is 5 s

	keeper atomic.Bool // this process keeps the schedule
}

// NewService returns a service of an open workspace; version is that of kheo, for the run ledger.
func NewService(w *Workspace, version string, log *slog.Logger) *Service {
	return &Service{w: w, version: version, log: log}
}

// options are those of a run that this service begins for a cause.
func (s *Service) options(cause string) Options {
	return Options{Cause: cause, Version: s.version, Log: s.log, Deadline: s.w.Campaign().Deadline, MailAnchor: s.Anchored}
}

// intakeOptions are those of a run that only takes in and reads.
func (s *Service) intakeOptions() Options {
	o := s.options("intake")
	o.Intake = true
	return o
}

// Serve does what a role is for, but for the pages themselves, until ctx ends. It keeps the search
// index; where it works, it takes part in the runs of other machines and keeps the campaign's
// schedule. Of several machines that share their records one keeps the schedule; when it is gone,
// another takes its place.
func (s *Service) Serve(ctx context.Context, role Role) error {
	defer s.w.lives(ctx, string(role))()
	var doing sync.WaitGroup
	defer doing.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	doing.Go(func() { s.keepsIndex(ctx) })
	doing.Go(func() { s.keepsInbox(ctx) })
	doing.Go(func() { s.keepsLists(ctx) })
	if role == Pages {
		<-ctx.Done()
		s.log.Info("stopped")
		return nil
	}
	doing.Go(func() { s.w.Help(ctx, s.log) })
	for told := false; ctx.Err() == nil; {
		lease, err := s.w.Store.Workers.Lease(ctx, scheduleOf+s.w.Campaign().ID)
		if err != nil && ctx.Err() == nil {
			s.log.Error("the records cannot be reached; it is tried again", "error", err)
		}
		if lease == nil {
			if err == nil && !told {
				told = true
				s.log.Info("another machine keeps the schedule; this one takes its place when it is gone")
			}
			pause(ctx, leaseAgain)
			continue
		}
		told = false
		err = s.keepsSchedule(ctx, lease)
		lease.Release()
		if err != nil && ctx.Err() == nil {
			if !s.w.Store.Shared() {
				return err
			}
			s.log.Error("keeping the schedule", "error", err)
			pause(ctx, leaseAgain)
		}
	}
	s.log.Info("stopped")
	return nil
}

const (
	scheduleOf = "schedule of " // begins the name of the lease for keeping the schedule
	leaseAgain = 3 * time.Second
	inboxAgain = 20 * time.Second
	askedAgain = 2 * time.Second
)

// keepsSchedule keeps the campaign's schedule, in its timezone, until ctx ends or the lease is
// lost: `intake` takes in and reads, `nightly` does a whole run, `digest` writes a summary into
// lists/<campaign>/digest.txt. Jobs take turns. A nightly run that was missed, because the machine
// slept or kheo did not run, is made up for at once, and once; so is whatever fell due while
// another job was at work.
func (s *Service) keepsSchedule(ctx context.Context, lease *store.Lease) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-lease.Lost():
			s.log.Warn("the connection to the records broke, or this machine stood still; another keeps the schedule from here")
			stop()
		case <-ctx.Done():
		}
	}()
	s.keeper.Store(true)
	defer s.keeper.Store(false)
	c := s.w.Campaign()
	late := map[string]bool{}
	do := map[string]func(due time.Time){
		"intake": func(time.Time) {
			s.w.scheduled(ctx, s.log, s.intakeOptions())
		},
		"nightly": func(due time.Time) { s.doNight(ctx, due, late["nightly"]) },
		"digest":  func(time.Time) { s.digest(ctx) },
		"backup":  func(due time.Time) { s.doBackup(ctx, due, late["backup"]) },
	}
	missed := map[string]func(context.Context, *Workspace, cron.Schedule) (bool, error){"nightly": missedNightly, "backup": missedBackup}
	var jobs []*job
	for _, name := range campaign.Jobs {
		when := c.Schedule[name]
		if when == nil {
			continue
		}
		j := &job{name: name, when: when, next: when.Next(s.w.now())}
		j.do = func(due time.Time) { do[name](due); delete(late, name) }
		jobs = append(jobs, j)
		if j.next.IsZero() {
			s.log.Error("this job is never due: `kheo check` tells where it stands", "job", name, "cron", c.Cron[name])
			continue
		}
		s.log.Info("scheduled", "job", name, "cron", c.Cron[name], "next", j.next.Format(time.RFC3339))
		if missed[name] == nil {
			continue
		}
		was, err := missed[name](ctx, s.w, when)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if was {
			s.log.Info("the last one was missed; it is done now", "job", name)
			j.next, late[name] = lastDue(when, s.w.now()), true
		}
	}
	var asked sync.WaitGroup
	asked.Go(func() { s.doesAsked(ctx) })
	asked.Go(func() { s.keepsOutbox(ctx) })
	asked.Go(func() { s.doesEditions(ctx) })
	s.keep(ctx, jobs)
	stop()
	asked.Wait()
	return nil
}

// Keeper is the host that keeps the schedule among those that share the records; "" where none
// does, or where they are not shared.
func (w *Workspace) Keeper(ctx context.Context) (host string, err error) {
	return w.Store.Workers.LeaseHolder(ctx, scheduleOf+w.Campaign().ID)
}

// AskRun has whoever keeps the schedule do a run soon.
func (w *Workspace) AskRun(ctx context.Context, by string) error {
	return w.Store.State.RunRequest.Set(ctx, by)
}

// doesAsked does the runs that other processes ask for.
func (s *Service) doesAsked(ctx context.Context) {
	for {
		by, err := s.w.Store.State.RunRequest.Get(ctx)
		if err == nil && by != "" {
			if err = s.w.Store.State.RunRequest.Drop(ctx); err == nil {
				s.RunNow(ctx, by)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("looking for runs that are asked for", "error", err)
		}
		if !pause(ctx, askedAgain) {
			return
		}
	}
}

// keepsInbox takes in what is handed in on a machine that does not keep the schedule: the one that
// does cannot see its inbox.
func (s *Service) keepsInbox(ctx context.Context) {
	if !s.w.Store.Shared() {
		return
	}
	for pause(ctx, inboxAgain) {
		if s.keeper.Load() {
			continue
		}
		n, err := s.w.TakeIn(ctx, s.log)
		if n > 0 {
			s.log.Info("taken in", "dossiers", n)
		}
		if err != nil && !errors.Is(err, ErrBusy) && ctx.Err() == nil {
			s.log.Error("taking in; it is tried again", "error", err)
		}
	}
}

// job is something that the schedule lets fall due.
type job struct {
	name string
	when cron.Schedule
	do   func(due time.Time)
	next time.Time // zero where it is never due
}

// lookAgain is how long the schedule sleeps at most: so that it notices a clock that was set,
// and a machine that slept.
const lookAgain = 20 * time.Second

// setBack is by how much a job may lie ahead of when it is due by the clock before the clock is
// taken to have been set back.
const setBack = 48 * time.Hour

// ahead is by how much a job may lie ahead of when it is due by the clock: of one that is due often,
// two of its intervals, so that a clock that was set back does not keep it from happening.
func (j *job) ahead(due time.Time) time.Duration {
	if after := j.when.Next(due); !after.IsZero() {
		return min(setBack, 2*after.Sub(due))
	}
	return setBack
}

// keep does jobs as they fall due.
func (s *Service) keep(ctx context.Context, jobs []*job) {
	for ctx.Err() == nil {
		now := s.w.now()
		var first *job
		for _, j := range jobs {
			if due := j.when.Next(now); !due.IsZero() && j.next.Sub(due) > j.ahead(due) {
				j.next = due
			}
			if !j.next.IsZero() && (first == nil || j.next.Before(first.next)) {
				first = j
			}
		}
		if first == nil {
			<-ctx.Done()
			return
		}
		if first.next.After(now) {
			s.wait(ctx, first.next)
			continue
		}
		first.do(first.next)
		after := first.next
		if now := s.w.now(); now.After(after) {
			after = now // what fell due meanwhile was this
		}
		first.next = first.when.Next(after)
	}
}

// pause sleeps for a while; false where ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// wait sleeps until a time, a while, or the end of ctx.
func (s *Service) wait(ctx context.Context, until time.Time) {
	if s.Wait != nil {
		s.Wait(ctx, until)
		return
	}
	timer := time.NewTimer(min(until.Sub(s.w.now()), lookAgain))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// scheduled does one run. A failure is in the log and, where the run began, in the ledger; it must not
// end the program. It is no failure where another did this run meanwhile.
func (w *Workspace) scheduled(ctx context.Context, log *slog.Logger, opts Options) (err error) {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	defer func() {
		if p := recover(); p != nil {
			log.Error("run failed", "cause", opts.Cause, "panic", fmt.Sprint(p))
			err = fmt.Errorf("kheo made a mistake: %v", p)
		}
	}()
	// Rules and units may have been changed since the last run.
	if err := w.Reload(); err != nil {
		var mistakes strict.Problems
		unruled, failed := campaign.LoadUnruled(w.Dir)
		if failed != nil || !errors.As(err, &mistakes) {
			log.Error("kheo.yaml has mistakes; nothing is run until they are mended", "error", err)
			return fmt.Errorf("kheo.yaml has mistakes: %w", err)
		}
		log.Error("a ruleset has mistakes; dossiers are taken in, and no list is published until they are mended", "error", err)
		opts.Unruled = unruled
		if !opts.Intake {
			opts.Mistakes = err
		}
	}
	newest, err := w.newestRun(ctx)
	if err != nil {
		log.Error("the ledger cannot be read", "error", err)
		return err
	}
	begun, err := w.runOnce(ctx, opts)
	for told := false; errors.Is(err, ErrBusy); told = true {
		if opts.Intake {
			log.Info("skipped: another is at work, and takes in too", "cause", opts.Cause)
			return nil
		}
		if !told {
			log.Info("another is at work; this run waits for its end", "cause", opts.Cause)
		}
		if !pause(ctx, time.Second) {
			return ctx.Err()
		}
		done, failed := w.doneAfter(ctx, newest)
		if failed != nil {
			log.Error("the ledger cannot be read", "error", failed)
			return failed
		}
		if done {
			log.Info("another has done this run meanwhile", "cause", opts.Cause)
			return nil
		}
		begun, err = w.runOnce(ctx, opts)
	}
	if err != nil && !begun { // the log of the run itself says any other
		log.Error("the run could not begin", "cause", opts.Cause, "error", err)
	}
	return err
}

// runOnce does a run, and reports whether it began.
func (w *Workspace) runOnce(ctx context.Context, opts Options) (begun bool, err error) {
	was, err := w.newestRun(ctx)
	if err != nil {
		return false, err
	}
	if _, err = w.Run(ctx, opts); err == nil {
		return true, nil
	}
	now, failed := w.newestRun(context.WithoutCancel(ctx))
	return failed == nil && now > was, err
}

// newestRun is the number of the run that began last, of whatever end; 0 where none did.
func (w *Workspace) newestRun(ctx context.Context) (int64, error) {
	runs, err := w.Store.Runs.Newest(ctx, 1)
	if err != nil || len(runs) == 0 {
		return 0, err
	}
	return runs[0].Number, nil
}

// doneAfter reports whether a whole run that began after another, by their numbers, ended well. Times
// would not tell, where a clock was set.
func (w *Workspace) doneAfter(ctx context.Context, number int64) (bool, error) {
	runs, err := w.Store.Runs.Newest(ctx, 100)
	for _, r := range runs {
		if r.State == store.RunDone && r.Run != "" && r.Cause != EditionCause && r.Number > number {
			return true, nil
		}
	}
	return false, err
}

// missedNightly reports whether a nightly run was due since the last whole run
// that ended well, or, where none ever did, since the schedule is kept.
func missedNightly(ctx context.Context, w *Workspace, s cron.Schedule) (bool, error) {
	runs, err := w.Store.Runs.Newest(ctx, 10000)
	if err != nil {
		return false, err
	}
	begun := false // a whole run, that did not end well
	for _, r := range runs {
		if r.Cause == EditionCause {
			continue // it assesses nothing
		}
		begun = begun || r.Cause != "intake"
		if r.State == store.RunDone && r.Run != "" {
			return w.dueSince(s, r.Started), nil
		}
	}
	since, err := w.scheduleSince(ctx)
	return err == nil && (begun && !s.Next(w.now()).IsZero() || w.dueSince(s, since)), err
}

// digest writes what the evaluators look for in the morning, and has it sent.
func (s *Service) digest(ctx context.Context) {
	text, err := s.w.Digest(ctx)
	if err == nil {
		err = store.WriteFile(filepath.Join(s.w.Lists(), "digest.txt"), []byte(visible.Text(text)))
	}
	if err != nil {
		s.log.Error("digest failed", "error", err)
	} else {
		s.log.Info("digest", "file", filepath.Join(s.w.Lists(), "digest.txt"))
	}
	if err := s.w.KeepAnchor(ctx, s.Anchored); err != nil {
		s.log.Error("anchoring the audit trail", "error", err)
	}
	if s.Digested == nil {
		return
	}
	sent, err := s.Digested(ctx)
	if err != nil {
		s.log.Error("sending digests", "sent", sent, "error", err)
		return
	}
	s.log.Info("digests sent", "to", sent)
}

// Digest sums the newest lists up: how many there are, what needs a person, and
// what went wrong in the last run.
func (w *Workspace) Digest(ctx context.Context) (string, error) {
	run, err := w.FindRun(ctx, "")
	if err != nil {
		return "", err
	}
	lists, err := w.ListsNow(ctx, run.Run)
	if err != nil {
		return "", err
	}
	open := map[string][]string{}
	if err := w.review.View(ctx, func(s *review.State) error {
		for name, f := range lists {
			open[name] = s.Open(f)
		}
		return nil
	}); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, run %d, %s\n", w.Campaign().ID, run.Number, run.Finished.In(w.Campaign().Location).Format("2006-01-02 15:04"))
	for _, n := range slices.Sorted(maps.Keys(lists)) {
		f := lists[n]
		fmt.Fprintf(&b, "\n%s\n%d registered, %d recommended, %d need review, %d quarantined; %d must still be decided\n",
			f.Title, f.Counts.Registered, f.Counts.Recommended, f.Counts.NeedsReview, f.Counts.Quarantined, len(open[n]))
		for _, e := range f.Entries {
			if e.Outcome == dossier.NeedsReview || e.Outcome == dossier.Quarantined {
				fmt.Fprintf(&b, "  %s (%s): %s\n", e.Title, e.Dossier, e.Reason)
				for _, x := range e.Flags {
					fmt.Fprintf(&b, "      %s\n", x.Message)
				}
			}
		}
	}
	for _, s := range run.Stages {
		for _, e := range s.Errors {
			fmt.Fprintf(&b, "\nnote: %s: %s\n", s.Name, e)
		}
	}
	return b.String(), nil
}

// PublishEdition publishes the lists again with the outcomes that people have set, if that was asked
// for. The errors are those of the workspace's PublishEdition.
func (s *Service) PublishEdition(ctx context.Context) error {
	return s.w.PublishEdition(ctx, s.options(EditionCause))
}

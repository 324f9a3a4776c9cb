// Package schedule keeps the schedule of a campaign: intake, nightly runs, digests and backups.
package schedule

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// RunNow does a run that somebody asks for while the schedule is kept.
func (s *Service) RunNow(ctx context.Context, by string) {
	scheduled(ctx, s.w, s.log, s.options("asked for by "+by))
}

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
	w       *workspace.Workspace
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
func NewService(w *workspace.Workspace, version string, log *slog.Logger) *Service {
	return &Service{w: w, version: version, log: log}
}

// options are those of a run that this service begins for a cause.
func (s *Service) options(cause string) pipeline.Options {
	return pipeline.Options{Cause: cause, Version: s.version, Log: s.log, Deadline: s.w.Campaign().Deadline, MailAnchor: s.Anchored}
}

// intakeOptions are those of a run that only takes in and reads.
func (s *Service) intakeOptions() pipeline.Options {
	o := s.options("intake")
	o.Intake = true
	return o
}

// Serve does what a role is for, but for the pages themselves, until ctx ends. It keeps the search
// index; where it works, it takes part in the runs of other machines and keeps the campaign's
// schedule. Of several machines that share their records one keeps the schedule; when it is gone,
// another takes its place.
func (s *Service) Serve(ctx context.Context, role Role) error {
	defer s.w.Heartbeat(ctx, string(role))()
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
	doing.Go(func() { pipeline.Help(ctx, s.w, s.log) })
	for told := false; ctx.Err() == nil; {
		lease, err := s.w.Store.Lease(ctx, scheduleOf+s.w.Campaign().ID)
		if err != nil && ctx.Err() == nil {
			s.log.Error("the records cannot be reached; it is tried again", "error", err)
		}
		if lease == nil {
			if err == nil && !told {
				told = true
				s.log.Info("another machine keeps the schedule; this one takes its place when it is gone")
			}
			workspace.Pause(ctx, leaseAgain)
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
			workspace.Pause(ctx, leaseAgain)
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

// PublishEdition publishes the lists again with the outcomes that people have set, if that was asked
// for. The errors are those of the workspace's PublishEdition.
func (s *Service) PublishEdition(ctx context.Context) error {
	return pipeline.PublishEdition(ctx, s.w, s.options(pipeline.EditionCause))
}

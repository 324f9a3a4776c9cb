// Package schedule keeps the schedule of a campaign (intake, nightly runs, digests and backups) and does
// everything else that a process of `kheo serve` does besides its pages.
//
// [Service.Serve] is the entry. Of the machines that share the records, one holds the lease for the schedule
// (jobs.go); the others wait for it and meanwhile take part in runs. night.go has the nightly run and the backup,
// with what the operator is alerted to; upkeep.go has the loops that keep a machine up to date.
package schedule

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Role is what a process that serves does.
type Role string

// Roles: All opens the pages and does all work. Pages opens the pages, and ingests what is submitted there.
// Worker keeps the schedule and works.
const (
	All    Role = "all"
	Pages  Role = "pages"
	Worker Role = "worker"
)

// Roles lists every role.
var Roles = []Role{All, Pages, Worker}

const (
	leasePrefix     = "schedule of " // of the name of the lease for the schedule; the campaign's id follows
	leaseInterval   = 3 * time.Second
	inboxInterval   = 20 * time.Second
	requestInterval = 2 * time.Second // between two looks for what other processes ask for
)

// Service does what a process that serves does besides its pages, until it is stopped: it keeps the schedule of
// the campaign, helps with the runs of other machines, and keeps the search index and the folder of lists up to
// date. The exported fields are set before Serve is called.
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
	// Reminded, unless nil, reminds those who are behind, as reminders: in kheo.yaml says, and returns how many.
	Reminded func(ctx context.Context) (n int, err error)
	// SendMails, unless nil, sends the mails of the outbox that are due.
	SendMails func(ctx context.Context) (sent int, err error)

	HeartbeatPause time.Duration // between two attempts to call the heartbeat; 0 is 5 s

	keeper atomic.Bool // this process holds the lease for the schedule
}

// NewService returns a service of an open workspace; version is that of kheo, for the run ledger.
func NewService(w *workspace.Workspace, version string, log *slog.Logger) *Service {
	return &Service{w: w, version: version, log: log}
}

// options are those of a run that this service begins for a cause.
func (s *Service) options(cause string) pipeline.Options {
	return pipeline.Options{
		Cause: cause, Version: s.version, Log: s.log, Deadline: s.w.Campaign().Deadline, MailAnchor: s.Anchored,
	}
}

// intakeOptions are those of a run that only ingests and reads.
func (s *Service) intakeOptions() pipeline.Options {
	o := s.options("intake")
	o.Intake = true
	return o
}

// RunNow does a run that a person asked for while the schedule is kept.
func (s *Service) RunNow(ctx context.Context, by string) {
	s.runScheduled(ctx, s.options("asked for by "+by))
}

// PublishEdition publishes the lists again with the outcomes that people have set, if that was asked
// for. The errors are those of pipeline.PublishEdition.
func (s *Service) PublishEdition(ctx context.Context) error {
	return pipeline.PublishEdition(ctx, s.w, s.options(pipeline.EditionCause))
}

// Serve does what a role demands, apart from the pages, until ctx ends. Every role keeps the search index, the
// inbox and the lists of its machine up to date. Roles that work also take part in the runs of other machines
// and keep the schedule: of several machines that share their records one does, and when it is gone, another
// one takes over. It fails only if the records of a single machine do.
func (s *Service) Serve(ctx context.Context, role Role) error {
	defer s.w.Heartbeat(ctx, string(role))()
	var tasks sync.WaitGroup
	defer tasks.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.settleRules(ctx)
	tasks.Go(func() { s.maintainIndex(ctx) })
	tasks.Go(func() { s.ingestElsewhere(ctx) })
	tasks.Go(func() { s.fetchLists(ctx) })
	if role == Pages {
		<-ctx.Done()
		s.log.Info("stopped")
		return nil
	}
	tasks.Go(func() { pipeline.Help(ctx, s.w, s.log) })
	for ctx.Err() == nil {
		lease := s.takeLease(ctx)
		if lease == nil {
			break
		}
		err := s.keepSchedule(ctx, lease)
		lease.Release()
		if err != nil && ctx.Err() == nil {
			if !s.w.Store.Shared() {
				return err
			}
			s.log.Error("keeping the schedule", "error", err)
			workspace.Pause(ctx, leaseInterval)
		}
	}
	s.log.Info("stopped")
	return nil
}

// takeLease waits until this process gets the lease for the schedule; nil if ctx ends before.
func (s *Service) takeLease(ctx context.Context) *store.Lease {
	for logged := false; ctx.Err() == nil; {
		lease, err := s.w.Store.Workers.Lease(ctx, leasePrefix+s.w.Campaign().ID)
		if lease != nil {
			return lease
		}
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Error("the records cannot be reached; it is tried again", "error", err)
		case err == nil && !logged:
			logged = true
			s.log.Info("another machine keeps the schedule; this one takes over when it is gone")
		}
		workspace.Pause(ctx, leaseInterval)
	}
	return nil
}

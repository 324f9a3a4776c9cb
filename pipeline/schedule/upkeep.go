package schedule

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/look"
	"kheo/pipeline/mailbox"
	"kheo/pipeline/search"
	"kheo/pipeline/viewer"
	"kheo/pipeline/webhooks"
	"kheo/pipeline/workspace"
)

// publishEditions publishes the editions that are asked for, until ctx ends. An edition that has to wait for the
// next run is not tried again until the ledger or the rules have changed.
func (s *Service) publishEditions(ctx context.Context) {
	type state struct {
		run      int64
		ended    string // the run's state
		campaign *campaign.Campaign
	}
	var waiting state // the state in which the edition was left to the next run
	for workspace.Pause(ctx, requestInterval) {
		runs, err := s.w.Store.Runs.Newest(ctx, 1)
		if err == nil && len(runs) > 0 {
			now := state{runs[0].Number, runs[0].State, s.w.Campaign()}
			if now == waiting {
				continue
			}
			if err = s.PublishEdition(ctx); errors.Is(err, pipeline.ErrLater) {
				waiting, err = now, nil
				s.log.Info("what people have set is published by the next run", "why", pipeline.ErrLater.Error())
			}
		}
		if err != nil && !errors.Is(err, workspace.ErrBusy) && ctx.Err() == nil {
			s.log.Error("publishing the lists again; it is tried once more", "error", err)
		}
	}
}

const (
	listsInterval  = 20 * time.Second // between two checks whether the lists of this machine are the newest
	outboxInterval = time.Minute      // between two looks into the outbox
	indexInterval  = time.Minute      // between two checks of the search index
)

// fetchLists brings the newest lists to this machine if another one made them, until ctx ends. A failure is logged
// once, not at every attempt.
func (s *Service) fetchLists(ctx context.Context) {
	if !s.w.Store.Shared() {
		return
	}
	for logged := false; ; {
		s.settleRules(ctx)
		brought, err := editions.BringNewest(ctx, s.w)
		switch {
		case errors.Is(err, workspace.ErrBusy) || ctx.Err() != nil || err != nil && logged:
		case err != nil:
			logged = true
			s.log.Warn("bringing the lists here", "error", err)
		case brought:
			logged = false
			s.log.Info("the newest lists were brought here", "folder", filepath.Join(s.w.Lists(), workspace.Latest))
		}
		if !workspace.Pause(ctx, listsInterval) {
			return
		}
	}
}

// sendOutbox sends the mails that wait in the outbox, until ctx ends.
func (s *Service) sendOutbox(ctx context.Context) {
	if s.SendMails == nil {
		return
	}
	for {
		if sent, err := s.SendMails(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("sending mail", "sent", sent, "error", err)
		}
		if !workspace.Pause(ctx, outboxInterval) {
			return
		}
	}
}

// tellElsewhere notifies the webhooks of kheo.yaml of what has happened, until ctx ends. A failure of the records is
// logged once, not at every attempt.
func (s *Service) tellElsewhere(ctx context.Context) {
	sender := webhooks.NewSender(s.w, s.log)
	for failed := false; workspace.Pause(ctx, requestInterval); {
		err := sender.Round(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			s.log.Error("telling webhooks; it is tried again", "error", err)
		}
		failed = err != nil
	}
}

// remindInterval is the pause between two looks whether someone must be reminded.
const remindInterval = 10 * time.Minute

// remind reminds those who are behind before a deadline, until ctx ends.
func (s *Service) remind(ctx context.Context) {
	for s.Reminded != nil && workspace.Pause(ctx, remindInterval) {
		if n, err := s.Reminded(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("reminding those who are behind; it is tried again", "error", err)
		} else if n > 0 {
			s.log.Info("reminded of a deadline", "people and units", n)
		}
	}
}

// askedInterval is how long a letter waits that a person has given to a unit.
const askedInterval = 10 * time.Second

// fetchLetters looks into the mailbox of kheo.yaml when it is due, and soon after a person has given a letter to a
// unit, until ctx ends. A failure is logged when it begins, not at every look.
func (s *Service) fetchLetters(ctx context.Context) {
	f := mailbox.New(s.w, s.log)
	failed := ""
	for next := s.w.Time(); workspace.Pause(ctx, requestInterval); {
		conf := s.w.Campaign().Mailbox
		if conf.Host == "" {
			continue
		}
		now := s.w.Time()
		if due := conf.Every.Next(now); due.Before(next) { // the schedule or the clock was changed
			next = due
		}
		if now.Before(next) && !s.lettersAsked(ctx) {
			continue
		}
		next = conf.Every.Next(now)
		_, err := f.Look(ctx)
		if errors.Is(err, mailbox.ErrBusy) {
			next = now.Add(askedInterval)
		} else if err != nil && err.Error() != failed && ctx.Err() == nil {
			s.log.Error("looking into the mailbox; it is tried again", "error", err)
		}
		if failed = ""; err != nil {
			failed = err.Error()
			workspace.Pause(ctx, askedInterval)
		}
	}
}

// lettersAsked reports whether a person has given a letter to a unit that is not taken yet.
func (s *Service) lettersAsked(ctx context.Context) bool {
	list, err := mailbox.List(ctx, s.w)
	return err == nil && slices.ContainsFunc(list, func(l *mailbox.Letter) bool { return l.State == mailbox.Asked })
}

// maintainIndex brings the search index up to date with the records, at once and then every indexInterval, until
// ctx ends. Most of the time there is nothing to do: runs do it, too.
func (s *Service) maintainIndex(ctx context.Context) {
	tick := time.NewTicker(indexInterval)
	defer tick.Stop()
	for {
		if n, err := search.Refresh(ctx, s.w, nil, false); n > 0 {
			s.log.Info("the search index was brought up to date", "dossiers", n)
		} else if err != nil && !errors.Is(err, workspace.ErrBusy) && ctx.Err() == nil {
			s.log.Error("keeping the search index", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const (
	lookInterval = 30 * time.Second // between two turns of looking at evidence in Office documents
	lookDossiers = 5                // of one turn
)

// lookAtOffice looks at evidence in Office documents that runs leave to it, some dossiers per turn, until ctx ends.
// While this process does a run, it waits.
func (s *Service) lookAtOffice(ctx context.Context) {
	pages := viewer.New(ctx, s.w)
	defer pages.Close()
	office := look.NewOffice(s.w, pages)
	office.Rests = true
	if !office.Available() {
		return
	}
	for failed := false; workspace.Pause(ctx, lookInterval); {
		if s.w.Work.Running() {
			continue
		}
		r, err := office.Turn(ctx, lookDossiers)
		if r.Doubted > 0 {
			s.log.Warn("evidence in Office documents is not to be seen; the next run assesses without it",
				"dossiers", r.Dossiers, "quotes", r.Doubted)
		}
		if err != nil && !failed && ctx.Err() == nil {
			s.log.Error("looking at evidence in Office documents; it is tried again", "error", err)
		}
		failed = err != nil
	}
}

// ingestElsewhere ingests what is submitted on a machine that does not keep the schedule, until ctx ends: the one
// that does cannot see the inbox of another.
func (s *Service) ingestElsewhere(ctx context.Context) {
	if !s.w.Store.Shared() {
		return
	}
	for workspace.Pause(ctx, inboxInterval) {
		if s.keeper.Load() {
			continue
		}
		n, err := pipeline.IngestInbox(ctx, s.w, s.log)
		if n > 0 {
			s.log.Info("ingested", "dossiers", n)
		}
		if err != nil && !errors.Is(err, workspace.ErrBusy) && ctx.Err() == nil {
			s.log.Error("ingesting; it is tried again", "error", err)
		}
	}
}

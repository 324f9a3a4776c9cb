package schedule

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/search"
	"kheo/pipeline/workspace"
)

// doesEditions publishes the editions that are asked for.
func (s *Service) doesEditions(ctx context.Context) {
	type state struct {
		run   int64
		ended string
		rules *campaign.Campaign
	}
	var left state // in which it has to wait for the next run
	for workspace.Pause(ctx, askedAgain) {
		runs, err := s.w.Store.Runs.Newest(ctx, 1)
		if err == nil && len(runs) > 0 {
			now := state{runs[0].Number, runs[0].State, s.w.Campaign()}
			if now == left {
				continue
			}
			if err = s.PublishEdition(ctx); errors.Is(err, pipeline.ErrLater) {
				left, err = now, nil
				s.log.Info("what people have set is published by the next run", "why", pipeline.ErrLater.Error())
			}
		}
		if err != nil && !errors.Is(err, workspace.ErrBusy) && ctx.Err() == nil {
			s.log.Error("publishing the lists anew; it is tried again", "error", err)
		}
	}
}

// listsAgain is how often a machine looks whether its lists are the newest.
const listsAgain = 20 * time.Second

// keepsLists brings the lists of this machine up to date, until ctx ends.
func (s *Service) keepsLists(ctx context.Context) {
	if !s.w.Store.Shared() {
		return
	}
	for told := false; ; {
		brought, err := editions.BringNewest(ctx, s.w)
		switch {
		case errors.Is(err, workspace.ErrBusy) || ctx.Err() != nil || err != nil && told:
		case err != nil:
			told = true
			s.log.Warn("bringing the lists here", "error", err)
		case brought:
			told = false
			s.log.Info("the newest lists were brought here", "folder", filepath.Join(s.w.Lists(), workspace.Latest))
		}
		if !workspace.Pause(ctx, listsAgain) {
			return
		}
	}
}

// outboxAgain is how often the outbox is looked into.
const outboxAgain = time.Minute

// keepsOutbox sends what waits in the outbox, until ctx ends.
func (s *Service) keepsOutbox(ctx context.Context) {
	if s.SendMails == nil {
		return
	}
	for {
		if sent, err := s.SendMails(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("sending mail", "sent", sent, "error", err)
		}
		if !workspace.Pause(ctx, outboxAgain) {
			return
		}
	}
}

// keepsIndex looks now and then whether the search index is as it should be, until ctx ends.
func (s *Service) keepsIndex(ctx context.Context) {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		if n, err := search.Keep(ctx, s.w, nil, false); n > 0 {
			s.log.Info("the search index was brought up to date", "dossiers", n)
		} else if err != nil && !errors.Is(err, workspace.ErrBusy) && ctx.Err() == nil {
			s.log.Error("keeping the search index", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// keepsInbox takes in what is handed in on a machine that does not keep the schedule: the one that
// does cannot see its inbox.
func (s *Service) keepsInbox(ctx context.Context) {
	if !s.w.Store.Shared() {
		return
	}
	for workspace.Pause(ctx, inboxAgain) {
		if s.keeper.Load() {
			continue
		}
		n, err := pipeline.IngestInbox(ctx, s.w, s.log)
		if n > 0 {
			s.log.Info("taken in", "dossiers", n)
		}
		if err != nil && !errors.Is(err, workspace.ErrBusy) && ctx.Err() == nil {
			s.log.Error("taking in; it is tried again", "error", err)
		}
	}
}

package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/intake"
	"kheo/pipeline/progress"
	"kheo/pipeline/workspace"
)

func (r *runner) intake(ctx context.Context) (int, int, error) {
	if err := r.Store.Blobs.Sweep(r.Now()); err != nil {
		r.note("sweeping: %v", err)
	}
	done, err := takeIn(ctx, r.Workspace, r.Campaign, r.opts, r.note, func(rc *intake.Receipt) { r.receipts = append(r.receipts, rc) })
	if err != nil {
		return 0, done, err
	}
	all, err := r.Store.Dossiers.Heads(ctx)
	if err != nil {
		return 0, done, err
	}
	for i := range all {
		r.dossiers[all[i].ID] = &all[i]
		r.ids = append(r.ids, all[i].ID)
	}
	r.memory.allow(len(r.ids))
	return len(all), done, nil
}

// How long the inbox may take to list, and one entry of it to be taken in.
const (
	inboxTime = time.Minute
	entryTime = 15 * time.Minute
)

// takeIn takes in what lies whole in the inbox of this machine, and tells how many dossiers are
// new or changed. The caller holds the lock of this folder.
func takeIn(
	ctx context.Context, w *workspace.Workspace, c *campaign.Campaign, opts Options, note func(string, ...any), taken func(*intake.Receipt),
) (done int, err error) {
	entries, err := wholeEntries(ctx, w, opts.Waiting, note)
	if errors.Is(err, intake.ErrStalled) {
		note("%v", err)
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	opts.Progress.Begin("intake", len(entries))
	if len(entries) == 0 {
		return 0, nil
	}
	free, err := w.LockFiles(ctx)
	if err != nil {
		return 0, err
	}
	defer free()
	t := &intake.Ingester{Inbox: w.Inbox(), Quarantine: w.Quarantine(), Store: w.Store, Pool: w.Pool, Env: c.Env, Now: w.Time}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		var rc *intake.Receipt
		err := intake.Within(ctx, w.Inbox(), entryTime, func(ctx context.Context) (err error) {
			rc, err = t.Ingest(ctx, e)
			return err
		})
		var refused *intake.Refused
		switch {
		case errors.Is(err, intake.ErrStalled):
			note("%s: %v", e.Name, err)
			return done, nil
		case errors.Is(err, intake.ErrChanging), errors.As(err, &refused):
			note("%s: %v", e.Name, err)
		case err != nil:
			return done, fmt.Errorf("%s: %w", e.Name, err)
		default:
			taken(rc)
			if rc.Changed {
				done++
			}
		}
		opts.Progress.Add(1)
	}
	return done, nil
}

// TakeIn takes in what is whole in the inbox of this machine, outside of a run, and returns how many
// dossiers are new or changed. It holds the lock of the folder meanwhile.
func TakeIn(ctx context.Context, w *workspace.Workspace, log *slog.Logger) (int, error) {
	if n, err := w.InboxCount(); err != nil || n == 0 {
		return 0, err
	}
	c, err := campaign.LoadWithoutRulesets(w.Dir)
	if err != nil {
		return 0, err
	}
	unlock, err := w.LockFolder()
	if err != nil {
		return 0, err
	}
	defer unlock()
	if err := w.RequireFiles(ctx); err != nil {
		return 0, err
	}
	return takeIn(ctx, w, c, Options{Progress: progress.None{}}, func(format string, args ...any) { log.Warn(fmt.Sprintf(format, args...)) }, func(*intake.Receipt) {})
}

// wholeEntries lists the entries of the inbox that are whole, and notes why the others are left for
// the next time. Where it may wait, it waits once for those that will be whole soon.
func wholeEntries(
	ctx context.Context, w *workspace.Workspace, waiting func([]string, time.Duration), note func(string, ...any),
) (whole []intake.Entry, err error) {
	var looks []intake.Look
	var notes []string
	look := func() error {
		return intake.Within(ctx, w.Inbox(), inboxTime, func(context.Context) (err error) {
			if err = os.MkdirAll(w.Inbox(), 0o755); err == nil {
				looks, notes, err = w.Watch.Look()
			}
			return err
		})
	}
	if err := look(); err != nil {
		return nil, err
	}
	var young []string
	wait := time.Duration(0)
	for _, l := range looks {
		if l.Why != "" && l.Wait > 0 {
			young = append(young, l.Name)
			wait = max(wait, l.Wait)
		}
	}
	if waiting != nil && len(young) > 0 {
		wait = min(wait, w.Watch.Settle)
		waiting(young, wait)
		if !w.Watch.Pause(ctx, wait) {
			return nil, ctx.Err()
		}
		if err := look(); err != nil {
			return nil, err
		}
	}
	for _, l := range looks {
		if l.Why == "" {
			whole = append(whole, l.Entry)
			continue
		}
		note("%s is left for the next time: %s", l.Name, l.Why)
	}
	for _, n := range notes {
		note("%s", n)
	}
	return whole, nil
}

package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/intake"
	"kheo/pipeline/progress"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// dossierSet holds all dossiers of the campaign as a run sees them, from its intake on.
type dossierSet struct {
	byID map[string]*store.Accepted // heads: without their files
	ids  []string                   // sorted
}

// ingested is the result of the stage intake.
type ingested struct {
	dossiers *dossierSet       // all, not only those that were ingested now
	receipts []*intake.Receipt // of those that were ingested now, also if nothing in them had changed
}

// ingestAll is the stage intake: it ingests what is complete in the inbox.
func ingestAll(ctx context.Context, run *runEnv) (*ingested, error) {
	if err := run.ws.Store.Blobs.Sweep(run.ws.Now()); err != nil {
		run.note("sweeping: %v", err)
	}
	out := &ingested{}
	from := inbox{ws: run.ws, campaign: run.campaign, progress: run.opts.Progress, note: run.note}
	done, err := from.ingest(ctx, run.opts.Waiting, func(r *intake.Receipt) { out.receipts = append(out.receipts, r) })
	run.count(0, done)
	if err != nil {
		return nil, err
	}
	if out.dossiers, err = loadDossiers(ctx, run); err != nil {
		return nil, err
	}
	run.count(len(out.dossiers.ids), done)
	return out, nil
}

// loadDossiers loads the heads of all dossiers, and has the garbage collector allow for their number.
func loadDossiers(ctx context.Context, run *runEnv) (*dossierSet, error) {
	heads, err := run.ws.Store.Dossiers.Heads(ctx)
	if err != nil {
		return nil, err
	}
	set := &dossierSet{byID: make(map[string]*store.Accepted, len(heads)), ids: make([]string, len(heads))}
	for i := range heads {
		set.byID[heads[i].ID] = &heads[i]
		set.ids[i] = heads[i].ID
	}
	run.memory.Allow(len(set.ids))
	return set, nil
}

// A folder on a network may not answer. These bound how long one listing of the inbox may take, and how long
// ingesting some entries of it.
const (
	listTimeout  = time.Minute
	entryTimeout = 15 * time.Minute
)

// inbox is the inbox of this machine, as it is ingested in a run or outside of one.
type inbox struct {
	ws       *workspace.Workspace
	campaign *campaign.Campaign
	progress progress.Reporter
	note     func(format string, args ...any) // what went wrong with one entry
}

// ingest ingests the complete entries and calls received with the receipt of each. It returns how many
// dossiers are new or changed. What is refused, and a folder that does not answer, is a note and not an error.
// The caller holds the lock of the workspace's folder.
func (in inbox) ingest(
	ctx context.Context, waiting func([]string, time.Duration), received func(*intake.Receipt),
) (changed int, err error) {
	entries, err := in.complete(ctx, waiting)
	// A network folder that does not answer must not fail the run: what was ingested before is still to be assessed.
	if errors.Is(err, intake.ErrStalled) {
		in.note("%v", err)
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	in.progress.Begin("intake", len(entries))
	if len(entries) == 0 {
		return 0, nil
	}
	// Another machine may be removing files that no dossier has any more, and that are being ingested here again.
	unlock, err := in.ws.LockFiles(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	ingester := &intake.Ingester{Inbox: in.ws.Inbox(), Quarantine: in.ws.Quarantine(), Store: in.ws.Store,
		Pool: in.ws.Pool, Env: in.campaign.Env, Now: in.ws.Time,
		Late: func(id string) string { return lateOn(ctx, in.ws, id) }}
	for len(entries) > 0 {
		if err := ctx.Err(); err != nil {
			return changed, err
		}
		var done []intake.Outcome
		err := intake.Within(ctx, in.ws.Inbox(), entryTimeout, func(ctx context.Context) (err error) {
			done, err = ingester.IngestSome(ctx, entries)
			return err
		})
		if errors.Is(err, intake.ErrStalled) {
			in.note("%s: %v", entries[0].Name, err)
			return changed, nil
		}
		if err != nil {
			return changed, err
		}
		n, err := in.ingested(ctx, done, received)
		if changed += n; err != nil {
			return changed, err
		}
		in.progress.Add(len(done))
		entries = entries[len(done):]
		for _, o := range done { // what follows a delivery that stays in the inbox stays there, too
			if o.Err != nil {
				var held []intake.Entry
				entries, held = intake.Without(entries, o.Entry)
				in.held(held)
			}
		}
	}
	return changed, nil
}

// ingested notes what became of some entries, and returns how many dossiers are new or changed. The error is one that
// ends the run.
func (in inbox) ingested(ctx context.Context, done []intake.Outcome,
	received func(*intake.Receipt)) (changed int, fatal error) {
	for _, o := range done {
		var refused *intake.Refused
		switch {
		case errors.Is(o.Err, intake.ErrChanging), errors.As(o.Err, &refused):
			in.note("%s: %v", o.Entry.Name, o.Err)
		case o.Err != nil:
			fatal = cmp.Or(fatal, fmt.Errorf("%s: %w", o.Entry.Name, o.Err))
		default:
			received(o.Receipt)
			if !o.Receipt.Changed {
				continue
			}
			changed++
			if late := lateOn(ctx, in.ws, o.Receipt.Dossier); late != "" {
				in.note("%s: %s", o.Receipt.Dossier, late)
			}
		}
	}
	return changed, fatal
}

// lateOn says that what is received of a dossier now comes after its list was closed; "" if it does not.
func lateOn(ctx context.Context, w *workspace.Workspace, id string) (late string) {
	err := w.Review().View(ctx, func(st *review.State) error {
		if on := review.ClosedOn(st, id); on != "" {
			late = fmt.Sprintf("its list was closed on %s; what came afterwards is kept, and changes nothing on that "+
				"list", on)
		}
		return nil
	})
	if err != nil { // a trail that cannot be read fails the run elsewhere; what was received is kept all the same
		return fmt.Sprintf("it is not known whether its list is closed: %v", err)
	}
	return late
}

// complete lists the entries that no program writes to any more, and notes why the others are left for the next
// time. Unless waiting is nil, it waits once for entries that will be complete soon.
func (in inbox) complete(ctx context.Context, waiting func([]string, time.Duration)) ([]intake.Entry, error) {
	looks, notes, err := in.list(ctx)
	if err != nil {
		return nil, err
	}
	if young, wait := settling(looks); waiting != nil && len(young) > 0 {
		wait = min(wait, in.ws.Watch.Settle)
		waiting(young, wait)
		if !in.ws.Watch.Pause(ctx, wait) {
			return nil, ctx.Err()
		}
		if looks, notes, err = in.list(ctx); err != nil {
			return nil, err
		}
	}
	out, held := intake.InOrder(looks)
	in.held(held)
	for _, l := range looks {
		if l.Why != "" {
			in.note("%s is left for the next time: %s", l.Name, l.Why)
		}
	}
	for _, n := range notes {
		in.note("%s", n)
	}
	return out, nil
}

// held notes which entries are left for the next time because they follow others.
func (in inbox) held(entries []intake.Entry) {
	for _, e := range entries {
		in.note("%s is left for the next time: an earlier delivery of its dossier is not taken yet", e.Name)
	}
}

// list lists the inbox, which it makes if it is missing.
func (in inbox) list(ctx context.Context) (looks []intake.Look, notes []string, err error) {
	err = intake.Within(ctx, in.ws.Inbox(), listTimeout, func(context.Context) (err error) {
		if err = os.MkdirAll(in.ws.Inbox(), 0o755); err == nil {
			looks, notes, err = in.ws.Watch.Look()
		}
		return err
	})
	return looks, notes, err
}

// settling returns the entries that changed too short a time ago, and how long it takes until the last of
// them is complete if it does not change again.
func settling(looks []intake.Look) (names []string, wait time.Duration) {
	for _, l := range looks {
		if l.Why != "" && l.Wait > 0 {
			names = append(names, l.Name)
			wait = max(wait, l.Wait)
		}
	}
	return names, wait
}

// IngestInbox ingests what is complete in the inbox of this machine, outside of a run, and returns how many
// dossiers are new or changed. It holds the lock of the folder meanwhile; workspace.ErrBusy if a run does.
func IngestInbox(ctx context.Context, w *workspace.Workspace, log *slog.Logger) (int, error) {
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
	note := func(format string, args ...any) { log.Warn(fmt.Sprintf(format, args...)) }
	in := inbox{ws: w, campaign: c, progress: progress.None{}, note: note}
	return in.ingest(ctx, nil, func(*intake.Receipt) {})
}

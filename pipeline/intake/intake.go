// Package intake takes dossiers from the inbox: it keeps every file as a blob, records the dossier,
// leaves a receipt, and only then removes what was delivered. Killed at any moment it has lost nothing:
// what is recorded is durable, and what is not recorded is still in the inbox.
//
// The way of an entry: Watch (watch.go) finds entries that are complete. Ingester.Ingest moves one into
// a folder of its own in the inbox, the bay (bay.go); collector (collector.go) reads it name by name
// through open folders (dir.go), which follows no link, and keeps its files; the store records the
// delivery; the bay compares every byte once more and removes what was recorded. What is not part of the
// dossier is kept in quarantine/left-out, with the reasons.
//
// Submission (submit.go) is the other direction: it puts a dossier into the inbox in one rename, with a
// mark (mark.go) that it is complete.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"kheo/internal/visible"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
	"kheo/rules"
)

// Limits of one dossier; a file beyond them is left out, with its reason.
const (
	maxFiles   = store.MaxFiles
	maxDossier = store.MaxBytes // bytes, unpacked
)

// Ingester takes the dossiers of one workspace from its inbox. It must not be used concurrently: the caller holds the
// workspace lock.
type Ingester struct {
	Inbox      string
	Quarantine string
	Store      *store.Store
	Pool       *extract.Pool // unpacks archives
	Env        *rules.Env
	Now        func() time.Time

	recorded func() // in tests: called when an entry is recorded, before it is compared
}

// Refused is the error of an entry that cannot be taken as it is. It stays in the inbox, and the others
// are taken.
type Refused struct {
	Name string // of the file within the entry; "" for the entry itself
	Err  error
}

// Error says that the entry stays in the inbox, and why.
func (r *Refused) Error() string {
	if r.Name == "" {
		return "it stays in the inbox: " + r.Err.Error()
	}
	return fmt.Sprintf("it stays in the inbox because of %s: %v", r.Name, r.Err)
}

// Unwrap returns the reason.
func (r *Refused) Unwrap() error { return r.Err }

// ErrStalled is returned if the inbox does not answer: a network file system whose server is gone.
// Nothing is half taken; what is in the inbox is taken next time.
var ErrStalled = errors.New("the inbox does not answer; look after the disk or the network that it lies on")

// away holds the inboxes with a call of Within that has not returned yet.
var away sync.Map

// Within does something with an inbox, and gives up after a time. A call that does not return is left
// behind, with its context cancelled; nothing else is tried with that inbox until it returns.
func Within(ctx context.Context, inbox string, atMost time.Duration, do func(context.Context) error) error {
	if _, is := away.LoadOrStore(inbox, true); is {
		return ErrStalled
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // should it return after all, it records nothing
	done := make(chan error, 1)
	go func() {
		err := do(ctx)
		away.Delete(inbox)
		done <- err
	}()
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return ErrStalled
	}
}

// Ingest takes one entry of the inbox: it moves the entry aside, reads it, keeps its files, records
// them, and compares every file once more with what is recorded; only then is anything removed. The
// error is ErrChanging if the entry was written to meanwhile, and *Refused if it cannot be taken.
func (t *Ingester) Ingest(ctx context.Context, e Entry) (*Receipt, error) {
	in, err := openDir(t.Inbox)
	if err != nil {
		return nil, err
	}
	defer in.close()
	b, err := moveAside(in, e)
	if err != nil {
		return nil, err
	}
	defer b.leave()
	a := &store.Accepted{ID: ID(e.Name), Name: DossierName(e.Name), ReceivedAt: t.Now()}
	rc := &Receipt{Entry: e.Name, Dossier: a.ID}
	c := &collector{keep: t.Store.Blobs.Put, pool: t.Pool, env: t.Env, receipt: rc, took: map[string]taken{},
		left: map[string]string{}}
	if err := t.record(ctx, b, c, a); err != nil {
		return nil, errors.Join(err, b.back())
	}
	if t.recorded != nil {
		t.recorded()
	}
	// Between reading and now, a program with the file open could have written to it. What is recorded stays
	// recorded; the entry is put back and its new content is taken next time.
	if err := b.compare(c); err != nil {
		return nil, errors.Join(err, b.back())
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	if rc.History, err = t.Store.Dossiers.Deliveries(ctx, a.ID); err != nil {
		return nil, err
	}
	if err := in.put(receiptName(e.Name), []byte(visible.Text(rc.text(t.Now())))); err != nil {
		return nil, fmt.Errorf("writing the receipt: %w", err)
	}
	// Everything is recorded and verified, so the delivery may go.
	left, err := b.clear(c)
	switch {
	case errors.Is(err, ErrChanging):
		return nil, err
	case errors.Is(err, fs.ErrPermission): // it is recorded, and its removal is tried again next time
		return nil, &Refused{"", errMove}
	case err != nil:
		return nil, fmt.Errorf("removing what was taken: %w", err)
	}
	if left {
		if err := b.keepRest(t.Quarantine, a, c); err != nil {
			return nil, fmt.Errorf("keeping what was left out: %w", err)
		}
	}
	return rc, marksOf(t.Inbox).drop(e.Name)
}

// record reads an entry and records it, merged with what was received before of the same dossier.
func (t *Ingester) record(ctx context.Context, b *bay, c *collector, a *store.Accepted) error {
	before, err := t.Store.Dossiers.Get(ctx, a.ID)
	if err != nil {
		return err
	}
	d := &store.Delivery{Entry: b.entry}
	if m := marksOf(t.Inbox).of(b.dir, b.entry); m != nil {
		d.Whole = m.Replace
	}
	if err := c.delivery(ctx, b.dir, b.entry, before, a, d); err != nil {
		return err
	}
	if b.done() { // part of it may be removed already
		d.Whole = false
	}
	if err := c.still(b); err != nil {
		return err
	}
	rc := c.receipt
	if rc.Changed, err = t.Store.Dossiers.Deliver(ctx, a, d); errors.Is(err, store.ErrTooMuch) {
		return &Refused{"", err}
	} else if err != nil {
		return err
	}
	rc.Version, rc.Files, rc.Delivery = a.Version, a.Files, *d
	return nil
}

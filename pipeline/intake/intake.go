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

	"kheo/internal/blobs"
	"kheo/internal/durable"
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

	// Late says of a dossier that what is received of it now comes after its list was closed; "" if it does not. May be
	// nil.
	Late func(dossier string) string

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

// Ingest takes one entry of the inbox, as IngestSome does.
func (t *Ingester) Ingest(ctx context.Context, e Entry) (*Receipt, error) {
	out, err := t.IngestSome(ctx, []Entry{e})
	if err != nil {
		return nil, err
	}
	return out[0].Receipt, out[0].Err
}

// Outcome is what became of an entry: its receipt, or an error, which is ErrChanging if the entry was written to
// meanwhile, and *Refused if it cannot be taken.
type Outcome struct {
	Entry   Entry
	Receipt *Receipt
	Err     error
}

// Bounds of the entries that are taken together.
const (
	groupEntries = 64
	groupBytes   = 64 << 20
)

// taking is an entry on its way.
type taking struct {
	Outcome
	bay      *bay
	files    *collector
	mark     *mark // nil if kheo has not put it into the inbox
	handover store.Handover
}

// IngestSome takes the first of some entries of the inbox, as many as are taken well together, and returns what became
// of each of them, in order. It moves them aside, reads them, keeps their files, and records them; compares every file
// once more with what is recorded; and only then removes anything. What it does to each it does as if the entry were
// alone, but what has to be on disk before the next step is synced once for all. The error is that of the inbox, and
// nothing was taken.
func (t *Ingester) IngestSome(ctx context.Context, entries []Entry) ([]Outcome, error) {
	in, err := openDir(t.Inbox)
	if err != nil {
		return nil, err
	}
	defer in.close()
	disk, err := durable.OpenDisk(t.Inbox)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	files := t.Store.Blobs.Batch()
	defer files.Drop()
	group := t.collect(ctx, in, files, entries)
	defer func() {
		for _, g := range group {
			if g.bay != nil {
				g.bay.leave()
			}
		}
	}()
	t.recordAll(ctx, files, group)
	if t.recorded != nil {
		t.recorded()
	}
	for _, g := range going(group) {
		// Between reading and now, a program with the file open could have written to it. What is recorded stays
		// recorded; the entry is put back and its new content is taken next time.
		if err := g.bay.compare(g.files); err != nil {
			g.back(err)
		}
	}
	t.acknowledge(ctx, in, disk, going(group))
	for _, g := range going(group) {
		g.Err = t.remove(g)
	}
	out := make([]Outcome, len(group))
	for i, g := range group {
		if out[i] = g.Outcome; g.Err != nil {
			out[i].Receipt = nil
		}
	}
	return out, nil
}

// going returns those of a group that have not failed.
func going(group []*taking) (out []*taking) {
	for _, g := range group {
		if g.Err == nil {
			out = append(out, g)
		}
	}
	return out
}

// back notes why an entry is not taken, and puts it back.
func (g *taking) back(err error) { g.Err = errors.Join(err, g.bay.back()) }

// collect moves the first entries aside and reads them, until it has enough. No two of them are of the same dossier.
func (t *Ingester) collect(ctx context.Context, in *dir, files *blobs.Batch, entries []Entry) (group []*taking) {
	ids, size := map[string]bool{}, int64(0)
	for _, e := range entries[:min(len(entries), groupEntries)] {
		id := ID(e.Name)
		if ids[id] || size > groupBytes {
			break
		}
		ids[id] = true
		g := &taking{Outcome: Outcome{Entry: e, Receipt: &Receipt{Entry: e.Name, Dossier: id}}}
		group = append(group, g)
		if g.Err = ctx.Err(); g.Err != nil {
			break
		}
		if g.bay, g.Err = moveAside(in, e); g.Err != nil {
			continue
		}
		g.files = &collector{keep: files.Put, pool: t.Pool, env: t.Env, receipt: g.Receipt,
			took: map[string]taken{}, left: map[string]string{}}
		g.handover.Accepted = &store.Accepted{ID: id, Name: DossierName(e.Name), ReceivedAt: t.Now()}
		g.handover.Delivery = &store.Delivery{Entry: e.Name}
		if err := t.read(ctx, g); err != nil {
			g.back(err)
		}
		size += g.files.bytes
	}
	return group
}

// read reads an entry, and fills in what is to be recorded of it.
func (t *Ingester) read(ctx context.Context, g *taking) error {
	a, d := g.handover.Accepted, g.handover.Delivery
	before, err := t.Store.Dossiers.Get(ctx, a.ID)
	if err != nil {
		return err
	}
	if g.mark = marksOf(t.Inbox).of(g.bay.dir, g.bay.entry); g.mark != nil {
		d.Whole = g.mark.Replace
	}
	if err := g.files.delivery(ctx, g.bay.dir, g.bay.entry, before, a, d); err != nil {
		return err
	}
	if g.bay.done() { // part of it may be removed already
		d.Whole = false
	}
	return g.files.still(g.bay)
}

// recordAll makes the files of a group durable, and then records its dossiers.
func (t *Ingester) recordAll(ctx context.Context, files *blobs.Batch, group []*taking) {
	group = going(group)
	if err := files.Commit(); err != nil {
		for _, g := range group {
			g.back(err)
		}
		return
	}
	all := make([]*store.Handover, len(group))
	for i, g := range group {
		all[i] = &g.handover
	}
	t.Store.Dossiers.DeliverAll(ctx, all)
	for _, g := range group {
		err := g.handover.Err
		if errors.Is(err, store.ErrTooMuch) {
			err = &Refused{"", err}
		}
		if err != nil {
			g.back(err)
			continue
		}
		g.Receipt.Changed, g.Receipt.Delivery = g.handover.Changed, *g.handover.Delivery
		g.Receipt.Version, g.Receipt.Files = g.handover.Accepted.Version, g.handover.Accepted.Files
	}
}

// acknowledge marks what is recorded and was compared as such, so that it may be removed, and writes the receipts.
// When it returns, both are durable.
func (t *Ingester) acknowledge(ctx context.Context, in *dir, disk *durable.Disk, group []*taking) {
	if len(group) == 0 {
		return
	}
	receipts := receiptFiles{in: in, disk: disk}
	defer receipts.close()
	for _, g := range group {
		if g.Err = g.bay.finish(); g.Err != nil {
			continue
		}
		if g.Receipt.Version > 1 { // which names all deliveries
			if g.Receipt.History, g.Err = t.Store.Dossiers.Deliveries(ctx, g.Receipt.Dossier); g.Err != nil {
				continue
			}
		}
		if t.Late != nil && g.Receipt.Changed {
			if late := t.Late(g.Receipt.Dossier); late != "" {
				g.Receipt.Warnings = append(g.Receipt.Warnings, late)
			}
		}
		g.Err = receipts.write(receiptName(g.Entry.Name), []byte(visible.Text(g.Receipt.text(t.Now()))))
	}
	if err := receipts.finish(); err != nil {
		for _, g := range going(group) {
			g.Err = fmt.Errorf("writing the receipt: %w", err)
		}
	}
}

// remove removes a delivery of which everything is recorded and verified.
func (t *Ingester) remove(g *taking) error {
	left, err := g.bay.clear(g.files)
	switch {
	case errors.Is(err, ErrChanging):
		return err
	case errors.Is(err, fs.ErrPermission): // it is recorded, and its removal is tried again next time
		return &Refused{"", errMove}
	case err != nil:
		return fmt.Errorf("removing what was taken: %w", err)
	}
	if left {
		if err := g.bay.keepRest(t.Quarantine, g.handover.Accepted, g.files); err != nil {
			return fmt.Errorf("keeping what was left out: %w", err)
		}
	}
	return marksOf(t.Inbox).drop(g.mark)
}

package pipeline

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/internal/text/language"
	"kheo/internal/visible"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/publish"
	"kheo/pipeline/reading"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/rules"
)

// Options of a run.
type Options struct {
	Cause    string // what started it: command, nightly, …
	Version  string // of kheo, for the ledger
	Progress Progress
	Log      *slog.Logger
	Intake   bool          // only take in and read; publish nothing
	Deadline time.Duration // how long it may take; 0 is as long as it takes

	AcceptLoss bool // publish also where the lists lose more dossiers than kheo.yaml allows
	// Waiting, where it is not nil, lets the run wait once for entries of the inbox that changed a
	// moment ago, at most the settle time, and hears for which. Otherwise they are left for the next.
	Waiting func(entries []string, atMost time.Duration)
	// Mistakes, where it is not nil, is why nothing can be assessed: the run takes in and reads, and
	// then fails with it.
	Mistakes error

	// Unruled, unless nil, is the campaign without its rulesets: the run takes in by it while the
	// rulesets have mistakes.
	Unruled *campaign.Campaign
	// MailAnchor, unless nil, mails the anchor of the audit trail at the end of the run.
	MailAnchor func(ctx context.Context, a review.Anchor) error

	edition bool // publish again what the last run assessed, with what people have set since
}

// Outcome is what a run did.
type Outcome struct {
	Run      *store.Run
	Counts   []ListCounts
	Lists    []*recommend.List // where they were made anew, of store.Briefs; nil where nothing that they hang on had changed
	Receipts []*intake.Receipt
	Nothing  bool // nothing was new: the lists are those of the last run
	NeedOCR  int  // pages that wait for OCR, which is not installed
}

// runner is one run under way.
type runner struct {
	*Workspace
	Campaign *campaign.Campaign // by which this run goes, whatever is read meanwhile
	opts     Options
	run      *store.Run
	receipts []*intake.Receipt
	queue    *queue
	memory   *memory

	dossiers map[string]*store.Accepted // their files may be missing
	ids      []string                   // of all dossiers, sorted
	profiles map[string]store.ProfileHead
	copies   map[string][]dossier.Copy
	scores   map[string][]dossier.PanelScore
	lists    []*recommend.List // of brief assessments
	said     map[string]string // hash of what a list says of a dossier, before quotas
	keys     [][]publish.Key   // of the entries of the lists
	rendered []publish.Rendered

	tools
	foreign   bool              // another machine does the run; this one a batch of it
	readState map[string]string // by dossier: its files for which OCR or LibreOffice did something, and what
	waiting   []store.PageImage // pages that wait for OCR

	envHash string                                 // of the campaign, once asked for
	key     string                                 // what the lists hang on, once asked for
	choices map[string]map[string]recommend.Choice // outcomes that people set, by ruleset and dossier

	fresh     bool // some stage had work to do
	counts    []ListCounts
	unchanged bool // the lists are those of the last run
}

// Run does one whole run: intake, read, profile, compare, assess, recommend,
// index, publish. It holds the workspace's lock and writes the run ledger.
func (w *Workspace) Run(ctx context.Context, opts Options) (*Outcome, error) {
	lock, err := w.lock()
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if err := w.filesThere(ctx); err != nil {
		return nil, err
	}
	defer w.Work.BeginRun()()
	defer w.lives(ctx, "run")()
	if opts.Progress == nil {
		opts.Progress = Silent{}
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	camp := w.Campaign()
	if opts.Unruled != nil {
		camp = opts.Unruled
	}
	r := &runner{Workspace: w, Campaign: camp, opts: opts, dossiers: map[string]*store.Accepted{}}
	if r.run, err = w.Store.Runs.Begin(ctx, opts.Cause, opts.Version, w.Now()); err != nil {
		return nil, err
	}
	r.opts.Log = opts.Log.With("run", r.run.Number)
	r.opts.Log.Info("run begins", "cause", opts.Cause)
	r.memory = easeMemory()
	defer r.memory.restore()
	ctx = store.ForRun(ctx, r.run.Number)
	r.tools = findTools(ctx, r.Campaign)
	ctx, span := tracer.Start(ctx, "run", trace.WithAttributes(attribute.Int64("kheo.run", r.run.Number), attribute.String("kheo.cause", opts.Cause)))
	working, free := r.bounded(ctx, lock.Lost())
	if err = r.confinable(); err == nil {
		err = r.stages(working)
	}
	var why *stopped
	if errors.As(context.Cause(working), &why) {
		err = why
	}
	free()
	if err == nil && opts.Mistakes != nil {
		err = &Unruled{Taken: r.run.Stages[0].Done, Err: opts.Mistakes}
	}
	if err == nil && !opts.Intake && !opts.edition {
		r.noteConfinement()
		if err := r.takeovers(ctx); err != nil {
			r.note("%v", err)
		}
		if err := r.Retain(ctx, r.Campaign, r.run, r.opts.Log); err != nil {
			r.note("removing what is kept no longer: %v", err)
		}
		if err := r.KeepAnchor(ctx, opts.MailAnchor); err != nil {
			r.note("%v", err)
		}
	}
	if r.queue != nil {
		r.queue.leave()
	}
	if err == nil && !opts.Intake {
		if err := r.eraseDue(ctx); err != nil {
			r.note("%v", err)
		}
	}
	if r.run.Finished = w.Now().UTC().Truncate(time.Millisecond); r.run.Finished.Before(r.run.Started) {
		r.run.Finished = r.run.Started // the clock was set back meanwhile
	}
	r.run.State = store.RunDone
	if err != nil {
		r.run.State, r.run.Error = store.RunFailed, err.Error()
	}
	endSpan(span, err)
	saved := w.Store.Runs.Save(context.WithoutCancel(ctx), r.run)
	if err := errors.Join(err, saved); err != nil {
		r.opts.Log.Error("run failed", "error", err)
		return nil, err
	}
	r.opts.Log.Info("run ends", "lists", r.run.Run, "seconds", r.run.Finished.Sub(r.run.Started).Seconds())
	return &Outcome{Run: r.run, Counts: r.counts, Lists: r.lists, Receipts: r.receipts, Nothing: !r.fresh, NeedOCR: len(r.waiting)}, nil
}

// Unruled is the error of a run that took dossiers in, and published nothing because kheo.yaml or a
// ruleset has mistakes.
type Unruled struct {
	Taken int // dossiers that are new or changed
	Err   error
}

func (u *Unruled) Error() string {
	return fmt.Sprintf("dossiers were taken in (%d new or changed), and no list was published because of mistakes in the rules:\n%v",
		u.Taken, u.Err)
}

func (u *Unruled) Unwrap() error { return u.Err }

// takeovers looks for models that others took over, where anything changed since it last did.
func (r *runner) takeovers(ctx context.Context) error {
	now := dossier.HashOf([]any{r.listsKey(), r.Campaign.Register})
	was, err := r.Store.State.Takeovers.Get(ctx)
	if err != nil || was == now {
		return err
	}
	if _, err := r.FindTakeovers(ctx); err != nil {
		return err
	}
	return r.Store.State.Takeovers.Set(ctx, now)
}

// tracer tells OpenTelemetry of runs, their stages and batches; nobody listens unless asked to.
var tracer = otel.Tracer("kheo")

// endSpan ends a span, and says of it what went wrong.
func endSpan(span trace.Span, err error) {
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// memory is how often a run collects its garbage: seldom, as long as it grows to no more than a
// small machine has to spare. Collecting it at every doubling of a small heap costs a fifth of the
// time.
type memory struct {
	limit   int64 // as it was before
	percent int
}

// The heap, in bytes, from which on garbage is collected as often as it takes: a run holds something
// of every dossier, and must not come near it with that alone.
const (
	leastHeap  = 380 << 20
	heapOfEach = 8 << 10
)

func easeMemory() *memory {
	m := &memory{limit: debug.SetMemoryLimit(-1), percent: debug.SetGCPercent(400)}
	m.allow(0)
	return m
}

// allow lets the heap be as large as a run over so many dossiers needs.
func (m *memory) allow(dossiers int) {
	debug.SetMemoryLimit(min(m.limit, leastHeap+heapOfEach*int64(dossiers)))
}

// restore puts back what was before.
func (m *memory) restore() {
	debug.SetGCPercent(m.percent)
	debug.SetMemoryLimit(m.limit)
}

// stage is a part of a run.
type stage struct {
	name string
	do   func(context.Context) (total, done int, err error)
}

func (r *runner) stages(ctx context.Context) error {
	list := []stage{{"intake", r.intake}, {"read", r.read}, {"ocr", r.ocr}}
	if r.opts.edition {
		list = r.editionStages()
	} else if !r.opts.Intake && r.opts.Mistakes == nil {
		list = append(list, stage{"profile", r.profile}, stage{"compare", r.compare}, stage{"assess", r.assess}, stage{"recommend", r.recommend}, stage{"index", r.index}, stage{"publish", r.publish})
	}
	for _, s := range list {
		if err := ctx.Err(); err != nil {
			return errors.New("the run was stopped; the next one goes on from here")
		}
		r.run.Stages = append(r.run.Stages, store.Stage{Name: s.name, Errors: []string{}})
		at := &r.run.Stages[len(r.run.Stages)-1]
		start := time.Now()
		in, span := tracer.Start(ctx, s.name)
		total, done, err := s.do(in)
		span.SetAttributes(attribute.Int("kheo.total", total), attribute.Int("kheo.done", done))
		endSpan(span, err)
		at.Total, at.Done, at.Seconds = total, done, float64(time.Since(start).Milliseconds())/1000
		r.opts.Progress.End()
		if err != nil {
			at.Errors = append(at.Errors, err.Error())
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if done > 0 {
			r.fresh = true
		}
		r.opts.Log.Info("stage", "stage", s.name, "total", total, "done", done, "seconds", at.Seconds)
		if err := r.Store.Runs.Save(ctx, r.run); err != nil {
			return err
		}
	}
	return nil
}

// note writes something that went wrong, without ending the run, into the
// ledger entry of the stage under way.
func (r *runner) note(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	at := &r.run.Stages[len(r.run.Stages)-1]
	if len(at.Errors) < 100 {
		at.Errors = append(at.Errors, s)
	}
	r.opts.Log.Warn(s)
}

func (r *runner) intake(ctx context.Context) (int, int, error) {
	if err := r.Store.Blobs.Sweep(r.Now()); err != nil {
		r.note("sweeping: %v", err)
	}
	done, err := r.takeIn(ctx, r.Campaign, r.opts, r.note, func(rc *intake.Receipt) { r.receipts = append(r.receipts, rc) })
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
func (w *Workspace) takeIn(
	ctx context.Context, c *campaign.Campaign, opts Options, note func(string, ...any), taken func(*intake.Receipt),
) (done int, err error) {
	entries, err := w.wholeEntries(ctx, opts.Waiting, note)
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
	free, err := w.files(ctx)
	if err != nil {
		return 0, err
	}
	defer free()
	t := &intake.Ingester{Inbox: w.Inbox(), Quarantine: w.Quarantine(), Store: w.Store, Pool: w.Pool, Env: c.Env, Now: w.now}
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
func (w *Workspace) TakeIn(ctx context.Context, log *slog.Logger) (int, error) {
	if n, err := w.InboxCount(); err != nil || n == 0 {
		return 0, err
	}
	c, err := campaign.LoadUnruled(w.Dir)
	if err != nil {
		return 0, err
	}
	unlock, err := w.lockHere()
	if err != nil {
		return 0, err
	}
	defer unlock()
	if err := w.filesThere(ctx); err != nil {
		return 0, err
	}
	return w.takeIn(ctx, c, Options{Progress: Silent{}}, func(format string, args ...any) { log.Warn(fmt.Sprintf(format, args...)) }, func(*intake.Receipt) {})
}

// wholeEntries lists the entries of the inbox that are whole, and notes why the others are left for
// the next time. Where it may wait, it waits once for those that will be whole soon.
func (w *Workspace) wholeEntries(
	ctx context.Context, waiting func([]string, time.Duration), note func(string, ...any),
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

func (r *runner) read(ctx context.Context) (int, int, error) {
	total, err := r.Store.Dossiers.CountFiles(ctx)
	if err != nil {
		return 0, 0, err
	}
	done := 0
	for round := range 2 { // the second round reads what was inside the files of the first
		unread, err := r.Store.Readings.Unread(ctx, extract.Version, r.office != nil)
		if err != nil {
			return total, done, err
		}
		r.opts.Progress.Begin("read", len(unread))
		if err := r.work(ctx, "read", unread, batchOf(len(unread), 12, 24)); err != nil {
			return total, done, err
		}
		done += len(unread)
		total += round * len(unread)
	}
	return total, done, nil
}

// readBatch reads files, by hash, and keeps what was read and what was inside.
func (r *runner) readBatch(ctx context.Context, shas []string) error {
	results := map[string]dossier.Reading{}
	for _, sha := range shas {
		b, err := r.Store.Blobs.Read(ctx, sha)
		if err != nil {
			return err
		}
		if results[sha], err = r.readFile(ctx, b); err != nil {
			return err
		}
		r.opts.Progress.Add(1)
	}
	return r.Store.Readings.Put(ctx, extract.Version, results)
}

func (r *runner) readFile(ctx context.Context, b []byte) (dossier.Reading, error) {
	var parts []dossier.Part
	keep := func(p dossier.Part, data []byte) (err error) {
		if p.Problem == "" {
			p.SHA256, p.Size, err = r.Store.Blobs.Put(ctx, bytes.NewReader(data), extract.MaxFile)
		}
		parts = append(parts, p)
		return err
	}
	res, err := r.Pool.Read(ctx, b, keep)
	if err == nil && res.Error == extract.NeedsOffice && r.office != nil {
		parts = nil
		res, err = r.Pool.ReadOld(ctx, r.office, b, keep)
	}
	res.Parts = parts
	return res, err
}

// ocr has tesseract read the images of pages that have no usable text.
func (r *runner) ocr(ctx context.Context) (int, int, error) {
	engine, total := r.scanner.Engine(), 0
	pages, err := r.Store.Readings.WithoutOCR(ctx, extract.Version, engine)
	if err != nil {
		return 0, 0, err
	}
	if r.scanner == nil {
		r.waiting, pages = pages, nil
	}
	total = len(pages)
	r.opts.Progress.Begin("ocr", total)
	items := make([]string, total)
	for i, p := range pages {
		items[i] = fmt.Sprintf("%s %d", p.SHA256, p.Page)
	}
	if err := r.work(ctx, "ocr", items, 4); err != nil {
		return total, 0, err
	}
	states, err := r.Store.Readings.States(ctx, extract.Version)
	if err != nil {
		return total, total, err
	}
	files, err := r.Store.Dossiers.FileHolders(ctx, slices.Sorted(maps.Keys(states)))
	r.readState = map[string]string{}
	for _, f := range files {
		r.readState[f.Dossier] += readState(f.SHA256, states[f.SHA256])
	}
	return total, total, err
}

// readState is what a dossier's profile says of one of its files, in the order of their names.
func readState(sha, state string) string {
	if state == "" {
		return ""
	}
	return " " + sha + " " + state
}

func (r *runner) ocrBatch(ctx context.Context, items []string) error {
	for _, item := range items {
		var sc store.PageImage
		if _, err := fmt.Sscanf(item, "%s %d", &sc.SHA256, &sc.Page); err != nil {
			return err
		}
		b, err := r.Store.Blobs.Read(ctx, sc.SHA256)
		if err != nil {
			return err
		}
		page, err := r.scanner.Page(ctx, r.Pool, b, sc.Page)
		if err != nil {
			return err
		}
		if err := r.Store.Readings.PutOCR(ctx, sc, r.scanner.Engine(), page); err != nil {
			return err
		}
		r.opts.Progress.Add(1)
	}
	return nil
}

func (r *runner) profileKey(a *store.Accepted) string {
	if r.envHash == "" {
		r.envHash = r.Campaign.Env.Hash()
	}
	key := strings.Join([]string{a.ContentHash, extract.Version, rules.Version, index.NearVersion, r.envHash}, " ") + r.readState[a.ID]
	return sha256Hex([]byte(key))
}

func (r *runner) profile(ctx context.Context) (int, int, error) {
	have, err := r.Store.Profiles.Heads(ctx)
	if err != nil {
		return 0, 0, err
	}
	var todo []string
	for _, id := range r.ids {
		if have[id].Key != r.profileKey(r.dossiers[id]) {
			todo = append(todo, id)
		}
	}
	r.opts.Progress.Begin("profile", len(todo))
	if err := r.work(ctx, "profile", todo, batchOf(len(todo), 25, 200)); err != nil {
		return len(r.ids), 0, err
	}
	if err := r.quarantineOthers(ctx); err != nil {
		return len(r.ids), 0, err
	}
	r.profiles, err = r.Store.Profiles.Heads(ctx)
	return len(r.ids), len(todo), err
}

func (r *runner) profileBatch(ctx context.Context, ids []string) error {
	out := map[string]store.Profile{}
	all, err := r.Store.Dossiers.ByID(ctx, ids...)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		d, err := reading.Load(ctx, r.Store, a, extract.Version)
		if err != nil {
			return err
		}
		if err := r.quarantine(ctx, a, d); err != nil {
			return err
		}
		reading := rules.Read(d)
		p := store.Profile{Identity: r.Campaign.Env.Identify(reading), Sketch: index.SketchOf(d)}
		reading.Close()
		p.ProfileHead = store.ProfileHead{Key: r.profileKey(a), Kind: p.Identity.Kind, Level: p.Identity.Level}
		out[a.ID] = p
		r.opts.Progress.Add(1)
	}
	return r.Store.Profiles.Put(ctx, out)
}

// quarantineOthers puts into quarantine what other machines could not read.
func (r *runner) quarantineOthers(ctx context.Context) error {
	marked, err := r.Store.State.Unreadable.All(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(marked)) {
		if a, err := r.Store.Dossiers.Get(ctx, id); err != nil {
			return err
		} else if a != nil {
			d, err := reading.Load(ctx, r.Store, a, extract.Version)
			if err == nil {
				err = r.quarantine(ctx, a, d)
			}
			if err != nil {
				return err
			}
		}
		if err := r.Store.State.Unreadable.Of(id).Drop(ctx); err != nil {
			return err
		}
	}
	return nil
}

// quarantine puts what could not be read where people look for it, each file
// with its reason.
func (r *runner) quarantine(ctx context.Context, a *store.Accepted, d *dossier.Dossier) error {
	if r.foreign {
		if !slices.ContainsFunc(d.Documents, func(doc dossier.Document) bool { return doc.Error != "" }) {
			return nil
		}
		return r.Store.State.Unreadable.Of(a.ID).Set(ctx, true)
	}
	for _, doc := range d.Documents {
		if doc.Error == "" {
			continue
		}
		path := filepath.Join(r.Quarantine(), a.ID, filepath.FromSlash(doc.Name))
		info, err := os.Stat(path)
		if err == nil && info.IsDir() || os.MkdirAll(filepath.Dir(path), durable.PrivateDir) != nil { // a file that could not be read, and what was inside it
			path = filepath.Join(r.Quarantine(), a.ID, strings.ReplaceAll(doc.Name, "/", " - "))
		}
		if err := os.MkdirAll(filepath.Dir(path), durable.PrivateDir); err != nil {
			return err
		}
		if doc.SHA256 != "" {
			b, err := r.Store.Blobs.Read(ctx, doc.SHA256)
			if err != nil {
				return err
			}
			if err := durable.WritePrivate(path, b); err != nil {
				return err
			}
		}
		why := rules.UnreadText(doc.Error, doc.Detail)
		text := fmt.Sprintf("%s\ndossier: %s (version %d)\n", visible.Line(doc.Name), a.ID, a.Version)
		for _, l := range language.Codes() {
			text += l + ": " + why.In(l) + "\n"
		}
		if err := durable.WritePrivate(path+".reason.txt", []byte(visible.Text(text))); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) compare(ctx context.Context) (int, int, error) {
	past, err := r.openPast(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer past.close()
	keys := make([]string, len(r.ids))
	for i, id := range r.ids {
		keys[i] = id + r.profiles[id].Key
	}
	key := dossier.HashOf([]any{index.NearVersion, keys, past.keys})
	have, err := r.Store.Copies.Key(ctx)
	if err != nil {
		return 0, 0, err
	}
	done := 0
	if have != key {
		r.opts.Progress.Begin("compare", len(r.ids))
		all, err := r.Store.Profiles.Texts(ctx)
		if err != nil {
			return len(r.ids), 0, err
		}
		profiles := past.profiles
		for _, p := range all {
			if r.dossiers[p.Dossier] != nil {
				p.Text = r.profiles[p.Dossier].Key
				profiles = append(profiles, p)
			}
		}
		settled, err := r.settledPairs(ctx)
		if err != nil {
			return len(r.ids), 0, err
		}
		copies, settled, err := index.Compare(profiles, func(p *dossier.TextProfile) (*dossier.Dossier, error) {
			if p.Past != "" {
				return past.load(ctx, p)
			}
			a, err := r.Store.Dossiers.Get(ctx, p.Dossier)
			if err != nil {
				return nil, err
			}
			if a == nil {
				return nil, fmt.Errorf("%s is no more", p.Dossier)
			}
			return reading.Load(ctx, r.Store, a, extract.Version)
		}, settled)
		if err != nil {
			return len(r.ids), 0, err
		}
		if err := r.Store.Copies.Replace(ctx, key, copies); err != nil {
			return len(r.ids), 0, err
		}
		if err := r.keepSettledPairs(ctx, settled); err != nil {
			return len(r.ids), 0, err
		}
		done = len(r.ids)
		r.opts.Progress.Add(done)
	}
	r.copies, err = r.Store.Copies.All(ctx)
	return len(r.ids), done, err
}

// settledPairs returns what the last comparison kept; nil if it kept nothing or it cannot be read.
func (r *runner) settledPairs(ctx context.Context) (index.Settled, error) {
	text, err := r.Store.State.SettledPairs.Get(ctx)
	if err != nil {
		return nil, err
	}
	var settled index.Settled
	if b, err := base64.StdEncoding.DecodeString(text); err != nil || settled.UnmarshalBinary(b) != nil {
		return nil, nil
	}
	return settled, nil
}

// keepSettledPairs keeps the pairs for the next comparison.
func (r *runner) keepSettledPairs(ctx context.Context, settled index.Settled) error {
	b, err := settled.MarshalBinary()
	if err != nil {
		return err
	}
	return r.Store.State.SettledPairs.Set(ctx, base64.StdEncoding.EncodeToString(b))
}

// assessKey is the memo key of a dossier's assessment.
func (r *runner) assessKey(id string) string {
	p := r.profiles[id]
	rs := r.Campaign.Ruleset(p.Kind, p.Level)
	sha := rules.UnplacedID
	if rs != nil {
		sha = rs.SHA256
	}
	key := p.Key + " " + sha
	if copies, scores := r.copies[id], r.scores[id]; len(copies)+len(scores) > 0 {
		key += " " + dossier.HashOf([]any{copies, scores})
	}
	return sha256Hex([]byte(key))
}

func (r *runner) assess(ctx context.Context) (total, done int, err error) {
	if r.scores, err = r.countedScores(ctx); err != nil {
		return 0, 0, err
	}
	if err := r.unsettled(ctx); err != nil {
		return 0, 0, err
	}
	have, err := r.Store.Assessments.Keys(ctx)
	if err != nil {
		return 0, 0, err
	}
	var todo []string
	for _, id := range r.ids {
		if have[id] != r.assessKey(id) {
			todo = append(todo, id)
		}
	}
	r.opts.Progress.Begin("assess", len(todo))
	return len(r.ids), len(todo), r.work(ctx, "assess", todo, batchOf(len(todo), 25, 400))
}

func (r *runner) assessBatch(ctx context.Context, ids []string) error {
	identities, err := r.Store.Profiles.Identities(ctx, ids)
	if err != nil {
		return err
	}
	all, err := r.Store.Dossiers.ByID(ctx, ids...)
	if err != nil {
		return err
	}
	list := make([]*store.Accepted, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	out := make([]store.Keyed, 0, len(ids))
	err = reading.LoadEach(ctx, r.Store, list, extract.Version, func(a *store.Accepted, d *dossier.Dossier) error {
		id := identities[a.ID]
		given := rules.Given{Identity: id, Copies: r.copies[a.ID], Scores: r.scores[a.ID]}
		out = append(out, store.Keyed{Key: r.assessKey(a.ID), Assessment: Assess(r.Campaign.Env, r.Campaign.Ruleset(id.Kind, id.Level), d, given)})
		r.opts.Progress.Add(1)
		return nil
	})
	if err != nil {
		return err
	}
	return r.Store.Assessments.Put(ctx, out)
}

// Assess assesses one dossier under a ruleset, which is nil where none applies.
func Assess(env *rules.Env, rs *rules.Ruleset, d *dossier.Dossier, given rules.Given) *dossier.Assessment {
	reading := rules.Read(d)
	defer reading.Close()
	if rs == nil {
		return rules.Unplaced(env, reading, given.Identity)
	}
	return rs.Assess(reading, given)
}

// batchOf is the size of a stage's batches: the least, and more where there is so much
// to do that handing out the work would cost more than the work.
func batchOf(items, least, most int) int { return min(most, max(least, items/200)) }

// confinable is the error with which nothing is read on a machine that cannot confine the readers, unless
// the campaign accepts that.
func (r *runner) confinable() error {
	if r.Campaign.Readers.Reduced {
		return nil
	}
	return extract.CanConfine()
}

// noteConfinement records in the ledger that the readers of this run were confined less than usual.
func (r *runner) noteConfinement() {
	if err := extract.CanConfine(); err != nil {
		r.note("the readers are confined less than usual, as readers: { confinement: reduced } accepts; `kheo doctor` shows what holds")
	}
}

// eraseDue erases what removing left in free space of the records, where that is due.
func (r *runner) eraseDue(ctx context.Context) error {
	due, err := r.Store.ToErase(ctx)
	if err != nil || !due {
		return err
	}
	return r.Store.Erase(ctx)
}

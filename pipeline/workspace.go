// Package pipeline is the batch itself: it takes dossiers in, reads them,
// compares, assesses and recommends, and publishes the lists. Read this package
// first.
//
// Every stage is a function of content hashes and keeps its results in the
// record store. So a run does only what changed; a run that was killed goes on
// where it was; and the same dossiers under the same rules give the same bytes,
// on any machine and in any order of submission.
package pipeline

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/reading"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// ReadTimeout is how long one document may take to be read.
const ReadTimeout = 30 * time.Second

// Workspace is an open workspace: its campaign and its records.
type Workspace struct {
	Dir   string
	Store *store.Store
	Pool  *extract.Pool
	Now   func() time.Time

	Watch *intake.Watch // tells whole entries of the inbox from those that are still being written

	Work Work // what this process does in the work queue

	campaign atomic.Pointer[campaign.Campaign] // as it was read last
	review   *review.Log
	node     string    // this process among those that share the records
	view     snapshots // the index that searches of this process use
}

// OpenAs opens the workspace in dir, in a way that is told.
func OpenAs(ctx context.Context, dir string, how Opening) (*Workspace, error) {
	c, err := campaign.Load(dir)
	if err != nil {
		return nil, err
	}
	return openWith(ctx, dir, c, how)
}

// OpenUnruled opens a workspace for taking in alone, whatever mistakes its rulesets have. Where
// kheo.yaml itself has mistakes it cannot: it says which units and fields there are.
func OpenUnruled(ctx context.Context, dir string, how Opening) (*Workspace, error) {
	c, err := campaign.LoadUnruled(dir)
	if err != nil {
		return nil, err
	}
	return openWith(ctx, dir, c, how)
}

func openWith(ctx context.Context, dir string, c *campaign.Campaign, how Opening) (*Workspace, error) {
	s, err := openRecords(ctx, c, how)
	if err != nil {
		return nil, err
	}
	w := &Workspace{Dir: dir, Store: s, Pool: extract.NewPool(runtime.GOMAXPROCS(0), ReadTimeout, readerOptions(c)), Now: time.Now, node: nodeName()}
	w.Watch = intake.NewWatch(w.Inbox())
	w.campaign.Store(c)
	w.review = review.Open(s, c.Review, w.now)
	w.review.Avoid = []string{c.ID}
	for _, title := range c.Title {
		w.review.Avoid = append(w.review.Avoid, title)
	}
	if err := w.review.Adopt(ctx); err != nil {
		w.Pool.Close()
		return nil, errors.Join(err, s.Close())
	}
	return w, nil
}

// readerOptions are how a campaign has foreign files read.
func readerOptions(c *campaign.Campaign) extract.Option { return extract.Reduced(c.Readers.Reduced) }

// Campaign is kheo.yaml with its rulesets, as it was read last: when the workspace was opened, or
// when a run of the schedule began.
func (w *Workspace) Campaign() *campaign.Campaign { return w.campaign.Load() }

// Reload reads kheo.yaml and its rulesets anew, for everyone.
func (w *Workspace) Reload() error {
	c, err := campaign.Load(w.Dir)
	if err == nil {
		w.campaign.Store(c)
		w.review.Set(c.Review)
	}
	return err
}

// Review is what people do with the recommendations.
func (w *Workspace) Review() *review.Log { return w.review }

// Close ends the reading processes and closes the records.
func (w *Workspace) Close() error {
	left, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	w.Store.Workers.Leave(left, w.node)
	w.Pool.Close()
	w.CloseView()
	return w.Store.Close()
}

// The folders of a workspace.
func (w *Workspace) Inbox() string      { return filepath.Join(w.Dir, "inbox") }
func (w *Workspace) Quarantine() string { return filepath.Join(w.Dir, "quarantine") }
func (w *Workspace) Lists() string      { return filepath.Join(w.Dir, "lists", w.Campaign().ID) }
func (w *Workspace) IndexDir() string   { return filepath.Join(w.Dir, "var", "index") }

// Node is the name of this process among those that share the records.
func (w *Workspace) Node() string { return w.node }

// Time is the time in the campaign's timezone.
func (w *Workspace) now() time.Time { return w.Now().In(w.Campaign().Location) }

// Lock takes the workspace for one run; ErrBusy where another holds it.
func (w *Workspace) Lock() (unlock func(), err error) {
	l, err := w.lock()
	if err != nil {
		return nil, err
	}
	return l.Release, nil
}

// runOf begins the name of the lease that a run holds.
const runOf = "run of "

// lock is what one run alone holds: in this folder, and among the machines that share its records.
type lock struct {
	*store.Lease
	here func()
}

// Release gives the lock back.
func (l *lock) Release() {
	l.Lease.Release()
	l.here()
}

func (w *Workspace) lock() (*lock, error) {
	here, err := w.lockHere()
	if err != nil {
		return nil, err
	}
	lease, err := w.Store.Workers.Lease(context.Background(), runOf+w.Campaign().ID)
	if err == nil && lease == nil {
		err = ErrBusy
	}
	if err != nil {
		here()
		return nil, err
	}
	return &lock{lease, here}, nil
}

// lockHere takes what one run alone holds in this folder.
func (w *Workspace) lockHere() (unlock func(), err error) {
	if w.Store.ReadOnly() {
		return nil, store.ErrReadOnly
	}
	dir := filepath.Join(w.Dir, "var")
	err = os.MkdirAll(dir, store.PrivateDir)
	if err == nil {
		unlock, err = store.LockFile(filepath.Join(dir, "run.lock"))
	}
	switch {
	case errors.Is(err, store.ErrLocked):
		return nil, ErrBusy
	case readOnlyFS(err), errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	}
	return unlock, err
}

// readOnlyFS reports whether something failed because its file system is read-only.
func readOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }

// lives says, where several machines share the records, that this process is alive, until what it
// returns is called. Others take over the work of one that does not.
func (w *Workspace) lives(ctx context.Context, role string) (end func()) {
	if !w.Store.Shared() {
		return func() {}
	}
	w.Store.Workers.Heartbeat(ctx, w.node, role)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var saying sync.WaitGroup
	saying.Go(func() {
		for pause(ctx, store.HeartbeatExpiry/6) {
			say, done := context.WithTimeout(ctx, store.HeartbeatExpiry/3)
			if w.Store.Workers.Heartbeat(say, w.node, role) == nil { // where it fails, others learn it by silence
				w.Store.Batches.Disown(say, w.node, w.Work.Jobs())
			}
			done()
		}
	})
	return func() {
		cancel()
		saying.Wait()
	}
}

// nodeName names this process among those that share the records.
func nodeName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(rand.Text()[:6]))
}

// ErrBusy is returned where another run holds the workspace.
var ErrBusy = errors.New("another run is at work in this workspace; wait for it to end (kheo runs shows it)")

// Load returns a dossier as it was read, with its record.
func (w *Workspace) Load(ctx context.Context, id string) (*store.Accepted, *dossier.Dossier, error) {
	a, err := w.Store.Dossiers.Get(ctx, id)
	if err != nil || a == nil {
		return nil, nil, err
	}
	d, err := reading.Load(ctx, w.Store, a, extract.Version)
	return a, d, err
}

// Resolve finds the dossier that a person means: its id, the beginning of it,
// or words of its title, with or without diacritics.
func (w *Workspace) Resolve(ctx context.Context, what string) (string, error) {
	all, err := w.Store.Dossiers.All(ctx)
	if err != nil {
		return "", err
	}
	var found []string
	folded := language.Fold(what)
	for _, a := range all {
		switch {
		case a.ID == what:
			return a.ID, nil
		case strings.HasPrefix(a.ID, what), folded != "" && strings.Contains(" "+language.Fold(a.Name+" "+a.Manifest.Title)+" ", " "+folded+" "):
			found = append(found, a.ID)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%d dossiers are called like %q: %s. Write more of the one you mean", len(found), what, strings.Join(found[:min(6, len(found))], ", "))
	}
	if len(all) == 0 {
		return "", fmt.Errorf("there is no dossier %q: nothing has been taken in yet. Put dossiers into %s and run `kheo run`", what, w.Inbox())
	}
	return "", fmt.Errorf("there is no dossier %q. `kheo search %s` may find it", what, what)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// Package workspace opens a workspace: the folder of one campaign with its kheo.yaml, its records, the
// processes that read documents, the review log, and the search index as it is open for searching.
//
// It knows nothing of the nightly batch. Everything that works on a workspace (the batch, searching, the
// register, backups) is a package of its own with functions that take a *Workspace.
package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// Latest is the name under which the newest lists stand.
const Latest = "latest"

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
	c, err := campaign.LoadWithoutRulesets(dir)
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
	w := &Workspace{Dir: dir, Store: s, Pool: extract.NewPool(runtime.GOMAXPROCS(0), ReadTimeout, ReaderOptions(c)), Now: time.Now, node: nodeName()}
	w.Watch = intake.NewWatch(w.Inbox())
	w.campaign.Store(c)
	w.review = review.Open(s, c.Review, w.Time)
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

// ReaderOptions are how a campaign has foreign files read.
func ReaderOptions(c *campaign.Campaign) extract.Option { return extract.Reduced(c.Readers.Reduced) }

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
func (w *Workspace) Inbox() string { return filepath.Join(w.Dir, "inbox") }

func (w *Workspace) Quarantine() string { return filepath.Join(w.Dir, "quarantine") }

func (w *Workspace) Lists() string { return filepath.Join(w.Dir, "lists", w.Campaign().ID) }

func (w *Workspace) IndexDir() string { return filepath.Join(w.Dir, "var", "index") }

// Node is the name of this process among those that share the records.
func (w *Workspace) Node() string { return w.node }

// Time is the time in the campaign's timezone.
func (w *Workspace) Time() time.Time { return w.Now().In(w.Campaign().Location) }

func Exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

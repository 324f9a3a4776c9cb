// Package workspace opens a workspace: the folder of one campaign with its kheo.yaml, its records, the
// processes that read documents, the review log, and the search index as it is open for searching.
//
// It does not know the pipeline. Everything that works on a workspace (runs, search, the register,
// backups) is a package of its own with functions that take a *Workspace.
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

// Latest is the name of the link to the newest lists.
const Latest = "latest"

// ReadTimeout is how long reading one document may take.
const ReadTimeout = 30 * time.Second

// Workspace is an open workspace: its campaign and its records. It is safe for concurrent use.
type Workspace struct {
	Dir   string
	Store *store.Store
	Pool  *extract.Pool
	Now   func() time.Time // the clock; tests replace it

	Watch *intake.Watch // separates complete entries of the inbox from those that are still being written

	Work Work // what this process does in the work queue

	campaign  atomic.Pointer[campaign.Campaign] // as it was read last
	review    *review.Log
	node      string    // name of this process among those that share the records
	snapshots snapshots // the search index as this process has it open
}

// OpenAs opens the workspace in dir with options.
func OpenAs(ctx context.Context, dir string, how Opening) (*Workspace, error) {
	c, err := campaign.Load(dir)
	if err != nil {
		return nil, err
	}
	return openWith(ctx, dir, c, how)
}

// OpenUnruled opens a workspace for intake only, even if its rulesets have mistakes. Mistakes in kheo.yaml
// itself are an error, because it defines the units and fields.
func OpenUnruled(ctx context.Context, dir string, how Opening) (*Workspace, error) {
	c, err := campaign.LoadWithoutRulesets(dir)
	if err != nil {
		return nil, err
	}
	return openWith(ctx, dir, c, how)
}

// openWith opens the records of a campaign, and starts the readers. Panel scores from before they were
// part of the audit trail are added to it here.
func openWith(ctx context.Context, dir string, c *campaign.Campaign, how Opening) (*Workspace, error) {
	s, err := openRecords(ctx, c, how)
	if err != nil {
		return nil, err
	}
	w := &Workspace{Dir: dir, Store: s, Now: time.Now, node: nodeName(),
		Pool: extract.NewPool(runtime.GOMAXPROCS(0), ReadTimeout, ReaderOptions(c), extract.Yielding())}
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

// ReaderOptions returns how confined the readers of a campaign are.
func ReaderOptions(c *campaign.Campaign) extract.Option { return extract.Reduced(c.Readers.Reduced) }

// Campaign returns kheo.yaml with its rulesets, as it was read last: when the workspace was opened, or when
// a scheduled run began.
func (w *Workspace) Campaign() *campaign.Campaign { return w.campaign.Load() }

// Reload reads kheo.yaml and its rulesets again, for all users of the workspace. If they have mistakes, the
// former ones stay in use.
func (w *Workspace) Reload() error {
	c, err := campaign.Load(w.Dir)
	if err == nil {
		w.campaign.Store(c)
		w.review.Set(c.Review)
	}
	return err
}

// Review returns the review log: what people do with the recommendations.
func (w *Workspace) Review() *review.Log { return w.review }

// Close ends the reader processes and closes the records.
func (w *Workspace) Close() error {
	left, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	w.Store.Workers.Leave(left, w.node)
	w.Pool.Close()
	w.CloseSnapshot()
	return w.Store.Close()
}

// Inbox returns the folder into which dossiers are put.
func (w *Workspace) Inbox() string { return filepath.Join(w.Dir, "inbox") }

// Quarantine returns the folder of files that could not be read.
func (w *Workspace) Quarantine() string { return filepath.Join(w.Dir, "quarantine") }

// Lists returns the folder of the published lists of the campaign.
func (w *Workspace) Lists() string { return filepath.Join(w.Dir, "lists", w.Campaign().ID) }

// IndexDir returns the folder of the search index.
func (w *Workspace) IndexDir() string { return filepath.Join(w.Dir, "var", "index") }

// Node returns the name of this process among those that share the records.
func (w *Workspace) Node() string { return w.node }

// Time returns the present time in the time zone of the campaign.
func (w *Workspace) Time() time.Time { return w.Now().In(w.Campaign().Location) }

// Exists reports whether there is something at a path; if it cannot be determined, it counts as existing.
func Exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

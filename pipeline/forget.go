package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kheo/index"
	"kheo/pipeline/campaign"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// filesOf begins the name of the lease of whoever takes in or removes files: so that none is
// removed that is just being taken in again.
const filesOf = "files of "

// filesAgain is how often whoever waits for that lease asks.
const filesAgain = 200 * time.Millisecond

// files waits until nobody else takes in or removes files.
func (w *Workspace) files(ctx context.Context) (release func(), err error) {
	for {
		l, err := w.Store.Workers.Lease(ctx, filesOf+w.Campaign().ID)
		if err != nil {
			return nil, err
		}
		if l != nil {
			return l.Release, nil
		}
		if !pause(ctx, filesAgain) {
			return nil, ctx.Err()
		}
	}
}

// ForgetPerson removes what is kept of a person who signs in: password, sessions, drafts, saved
// searches, address of mail; name and unit are shown no more. What the person did stays in the
// audit trail, under the name that stood there, for decisions are never altered; that it was
// forgotten, and why, stands there too.
func (w *Workspace) ForgetPerson(ctx context.Context, person, why string) error {
	if err := w.review.Do(ctx, review.Subject{}, review.Event{Person: review.System, Action: review.Forgotten, Data: review.Data{Subject: person, Reason: why}}); err != nil {
		return err
	}
	var scored []int64
	if err := w.review.View(ctx, func(s *review.State) error { scored = s.ScoredBy(person); return nil }); err != nil {
		return err
	}
	err := errors.Join(w.Store.People.Forget(ctx, person), w.Store.Scores.RenameScorer(ctx, scored, person),
		w.ForgetMail(ctx, person))
	if err != nil {
		return err
	}
	return w.Store.Erase(ctx)
}

// ForgetReport is what forgetting a dossier came to.
type ForgetReport struct {
	Dossier string   `json:"dossier"`
	Files   int      `json:"files"`  // removed
	Lists   []string `json:"lists"`  // runs whose lists were removed, because it stood there
	Closed  []string `json:"closed"` // closed lists on which it stays for ever
	Papers  string   `json:"papers"` // the folder of papers made before, which may name it; "" where there is none
}

// ForgetDossier removes a dossier: its files, all that was read of it, its scores, and every list
// on which it is but for closed ones. That it was done, and why, is in the audit trail. The next run
// makes lists and search index again and erases what is left in free space. Called once more after it
// was interrupted, it goes on.
func (w *Workspace) ForgetDossier(ctx context.Context, id, why string) (*ForgetReport, error) {
	unlock, err := w.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	free, err := w.files(ctx)
	if err != nil {
		return nil, err
	}
	defer free()
	a, err := w.Store.Dossiers.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	runs, err := w.Store.Lists.RunsWith(ctx, id)
	if err != nil {
		return nil, err
	}
	if a == nil && len(runs) == 0 {
		return nil, fmt.Errorf("there is no dossier %q; name it by its whole id (kheo search finds it)", id)
	}
	if err := w.review.Do(ctx, review.Subject{}, review.Event{Person: review.System, Action: review.Forgotten, Dossier: id, Data: review.Data{Reason: why}}); err != nil {
		return nil, err
	}
	r := &ForgetReport{Dossier: id, Lists: []string{}, Closed: []string{}}
	closed, photos, err := w.bound(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	entry := ""
	if a != nil {
		entry = a.Name
		names = []string{a.Name, a.Manifest.Title}
	}
	orphans, err := w.Store.Dossiers.Forget(ctx, id, names...)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(w.removeBlobs(ctx, orphans, photos), w.Store.DropBefore(ctx)); err != nil {
		return nil, err
	}
	r.Files = len(orphans)
	for _, run := range runs {
		if on := closed[run]; len(on) > 0 {
			r.Closed = append(r.Closed, on...)
			continue
		}
		if err := w.dropLists(ctx, run); err != nil {
			return nil, err
		}
		r.Lists = append(r.Lists, run)
	}
	if papers := filepath.Join(w.Lists(), "papers"); exists(papers) {
		r.Papers = papers
	}
	digest := os.Remove(filepath.Join(w.Lists(), "digest.txt"))
	if errors.Is(digest, fs.ErrNotExist) {
		digest = nil
	}
	index.TidyViews(w.IndexDir(), time.Second) // what a search that crashed held on to names the dossier, too
	return r, errors.Join(os.RemoveAll(filepath.Join(w.Quarantine(), id)),
		os.RemoveAll(filepath.Join(w.Quarantine(), intake.LeftOut, id)), w.removeReceipts(entry), digest,
		w.Store.State.Unreadable.Of(id).Drop(ctx), w.Store.State.Published.Drop(ctx))
}

// removeReceipts removes what was told of a dossier in the inbox.
func (w *Workspace) removeReceipts(name string) error {
	list, err := intake.Receipts(w.Inbox(), name)
	if errors.Is(err, fs.ErrNotExist) { // a machine on which nothing is handed in
		return nil
	}
	for _, at := range list {
		err = errors.Join(err, os.Remove(at))
	}
	return err
}

// bound tells what must stay: by run, the lists that were closed; and the photos of visits.
func (w *Workspace) bound(ctx context.Context) (closed map[string][]string, photos []string, err error) {
	closed = map[string][]string{}
	err = w.review.View(ctx, func(s *review.State) error {
		for name, c := range s.Closed {
			closed[c.Run] = append(closed[c.Run], name)
		}
		for _, id := range s.Models() {
			for _, v := range s.Model(id).Visits {
				photos = append(photos, v.Photo)
			}
		}
		return nil
	})
	return closed, photos, err
}

func (w *Workspace) removeBlobs(ctx context.Context, shas, photos []string) error {
	for _, sha := range shas {
		if slices.Contains(photos, sha) {
			continue
		}
		if err := w.Store.Blobs.Remove(ctx, sha); err != nil {
			return err
		}
	}
	return nil
}

// dropLists removes the lists of a run from the records, and its folder.
func (w *Workspace) dropLists(ctx context.Context, run string) error {
	if err := errors.Join(w.Store.Lists.Drop(ctx, run), w.dropEdition(ctx, run)); err != nil {
		return err
	}
	if run == "" || strings.ContainsAny(run, "/.") {
		return fmt.Errorf("%q is no name of a run", run)
	}
	kept, err := filepath.Glob(filepath.Join(w.Lists(), run+"*")) // and what was kept of it under another name, because somebody changed it
	for _, dir := range kept {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if latestIs(w.Lists(), run) {
		err = errors.Join(err, os.Remove(filepath.Join(w.Lists(), Latest)))
	}
	return err
}

// mostBetween is how far apart the clocks of two runs may be, for the second one to remove what is old.
const mostBetween = 90 * 24 * time.Hour

// clockJumped reports whether the clock is far from where it was at the run before: it may have been
// set wrong, and what is removed by its word does not come back. The next run removes it.
func (w *Workspace) clockJumped(ctx context.Context, run *store.Run, log *slog.Logger) (bool, error) {
	runs, err := w.Store.Runs.Newest(ctx, 2)
	if err != nil || len(runs) < 2 {
		return false, err
	}
	d := run.Started.Sub(runs[1].Started)
	if d.Abs() > mostBetween {
		log.Warn("nothing old is removed in this run: the clock is far from where it was at the run before", "apart", d)
		return true, nil
	}
	return false, nil
}

// Retain removes what kheo.yaml says is kept no longer: lists of old runs that nobody closed, and
// files of versions that newer ones took the place of.
func (w *Workspace) Retain(ctx context.Context, c *campaign.Campaign, this *store.Run, log *slog.Logger) error {
	keep := c.Keep
	if keep.Runs == 0 && keep.Versions == 0 {
		return nil
	}
	if jumped, err := w.clockJumped(ctx, this, log); err != nil || jumped {
		return err
	}
	free, err := w.files(ctx)
	if err != nil {
		return err
	}
	defer free()
	closed, photos, err := w.bound(ctx)
	if err != nil {
		return err
	}
	if keep.Versions > 0 {
		orphans, err := w.Store.Dossiers.DropVersions(ctx, w.Now().Add(-keep.Versions))
		if err == nil {
			err = w.removeBlobs(ctx, orphans, photos)
		}
		if err != nil {
			return err
		}
		if len(orphans) > 0 {
			log.Info("files of old versions were removed", "files", len(orphans))
		}
	}
	if keep.Runs > 0 {
		old, err := w.Store.Lists.RunsBefore(ctx, w.Now().Add(-keep.Runs))
		if err != nil {
			return err
		}
		for _, run := range old {
			if run == this.Run || len(closed[run]) > 0 {
				continue
			}
			if err := w.dropLists(ctx, run); err != nil {
				return err
			}
			log.Info("lists of an old run were removed", "lists", run)
		}
	}
	return nil
}

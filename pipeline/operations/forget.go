package operations

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kheo/index"
	"kheo/pipeline/editions"
	"kheo/pipeline/intake"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// ForgetPerson removes what is kept of a person who signs in: password, sessions, drafts, saved
// searches, address of mail; name and unit are shown no more. What the person did stays in the
// audit trail, under the name that stood there, for decisions are never altered; that it was
// forgotten, and why, stands there too.
func ForgetPerson(ctx context.Context, w *workspace.Workspace, person, why string) error {
	if err := w.Review().Do(ctx, review.Subject{}, review.Event{Person: review.System, Action: review.Forgotten,
		Data: review.Data{Subject: person, Reason: why}}); err != nil {
		return err
	}
	var scored []int64
	if err := w.Review().View(ctx, func(s *review.State) error { scored = s.ScoredBy(person); return nil }); err != nil {
		return err
	}
	err := errors.Join(w.Store.People.Forget(ctx, person), w.Store.Scores.RenameScorer(ctx, scored, person),
		outbox.ForgetMail(ctx, w, person))
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
func ForgetDossier(ctx context.Context, w *workspace.Workspace, id, why string) (*ForgetReport, error) {
	unlock, err := w.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	free, err := w.LockFiles(ctx)
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
	if err := w.Review().Do(ctx, review.Subject{}, review.Event{Person: review.System, Action: review.Forgotten,
		Dossier: id, Data: review.Data{Reason: why}}); err != nil {
		return nil, err
	}
	r := &ForgetReport{Dossier: id, Lists: []string{}, Closed: []string{}}
	closed, photos, err := editions.Bound(ctx, w)
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
	if err := errors.Join(editions.RemoveBlobs(ctx, w, orphans, photos), w.Store.DropBefore(ctx)); err != nil {
		return nil, err
	}
	r.Files = len(orphans)
	for _, run := range runs {
		if on := closed[run]; len(on) > 0 {
			r.Closed = append(r.Closed, on...)
			continue
		}
		if err := editions.Drop(ctx, w, run); err != nil {
			return nil, err
		}
		r.Lists = append(r.Lists, run)
	}
	if papers := filepath.Join(w.Lists(), "papers"); workspace.Exists(papers) {
		r.Papers = papers
	}
	digest := os.Remove(filepath.Join(w.Lists(), "digest.txt"))
	if errors.Is(digest, fs.ErrNotExist) {
		digest = nil
	}
	index.TidyViews(w.IndexDir(), time.Second) // what a search that crashed held on to names the dossier, too
	return r, errors.Join(os.RemoveAll(filepath.Join(w.Quarantine(), id)),
		os.RemoveAll(filepath.Join(w.Quarantine(), intake.LeftOut, id)), removeReceipts(w, entry), digest,
		w.Store.State.Unreadable.Of(id).Drop(ctx), w.Store.State.Published.Drop(ctx))
}

// removeReceipts removes what was told of a dossier in the inbox.
func removeReceipts(w *workspace.Workspace, name string) error {
	list, err := intake.Receipts(w.Inbox(), name)
	if errors.Is(err, fs.ErrNotExist) { // a machine on which nothing is handed in
		return nil
	}
	for _, at := range list {
		err = errors.Join(err, os.Remove(at))
	}
	return err
}

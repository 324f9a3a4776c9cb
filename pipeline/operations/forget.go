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

// ForgetPerson removes the personal data of a person who signs in: password, sessions, drafts, saved searches and
// e-mail address. Name and unit are no longer shown. What the person did stays in the audit trail under the same
// id, because decisions are never altered; the trail also records that the person was forgotten, and why. Scores
// keep counting; the person's id takes the place of the name under which they were recorded.
func ForgetPerson(ctx context.Context, w *workspace.Workspace, person, why string) error {
	if err := w.Review().Do(ctx, review.Subject{}, review.Event{Person: review.System, Action: review.Forgotten,
		Data: review.Data{Subject: person, Reason: why}}); err != nil {
		return err
	}
	// Rows of scores carry the name of the scorer, as it was shown.
	var scored []int64
	err := w.Review().View(ctx, func(s *review.State) error { scored = s.ScoredBy(person); return nil })
	if err != nil {
		return err
	}
	err = errors.Join(w.Store.People.Forget(ctx, person), w.Store.Scores.RenameScorer(ctx, scored, person),
		outbox.ForgetMail(ctx, w, person), w.Store.State.Factors.Of(person).Drop(ctx))
	if err != nil {
		return err
	}
	return w.Store.Erase(ctx)
}

// ForgetReport is the result of ForgetDossier.
type ForgetReport struct {
	Dossier string   `json:"dossier"`
	Files   int      `json:"files"`  // the number of blobs that were removed
	Lists   []string `json:"lists"`  // runs whose lists were removed because the dossier was on them
	Closed  []string `json:"closed"` // closed lists on which the dossier stays for ever
	Papers  string   `json:"papers"` // the folder of papers made before, which may name it; "" if there is none
}

// ForgetDossier removes a dossier: its files, everything that was read from them, its scores, and every list that
// it is on, except closed lists. The audit trail records that this was done, and why. The next run makes the lists
// and the search index again, and erases what is left in free space. If it is interrupted, calling it again
// continues.
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
	// The event is recorded before anything is removed: after a crash the trail explains what is missing.
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
	// Records go before blobs, and only blobs that no other dossier, closed list or visit names.
	orphans, err := w.Store.Dossiers.Forget(ctx, id, names...)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(editions.RemoveBlobs(ctx, w, orphans, photos), w.Store.DropMigrationCopies(ctx)); err != nil {
		return nil, err
	}
	r.Files = len(orphans)
	if err := r.dropLists(ctx, w, runs, closed); err != nil {
		return nil, err
	}
	if papers := filepath.Join(w.Lists(), "papers"); workspace.Exists(papers) {
		r.Papers = papers
	}
	digest := os.Remove(filepath.Join(w.Lists(), "digest.txt"))
	if errors.Is(digest, fs.ErrNotExist) {
		digest = nil
	}
	if _, err := editions.ForgetLetters(ctx, w, id, time.Time{}); err != nil {
		return nil, err
	}
	// Parts of lists that the next ones would take over are made again: they name the dossier, too.
	if err := os.RemoveAll(filepath.Join(w.Dir, "var", "rendered")); err != nil {
		return nil, err
	}
	index.TidyViews(w.IndexDir(), time.Second) // copies of the index that a crashed search left name the dossier too
	return r, errors.Join(os.RemoveAll(filepath.Join(w.Quarantine(), id)),
		os.RemoveAll(filepath.Join(w.Quarantine(), intake.LeftOut, id)), removeReceipts(w, entry), digest,
		w.Store.State.Unreadable.Of(id).Drop(ctx), w.Store.State.Published.Drop(ctx))
}

// dropLists removes the lists of runs that the dossier is on, and reports closed ones, which stay.
func (r *ForgetReport) dropLists(ctx context.Context, w *workspace.Workspace, runs []string,
	closed map[string][]string) error {
	for _, run := range runs {
		if on := closed[run]; len(on) > 0 {
			r.Closed = append(r.Closed, on...)
			continue
		}
		if err := editions.Drop(ctx, w, run); err != nil {
			return err
		}
		r.Lists = append(r.Lists, run)
	}
	return nil
}

// removeReceipts removes the receipts of a dossier from the inbox.
func removeReceipts(w *workspace.Workspace, name string) error {
	list, err := intake.Receipts(w.Inbox(), name)
	if errors.Is(err, fs.ErrNotExist) { // a node without an inbox
		return nil
	}
	for _, at := range list {
		err = errors.Join(err, os.Remove(at))
	}
	return err
}

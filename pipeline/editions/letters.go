package editions

import (
	"context"
	"errors"
	"time"

	"kheo/pipeline/applicants"
	"kheo/pipeline/outbox"
	"kheo/pipeline/workspace"
)

// letter is what this package reads of the record of a letter that came into the mailbox (mailbox.Letter).
type letter struct {
	State   string    `json:"state"`
	Dossier string    `json:"dossier"`
	Done    time.Time `json:"done"`
}

// ForgetLetters removes the records of letters and of links of applicants that are about a dossier, and those of which
// nothing waits any more since before a moment: the zero moment is none. Letters that wait for people stay, and the
// letters themselves stay in the mailbox. It returns how many records were removed.
func ForgetLetters(ctx context.Context, w *workspace.Workspace, dossier string, before time.Time) (int, error) {
	n, err := applicants.Forget(ctx, w, dossier, before)
	if err != nil {
		return n, err
	}
	ids, err := w.Store.State.Letters.IDs(ctx)
	if err != nil {
		return n, err
	}
	for _, id := range ids {
		var l letter
		if _, err := w.Store.State.Letters.Of(id).Get(ctx, &l); err != nil {
			return n, err
		}
		settled := l.State == "taken" || l.State == "again" || l.State == "aside"
		if (dossier == "" || l.Dossier != dossier) && !(settled && !l.Done.IsZero() && l.Done.Before(before)) {
			continue
		}
		if err := errors.Join(outbox.DropWaitingMail(ctx, w, string(outbox.MailReceipt)+" "+id),
			w.Store.State.Letters.Of(id).Drop(ctx)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

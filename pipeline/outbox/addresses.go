package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/mail"

	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// SetMail keeps where a person's digest goes; "" sends none.
func SetMail(ctx context.Context, w *workspace.Workspace, person, address string) error {
	known := false
	if err := w.Review().View(ctx, func(s *review.State) error { known = s.People[person] != nil; return nil }); err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("nobody signs in as %q", person)
	}
	if address == "" {
		return w.Store.State.Mail.Of(person).Drop(ctx)
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > 254 {
		return fmt.Errorf("%q is no address of mail; write it as hoa@example.org", address)
	}
	return w.Store.State.Mail.Of(person).Set(ctx, address)
}

// MailAddresses tells where digests go, by person.
func MailAddresses(ctx context.Context, w *workspace.Workspace) (map[string]string, error) {
	return w.Store.State.Mail.All(ctx)
}

// Told returns the event up to which a person has read what others did to the account.
func Told(ctx context.Context, w *workspace.Workspace, person string) (int64, error) {
	return w.Store.State.SeenEvents.Of(person).Get(ctx)
}

// SetTold keeps up to which event a person has read.
func SetTold(ctx context.Context, w *workspace.Workspace, person string, seq int64) error {
	return w.Store.State.SeenEvents.Of(person).Set(ctx, seq)
}

// ForgetMail removes the address of a person, what the person was told, and the mail that waits.
func ForgetMail(ctx context.Context, w *workspace.Workspace, person string) error {
	return errors.Join(w.Store.State.Mail.Of(person).Drop(ctx), w.Store.State.SeenEvents.Of(person).Drop(ctx),
		DropWaitingMail(ctx, w, person), DropWaitingMail(ctx, w, string(MailLink)+" "+person),
		DropWaitingMail(ctx, w, string(MailPassword)+" "+person))
}

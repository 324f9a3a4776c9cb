package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/mail"

	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// SetMail sets the address to which a person's mail goes; "" means that none is sent.
func SetMail(ctx context.Context, w *workspace.Workspace, person, address string) error {
	known := false
	if err := w.Review().View(ctx, func(s *review.State) error {
		known = s.People[person] != nil
		return nil
	}); err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("there is no account %q", person)
	}
	if !ValidMail(address) {
		return fmt.Errorf("%q is not a valid e-mail address; write it as hoa@example.org", address)
	}
	return w.Store.State.Mail.Of(person).Set(ctx, address)
}

// ValidMail reports whether a text is an address, or "".
func ValidMail(address string) bool {
	a, err := mail.ParseAddress(address)
	return address == "" || err == nil && a.Address == address && len(address) <= 254
}

// ChangeMail is SetMail on behalf of a person who is signed in. The audit trail records who changed whose address, and
// not the address, which can be forgotten: a link that is mailed to it is known to who chose it.
func ChangeMail(ctx context.Context, w *workspace.Workspace, by, person, address string) error {
	was, err := w.Store.State.Mail.Of(person).Get(ctx)
	if err != nil || was == address {
		return err
	}
	if !ValidMail(address) {
		return fmt.Errorf("%q is not a valid e-mail address", address)
	}
	e := review.Event{Person: by, Action: review.MailSet, Data: review.Data{Subject: person}}
	if err := w.Review().Do(ctx, review.Subject{}, e); err != nil {
		return err
	}
	return SetMail(ctx, w, person, address)
}

// MailAddresses returns the addresses to which mail goes, by person.
func MailAddresses(ctx context.Context, w *workspace.Workspace) (map[string]string, error) {
	return w.Store.State.Mail.All(ctx)
}

// SeenEvents returns the sequence number of the last event about a person's account that the person has
// seen.
func SeenEvents(ctx context.Context, w *workspace.Workspace, person string) (int64, error) {
	return w.Store.State.SeenEvents.Of(person).Get(ctx)
}

// SetSeenEvents records up to which event a person has seen what others did to the account.
func SetSeenEvents(ctx context.Context, w *workspace.Workspace, person string, seq int64) error {
	return w.Store.State.SeenEvents.Of(person).Set(ctx, seq)
}

// ForgetMail removes the address of a person, what the person has seen, and all waiting mail to the person.
func ForgetMail(ctx context.Context, w *workspace.Workspace, person string) error {
	return errors.Join(w.Store.State.Mail.Of(person).Drop(ctx), w.Store.State.SeenEvents.Of(person).Drop(ctx),
		DropWaitingMail(ctx, w, person), DropWaitingMail(ctx, w, string(MailLink)+" "+person),
		DropWaitingMail(ctx, w, string(MailPassword)+" "+person))
}

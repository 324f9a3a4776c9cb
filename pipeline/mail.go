package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"time"

	"kheo/pipeline/review"
)

// SetMail keeps where a person's digest goes; "" sends none.
func (w *Workspace) SetMail(ctx context.Context, person, address string) error {
	known := false
	if err := w.review.View(ctx, func(s *review.State) error { known = s.People[person] != nil; return nil }); err != nil {
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
func (w *Workspace) MailAddresses(ctx context.Context) (map[string]string, error) {
	return w.Store.State.Mail.All(ctx)
}

// Told returns the event up to which a person has read what others did to the account.
func (w *Workspace) Told(ctx context.Context, person string) (int64, error) {
	return w.Store.State.Told.Of(person).Get(ctx)
}

// SetTold keeps up to which event a person has read.
func (w *Workspace) SetTold(ctx context.Context, person string, seq int64) error {
	return w.Store.State.Told.Of(person).Set(ctx, seq)
}

// outboxAgain is how often the outbox is looked into.
const outboxAgain = time.Minute

// keepsOutbox sends what waits in the outbox, until ctx ends.
func (s *Service) keepsOutbox(ctx context.Context) {
	if s.SendMails == nil {
		return
	}
	for {
		if sent, err := s.SendMails(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("sending mail", "sent", sent, "error", err)
		}
		if !pause(ctx, outboxAgain) {
			return
		}
	}
}

// ForgetMail removes the address of a person, what the person was told, and the mail that waits.
func (w *Workspace) ForgetMail(ctx context.Context, person string) error {
	return errors.Join(w.Store.State.Mail.Of(person).Drop(ctx), w.Store.State.Told.Of(person).Drop(ctx),
		w.DropWaitingMail(ctx, person), w.DropWaitingMail(ctx, string(MailLink)+" "+person),
		w.DropWaitingMail(ctx, string(MailPassword)+" "+person))
}

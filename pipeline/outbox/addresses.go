package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strconv"
	"strings"

	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// mailOf begins the settings that hold where a person's mail goes. They are no events: an address
// is changed and forgotten as its owner likes.
const mailOf = "mail "

// toldTo begins the settings that hold the event up to which a person was told of what others did to the
// account.
const toldTo = "told "

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
		return w.Store.Settings.Drop(ctx, mailOf+person)
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > 254 {
		return fmt.Errorf("%q is no address of mail; write it as hoa@example.org", address)
	}
	return w.Store.Settings.Set(ctx, mailOf+person, address)
}

// MailAddresses tells where digests go, by person.
func MailAddresses(ctx context.Context, w *workspace.Workspace) (map[string]string, error) {
	keys, err := w.Store.Settings.Under(ctx, mailOf)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, k := range keys {
		if strings.HasPrefix(k, mailWaiting) {
			continue
		}
		if out[strings.TrimPrefix(k, mailOf)], err = w.Store.Settings.Get(ctx, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Told returns the event up to which a person has read what others did to the account.
func Told(ctx context.Context, w *workspace.Workspace, person string) (int64, error) {
	text, err := w.Store.Settings.Get(ctx, toldTo+person)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// SetTold keeps up to which event a person has read.
func SetTold(ctx context.Context, w *workspace.Workspace, person string, seq int64) error {
	return w.Store.Settings.Set(ctx, toldTo+person, strconv.FormatInt(seq, 10))
}

// ForgetMail removes the address of a person, what the person was told, and the mail that waits.
func ForgetMail(ctx context.Context, w *workspace.Workspace, person string) error {
	return errors.Join(w.Store.Settings.Drop(ctx, mailOf+person), w.Store.Settings.Drop(ctx, toldTo+person),
		DropWaitingMail(ctx, w, person), DropWaitingMail(ctx, w, string(MailLink)+" "+person),
		DropWaitingMail(ctx, w, string(MailPassword)+" "+person))
}

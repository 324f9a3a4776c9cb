// Package outbox keeps where mails of people go, which mails are due, and what each person has been told.
package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"

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
		return w.Store.DropSetting(ctx, mailOf+person)
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > 254 {
		return fmt.Errorf("%q is no address of mail; write it as hoa@example.org", address)
	}
	return w.Store.SetSetting(ctx, mailOf+person, address)
}

// MailAddresses tells where digests go, by person.
func MailAddresses(ctx context.Context, w *workspace.Workspace) (map[string]string, error) {
	keys, err := w.Store.SettingsUnder(ctx, mailOf)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, k := range keys {
		if out[strings.TrimPrefix(k, mailOf)], err = w.Store.Setting(ctx, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Told returns the event up to which a person has read what others did to the account.
func Told(ctx context.Context, w *workspace.Workspace, person string) (int64, error) {
	text, err := w.Store.Setting(ctx, toldTo+person)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// SetTold keeps up to which event a person has read.
func SetTold(ctx context.Context, w *workspace.Workspace, person string, seq int64) error {
	return w.Store.SetSetting(ctx, toldTo+person, strconv.FormatInt(seq, 10))
}

// mailWaiting begins the settings that hold the outbox: the digests that are to be sent, by person.
const mailWaiting = "mail waiting "

// WaitingMail is a person's digest that is to be sent. Its text is made when it is sent, so the outbox
// keeps nothing of dossiers, and a person who is recused meanwhile is told nothing of them.
type WaitingMail struct {
	Person  string    `json:"-"`
	ID      string    `json:"id"`      // its Message-ID, the same each time that it is tried
	Since   time.Time `json:"since"`   // when it was due
	Next    time.Time `json:"next"`    // when it is tried next
	Tries   int       `json:"tries"`   // that failed
	Sending bool      `json:"sending"` // it is being handed over; after a crash nobody knows whether it was
}

// PutWaitingMail keeps a mail in the outbox, in the place of an older one to the same person.
func PutWaitingMail(ctx context.Context, w *workspace.Workspace, m *WaitingMail) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return w.Store.SetSetting(ctx, mailWaiting+m.Person, string(b))
}

// DropWaitingMail removes a person's mail from the outbox.
func DropWaitingMail(ctx context.Context, w *workspace.Workspace, person string) error {
	return w.Store.DropSetting(ctx, mailWaiting+person)
}

// WaitingMails are the mails in the outbox, by person.
func WaitingMails(ctx context.Context, w *workspace.Workspace) ([]*WaitingMail, error) {
	keys, err := w.Store.SettingsUnder(ctx, mailWaiting)
	if err != nil {
		return nil, err
	}
	var out []*WaitingMail
	for _, k := range keys {
		text, err := w.Store.Setting(ctx, k)
		if err != nil {
			return nil, err
		}
		m := &WaitingMail{Person: strings.TrimPrefix(k, mailWaiting)}
		if err := json.Unmarshal([]byte(text), m); err != nil {
			return nil, fmt.Errorf("the outbox: %s: %w", k, err)
		}
		out = append(out, m)
	}
	return out, nil
}

// ForgetMail removes the address of a person, what the person was told, and the mail that waits.
func ForgetMail(ctx context.Context, w *workspace.Workspace, person string) error {
	return errors.Join(w.Store.DropSetting(ctx, mailOf+person), w.Store.DropSetting(ctx, toldTo+person),
		DropWaitingMail(ctx, w, person))
}

package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"kheo/pipeline/review"
)

// mailOf begins the settings that hold where a person's mail goes. They are no events: an address
// is changed and forgotten as its owner likes.
const mailOf = "mail "

// toldTo begins the settings that hold the event up to which a person was told of what others did to the
// account.
const toldTo = "told "

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
		return w.Store.Settings.Drop(ctx, mailOf+person)
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address || len(address) > 254 {
		return fmt.Errorf("%q is no address of mail; write it as hoa@example.org", address)
	}
	return w.Store.Settings.Set(ctx, mailOf+person, address)
}

// MailAddresses tells where digests go, by person.
func (w *Workspace) MailAddresses(ctx context.Context) (map[string]string, error) {
	keys, err := w.Store.Settings.Under(ctx, mailOf)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, k := range keys {
		if out[strings.TrimPrefix(k, mailOf)], err = w.Store.Settings.Get(ctx, k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Told returns the event up to which a person has read what others did to the account.
func (w *Workspace) Told(ctx context.Context, person string) (int64, error) {
	text, err := w.Store.Settings.Get(ctx, toldTo+person)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// SetTold keeps up to which event a person has read.
func (w *Workspace) SetTold(ctx context.Context, person string, seq int64) error {
	return w.Store.Settings.Set(ctx, toldTo+person, strconv.FormatInt(seq, 10))
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
func (w *Workspace) PutWaitingMail(ctx context.Context, m *WaitingMail) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return w.Store.Settings.Set(ctx, mailWaiting+m.Person, string(b))
}

// DropWaitingMail removes a person's mail from the outbox.
func (w *Workspace) DropWaitingMail(ctx context.Context, person string) error {
	return w.Store.Settings.Drop(ctx, mailWaiting+person)
}

// WaitingMails are the mails in the outbox, by person.
func (w *Workspace) WaitingMails(ctx context.Context) ([]*WaitingMail, error) {
	keys, err := w.Store.Settings.Under(ctx, mailWaiting)
	if err != nil {
		return nil, err
	}
	var out []*WaitingMail
	for _, k := range keys {
		text, err := w.Store.Settings.Get(ctx, k)
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

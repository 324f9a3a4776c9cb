// Package outbox keeps where mails of people go, which mails are due, and what each person has been told.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kheo/pipeline/workspace"
)

// mailWaiting is the prefix of the settings that hold the outbox.
const mailWaiting = "mail waiting "

// MailKind is what a mail in the outbox is about.
type MailKind string

// Kinds of mail. A digest has the empty kind: kheo kept nothing else in the outbox before.
const (
	MailDigest   MailKind = ""
	MailLink     MailKind = "link"     // a link to choose a password
	MailPassword MailKind = "password" // the notice that a password was changed
	MailOperator MailKind = "operator" // an alert to the operator
	MailAnchor   MailKind = "anchor"   // an anchor of the audit trail
)

// WaitingMail is a mail that is to be sent. Its text is made when it is sent, so the outbox holds nothing of
// dossiers and no token of a link, and a person who is recused meanwhile reads nothing of those dossiers.
type WaitingMail struct {
	Key     string          `json:"-"` // in the outbox: a mail of the same key takes the place of an older one
	Kind    MailKind        `json:"kind,omitempty"`
	Person  string          `json:"person,omitempty"` // whose mail it is; "" for the operator and for anchors
	About   json.RawMessage `json:"about,omitempty"`  // what the text needs to know, by kind
	ID      string          `json:"id"`               // Message-ID, the same at each try
	Since   time.Time       `json:"since"`            // when it was put into the outbox
	Next    time.Time       `json:"next"`             // when it is tried next
	Tries   int             `json:"tries"`            // that failed
	Sending bool            `json:"sending"`          // being handed over; after a crash it may have been sent or not
}

// PutWaitingMail keeps a mail in the outbox, in the place of an older one with the same key.
func PutWaitingMail(ctx context.Context, w *workspace.Workspace, m *WaitingMail) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return w.Store.Settings.Set(ctx, mailWaiting+m.Key, string(b))
}

// DropWaitingMail removes a mail from the outbox.
func DropWaitingMail(ctx context.Context, w *workspace.Workspace, key string) error {
	return w.Store.Settings.Drop(ctx, mailWaiting+key)
}

// WaitingMails returns the mails in the outbox, by key.
func WaitingMails(ctx context.Context, w *workspace.Workspace) ([]*WaitingMail, error) {
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
		if text == "" { // sent meanwhile
			continue
		}
		m := &WaitingMail{Key: strings.TrimPrefix(k, mailWaiting)}
		if err := json.Unmarshal([]byte(text), m); err != nil {
			return nil, fmt.Errorf("the outbox: %s: %w", k, err)
		}
		if m.Kind == MailDigest {
			m.Person = m.Key
		}
		out = append(out, m)
	}
	return out, nil
}

// Package outbox keeps the addresses of people, the mails that are due, and up to which event each person has seen
// what others did to the account. Package web/mailer of the command makes the mails and sends them when package
// schedule calls it.
//
// A [WaitingMail] holds what its text will be written from, and not the text: the mail is made when it is sent, with
// what the person may see then. A mail replaces an older one with the same key, so a digest that could not be sent
// does not wait beside the next one. A mail that may have been sent already, because kheo ended while it was handed
// over, is not sent a second time but reported.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kheo/pipeline/workspace"
)

// MailKind is the kind of a mail in the outbox.
type MailKind string

// Kinds of mail. A digest has the empty kind, because older versions kept nothing else in the outbox.
const (
	MailDigest    MailKind = ""
	MailLink      MailKind = "link"      // a link to choose a password
	MailPassword  MailKind = "password"  // the notice that a password was changed
	MailOperator  MailKind = "operator"  // an alert to the operator
	MailAnchor    MailKind = "anchor"    // an anchor of the audit trail
	MailReminder  MailKind = "reminder"  // of what a person or a unit is behind with
	MailApplicant MailKind = "applicant" // the link of an applicant
	MailApplied   MailKind = "applied"   // the receipt of a delivery by a link
	MailReceipt   MailKind = "receipt"   // of a letter that was taken, to its sender
)

// WaitingMail is a mail that must be sent. Its text is written when it is sent, so the outbox contains nothing
// of dossiers and no token of a link, and a person who is recused meanwhile reads nothing of those dossiers.
type WaitingMail struct {
	Key     string          `json:"-"` // in the outbox; a mail replaces an older one with the same key
	Kind    MailKind        `json:"kind,omitempty"`
	Person  string          `json:"person,omitempty"` // whose mail it is; "" for the operator and for anchors
	About   json.RawMessage `json:"about,omitempty"`  // what the text is written from, by kind
	ID      string          `json:"id"`               // Message-ID, the same at each attempt
	Since   time.Time       `json:"since"`            // when it was put into the outbox
	Next    time.Time       `json:"next"`             // when the next attempt is due
	Tries   int             `json:"tries"`            // failed attempts
	Sending bool            `json:"sending"`          // being sent; after a crash it may have been sent or not
}

// PutWaitingMail puts a mail into the outbox, in place of an older one with the same key.
func PutWaitingMail(ctx context.Context, w *workspace.Workspace, m *WaitingMail) error {
	return w.Store.State.Outbox.Of(m.Key).Put(ctx, m)
}

// DropWaitingMail removes a mail from the outbox.
func DropWaitingMail(ctx context.Context, w *workspace.Workspace, key string) error {
	return w.Store.State.Outbox.Of(key).Drop(ctx)
}

// WaitingMails returns the mails in the outbox, sorted by key.
func WaitingMails(ctx context.Context, w *workspace.Workspace) ([]*WaitingMail, error) {
	keys, err := w.Store.State.Outbox.IDs(ctx)
	if err != nil {
		return nil, err
	}
	var out []*WaitingMail
	for _, key := range keys {
		m := &WaitingMail{Key: key}
		if ok, err := w.Store.State.Outbox.Of(key).Get(ctx, m); err != nil {
			return nil, fmt.Errorf("the outbox: %w", err)
		} else if !ok { // sent meanwhile
			continue
		}
		if m.Kind == MailDigest {
			m.Person = m.Key
		}
		out = append(out, m)
	}
	return out, nil
}

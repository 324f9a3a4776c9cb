package mailer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/mailbox"
	"kheo/pipeline/outbox"
)

// receiptTo returns the address to which a receipt goes.
func receiptTo(about []byte) string {
	var a mailbox.ReceiptAbout
	json.Unmarshal(about, &a)
	return a.To
}

// letterOf returns the letter that a receipt is about; nil if its record is gone.
func (s *Mailer) letterOf(ctx context.Context, about []byte) (*mailbox.Letter, error) {
	var a mailbox.ReceiptAbout
	if err := json.Unmarshal(about, &a); err != nil {
		return nil, err
	}
	l := &mailbox.Letter{}
	if known, err := s.site.W.Store.State.Letters.Of(a.Letter).Get(ctx, l); err != nil || !known {
		return nil, err
	}
	return l, nil
}

// receiptMail makes the receipt of a letter, in the campaign's first language: what was taken, with hashes, and how
// more is sent.
func (s *Mailer) receiptMail(ctx context.Context, about []byte) (subject, text string, err error) {
	l, err := s.letterOf(ctx, about)
	if err != nil || l == nil {
		return "", "", err
	}
	lang := s.site.W.Campaign().Env.Languages[0]
	var files strings.Builder
	for _, f := range l.Files {
		fmt.Fprintf(&files, "%s\n  %d B, SHA-256 %s\n", f.Name, f.Size, f.SHA256)
	}
	key := "receipt.mail"
	if l.Added {
		key = "receipt.mail-added"
	}
	arrived := page.When(lang, l.Arrived.Format("2006-01-02T15:04:05Z07:00"), s.site.W.Campaign().Location)
	return fmt.Sprintf("Re: %s [%s]", l.Subject, l.Dossier),
		s.site.Texts.Say(lang, key, s.site.UnitName(l.Unit), arrived, l.Dossier, len(l.Files), files.String()), nil
}

// asAnswer has a receipt answer its letter. The id of the letter is one that mailbox has taken from its header: it has
// no line break.
func (s *Mailer) asAnswer(ctx context.Context, m *mail.Msg, waiting *outbox.WaitingMail) error {
	if waiting.Kind != outbox.MailReceipt {
		return nil
	}
	l, err := s.letterOf(ctx, waiting.About)
	if err != nil || l == nil {
		return err
	}
	m.SetGenHeader("Auto-Submitted", "auto-replied")
	if l.MessageID != "" {
		m.SetGenHeader(mail.HeaderInReplyTo, "<"+l.MessageID+">")
		m.SetGenHeader(mail.HeaderReferences, "<"+l.MessageID+">")
	}
	return nil
}

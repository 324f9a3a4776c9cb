package mailer

import (
	"context"
	"encoding/json"
	"fmt"

	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
)

// MailAnchor puts an anchor of the audit trail into the outbox, for the address that audit: in kheo.yaml names.
// The key has the number of events, so anchors that wait do not replace one another.
func (s *Mailer) MailAnchor(ctx context.Context, a review.Anchor) error {
	if s.site.W.Campaign().Audit.Mail == "" || s.site.W.Campaign().Mail.Server == "" {
		return nil
	}
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return s.post(ctx, &outbox.WaitingMail{Key: fmt.Sprint(outbox.MailAnchor, " ", a.Events),
		Kind: outbox.MailAnchor, About: b})
}

// anchorMail makes the mail of an anchor, in the campaign's first language.
func (s *Mailer) anchorMail(about []byte) (subject, text string, err error) {
	var a review.Anchor
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	lang := s.site.W.Campaign().Env.Languages[0]
	return s.site.Texts.Say(lang, "anchor.subject", s.site.W.Campaign().Title.In(lang, "en", "vi")),
		s.site.Texts.Say(lang, "anchor.mail", s.site.W.Campaign().ID, a.Events, a.Head), nil
}

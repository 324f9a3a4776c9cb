package mailer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/applicants"
	"kheo/pipeline/outbox"
)

// toApplicants makes the mails to applicants.
type toApplicants struct{ *Mailer }

// ApplicantPath is the page on which an applicant hands in a dossier by a link.
func ApplicantPath(token string) string { return "/apply/link?t=" + token }

// applicantOf returns the link that a mail is about; nil if its record is gone or, unless ended is set, if it has
// ended.
func (s toApplicants) applicantOf(ctx context.Context, about []byte,
	ended bool) (*applicants.Link, applicants.About, error) {
	var a applicants.About
	if err := json.Unmarshal(about, &a); err != nil {
		return nil, a, err
	}
	l := &applicants.Link{}
	known, err := s.site.W.Store.State.Applicants.Of(a.Link).Get(ctx, l)
	if err != nil || !known || !ended && !l.Open(s.site.W.Now()) {
		return nil, a, err
	}
	return l, a, nil
}

// applicantTo returns the address to which a mail about a link goes; "" if it is not to be sent any more.
func (s toApplicants) applicantTo(ctx context.Context, m *outbox.WaitingMail) string {
	l, _, err := s.applicantOf(ctx, m.About, m.Kind == outbox.MailApplied)
	if err != nil || l == nil {
		return ""
	}
	return l.Mail
}

// applicantMail makes the mail with the link of an applicant, and its token.
func (s toApplicants) applicantMail(ctx context.Context, about []byte) (subject, text string, err error) {
	var a applicants.About
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	l, token, err := applicants.Issue(ctx, s.site.W, a.Link)
	if errors.Is(err, applicants.ErrLink) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	c := s.site.W.Campaign()
	title := c.Title.In(l.Language, "en", "vi")
	until := page.When(l.Language, l.Last(c.Location).Format(time.RFC3339), c.Location)
	return s.site.Texts.Say(l.Language, "apply.subject", title),
		s.site.Texts.Say(l.Language, "apply.mail", title, until, c.Mail.Address+ApplicantPath(token)), nil
}

// appliedMail makes the receipt of a delivery by a link.
func (s toApplicants) appliedMail(ctx context.Context, about []byte) (subject, text string, err error) {
	l, a, err := s.applicantOf(ctx, about, true)
	if err != nil || l == nil {
		return "", "", err
	}
	for i := len(l.Deliveries) - 1; i >= 0; i-- {
		d := &l.Deliveries[i]
		if d.SHA256 != a.Sum {
			continue
		}
		var files strings.Builder
		for _, f := range d.Files {
			fmt.Fprintf(&files, "%s\n  %d B, SHA-256 %s\n", f.Name, f.Size, f.SHA256)
		}
		c := s.site.W.Campaign()
		at := page.When(l.Language, d.At.Format(time.RFC3339), c.Location)
		until := page.When(l.Language, l.Last(c.Location).Format(time.RFC3339), c.Location)
		return s.site.Texts.Say(l.Language, "applied.subject", l.Title), s.site.Texts.Say(l.Language, "applied.mail",
			l.Title, at, l.Dossier(), len(d.Files), files.String(), until), nil
	}
	return "", "", nil
}

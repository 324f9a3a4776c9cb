package mailer

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// LinkPath is the page on which a person chooses a password by a link.
func LinkPath(token string) string { return "/link?t=" + token }

// LinkAbout is what the outbox keeps of a link: not its token, which is made when the mail is sent.
type LinkAbout struct {
	By string `json:"by"` // name of who made the link
}

// linkMail makes the mail with a link by which a person chooses a password, and the link's token. The text is
// "" if the person needs no link any more.
func (s *Mailer) linkMail(ctx context.Context, p *review.Person, about []byte) (subject, text string,
	err error) {
	var a LinkAbout
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	token, expires, err := s.site.W.Review().RenewLink(ctx, p.ID)
	if errors.Is(err, store.ErrLink) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	lang := s.mailLanguage(p)
	until := page.When(lang, expires.Format(time.RFC3339), s.site.W.Campaign().Location)
	return s.site.Texts.Say(lang, "link.subject", s.site.W.Campaign().Title.In(lang, "en", "vi")),
		s.site.Texts.Say(lang, "link.mail", p.Name, until, s.site.W.Campaign().Mail.Address+LinkPath(token),
			a.By), nil
}

// MailOfPassword puts the notice that a person has another password into the outbox, if the person has an
// address; key is that of its text. That the notice cannot be kept stops nothing: the password is set.
func (s *Mailer) MailOfPassword(ctx context.Context, p *review.Person, key string) {
	if _, err := s.PostTo(ctx, outbox.MailPassword, p.ID, passwordAbout{key}); err != nil {
		s.site.Log.Error("a notice of a new password was not kept in the outbox", "person", p.ID, "error",
			err.Error())
	}
}

// passwordAbout is what the outbox keeps of a notice.
type passwordAbout struct {
	Text string `json:"text"` // key of it
}

// passwordMail makes the notice that a person has another password.
func (s *Mailer) passwordMail(p *review.Person, about []byte) (subject, text string, err error) {
	var a passwordAbout
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	lang := s.mailLanguage(p)
	return s.site.Texts.Say(lang, "link.subject", s.site.W.Campaign().Title.In(lang, "en",
		"vi")), s.site.Texts.Say(lang, a.Text, p.Name), nil
}

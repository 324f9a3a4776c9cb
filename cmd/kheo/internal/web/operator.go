package web

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail"

	"kheo/pipeline"
)

// MailOperator tells the operator whom kheo.yaml names, in the campaign's first language, of a night
// or a backup that did not go as it should; false where none is named.
func (s *Server) MailOperator(ctx context.Context, a pipeline.Alert) (sent bool, err error) {
	conf := s.w.Campaign().Mail
	if conf.Server == "" || conf.Operator == "" {
		return false, nil
	}
	client, err := s.mailer()
	if err != nil {
		return false, err
	}
	lang := s.w.Campaign().Env.Languages[0]
	m := mail.NewMsg()
	if err := errors.Join(m.From(conf.From), m.To(conf.Operator)); err != nil {
		return false, err
	}
	what := "operator." + a.Job
	if a.Error == "" {
		what = "operator.late"
	}
	m.Subject(s.texts.say(lang, what, s.w.Campaign().Title.In(lang, "en", "vi"), a.Due.In(s.w.Campaign().Location).Format("2006-01-02 15:04")))
	m.SetDate()
	m.SetMessageID()
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(mail.TypeTextPlain, s.alertText(lang, a))
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	return true, client.DialAndSendWithContext(ctx, m)
}

// alertText is what the operator is told.
func (s *Server) alertText(lang string, a pipeline.Alert) string {
	var b strings.Builder
	if a.Late {
		fmt.Fprintf(&b, "%s\n", s.texts.say(lang, "operator.was-late"))
	}
	if a.Error != "" {
		fmt.Fprintf(&b, "%s\n\n%s\n", s.texts.say(lang, "operator.error"), a.Error)
	}
	fmt.Fprintf(&b, "\n%s\n", s.texts.say(lang, "operator.look"))
	if address := s.w.Campaign().Mail.Address; address != "" {
		fmt.Fprintf(&b, "%s/runs\n", address)
	}
	return b.String()
}

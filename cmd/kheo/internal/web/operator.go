package web

import (
	"context"
	"fmt"
	"strings"

	"kheo/pipeline/schedule"
)

// MailOperator tells the operator whom kheo.yaml names, in the campaign's first language, of a night
// or a backup that did not go as it should; false where none is named.
func (s *Server) MailOperator(ctx context.Context, a schedule.Alert) (sent bool, err error) {
	conf := s.w.Campaign().Mail
	if conf.Server == "" || conf.Operator == "" {
		return false, nil
	}
	lang := s.w.Campaign().Env.Languages[0]
	what := "operator." + a.Job
	if a.Error == "" {
		what = "operator.late"
	}
	due := a.Due.In(s.w.Campaign().Location).Format("2006-01-02 15:04")
	subject := s.texts.say(lang, what, s.w.Campaign().Title.In(lang, "en", "vi"), due)
	return true, s.sendMail(ctx, conf.Operator, subject, s.alertText(lang, a))
}

// alertText is what the operator is told.
func (s *Server) alertText(lang string, a schedule.Alert) string {
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

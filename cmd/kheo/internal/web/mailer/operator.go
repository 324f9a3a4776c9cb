package mailer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kheo/pipeline/outbox"
	"kheo/pipeline/schedule"
)

// MailOperator puts an alert about a night or a backup that did not go as it should into the outbox, for the
// operator whom kheo.yaml names; false if none is named. The key has the job and the time at which it was due,
// so an alert that waits is replaced by a newer one about the same night.
func (s *Mailer) MailOperator(ctx context.Context, a schedule.Alert) (posted bool, err error) {
	conf := s.site.W.Campaign().Mail
	if conf.Server == "" || conf.Operator == "" {
		return false, nil
	}
	b, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	key := fmt.Sprintf("%s %s %s", outbox.MailOperator, a.Job, a.Due.UTC().Format(time.RFC3339))
	return true, s.post(ctx, &outbox.WaitingMail{Key: key, Kind: outbox.MailOperator, About: b})
}

// operatorMail makes the mail of an alert, in the campaign's first language.
func (s *Mailer) operatorMail(about []byte) (subject, text string, err error) {
	var a schedule.Alert
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	lang := s.site.W.Campaign().Env.Languages[0]
	what := "operator." + a.Job
	if a.Error == "" {
		what = "operator.late"
	}
	due := a.Due.In(s.site.W.Campaign().Location).Format("2006-01-02 15:04")
	return s.site.Texts.Say(lang, what, s.site.W.Campaign().Title.In(lang, "en", "vi"),
		due), s.alertText(lang, a), nil
}

// alertText returns the text of an alert.
func (s *Mailer) alertText(lang string, a schedule.Alert) string {
	var b strings.Builder
	if a.Late {
		fmt.Fprintf(&b, "%s\n", s.site.Texts.Say(lang, "operator.was-late"))
	}
	if a.Error != "" {
		fmt.Fprintf(&b, "%s\n\n%s\n", s.site.Texts.Say(lang, "operator.error"), a.Error)
	}
	fmt.Fprintf(&b, "\n%s\n", s.site.Texts.Say(lang, "operator.look"))
	if address := s.site.W.Campaign().Mail.Address; address != "" {
		fmt.Fprintf(&b, "%s/runs\n", address)
	}
	return b.String()
}

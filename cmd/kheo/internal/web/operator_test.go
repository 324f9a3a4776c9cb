package web

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/schedule"
)

// The operator whom kheo.yaml names is told of a failed night in the campaign's language; without one
// nothing is sent.
func TestTheOperatorIsTold(t *testing.T) {
	t.Parallel()
	s := open(t)
	box, at := newPostbox(t)
	a := schedule.Alert{Job: "nightly", Due: time.Date(2024, 11, 23, 19, 0, 0, 0, time.UTC), Late: true,
		Error: "the disk is full"}
	if sent, err := s.s.mailer.MailOperator(t.Context(), a); sent || err != nil {
		t.Error(sent, err)
	}
	yaml := filepath.Join(s.w.Dir, campaign.File)
	b, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	put(t, yaml, append(b, []byte("\nmail: { server: '"+at+"', from: 'kheo <kheo@example.org>', tls: none, operator: ops@example.org }\naudit: { mail: archive@example.org }\n")...))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	box.refuse, box.refusal = "ops@example.org", &smtp.SMTPError{Code: 451, Message: "come back later"}
	if posted, err := s.s.mailer.MailOperator(t.Context(), a); !posted || err != nil {
		t.Fatal(posted, err)
	}
	if err := s.s.mailer.MailAnchor(t.Context(), review.Anchor{Events: 7, Head: "abcdef"}); err != nil {
		t.Fatal(err)
	}
	now := s.w.Now()
	s.w.Now = func() time.Time { return now }
	if sent, err := s.s.mailer.SendMails(t.Context()); sent != 1 || err == nil ||
		!strings.Contains(err.Error(), "the alert to the operator") {
		t.Fatalf("greylisted: %d sent, %v", sent, err)
	}
	if _, body := box.read(t, "archive@example.org"); !strings.Contains(body, "abcdef") {
		t.Errorf("the anchor: %s", body)
	}
	now, box.refuse = now.Add(6*time.Minute), ""
	if sent, err := s.s.mailer.SendMails(t.Context()); sent != 1 || err != nil {
		t.Fatalf("%d sent, %v", sent, err)
	}
	subject, body := box.read(t, "ops@example.org")
	if !strings.Contains(subject, "2024-11-24 02:00") || !strings.Contains(subject, "không thành công") ||
		!strings.Contains(body, "the disk is full") || !strings.Contains(body, "chạy bù") {
		t.Errorf("%s\n%s", subject, body)
	}
	box.refuse, box.refusal = "ops@example.org", &smtp.SMTPError{Code: 550, Message: "no such mailbox"}
	if _, err := s.s.mailer.MailOperator(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, err := s.s.mailer.SendMails(t.Context()); err == nil || !strings.Contains(err.Error(),
		"the alert to the operator is given up") {
		t.Errorf("a refused mail: %v", err)
	}
}

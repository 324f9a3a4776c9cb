package web

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/schedule"
)

// The operator whom kheo.yaml names is told of a failed night in the campaign's language; without one
// nothing is sent.
func TestTheOperatorIsTold(t *testing.T) {
	s := open(t)
	box, at := newPostbox(t)
	a := schedule.Alert{Job: "nightly", Due: time.Date(2024, 11, 23, 19, 0, 0, 0, time.UTC), Late: true, Error: "the disk is full"}
	if sent, err := s.s.MailOperator(t.Context(), a); sent || err != nil {
		t.Error(sent, err)
	}
	yaml := filepath.Join(s.w.Dir, campaign.File)
	b, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	put(t, yaml, append(b, []byte("\nmail: { server: '"+at+"', from: 'kheo <kheo@example.org>', tls: none, operator: ops@example.org }\n")...))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	if sent, err := s.s.MailOperator(t.Context(), a); !sent || err != nil {
		t.Fatal(sent, err)
	}
	subject, body := box.read(t, "ops@example.org")
	if !strings.Contains(subject, "2024-11-24 02:00") || !strings.Contains(subject, "không thành công") || !strings.Contains(body, "the disk is full") || !strings.Contains(body, "chạy bù") {
		t.Errorf("%s\n%s", subject, body)
	}
	box.refuse = "ops@example.org"
	if _, err := s.s.MailOperator(t.Context(), a); err == nil {
		t.Error("a refused mail is no error")
	}
}

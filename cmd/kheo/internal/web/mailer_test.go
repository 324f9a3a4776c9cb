package web

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/pipeline/campaign"
	"kheo/pipeline/outbox"
)

// mailing is a site whose campaign has a mail server, and one person with an address there.
func mailing(t *testing.T, server string) *site {
	t.Helper()
	s := open(t)
	yaml := filepath.Join(s.w.Dir, campaign.File)
	b, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	put(t, yaml, append(b, []byte("\nmail: { server: '"+server+"', from: 'kheo <kheo@example.org>', tls: none }\n")...))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	if err := outbox.SetMail(t.Context(), s.w, "second", "second@example.org"); err != nil {
		t.Fatal(err)
	}
	return s
}

// A mail that is refused for now is tried again, also by a kheo that was started meanwhile, until it is
// accepted, once; or until a day is over. One that is refused for good is given up at once.
func TestMailIsTriedAgain(t *testing.T) {
	box, at := newPostbox(t)
	s := mailing(t, at)
	now := time.Date(2024, 11, 25, 7, 0, 0, 0, time.UTC)
	s.w.Now = func() time.Time { return now }
	waits := func() int {
		t.Helper()
		m, err := outbox.WaitingMails(t.Context(), s.w)
		if err != nil {
			t.Fatal(err)
		}
		return len(m)
	}
	grey := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1},
		Message: "greylisted, come back later"}
	box.refuse, box.refusal = "second@example.org", grey
	sent, err := s.s.mailer.MailDigests(t.Context())
	if sent != 0 || err == nil || !strings.Contains(err.Error(), "tried again in 5m") || waits() != 1 {
		t.Fatalf("%d sent, %d wait, %v", sent, waits(), err)
	}
	site, err := New(s.w, slog.New(slog.DiscardHandler), false) // as after a restart
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	now = now.Add(4 * time.Minute)
	box.refuse = ""
	if sent, err := site.mailer.SendMails(t.Context()); sent != 0 || err != nil {
		t.Errorf("before the pause is over: %d sent, %v", sent, err)
	}
	now = now.Add(2 * time.Minute)
	for range 2 {
		if _, err := site.mailer.SendMails(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if box.got != 1 || waits() != 0 {
		t.Errorf("%d mails arrived, %d wait", box.got, waits())
	}

	box.refuse = "second@example.org"
	if _, err := site.mailer.MailDigests(t.Context()); err == nil {
		t.Error("refused, and no error")
	}
	var tries int
	for begun := now; waits() > 0 && now.Sub(begun) < 72*time.Hour; now = now.Add(time.Minute) {
		if _, err = site.mailer.SendMails(t.Context()); err != nil {
			tries++
		}
	}
	if tries < 5 || tries > 20 || err == nil || !strings.Contains(err.Error(), "given up") ||
		!strings.Contains(err.Error(), "come back later") {
		t.Errorf("tried %d times: %v", tries, err)
	}

	box.refusal = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1},
		Message: "no such mailbox"}
	if _, err := site.mailer.MailDigests(t.Context()); err == nil || !strings.Contains(err.Error(),
		"given up: ") || !strings.Contains(err.Error(), "no such mailbox") || waits() != 0 {
		t.Errorf("%d wait, %v", waits(), err)
	}

	// A server that cannot be reached is told in one sentence, and the mail waits; a mail that was being
	// handed over when kheo was killed is not sent once more.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at = l.Addr().String()
	l.Close()
	s.w.Campaign().Mail.Server = at
	_, err = s.s.mailer.MailDigests(t.Context())
	if err == nil || !strings.Contains(err.Error(),
		"the mail server "+at+" cannot be used; check server and tls under mail: in kheo.yaml") {
		t.Errorf("%v", err)
	}
	waiting, err := outbox.WaitingMails(t.Context(), s.w)
	if err != nil || len(waiting) != 1 || waiting[0].Tries != 1 {
		t.Fatalf("%v %v", waiting, err)
	}
	m := waiting[0]
	m.Sending, m.Next = true, s.w.Now()
	if err := outbox.PutWaitingMail(t.Context(), s.w, m); err != nil {
		t.Fatal(err)
	}
	if sent, err := s.s.mailer.SendMails(t.Context()); sent != 0 || !errors.Is(err, mailer.ErrUnknown) {
		t.Errorf("%d sent, %v", sent, err)
	}
	if err := outbox.PutWaitingMail(t.Context(), s.w, &outbox.WaitingMail{Key: "second"}); err != nil {
		t.Fatal(err)
	}
	if err := outbox.SetMail(t.Context(), s.w, "second", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.s.mailer.SendMails(t.Context()); err != nil {
		t.Errorf("to somebody without an address: %v", err)
	}
	if left, _ := outbox.WaitingMails(t.Context(), s.w); len(left) > 0 {
		t.Errorf("%d mails wait for nobody", len(left))
	}
}

// A link to choose a password waits in the outbox without its token: that is made when the mail is sent,
// again at each try, and only the one that arrived opens the page.
func TestALinkWaitsWithoutItsToken(t *testing.T) {
	box, at := newPostbox(t)
	s := mailing(t, at)
	s.w.Campaign().Mail.Address = "https://kheo.example.org"
	now := time.Now()
	s.w.Now = func() time.Time { return now }
	box.refuse, box.refusal = "second@example.org", &smtp.SMTPError{Code: 451, Message: "greylisted"}
	s.as("administrator").must("/people/second/link", nil)
	if box.got != 0 {
		t.Fatal("the page itself sent mail")
	}
	if sent, err := s.s.mailer.SendMails(t.Context()); sent != 0 || err == nil ||
		!strings.Contains(err.Error(), "the link by which second chooses a password") ||
		!strings.Contains(err.Error(), "tried again in 5m") {
		t.Fatalf("%d sent, %v", sent, err)
	}
	keys, err := s.w.Store.State.Outbox.IDs(t.Context())
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v %v", keys, err)
	}
	var kept json.RawMessage
	_, err = s.w.Store.State.Outbox.Of(keys[0]).Get(t.Context(), &kept)
	if err != nil || strings.Contains(string(kept), "link?t=") {
		t.Fatalf("the outbox keeps %s, %v", kept, err)
	}
	now, box.refuse = now.Add(6*time.Minute), ""
	for range 2 {
		if _, err := s.s.mailer.SendMails(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_, body := box.read(t, "second@example.org")
	token := regexp.MustCompile(`/link\?t=(\w+)`).FindStringSubmatch(body)
	if box.got != 1 || token == nil || strings.Contains(string(kept), token[1]) {
		t.Fatalf("%d mails, %s", box.got, body)
	}
	s.nobody().must("/link", url.Values{"t": {token[1]}, "password": {"bảy con voi uống nước"}})
	if _, err := s.s.mailer.SendMails(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, body := box.read(t, "second@example.org"); box.got != 2 || strings.Contains(body, "/link?t=") {
		t.Errorf("%d mails; the notice says %s", box.got, body)
	}

	// A link that was used, or shown to the person who made it, is not mailed any more.
	s.as("administrator").must("/people/second/link", nil)
	s.w.Campaign().Mail.Address = ""
	if status, body, _ := s.as("administrator").post("/people/second/link", nil); status != 200 ||
		!strings.Contains(body, "/link?t=") {
		t.Fatalf("%d %s", status, text(body))
	}
	if sent, err := s.s.mailer.SendMails(t.Context()); sent != 0 || err != nil {
		t.Errorf("%d sent, %v", sent, err)
	}
}

package web

import (
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"kheo/pipeline/campaign"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
)

// postbox is an SMTP server that keeps what it is sent, and refuses some.
type postbox struct {
	mu      sync.Mutex
	by      map[string]string
	refuse  string
	refusal error // what it answers then; nil is a refusal for good
	got     int   // mails
}

func (p *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{p: p}, nil }

type delivery struct {
	p  *postbox
	to string
}

func (d *delivery) Reset()                               {}
func (d *delivery) Logout() error                        { return nil }
func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if d.to = to; to == d.p.refuse {
		if d.p.refusal != nil {
			return d.p.refusal
		}
		return errors.New("nobody of that name")
	}
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	d.p.mu.Lock()
	defer d.p.mu.Unlock()
	d.p.by[d.to] = string(b)
	d.p.got++
	return err
}

func newPostbox(t *testing.T) (*postbox, string) {
	t.Helper()
	p := &postbox{by: map[string]string{}}
	s := smtp.NewServer(p)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return p, l.Addr().String()
}

// read takes a mail apart.
func (p *postbox) read(t *testing.T, to string) (subject, body string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	m, err := mail.ReadMessage(strings.NewReader(p.by[to]))
	if err != nil {
		t.Fatalf("%s got no mail: %v", to, err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return subject, string(b)
}

// Everybody who has an address of mail is told, in their language, what waits for them; no one
// is told of dossiers from which they are recused; one whose mail is refused keeps it from no one.
func TestTheDigestIsMailed(t *testing.T) {
	t.Parallel()
	s := open(t)
	box, at := newPostbox(t)
	yaml := filepath.Join(s.w.Dir, campaign.File)
	b, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	put(t, yaml, append(b, []byte("\nmail: { server: '"+at+"', from: 'kheo <kheo@example.org>', tls: none, address: 'https://kheo.example.org' }\n")...))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	if sent, err := s.s.mailer.MailDigests(t.Context()); sent != 0 || err != nil {
		t.Errorf("nobody has an address, and %d were sent, %v", sent, err)
	}
	for id, address := range map[string]string{"member": "member@example.org",
		"second": "second@example.org", "third": "gone@example.org", "submitter": "submitter@example.org"} {
		if err := outbox.SetMail(t.Context(), s.w, id, address); err != nil {
			t.Fatal(err)
		}
	}
	if err := outbox.SetMail(t.Context(), s.w, "second", "no address\r\nBcc: all@example.org"); err == nil {
		t.Error("what is no address was kept")
	}
	if err := outbox.SetMail(t.Context(), s.w, "nobody", "nobody@example.org"); err == nil {
		t.Error("an address of nobody was kept")
	}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System,
		Action: review.PersonChanged,
		Data: review.Data{Subject: "second", Name: "The second", Roles: []review.Role{review.Member},
			Language: "nb"}}); err != nil {
		t.Fatal(err)
	}
	box.refuse = "gone@example.org"
	sent, err := s.s.mailer.MailDigests(t.Context())
	if sent != 2 || err == nil || !strings.Contains(err.Error(), "the digest of third") {
		t.Errorf("%d sent, %v", sent, err)
	}
	subject, body := box.read(t, "second@example.org")
	if !strings.Contains(subject, "venter på deg") || !strings.Contains(body, "God morgen, The second.") ||
		!strings.Contains(body, "https://kheo.example.org/meeting/model-district?entry=") {
		t.Errorf("%s\n%s", subject, body)
	}
	_, own := box.read(t, "member@example.org") // of dai-hiep, and aside on its dossiers
	if !strings.Contains(own, "Chào buổi sáng, The member.") {
		t.Errorf("%s", own)
	}
	if strings.Contains(own, "onmouseover") || !strings.Contains(body, "entry=hostile") ||
		strings.Contains(own, "entry=hostile") {
		t.Errorf("the member is told of the own unit's dossiers, or nobody is:\n%s\n%s", own, body)
	}
	if _, there := box.by["submitter@example.org"]; there {
		t.Error("a submitter was sent what the committee is")
	}
}

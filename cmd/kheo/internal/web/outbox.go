package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"kheo/internal/visible"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
)

// mailTime is how long connecting, or sending one mail, may take.
const mailTime = 30 * time.Second

// mailWaits are the pauses before a mail that failed for now is tried again; the last one repeats.
// Greylisting servers accept after some minutes, a broken line takes hours.
var mailWaits = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}

// mailLife is how long a digest is tried: the next morning's takes its place.
const mailLife = 24 * time.Hour

// MailDigests puts the digest of everybody who has an address of mail, and for whom there is news, into
// the outbox, and sends what is due. The error names those whose digest did not go out.
func (s *Server) MailDigests(ctx context.Context) (sent int, err error) {
	if s.w.Campaign().Mail.Server == "" {
		return 0, nil
	}
	s.mailing.Lock()
	defer s.mailing.Unlock()
	people, err := s.readers(ctx)
	if err != nil {
		return 0, err
	}
	addresses, err := outbox.MailAddresses(ctx, s.w)
	if err != nil {
		return 0, err
	}
	now := s.w.Now()
	for id := range addresses {
		p := people[id]
		if p == nil {
			continue
		}
		d, err := s.digest(ctx, p, s.mailLanguage(p))
		if err != nil {
			return 0, err
		}
		if !d.news() {
			continue
		}
		if err := outbox.PutWaitingMail(ctx, s.w, &outbox.WaitingMail{Person: id, ID: rand.Text() + "@kheo", Since: now, Next: now}); err != nil {
			return 0, err
		}
	}
	return s.sendMails(ctx)
}

// readers are the people who may read dossiers.
func (s *Server) readers(ctx context.Context) (map[string]*review.Person, error) {
	people := map[string]*review.Person{}
	err := s.w.Review().View(ctx, func(st *review.State) error {
		for id, p := range st.People {
			if p.May(review.See) {
				people[id] = p
			}
		}
		return nil
	})
	return people, err
}

func (s *Server) mailLanguage(p *review.Person) string {
	return cmp.Or(p.Language, s.w.Campaign().Env.Languages[0])
}

// SendMails sends those mails of the outbox that are due. What fails for now (the server cannot be
// reached, refuses the sign-in, or answers with a code of 4xx) is tried again after growing pauses, for
// a day; what is refused for good (5xx) is given up. No mail is sent twice: one that was being handed
// over when a process died, or whose acknowledgement was lost, is given up too.
func (s *Server) SendMails(ctx context.Context) (sent int, err error) {
	s.mailing.Lock()
	defer s.mailing.Unlock()
	return s.sendMails(ctx)
}

func (s *Server) sendMails(ctx context.Context) (sent int, err error) {
	waiting, err := outbox.WaitingMails(ctx, s.w)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	people, err := s.readers(ctx)
	if err != nil {
		return 0, err
	}
	addresses, err := outbox.MailAddresses(ctx, s.w)
	if err != nil {
		return 0, err
	}
	var client *mail.Client
	var unreached error
	var failed []error
	for _, m := range waiting {
		if m.Next.After(s.w.Now()) {
			continue
		}
		p := people[m.Person]
		if p == nil || addresses[m.Person] == "" || s.w.Campaign().Mail.Server == "" {
			failed = append(failed, outbox.DropWaitingMail(ctx, s.w, m.Person))
			continue
		}
		if m.Sending {
			failed = append(failed, s.giveUp(ctx, m, errUnknown))
			continue
		}
		if client == nil && unreached == nil {
			if client, unreached = s.dialMail(ctx); client != nil {
				defer client.Close()
			}
		}
		failure := unreached
		if failure == nil {
			failure = s.sendDigest(ctx, client, addresses[m.Person], p, m)
		}
		if failure == nil {
			sent++
			continue
		}
		failed = append(failed, s.mailFailed(ctx, m, failure))
	}
	return sent, errors.Join(failed...)
}

// errUnknown is the reason why a mail is given up that may have been sent.
var errUnknown = errors.New("it may have been sent already, or not: kheo or the connection ended while it was handed over")

// mailFailed keeps a mail for later, or gives it up, and says what was wrong.
func (s *Server) mailFailed(ctx context.Context, m *outbox.WaitingMail, failure error) error {
	var refused *mail.SendError
	switch {
	case errors.As(failure, &refused) && refused.ErrorCode() >= 500:
		return s.giveUp(ctx, m, failure)
	case errors.As(failure, &refused) && refused.ErrorCode() == 0 && refused.Reason == mail.ErrSMTPDataClose:
		return s.giveUp(ctx, m, errUnknown)
	}
	m.Sending = false
	wait := mailWaits[min(m.Tries, len(mailWaits)-1)]
	m.Tries++
	m.Next = s.w.Now().Add(wait)
	if m.Next.Sub(m.Since) > mailLife {
		return s.giveUp(ctx, m, fmt.Errorf("it was tried %d times in a day: %w", m.Tries, failure))
	}
	return errors.Join(fmt.Errorf("the digest of %s: %w; it is tried again in %s", m.Person, failure, wait), outbox.PutWaitingMail(ctx, s.w, m))
}

// giveUp removes a mail that is not tried again.
func (s *Server) giveUp(ctx context.Context, m *outbox.WaitingMail, why error) error {
	return errors.Join(fmt.Errorf("the digest of %s is given up: %w", m.Person, why), outbox.DropWaitingMail(ctx, s.w, m.Person))
}

// sendDigest makes a person's digest as it is now and hands it over. Before that the outbox is told, so
// that it is not sent again after a crash.
func (s *Server) sendDigest(ctx context.Context, client *mail.Client, to string, p *review.Person, waiting *outbox.WaitingMail) error {
	lang := s.mailLanguage(p)
	d, err := s.digest(ctx, p, lang)
	if err != nil {
		return err
	}
	if !d.news() {
		return outbox.DropWaitingMail(ctx, s.w, waiting.Person)
	}
	subject := s.texts.say(lang, "digest.subject", s.w.Campaign().Title.In(lang, "en", "vi"), len(d.Waiting))
	m, err := s.message(to, subject, s.mailText(lang, p, d))
	if err != nil {
		return err
	}
	m.SetMessageIDWithValue(waiting.ID)
	waiting.Sending = true
	if err := outbox.PutWaitingMail(ctx, s.w, waiting); err != nil {
		return err
	}
	if err := client.Send(m); err != nil {
		return err
	}
	return outbox.DropWaitingMail(context.WithoutCancel(ctx), s.w, waiting.Person)
}

// message is a mail of plain text, without controls that act unseen.
func (s *Server) message(to, subject, text string) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := errors.Join(m.From(s.w.Campaign().Mail.From), m.To(to)); err != nil {
		return nil, err
	}
	m.Subject(visible.Line(subject))
	m.SetDate()
	m.SetMessageID()
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(mail.TypeTextPlain, visible.Text(text))
	return m, nil
}

// sendMail sends one mail of plain text at once.
func (s *Server) sendMail(ctx context.Context, to, subject, text string) error {
	m, err := s.message(to, subject, text)
	if err != nil {
		return err
	}
	client, err := s.mailer()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	return client.DialAndSendWithContext(ctx, m)
}

// dialMail opens a connection to the campaign's mail server. The error says what to check.
func (s *Server) dialMail(ctx context.Context) (*mail.Client, error) {
	client, err := s.mailer()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		conf := s.w.Campaign().Mail
		check := "check server and tls under mail: in kheo.yaml"
		if conf.User != "" && strings.Contains(err.Error(), "AUTH") {
			check = "the server refuses the sign-in of " + conf.User + ": check user and password_file under mail: in kheo.yaml"
		}
		return nil, fmt.Errorf("the mail server %s cannot be used; %s (%w)", conf.Server, check, err)
	}
	return client, nil
}

// mailer is how the campaign's mail goes out.
func (s *Server) mailer() (*mail.Client, error) {
	conf := s.w.Campaign().Mail
	host, port, err := net.SplitHostPort(conf.Server)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("mail: server: %q is no port", port)
	}
	opts := []mail.Option{mail.WithPort(n), mail.WithTimeout(mailTime)}
	switch conf.TLS {
	case "tls":
		opts = append(opts, mail.WithSSL())
	case "none":
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if conf.User != "" {
		b, err := os.ReadFile(conf.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("mail: password_file: %w", err)
		}
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(conf.User), mail.WithPassword(strings.TrimSpace(string(b))))
	}
	return mail.NewClient(host, opts...)
}

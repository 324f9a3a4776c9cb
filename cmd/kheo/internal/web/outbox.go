package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
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

// mailLife is how long a mail is tried.
const mailLife = 24 * time.Hour

// MailDigests puts the digest of every person who has an e-mail address, and for whom there is news, into the
// outbox, and sends what is due. The error names the mails that were not sent.
func (s *Server) MailDigests(ctx context.Context) (sent int, err error) {
	if s.w.Campaign().Mail.Server == "" {
		return 0, nil
	}
	s.mailing.Lock()
	defer s.mailing.Unlock()
	people, err := s.recipients(ctx)
	if err != nil {
		return 0, err
	}
	for id, r := range people {
		if r.address == "" || !r.person.May(review.See) {
			continue
		}
		d, err := s.digest(ctx, r.person, s.mailLanguage(r.person))
		if err != nil {
			return 0, err
		}
		if !d.news() {
			continue
		}
		if err := s.post(ctx, &outbox.WaitingMail{Key: id, Kind: outbox.MailDigest, Person: id}); err != nil {
			return 0, err
		}
	}
	return s.sendMails(ctx)
}

// post puts a mail into the outbox, to be sent as soon as possible.
func (s *Server) post(ctx context.Context, m *outbox.WaitingMail) error {
	m.ID, m.Since = rand.Text()+"@kheo", s.w.Now()
	m.Next = m.Since
	return outbox.PutWaitingMail(ctx, s.w, m)
}

// postTo puts a mail to a person into the outbox. mailed is false if the campaign has no mail server or the person
// no address.
func (s *Server) postTo(ctx context.Context, kind outbox.MailKind, person string, about any) (mailed bool, err error) {
	if mailed, err = s.reaches(ctx, person); err != nil || !mailed {
		return false, err
	}
	b, err := json.Marshal(about)
	if err != nil {
		return false, err
	}
	return true, s.post(ctx, &outbox.WaitingMail{Key: string(kind) + " " + person, Kind: kind, Person: person, About: b})
}

// reaches reports whether a person can be sent mail.
func (s *Server) reaches(ctx context.Context, person string) (bool, error) {
	if s.w.Campaign().Mail.Server == "" {
		return false, nil
	}
	addresses, err := outbox.MailAddresses(ctx, s.w)
	return addresses[person] != "", err
}

// recipient is a person who may sign in, with the address for mail; "" if there is none.
type recipient struct {
	person  *review.Person
	address string
}

// recipients returns the people who may sign in, by id.
func (s *Server) recipients(ctx context.Context) (map[string]recipient, error) {
	addresses, err := outbox.MailAddresses(ctx, s.w)
	if err != nil {
		return nil, err
	}
	out := map[string]recipient{}
	err = s.w.Review().View(ctx, func(st *review.State) error {
		for id, p := range st.People {
			if !p.Disabled {
				copied := *p
				out[id] = recipient{&copied, addresses[id]}
			}
		}
		return nil
	})
	return out, err
}

func (s *Server) mailLanguage(p *review.Person) string {
	return cmp.Or(p.Language, s.w.Campaign().Env.Languages[0])
}

// SendMails sends the mails of the outbox that are due. A failure that may pass (the server cannot be reached,
// refuses the sign-in, or answers with a code of 4xx) is tried again after growing pauses, for a day; a mail that
// is refused for good (5xx) is given up. No mail is sent twice: one that was being handed over when a process
// died, or whose acknowledgement was lost, is given up too.
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
	people, err := s.recipients(ctx)
	if err != nil {
		return 0, err
	}
	line := mailLine{s: s}
	defer line.hangUp()
	var failed []error
	for _, m := range waiting {
		if m.Next.After(s.w.Now()) {
			continue
		}
		r := people[m.Person]
		r.address = s.addressOf(m, r)
		switch {
		case r.address == "" || s.w.Campaign().Mail.Server == "":
			failed = append(failed, outbox.DropWaitingMail(ctx, s.w, m.Key))
		case m.Sending:
			failed = append(failed, s.giveUp(ctx, m, errUnknown))
		default:
			done, err := s.deliver(ctx, &line, r, m)
			if err != nil {
				failed = append(failed, s.mailFailed(ctx, m, err))
			} else if done {
				sent++
			}
		}
	}
	return sent, errors.Join(failed...)
}

// addressOf returns where a mail goes; "" if nowhere any more.
func (s *Server) addressOf(m *outbox.WaitingMail, r recipient) string {
	switch m.Kind {
	case outbox.MailOperator:
		return s.w.Campaign().Mail.Operator
	case outbox.MailAnchor:
		return s.w.Campaign().Audit.Mail
	case outbox.MailDigest:
		if r.person == nil || !r.person.May(review.See) {
			return ""
		}
	}
	return r.address
}

// mailLine is the connection to the mail server during one round of sending: it is opened for the first mail.
type mailLine struct {
	s      *Server
	client *mail.Client
	err    error // of opening it
}

func (l *mailLine) open(ctx context.Context) (*mail.Client, error) {
	if l.client == nil && l.err == nil {
		l.client, l.err = l.s.dialMail(ctx)
	}
	return l.client, l.err
}

func (l *mailLine) hangUp() {
	if l.client != nil {
		l.client.Close()
	}
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
	return errors.Join(fmt.Errorf("%s: %w; it is tried again in %s", mailName(m), failure, wait), outbox.PutWaitingMail(ctx, s.w, m))
}

// giveUp removes a mail that is not tried again.
func (s *Server) giveUp(ctx context.Context, m *outbox.WaitingMail, why error) error {
	return errors.Join(fmt.Errorf("%s is given up: %w", mailName(m), why), outbox.DropWaitingMail(ctx, s.w, m.Key))
}

// mailName is what a mail is called in errors.
func mailName(m *outbox.WaitingMail) string {
	switch m.Kind {
	case outbox.MailLink:
		return "the link by which " + m.Person + " chooses a password"
	case outbox.MailPassword:
		return "the notice of a new password to " + m.Person
	case outbox.MailOperator:
		return "the alert to the operator"
	case outbox.MailAnchor:
		return "the anchor of the audit trail"
	}
	return "the digest of " + m.Person
}

// deliver makes the text of a mail as it is now and hands it over; done is false if there is nothing to say any more.
// Before it is handed over the outbox notes that, so that it is not sent again after a crash.
func (s *Server) deliver(ctx context.Context, line *mailLine, to recipient, waiting *outbox.WaitingMail) (done bool, err error) {
	client, err := line.open(ctx)
	if err != nil {
		return false, err
	}
	subject, text, err := s.mailContent(ctx, to.person, waiting)
	if err != nil {
		return false, err
	}
	if text == "" {
		return false, outbox.DropWaitingMail(ctx, s.w, waiting.Key)
	}
	m, err := s.message(to.address, subject, text)
	if err != nil {
		return false, err
	}
	m.SetMessageIDWithValue(waiting.ID)
	waiting.Sending = true
	if err := outbox.PutWaitingMail(ctx, s.w, waiting); err != nil {
		return false, err
	}
	if err := client.Send(m); err != nil {
		return false, err
	}
	return true, outbox.DropWaitingMail(context.WithoutCancel(ctx), s.w, waiting.Key)
}

// mailContent makes what a mail says now. The text is "" if there is nothing to say any more.
func (s *Server) mailContent(ctx context.Context, p *review.Person, m *outbox.WaitingMail) (subject, text string, err error) {
	switch m.Kind {
	case outbox.MailLink:
		return s.linkMail(ctx, p, m.About)
	case outbox.MailPassword:
		return s.passwordMail(p, m.About)
	case outbox.MailOperator:
		return s.operatorMail(m.About)
	case outbox.MailAnchor:
		return s.anchorMail(m.About)
	}
	return s.digestMail(ctx, p)
}

// digestMail makes the mail of a person's digest.
func (s *Server) digestMail(ctx context.Context, p *review.Person) (subject, text string, err error) {
	lang := s.mailLanguage(p)
	d, err := s.digest(ctx, p, lang)
	if err != nil || !d.news() {
		return "", "", err
	}
	return s.texts.say(lang, "digest.subject", s.w.Campaign().Title.In(lang, "en", "vi"), len(d.Waiting)), s.mailText(lang, p, d), nil
}

// message is a mail of plain text, without control characters that act invisibly.
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
		return nil, fmt.Errorf("mail: server: %q is not a port number", port)
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

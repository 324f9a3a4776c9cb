// Package mailer makes and sends all mail. What is to be sent waits in package outbox of the pipeline, in the
// records, until the mail server has accepted it.
//
// [Mailer.PostTo] puts a mail into the outbox, and sending goes through what is due: the text of a mail is made for
// the person as they may see things now, and the mail is noted as being sent, handed to the server, and dropped. A
// mail that fails for now waits, longer each time, for a day at most; one that may have been sent when kheo ended is
// given up and reported. A digest is made by package reading, so it says what the page of the digest says.
//
// A link to choose a password is only in the mail to its owner, and its token nowhere else. One goroutine sends at a
// time. A kind of mail that is added needs its kind in package outbox, its text in each language, and its line in
// docs/operations.md.
package mailer

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
var mailWaits = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
	2 * time.Hour, 4 * time.Hour}

// mailLife is how long a mail is tried.
const mailLife = 24 * time.Hour

// MailDigests puts the digest of every person who has an e-mail address, and for whom there is news, into the
// outbox, and sends what is due. The error names the mails that were not sent.
func (s *Mailer) MailDigests(ctx context.Context) (sent int, err error) {
	if s.site.W.Campaign().Mail.Server == "" {
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
		d, err := s.reading.Digest(ctx, r.person, s.mailLanguage(r.person))
		if err != nil {
			return 0, err
		}
		if !d.News() {
			continue
		}
		if err := s.post(ctx, &outbox.WaitingMail{Key: id, Kind: outbox.MailDigest,
			Person: id}); err != nil {
			return 0, err
		}
	}
	return s.sendMails(ctx)
}

// post puts a mail into the outbox, to be sent as soon as possible. A mail with the same key that still waits
// is replaced. The message id is chosen here, so that every attempt has the same.
func (s *Mailer) post(ctx context.Context, m *outbox.WaitingMail) error {
	m.ID, m.Since = rand.Text()+"@kheo", s.site.W.Now()
	m.Next = m.Since
	return outbox.PutWaitingMail(ctx, s.site.W, m)
}

// PostTo puts a mail to a person into the outbox. mailed is false if the campaign has no mail server or the
// person no address. about is what the kind of mail needs when it is sent, as JSON; it must not contain a
// secret.
func (s *Mailer) PostTo(ctx context.Context, kind outbox.MailKind, person string, about any) (mailed bool,
	err error) {
	if mailed, err = s.Reaches(ctx, person); err != nil || !mailed {
		return false, err
	}
	b, err := json.Marshal(about)
	if err != nil {
		return false, err
	}
	return true, s.post(ctx, &outbox.WaitingMail{Key: string(kind) + " " + person, Kind: kind,
		Person: person, About: b})
}

// Reaches reports whether a person can be sent mail.
func (s *Mailer) Reaches(ctx context.Context, person string) (bool, error) {
	if s.site.W.Campaign().Mail.Server == "" {
		return false, nil
	}
	addresses, err := outbox.MailAddresses(ctx, s.site.W)
	return addresses[person] != "", err
}

// recipient is a person who may sign in, with the address for mail; "" if there is none.
type recipient struct {
	person  *review.Person
	address string
}

// recipients returns the people who may sign in, by id. People without an address are included, because a mail
// to one of them is dropped and not kept waiting.
func (s *Mailer) recipients(ctx context.Context) (map[string]recipient, error) {
	addresses, err := outbox.MailAddresses(ctx, s.site.W)
	if err != nil {
		return nil, err
	}
	out := map[string]recipient{}
	err = s.site.W.Review().View(ctx, func(st *review.State) error {
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

// mailLanguage returns the language of a person's mail: the person's own, or the campaign's first.
func (s *Mailer) mailLanguage(p *review.Person) string {
	return cmp.Or(p.Language, s.site.W.Campaign().Env.Languages[0])
}

// SendMails sends the mails of the outbox that are due. A failure that may pass (the server cannot be
// reached, refuses the sign-in, or answers with a code of 4xx) is tried again after growing pauses, for a
// day; a mail that is refused for good (5xx) is given up. No mail is sent twice: one that was being handed
// over when a process died, or whose acknowledgement was lost, is given up too.
func (s *Mailer) SendMails(ctx context.Context) (sent int, err error) {
	s.mailing.Lock()
	defer s.mailing.Unlock()
	return s.sendMails(ctx)
}

// sendMails is SendMails; the caller holds s.mailing.
func (s *Mailer) sendMails(ctx context.Context) (sent int, err error) {
	waiting, err := outbox.WaitingMails(ctx, s.site.W)
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
		if m.Next.After(s.site.W.Now()) {
			continue
		}
		r := people[m.Person]
		r.address = s.addressOf(ctx, m, r)
		switch {
		case r.address == "" || s.site.W.Campaign().Mail.Server == "":
			failed = append(failed, outbox.DropWaitingMail(ctx, s.site.W, m.Key))
		case m.Sending:
			failed = append(failed, s.giveUp(ctx, m, ErrUnknown))
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

// addressOf returns the address of a mail; "" if it is not to be sent any more.
func (s *Mailer) addressOf(ctx context.Context, m *outbox.WaitingMail, r recipient) string {
	switch m.Kind {
	case outbox.MailOperator:
		return s.site.W.Campaign().Mail.Operator
	case outbox.MailAnchor:
		return s.site.W.Campaign().Audit.Mail
	case outbox.MailReceipt:
		return receiptTo(m.About)
	case outbox.MailApplicant, outbox.MailApplied:
		return toApplicants{s}.applicantTo(ctx, m)
	case outbox.MailReminder:
		if m.Person == "" {
			return reminderTo(m.About)
		}
	case outbox.MailDigest:
		if r.person == nil || !r.person.May(review.See) {
			return ""
		}
	}
	return r.address
}

// mailLine is the connection to the mail server during one round of sending: it is opened for the first mail.
type mailLine struct {
	s      *Mailer
	client *mail.Client
	err    error // of opening it
}

// open connects at the first call. A failure is remembered, so that one round waits for it once.
func (l *mailLine) open(ctx context.Context) (*mail.Client, error) {
	if l.client == nil && l.err == nil {
		l.client, l.err = l.s.dialMail(ctx)
	}
	return l.client, l.err
}

// hangUp closes the connection, if there is one.
func (l *mailLine) hangUp() {
	if l.client != nil {
		l.client.Close()
	}
}

// ErrUnknown is the reason why a mail is given up that may have been sent.
var ErrUnknown = errors.New("it may have been sent already, or not: " +
	"kheo or the connection ended while it was handed over")

// mailFailed keeps a mail for later, or gives it up, and says what was wrong. It changes m and stores it again.
// A failure without a code at the end of the data is the one in which the server may have accepted the mail.
func (s *Mailer) mailFailed(ctx context.Context, m *outbox.WaitingMail, failure error) error {
	var refused *mail.SendError
	switch {
	case errors.As(failure, &refused) && refused.ErrorCode() >= 500:
		return s.giveUp(ctx, m, failure)
	case errors.As(failure, &refused) && refused.ErrorCode() == 0 && refused.Reason == mail.ErrSMTPDataClose:
		return s.giveUp(ctx, m, ErrUnknown)
	}
	m.Sending = false
	wait := mailWaits[min(m.Tries, len(mailWaits)-1)]
	m.Tries++
	m.Next = s.site.W.Now().Add(wait)
	if m.Next.Sub(m.Since) > mailLife {
		return s.giveUp(ctx, m, fmt.Errorf("it was tried %d times in a day: %w", m.Tries, failure))
	}
	return errors.Join(fmt.Errorf("%s: %w; it is tried again in %s", mailName(m), failure, wait),
		outbox.PutWaitingMail(ctx, s.site.W, m))
}

// giveUp removes a mail that is not tried again. The error that it returns is the only trace of the mail.
func (s *Mailer) giveUp(ctx context.Context, m *outbox.WaitingMail, why error) error {
	return errors.Join(fmt.Errorf("%s is given up: %w", mailName(m), why), outbox.DropWaitingMail(ctx, s.site.W, m.Key))
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
	case outbox.MailReceipt:
		return "the receipt of a letter"
	case outbox.MailApplicant:
		return "the link of an applicant"
	case outbox.MailApplied:
		return "the receipt of an applicant"
	case outbox.MailReminder:
		return "a reminder"
	}
	return "the digest of " + m.Person
}

// deliver makes the text of a mail as it is now and hands it over; done is false if there is nothing to say
// any more. Before it is handed over the outbox notes that, so that it is not sent again after a crash.
func (s *Mailer) deliver(ctx context.Context, line *mailLine, to recipient,
	waiting *outbox.WaitingMail) (done bool, err error) {
	client, err := line.open(ctx)
	if err != nil {
		return false, err
	}
	subject, text, err := s.mailContent(ctx, to.person, waiting)
	if err != nil {
		return false, err
	}
	if text == "" {
		return false, outbox.DropWaitingMail(ctx, s.site.W, waiting.Key)
	}
	m, err := s.message(to.address, subject, text)
	if err != nil {
		return false, err
	}
	m.SetMessageIDWithValue(waiting.ID)
	if err := s.asAnswer(ctx, m, waiting); err != nil {
		return false, err
	}
	waiting.Sending = true
	if err := outbox.PutWaitingMail(ctx, s.site.W, waiting); err != nil {
		return false, err
	}
	if err := client.Send(m); err != nil {
		return false, err
	}
	return true, outbox.DropWaitingMail(context.WithoutCancel(ctx), s.site.W, waiting.Key)
}

// mailContent makes what a mail says now. The text is "" if there is nothing to say any more.
func (s *Mailer) mailContent(ctx context.Context, p *review.Person, m *outbox.WaitingMail) (subject,
	text string, err error) {
	switch m.Kind {
	case outbox.MailLink:
		return s.linkMail(ctx, p, m.About)
	case outbox.MailPassword:
		return s.passwordMail(p, m.About)
	case outbox.MailOperator:
		return s.operatorMail(m.About)
	case outbox.MailAnchor:
		return s.anchorMail(m.About)
	case outbox.MailReceipt:
		return s.receiptMail(ctx, m.About)
	case outbox.MailApplicant:
		return toApplicants{s}.applicantMail(ctx, m.About)
	case outbox.MailApplied:
		return toApplicants{s}.appliedMail(ctx, m.About)
	case outbox.MailReminder:
		return s.reminderMail(ctx, p, m.About)
	}
	return s.digestMail(ctx, p)
}

// digestMail makes the mail of a person's digest.
func (s *Mailer) digestMail(ctx context.Context, p *review.Person) (subject, text string, err error) {
	lang := s.mailLanguage(p)
	d, err := s.reading.Digest(ctx, p, lang)
	if err != nil || !d.News() {
		return "", "", err
	}
	text = s.reading.MailText(lang, p, d)
	hide, err := s.names.For(ctx, p)
	if err != nil {
		return "", "", err
	}
	if hide != nil {
		text = hide.Text(text)
	}
	return s.site.Texts.Say(lang, "digest.subject", s.site.W.Campaign().Title.In(lang, "en", "vi"),
		len(d.Waiting)), text, nil
}

// message is a mail of plain text, without control characters that act invisibly.
func (s *Mailer) message(to, subject, text string) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := errors.Join(m.From(s.site.W.Campaign().Mail.From), m.To(to)); err != nil {
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
func (s *Mailer) dialMail(ctx context.Context) (*mail.Client, error) {
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		conf := s.site.W.Campaign().Mail
		check := "check server and tls under mail: in kheo.yaml"
		if conf.User != "" && strings.Contains(err.Error(), "AUTH") {
			check = "the server refuses the sign-in of " + conf.User +
				": check user and password_file under mail: in kheo.yaml"
		}
		return nil, fmt.Errorf("the mail server %s cannot be used; %s (%w)", conf.Server, check, err)
	}
	return client, nil
}

// mailer makes the client of the campaign's mail server. The password is read at each use, so that it can be
// changed.
func (s *Mailer) client() (*mail.Client, error) {
	conf := s.site.W.Campaign().Mail
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
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(conf.User),
			mail.WithPassword(strings.TrimSpace(string(b))))
	}
	return mail.NewClient(host, opts...)
}

package campaign

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"

	"github.com/robfig/cron/v3"

	"kheo/internal/grammar"
	"kheo/internal/strict"
)

// Mail says how the digest, notifications and messages to the operator are sent.
type Mail struct {
	Server       string // host:port of an SMTP server; "" sends nothing
	From         string // an address, with or without a name
	User         string // "" for a server without authentication
	PasswordFile string // the path of a file with the user's password
	TLS          string // starttls, tls or none
	Operator     string // the address that is informed of failed nights and backups, or ""
	Address      string // the URL of the pages, without a slash at its end, for links; "" gives no links
}

// mail reads the mail server, the sender, and the recipient of messages about the operation. Nothing is dialled.
func (c *Campaign) mail(n *strict.Node) {
	if n == nil {
		return
	}
	m := mailGrammar.Read(n)
	c.Mail.TLS = m.Word("tls")
	if v := m.Get("server"); v != nil {
		c.Mail.Server = v.String("server")
		if _, _, err := net.SplitHostPort(c.Mail.Server); err != nil {
			v.Fail("mail: server: "+c.Mail.Server+" has no port", "write it as smtp.example.org:587")
		}
	}
	if v := m.Get("from"); v != nil {
		c.Mail.From = v.String("from")
		if _, err := mail.ParseAddress(c.Mail.From); err != nil {
			v.Fail("mail: from: "+c.Mail.From+" is not a valid e-mail address",
				"write it as kheo <kheo@example.org>")
		}
	}
	if v := m.Get("user"); v != nil {
		c.Mail.User = v.String("user")
		if p := m.Need("password_file", "mail", "mail-password.txt"); p != nil {
			c.Mail.PasswordFile = c.in(p.String("password_file"))
		}
	}
	if v := m.Get("operator"); v != nil {
		c.Mail.Operator = v.String("operator")
		if a, err := mail.ParseAddress(c.Mail.Operator); err != nil || a.Address != c.Mail.Operator {
			v.Fail(fmt.Sprintf("operator: %q is not a valid e-mail address", c.Mail.Operator),
				"write it as operator@example.org")
		}
	}
	if v := m.Get("address"); v != nil {
		c.Mail.Address = strings.TrimSuffix(v.String("address"), "/")
		if u, err := url.Parse(c.Mail.Address); err != nil || u.Host == "" {
			v.Fail("mail: address: "+c.Mail.Address+" is not a URL", "write it as https://kheo.example.org")
		}
	}
}

// heartbeat reads the URL that is called after every successful nightly run. A monitor there raises an alarm if
// the call does not come.
func (c *Campaign) heartbeat(n *strict.Node) {
	if n == nil {
		return
	}
	c.Heartbeat = n.String("heartbeat")
	if u, err := url.Parse(c.Heartbeat); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		n.Fail("heartbeat: is not an http or https URL",
			"write it as https://hc.example.org/ping/…, which is called after every successful nightly run")
	}
}

// Mailbox is the mailbox from which letters of units are taken. Letters that become dossiers are moved to one folder,
// those that are left to people to another.
type Mailbox struct {
	Host         string // "" if there is none
	Port         int
	TLS          string // tls, starttls or none
	User         string
	PasswordFile string
	CAFile       string // certificates that are trusted in place of those of the system, or ""
	Folder       string // that is read
	Taken, Left  string // to which letters are moved
	Every        cron.Schedule
	Cron         string // Every, as written
	Require      string // none, or dmarc
	Trust        string // the server whose Authentication-Results count
}

// mailboxPort is the port of IMAP over TLS.
const mailboxPort = 993

// readMailbox reads the mailbox that is an inlet. Nothing is dialled, and no password is read.
func readMailbox(c *Campaign, n *strict.Node) {
	if n == nil {
		return
	}
	m := mailboxGrammar.Read(n)
	b := &c.Mailbox
	b.Port, b.Folder, b.Taken, b.Left, b.Cron = mailboxPort, "INBOX", "kheo-taken", "kheo-left", "*/5 * * * *"
	b.TLS, b.Require = m.Word("tls"), m.Word("require")
	texts := map[string]*string{"host": &b.Host, "user": &b.User, "folder": &b.Folder, "taken": &b.Taken,
		"left": &b.Left, "every": &b.Cron, "trust": &b.Trust}
	for key, to := range texts {
		if v := m.Get(key); v != nil {
			*to = v.String(key)
		}
	}
	if port, ok := m.NumberOK("port"); ok {
		b.Port = int(port)
	}
	for key, to := range map[string]*string{"password_file": &b.PasswordFile, "ca_file": &b.CAFile} {
		if v := m.Get(key); v != nil {
			*to = c.in(v.String(key))
		}
	}
	switch {
	case b.Host == "":
	case strings.ContainsAny(b.Host, ":/@ ") && !isAddress(b.Host):
		n.Fail("mailbox: host: "+b.Host+" is not the name of a server",
			"write host: imap.example.org, and the port beside it")
	case b.TLS == "none" && !onThisMachine(b.Host):
		n.Fail("mailbox: tls: none would send the password and the letters readably to "+b.Host,
			"leave it out, or write tls: starttls; without TLS only a server on this machine is asked")
	case b.Require == "dmarc" && b.Trust == "":
		n.Fail("mailbox: require: dmarc does not say whose results count",
			"add trust: with the name that your mail server writes first in Authentication-Results")
	case b.Folder == b.Taken || b.Folder == b.Left || b.Taken == b.Left:
		n.Fail("mailbox: folder, taken and left are not three folders", "give each a name of its own")
	}
	every, err := cron.ParseStandard(b.Cron)
	if err != nil || strings.Contains(b.Cron, "TZ=") {
		n.Fail(fmt.Sprintf("mailbox: every: %q cannot be understood", b.Cron),
			`write minute hour day month weekday, as in "*/5 * * * *" for every five minutes`)
		return
	}
	b.Every = every
	if hours, ok := every.(*cron.SpecSchedule); ok {
		b.Every = wallClock{hours, c.Location}
	}
}

// isAddress reports whether a host is an address of a machine.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// onThisMachine reports whether a host is this machine.
func onThisMachine(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// readUnitMail reads the addresses from which a unit sends its letters. An address belongs to one unit.
func readUnitMail(c *Campaign, unit string, n *strict.Node) {
	if n == nil {
		return
	}
	list := []*strict.Node{n}
	if n.IsList() {
		list = n.List("mail")
	}
	for _, v := range list {
		s := v.String("mail")
		a, err := mail.ParseAddress(s)
		if err != nil || a.Address != s {
			v.Fail(fmt.Sprintf("mail: %q is not a valid e-mail address", s), "write it as office@north.example.org")
			continue
		}
		key := strings.ToLower(s)
		if other, is := c.UnitMail[key]; is && other != unit {
			v.Fail(fmt.Sprintf("mail: %s is an address of two units, %s and %s", s, other, unit),
				"give each unit addresses of its own: a letter must be of one")
			continue
		}
		c.UnitMail[key] = unit
	}
}

// readApplicants reads who gets a link to hand in a dossier without an account. It must be called after mail.
func readApplicants(c *Campaign, m *grammar.Map) {
	n := m.Get("applicants")
	if n == nil {
		return
	}
	if c.OpenToApplicants = n.OneOf("applicants", "invited", "open") == "open"; c.OpenToApplicants &&
		(c.Mail.Server == "" || c.Mail.Address == "") {
		n.Fail("applicants: links are sent by mail", "add mail: with server, from and address")
	}
}

// mostDays is the largest number of days of a step in reminders:.
const mostDays = 90

// readReminders reads how many days before each deadline reminders are sent. It must be called after mail.
func readReminders(c *Campaign, m *grammar.Map) {
	for _, n := range m.List("reminders") {
		days := n.Number("reminders")
		switch {
		case days != float64(int(days)) || days < 0 || days > mostDays:
			n.Fail(fmt.Sprintf("reminders: %v is not a whole number of days from 0 to %d", days, mostDays),
				"write reminders: [7, 1]")
		case c.Mail.Server == "":
			n.Fail("reminders: there is no mail server to send them", "add mail: with server and from")
			return
		default:
			c.Reminders = append(c.Reminders, int(days))
		}
	}
}

package campaign

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strings"

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

package campaign

import (
	"net"
	"net/mail"
	"net/url"
	"strings"

	"kheo/rules/strict"
)

// Mail is how the digest is sent, as mail: says.
type Mail struct {
	Server       string // host:port of SMTP; "" where nothing is sent
	From         string
	User         string // "" where the server asks for nobody
	PasswordFile string // a file with the user's password
	TLS          string // starttls, tls or none
	Address      string // the URL under which people reach the pages; "" gives no links
}

func (c *Campaign) mail(n *strict.Node) {
	if n == nil {
		return
	}
	m := n.Map("mail", "server", "from", "user", "password_file", "tls", "address")
	c.Mail.TLS = "starttls"
	if v := m.Need("server", "mail", "smtp.example.org:587"); v != nil {
		c.Mail.Server = v.String("server")
		if _, _, err := net.SplitHostPort(c.Mail.Server); err != nil {
			v.Fail("the server "+c.Mail.Server+" names no port", "write it as smtp.example.org:587")
		}
	}
	if v := m.Need("from", "mail", "kheo <kheo@example.org>"); v != nil {
		c.Mail.From = v.String("from")
		if _, err := mail.ParseAddress(c.Mail.From); err != nil {
			v.Fail(c.Mail.From+" is no address of mail", "write it as kheo <kheo@example.org>")
		}
	}
	if v := m.Get("user"); v != nil {
		c.Mail.User = v.String("user")
		if p := m.Need("password_file", "mail", "mail-password.txt"); p != nil {
			c.Mail.PasswordFile = c.in(p.String("password_file"))
		}
	}
	if v := m.Get("tls"); v != nil {
		c.Mail.TLS = v.OneOf("tls", "starttls", "tls", "none")
	}
	if v := m.Get("address"); v != nil {
		c.Mail.Address = strings.TrimSuffix(v.String("address"), "/")
		if u, err := url.Parse(c.Mail.Address); err != nil || u.Host == "" {
			v.Fail("address is no address of pages", "write it as https://kheo.example.org")
		}
	}
}

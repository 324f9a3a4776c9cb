package campaign

import (
	"net/netip"
	"net/url"
	"strings"

	"kheo/internal/strict"
)

// SignIn is how people sign in to the pages.
type SignIn struct {
	Passwords bool  // may be used
	OIDC      *OIDC // nil if there is no provider
}

// OIDC is a place where people sign in by OpenID Connect.
type OIDC struct {
	Issuer     string // its URL
	ClientID   string
	SecretFile string // a file with the client's secret; "" for a client without one
	Claim      string // what of a person must be the sign-in name: email, preferred_username or sub
	Address    string // the URL under which people reach these pages
	Name       string // what people call it
}

// signIn reads how people sign in.
func (c *Campaign) signIn(n *strict.Node) {
	c.SignIn.Passwords = true
	if n == nil {
		return
	}
	m := signInGrammar.Read(n)
	if p := m.Get("passwords"); p != nil {
		c.SignIn.Passwords = p.Bool("passwords")
	}
	o := m.Get("oidc")
	if o == nil {
		if !c.SignIn.Passwords {
			n.Fail("no one could sign in: passwords: is false and there is no oidc:",
				"add oidc:, or leave passwords: out")
		}
		return
	}
	om := oidcGrammar.Read(o)
	d := &OIDC{Claim: "email"}
	for _, u := range []struct {
		key, example string
		into         *string
	}{{"issuer", "https://login.example.org", &d.Issuer}, {"address", "https://kheo.example.org", &d.Address}} {
		v := om.Get(u.key)
		if v == nil {
			continue
		}
		*u.into = strings.TrimSuffix(v.String(u.key), "/")
		p, err := url.Parse(*u.into)
		if err != nil || p.Host == "" || p.Scheme != "https" && p.Hostname() != "localhost" &&
			p.Hostname() != "127.0.0.1" {
			v.Fail(u.key+" is not an https URL", "write it as "+u.example)
		}
	}
	if v := om.Get("client_id"); v != nil {
		d.ClientID = v.String("client_id")
	}
	if v := om.Get("secret_file"); v != nil {
		d.SecretFile = c.in(v.String("secret_file"))
	}
	if v := om.Get("claim"); v != nil {
		d.Claim = v.OneOf("claim", "email", "preferred_username", "sub")
	}
	if v := om.Get("name"); v != nil {
		d.Name = v.String("name")
	}
	c.SignIn.OIDC = d
}

// proxies reads the addresses of the servers in front of the pages, whose X-Forwarded-For
// header is believed. That of all others is ignored.
func (c *Campaign) proxies(n *strict.Node) {
	const cure = "write addresses or networks: [127.0.0.1, 10.1.0.0/16]"
	if n == nil {
		return
	}
	for _, x := range n.List("trusted_proxies") {
		text := x.String("trusted_proxies")
		p, err := netip.ParsePrefix(text)
		if a, bad := netip.ParseAddr(text); bad == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		switch {
		case err != nil:
			x.Fail("trusted_proxies: \""+text+"\" is neither an address nor a network", cure)
		case p != p.Masked():
			x.Fail("trusted_proxies: "+text+" has bits beyond its network", "write it as "+p.Masked().String())
		case p.Bits() == 0:
			x.Fail("trusted_proxies: "+text+" is every address: any client could forge where it comes from", cure)
		default:
			c.Proxies = append(c.Proxies, p)
		}
	}
}

package campaign

import (
	"net/netip"
	"net/url"
	"strings"

	"kheo/internal/grammar"
	"kheo/internal/strict"
)

// SignIn says how people sign in to the pages. At least one way is open.
type SignIn struct {
	Passwords bool  // people may sign in with a password
	OIDC      *OIDC // nil without a provider

	// SecondFactor says that who signs in with a password must also have a second factor.
	SecondFactor bool
}

// OIDC is an OpenID Connect provider.
type OIDC struct {
	Issuer     string // its URL, without a slash at the end
	ClientID   string // the id of kheo at the provider
	SecretFile string // the path of a file with the client's secret; "" for a public client
	Claim      string // the claim that must equal the sign-in name: email, preferred_username or sub
	Address    string // the URL under which people reach the pages, without a slash at the end
	Name       string // what the sign-in page calls the provider
}

// signIn reads how people sign in: with passwords unless it says otherwise, and by OpenID Connect if there is a
// provider.
func (c *Campaign) signIn(n *strict.Node) {
	c.SignIn.Passwords = true
	if n == nil {
		return
	}
	m := signInGrammar.Read(n)
	if p := m.Get("passwords"); p != nil {
		c.SignIn.Passwords = p.Bool("passwords")
	}
	c.SignIn.SecondFactor = m.Word("second_factor") == "required"
	if v := m.Get("second_factor"); v != nil && c.SignIn.SecondFactor && !c.SignIn.Passwords {
		v.Fail("second_factor: is asked for with passwords, and passwords: is false",
			"leave it out, and have the provider of oidc: ask for one")
	}
	o := m.Get("oidc")
	if o == nil {
		if !c.SignIn.Passwords {
			n.Fail("no one could sign in: passwords: is false and there is no oidc:",
				"add oidc:, or leave passwords: out")
		}
		return
	}
	c.SignIn.OIDC = c.oidc(oidcGrammar.Read(o))
}

// oidc reads an OpenID Connect provider. Its URLs must be https, so that no token crosses the network in clear
// text; a provider on this machine may use http.
func (c *Campaign) oidc(om *grammar.Map) *OIDC {
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
	return d
}

// proxies reads the addresses and networks of reverse proxies in front of the pages. Their X-Forwarded-For header
// is trusted, and that of everyone else ignored, because limits on sign-in attempts count by address.
func (c *Campaign) proxies(n *strict.Node) {
	if n == nil {
		return
	}
	for _, x := range n.List("trusted_proxies") {
		p, ok := network(x, "trusted_proxies")
		switch {
		case !ok:
		case p.Bits() == 0:
			x.Fail("trusted_proxies: "+p.String()+" is every address: any client could forge its own", networkCure)
		default:
			c.Proxies = append(c.Proxies, p)
		}
	}
}

const networkCure = "write addresses or networks: [127.0.0.1, 10.1.0.0/16]"

// network reads an address or a network; key is named in messages. An address counts as a network of itself, and IPv4
// in IPv6 notation as IPv4, as servers report it.
func network(n *strict.Node, key string) (p netip.Prefix, ok bool) {
	text := n.String(key)
	p, err := netip.ParsePrefix(text)
	if a, bad := netip.ParseAddr(text); bad == nil && a.Zone() == "" {
		p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	switch {
	case err != nil:
		n.Fail(key+": \""+text+"\" is neither an address nor a network", networkCure)
	case p != p.Masked():
		n.Fail(key+": "+text+" has bits beyond its network", "write it as "+p.Masked().String())
	default:
		return p, true
	}
	return p, false
}

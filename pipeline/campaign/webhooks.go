package campaign

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"

	"kheo/internal/strict"
)

// Webhook is a place that is told what happens in the campaign.
type Webhook struct {
	ID         string
	URL        string
	Events     []string       // of HookEvents; never empty
	SecretFile string         // the path of a file with the secret by which messages are signed
	Allow      []netip.Prefix // networks that are not public and may be called nevertheless
}

// HookEvents lists what webhooks may be told.
var HookEvents = []string{"run.done", "run.failed", "list.closed", "dossier.returned", "decision.made",
	"decision.withdrawn"}

// maxWebhooks is the largest number of webhooks.
const maxWebhooks = 20

// webhooks reads the places that are told what happens. Nothing is called, and no secret is read.
func (c *Campaign) webhooks(n *strict.Node) {
	if n == nil {
		return
	}
	list := n.List("webhooks")
	if len(list) > maxWebhooks {
		n.Fail(fmt.Sprintf("webhooks: %d are more than %d", len(list), maxWebhooks),
			"let one place pass on what it is told")
		return
	}
	for _, x := range list {
		m := webhookGrammar.Read(x)
		h := Webhook{}
		if v := m.Get("id"); v != nil {
			h.ID = v.String("id")
			same := func(o Webhook) bool { return o.ID == h.ID }
			switch {
			case !idRE.MatchString(h.ID) || len(h.ID) > 60:
				v.Fail(fmt.Sprintf("webhooks: the id %q must be small letters a–z, digits and -", h.ID),
					"write it like website")
			case slices.ContainsFunc(c.Webhooks, same):
				v.Fail("webhooks: "+h.ID+" is there twice", "give each an id of its own")
			}
		}
		if v := m.Get("secret_file"); v != nil {
			h.SecretFile = c.in(v.String("secret_file"))
		}
		for _, e := range m.List("events") {
			if s := e.OneOf("an event", HookEvents...); s != "" && !slices.Contains(h.Events, s) {
				h.Events = append(h.Events, s)
			}
		}
		if v := m.Get("events"); v != nil && len(m.List("events")) == 0 {
			v.Fail("webhooks: events: names no event", "write events: [list.closed]")
		}
		for _, a := range m.List("allow") {
			if p, ok := network(a, "allow"); ok {
				h.Allow = append(h.Allow, p)
			}
		}
		if v := m.Get("url"); v != nil {
			h.URL = hookURL(v, len(h.Allow) > 0)
		}
		c.Webhooks = append(c.Webhooks, h)
	}
}

// hookURL reads the URL of a webhook. Outside networks that are allowed it must be https, so that no one on the way
// reads the message.
func hookURL(n *strict.Node, allowed bool) string {
	at := n.String("url")
	u, err := url.Parse(at)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || len(at) > 2000:
		n.Fail("webhooks: url: is not an https URL", "write it as https://results.example.org/kheo")
	case u.User != nil:
		n.Fail("webhooks: url: has a user or a password", "leave it out: messages are signed with secret_file")
	case u.Fragment != "":
		n.Fail("webhooks: url: has a #, which is never sent", "leave it out")
	case u.Scheme == "http" && !allowed:
		n.Fail("webhooks: url: is not https, so others could read and change the messages",
			"write https://, or name the office's own network with allow: [10.1.0.0/16]")
	}
	return at
}

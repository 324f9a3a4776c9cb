package campaign

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"kheo/internal/grammar"
	"kheo/internal/strict"
)

// Handover names the offices with which lists are exchanged, and by which key each signs.
type Handover struct {
	From []Office // lower tiers whose closed lists are taken in
	To   []Office // next tiers whose answers are taken in
}

// Office is another office that works with kheo.
type Office struct {
	ID    string
	Name  string // what pages call it; "" is its id
	Key   string // its public key, as KeyText writes it
	Unit  string // the unit of this campaign that its dossiers belong to; "" keeps theirs
	Level string // the level of this campaign at which its dossiers compete; "" keeps theirs
}

// keyPrefix begins the text of a public key.
const keyPrefix = "ed25519:"

// maxOffices is the largest number of offices in each direction.
const maxOffices = 500

// KeyText returns a public key as kheo.yaml and archives name it.
func KeyText(key ed25519.PublicKey) string { return keyPrefix + base64.StdEncoding.EncodeToString(key) }

// ParseKey returns the public key that a text names.
func ParseKey(text string) (ed25519.PublicKey, error) {
	raw, is := strings.CutPrefix(text, keyPrefix)
	b, err := base64.StdEncoding.Strict().DecodeString(raw)
	if !is || err != nil || len(b) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%.80q is not a key as `kheo handover key` prints it", text)
	}
	return b, nil
}

// ByKey returns the office with a key among some; nil if there is none.
func ByKey(offices []Office, key string) *Office {
	if i := slices.IndexFunc(offices, func(o Office) bool { return o.Key == key }); i >= 0 {
		return &offices[i]
	}
	return nil
}

// NameOf returns what pages call an office: its name, or else its id.
func (h Handover) NameOf(id string) string {
	for _, o := range slices.Concat(h.From, h.To) {
		if o.ID == id && o.Name != "" {
			return o.Name
		}
	}
	return id
}

// readHandover reads the offices with which lists are exchanged.
func readHandover(c *Campaign, n *strict.Node) {
	if n == nil {
		return
	}
	m := handoverGrammar.Read(n)
	c.Handover.From = offices(c, m.List("from"), "from", true)
	c.Handover.To = offices(c, m.List("to"), "to", false)
}

// offices reads one list of offices. Only those whose dossiers are taken in have a unit and a level here.
func offices(c *Campaign, list []*strict.Node, where string, lower bool) (out []Office) {
	for i, n := range list {
		if i == maxOffices {
			n.Fail(fmt.Sprintf("handover: %s: there are more than %d offices", where, maxOffices), "leave some out")
			return out
		}
		g := nextOfficeGrammar
		if lower {
			g = lowerOfficeGrammar
		}
		m := g.Read(n)
		o := Office{}
		if v := m.Get("id"); v != nil {
			o.ID = v.String("id")
			switch {
			case !idRE.MatchString(o.ID) || len(o.ID) > 60:
				v.Fail(fmt.Sprintf("handover: the id %q must be small letters a–z, digits and -", o.ID),
					"write it like dai-loc")
			case slices.ContainsFunc(out, func(x Office) bool { return x.ID == o.ID }):
				v.Fail("handover: "+o.ID+" is there twice", "give each office an id of its own")
			}
		}
		if v := m.Get("name"); v != nil {
			o.Name = v.String("name")
		}
		if v := m.Get("key"); v != nil {
			o.Key = v.String("key")
			if _, err := ParseKey(o.Key); err != nil {
				v.Fail("handover: key: "+err.Error(), "write what `kheo handover key` prints in the other office")
			} else if ByKey(out, o.Key) != nil {
				v.Fail("handover: two offices have the same key", "each office has a key of its own")
			}
		}
		if lower {
			o.place(c, m)
		}
		out = append(out, o)
	}
	return out
}

// place reads what the dossiers of a lower tier belong to here.
func (o *Office) place(c *Campaign, m *grammar.Map) {
	if v := m.Get("unit"); v != nil {
		if o.Unit = v.String("unit"); c.Env.UnitByID(o.Unit) == nil {
			v.Fail(fmt.Sprintf("handover: there is no unit %q", o.Unit), "name one of units:")
		}
	}
	if v := m.Get("level"); v != nil {
		if o.Level = v.String("level"); !knownLevel(c, o.Level) {
			v.Fail(fmt.Sprintf("handover: there is no level %q", o.Level), "name one of levels:")
		}
	}
}

// knownLevel reports whether the campaign has a level.
func knownLevel(c *Campaign, id string) bool {
	for _, l := range c.Env.Levels {
		if l.ID == id {
			return true
		}
	}
	return false
}

package review

import (
	"slices"
	"strings"
)

// Told is something that others did to a person's account, of which the person is told.
type Told struct {
	Action Action
	By, At string
	Seq    int64
}

// Told is what was done to a person's account by others, or by a link, in order.
func (s *State) Told(person string) []Told { return slices.Clone(s.told[person]) }

// powers are the rights that decide something, or judge who may.
var powers = []Right{Score, CastVote, Decide, Override, Close, JudgeTies, People}

// checkRoles separates duties: nobody gives a role to themselves, nobody leaves the unit that recuses
// them, and an account that somebody made gives its maker nothing.
func (s *State) checkRoles(e *Event) error {
	d := &e.Data
	if e.Person == System {
		return nil
	}
	var had []Role
	was := s.People[d.Subject]
	if was != nil {
		had = was.Roles
	}
	gains, power := false, false
	for _, r := range d.Roles {
		if !slices.Contains(had, r) {
			gains = true
			power = power || slices.ContainsFunc(powers, r.May)
		}
	}
	switch {
	case e.Person == d.Subject && gains:
		return refuse("own-roles",
			"nobody gives a role to themselves; another administrator must, or `kheo user set` on the machine")
	case e.Person == d.Subject && d.Unit != was.Unit:
		return refuse("own-unit",
			"nobody changes the own unit, which tells on which dossiers one is recused; another administrator must")
	case (power || was != nil && d.Unit != was.Unit) && s.puppetOf(e.Person, d.Subject):
		return refuse("own-puppet", "%s made the account %s, or knows its password; somebody else must give this",
			d.Subject, e.Person)
	}
	return nil
}

// puppetOf reports whether a person made an account, directly or by others, or saw the link by which its
// password was chosen.
func (s *State) puppetOf(account, maker string) bool {
	if account == maker {
		return false
	}
	seen := map[string]bool{}
	var made func(id string) bool
	made = func(id string) bool {
		p := s.People[id]
		if p == nil || seen[id] {
			return false
		}
		seen[id] = true
		for _, by := range []string{p.AddedBy, p.KnownTo} {
			if by == maker || by != "" && made(by) {
				return true
			}
		}
		return false
	}
	return made(account)
}

// complete says in an event what it leaves as it was: a person who is disabled stays so.
func (s *State) complete(e *Event) {
	if e.Action != PersonChanged || e.Data.Disabled != nil {
		return
	}
	if p := s.People[e.Data.Subject]; p != nil {
		disabled := p.Disabled
		e.Data.Disabled = &disabled
	}
}

// checkAccount reports why an account may not be enabled, or get a link.
func (s *State) checkAccount(e *Event, _ Subject) error {
	p := s.People[e.Data.Subject]
	switch {
	case p == nil:
		return refuse("exists", "there is no person %q", e.Data.Subject)
	case p.forgotten:
		return refuse("forgotten", "%s was forgotten, and stays so; add the person under another sign-in name", p.ID)
	case e.Action == PersonEnabled && !p.Disabled:
		return refuse("enabled", "%s is in use already", p.ID)
	case e.Action == PersonEnabled && s.puppetOf(e.Person, p.ID):
		return refuse("own-puppet", "%s made the account %s, or knows its password; somebody else must do this", p.ID,
			e.Person)
	case e.Action == LinkMade && p.Disabled:
		return refuse("disabled", "%s is disabled; enable the person first", p.ID)
	}
	return nil
}

// applyPerson applies an event on an account. Events of an older kheo may name a person who does not exist; of
// these only the password is kept.
func (s *State) applyPerson(e *Event) {
	d := &e.Data
	if e.Action == PasswordSet {
		put(s, s.secrets, d.Subject, d.Secret)
	}
	was := s.People[d.Subject]
	if e.Action == PersonAdded || e.Action == PersonChanged {
		s.changePerson(e, was)
	} else if was != nil {
		p := *was
		s.changeAccount(e, &p)
		put(s, s.People, d.Subject, &p)
	}
	s.countVoters()
	told := e.Person != d.Subject && slices.Contains([]Action{PersonChanged, PersonEnabled, LinkMade, PasswordSet},
		e.Action)
	if told || e.Action == PasswordSet && d.Reason == ByLink {
		put(s, s.told, d.Subject, append(s.told[d.Subject], Told{e.Action, e.Person, e.At, e.Seq}))
	}
}

// changeAccount changes p, a copy of the person whom e concerns, for actions other than adding and editing.
func (s *State) changeAccount(e *Event, p *Person) {
	switch e.Action {
	case PersonDisabled:
		p.Disabled = true
	case PersonEnabled:
		p.Disabled = false
	case Forgotten:
		p.Name, p.Unit, p.Fields, p.Language, p.Disabled, p.forgotten = p.ID, "", nil, "", true, true
		drop(s, s.secrets, p.ID)
	case LinkMade:
		p.linkBy = ""
		if e.Data.Text == LinkShown {
			p.linkBy = e.Person
		}
	case PasswordSet:
		if e.Data.Reason == ByLink {
			p.KnownTo, p.linkBy = p.linkBy, ""
		} else if e.Person == System {
			p.KnownTo = ""
		}
	}
}

// changePerson lets what an event says of a person hold. Events of before kheo wrote down whether the
// person is disabled enabled whoever was changed; what they did then stays true.
func (s *State) changePerson(e *Event, was *Person) {
	d := &e.Data
	p := &Person{ID: d.Subject, Name: d.Name, Roles: d.Roles, Unit: d.Unit, Fields: d.Fields, Language: d.Language}
	if was != nil {
		p.AddedBy, p.KnownTo, p.linkBy, p.forgotten, p.Given = was.AddedBy, was.KnownTo, was.linkBy, was.forgotten, was.Given
		p.Disabled = d.Disabled != nil && *d.Disabled
		p.units = was.units
	}
	if d.Unit != "" && !p.of(d.Unit) {
		p.units = append(slices.Clone(p.units), d.Unit)
	}
	if e.Action == PersonAdded {
		p.AddedBy = e.Person
		put(s, s.secrets, d.Subject, d.Secret)
	}
	for _, r := range d.Roles {
		if e.Person != System && (was == nil || !slices.Contains(was.Roles, r)) && (r.May(CastVote) || r.May(Score)) {
			p.Given = append(slices.Clone(p.Given), Given{r, e.Person, e.At})
		}
	}
	put(s, s.People, d.Subject, p)
	s.knownAs(d.Name, d.Subject)
	s.knownAs(d.Subject, d.Subject)
}

// Given is a role with a vote or a score that somebody gave a person on the pages.
type Given struct {
	Role   Role
	By, At string
}

// Values of the text of LinkMade: who got to know the link.
const (
	LinkShown  = "shown"  // to whoever made it
	LinkMailed = "mailed" // to the person alone
)

// ByLink is the reason of PasswordSet where the person chose the password by a link.
const ByLink = "link"

// Doubles are the people who share their display name with another, by name.
func (s *State) Doubles() map[string][]string {
	out := map[string][]string{}
	for id, p := range s.People {
		if name := strings.TrimSpace(p.Name); !p.Disabled {
			out[name] = append(out[name], id)
		}
	}
	for name, ids := range out {
		if slices.Sort(ids); len(ids) < 2 {
			delete(out, name)
		}
	}
	return out
}

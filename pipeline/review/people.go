package review

import (
	"cmp"
	"slices"
	"strings"
)

// Person is the account of a user.
type Person struct {
	ID       string
	Name     string
	Roles    []Role
	Unit     string
	Fields   []string
	Language string
	Disabled bool
	Factor   string // SHA-256 of the secret of the second factor; "" without one

	AddedBy string  // who made the account
	KnownTo string  // who saw the link by which the password was chosen, or ""
	Given   []Given // roles with a vote or a score that were given on the web pages

	units     []string // present and former: each recuses the person, even once forgotten
	mailBy    string   // who else chose the address to which the person's mail goes, or ""
	linkBy    string   // who saw the link that is not used yet, or ""
	forgotten bool
}

// May reports whether one of the person's roles has a right. A nil or disabled person has none.
func (p *Person) May(right Right) bool {
	return p != nil && !p.Disabled && slices.ContainsFunc(p.Roles, func(r Role) bool { return r.May(right) })
}

// votes reports whether the person counts towards a quorum.
func (p *Person) votes() bool {
	return !p.Disabled && slices.ContainsFunc(p.Roles, Role.votes)
}

// Accounts are the accounts of all people, by id. Accounts are never removed: the audit trail names them.
type Accounts map[string]*Person

// voters returns the people who count towards a quorum, in order, in a new slice.
func (all Accounts) voters() []string {
	var out []string
	for id, p := range all {
		if p.votes() {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// lastAdministrator reports whether id is the only enabled administrator.
func (all Accounts) lastAdministrator(id string) bool {
	n := 0
	for _, p := range all {
		if !p.Disabled && slices.Contains(p.Roles, Administrator) {
			n++
		}
	}
	p := all[id]
	return n == 1 && p != nil && slices.Contains(p.Roles, Administrator)
}

// puppetOf reports whether a person made an account, directly or by others, or saw the link by which its
// password was chosen.
func (all Accounts) puppetOf(account, maker string) bool {
	if account == maker {
		return false
	}
	seen := map[string]bool{}
	var made func(id string) bool
	made = func(id string) bool {
		p := all[id]
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

// complete adds to an event what it leaves as it was: a person who is disabled stays disabled.
func (all Accounts) complete(e *Event) {
	if e.Action != PersonChanged || e.Data.Disabled != nil {
		return
	}
	if p := all[e.Data.Subject]; p != nil {
		disabled := p.Disabled
		e.Data.Disabled = &disabled
	}
}

// Doubles returns the people who share their display name with another, by name.
func (all Accounts) Doubles() map[string][]string {
	out := map[string][]string{}
	for id, p := range all {
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

// Told is a change of a person's account by others, which the pages report to the person.
type Told struct {
	Action Action
	By, At string
	Seq    int64
}

// Told returns what was done to a person's account by others, or by a link, in order.
func (s *State) Told(person string) []Told { return slices.Clone(s.told[person]) }

// powers are the rights that decide something, or judge who may.
var powers = []Right{Score, CastVote, Decide, Override, Close, JudgeTies, People, EditRules, ApproveRules}

// checkRoles separates duties: people do not give themselves roles or leave the unit that recuses them, and an
// account gives nothing to the person who made it or knows its password.
func (a attempt) checkRoles() error {
	s, e := a.state, a.event
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
			"nobody changes their own unit, which decides on which dossiers they are recused; "+
				"another administrator must")
	case (power || was != nil && d.Unit != was.Unit) && s.People.puppetOf(e.Person, d.Subject):
		return refuse("own-puppet", "%s made the account %s, or knows its password; somebody else must give this",
			d.Subject, e.Person)
	}
	return nil
}

// checkAccount reports why an account may not be enabled, or get a link.
func (a attempt) checkAccount() error {
	s, e := a.state, a.event
	p := s.People[e.Data.Subject]
	switch {
	case p == nil:
		return refuse("exists", "there is no person %q", e.Data.Subject)
	case p.forgotten:
		return refuse("forgotten", "%s was forgotten, and stays so; add the person under another sign-in name", p.ID)
	case e.Action == PersonEnabled && !p.Disabled:
		return refuse("enabled", "%s is in use already", p.ID)
	case e.Action == PersonEnabled && s.People.puppetOf(e.Person, p.ID):
		return refuse("own-puppet", "%s made the account %s, or knows its password; somebody else must do this", p.ID,
			e.Person)
	case e.Action == LinkMade && p.Disabled:
		return refuse("disabled", "%s is disabled; enable the person first", p.ID)
	}
	return nil
}

// checkFactor checks an event on a person's second factor.
func checkFactor(a attempt) error {
	if err := a.checkSubject(); err != nil {
		return err
	}
	e, p := a.event, a.state.People[a.event.Data.Subject]
	switch {
	case e.Action == FactorSet && (p.Factor != "" || e.Data.Secret == ""):
		return refuse("factor-there", "%s has a second factor already; remove it first", p.ID)
	case e.Action != FactorSet && p.Factor == "":
		return refuse("factor-none", "%s has no second factor", p.ID)
	}
	return nil
}

// applyPerson applies an event on an account. Events of an older kheo may name a person who does not exist; of
// these only the password is kept.
func (u update) applyPerson() {
	s, e := u.state, u.event
	d := &e.Data
	if e.Action == PasswordSet {
		put(s, s.secrets, d.Subject, d.Secret)
	}
	was := s.People[d.Subject]
	if e.Action == PersonAdded || e.Action == PersonChanged {
		u.changePerson(was)
	} else if was != nil {
		p := *was
		u.changeAccount(&p)
		put(s, s.People, d.Subject, &p)
	}
	if e.Action == PersonDisabled || e.Action == Forgotten {
		u.endTokens(d.Subject)
	}
	s.voters = s.People.voters()
	told := e.Person != d.Subject && slices.Contains([]Action{PersonChanged, PersonEnabled, LinkMade, MailSet,
		PasswordSet, FactorRemoved},
		e.Action)
	if told || e.Action == PasswordSet && d.Reason == ByLink {
		put(s, s.told, d.Subject, append(s.told[d.Subject], Told{e.Action, e.Person, e.At, e.Seq}))
	}
}

// changeAccount changes p, a copy of the person whom e concerns, for actions other than adding and editing.
func (u update) changeAccount(p *Person) {
	s, e := u.state, u.event
	switch e.Action {
	case PersonDisabled:
		p.Disabled = true
	case PersonEnabled:
		p.Disabled = false
	case Forgotten:
		p.Name, p.Unit, p.Fields, p.Language, p.Disabled, p.forgotten = p.ID, "", nil, "", true, true
		p.Factor = ""
		drop(s, s.secrets, p.ID)
	case FactorSet:
		p.Factor = e.Data.Secret
	case FactorRemoved:
		p.Factor = ""
	case MailSet:
		p.mailBy = ""
		if e.Person != p.ID && e.Person != System {
			p.mailBy = e.Person
		}
	case LinkMade:
		p.linkBy = ""
		if e.Data.Text == LinkShown {
			p.linkBy = e.Person
		}
	case PasswordSet:
		if e.Data.Reason == ByLink {
			// A mailed link may be read by the person who chose the address.
			p.KnownTo, p.linkBy = cmp.Or(p.linkBy, p.mailBy), ""
		} else if e.Person == System {
			p.KnownTo = ""
		}
	}
}

// changePerson replaces a person's profile. Events from before the field Disabled existed enabled the person whom
// they changed; replaying them must keep that effect.
func (u update) changePerson(was *Person) {
	s, e := u.state, u.event
	d := &e.Data
	p := &Person{ID: d.Subject, Name: d.Name, Roles: d.Roles, Unit: d.Unit, Fields: d.Fields, Language: d.Language}
	if was != nil {
		p.AddedBy, p.KnownTo, p.linkBy = was.AddedBy, was.KnownTo, was.linkBy
		p.mailBy, p.Factor = was.mailBy, was.Factor
		p.forgotten, p.Given = was.forgotten, was.Given
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
	u.knownAs(d.Name, d.Subject)
	u.knownAs(d.Subject, d.Subject)
}

// Given is a role with a vote or a score that was given to a person on the web pages.
type Given struct {
	Role   Role
	By, At string
}

// Values of Data.Text of LinkMade: who saw the link.
const (
	LinkShown  = "shown"  // to its maker
	LinkMailed = "mailed" // to the person alone
)

// ByLink is the reason of PasswordSet if the person chose the password by a link.
const ByLink = "link"

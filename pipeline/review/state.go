package review

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
)

// System is who did what no person did: the command line of the machine, and the program.
const System = "kheo"

// Person is somebody who takes part.
type Person struct {
	ID       string
	Name     string
	Roles    []Role
	Unit     string
	Fields   []string
	Language string
	Disabled bool

	AddedBy string  // who made the account
	KnownTo string  // who saw the link by which the password was chosen; "" where nobody did
	Given   []Given // roles with a vote or a score that people gave on the pages

	units     []string // all that the person is or was of: they recuse until that is dismissed, also after the person was forgotten
	linkBy    string   // who saw the link that was not used yet
	forgotten bool
}

// May reports whether one of the person's roles has a right.
func (p *Person) May(right Right) bool {
	return p != nil && !p.Disabled && slices.ContainsFunc(p.Roles, func(r Role) bool { return r.May(right) })
}

func (p *Person) votes() bool {
	return !p.Disabled && slices.ContainsFunc(p.Roles, Role.votes)
}

// Tied is why somebody stands aside.
type Tied struct {
	Found     bool   // by the program
	Reason    string //
	Dismissed string // why it is none; "" where it holds
	By        string // who dismissed it
}

// Overruled is what somebody put in the place of what the program says.
type Overruled struct {
	Criterion string // "" where it is of the outcome
	Points    float64
	Outcome   string
	Reason    string
	By, At    string
}

// Cast is a vote that was cast.
type Cast struct {
	Person string
	Vote   Vote
	At     string
}

// DecidedEntry is a decision that was written down.
type DecidedEntry struct {
	Decision Decision
	Reason   string
	Outcome  string // what the program recommended then
	By, At   string
	Seq      int64
}

// Comment is something that was said on a dossier.
type Comment struct {
	Person, Text, At string
	Seq              int64
}

// ClosedList is a list that was closed.
type ClosedList struct {
	Ruleset, Run, ListSHA256 string
	Content                  []byte
	By, At, Hash             string
	Seq                      int64

	figures *figures // as they were at the closing
}

// Meeting is who met on a list. Who of them had a vote is what held then: roles that change later
// change no meeting.
type Meeting struct {
	Run       string
	Present   []string // with a vote
	Attending []string // without one
	Voters    int      // how many had a vote, present or not
	By, At    string
}

// on is a dossier on a ruleset's list.
type on struct{ ruleset, dossier string }

type tieOf struct{ person, unit, dossier string }

// State is what holds after some events.
type State struct {
	Settings campaign.Procedure
	Seq      int64
	Head     string // hash of the last event

	People    map[string]*Person
	ties      map[tieOf]*Tied
	Assigned  map[string][]string // dossier -> people
	Comments  map[string][]Comment
	overrides map[on][]Overruled
	votes     map[on]map[string]Cast
	decisions map[on]DecidedEntry
	Meetings  map[string]Meeting // by ruleset, the last
	Closed    map[string]ClosedList

	models map[string]*Model
	handed map[string]Handed
	lived  int64 // the last event of which the register tells
	listed int64 // the last event that changes a list in force
	last   map[string]Change
	past   map[string][]Change // all that was done on a dossier, in order

	voters []string // those who are counted in a quorum, in order

	names        map[string][]string // people by the normal form of their id and of every name that they have or had
	secrets      map[string]string   // SHA-256 of the encoded password, by person; "" where no event tells it
	told         map[string][]Told
	scores       map[string][]given // by dossier, in the order of the events
	settled      map[string]string  // name -> person; "" where it is nobody of this workspace
	settledForms map[string]string  // the same by the normal form of the name
	adopted      bool               // scores of before they were events were taken over, or there are none
}

// NewState is what holds before anything has happened.
func NewState(s campaign.Procedure) *State {
	return &State{Settings: s, Head: begin, People: map[string]*Person{}, ties: map[tieOf]*Tied{}, Assigned: map[string][]string{}, Comments: map[string][]Comment{},
		overrides: map[on][]Overruled{}, votes: map[on]map[string]Cast{}, decisions: map[on]DecidedEntry{}, Meetings: map[string]Meeting{}, Closed: map[string]ClosedList{}, models: map[string]*Model{}, last: map[string]Change{}, past: map[string][]Change{}, handed: map[string]Handed{},
		names: map[string][]string{}, secrets: map[string]string{}, told: map[string][]Told{}, scores: map[string][]given{}, settled: map[string]string{}, settledForms: map[string]string{}}
}

// Subject is what an event is about, as the one who asks for it knows it.
type Subject struct {
	Unit    string // of the dossier
	Outcome string // that the program recommends
}

// Refusal is why something may not be done: a sentence with what to do instead.
type Refusal struct {
	Code string // for texts in other languages
	Why  string
}

func (r *Refusal) Error() string { return r.Why }

func refuse(code, format string, args ...any) error {
	return &Refusal{code, fmt.Sprintf(format, args...)}
}

// needs is the right that an action needs. What is missing here only the system does.
var needs = map[Action]Right{
	PersonAdded: People, PersonChanged: People, PersonDisabled: People, PersonEnabled: People, LinkMade: People, ScorerSettled: JudgeTies, TieDeclared: Tie, TieDismissed: JudgeTies, Assigned: Assign, Unassigned: Assign,
	HandedIn: Submit, Commented: Discuss, Scored: Score, Overridden: Override, Restored: Override, Met: Meet, Voted: CastVote, Decided: Decide, Closed: Close,
	VoteTaken: CastVote, DecisionTaken: Decide, Registered: Register, Reported: Register, Visited: Visit, TookOver: Register, NotTaken: Register, SameAs: Register, NotSame: Register,
	Confirmed: Decide, Withdrawn: Decide,
}

// mayNotBeTied are the actions that nobody may do on a dossier to which they are tied.
var mayNotBeTied = []Action{Commented, Scored, Overridden, Restored, Voted, Decided, VoteTaken, DecisionTaken, Visited, Confirmed, Withdrawn}

// frozenWhenClosed are the actions that a closed list allows no more.
var frozenWhenClosed = []Action{Overridden, Restored, Voted, Decided, VoteTaken, DecisionTaken, Closed, Met}

var personRE = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// maxText is the most code points that a reason or comment may have.
const maxText = 4000

// Check reports why an event may not happen; nil where it may.
func (s *State) Check(e *Event, about Subject) error {
	if err := s.checkRight(e); err != nil {
		return err
	}
	for _, t := range []string{e.Data.Reason, e.Data.Text, e.Data.Name} {
		if n := len([]rune(t)); n > maxText {
			return refuse("too-long", "the text has %d characters; at most %d are kept", n, maxText)
		}
	}
	if err := checkPlain(e); err != nil {
		return err
	}
	if e.Ruleset != "" && slices.Contains(frozenWhenClosed, e.Action) {
		if c, ok := s.Closed[e.Ruleset]; ok {
			return refuse("closed", "the list of %s was closed on %s; nothing on it can be changed any more", e.Ruleset, c.At)
		}
	}
	if e.Dossier != "" && slices.Contains(mayNotBeTied, e.Action) {
		if t := s.Tie(e.Person, e.Dossier, about.Unit); t != nil {
			return refuse("aside", "you stand aside on this dossier: %s", t.Reason)
		}
	}
	return s.checkContent(e, about)
}

func (s *State) checkRight(e *Event) error {
	if e.Person == System {
		return nil
	}
	p := s.People[e.Person]
	if p == nil || p.Disabled {
		return refuse("unknown", "nobody is known as %q", e.Person)
	}
	right, ok := needs[e.Action]
	switch {
	case e.Action == PasswordSet && e.Data.Subject == e.Person:
		return nil
	case e.Action == PasswordSet:
		return refuse("password-other", "nobody sets the password of somebody else; make a link by which the person chooses one")
	case e.Action == TieDeclared && e.Data.Subject != e.Person:
		right = JudgeTies
	case (e.Action == Assigned || e.Action == Unassigned) && e.Data.Subject == e.Person && s.Settings.Take && p.May(Take):
		return nil
	}
	if !ok || !p.May(right) {
		return refuse("right", "this needs the right %q, which none of your roles has", right)
	}
	return nil
}

func (s *State) checkContent(e *Event, about Subject) error {
	d := &e.Data
	switch e.Action {
	case PersonEnabled, LinkMade:
		return s.checkAccount(e)
	case PersonAdded, PersonChanged, PersonDisabled, PasswordSet, Assigned, Unassigned, TieDeclared, TieDismissed, TieFound:
		return s.checkPerson(e, about)
	case Forgotten:
		if e.Dossier == "" {
			if s.People[d.Subject] == nil {
				return refuse("exists", "there is no person %q", d.Subject)
			}
			if s.lastAdministrator(d.Subject) {
				return refuse("last", "%s is the last administrator", d.Subject)
			}
		}
		return needReason(d)
	case Commented:
		if strings.TrimSpace(d.Text) == "" {
			return refuse("empty", "there is nothing in the comment")
		}
	case Scored:
		return s.checkScore(e, about)
	case ScorerSettled:
		return s.checkSettled(e)
	case ScoresAdopted:
		if s.adopted {
			return refuse("adopted", "the scores of before were taken into the audit trail already")
		}
	case Overridden:
		if (d.Points == nil) == (d.Outcome == "") || d.Points != nil && d.Criterion == "" {
			return refuse("override", "either a criterion gets points, or the dossier an outcome")
		}
		if d.Outcome != "" && !slices.Contains(dossier.Outcomes[:4], dossier.Outcome(d.Outcome)) {
			return refuse("override", "the outcome is one of %v", dossier.Outcomes[:4])
		}
		return needReason(d)
	case Voted:
		if !slices.Contains(Votes, d.Value) {
			return refuse("vote", "a vote is one of %v", Votes)
		}
		if x, ok := s.decisions[on{e.Ruleset, e.Dossier}]; ok && (x.Decision == Recognised || x.Decision == NotRecognised) {
			return refuse("decided", "this was decided on %s; a vote counts no more", x.At)
		}
	case Decided:
		return s.checkDecision(e, about)
	case VoteTaken:
		if s.VoteOf(e.Person, e.Ruleset, e.Dossier) == "" || s.Decision(e.Ruleset, e.Dossier) != nil {
			return refuse("taken", "there is no vote of yours that could be withdrawn: either you have not voted, or it was decided")
		}
	case DecisionTaken:
		if s.Decision(e.Ruleset, e.Dossier) == nil {
			return refuse("taken", "nothing was decided that could be withdrawn")
		}
	case Met:
		return s.checkPresent(e)
	case Closed:
		return s.checkClosing(e)
	default:
		return s.checkModel(e)
	}
	return nil
}

// checkPerson reports why something may not be written down of a person.
func (s *State) checkPerson(e *Event, about Subject) error {
	d := &e.Data
	switch e.Action {
	case PersonAdded, PersonChanged:
		if !personRE.MatchString(d.Subject) || d.Subject == System {
			return refuse("id", "%q cannot be a sign-in name: 1 to 64 of a–z, 0–9 and . _ @ -", d.Subject)
		}
		if p := s.People[d.Subject]; p != nil && p.forgotten {
			return refuse("forgotten", "%s was forgotten, and stays so; add the person under another sign-in name", p.ID)
		}
		if _, ok := s.People[d.Subject]; ok == (e.Action == PersonAdded) {
			return refuse("exists", "there is %s person %q", map[bool]string{true: "already a", false: "no"}[ok], d.Subject)
		}
		if strings.TrimSpace(d.Name) == "" || len(d.Roles) == 0 {
			return refuse("person", "a person has a name and at least one role")
		}
		for _, r := range d.Roles {
			if !r.Known() {
				return refuse("role", "there is no role %q; roles are %v", r, Roles)
			}
		}
		if e.Action == PersonChanged && s.lastAdministrator(d.Subject) && !slices.Contains(d.Roles, Administrator) {
			return refuse("last", "%s is the last administrator; give the role to somebody else first", d.Subject)
		}
		return s.checkRoles(e)
	case PersonDisabled, PasswordSet, Assigned, Unassigned, TieDeclared, TieDismissed, TieFound:
		if s.People[d.Subject] == nil {
			return refuse("exists", "there is no person %q", d.Subject)
		}
		if e.Action == PersonDisabled && s.lastAdministrator(d.Subject) {
			return refuse("last", "%s is the last administrator", d.Subject)
		}
		if e.Action == TieDismissed && d.Subject == e.Person {
			return refuse("own-tie", "nobody judges the own ties; somebody else must dismiss this one")
		}
		if e.Action == TieDeclared || e.Action == TieDismissed {
			return needReason(d)
		}
		if e.Action == Assigned {
			if t := s.Tie(d.Subject, e.Dossier, cmp.Or(about.Unit, d.Unit)); t != nil { // of many at once each names its unit
				return refuse("aside", "%s stands aside on this dossier: %s", d.Subject, t.Reason)
			}
			if !s.People[d.Subject].May(Score) {
				return refuse("right", "%s evaluates nothing: none of the roles has the right to", d.Subject)
			}
		}
	}
	return nil
}

// needReason asks for a reason.
func needReason(d *Data) error {
	if strings.TrimSpace(d.Reason) == "" {
		return refuse("reason", "write the reason: it is kept with it")
	}
	return nil
}

// checkDecision holds a decision to the votes, and asks for the reason where it is not what
// the program recommends, or puts off.
func (s *State) checkDecision(e *Event, about Subject) error {
	d := &e.Data
	if !slices.Contains(Decisions, d.Decision) {
		return refuse("decision", "a decision is one of %v", Decisions)
	}
	if strings.TrimSpace(d.Reason) == "" {
		switch {
		case d.Decision == Deferred || d.Decision == Returned:
			return refuse("reason", "write why, and what is missing: the unit is told")
		case (d.Decision == Recognised) != (about.Outcome == "recommended"):
			return refuse("reason", "kheo says %s for this dossier; write why it is decided otherwise", about.Outcome)
		}
	}
	if d.Decision == Deferred || d.Decision == Returned {
		return nil
	}
	t := s.Tally(e.Ruleset, e.Dossier, about.Unit)
	if !t.Quorate {
		return refuse("quorum", "%d of %d have voted; %d must, before it can be decided", t.Cast(), t.Eligible, t.Need)
	}
	if t.Rule.Majority.Base == campaign.Present && !t.Met {
		return refuse("present", "the majority is a share of those present: write down first who meets")
	}
	want := t.Result()
	if want == "" && s.People[e.Person] != nil && !slices.Contains(s.People[e.Person].Roles, Chair) {
		return refuse("tie", "the votes are equal; by the rule of this campaign the chair decides")
	}
	if want != "" && d.Decision != want {
		return refuse("majority", "the votes (%d for, %d against, %d abstained) say %s: it needs %s, which is %d of %d", t.For, t.Against, t.Abstain, want,
			t.Rule.Majority.In("en", t.Rule.Abstain), t.Needs(), t.Base())
	}
	return nil
}

func (s *State) lastAdministrator(id string) bool {
	n := 0
	for _, p := range s.People {
		if !p.Disabled && slices.Contains(p.Roles, Administrator) {
			n++
		}
	}
	p := s.People[id]
	return n == 1 && p != nil && slices.Contains(p.Roles, Administrator)
}

// Change is something that somebody did on a dossier.
type Change struct {
	Seq    int64
	Person string
	Action Action
	At     string
}

// telling are the actions that others should know of.
var telling = []Action{Overridden, Restored, Decided, DecisionTaken, HandedIn, TieDeclared, TieDismissed}

// Handed is that a unit sent a dossier, or more of it.
type Handed struct{ Dossier, Name, Unit, At string }

// Handed lists what a unit has sent, the last time each, by dossier.
func (s *State) Handed(unit string) []Handed {
	var out []Handed
	for _, id := range slices.Sorted(maps.Keys(s.handed)) {
		if s.handed[id].Unit == unit {
			out = append(out, s.handed[id])
		}
	}
	return out
}

// Listed is the last event that changes what a list in force says.
func (s *State) Listed() int64 { return s.listed }

// LastChange is the last change of a dossier; its Seq is 0 where there was none.
func (s *State) LastChange(dossier string) Change { return s.last[dossier] }

// History is all that was done on a dossier, in order. It may not be changed.
func (s *State) History(dossier string) []Change { return s.past[dossier] }

// Apply lets an event hold.
func (s *State) Apply(e *Event) {
	s.Seq, s.Head = e.Seq, e.Hash
	if e.Dossier != "" {
		s.past[e.Dossier] = append(s.past[e.Dossier], Change{e.Seq, e.Person, e.Action, e.At})
	}
	if slices.Contains(telling, e.Action) {
		s.last[e.Dossier] = Change{e.Seq, e.Person, e.Action, e.At}
	}
	s.applyModel(e)
	s.applyPerson(e)
	switch e.Action {
	case Overridden, Restored, Closed:
		s.listed = e.Seq
	}
	switch e.Action {
	case Decided, DecisionTaken, HandedIn, TieDeclared, TieFound, TieDismissed:
		s.lived = e.Seq
	}
	d, k := &e.Data, on{e.Ruleset, e.Dossier}
	tie := tieOf{d.Subject, d.Unit, e.Dossier}
	switch e.Action {
	case Forgotten:
		delete(s.scores, e.Dossier)
	case Scored:
		s.adopted = s.adopted || e.Person == System // of before, only people on the pages wrote events
		s.applyScore(e)
	case ScoresAdopted:
		s.adopted = true
	case ScorerSettled:
		s.settled[d.Name], s.settledForms[sameName(d.Name)] = d.Subject, d.Subject
	case TieDeclared, TieFound:
		s.ties[tie] = &Tied{Found: e.Action == TieFound, Reason: d.Reason}
	case TieDismissed:
		t := s.ties[tie]
		if t == nil {
			t = &Tied{Found: true}
			s.ties[tie] = t
		}
		t.Dismissed, t.By = d.Reason, e.Person
	case Assigned:
		if !slices.Contains(s.Assigned[e.Dossier], d.Subject) {
			s.Assigned[e.Dossier] = append(s.Assigned[e.Dossier], d.Subject)
		}
	case Unassigned:
		s.Assigned[e.Dossier] = slices.DeleteFunc(s.Assigned[e.Dossier], func(p string) bool { return p == d.Subject })
	case HandedIn: // what was returned is open again
		s.handed[e.Dossier] = Handed{e.Dossier, d.Name, d.Unit, e.At}
		for k, x := range s.decisions {
			if _, closed := s.Closed[k.ruleset]; k.dossier == e.Dossier && x.Decision == Returned && !closed {
				delete(s.decisions, k)
			}
		}
	case Commented:
		s.Comments[e.Dossier] = append(s.Comments[e.Dossier], Comment{e.Person, d.Text, e.At, e.Seq})
	case Overridden, Restored:
		list := slices.DeleteFunc(s.overrides[k], func(o Overruled) bool { return o.Criterion == d.Criterion })
		if e.Action == Overridden {
			o := Overruled{Criterion: d.Criterion, Outcome: d.Outcome, Reason: d.Reason, By: e.Person, At: e.At}
			if d.Points != nil {
				o.Points = *d.Points
			}
			list = append(list, o)
		}
		s.overrides[k] = list
	case Met:
		s.Meetings[e.Ruleset] = s.meeting(e)
	case Voted:
		if s.votes[k] == nil {
			s.votes[k] = map[string]Cast{}
		}
		s.votes[k][e.Person] = Cast{e.Person, d.Value, e.At}
	case VoteTaken:
		delete(s.votes[k], e.Person)
	case DecisionTaken:
		delete(s.decisions, k)
	case Decided:
		s.decisions[k] = DecidedEntry{d.Decision, d.Reason, d.Outcome, e.Person, e.At, e.Seq}
	case Closed:
		s.Closed[e.Ruleset] = s.closedList(e)
	}
}

// Tie returns why somebody stands aside on a dossier of a unit; nil where nothing ties them.
// Being of the unit ties, unless somebody found that it does not.
func (s *State) Tie(person, dossier, unit string) *Tied {
	p := s.People[person]
	if p == nil {
		return nil
	}
	for _, k := range []tieOf{{person, "", dossier}, {person, unit, ""}} {
		if t := s.ties[k]; t != nil && t.Dismissed == "" && (k.dossier != "" || k.unit != "") {
			return t
		}
	}
	own := s.ties[tieOf{person, unit, ""}]
	if p.of(unit) && (own == nil || own.Dismissed == "") && p.votesOrScores() {
		return &Tied{Found: true, Reason: "it is of the own unit"}
	}
	return nil
}

// Recused returns the dossiers and the units that tie somebody, each in order. A dossier is one of
// them, or of one of the units, exactly where Tie says so.
func (s *State) Recused(person string) (dossiers, units []string) {
	p := s.People[person]
	if p == nil {
		return nil, nil
	}
	for k, t := range s.ties {
		switch {
		case k.person != person || t.Dismissed != "":
		case k.dossier != "":
			dossiers = append(dossiers, k.dossier)
		case k.unit != "":
			units = append(units, k.unit)
		}
	}
	for _, unit := range p.units {
		if s.ties[tieOf{person, unit, ""}] == nil && p.votesOrScores() && !slices.Contains(units, unit) {
			units = append(units, unit)
		}
	}
	slices.Sort(dossiers)
	slices.Sort(units)
	return dossiers, units
}

// of reports whether the person is of a unit, or was. That somebody enters another unit for a person ends
// no conflict of interest: only dismissing it does, with a reason, by somebody who may.
func (p *Person) of(unit string) bool { return slices.Contains(p.units, unit) }

func (p *Person) votesOrScores() bool { return p.May(CastVote) || p.May(Score) || p.May(Decide) }

// TieRecord is a tie as it is listed.
type TieRecord struct {
	Person, Unit, Dossier string
	Tied
}

// Ties lists every tie that was declared, found or dismissed.
func (s *State) Ties() []TieRecord {
	var out []TieRecord
	for k, t := range s.ties {
		out = append(out, TieRecord{k.person, k.unit, k.dossier, *t})
	}
	slices.SortFunc(out, func(a, b TieRecord) int {
		return strings.Compare(a.Person+"\x00"+a.Unit+"\x00"+a.Dossier, b.Person+"\x00"+b.Unit+"\x00"+b.Dossier)
	})
	return out
}

// VoteOf is how somebody has voted; "" where not yet.
func (s *State) VoteOf(person, ruleset, dossier string) Vote {
	return s.votes[on{ruleset, dossier}][person].Vote
}

// Decision is what was decided on an entry; nil where nothing was.
func (s *State) Decision(ruleset, dossier string) *DecidedEntry {
	if d, ok := s.decisions[on{ruleset, dossier}]; ok {
		return &d
	}
	return nil
}

// Overrides are what people put in the place of what the program says of an entry.
func (s *State) Overrides(ruleset, dossier string) []Overruled {
	return slices.Clone(s.overrides[on{ruleset, dossier}])
}

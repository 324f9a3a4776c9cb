package review

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/recommend"
)

// Subject is what the caller of Log.Do knows about the dossier that its events concern.
type Subject struct {
	Unit    string // unit of the dossier
	Outcome string // outcome that the program recommends
}

// Refusal is the error for an event that the state does not allow. Why is a sentence for the user; Code selects
// its translation.
type Refusal struct {
	Code string
	Args []any // of the translation
	Why  string
}

// Error implements error. Pages show the translation that Code selects instead.
func (r *Refusal) Error() string { return r.Why }

// refuse returns a *Refusal with a code and a message that is formatted as fmt.Sprintf does.
func refuse(code, format string, args ...any) error {
	return &Refusal{Code: code, Why: fmt.Sprintf(format, args...)}
}

// needs is the right that each action requires. Only System may perform an action that is missing here.
var needs = map[Action]Right{
	PersonAdded: People, PersonChanged: People, PersonDisabled: People, PersonEnabled: People, LinkMade: People,
	MailSet:       People,
	TokenRevoked:  People,
	FactorRemoved: People,
	ScorerSettled: JudgeTies, TieDeclared: Tie, TieDismissed: JudgeTies,
	Assigned: Assign, Unassigned: Assign, HandedIn: Submit, Commented: Discuss, Tagged: Discuss, Untagged: Discuss,
	Scored:  Score,
	FactSet: Correct, FactRejected: Correct, FactRestored: Correct,
	EvidenceJudged: CheckEvidence, EvidenceUnjudged: CheckEvidence, SampleDrawn: Decide,
	Overridden: Override, Restored: Override, Met: Meet, Came: Meet, Left: Meet, Called: Meet, Voted: CastVote,
	VoteTaken:     CastVote,
	PhaseExtended: Meet, LetterGiven: Run, LetterAside: Run, Reminders: Run,
	ApplicantInvited: Run, ApplicantWithdrawn: Run,
	BallotOpened: Meet, BallotCast: CastVote, BallotPaper: SeeVotes, BallotAdded: SeeVotes, BallotCounted: Meet,
	Objected: Submit, ObjectionAnswered: Decide,
	HandedOver: Meet, AnswerMade: Meet, TookIn: Meet, AnswerReceived: Meet,
	Decided: Decide, DecisionTaken: Decide, Closed: Close,
	Registered: Register, Reported: Register, Visited: Visit, TookOver: Register, NotTaken: Register,
	SameAs: Register, NotSame: Register, Confirmed: Decide, Withdrawn: Decide,
	RulesProposed: EditRules, RulesApproved: ApproveRules, RulesRejected: ApproveRules, RulesWithdrawn: EditRules,
}

// ofOneself are the actions that everybody may perform about their own account.
var ofOneself = []Action{PasswordSet, MailSet, TokenMade, TokenRevoked, FactorSet, FactorRemoved,
	RecoveryUsed}

// barredByConflict are the actions that a person with a conflict of interest may not perform on the dossier.
var barredByConflict = []Action{Commented, Tagged, Untagged, Scored, Overridden, Restored, Voted, Decided, VoteTaken,
	DecisionTaken, Visited, Confirmed, Withdrawn, FactSet, FactRejected, FactRestored,
	EvidenceJudged, EvidenceUnjudged, BallotCast, BallotPaper, BallotAdded, ObjectionAnswered}

// frozenWhenClosed are the actions that a closed list no longer allows.
var frozenWhenClosed = []Action{Overridden, Restored, Voted, Decided, VoteTaken, DecisionTaken, Closed, Met,
	Came, Left, Called, BallotOpened, BallotCast, BallotPaper, BallotAdded, BallotCounted}

// personRE matches the sign-in names that new accounts may have.
var personRE = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// maxText is the maximum length of a reason, comment or name, in code points.
const maxText = 4000

// Check returns nil if the state allows e, and a *Refusal otherwise. It changes nothing. about describes the
// dossier of e; for events without a dossier it is the zero Subject.
func (s *State) Check(e *Event, about Subject) error {
	a := attempt{s, e, about}
	if err := a.checkRight(); err != nil {
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
			return refuse("closed", "the list of %s was closed on %s; nothing on it can be changed any more",
				e.Ruleset, c.At)
		}
	}
	if e.Dossier != "" && slices.Contains(barredByConflict, e.Action) {
		if t := s.Tie(e.Person, e.Dossier, about.Unit); t != nil {
			return refuse("aside", "you stand aside on this dossier: %s", t.Reason)
		}
	}
	if err := checkPhase(s, e); err != nil {
		return err
	}
	if check, ok := checks[e.Action]; ok {
		return check(a)
	}
	return a.checkModel()
}

// attempt is an event that is to be appended, with the state that it would follow. Its methods check it, and
// change nothing: each returns nil or a *Refusal.
type attempt struct {
	state *State
	event *Event
	about Subject // of the dossier of the event
}

// checkRight checks that the person of e is known, enabled, and has the right that the action requires.
func (a attempt) checkRight() error {
	s, e := a.state, a.event
	if e.Person == System {
		return nil
	}
	p := s.People[e.Person]
	if p == nil || p.Disabled {
		return refuse("unknown", "nobody is known as %q", e.Person)
	}
	right, ok := needs[e.Action]
	switch {
	case e.Data.Subject == e.Person && slices.Contains(ofOneself, e.Action):
		return nil
	case e.Action == PasswordSet:
		return refuse("password-other",
			"nobody sets the password of somebody else; make a link by which the person chooses one")
	case e.Action == TieDeclared && e.Data.Subject != e.Person:
		right = JudgeTies
	case a.takesOwnWork(p):
		return nil
	}
	if !ok || !p.May(right) {
		return refuse("right", "this needs the right %q, which none of your roles has", right)
	}
	return nil
}

// takesOwnWork reports whether e assigns a dossier to the person who asks for it, or returns it, in a campaign
// that lets evaluators choose their dossiers.
func (a attempt) takesOwnWork(p *Person) bool {
	s, e := a.state, a.event
	assigns := e.Action == Assigned || e.Action == Unassigned
	return assigns && e.Data.Subject == e.Person && s.Settings.Take && p.May(Take)
}

// checks is the check of the content of each action. Actions that are missing are checked by checkModel.
var checks = map[Action]func(attempt) error{
	PersonAdded:    attempt.checkProfile,
	PersonChanged:  attempt.checkProfile,
	PersonEnabled:  attempt.checkAccount,
	LinkMade:       attempt.checkAccount,
	MailSet:        attempt.checkMail,
	PersonDisabled: attempt.checkDisabled,
	PasswordSet:    attempt.checkSubject,
	TokenMade:      attempt.checkToken,
	FactorSet:      checkFactor,
	FactorRemoved:  checkFactor,
	RecoveryUsed:   checkFactor,
	TokenRevoked:   attempt.checkTokenRevoked,
	Forgotten:      attempt.checkForgotten,
	TieDeclared:    attempt.checkTie,
	TieDismissed:   attempt.checkTie,
	TieFound:       attempt.checkSubject,
	Assigned:       attempt.checkAssigned,
	Unassigned:     attempt.checkSubject,
	Commented:      attempt.checkComment,
	Tagged:         checkTag,
	Untagged:       checkTag,
	Scored:         attempt.checkScore,
	ScorerSettled:  attempt.checkSettled,
	ScoresAdopted:  attempt.checkAdopted,
	FactSet:        attempt.checkCorrection,
	FactRejected:   attempt.checkCorrection,
	FactRestored:   attempt.checkCorrection,

	EvidenceJudged:   attempt.checkVerdict,
	EvidenceUnjudged: attempt.checkVerdict,
	SampleDrawn:      attempt.checkSample,

	Overridden:    attempt.checkOverride,
	Voted:         attempt.checkVote,
	VoteTaken:     attempt.checkVoteTaken,
	Decided:       attempt.checkDecision,
	DecisionTaken: attempt.checkDecisionTaken,
	Met:           attempt.checkPresent,
	Came:          attempt.checkMoved,
	Left:          attempt.checkMoved,
	Called:        attempt.checkCalled,
	Closed:        attempt.checkClosing,
	PhaseExtended: checkExtended,
	LetterGiven:   checkLetter,
	LetterAside:   checkLetter,

	ApplicantInvited:   checkInvited,
	ApplicantWithdrawn: func(a attempt) error { return checkReason(&a.event.Data) },
	BallotOpened:       checkBallotOpened,
	BallotCast:         checkBallotCast,
	BallotPaper:        checkBallotPaper,
	BallotAdded:        checkBallotPaper,
	BallotCounted:      checkBallotCounted,

	HandedOver:        checkHandedOver,
	AnswerMade:        checkHandedOver,
	TookIn:            checkTakenIn,
	AnswerReceived:    checkAnswered,
	Objected:          checkObjected,
	HandedIn:          checkHandedIn,
	ObjectionAnswered: checkObjectionAnswered,

	RulesProposed:  attempt.checkProposed,
	RulesApproved:  attempt.checkApproved,
	RulesRejected:  attempt.checkRejected,
	RulesWithdrawn: attempt.checkWithdrawn,
}

// checkSubject checks that the person whom e concerns exists.
func (a attempt) checkSubject() error {
	s, e := a.state, a.event
	if s.People[e.Data.Subject] == nil {
		return refuse("exists", "there is no person %q", e.Data.Subject)
	}
	return nil
}

// checkMail checks the change of an address. Who chooses one for another person may read the links that are mailed to
// it, and counts as knowing the password that is chosen by one: see changeAccount.
func (a attempt) checkMail() error {
	s, e := a.state, a.event
	if err := a.checkSubject(); err != nil {
		return err
	}
	if s.People[e.Data.Subject].forgotten {
		return refuse("forgotten", "%s was forgotten, and stays so", e.Data.Subject)
	}
	return nil
}

// checkProfile checks the account that PersonAdded or PersonChanged describes.
func (a attempt) checkProfile() error {
	s, e := a.state, a.event
	d := &e.Data
	if !personRE.MatchString(d.Subject) || d.Subject == System {
		return refuse("id", "%q cannot be a sign-in name: 1 to 64 of a–z, 0–9 and . _ @ -", d.Subject)
	}
	p := s.People[d.Subject]
	switch {
	case p != nil && p.forgotten:
		return refuse("forgotten", "%s was forgotten, and stays so; add the person under another sign-in name", p.ID)
	case p != nil && e.Action == PersonAdded:
		return refuse("exists", "there is already a person %q", d.Subject)
	case p == nil && e.Action == PersonChanged:
		return refuse("exists", "there is no person %q", d.Subject)
	case strings.TrimSpace(d.Name) == "" || len(d.Roles) == 0:
		return refuse("person", "a person has a name and at least one role")
	}
	for _, r := range d.Roles {
		if !r.Known() {
			return refuse("role", "there is no role %q; roles are %v", r, Roles)
		}
	}
	if e.Action == PersonChanged && s.People.lastAdministrator(d.Subject) && !slices.Contains(d.Roles, Administrator) {
		return refuse("last", "%s is the last administrator; give the role to somebody else first", d.Subject)
	}
	return a.checkRoles()
}

// checkDisabled keeps the last administrator from being disabled.
func (a attempt) checkDisabled() error {
	s, e := a.state, a.event
	if err := a.checkSubject(); err != nil {
		return err
	}
	if s.People.lastAdministrator(e.Data.Subject) {
		return refuse("last", "%s is the last administrator", e.Data.Subject)
	}
	return nil
}

// checkForgotten checks the removal of what is kept of a person or, if e names one, of a dossier.
func (a attempt) checkForgotten() error {
	e := a.event
	if e.Dossier == "" {
		if err := a.checkDisabled(); err != nil {
			return err
		}
	}
	return checkReason(&e.Data)
}

// checkTie checks that a conflict of interest is declared or dismissed with a reason, and that people do not
// dismiss their own.
func (a attempt) checkTie() error {
	e := a.event
	if err := a.checkSubject(); err != nil {
		return err
	}
	if e.Action == TieDismissed && e.Data.Subject == e.Person {
		return refuse("own-tie", "nobody judges the own ties; somebody else must dismiss this one")
	}
	return checkReason(&e.Data)
}

// checkAssigned checks that the evaluator may score the dossier. In a batch about several dossiers each event
// names the unit of its own one; about is empty then.
func (a attempt) checkAssigned() error {
	s, e := a.state, a.event
	if err := a.checkSubject(); err != nil {
		return err
	}
	d := &e.Data
	if t := s.Tie(d.Subject, e.Dossier, cmp.Or(a.about.Unit, d.Unit)); t != nil {
		return refuse("aside", "%s stands aside on this dossier: %s", d.Subject, t.Reason)
	}
	if !s.People[d.Subject].May(Score) {
		return refuse("right", "%s evaluates nothing: none of the roles has the right to", d.Subject)
	}
	return nil
}

// checkReason requires a reason.
func checkReason(d *Data) error {
	if strings.TrimSpace(d.Reason) == "" {
		return refuse("reason", "write the reason: it is kept with it")
	}
	return nil
}

// checkLetter checks that a letter is given to a unit, or left, with a reason, and by no one with a conflict of
// interest with that unit.
func checkLetter(a attempt) error {
	if err := checkInvited(a); err != nil {
		return err
	}
	return checkReason(&a.event.Data)
}

// checkInvited checks that nobody with a conflict of interest with a unit acts for it.
func checkInvited(a attempt) error {
	e := a.event
	if t := a.state.Tie(e.Person, e.Dossier, e.Data.Unit); t != nil && e.Data.Unit != "" {
		return refuse("aside", "you stand aside on this dossier: %s", t.Reason)
	}
	return nil
}

// checkComment refuses an empty comment.
func (a attempt) checkComment() error {
	e := a.event
	if strings.TrimSpace(e.Data.Text) == "" {
		return refuse("empty", "there is nothing in the comment")
	}
	return nil
}

// Bounds of tags.
const (
	maxTag  = 40 // code points
	maxTags = 20 // of a dossier
)

// checkTag checks that a tag is a short line, that the dossier does not have it yet or, if it is taken away, has it.
func checkTag(a attempt) error {
	s, e := a.state, a.event
	name, has := e.Data.Name, len(s.Tags(e.Dossier))
	switch there := s.tagged(e.Dossier, name); {
	case name == "" || len([]rune(name)) > maxTag || name != TagName(name):
		return refuse("tag", "a tag is a line of at most %d characters", maxTag)
	case e.Action == Tagged && there:
		return refuse("tag-there", "the dossier has the tag %q already", name)
	case e.Action == Untagged && !there:
		return refuse("tag-missing", "the dossier does not have the tag %q", name)
	case e.Action == Tagged && has >= maxTags:
		return refuse("tag-many", "the dossier has %d tags, and no more are kept", has)
	}
	return nil
}

// checkAdopted lets scores from before the audit trail be adopted once.
func (a attempt) checkAdopted() error {
	s := a.state
	if s.adopted {
		return refuse("adopted", "the earlier scores are in the audit trail already")
	}
	return nil
}

// checkOverride checks that e overrides either the points of a criterion or the outcome, with a reason.
func (a attempt) checkOverride() error {
	e := a.event
	d := &e.Data
	if (d.Points == nil) == (d.Outcome == "") || d.Points != nil && d.Criterion == "" {
		return refuse("override", "either a criterion gets points, or the dossier an outcome")
	}
	if d.Outcome != "" && !slices.Contains(dossier.Outcomes[:4], dossier.Outcome(d.Outcome)) {
		return refuse("override", "the outcome is one of %v", dossier.Outcomes[:4])
	}
	if x := d.Award; x != nil && (d.Outcome == "" || x.ID == "" || x.ID != recommend.NoAward && len(x.Title) == 0) {
		return refuse("override", "an award is given with an outcome, and has an id and a title")
	}
	return checkReason(d)
}

// checkDecisionTaken checks that there is a decision to withdraw.
func (a attempt) checkDecisionTaken() error {
	s, e := a.state, a.event
	if s.Decision(e.Ruleset, e.Dossier) == nil {
		return refuse("taken", "nothing was decided that could be withdrawn")
	}
	return nil
}

// checkDecision checks a decision against the votes. It requires a reason for a decision that differs from the
// program's recommendation, and for one that defers or returns the dossier.
func (a attempt) checkDecision() error {
	s, e := a.state, a.event
	d := &e.Data
	if !slices.Contains(Decisions, d.Decision) {
		return refuse("decision", "a decision is one of %v", Decisions)
	}
	postponed := d.Decision == Deferred || d.Decision == Returned
	if strings.TrimSpace(d.Reason) == "" {
		switch {
		case postponed:
			return refuse("reason", "write why, and what is missing: the unit is told")
		case (d.Decision == Recognised) != (a.about.Outcome == "recommended"):
			return refuse("reason", "kheo says %s for this dossier; write why it is decided otherwise", a.about.Outcome)
		}
	}
	if postponed {
		return nil
	}
	// Those present are those of this moment, also if an earlier decision is replaced.
	return a.checkMajority(tallyAt(s, e.Ruleset, e.Dossier, a.about.Unit, s.Rule(e.Ruleset), meetingOn(s, e.Ruleset)))
}

// checkMajority checks that the votes allow the final decision in e. If they are equal and the campaign leaves
// equal votes to the chair, only the chair may decide.
func (a attempt) checkMajority(t Tally) error {
	s, e := a.state, a.event
	switch why, can := t.Stands(e.At); {
	case can:
	case why == StandsMeeting:
		return refuse("present", "the rule counts those present: write down first who meets")
	case why == StandsNoBallot, why == StandsBallot, why == StandsVoid:
		return refuse("uncounted", "the votes are by secret ballot, and no ballots that count have been counted")
	case why == StandsChair:
		return refuse("quorum-chair", "the rule asks that the chair takes part, and no chair has yet")
	case why == StandsWriting:
		return &Refusal{"writing", []any{len(t.Waiting)},
			fmt.Sprintf("%d absent members may vote in writing until %s; "+
				"it is decided after that, or when they have voted", len(t.Waiting), t.Rule.WrittenUntil)}
	case why == StandsTieVote:
		return refuse("tie-vote", "the votes are equal, and the side of the chair has it: the chair has to vote first")
	case t.Rule.Attendance.Present && t.Short() > 0:
		return &Refusal{"quorum-present", []any{t.Present, t.Eligible, t.Need}, fmt.Sprintf(
			"%d of %d are present; %d must be, before it can be decided", t.Present, t.Eligible, t.Need)}
	default:
		return &Refusal{"quorum", []any{t.Cast(), t.Eligible, max(1, t.Need)}, fmt.Sprintf(
			"%d of %d have voted; %d must, before it can be decided", t.Cast(), t.Eligible, max(1, t.Need))}
	}
	p, want := s.People[e.Person], t.Result()
	if want == "" && p != nil && !slices.Contains(p.Roles, Chair) {
		return refuse("tie", "the votes are equal; by the rule of this campaign the chair decides")
	}
	if want != "" && e.Data.Decision != want {
		return &Refusal{"majority", []any{t.For, t.Against, t.Abstain, t.Needs()}, fmt.Sprintf(
			"the votes (%d for, %d against, %d abstained) say %s: it needs %s, which is %d of %d",
			t.For, t.Against, t.Abstain, want, t.Rule.Majority.In("en", t.Rule.Abstain), t.Needs(), t.Base())}
	}
	return nil
}

// OneLine reports whether a text can be shown as a name: it has no line breaks or other control characters,
// and none that change the direction of the text after it.
func OneLine(s string) bool { return !strings.ContainsFunc(s, unprintable) }

// manyLines is OneLine for reasons and comments, which may have several lines.
func manyLines(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unprintable(r) && r != '\n' && r != '\r' && r != '\t' })
}

// unprintable reports control characters, line separators and bidirectional controls (UAX #9).
func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}

// checkPlain refuses control characters in what people write. The program itself may quote foreign documents;
// of its events only the names of people are checked.
func checkPlain(e *Event) error {
	person := e.Action == PersonAdded || e.Action == PersonChanged
	if e.Person == System && !person {
		return nil
	}
	value, _ := e.Data.To.(string)
	d := &e.Data
	for _, t := range []string{d.Name, d.Unit, d.Place, d.On, d.Subject, d.Fact, value} {
		if !OneLine(t) {
			return refuse("control", "%q has a line break or another control character; write it on one line", t)
		}
	}
	for _, t := range []string{e.Data.Reason, e.Data.Text} {
		if !manyLines(t) {
			return refuse("control", "%q has a control character; leave it out", t)
		}
	}
	return nil
}

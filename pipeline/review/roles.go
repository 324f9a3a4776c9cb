package review

import (
	"slices"
	"time"

	"kheo/internal/isodate"
	"kheo/pipeline/campaign"
)

// Role is a function of a person in a campaign. A person may have several.
type Role string

// Roles.
const (
	Submitter     Role = "submitter"
	Evaluator     Role = "evaluator"
	Member        Role = "member"
	Chair         Role = "chair"
	Secretary     Role = "secretary"
	Observer      Role = "observer"
	Administrator Role = "administrator"
)

// Roles lists every role.
var Roles = []Role{Submitter, Evaluator, Member, Chair, Secretary, Observer, Administrator}

// Right is a permission that roles give.
type Right string

// Rights.
const (
	SeeOwn   Right = "see-own"   // the dossiers of one's own unit, their receipts, what they lack
	Submit   Right = "submit"    // dossiers of one's own unit, and answers to what was returned
	See      Right = "see"       // every dossier, list and run
	Search   Right = "search"    //
	Discuss  Right = "discuss"   // read and write comments
	SeeVotes Right = "see-votes" // who voted how
	Score    Right = "score"     // criteria that people score
	Take     Right = "take"      // dossiers to evaluate oneself, if the campaign allows it
	Override Right = "override"  // points and recommendations, with a reason
	Correct  Right = "correct"   // facts, with a reason; without Override: of dossiers assigned to oneself
	CastVote Right = "vote"      //

	CheckEvidence Right = "check-evidence" // say whether a quoted passage is evidence for its criterion

	Decide    Right = "decide"     // write down what was decided
	Meet      Right = "meet"       // open a meeting
	Close     Right = "close"      // close a list
	Assign    Right = "assign"     // evaluators to dossiers
	Tie       Right = "tie"        // declare one's own ties
	JudgeTies Right = "judge-ties" // declare and dismiss the ties of others
	Papers    Right = "papers"     // download what is signed
	People    Right = "people"     // add people, give roles
	Audit     Right = "audit"      // read the audit trail
	TryRules  Right = "try-rules"  //
	Run       Right = "run"        // start a run
	Visit     Right = "visit"      // write down what an inspection of a model found
	Register  Right = "register"   // keep the register of models

	EditRules    Right = "edit-rules"    // change rulesets and kheo.yaml in drafts, and propose them
	ApproveRules Right = "approve-rules" // put into force, or reject, what another person proposed
)

// Rights lists every right.
var Rights = []Right{SeeOwn, Submit, See, Search, Discuss, SeeVotes, Score, Take, Override, Correct, CastVote,
	CheckEvidence, Decide, Meet, Close, Assign, Tie, JudgeTies, Papers, People, Audit, TryRules, Run, Visit, Register,
	EditRules, ApproveRules}

// rightsOf lists the rights of each role.
var rightsOf = map[Role][]Right{
	Submitter: {SeeOwn, Submit},
	Evaluator: {See, Search, Discuss, Score, Take, Correct, CheckEvidence, Tie, Visit},
	Member:    {See, Search, Discuss, SeeVotes, Score, CheckEvidence, CastVote, Tie, Visit},
	Chair: {See, Search, Discuss, SeeVotes, Score, Override, Correct, CheckEvidence, CastVote, Decide, Meet, Close,
		Assign, Tie, JudgeTies, Papers, Audit, TryRules, Visit, Register, EditRules, ApproveRules},
	Secretary: {See, Search, Discuss, SeeVotes, Override, Correct, CheckEvidence, Decide, Meet, Assign, Tie, JudgeTies,
		Papers, Audit, TryRules, Run, Visit, Register, EditRules},
	Observer:      {See, Search, Papers},
	Administrator: {See, Search, People, Audit, TryRules, Run, EditRules, ApproveRules},
}

// May reports whether a role has a right.
func (r Role) May(right Right) bool { return slices.Contains(rightsOf[r], right) }

// votes reports whether people with the role count towards a quorum.
func (r Role) votes() bool { return r.May(CastVote) }

// Known reports whether r is one of Roles.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// Scope is a part of the rights of a person that a token for programs may have.
type Scope string

// Scopes.
const (
	ReadScope       Scope = "read"       // what the person may see
	SubmitScope     Scope = "submit"     // dossiers of the person's unit
	ReviewScope     Scope = "review"     // comments, scores, votes, corrections, decisions, assignments
	AdministerScope Scope = "administer" // runs, and the audit trail
)

// Scopes lists every scope.
var Scopes = []Scope{ReadScope, SubmitScope, ReviewScope, AdministerScope}

// phaseOf names the phase of the season that each action belongs to. Deliveries and decisions are told apart by
// phaseFor.
var phaseOf = map[Action]string{Registered: "registration", HandedIn: "submission", Scored: "scoring",
	EvidenceJudged: "checking", EvidenceUnjudged: "checking", FactSet: "checking", FactRejected: "checking",
	FactRestored: "checking",
	Met:          "meeting", Voted: "meeting", VoteTaken: "meeting", BallotOpened: "meeting", BallotCast: "meeting",
	BallotPaper: "meeting", BallotAdded: "meeting", BallotCounted: "meeting", Decided: "meeting", Closed: "publication"}

// phaseFor returns the phase that an event belongs to; "" if it belongs to none.
func phaseFor(e *Event) string {
	switch {
	case e.Action == HandedIn && e.Data.Added:
		return "completion"
	case e.Action == Decided && (e.Data.Decision == Deferred || e.Data.Decision == Returned):
		return "" // a dossier is also returned before the committee meets
	}
	return phaseOf[e.Action]
}

// Extension is the extension of a phase.
type Extension struct {
	Until  time.Time
	Reason string
	By, At string
	Seq    int64
}

// PhaseOf returns a phase of the season as it is in force, with the last extension; false if it has no dates.
func PhaseOf(s *State, name string) (p campaign.Phase, x *Extension, dated bool) {
	p, dated = s.Settings.Phase(name)
	if e, ok := s.extended[name]; ok && dated && e.Until.After(p.Until) && !p.Until.IsZero() {
		p.Until, x = e.Until, &e
	}
	return p, x, dated
}

// moment writes a moment for messages, in the timezone of the campaign. The end of a day is told as its last minute.
func moment(t time.Time, in *time.Location, end bool) string {
	if end {
		t = isodate.Told(t, in)
	}
	return t.In(in).Format("2006-01-02 15:04")
}

// mostUnpacking is how long a delivery that was sent in time may take to be put into the inbox.
const mostUnpacking = 10 * time.Minute

// checkPhase checks that an event is within the dates of its phase. What System does is not bound to
// them, but for what comes by mail or by the link of an applicant.
func checkPhase(s *State, e *Event) error {
	name := phaseFor(e)
	p, _, dated := PhaseOf(s, name)
	at, err := time.Parse(time.RFC3339, e.At)
	if sent, wrong := time.Parse(time.RFC3339, e.Data.Given); wrong == nil && e.Action == HandedIn &&
		at.Sub(sent) < mostUnpacking {
		at = sent // the unit was in time, and the files are in the inbox by now
	} else if wrong == nil && e.Data.Mail+e.Data.Link != "" {
		at = sent // when the mail server had the letter
	}
	if !dated || e.Person == System && e.Data.Mail+e.Data.Link == "" || err != nil {
		return nil
	}
	if name == "completion" { // also as long as dossiers are handed in
		if q, _, ok := PhaseOf(s, "submission"); ok && !at.Before(q.From) && at.Before(q.Until) {
			return nil
		}
	}
	switch {
	case at.Before(p.From):
		return &Refusal{"phase-early", []any{moment(p.From, p.In, false)}, "this begins on " + moment(p.From, p.In,
			false)}
	case !p.Until.IsZero() && !at.Before(p.Until):
		return &Refusal{"phase-over", []any{moment(p.Until, p.In, true)}, "this was possible until " +
			moment(p.Until, p.In, true)}
	}
	return nil
}

// applyExtended records an extension.
func applyExtended(u update) {
	e := u.event
	until, err := time.Parse(time.RFC3339, e.Data.Until)
	if err == nil { // checkExtended refuses others
		put(u.state, u.state.extended, e.Data.Name, Extension{until, e.Data.Reason, e.Person, e.At, e.Seq})
	}
}

// checkExtended checks that a phase with an end is extended, with a reason.
func checkExtended(a attempt) error {
	s, e := a.state, a.event
	p, _, dated := PhaseOf(s, e.Data.Name)
	until, err := time.Parse(time.RFC3339, e.Data.Until)
	switch {
	case !dated || p.Until.IsZero():
		return refuse("phase-open", "this phase has no end that could be extended")
	case err != nil || !until.After(p.Until) || until.After(p.Until.AddDate(2, 0, 0)):
		return &Refusal{"phase-shorter", []any{moment(p.Until, p.In, true)}, "an extension is later than " +
			moment(p.Until, p.In, true) + ", and by at most two years"}
	}
	return checkReason(&e.Data)
}

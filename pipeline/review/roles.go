package review

import "slices"

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
	ApproveRules Right = "approve-rules" // put into force, or reject, what somebody else proposed
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
	Chair: {See, Search, Discuss, SeeVotes, Score, Override, Correct, CheckEvidence, CastVote, Decide, Meet, Close, Assign,
		Tie, JudgeTies, Papers, Audit, TryRules, Visit, Register, EditRules, ApproveRules},
	Secretary: {See, Search, Discuss, SeeVotes, Override, Correct, CheckEvidence, Decide, Meet, Assign, Tie, JudgeTies, Papers,
		Audit, TryRules, Run, Visit, Register, EditRules},
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

// Package review records what people do with the recommendations: they check them, recuse themselves, vote, decide,
// give reasons, and close lists.
//
// Everything is an event, and events form a hash chain, the audit trail: each contains the hash of the one before
// it, so that none can be changed, removed or inserted without changing every later hash. The present state – who
// may do what, who has voted how, what was decided, which scores count – is derived from the events alone (State).
// Log.Do refuses an event that the state does not allow.
//
// Two tables follow the chain: panel_scores, which reports in SQL read, and secrets, which holds the passwords.
// They are written in the transaction of their event, and Verify compares them with it. A trail whose end was cut
// off, or that was replaced as a whole, is detected by anchors, which are kept outside the database (Anchor).
package review

import (
	"bytes"
	"encoding/json"
	"fmt"

	"kheo/internal/dossier"
	"kheo/pipeline/recommend"
	"kheo/pipeline/store"
)

// Action is the kind of an event.
type Action string

// The actions, with the fields of Data that they use.
const (
	PersonAdded    Action = "person-added"    // Subject: name, roles, unit, fields
	PersonChanged  Action = "person-changed"  // the same, replacing what was before
	PersonDisabled Action = "person-disabled" // may not sign in any more
	PersonEnabled  Action = "person-enabled"  // may sign in again
	LinkMade       Action = "link-made"       // for Subject to choose a password; Text is LinkShown or LinkMailed
	MailSet        Action = "mail-set"        // the address to which the mail of Subject goes, which is not in it
	PasswordSet    Action = "password-set"    // Secret is its SHA-256; Reason is ByLink if a link was used
	// Of is its id: Name, Text (scopes), On (its last day), Secret (its SHA-256)
	TokenMade     Action = "token-made"
	FactorSet     Action = "factor-set"     // Subject has a second factor; Secret is the SHA-256 of its secret
	FactorRemoved Action = "factor-removed" // no longer
	RecoveryUsed  Action = "recovery-used"  // Subject signed in with a recovery code in place of the second factor
	TokenRevoked  Action = "token-revoked"  // Of is its id
	Forgotten     Action = "forgotten"      // the data of Subject, or of the dossier, was removed; only System

	TieDeclared  Action = "tie-declared"  // Subject has a conflict of interest with Unit or the dossier; Reason
	TieFound     Action = "tie-found"     // the same, found by the program
	TieDismissed Action = "tie-dismissed" // it does not hold; Reason

	Assigned   Action = "assigned"   // Subject evaluates the dossier
	Unassigned Action = "unassigned" // no longer

	// What people state of facts, against or beside what was read (corrections.go). By System: of Subject.
	FactSet      Action = "fact-set"      // Fact is To, and was Was; Paper, Source, Reason
	FactRejected Action = "fact-rejected" // no paper states Fact; Paper, Source, Reason
	FactRestored Action = "fact-restored" // what was read of Fact counts again

	// What people say of pieces of evidence (verdicts.go). By System: of Subject.
	EvidenceJudged   Action = "evidence-judged"   // Verdict on the passage Source of Paper, for Ruleset and Criterion
	EvidenceUnjudged Action = "evidence-unjudged" // the person's own verdict on it is taken back

	SampleDrawn Action = "evidence-sampled" // Sample of the evidence of the list of Ruleset is what people check

	HandedIn Action = "handed-in" // a unit sent the dossier, or an addition; Text is its SHA-256

	// Letters that came into the mailbox. By mail, System hands in, and Data.Mail is the SHA-256 of the letter.
	// a person gives the letter Of to Unit, as a new dossier or to Dossier; Reason
	LetterGiven        Action = "letter-given"
	ApplicantInvited   Action = "applicant-invited"   // the link Link was made, until Until
	ApplicantWithdrawn Action = "applicant-withdrawn" // the link Link ends; Reason
	LetterAside        Action = "letter-aside"        // nothing is made of the letter Of; Reason

	Reminders Action = "reminders-sent" // Text is what of; Name is who, or Unit which unit, was reminded; On is of when

	Commented  Action = "commented"  // Text on the dossier
	Tagged     Action = "tagged"     // Name is a tag of the dossier
	Untagged   Action = "untagged"   // no longer
	Scored     Action = "scored"     // Points on Criterion, nil takes it back; by System: of Subject or Name
	Overridden Action = "overridden" // Points of Criterion, or Outcome of the dossier, are replaced; Reason
	Restored   Action = "restored"   // an override ends

	Met     Action = "met"     // Present attend a meeting on the list of Run
	Came    Action = "came"    // Subject attends the meeting from here on
	Left    Action = "left"    // Subject does so no longer
	Called  Action = "called"  // the meeting is about the dossier now
	Voted   Action = "voted"   // Value on the dossier
	Decided Action = "decided" // Decision on the dossier; Reason
	Closed  Action = "closed"  // the list of Run, with ListSHA256 and Content (a ClosedContent)

	PhaseExtended Action = "phase-extended" // Name is a phase, which lasts until Until; Reason

	// Secret ballots (tally.go). The ballots themselves are in no event before they are counted.
	// votes on the dossier are accepted; Of is the box; Reason if it is repeated
	BallotOpened  Action = "ballot-opened"
	BallotCast    Action = "ballot-cast"            // the person has voted
	BallotPaper   Action = "ballot-paper"           // a first teller has entered the paper ballots of Present
	BallotAdded   Action = "ballot-paper-confirmed" // a second one has entered the same: they are in the box
	BallotCounted Action = "ballot-counted"         // Content is a BallotCount

	// After a list was closed (afterwards.go).
	// the list was made into an archive for the next tier; Secret is its SHA-256
	HandedOver Action = "handed-over"
	TookIn     Action = "taken-in" // the dossier comes from another office; Content is a Provenance
	// what was decided on the dossiers of the office Name; Secret is its SHA-256
	AnswerMade        Action = "answer-made"
	Objected          Action = "objected"           // a unit objects to the decision on its dossier; Text
	ObjectionAnswered Action = "objection-answered" // Outcome is ObjectionUpheld or ObjectionRejected; Reason
	AnswerReceived    Action = "next-tier-answered" // Content is an Answer on the entry

	ScoresAdopted Action = "scores-adopted" // scores of an older kheo follow as events
	ScorerSettled Action = "scorer-settled" // scores under Name are those of Subject, or of an external scorer if ""

	VoteTaken     Action = "vote-withdrawn"     // a person's own vote, before the decision
	DecisionTaken Action = "decision-withdrawn" // before the list is closed

	// The life of a model (register.go). Dossier is the model.
	Registered Action = "model-registered" // Name, Unit, Level, Field, On, Place; before there is a dossier
	Reported   Action = "model-reported"   // Of is its report, a dossier; with a Reason: Of is not its report
	Visited    Action = "model-visited"    // On, Text (the finding), Photo
	TookOver   Action = "model-took-over"  // it followed the example of Of; Reason
	NotTaken   Action = "model-not-taken"  // it did not; Reason
	SameAs     Action = "model-same"       // it is the model Of of Campaign under another name
	NotSame    Action = "model-not-same"   // it is not
	// Changes of rulesets and of kheo.yaml (proposals.go).
	RulesProposed  Action = "rules-proposed"  // Rules is to come into force; Reason
	RulesApproved  Action = "rules-approved"  // Rules, proposed by event Rules.Of, is in force; Reason
	RulesRejected  Action = "rules-rejected"  // it is not to come into force; Reason
	RulesWithdrawn Action = "rules-withdrawn" // its author takes it back

	Confirmed Action = "recognition-confirmed"
	Withdrawn Action = "recognition-withdrawn" // Reason
)

// Event is one entry of the audit trail. Its JSON form is what the hash covers.
type Event struct {
	Seq     int64  `json:"seq"`
	At      string `json:"at"` // RFC 3339, UTC
	Person  string `json:"person"`
	Action  Action `json:"action"`
	Ruleset string `json:"ruleset,omitempty"`
	Dossier string `json:"dossier,omitempty"`
	Data    Data   `json:"data"`

	Prev string `json:"-"` // hash of the event before it
	Hash string `json:"-"`

	beside store.SideEffects // rows that the store writes in the same transaction
}

// Data is the content of an event, beside its person, ruleset and dossier. Each action uses some of the fields.
type Data struct {
	Subject   string   `json:"subject,omitempty"` // a person
	Name      string   `json:"name,omitempty"`
	Roles     []Role   `json:"roles,omitempty"`
	Unit      string   `json:"unit,omitempty"`
	Fields    []string `json:"fields,omitempty"`
	Language  string   `json:"language,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Until     string   `json:"until,omitempty"` // RFC 3339, UTC
	Added     bool     `json:"added,omitempty"` // the delivery adds to a dossier that was received before
	Text      string   `json:"text,omitempty"`
	Criterion string   `json:"criterion,omitempty"`
	Points    *float64 `json:"points,omitempty"`
	Outcome   string   `json:"outcome,omitempty"`
	Value     Vote     `json:"value,omitempty"`

	// Award is what a person gives with an outcome, in place of what the program gives.
	Award *recommend.GivenAward `json:"award,omitempty"`

	Decision   Decision        `json:"decision,omitempty"`
	Run        string          `json:"run,omitempty"`
	Present    []string        `json:"present,omitempty"`
	ListSHA256 string          `json:"list_sha256,omitempty"`
	Content    json.RawMessage `json:"content,omitempty"`

	On       string `json:"on,omitempty"` // ISO date
	Place    string `json:"place,omitempty"`
	Level    string `json:"level,omitempty"`
	Field    string `json:"field,omitempty"`
	Of       string `json:"of,omitempty"` // another model
	Campaign string `json:"campaign,omitempty"`
	Photo    string `json:"photo,omitempty"` // SHA-256 of a kept file
	Found    bool   `json:"found,omitempty"` // by the program

	// Of statements about a paper. To and Was are the values of a fact, as in dossier.Fact: nil if it has
	// none.
	Fact   string          `json:"fact,omitempty"`
	To     any             `json:"to,omitempty"`
	Was    any             `json:"was,omitempty"`
	Paper  *dossier.Basis  `json:"paper,omitempty"`  // the statement holds as long as the dossier has it
	Source *dossier.Source `json:"source,omitempty"` // the place on it, if one was named

	Verdict dossier.VerdictKind `json:"verdict,omitempty"` // on the passage Source
	Sample  *Sample             `json:"sample,omitempty"`

	Rules *RulesText `json:"rules,omitempty"`

	// RFC 3339: when an adopted score was given, or the sending of a delivery had ended
	Given    string   `json:"given,omitempty"`
	Fits     []string `json:"fits,omitempty"`     // the people whom Name fits, if several
	Disabled *bool    `json:"disabled,omitempty"` // nil in events of an older kheo
	Secret   string   `json:"secret,omitempty"`
	Mail     string   `json:"mail,omitempty"` // SHA-256 of the letter by which a delivery came
	Link     string   `json:"link,omitempty"` // id of the link of an applicant
}

// Vote is the vote of a member.
type Vote string

// Votes.
const (
	For     Vote = "for"
	Against Vote = "against"
	Abstain Vote = "abstain"
)

// SecretVote takes the place of the vote of a person who has cast a secret ballot.
const SecretVote Vote = "secret"

// Votes lists every vote.
var Votes = []Vote{For, Against, Abstain}

// Decision is what people decide on an entry.
type Decision string

// Decisions.
const (
	Recognised    Decision = "recognised"
	NotRecognised Decision = "not-recognised"
	Deferred      Decision = "deferred"
	Returned      Decision = "returned"
)

// Decisions lists every decision.
var Decisions = []Decision{Recognised, NotRecognised, Deferred, Returned}

// begin is the value of Prev of the first event.
const begin = "0000000000000000000000000000000000000000000000000000000000000000"

// hashOf returns the hash of an event from the hash before it and its JSON form.
func hashOf(prev, body string) string {
	return dossier.SHA256([]byte(prev + "\n" + body))
}

// row encodes the event for the store, and sets its hash.
func (e *Event) row() (store.EventRow, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return store.EventRow{}, err
	}
	body := string(bytes.TrimRight(b.Bytes(), "\n"))
	e.Hash = hashOf(e.Prev, body)
	beside := e.beside
	if e.Action == Scored {
		score := e.scoreRow()
		if beside.Score != nil {
			score.ID = beside.Score.ID
		}
		beside.Score = &score
	}
	return store.EventRow{Seq: e.Seq, Body: body, Hash: e.Hash, SideEffects: beside}, nil
}

// scoreRow returns the row of panel_scores that belongs to a score.
func (e *Event) scoreRow() store.ScoreRow {
	d := &e.Data
	r := store.ScoreRow{Dossier: e.Dossier, Criterion: d.Criterion, Scorer: e.Person, Points: d.Points,
		Why: d.Text, At: e.At, Seq: e.Seq}
	if e.Person == System {
		if r.Scorer = d.Subject; d.Subject == "" {
			r.Scorer = external + ScorerName(d.Name)
		}
	}
	return r
}

// TamperError reports at which event the hash chain is broken.
type TamperError struct {
	Seq int64
	Why string
}

// Error implements error.
func (e *TamperError) Error() string {
	return fmt.Sprintf("the audit trail was changed at event %d: %s", e.Seq, e.Why)
}

// read decodes a stored event and checks that it continues the chain: its number is seq, and prev is the hash
// before it.
func read(r store.EventRow, seq int64, prev string) (*Event, error) {
	if r.Seq != seq {
		return nil, &TamperError{seq, fmt.Sprintf("event %d follows event %d; %d are missing", r.Seq, seq-1, r.Seq-seq)}
	}
	if hashOf(prev, r.Body) != r.Hash {
		return nil, &TamperError{seq, "its text is not what was hashed, or the event before it is another"}
	}
	var e Event
	dec := json.NewDecoder(bytes.NewReader([]byte(r.Body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return nil, &TamperError{seq, err.Error()}
	}
	if e.Seq != seq {
		return nil, &TamperError{seq, fmt.Sprintf("it calls itself event %d", e.Seq)}
	}
	e.Prev, e.Hash = prev, r.Hash
	return &e, nil
}

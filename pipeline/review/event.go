// Package review is what people do with the recommendations: they check them, stand aside
// where they are tied, vote, decide, give reasons, and close a list.
//
// Everything that anybody does is an event. Events stand in a chain: each holds the hash of
// the one before it, so that none can be changed, removed or slipped in without every later
// hash changing too. What holds at present – who may do what, who has voted how, what was
// decided, which scores count – is told by the events alone (State). An event that the state does
// not allow is refused before it is added (Log.Do).
//
// Two tables follow the chain: panel_scores, which reports in SQL read, and secrets, which holds the
// passwords. They are written in the transaction of their event, and Verify compares them with it. That
// the end of the chain was cut off, or all of it was replaced, is told by anchors: how many events there
// were and the hash of the last, written down outside the database (Anchor).
package review

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"kheo/pipeline/store"
)

// Action is what somebody did.
type Action string

// Actions.
const (
	PersonAdded    Action = "person-added"    // Subject: name, roles, unit, fields
	PersonChanged  Action = "person-changed"  // the same; what is named holds from now on
	PersonDisabled Action = "person-disabled" // may not sign in any more
	PersonEnabled  Action = "person-enabled"  // may sign in again
	LinkMade       Action = "link-made"       // by which Subject chooses a password; Text is LinkShown or LinkMailed
	PasswordSet    Action = "password-set"    // Secret is the SHA-256 of how it is kept; Reason is ByLink where a link allowed it
	Forgotten      Action = "forgotten"       // what was kept of Subject, or of the dossier, was removed, because of Reason; only the program does it

	TieDeclared  Action = "tie-declared"  // Subject is tied to Unit or to the dossier, because of Reason
	TieFound     Action = "tie-found"     // the program found it
	TieDismissed Action = "tie-dismissed" // it is none, because of Reason

	Assigned   Action = "assigned"   // Subject is to evaluate the dossier
	Unassigned Action = "unassigned" //

	HandedIn Action = "handed-in" // a unit sent the dossier, or more of it; Text is its SHA-256

	Commented  Action = "commented"  // Text on the dossier
	Scored     Action = "scored"     // Points on Criterion, none where a score is taken back; of Subject, or of somebody called Name, where the program wrote it down
	Overridden Action = "overridden" // Criterion gets Points, or the dossier Outcome, because of Reason
	Restored   Action = "restored"   // what was overridden is as the program says again

	Met     Action = "met"     // Present meet on the ruleset's list of Run
	Voted   Action = "voted"   // Value on the dossier
	Decided Action = "decided" // Decision on the dossier, because of Reason
	Closed  Action = "closed"  // the ruleset's list of Run; ListSHA256, Content is what was closed

	ScoresAdopted Action = "scores-adopted" // scores that were recorded before they were events stand in the trail from here on
	ScorerSettled Action = "scorer-settled" // scores under Name, which fits several people, are those of Subject; "" is somebody else

	VoteTaken     Action = "vote-withdrawn"     // the own vote on the dossier, before it is decided
	DecisionTaken Action = "decision-withdrawn" // on the dossier, before the list is closed

	// The life of a model (register.go). Dossier is the model.
	Registered Action = "model-registered" // Name, Unit, Level, Field, On, Place: long before a dossier comes
	Reported   Action = "model-reported"   // Of is the dossier in which it is told; "" that it is none
	Visited    Action = "model-visited"    // On, Text is what was found, Photo
	TookOver   Action = "model-took-over"  // its example is Of, because of Reason
	NotTaken   Action = "model-not-taken"  // it did not take Of over, because of Reason
	SameAs     Action = "model-same"       // it is Of, of Campaign, under another name
	NotSame    Action = "model-not-same"   // it is not
	Confirmed  Action = "recognition-confirmed"
	Withdrawn  Action = "recognition-withdrawn" // because of Reason
)

// Event is something that somebody did.
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

	beside store.Beside // what is kept beside the chain because of it
}

// Data is what an action says beside whom and what it is about.
type Data struct {
	Subject    string          `json:"subject,omitempty"` // a person
	Name       string          `json:"name,omitempty"`
	Roles      []Role          `json:"roles,omitempty"`
	Unit       string          `json:"unit,omitempty"`
	Fields     []string        `json:"fields,omitempty"`
	Language   string          `json:"language,omitempty"`
	Reason     string          `json:"reason,omitempty"`
	Text       string          `json:"text,omitempty"`
	Criterion  string          `json:"criterion,omitempty"`
	Points     *float64        `json:"points,omitempty"`
	Outcome    string          `json:"outcome,omitempty"`
	Value      Vote            `json:"value,omitempty"`
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

	Given    string   `json:"given,omitempty"`    // when a score was given that was taken over, RFC 3339
	Fits     []string `json:"fits,omitempty"`     // the people whom Name fits, where those are several
	Disabled *bool    `json:"disabled,omitempty"` // whether the person who is changed stays disabled
	Secret   string   `json:"secret,omitempty"`
}

// Vote is how a member votes.
type Vote string

// Votes.
const (
	For     Vote = "for"
	Against Vote = "against"
	Abstain Vote = "abstain"
)

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

// begin is what the first event holds as the hash of the one before it.
const begin = "0000000000000000000000000000000000000000000000000000000000000000"

func hashOf(prev, body string) string {
	s := sha256.Sum256([]byte(prev + "\n" + body))
	return hex.EncodeToString(s[:])
}

// row writes an event as it is kept, and sets its hash.
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
	return store.EventRow{Seq: e.Seq, Body: body, Hash: e.Hash, Beside: beside}, nil
}

// scoreRow is what panel_scores keeps of a score.
func (e *Event) scoreRow() store.ScoreRow {
	d := &e.Data
	r := store.ScoreRow{Dossier: e.Dossier, Criterion: d.Criterion, Scorer: e.Person, Points: d.Points, Why: d.Text, At: e.At, Seq: e.Seq}
	if e.Person == System {
		if r.Scorer = d.Subject; d.Subject == "" {
			r.Scorer = external + ScorerName(d.Name)
		}
	}
	return r
}

// TamperError tells where the chain is broken.
type TamperError struct {
	Seq int64
	Why string
}

func (e *TamperError) Error() string {
	return fmt.Sprintf("the audit trail was changed at event %d: %s", e.Seq, e.Why)
}

// read reads an event as it is kept, behind one with a hash.
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

// Package webhooks notifies other programs, by signed messages, of what has happened in a campaign: a run is done, a
// list is closed, a dossier was returned, something was decided.
//
// What is told comes from the run ledger and the audit trail, read from where each webhook was told up to (gather.go).
// Messages wait in the records until they are delivered or given up (queue.go). They follow the specification Standard
// Webhooks (https://www.standardwebhooks.com), with its reference library, and go to public addresses only unless
// kheo.yaml allows others (send.go). Package schedule calls Round.
//
// A message names dossiers, lists and runs, and says nothing of what is in them: who wants more asks the API, with the
// rights of a token.
package webhooks

import (
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"kheo/pipeline/workspace"
)

// Kinds of messages, as kheo.yaml names them.
const (
	RunDone    = "run.done"
	RunFailed  = "run.failed"
	ListClosed = "list.closed"
	Returned   = "dossier.returned"
	Decided    = "decision.made"
	Undecided  = "decision.withdrawn"
	Test       = "test" // sent when a person asks for it
)

// Message is the body of a message.
type Message struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // when it happened, RFC 3339
	Data      Data   `json:"data"`
}

// Data says what happened. Each kind uses some of the fields.
type Data struct {
	Campaign   string `json:"campaign"`
	Event      int64  `json:"event,omitempty"` // its number in the audit trail: a later one counts more
	List       string `json:"list,omitempty"`
	Dossier    string `json:"dossier,omitempty"`
	Decision   string `json:"decision,omitempty"`
	Run        string `json:"run,omitempty"`
	ListSHA256 string `json:"list_sha256,omitempty"`
	Number     int64  `json:"number,omitempty"` // of the run in the ledger
	Cause      string `json:"cause,omitempty"`
}

// State is what became of a message.
type State string

// States of a message.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	GivenUp   State = "given-up"
)

// Delivery is a message to one webhook.
type Delivery struct {
	ID     string          `json:"id"` // the same at every attempt, by which the receiver knows it again
	Hook   string          `json:"webhook"`
	Type   string          `json:"type"`
	Body   json.RawMessage `json:"body"`
	About  string          `json:"about"` // messages about the same come in their order; "" needs none
	Order  int64           `json:"order"`
	Since  time.Time       `json:"since"`
	Next   time.Time       `json:"next,omitzero"` // when it is tried next
	Tries  int             `json:"tries"`
	Last   time.Time       `json:"last,omitzero"` // the last attempt
	Status int             `json:"status"`        // of the last answer; 0 without one
	Error  string          `json:"error"`         // of the last attempt, without the URL
	State  State           `json:"state"`
}

// Sender sends the messages of a workspace. Several may send at once; the receiver then gets a message twice, under
// the same id.
type Sender struct {
	w      *workspace.Workspace
	log    *slog.Logger
	rounds sync.Mutex
}

// NewSender returns a sender of the webhooks that the kheo.yaml of a workspace names.
func NewSender(w *workspace.Workspace, log *slog.Logger) *Sender { return &Sender{w: w, log: log} }

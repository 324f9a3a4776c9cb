// Package mailbox takes dossiers out of a mailbox, to which units send them as letters.
//
// A letter that is surely of a unit, with files, becomes a dossier of that unit or an addition to one: its files go
// into the inbox as every other delivery, and a receipt with their names and hashes goes back to the unit's address.
// Everything else is left to people, with the reason, and never answered.
//
// fetch.go is one look into the mailbox; imap.go speaks with the server; head.go reads who has sent a letter and what
// proves that; take.go makes a delivery of a letter.
//
// A letter is known by the hash of its bytes, which the mailbox cannot change, and has a record. The record says that a
// letter is being taken before anything is in the inbox; that it is taken is written with the event of the delivery and
// its receipt, in one transaction; only then is the letter moved to another folder. Whatever a kill breaks off is found
// by the name of the letter's own page in the delivery, and is neither lost nor done twice.
package mailbox

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// State is what became of a letter.
type State string

// States.
const (
	Taking State = "taking" // it is put into the inbox; a kill may have come between
	Taken  State = "taken"  // it is a dossier, or part of one
	Again  State = "again"  // it was taken before: the same letter came twice
	Left   State = "left"   // people must look at it; Reason
	Asked  State = "asked"  // a person has given it to a unit; the next look takes it
	Aside  State = "aside"  // a person has decided that nothing is made of it
)

// Reason is why a letter is left to people.
type Reason string

// Reasons.
const (
	Unreadable Reason = "unreadable"   // it, or its header, cannot be read
	Large      Reason = "large"        // it is larger than maxLetter
	Automatic  Reason = "automatic"    // a program has sent it: an answer, a bounce, a list
	NoSender   Reason = "no-sender"    // it does not name one sender
	Stranger   Reason = "stranger"     // the sender is no unit
	Unclear    Reason = "unclear"      // the address is one of several units
	Unproven   Reason = "unproven"     // DMARC does not prove the sender
	SameID     Reason = "same-id"      // another letter of the unit has the same Message-ID
	TooMany    Reason = "too-many"     // the unit has sent mostDaily letters within a day
	NoFiles    Reason = "no-files"     // nothing is attached
	Pictures   Reason = "pictures"     // only small pictures are attached, as in signatures
	BadFile    Reason = "bad-file"     // an attached file cannot be taken out; Detail
	Manifest   Reason = "manifest"     // the attached dossier.yaml has mistakes, or there are several; Detail
	OtherUnit  Reason = "other-unit"   // it is about a dossier of another unit
	NoDossier  Reason = "no-dossier"   // it is an answer, and it is not said to which dossier
	Several    Reason = "several"      // it names several dossiers
	ListClosed Reason = "list-closed"  // a list is closed already
	Refused    Reason = "refused"      // the campaign does not accept it now; Detail
	Gone       Reason = "letter-gone"  // it is no longer in the folder of the mailbox
	Halted     Reason = "halted"       // it has been on its way for a day; shown, and not kept
	Broken     Reason = "taking-broke" // taking it failed; Detail
)

// Letter is the record of a letter that came into the mailbox.
type Letter struct {
	ID        string    `json:"id"` // SHA-256 of its bytes; of a letter that is too large, of its place
	Box       string    `json:"box"`
	Validity  uint32    `json:"validity"` // with UID and Box: its last known place
	UID       uint32    `json:"uid"`
	MessageID string    `json:"message_id,omitempty"`
	From      string    `json:"from,omitempty"` // the address, in small letters
	Subject   string    `json:"subject,omitempty"`
	Arrived   time.Time `json:"arrived"` // at the mail server
	Since     time.Time `json:"since"`   // when kheo saw it first
	Size      int64     `json:"size"`
	Known     string    `json:"known,omitempty"` // the unit that the sender is, or seems to be

	State  State  `json:"state"`
	Reason Reason `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty"`

	Unit    string    `json:"unit,omitempty"` // for which it is taken
	Dossier string    `json:"dossier,omitempty"`
	Name    string    `json:"name,omitempty"` // of the entry in the inbox
	Page    string    `json:"page,omitempty"` // the name of the letter's own page in the delivery, which no other has
	Added   bool      `json:"added,omitempty"`
	Files   []File    `json:"files,omitempty"`
	Receipt string    `json:"receipt,omitempty"` // Message-ID of the receipt; "" if none was sent
	By      string    `json:"by,omitempty"`      // the person who gave it to a unit, or left it
	Done    time.Time `json:"done,omitzero"`
}

// stuckAfter is how long a letter may be on its way into the inbox before people may say what becomes of it.
const stuckAfter = 24 * time.Hour

// Stuck reports whether a letter has been on its way into the inbox for so long that people must look at it: someone
// has taken it out of the mailbox, or deliveries before it are not taken in.
func (l *Letter) Stuck(now time.Time) bool { return l.State == Taking && now.Sub(l.Since) > stuckAfter }

// File is a file of a letter.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Looked is the result of the last look into the mailbox.
type Looked struct {
	At    time.Time `json:"at"`
	Error string    `json:"error,omitempty"`
	Taken int       `json:"taken"` // of this look
	Left  int       `json:"left"`
}

// List returns the records of letters, the newest first.
func List(ctx context.Context, w *workspace.Workspace) ([]*Letter, error) {
	all, err := w.Store.State.Letters.All(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]*Letter, 0, len(all))
	for id, b := range all {
		l := &Letter{}
		if err := json.Unmarshal(b, l); err != nil {
			return nil, fmt.Errorf("the record of the letter %s: %w", id, err)
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *Letter) int {
		return cmp.Or(b.Since.Compare(a.Since), b.Arrived.Compare(a.Arrived), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Waits reports whether people must say what becomes of a letter.
func (l *Letter) Waits(now time.Time) bool { return l.State == Left || l.Stuck(now) }

// Status returns the last look, and the records of letters; the reason of those that are stuck is Halted.
func Status(ctx context.Context, w *workspace.Workspace) (last Looked, list []*Letter, err error) {
	if _, err = w.Store.State.Mailbox.Get(ctx, &last); err == nil {
		list, err = List(ctx, w)
	}
	for _, l := range list {
		if l.Stuck(w.Now()) {
			l.Reason = Halted
		}
	}
	return last, list, err
}

// ErrNone is returned for a letter that does not wait for people.
var ErrNone = errors.New("no such letter waits for people; `kheo mailbox status` names them")

// left returns the record of a letter that people must look at.
func left(ctx context.Context, w *workspace.Workspace, id string) (*Letter, error) {
	l := &Letter{}
	if known, err := w.Store.State.Letters.Of(id).Get(ctx, l); err != nil {
		return nil, err
	} else if !known || !l.Waits(w.Now()) {
		return nil, ErrNone
	}
	return l, nil
}

// Give has a letter taken for a unit, by the next look into the mailbox: as a new dossier, or added to one of that
// unit. The person answers for the sender; phases of the season hold.
func Give(ctx context.Context, w *workspace.Workspace, by, id, unit, dossier, why string) error {
	l, err := left(ctx, w, id)
	if err != nil {
		return err
	}
	if w.Campaign().Env.UnitByID(unit) == nil {
		return &review.Refusal{Code: "letter-unit", Args: []any{unit}, Why: fmt.Sprintf("there is no unit %q", unit)}
	}
	if l.Reason == Large || l.Reason == Unreadable {
		return &review.Refusal{Code: "letter-large",
			Why: "this letter cannot be taken in: download it from the mailbox, and " +
				"hand in its files with kheo submit"}
	}
	if dossier != "" {
		name, owner, err := dossierOf(ctx, w, dossier)
		if err != nil {
			return err
		}
		if name == "" || owner != unit {
			return &review.Refusal{Code: "letter-dossier", Args: []any{dossier, unit},
				Why: fmt.Sprintf("%s is no dossier of the unit %s", dossier, unit)}
		}
	}
	l.State, l.Unit, l.Dossier, l.By, l.Added = Asked, unit, dossier, by, dossier != ""
	e := review.Event{Person: by, Action: review.LetterGiven, Dossier: dossier,
		Data: review.Data{Of: l.ID, Unit: unit, Reason: why}}
	return judge(ctx, w, l, e)
}

// PutAside records that nothing is made of a letter, which stays in the mailbox.
func PutAside(ctx context.Context, w *workspace.Workspace, by, id, why string) error {
	l, err := left(ctx, w, id)
	if err != nil {
		return err
	}
	l.State, l.By, l.Done = Aside, by, w.Now().UTC()
	return judge(ctx, w, l, review.Event{Person: by, Action: review.LetterAside,
		Data: review.Data{Of: l.ID, Unit: l.Known, Reason: why}})
}

// judge records what a person has decided on a letter.
func judge(ctx context.Context, w *workspace.Workspace, l *Letter, e review.Event) error {
	doc, err := w.Store.State.Letters.Of(l.ID).Beside(l)
	if err != nil {
		return err
	}
	return w.Review().DoBeside(ctx, review.Subject{Unit: e.Data.Unit}, e, doc)
}

// dossierOf returns the name and the unit of a dossier: as it is on record, or as a unit has handed it in. The name is
// "" if there is none.
func dossierOf(ctx context.Context, w *workspace.Workspace, id string) (name, unit string, err error) {
	a, err := w.Store.Dossiers.Get(ctx, id)
	if err != nil {
		return "", "", err
	}
	if a == nil {
		err = w.Review().View(ctx, func(s *review.State) error {
			for _, u := range w.Campaign().Env.Units {
				for _, h := range s.Handed(u.ID) {
					if h.Dossier == id {
						name, unit = h.Name, h.Unit
					}
				}
			}
			return nil
		})
		return name, unit, err
	}
	i, known, err := w.Store.Profiles.Identity(ctx, id)
	if err != nil {
		return "", "", err
	}
	if !known || i.Unit == "" {
		return a.Name, a.Manifest.Unit, nil
	}
	return a.Name, i.Unit, nil
}

// Short is the beginning of a letter's id, by which pages and commands call it.
func (l *Letter) Short() string { return l.ID[:min(12, len(l.ID))] }

// Find returns the letter whose id begins with a text; nil if none does, or several do.
func Find(list []*Letter, short string) *Letter {
	var out *Letter
	for _, l := range list {
		if len(short) >= 6 && strings.HasPrefix(l.ID, short) {
			if out != nil {
				return nil
			}
			out = l
		}
	}
	return out
}

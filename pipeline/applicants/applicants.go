// Package applicants lets people hand in one dossier without an account, by a link that was mailed to them.
//
// The office invites an address (Invite), or someone asks for a link on a public page (Ask), if kheo.yaml allows it.
// The link is mailed by the outbox; its token is made when the mail is sent, and the records hold its SHA-256 alone.
// Who has the link may hand in one dossier, and correct it until the link ends: nothing else can be seen or done by it.
// Events of the audit trail name links by their ids, without addresses.
package applicants

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/pipeline/intake"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Bounds of what strangers cause.
const (
	longest      = 366 * 24 * time.Hour // how far ahead a link ends
	mostOfOne    = 3                    // links that one address asks for within a day
	mostInADay   = 200                  // links that are asked for within a day
	mostHandedIn = 60                   // deliveries by one link
	askedFor     = 14 * 24 * time.Hour  // how long a link lives that was asked for, if no date ends it
)

// ErrLink is the error of a link that is wrong, replaced, withdrawn or over.
var ErrLink = errors.New("this link is not valid any more")

// File is a file that was handed in.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Delivery is one delivery by a link.
type Delivery struct {
	At     time.Time `json:"at"`
	Files  []File    `json:"files"`
	SHA256 string    `json:"sha256"` // of all of it
}

// Link is what one applicant may do.
type Link struct {
	ID         string     `json:"id"`
	Hash       string     `json:"hash,omitempty"` // SHA-256 of its token; "" before the first mail is sent
	Mail       string     `json:"mail"`
	Kind       string     `json:"kind,omitempty"` // "": the applicant chooses
	Level      string     `json:"level,omitempty"`
	Field      string     `json:"field,omitempty"`
	Unit       string     `json:"unit,omitempty"`
	Language   string     `json:"language"`
	Until      time.Time  `json:"until"` // the first moment that is too late
	By         string     `json:"by"`    // who has made it; System if it was asked for, or made by command
	Asked      bool       `json:"asked"` // on the public page
	At         time.Time  `json:"at"`
	Sent       time.Time  `json:"sent,omitzero"`
	Withdrawn  time.Time  `json:"withdrawn,omitzero"`
	Title      string     `json:"title,omitempty"` // of the dossier, once it is handed in
	Deliveries []Delivery `json:"deliveries,omitempty"`
}

// Name returns the name in the inbox of what is handed in by the link.
func (l *Link) Name() string { return intake.TitleName(cmp.Or(l.Unit, "applicant"), l.ID) }

// Dossier returns the id of the dossier of the link.
func (l *Link) Dossier() string { return intake.ID(l.Name()) }

// Last returns the end of the link, as people are told it in a timezone.
func (l *Link) Last(in *time.Location) time.Time { return isodate.Told(l.Until, in) }

// Open reports whether the link can be used at a moment.
func (l *Link) Open(now time.Time) bool { return l.Withdrawn.IsZero() && now.Before(l.Until) }

// State is what can be done by a link, in a word.
type State string

// The states of a link.
const (
	Open      State = "open"      // nothing was handed in yet
	HandedIn  State = "handed-in" // and it can be corrected
	Withdrawn State = "withdrawn"
	Over      State = "over"
)

// State returns the state of the link at a moment.
func (l *Link) State(now time.Time) State {
	switch {
	case !l.Withdrawn.IsZero():
		return Withdrawn
	case !l.Open(now):
		return Over
	case len(l.Deliveries) > 0:
		return HandedIn
	}
	return Open
}

// About is what the outbox keeps of a mail about a link.
type About struct {
	Link string `json:"link"`
	Sum  string `json:"sum,omitempty"` // of the delivery that a receipt is about
}

// Wish is what a link is to be for.
type Wish struct {
	Mail, Kind, Level, Field, Unit, Language string
	Until                                    time.Time
	Asked                                    bool
}

// refuse is a refusal that people read in their language.
func refuse(code, why string) error { return &review.Refusal{Code: code, Why: why} }

// check checks a wish against the campaign.
func (x *Wish) check(w *workspace.Workspace) error {
	env := w.Campaign().Env
	now := w.Now()
	switch {
	case w.Campaign().Mail.Server == "" || w.Campaign().Mail.Address == "":
		return refuse("applicant-no-mail", "links are sent by mail: kheo.yaml needs mail: with server, from and address")
	case x.Mail == "" || !outbox.ValidMail(x.Mail):
		return refuse("applicant-mail", fmt.Sprintf("%.300q is not an e-mail address; write it as hoa@example.org",
			x.Mail))
	case !x.Until.After(now) || x.Until.After(now.Add(longest)):
		return refuse("applicant-until", "a link ends in the future, within a year")
	case x.Kind != "" && !slices.ContainsFunc(env.Kinds, func(k rules.Named) bool { return k.ID == x.Kind }),
		x.Level != "" && !slices.ContainsFunc(env.Levels, func(k rules.Named) bool { return k.ID == x.Level }),
		x.Field != "" && !slices.ContainsFunc(env.Fields, func(k rules.Named) bool { return k.ID == x.Field }),
		x.Unit != "" && env.UnitByID(x.Unit) == nil:
		return refuse("applicant-unknown", "the campaign has no such kind, level, field or unit")
	}
	return nil
}

// Invite makes a link and puts the mail with it into the outbox, in one transaction with its event.
func Invite(ctx context.Context, w *workspace.Workspace, by string, x Wish) (*Link, error) {
	if err := x.check(w); err != nil {
		return nil, err
	}
	now := w.Now().UTC()
	l := &Link{ID: strings.ToLower(rand.Text()[:10]), Mail: x.Mail, Kind: x.Kind, Level: x.Level, Field: x.Field,
		Unit: x.Unit, Language: cmp.Or(x.Language, w.Campaign().Env.Languages[0]), Until: x.Until.UTC(), By: by,
		Asked: x.Asked, At: now}
	e := review.Event{Person: by, Action: review.ApplicantInvited, Data: review.Data{Link: l.ID, Name: l.Kind,
		Unit: l.Unit, Until: l.Until.Format(time.RFC3339)}}
	return l, l.do(ctx, w, e, l.mail(outbox.MailApplicant, "", now))
}

// mail is a mail about the link.
func (l *Link) mail(kind outbox.MailKind, sum string, now time.Time) *outbox.WaitingMail {
	b, err := json.Marshal(About{l.ID, sum})
	if err != nil {
		panic(err) // two texts
	}
	return &outbox.WaitingMail{Key: strings.TrimSpace(string(kind) + " " + l.ID + " " + sum), Kind: kind, About: b,
		ID: rand.Text() + "@kheo", Since: now, Next: now}
}

// do records an event with the link as it is now and, unless m is nil, a mail, in one transaction.
func (l *Link) do(ctx context.Context, w *workspace.Workspace, e review.Event, m *outbox.WaitingMail) error {
	doc, err := w.Store.State.Applicants.Of(l.ID).Beside(l)
	if err != nil {
		return err
	}
	beside := []store.Beside{doc}
	if m != nil {
		sent, err := w.Store.State.Outbox.Of(m.Key).Beside(m)
		if err != nil {
			return err
		}
		beside = append(beside, sent)
	}
	return w.Review().DoBeside(ctx, review.Subject{Unit: l.Unit}, e, beside...)
}

// Ask makes a link for an address that asks for one on the public page. No one learns whether it was made: an address
// that has asked too often, or cannot be one, gets none, and is told the same.
func Ask(ctx context.Context, w *workspace.Workspace, x Wish) error {
	if !w.Campaign().OpenToApplicants {
		return ErrLink
	}
	x.Asked, x.Unit = true, ""
	all, err := All(ctx, w)
	if err != nil {
		return err
	}
	now, own, today := w.Now(), 0, 0
	for _, l := range all {
		if l.Asked && now.Sub(l.At) < 24*time.Hour {
			if today++; strings.EqualFold(l.Mail, x.Mail) {
				own++
			}
		}
	}
	if own >= mostOfOne || today >= mostInADay {
		return nil
	}
	if x.Until, err = ends(ctx, w); err != nil {
		return err
	}
	_, err = Invite(ctx, w, review.System, x)
	var no *review.Refusal
	if errors.As(err, &no) && no.Code != "applicant-no-mail" {
		return nil
	}
	return err
}

// ends returns when a link ends that someone asks for: with the phase of submission, with its extensions, or in two
// weeks.
func ends(ctx context.Context, w *workspace.Workspace) (until time.Time, err error) {
	until = w.Now().Add(askedFor)
	return until, w.Review().View(ctx, func(s *review.State) error {
		if p, _, dated := review.PhaseOf(s, "submission"); dated && !p.Until.IsZero() {
			until = p.Until
		}
		return nil
	})
}

// Issue makes a new token of a link, in place of an earlier one, for the mail that is just being sent.
func Issue(ctx context.Context, w *workspace.Workspace, id string) (l *Link, token string, err error) {
	if l, err = find(ctx, w, id); err != nil {
		return nil, "", err
	}
	token = l.ID + "." + rand.Text()
	l.Hash, l.Sent = dossier.SHA256([]byte(token)), w.Now().UTC()
	return l, token, w.Store.State.Applicants.Of(id).Put(ctx, l)
}

// Again puts the mail of a link into the outbox once more; the token of the one that was sent before is no longer valid
// when the new one is sent.
func Again(ctx context.Context, w *workspace.Workspace, id string) error {
	l, err := find(ctx, w, id)
	if err != nil {
		return err
	}
	if review.IsTrial(ctx) {
		return nil
	}
	return outbox.PutWaitingMail(ctx, w, l.mail(outbox.MailApplicant, "", w.Now()))
}

// find returns an open link by its id.
func find(ctx context.Context, w *workspace.Workspace, id string) (*Link, error) {
	l := &Link{}
	known, err := w.Store.State.Applicants.Of(id).Get(ctx, l)
	if err != nil {
		return nil, err
	}
	if !known || !l.Open(w.Now()) {
		return nil, ErrLink
	}
	return l, nil
}

// Find returns the link of a token.
func Find(ctx context.Context, w *workspace.Workspace, token string) (*Link, error) {
	id, _, ok := strings.Cut(token, ".")
	if !ok || len(token) > 100 || id != strings.ToLower(id) {
		return nil, ErrLink
	}
	l, err := find(ctx, w, id)
	if err != nil {
		return nil, err
	}
	if l.Hash == "" || subtle.ConstantTimeCompare([]byte(dossier.SHA256([]byte(token))), []byte(l.Hash)) != 1 {
		return nil, ErrLink
	}
	return l, nil
}

// All returns all links, the newest first.
func All(ctx context.Context, w *workspace.Workspace) (out []*Link, err error) {
	ids, err := w.Store.State.Applicants.IDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		l := &Link{}
		if known, err := w.Store.State.Applicants.Of(id).Get(ctx, l); err != nil {
			return nil, err
		} else if known {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b *Link) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// Withdraw ends a link.
func Withdraw(ctx context.Context, w *workspace.Workspace, by, id, why string) error {
	l, err := find(ctx, w, id)
	if err != nil {
		return err
	}
	l.Withdrawn, l.Hash = w.Now().UTC(), ""
	return l.do(ctx, w, review.Event{Person: by, Action: review.ApplicantWithdrawn,
		Data: review.Data{Link: id, Reason: why}}, nil)
}

// event is the event of a delivery that was sent at a time.
func (l *Link) event(now time.Time) review.Event {
	at := now.UTC().Format(time.RFC3339)
	return review.Event{Person: review.System, Action: review.HandedIn, Dossier: l.Dossier(), At: at,
		Data: review.Data{Unit: l.Unit, Name: l.Name(), Added: len(l.Deliveries) > 0, Link: l.ID, Given: at}}
}

// MayHandIn reports whether the dates of the season and the bounds of the link allow a delivery now.
func (l *Link) MayHandIn(ctx context.Context, w *workspace.Workspace) error {
	if len(l.Deliveries) >= mostHandedIn {
		return refuse("applicant-often", "there were too many deliveries by this link; ask the office")
	}
	e := l.event(w.Now())
	e.Data.Given = "" // nothing was sent yet
	return w.Review().View(ctx, func(s *review.State) error {
		if review.Removed(s, l.Dossier()) {
			return ErrLink
		}
		return s.Check(&e, review.Subject{Unit: l.Unit})
	})
}

// HandedIn records a delivery that is in the inbox, with its event and the receipt, in one transaction.
func (l *Link) HandedIn(ctx context.Context, w *workspace.Workspace, given time.Time, title string, files []File,
	sum string) error {
	e := l.event(given)
	e.Data.Text = sum
	l.Title = cmp.Or(l.Title, title)
	l.Deliveries = append(l.Deliveries, Delivery{w.Now().UTC(), files, sum})
	return l.do(context.WithoutCancel(ctx), w, e, l.mail(outbox.MailApplied, sum, w.Now()))
}

// Forget removes the links of a dossier, with the mails that wait, and those that have ended before a moment.
func Forget(ctx context.Context, w *workspace.Workspace, id string, before time.Time) (n int, err error) {
	all, err := All(ctx, w)
	if err != nil {
		return 0, err
	}
	for _, l := range all {
		over := l.Until
		if !l.Withdrawn.IsZero() {
			over = l.Withdrawn
		}
		if l.Dossier() != id && !over.Before(before) {
			continue
		}
		for _, d := range l.Deliveries {
			err = errors.Join(err, outbox.DropWaitingMail(ctx, w, l.mail(outbox.MailApplied, d.SHA256, before).Key))
		}
		err = errors.Join(err, outbox.DropWaitingMail(ctx, w, l.mail(outbox.MailApplicant, "", before).Key),
			w.Store.State.Applicants.Of(l.ID).Drop(ctx))
		n++
	}
	return n, err
}

// Package amend changes rulesets and kheo.yaml by proposals: one person proposes a text, a second one puts it into
// force, and both are events of the audit trail.
//
// The files of the workspace stay what counts, so that the command line, an editor and an older kheo work on them as
// before. An approval is recorded first and the file is written afterwards (write, sync, rename); Settle writes it if
// a crash came between, and brings it to other nodes. Which approvals were written here is in var/amended.json, so
// that a file which a person changes by hand later is never written over: it is found by its hash, and reported.
//
// A run keeps the campaign with which it began, and a closed list the ruleset by which it was made.
package amend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"

	"github.com/goccy/go-yaml"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// MaxBytes is the largest text that may be proposed.
const MaxBytes = 256 << 10

// Open are the keys of kheo.yaml that may be changed by proposals. The others say where this machine keeps its
// records, whom it trusts and how documents are read: who may sign in to the pages must not reach further by them.
var Open = []string{"title", "opens", "closes", "units", "levels", "fields", "kinds", "labels", "schedule", "papers",
	"register", "review"}

// Errors of proposals. Pages and commands show them in words of their own.
var (
	ErrNoFile   = errors.New("the campaign has no such ruleset")
	ErrTooLarge = fmt.Errorf("the text has more than %d bytes", MaxBytes)
	ErrOutside  = errors.New("the file was changed outside kheo since this was proposed")
	ErrTextGone = errors.New("the proposed text is gone from the records, or was changed there")
)

// LockedError is a change of keys of kheo.yaml that only the machine's administrator may change.
type LockedError struct{ Keys []string }

// Error implements error.
func (e *LockedError) Error() string {
	return fmt.Sprintf("%v of kheo.yaml are changed on the machine only, in the file itself", e.Keys)
}

// RenamedError is a text whose ruleset has another id than the one that it replaces.
type RenamedError struct{ Was, Is string }

// Error implements error.
func (e *RenamedError) Error() string {
	return fmt.Sprintf("the ruleset %s must keep its name; the text calls it %q", e.Was, e.Is)
}

// Files returns the files that can be changed: kheo.yaml and the campaign's rulesets, in the order of rules:.
func Files(c *campaign.Campaign) []string {
	out := []string{campaign.File}
	for _, rs := range c.Rulesets {
		out = append(out, rs.File)
	}
	return out
}

// RulesetOf returns the ruleset that is in a file; nil for kheo.yaml and for files that the campaign does not name.
func RulesetOf(c *campaign.Campaign, file string) *rules.Ruleset {
	for _, rs := range c.Rulesets {
		if rs.File == file {
			return rs
		}
	}
	return nil
}

// Read returns the text of a file that can be changed, and its hash.
func Read(c *campaign.Campaign, file string) (text []byte, sha string, err error) {
	switch {
	case file == campaign.File:
		text, err = os.ReadFile(filepath.Join(c.Dir, campaign.File))
	case RulesetOf(c, file) != nil:
		text, err = c.ReadRules(file)
	default:
		err = ErrNoFile
	}
	if err != nil {
		return nil, "", err
	}
	return text, dossier.SHA256(text), nil
}

// Check returns nil if a text may take the place of a file: it is within the limits, keeps what it must, and the
// whole campaign is right with it. Mistakes are a strict.Problems.
func Check(c *campaign.Campaign, file string, text []byte) error {
	if len(text) > MaxBytes {
		return ErrTooLarge
	}
	now, _, err := Read(c, file)
	if err != nil {
		return err
	}
	then, err := campaign.LoadReplacing(c.Dir, map[string][]byte{file: text})
	if err != nil {
		return err
	}
	if file == campaign.File {
		return locked(now, text)
	}
	was := RulesetOf(c, file)
	is := RulesetOf(then, file)
	if is == nil {
		return ErrNoFile
	}
	if is.ID != was.ID {
		return &RenamedError{was.ID, is.ID}
	}
	return nil
}

// locked returns a *LockedError if two texts of kheo.yaml differ in keys that proposals may not change.
func locked(now, then []byte) error {
	var a, b map[string]any
	if err := errors.Join(yaml.Unmarshal(now, &a), yaml.Unmarshal(then, &b)); err != nil {
		return fmt.Errorf("kheo.yaml cannot be compared: %w", err)
	}
	var keys []string
	for _, m := range []map[string]any{a, b} {
		for k := range m {
			if !slices.Contains(Open, k) && !slices.Contains(keys, k) && !reflect.DeepEqual(a[k], b[k]) {
				keys = append(keys, k)
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	sort.Strings(keys)
	return &LockedError{keys}
}

// Propose records a text as a proposal of a person to replace the file whose hash is base, and returns its number.
// The person's draft of the file ends.
func Propose(ctx context.Context, w *workspace.Workspace, person, file, base, reason string,
	text []byte) (seq int64, err error) {
	c := w.Campaign()
	if err := Check(c, file, text); err != nil {
		return 0, err
	}
	inForce, now, err := Read(c, file)
	if err != nil {
		return 0, err
	}
	if now != base {
		return 0, ErrOutside
	}
	id := ""
	if rs := RulesetOf(c, file); rs != nil {
		id = rs.ID
	}
	e := review.Propose(person, id, reason, file, inForce, text)
	if err := w.Review().Do(ctx, review.Subject{}, e); err != nil {
		return 0, err
	}
	sum := dossier.SHA256(text)
	err = w.Review().View(ctx, func(st *review.State) error {
		for _, p := range review.Proposals(st, file) {
			if p.By == person && p.SHA256 == sum && p.State == review.Waiting {
				seq = p.Seq
			}
		}
		return nil
	})
	return seq, errors.Join(err, w.Store.Proposals.DropDraft(ctx, file, person))
}

// Find returns a proposal with its text.
func Find(ctx context.Context, w *workspace.Workspace, seq int64) (p *review.Proposal, text []byte, err error) {
	err = w.Review().View(ctx, func(st *review.State) error { p = st.Proposal(seq); return nil })
	if err != nil || p == nil {
		return nil, nil, err
	}
	text, err = w.Store.Proposals.Text(ctx, p.SHA256)
	if err == nil && dossier.SHA256(text) != p.SHA256 {
		err = ErrTextGone
	}
	return p, text, err
}

// Approve puts a proposal into force as a second person, with a reason: it is recorded, the file is written, and the
// workspace reads it again. Runs that are under way end with what they began with. ErrOutside is returned if the file
// is not the one that the proposal replaces.
func Approve(ctx context.Context, w *workspace.Workspace, person string, seq int64, reason string) error {
	unlock, err := lock(ctx, w)
	if err != nil {
		return err
	}
	defer unlock()
	p, text, err := Find(ctx, w, seq)
	if err != nil {
		return err
	}
	if p == nil {
		return ErrNoFile
	}
	_, now, err := Read(w.Campaign(), p.File)
	if err != nil {
		return err
	}
	if now != p.Base && p.State == review.Waiting {
		return ErrOutside
	}
	if err := Check(w.Campaign(), p.File, text); err != nil {
		return err
	}
	if err := w.Review().Do(ctx, review.Subject{}, p.End(person, review.RulesApproved, reason)); err != nil {
		return err
	}
	if _, err := settle(context.WithoutCancel(ctx), w); err != nil {
		return fmt.Errorf("the approval is recorded, and %s could not be written; it is tried again when kheo "+
			"starts: %w", p.File, err)
	}
	return w.Reload()
}

// End rejects a proposal as a second person, or withdraws it as its author.
func End(ctx context.Context, w *workspace.Workspace, person string, seq int64, action review.Action,
	reason string) error {
	var p *review.Proposal
	if err := w.Review().View(ctx, func(st *review.State) error { p = st.Proposal(seq); return nil }); err != nil {
		return err
	}
	if p == nil {
		return ErrNoFile
	}
	return w.Review().Do(ctx, review.Subject{}, p.End(person, action, reason))
}

// Standing is what is in force of a file, on this machine.
type Standing struct {
	SHA256   string            // of the file
	Versions []review.Proposal // that were put into force, in order
	Open     []review.Proposal // that wait for a second person
	Outside  bool              // the file is not the newest version: it was changed by hand since
}

// StandingOf returns what is in force of a file.
func StandingOf(ctx context.Context, w *workspace.Workspace, file string) (*Standing, error) {
	out := &Standing{}
	var err error
	if _, out.SHA256, err = Read(w.Campaign(), file); err != nil {
		return nil, err
	}
	err = w.Review().View(ctx, func(st *review.State) error {
		out.Versions = review.Versions(st, file)
		out.Open = slices.DeleteFunc(review.Proposals(st, file),
			func(p review.Proposal) bool { return p.State != review.Waiting })
		return nil
	})
	if n := len(out.Versions); n > 0 {
		out.Outside = out.Versions[n-1].SHA256 != out.SHA256
	}
	return out, err
}

// Same reports whether two texts are the same but for line ends, which forms of browsers change.
func Same(a, b []byte) bool { return bytes.Equal(Lines(a), Lines(b)) }

// Lines returns a text with the line ends of Unix. Browsers send forms with those of Windows.
func Lines(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

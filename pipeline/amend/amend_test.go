package amend

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

const kheoYAML = `# the campaign
campaign: prize-2026
timezone: Europe/Oslo
languages: [en]
closes: 2026-11-30
units: [ { id: north, name: North } ]
levels: [ { id: town, title: Town } ]
fields: [ { id: economy, title: Economy } ]
kinds: [ { id: model, title: Model, looks_like: [Report] } ]
rules: [rules/models.yaml]
store: var/kheo.db
`

const ruleset = `# what the committee decided
ruleset: models
version: 1
title: Models
applies_to: { kind: model }
max_points: 10
facts:
  days: { type: count, labels: [Days late] }
criteria:
  - { id: late, title: Late, max: 10, measured: days, steps: [ { from: 1, points: 10 } ] } # as before
bands: { recommended: total >= 5 }
`

// house is a workspace with a secretary, two chairs, and an observer.
type house struct {
	*testing.T
	w *workspace.Workspace
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{campaign.File: kheoYAML, "rules/models.yaml": ruleset} {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o700), os.WriteFile(at, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	h := &house{t, nil}
	h.open(dir)
	t.Cleanup(func() { h.w.Close() })
	for id, roles := range map[string][]review.Role{"an": {review.Secretary, review.Chair}, "binh": {review.Chair},
		"chi": {review.Observer}} {
		e := review.Event{Person: review.System, Action: review.PersonAdded,
			Data: review.Data{Subject: id, Name: id, Roles: roles}}
		if err := h.w.Review().Do(t.Context(), review.Subject{}, e); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// open opens the workspace, as another process would.
func (h *house) open(dir string) {
	h.Helper()
	w, err := workspace.OpenAs(h.Context(), dir, workspace.Opening{})
	if err != nil {
		h.Fatal(err)
	}
	h.w = w
}

// propose proposes the ruleset with a change.
func (h *house) propose(person, old, with string) (int64, error) {
	h.Helper()
	text, base, err := Read(h.w.Campaign(), "rules/models.yaml")
	if err != nil {
		h.Fatal(err)
	}
	return Propose(h.Context(), h.w, person, "rules/models.yaml", base, "as the committee wants it",
		[]byte(strings.Replace(string(text), old, with, 1)))
}

// file returns the text of the ruleset on the disk.
func (h *house) file() string {
	h.Helper()
	b, err := os.ReadFile(filepath.Join(h.w.Dir, "rules", "models.yaml"))
	if err != nil {
		h.Fatal(err)
	}
	return string(b)
}

// code is the code of a refusal, or the error.
func code(err error) string {
	var r *review.Refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &r):
		return r.Code
	}
	return err.Error()
}

func TestASecondPersonPutsAProposalIntoForce(t *testing.T) {
	h := newHouse(t)
	if _, err := h.propose("chi", "max_points: 10", "max_points: 10 "); code(err) != "right" {
		t.Errorf("an observer proposed: %v", err)
	}
	seq, err := h.propose("an", "points: 10 } ] }", "points: 8 } ] }")
	if err != nil {
		t.Fatal(err)
	}
	before := h.w.Campaign()
	steps := []struct {
		what, person, reason, want string
	}{
		{"its author approves", "an", "it is good", "own-proposal"},
		{"an observer approves", "chi", "it is good", "right"},
		{"nobody approves", review.System, "it is good", "own-proposal"},
		{"a chair approves without a reason", "binh", " ", "reason"},
		{"a chair approves", "binh", "as decided on Monday", ""},
		{"a chair approves again", "binh", "once more", "proposal-over"},
	}
	for _, s := range steps {
		err := Approve(t.Context(), h.w, s.person, seq, s.reason)
		if s.what == "a chair approves again" && errors.Is(err, ErrOutside) {
			t.Errorf("%s: %v", s.what, err)
		}
		if got := code(err); got != s.want {
			t.Errorf("%s: %q, want %q", s.what, got, s.want)
		}
	}
	if !strings.Contains(h.file(), "points: 8 } ] } # as before") || !strings.HasPrefix(h.file(), "# what the") {
		t.Errorf("the file is not the proposed text:\n%s", h.file())
	}
	if h.w.Campaign() == before || h.w.Campaign().Rulesets[0].SHA256 == before.Rulesets[0].SHA256 {
		t.Error("the workspace does not use the new version")
	}
	if before.Rulesets[0].SHA256 != loadSHA(t, ruleset) {
		t.Error("the campaign that a run would hold was changed")
	}
	st, err := StandingOf(t.Context(), h.w, "rules/models.yaml")
	if err != nil || len(st.Versions) != 1 || len(st.Open) != 0 || st.Outside {
		t.Fatalf("%+v %v", st, err)
	}
	v := st.Versions[0]
	if v.By != "an" || v.DecidedBy != "binh" || v.Decision != "as decided on Monday" || v.Ruleset != "models" {
		t.Errorf("the history says %+v", v)
	}
	h.sound()
}

// loadSHA is the hash of a ruleset of one file.
func loadSHA(t *testing.T, text string) string {
	t.Helper()
	c, err := campaign.LoadReplacing(t.TempDir(), map[string][]byte{campaign.File: []byte(kheoYAML),
		"rules/models.yaml": []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return c.Rulesets[0].SHA256
}

// sound verifies the audit trail.
func (h *house) sound() {
	h.Helper()
	r, err := h.w.Review().Verify(h.Context(), "", nil)
	if err != nil || len(r.Faults) > 0 {
		h.Errorf("the audit trail: %v %v", r.Faults, err)
	}
}

func TestProposalsThatAreRefused(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct{ what, old, with, want string }{
		{"a ruleset with a mistake", "max: 10", "mx: 10", "mx"},
		{"another name", "ruleset: models", "ruleset: others", "must keep its name"},
		{"the same text", "none", "none", "proposal-same"},
		{"a text without end", "# what", strings.Repeat("# x\n", MaxBytes/4) + "#", ErrTooLarge.Error()},
	} {
		if _, err := h.propose("an", c.old, c.with); !strings.Contains(code(err), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
	var mistakes strict.Problems
	if _, err := h.propose("an", "max: 10", "mx: 10"); !errors.As(err, &mistakes) || mistakes[0].Line != 10 {
		t.Errorf("mistakes have no place: %v", err)
	}
	text, base, err := Read(h.w.Campaign(), campaign.File)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, old, with, want string }{
		{"the records", "store: var/kheo.db", "store: var/others.db", "store"},
		{"the readers", "store:", "readers: { confinement: reduced }\nstore:", "readers"},
		{"a unit", "{ id: north, name: North }", "{ id: north, name: North }, { id: south, name: South }", ""},
	} {
		_, err := Propose(t.Context(), h.w, "an", campaign.File, base, "a reason",
			[]byte(strings.Replace(string(text), c.old, c.with, 1)))
		if got := code(err); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("kheo.yaml, %s: %v, want %q", c.what, err, c.want)
		}
	}
	if _, err := Propose(t.Context(), h.w, "an", "rules/../kheo.yaml", base, "a reason", text); !errors.Is(err, ErrNoFile) {
		t.Errorf("a file outside: %v", err)
	}
}

func TestAFileChangedByHandIsNotWrittenOver(t *testing.T) {
	h := newHouse(t)
	seq, err := h.propose("an", "points: 10 }", "points: 8 }")
	if err != nil {
		t.Fatal(err)
	}
	byHand := strings.Replace(ruleset, "version: 1", "version: 7", 1)
	write(t, h.w, byHand)
	if err := Approve(t.Context(), h.w, "binh", seq, "good"); !errors.Is(err, ErrOutside) {
		t.Errorf("the approval: %v", err)
	}
	if h.file() != byHand {
		t.Error("the file was written over")
	}
	// What is proposed on top of it goes, and the older proposal is outdated.
	again, err := h.propose("an", "points: 10 }", "points: 9 }")
	if err != nil {
		t.Fatal(err)
	}
	if err := Approve(t.Context(), h.w, "binh", again, "good"); err != nil {
		t.Fatal(err)
	}
	if err := Approve(t.Context(), h.w, "binh", seq, "good"); !errors.Is(err, ErrOutside) {
		t.Errorf("an outdated proposal: %v", err)
	}
	// Even where the file is what it replaces, it would undo the later version unseen.
	write(t, h.w, ruleset)
	if err := Approve(t.Context(), h.w, "binh", seq, "good"); code(err) != "proposal-outdated" {
		t.Errorf("an outdated proposal of the same file: %v", err)
	}
	st, err := StandingOf(t.Context(), h.w, "rules/models.yaml")
	if err != nil || !st.Outside {
		t.Errorf("a file changed by hand is not found: %+v %v", st, err)
	}
	if s, err := Settle(t.Context(), h.w); err != nil || len(s.Written) != 0 || h.file() != ruleset {
		t.Errorf("what was written once is written over a change by hand: %+v %v", s, err)
	}
}

// write changes the ruleset by hand.
func write(t *testing.T, w *workspace.Workspace, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.Dir, "rules", "models.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestACrashBetweenApprovalAndFileIsMadeGood(t *testing.T) {
	for _, c := range []struct {
		what, file string // what the file is when kheo starts again
		written    bool
	}{
		{"the file is as before", ruleset, true},
		{"the file was written already", strings.Replace(ruleset, "points: 10 }", "points: 8 }", 1), false},
		{"the file was changed by hand", strings.Replace(ruleset, "version: 1", "version: 7", 1), false},
	} {
		h := newHouse(t)
		seq, err := h.propose("an", "points: 10 }", "points: 8 }")
		if err != nil {
			t.Fatal(err)
		}
		p, text, err := Find(t.Context(), h.w, seq)
		if err != nil {
			t.Fatal(err)
		}
		// The event alone is what a process leaves that is killed right behind it.
		if err := h.w.Review().Do(t.Context(), review.Subject{}, p.End("binh", review.RulesApproved, "good")); err != nil {
			t.Fatal(err)
		}
		write(t, h.w, c.file)
		s, err := Settle(t.Context(), h.w)
		if err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if got := len(s.Written) == 1; got != c.written {
			t.Errorf("%s: written %v", c.what, s.Written)
		}
		want := c.file
		if c.written {
			want = string(text)
		}
		if h.file() != want {
			t.Errorf("%s: the file is\n%s", c.what, h.file())
		}
		if c.written && h.w.Campaign().Rulesets[0].SHA256 != loadSHA(t, string(text)) {
			t.Errorf("%s: the workspace does not use it", c.what)
		}
	}
}

func TestDraftsOfTwoTabsDoNotOverwriteEachOther(t *testing.T) {
	h := newHouse(t)
	drafts := h.w.Store.Proposals
	one := &store.RuleDraft{File: "rules/models.yaml", Person: "an", Base: dossier.SHA256([]byte(ruleset)), Text: []byte("a")}
	if err := drafts.SaveDraft(t.Context(), one, h.w.Now()); err != nil || one.Revision != 1 {
		t.Fatal(one.Revision, err)
	}
	other := *one
	other.Text = []byte("b")
	if err := drafts.SaveDraft(t.Context(), &other, h.w.Now()); err != nil {
		t.Fatal(err)
	}
	one.Text = []byte("c")
	if err := drafts.SaveDraft(t.Context(), one, h.w.Now()); !errors.Is(err, store.ErrDraftChanged) {
		t.Errorf("the older tab: %v", err)
	}
	one.Revision = 0
	if err := drafts.SaveDraft(t.Context(), one, h.w.Now()); !errors.Is(err, store.ErrDraftChanged) {
		t.Errorf("a new draft over one that is there: %v", err)
	}
	d, err := drafts.Draft(t.Context(), "rules/models.yaml", "an")
	if err != nil || string(d.Text) != "b" || d.Revision != 2 {
		t.Errorf("%+v %v", d, err)
	}
}

func TestATextThatWasChangedInTheRecordsIsFound(t *testing.T) {
	h := newHouse(t)
	seq, err := h.propose("an", "points: 10 }", "points: 8 }")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.w.Store.DB.ExecContext(t.Context(), `DELETE FROM rule_texts`); err != nil {
		t.Fatal(err)
	}
	if err := Approve(t.Context(), h.w, "binh", seq, "good"); !errors.Is(err, ErrTextGone) {
		t.Errorf("the approval: %v", err)
	}
	r, err := h.w.Review().Verify(t.Context(), "", nil)
	if err != nil || len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "rules/models.yaml") {
		t.Errorf("%v %v", r.Faults, err)
	}
}

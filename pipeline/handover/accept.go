package handover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Checked is what an archive holds, and whether it may be taken in here.
type Checked struct {
	Kind     string       `json:"kind"`
	Campaign string       `json:"campaign"`
	Title    dossier.Text `json:"title,omitempty"`
	Ruleset  string       `json:"ruleset"`
	ClosedAt string       `json:"closed_at"`
	Entries  int          `json:"entries"`
	Files    int          `json:"files"`
	SHA256   string       `json:"sha256"`
	Key      string       `json:"key"`
	Office   string       `json:"office,omitempty"` // that has the key in kheo.yaml; "" if none has
}

// Check checks the whole of an archive. The error is a Faults if something is wrong with it.
func Check(ctx context.Context, name string, offices campaign.Handover) (*Checked, error) {
	a, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if err := a.check(ctx); err != nil {
		return nil, err
	}
	m := &a.Manifest
	c := &Checked{Kind: m.Kind, Campaign: m.Campaign, Title: m.Title, Ruleset: m.Ruleset, ClosedAt: m.ClosedAt,
		Entries: len(m.Entries) + len(m.Answers), Files: len(m.Files), SHA256: a.SHA256, Key: m.Key}
	// Lists come from lower tiers and answers from the next one, which kheo.yaml names separately: a key that may
	// send the one may not send the other.
	trusted := offices.From
	if m.Kind == ofAnswers {
		trusted = offices.To
	}
	if o := campaign.ByKey(trusted, m.Key); o != nil {
		c.Office = o.ID
	}
	return c, nil
}

// check checks every file of an archive and what its list says.
func (a *Archive) check(ctx context.Context) error {
	if err := a.Verify(ctx); err != nil {
		return err
	}
	var faults Faults
	switch m := &a.Manifest; m.Kind {
	case ofList:
		faults = a.checkEntries()
	case ofAnswers:
		for _, x := range m.Answers {
			if x.Decision != "" && !slices.Contains(review.Decisions, x.Decision) || x.Dossier == "" {
				faults = append(faults, fmt.Sprintf("%s: the answer on %.100q cannot be read", manifestName, x.Dossier))
			}
		}
	default:
		faults = Faults{fmt.Sprintf("%s: it is neither a list nor answers but %.40q", manifestName, m.Kind)}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// checkEntries checks that what is handed over agrees with the list that was closed.
func (a *Archive) checkEntries() (faults Faults) {
	b, err := a.small("list.json", maxManifest)
	if err != nil {
		return Faults{err.Error()}
	}
	var c review.ClosedContent
	if err := json.Unmarshal(b, &c); err != nil {
		return Faults{"list.json: it cannot be read: " + err.Error()}
	}
	m := &a.Manifest
	if c.Campaign != m.Campaign || c.Ruleset != m.Ruleset || c.Run != m.Run || c.ListSHA256 != m.SHA256 {
		faults = append(faults, "list.json: it is another list than "+manifestName+" names")
	}
	closed := map[string]*review.ClosedEntry{}
	for i := range c.Entries {
		closed[c.Entries[i].Dossier] = &c.Entries[i]
	}
	seen := map[string]bool{}
	for i := range m.Entries {
		e := &m.Entries[i]
		x := closed[e.Dossier]
		switch {
		case !safeID(e.Dossier) || seen[e.Dossier]:
			faults = append(faults, fmt.Sprintf("%s: %.100q is no dossier, or is there twice", manifestName, e.Dossier))
		case x == nil || x.Decision != review.Recognised || e.Decision != review.Recognised:
			faults = append(faults, manifestName+": "+e.Dossier+" was not recognised on the list that was closed")
		case x.Points != e.Points || x.Title != e.Title || x.Rank != e.Rank:
			faults = append(faults, manifestName+": "+e.Dossier+" differs from the list that was closed")
		case len(a.filesOf(e.Dossier)) > store.MaxFiles:
			faults = append(faults, fmt.Sprintf("dossiers/%s: it has more than %d files", e.Dossier, store.MaxFiles))
		}
		seen[e.Dossier] = true
	}
	return faults
}

// Result is what became of an archive that was taken in.
type Result struct {
	Office   string  `json:"office"`
	Campaign string  `json:"campaign"`
	Ruleset  string  `json:"ruleset"`
	SHA256   string  `json:"sha256"`
	Entries  []Taken `json:"entries"`
}

// Taken is what became of one entry of an archive.
type Taken struct {
	From    string   `json:"from"`    // its id in the other office
	Dossier string   `json:"dossier"` // its id here
	Title   string   `json:"title"`
	State   State    `json:"state"`
	Why     string   `json:"why,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// State is what became of an entry.
type State string

// States of entries.
const (
	Inbox   State = "in-inbox"      // put into the inbox; the next run reads it
	There   State = "there-already" // taken in before
	Refused State = "refused"       // Why says for which reason
)

// unknownKey refuses an archive of an office that kheo.yaml does not name.
func unknownKey(key, group string) error {
	return &review.Refusal{Code: "handover-key", Args: []any{key, group}, Why: "no office in kheo.yaml has the key " +
		key +
		", by which the archive is signed; if it is known to be right, add it under handover: " + group + ":"}
}

// wrongKind refuses an archive of the other direction.
func wrongKind(want string) error {
	if want == ofList {
		return &review.Refusal{Code: "handover-answers",
			Why: "this archive holds the answers of a next tier: take it in with " +
				"`kheo handover answered`"}
	}
	return &review.Refusal{Code: "handover-list",
		Why: "this archive holds a list: take it in with `kheo handover accept`"}
}

// Accept takes in the archive of another office: each recognised dossier is put into the inbox, with a dossier.yaml
// that says what it is, and an event says where it comes from. A dossier that was taken in before is left as it is; one
// that was not put into the inbox because kheo was killed is put there now. Nothing is taken in from an archive in
// which anything is wrong.
func Accept(ctx context.Context, w *workspace.Workspace, person, name string) (*Result, error) {
	a, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	m := &a.Manifest
	office := campaign.ByKey(w.Campaign().Handover.From, m.Key)
	switch {
	case m.Kind != ofList:
		return nil, wrongKind(ofList)
	case office == nil:
		return nil, unknownKey(m.Key, "from")
	}
	// All of the archive is checked before the first of its dossiers is taken in.
	if err := a.check(ctx); err != nil {
		return nil, err
	}
	r := &Result{Office: office.ID, Campaign: m.Campaign, Ruleset: m.Ruleset, SHA256: a.SHA256, Entries: []Taken{}}
	for i := range m.Entries {
		t, err := a.take(ctx, w, person, office, &m.Entries[i])
		if err != nil {
			// What was taken in so far is recorded, and is found there already the next time.
			return r, fmt.Errorf("%s: %w; take in the archive again to go on from there", m.Entries[i].Dossier, err)
		}
		r.Entries = append(r.Entries, *t)
	}
	return r, nil
}

// take takes in one entry.
func (a *Archive) take(ctx context.Context, w *workspace.Workspace, person string, office *campaign.Office, e *Entry) (
	*Taken, error) {
	// The id here is made of the office and its id, so that dossiers of two offices under the same id are two.
	entry := office.ID + " " + e.Dossier
	t := &Taken{From: e.Dossier, Dossier: intake.ID(entry), Title: e.Title, State: Inbox}
	event, err := a.arrival(person, office, e, t.Dossier)
	if err != nil {
		return nil, err
	}
	about := review.Subject{Unit: office.Unit}
	var was *review.TakenIn
	var refused error
	if err := w.Review().View(ctx, func(s *review.State) error {
		if was = s.TakenIn(t.Dossier); was == nil {
			refused = s.Check(event, about)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	here, err := present(ctx, w, t.Dossier, entry)
	if err != nil {
		return nil, err
	}
	var why *review.Refusal
	switch {
	case was != nil && was.Key != a.Manifest.Key:
		t.State, t.Why = Refused, "it was taken in from an office that had another key"
	case was != nil && here && was.Closed != a.Manifest.Closed:
		t.State, t.Why = There, "it was taken in with the list of "+was.Campaign+"/"+was.Ruleset
	case was != nil && here:
		t.State = There
	case errors.As(refused, &why) && why.Code == "handover-forgotten":
		t.State, t.Why = Refused, "it was taken in and forgotten here"
	case refused != nil:
		return nil, refused
	case here:
		t.State, t.Why = Refused, "there is a dossier of that name here which does not come from this office"
	}
	if t.State != Inbox {
		return t, nil
	}
	if was == nil {
		if err := w.Review().Do(ctx, about, *event); err != nil {
			return nil, err
		}
	}
	return t, a.submit(ctx, w, office, e, entry, t)
}

// arrival returns the event that says where a dossier comes from.
func (a *Archive) arrival(person string, office *campaign.Office, e *Entry, id string) (*review.Event, error) {
	m := &a.Manifest
	p := review.Provenance{Office: office.ID, Key: m.Key, Archive: a.SHA256, Campaign: m.Campaign, Title: m.Title,
		Ruleset: m.Ruleset, List: m.List, ListSHA256: m.SHA256, Closed: m.Closed, ClosedAt: m.ClosedAt,
		Dossier: e.Dossier, Unit: e.UnitName, Rank: e.Rank, Points: e.Points, Max: e.Max, Award: e.Award,
		Granted: e.Granted, Place: e.Place,
		Decision: e.Decision, Reason: e.Reason, Outcome: e.Outcome}
	if p.Unit == "" {
		p.Unit = e.Unit
	}
	b, err := json.Marshal(p)
	return &review.Event{Person: person, Action: review.TookIn, Dossier: id,
		Data: review.Data{Name: office.ID, Content: b}}, err
}

// present reports whether a dossier is in the records, or an entry of its name in the inbox.
func present(ctx context.Context, w *workspace.Workspace, id, entry string) (bool, error) {
	if d, err := w.Store.Dossiers.Get(ctx, id); err != nil || d != nil {
		return d != nil, err
	}
	_, err := os.Lstat(filepath.Join(w.Inbox(), entry))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// submit puts a dossier into the inbox, as a submission does.
func (a *Archive) submit(ctx context.Context, w *workspace.Workspace, office *campaign.Office, e *Entry, entry string,
	t *Taken) error {
	at := filepath.Join(w.Dir, "var", "handover")
	if err := os.MkdirAll(at, durable.PrivateDir); err != nil {
		return err
	}
	top, err := os.MkdirTemp(at, "taking-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(top)
	from := filepath.Join(top, entry)
	if err := os.Mkdir(from, 0o755); err != nil {
		return err
	}
	if err := a.unpack(e, from); err != nil {
		return err
	}
	b, notes, err := manifestOf(w.Campaign(), office, e)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(from, dossier.ManifestName), b, 0o644); err != nil {
		return err
	}
	s := intake.Submission{From: from, Inbox: w.Inbox(), Env: w.Campaign().Env, One: true, Trial: review.IsTrial(ctx),
		Before: w.Store.Dossiers.Get, Readers: []extract.Option{extract.Reduced(w.Campaign().Readers.Reduced)}}
	sent, err := s.Submit(ctx)
	if err != nil {
		return err
	}
	t.Notes = append(notes, sent.Notes...)
	return nil
}

// unpack writes the files of a dossier into a folder, each checked once more. Their names were checked with the
// archive.
func (a *Archive) unpack(e *Entry, into string) error {
	under := "dossiers/" + e.Dossier + "/"
	for _, f := range a.filesOf(e.Dossier) {
		name := strings.TrimPrefix(f.Name, under)
		if strings.EqualFold(name, dossier.ManifestName) { // one that could not be read; the entry says what it is
			continue
		}
		to := filepath.Join(into, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		if err = errors.Join(a.copy(f, out), out.Close()); err != nil {
			return err
		}
	}
	return nil
}

// manifestOf returns the dossier.yaml of a dossier that is taken in, and what a person should know of it. Ids of the
// other office are kept only where this campaign has them too.
func manifestOf(c *campaign.Campaign, office *campaign.Office, e *Entry) (b []byte, notes []string, err error) {
	y := map[string]any{"title": e.Title}
	set := func(key, value string) {
		if value != "" {
			y[key] = value
		}
	}
	known := func(m dossier.Manifest) bool { return len(c.Env.Unknown(&m, "en")) == 0 }
	switch {
	case office.Unit != "":
		set("unit", office.Unit)
	case known(dossier.Manifest{Unit: e.Unit}):
		set("unit", e.Unit)
	default:
		set("unit", e.UnitName)
		notes = append(notes, fmt.Sprintf("this campaign has no unit %q: the dossier will be flagged; handover: "+
			"from: unit: in "+
			"kheo.yaml names one", e.Unit))
	}
	switch {
	case office.Level != "":
		set("level", office.Level)
	case known(dossier.Manifest{Level: e.Level}):
		set("level", e.Level)
	}
	if known(dossier.Manifest{Field: e.Field}) {
		set("field", e.Field)
	} else if e.Field != "" {
		set("field", e.FieldName.In(c.Env.Languages...))
	}
	if known(dossier.Manifest{Kind: e.Kind}) {
		set("kind", e.Kind)
	}
	set("nominee", e.Nominee)
	set("registered_on", e.RegisteredOn)
	if len(e.Facts) > 0 {
		y["facts"] = e.Facts
	}
	b, err = yaml.Marshal(y)
	return b, notes, err
}

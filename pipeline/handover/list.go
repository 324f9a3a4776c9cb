package handover

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/papers"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Made is an archive that was written.
type Made struct {
	Kind    string `json:"kind"`
	Ruleset string `json:"ruleset"`
	Entries int    `json:"entries"`
	Files   int    `json:"files"`
	SHA256  string `json:"sha256"`
	Key     string `json:"key"`
}

// listPapers are the papers that go with a list.
var listPapers = []paper.Kind{paper.List, paper.Minutes, paper.Submission, paper.Decision}

// closedList is a closed list with what was closed, and with the list as the run published it, if it is still there.
type closedList struct {
	review.ClosedList
	content review.ClosedContent
	file    *publish.File
	anchor  review.Anchor
}

// closed returns a closed list. The error says what to do if it is not closed.
func closed(ctx context.Context, w *workspace.Workspace, ruleset string) (*closedList, error) {
	c := &closedList{}
	found := false
	if err := w.Review().View(ctx, func(s *review.State) error {
		c.ClosedList, found = s.Closed[ruleset]
		c.anchor = s.Anchor()
		return nil
	}); err != nil {
		return nil, err
	}
	if !found {
		return nil, &review.Refusal{Code: "not-closed", Args: []any{ruleset},
			Why: fmt.Sprintf("the list of %s is not closed; "+
				"the chair closes it when everything on it is decided, and it can be handed over then", ruleset)}
	}
	if err := json.Unmarshal(c.Content, &c.content); err != nil {
		return nil, fmt.Errorf("the closed list of %s cannot be read: %w", ruleset, err)
	}
	var err error
	c.file, err = editions.ListNow(ctx, w, "", ruleset)
	return c, err
}

// entry returns an entry of the list as the run published it; an empty one if the run is gone.
func (c *closedList) entry(id string) publish.Entry {
	if c.file != nil {
		for i := range c.file.Entries {
			if c.file.Entries[i].Dossier == id {
				return c.file.Entries[i]
			}
		}
	}
	return publish.Entry{}
}

// manifest returns what an archive about the list begins with.
func (c *closedList) manifest(w *workspace.Workspace, kind string) *Manifest {
	m := &Manifest{Kind: kind, Campaign: w.Campaign().ID, Title: w.Campaign().Title, Ruleset: c.Ruleset, Run: c.Run,
		SHA256: c.ListSHA256, Closed: c.Hash, ClosedAt: c.At, Audit: c.anchor}
	for _, rs := range w.Campaign().Rulesets {
		if rs.ID == c.Ruleset {
			m.List = rs.Title
		}
	}
	return m
}

// Make writes the archive of a closed list: what was closed, its papers, and the files of the dossiers that were
// recognised, as they were when the list was made. An event records it.
func Make(ctx context.Context, w *workspace.Workspace, person, ruleset string, out io.Writer) (*Made, error) {
	c, err := closed(ctx, w, ruleset)
	if err != nil {
		return nil, err
	}
	key, err := Key(ctx, w)
	if err != nil {
		return nil, err
	}
	m := c.manifest(w, ofList)
	m.Audit = c.Anchor() // the same list makes the same archive, whatever happens later
	files := []packed{inMemory("list.json", c.Content)}
	lang := w.Campaign().Env.Languages[0]
	for _, k := range listPapers {
		o := papers.Order{Kind: k, Ruleset: ruleset, Language: lang}
		b, err := papers.Make(ctx, w, o)
		if err != nil {
			return nil, fmt.Errorf("the paper %s: %w", k, err)
		}
		files = append(files, inMemory("papers/"+o.FileName()+".docx", b))
	}
	// Dossiers go with the files that were decided on, and not with what was delivered since.
	until, err := finished(ctx, w, &c.ClosedList)
	if err != nil {
		return nil, err
	}
	for _, x := range c.content.Entries {
		if x.Decision != review.Recognised {
			continue
		}
		e, own, err := c.dossier(ctx, w, &x, until)
		if err != nil {
			return nil, err
		}
		m.Entries = append(m.Entries, *e)
		files = append(files, own...)
	}
	sum, err := pack(out, key, m, files)
	if err != nil {
		return nil, err
	}
	made := &Made{ofList, ruleset, len(m.Entries), len(files), sum, m.Key}
	return made, record(ctx, w, review.Event{Person: person, Action: review.HandedOver, Ruleset: ruleset,
		Data: review.Data{Secret: sum}})
}

// record records that an archive was made, once for each content.
func record(ctx context.Context, w *workspace.Workspace, e review.Event) error {
	same := false
	if err := w.Review().View(ctx, func(s *review.State) error {
		same = s.LastHanded(e.Ruleset, e.Data.Name) == e.Data.Secret
		return nil
	}); err != nil || same {
		return err
	}
	return w.Review().Do(ctx, review.Subject{}, e)
}

// inMemory returns a file that goes into an archive.
func inMemory(name string, b []byte) packed {
	return packed{File{name, int64(len(b)), dossier.SHA256(b)},
		func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// finished returns when the run had ended that made a closed list: what was received later is not what was decided on.
// It is zero if the ledger has that run no more.
func finished(ctx context.Context, w *workspace.Workspace, c *review.ClosedList) (time.Time, error) {
	runs, err := w.Store.Runs.Newest(ctx, 100000)
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, c.At)
	if err != nil {
		return time.Time{}, err
	}
	for _, r := range runs { // the newest first: a run with nothing new has the same name
		if r.Run == c.Run && r.State == store.RunDone && !r.Finished.Truncate(time.Second).After(at) {
			return r.Finished, nil
		}
	}
	return time.Time{}, nil
}

// dossier returns a recognised entry with its files.
func (c *closedList) dossier(ctx context.Context, w *workspace.Workspace, x *review.ClosedEntry,
	until time.Time) (*Entry, []packed, error) {
	a, err := w.Store.Dossiers.Get(ctx, x.Dossier)
	if err != nil {
		return nil, nil, err
	}
	if a == nil {
		return nil, nil, fmt.Errorf("%s was recognised and is not in the records any more; a list is handed over "+
			"with all of "+
			"its dossiers", x.Dossier)
	}
	version, later, err := decidedOn(ctx, w, a, until)
	if err != nil {
		return nil, nil, err
	}
	stored, err := w.Store.Dossiers.FilesOf(ctx, a.ID, version)
	if err != nil {
		return nil, nil, err
	}
	// Files of an earlier version may have been removed. Handing over others in their place would be a silent wrong
	// answer.
	if len(stored) == 0 && len(a.Files) > 0 {
		return nil, nil, fmt.Errorf("%s was changed after the list was made, and the files of its version %d, which "+
			"was decided "+
			"on, are not kept any more", a.ID, version)
	}
	var files []packed
	for _, f := range stored {
		name := "dossiers/" + a.ID + "/" + f.Name
		if f.SHA256 == "" {
			continue // its bytes were never kept
		}
		if !plainName(name) {
			return nil, nil, fmt.Errorf("%s: the name of %q cannot be in an archive; rename the file and submit it "+
				"again", a.ID, f.Name)
		}
		files = append(files, packed{File{name, f.Size, f.SHA256}, func() (io.ReadCloser, error) {
			r, _, err := w.Store.Blobs.Open(ctx, f.SHA256)
			return r, err
		}})
	}
	slices.SortFunc(files, func(a, b packed) int { return strings.Compare(a.Name, b.Name) })
	return c.describe(w, x, a, slices.Contains(later, dossier.ManifestName)), files, nil
}

// describe returns an entry as the next tier reads it. What the unit stated in its dossier.yaml is left out if that was
// replaced since.
func (c *closedList) describe(w *workspace.Workspace, x *review.ClosedEntry, a *store.Accepted, restated bool) *Entry {
	p := c.entry(x.Dossier)
	e := &Entry{Dossier: x.Dossier, Title: x.Title, Kind: p.Kind, Nominee: p.Nominee, Unit: x.Unit, Level: p.Level,
		Field: p.Field, Rank: x.Rank, Outcome: x.Outcome, Points: x.Points, Max: p.Max, Award: x.Award,
		Granted: x.Granted, Place: x.Place, Decision: x.Decision, Reason: x.Reason}
	if !restated {
		m := &a.Manifest
		e.Kind, e.Level, e.Field = cmp.Or(e.Kind, m.Kind), cmp.Or(e.Level, m.Level), cmp.Or(e.Field, m.Field)
		e.RegisteredOn, e.Facts = m.RegisteredOn, m.Facts
	}
	if u := w.Campaign().Env.UnitByID(e.Unit); u != nil {
		e.UnitName = u.Name
	}
	for _, f := range w.Campaign().Env.Fields {
		if f.ID == e.Field {
			e.FieldName = f.Title
		}
	}
	return e
}

// decidedOn returns the version of a dossier that the list was made from, and the names of files that came later.
func decidedOn(ctx context.Context, w *workspace.Workspace, a *store.Accepted,
	until time.Time) (version int, later []string, err error) {
	if a.Version == 1 {
		return 1, nil, nil
	}
	if until.IsZero() {
		return 0, nil, fmt.Errorf("%s has %d versions, and the run that made the closed list is not in the ledger "+
			"any more, so "+
			"it is not known which one was decided on", a.ID, a.Version)
	}
	list, err := w.Store.Dossiers.Deliveries(ctx, a.ID)
	if err != nil {
		return 0, nil, err
	}
	for _, d := range list {
		if !d.At.After(until) {
			version = d.Version
			continue
		}
		later = append(append(append(later, d.Added...), d.Replaced...), d.Removed...)
	}
	if version == 0 && len(list) > 0 { // earlier versions had no record of their delivery
		version = list[0].Version - 1
	}
	return cmp.Or(version, a.Version), later, nil
}

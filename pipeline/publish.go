package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/internal/visible"
	"kheo/pipeline/anchor"
	"kheo/pipeline/editions"
	"kheo/pipeline/parallel"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// publishLists is the stage publish: it writes the lists in every format into a folder of their own, keeps them
// in the records, and points latest to the folder. A run is named by what its lists say, so the same dossiers
// under the same rules are the same run, and nothing is written twice.
//
// The order is that of a run that may be killed at any moment. The folder is written under another name and renamed
// when all its files are on the disk; then latest is pointed to it; what the next run compares with is recorded last.
// A run that is killed in between leaves an edition that the next one finds whole, or writes again.
func publishLists(ctx context.Context, run *runEnv, lists *listSet) error {
	if lists.unchanged != "" {
		run.count(len(lists.counts), 0)
		return editions.Keep(ctx, run.ws, lists.unchanged)
	}
	if _, _, err := anchor.OfLatest(ctx, run.ws); err != nil { // the next edition anchors the trail as it is now
		run.note("%v", err)
	}
	name, keys := nameEdition(run, lists)
	run.record.Run = name
	folder := filepath.Join(run.ws.Lists(), name)
	whole := editions.Intact(folder)
	if whole && editions.LatestIs(run.ws.Lists(), name) {
		if err := editions.Keep(ctx, run.ws, name); err != nil {
			return err
		}
		run.count(len(lists.lists), 0)
		return savePublished(ctx, run, lists)
	}
	rendered, err := writeEdition(ctx, run, lists, keys, whole)
	if err != nil {
		return err
	}
	if err := editions.Keep(ctx, run.ws, name); err != nil {
		return err
	}
	if err := editions.PointLatest(run.ws.Lists(), name); err != nil {
		return err
	}
	saveRendered(run, lists.lists, rendered)
	run.count(len(lists.lists), len(lists.lists))
	return savePublished(ctx, run, lists)
}

// writeEdition writes the edition of this run into its folder and into the records. whole says that the folder
// is there already, with every file as it was written. It returns what the next edition can use of each list
// that was rendered.
func writeEdition(
	ctx context.Context, run *runEnv, lists *listSet, keys [][]publish.Key, whole bool,
) (rendered []publish.Rendered, err error) {
	recorded, err := run.ws.Store.Lists.Rulesets(ctx, run.record.Run)
	if err != nil {
		return nil, err
	}
	run.opts.Progress.Begin("publish", len(lists.lists))
	tmp := filepath.Join(run.ws.Lists(), ".new") // a run that was killed may have left one
	defer os.RemoveAll(tmp)
	missing := func(l *recommend.List) bool { return !slices.Contains(recorded, l.Ruleset) }
	if !whole || slices.ContainsFunc(lists.lists, missing) {
		if rendered, err = writeLists(ctx, run, lists.lists, keys, tmp, recorded); err != nil {
			return nil, err
		}
	}
	if err := recordRulesets(ctx, run); err != nil {
		return nil, err
	}
	if whole {
		return rendered, nil
	}
	aside, err := editions.MoveFolder(run.ws, tmp, run.record.Run)
	if aside != "" {
		run.note("the lists of run %s had been changed by hand: they are kept in %s and written again",
			run.record.Run, aside)
	}
	return rendered, err
}

// recordRulesets records by which rulesets the lists of this run are made, with their texts.
func recordRulesets(ctx context.Context, run *runEnv) error {
	stale, err := StaleVersions(ctx, run.ws)
	if err != nil {
		return err
	}
	for _, s := range stale {
		run.note("%s", s)
	}
	for _, rs := range run.campaign.Rulesets {
		used := store.UsedRuleset{
			SHA256: rs.SHA256, Ruleset: rs.ID, Version: rs.Version, Run: run.record.Run, Files: rs.Files,
		}
		if err := run.ws.Store.Rulesets.Use(ctx, used, run.ws.Now()); err != nil {
			return err
		}
	}
	return nil
}

// renderedFile is a file from which the next edition of a list learns what need not be rendered again. It is a cache
// and may be deleted.
func renderedFile(w *workspace.Workspace, name string) string {
	return filepath.Join(w.Dir, "var", "rendered", name)
}

// useRendered gives an edition what the last one of its list rendered, if that is there.
func useRendered(w *workspace.Workspace, e *publish.Edition) {
	b, err := os.ReadFile(renderedFile(w, e.List.Ruleset))
	if err != nil {
		return
	}
	e.UseBefore(b, func(run, name string) (*os.File, error) {
		if strings.HasSuffix(name, publish.RowsSuffix) {
			return os.Open(renderedFile(w, name))
		}
		return os.Open(filepath.Join(w.Lists(), filepath.Base(run), name))
	})
}

// newRows is added to the name of the file with the rows of a workbook until its edition is published.
const newRows = ".new"

// rowsFile is the file with the rows of the workbook of a list, until the first error with it. The list does not
// depend on it: the next edition makes again what is not there.
type rowsFile struct {
	file *os.File
	err  error
}

// createRows creates the file with the rows of the workbook of a list.
func createRows(w *workspace.Workspace, ruleset string) *rowsFile {
	file := renderedFile(w, ruleset+publish.RowsSuffix+newRows)
	if err := os.MkdirAll(filepath.Dir(file), durable.PrivateDir); err != nil {
		return &rowsFile{err: err}
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, durable.PrivateFile)
	return &rowsFile{f, err}
}

// Write writes as long as nothing has failed, and never fails.
func (r *rowsFile) Write(b []byte) (int, error) {
	if r.err == nil {
		_, r.err = r.file.Write(b)
	}
	return len(b), nil
}

// Close never fails.
func (r *rowsFile) Close() error {
	if r.file != nil {
		r.err = errors.Join(r.err, r.file.Close())
	}
	return nil
}

// saveRendered saves what this edition rendered of each list for the next one.
func saveRendered(run *runEnv, lists []*recommend.List, rendered []publish.Rendered) {
	for i := range rendered {
		var b bytes.Buffer
		err := rendered[i].Save(&b, run.record.Run)
		file := renderedFile(run.ws, lists[i].Ruleset)
		if err == nil {
			err = os.Rename(file+publish.RowsSuffix+newRows, file+publish.RowsSuffix)
		}
		if err == nil {
			err = durable.WritePrivate(file, b.Bytes())
		}
		if err != nil {
			run.note("the next lists are rendered from the beginning: %v", err)
		}
	}
	if err := dropRendered(run.ws, lists); err != nil {
		run.note("%v", err)
	}
}

// dropRendered removes what was rendered of lists that are no longer made: it holds titles and quotes.
func dropRendered(w *workspace.Workspace, lists []*recommend.List) error {
	all, err := os.ReadDir(renderedFile(w, ""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range all {
		ruleset, _, _ := strings.Cut(f.Name(), ".")
		if !slices.ContainsFunc(lists, func(l *recommend.List) bool { return l.Ruleset == ruleset }) {
			err = errors.Join(err, os.Remove(renderedFile(w, f.Name())))
		}
	}
	return err
}

// nameEdition names the edition: a hash of all that the lists say and of how things are called on them. The
// keys are those of the entries of each list, without their ranks.
func nameEdition(run *runEnv, lists *listSet) (name string, keys [][]publish.Key) {
	e := run.campaign.Env
	keys = make([][]publish.Key, len(lists.lists))
	parts := make([]any, len(lists.lists))
	for n, l := range lists.lists {
		keys[n] = make([]publish.Key, len(l.Entries))
		ranked := make([]publish.Key, len(l.Entries))
		parallel.Each(len(keys[n]), func(_, i int) {
			x := &l.Entries[i]
			of := []any{
				lists.briefHashes[x.Dossier], x.Rank, x.Outcome, x.Band, x.Flags, x.Certainty, x.ByHand, e.Languages,
			}
			if x.Position > 0 || x.Award != nil { // lists without awards keep their names
				of = append(of, x.Award, x.Granted, x.Place, x.Position)
			}
			if x.Columns != nil {
				of = append(of, x.Columns)
			}
			ranked[i] = publish.KeyOf(of)
			of[1] = x.Rank > 0
			keys[n][i] = publish.KeyOf(of)
		})
		all := sha256.New()
		for i := range ranked {
			all.Write(ranked[i][:])
		}
		part := []any{l.Ruleset, l.Title, l.Version, l.SHA256, l.Notes, hex.EncodeToString(all.Sum(nil))}
		if l.Evidence != nil {
			part = append(part, l.Evidence)
		}
		parts[n] = part
	}
	c := run.campaign
	on := []any{publish.Version, parts, c.ID, c.Title, e.Languages, e.Units, e.Levels, e.Fields}
	return dossier.HashOf(on)[:16], keys
}

// savePublished records which lists are published now and what they depend on, for the next run to compare.
func savePublished(ctx context.Context, run *runEnv, lists *listSet) error {
	now := editionOf(run.campaign, run.record.Run, lists.lists)
	if err := run.ws.Store.State.Listed.Put(ctx, now); err != nil {
		return err
	}
	return run.ws.Store.State.Published.Put(ctx, published{lists.key, run.record.Run, lists.counts})
}

// writeLists writes the lists in every format into an empty folder, and saves those in the records that are not
// recorded yet, by ruleset.
func writeLists(
	ctx context.Context, run *runEnv, lists []*recommend.List, keys [][]publish.Key, folder string, recorded []string,
) (rendered []publish.Rendered, err error) {
	if err := os.MkdirAll(run.ws.Lists(), 0o755); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(folder); err != nil {
		return nil, err
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, err
	}
	c := run.campaign
	written := &listFiles{dir: folder, sums: map[string]string{}}
	for i, l := range lists {
		rows := createRows(run.ws, l.Ruleset)
		e := publish.Edition{
			List: l, Keys: keys[i], Campaign: c.ID, Title: c.Title, Env: c.Env, Run: run.record.Run,
			Languages: c.Env.Languages,
			Rows:      rows,
		}
		useRendered(run.ws, &e)
		data, list := l.Ruleset+".json", &store.Compressor{}
		e.Written = func(ctx context.Context, name string) error {
			if name != data || slices.Contains(recorded, l.Ruleset) {
				return nil
			}
			return run.ws.Store.Lists.Put(ctx, run.record.Run, l.Ruleset, list)
		}
		err := e.Write(ctx, run.ws.Store.Assessments.ByID, func(name string) (io.WriteCloser, error) {
			if name == data {
				return written.create(name, list)
			}
			return written.create(name, io.Discard)
		})
		e.Before.Close()
		if err != nil {
			return nil, err
		}
		if rows.err != nil {
			run.note("the rows of the next workbook are made again: %v", rows.err)
		}
		rendered = append(rendered, e.Rendered)
		run.opts.Progress.Add(1)
	}
	return rendered, writeRunFile(ctx, run, folder, written.sums)
}

// listFiles are the files of an edition that are being written, by several goroutines.
type listFiles struct {
	dir  string
	mu   sync.Mutex
	sums map[string]string // SHA-256 in hex by name, of files that are complete
}

// create creates one file. What is written to it is written to tee, too.
func (l *listFiles) create(name string, tee io.Writer) (io.WriteCloser, error) {
	f, err := os.OpenFile(filepath.Join(l.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	sum := sha256.New()
	return &listFile{Writer: io.MultiWriter(sum, tee, f), file: f, of: l, name: name, sum: sum}, err
}

// listFile is one of listFiles.
type listFile struct {
	io.Writer
	file *os.File
	of   *listFiles
	name string
	sum  hash.Hash
}

// Close returns when the file is on the disk.
func (f *listFile) Close() error {
	f.of.mu.Lock()
	f.of.sums[f.name] = hex.EncodeToString(f.sum.Sum(nil))
	f.of.mu.Unlock()
	return errors.Join(f.file.Sync(), f.file.Close())
}

// writeRunFile writes run.json, with the hashes of the other files of the edition and the anchor of the audit
// trail.
func writeRunFile(ctx context.Context, run *runEnv, folder string, files map[string]string) error {
	r := run.record
	rf := editions.RunFile{
		Run: r.Run, Number: r.Number, Campaign: run.campaign.ID, Started: r.Started, Finished: run.finishedNow(),
		Version: run.opts.Version, Stages: r.Stages, Files: files,
	}
	err := run.ws.Review().View(ctx, func(s *review.State) error { a := s.Anchor(); rf.Audit = &a; return nil })
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(rf, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(folder, "run.json"), append(visible.JSON(b), '\n'))
}

// StaleVersions returns a message for each ruleset that was changed after a list was published by it and still
// has the same version. Lists have the hash of their ruleset beside its version, so kheo mixes nothing up; but
// people who talk of "version 1" would.
func StaleVersions(ctx context.Context, w *workspace.Workspace) ([]string, error) {
	used, err := w.Store.Rulesets.Used(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, rs := range w.Campaign().Rulesets {
		published, known := "", false // the run that published by another text of this version
		for _, u := range used {
			known = known || u.SHA256 == rs.SHA256
			if u.Ruleset == rs.ID && u.Version == rs.Version {
				published = u.Run
			}
		}
		if published != "" && !known {
			out = append(out, fmt.Sprintf("%s was changed since the list of run %s was made by its version %q; "+
				"write another version: into it (kheo rules versions shows the old text)",
				rs.File, published, rs.Version))
		}
	}
	return out, nil
}

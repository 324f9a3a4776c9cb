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
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

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

// publish writes the lists. A run is named by what its lists say, so the same
// dossiers under the same rules are the same run, and nothing is written twice.
func (r *runner) publish(ctx context.Context) (int, int, error) {
	if r.unchanged {
		return len(r.counts), 0, editions.Keep(ctx, r.Workspace, r.run.Run)
	}
	if _, _, err := anchor.OfLatest(ctx, r.Workspace); err != nil { // the next edition anchors what is there now
		r.note("%v", err)
	}
	r.run.Run = r.named()
	dir := filepath.Join(r.Lists(), r.run.Run)
	whole := editions.Intact(dir)
	if whole && editions.LatestIs(r.Lists(), r.run.Run) {
		if err := editions.Keep(ctx, r.Workspace, r.run.Run); err != nil {
			return 0, 0, err
		}
		return len(r.lists), 0, r.keepPublished(ctx)
	}
	kept, err := r.Store.Lists.Rulesets(ctx, r.run.Run)
	if err != nil {
		return 0, 0, err
	}
	r.opts.Progress.Begin("publish", len(r.lists))
	tmp := filepath.Join(r.Lists(), ".new") // a killed run may have left one
	defer os.RemoveAll(tmp)
	if !whole || slices.ContainsFunc(r.lists, func(l *recommend.List) bool { return !slices.Contains(kept, l.Ruleset) }) {
		if err := r.writeLists(ctx, tmp, kept); err != nil {
			return 0, 0, err
		}
	}
	stale, err := StaleVersions(ctx, r.Workspace)
	if err != nil {
		return 0, 0, err
	}
	for _, s := range stale {
		r.note("%s", s)
	}
	for _, rs := range r.Campaign.Rulesets {
		used := store.UsedRuleset{SHA256: rs.SHA256, Ruleset: rs.ID, Version: rs.Version, Run: r.run.Run, Files: rs.Files}
		if err := r.Store.Rulesets.Use(ctx, used, r.Now()); err != nil {
			return 0, 0, err
		}
	}
	if !whole {
		aside, err := editions.MoveFolder(r.Workspace, tmp, r.run.Run)
		if aside != "" {
			r.note("the lists of run %s had been changed by hand: they are kept in %s and written anew", r.run.Run, aside)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	if err := editions.Keep(ctx, r.Workspace, r.run.Run); err != nil {
		return 0, 0, err
	}
	if err := editions.PointLatest(r.Lists(), r.run.Run); err != nil {
		return 0, 0, err
	}
	r.keepRendered()
	return len(r.lists), len(r.lists), r.keepPublished(ctx)
}

// renderedFile tells what of a list need not be made again. It may be thrown away.
func (r *runner) renderedFile(ruleset string) string {
	return filepath.Join(r.Dir, "var", "rendered", ruleset)
}

// renderedBefore is what the last edition of a list lets be; nil where it is not there.
func (r *runner) renderedBefore(ruleset string) *publish.Rendered {
	b, err := os.ReadFile(r.renderedFile(ruleset))
	if err != nil {
		return nil
	}
	return publish.OpenRendered(b, func(run string) (*os.File, error) {
		return os.Open(filepath.Join(r.Lists(), filepath.Base(run), ruleset+".json"))
	})
}

// keepRendered keeps what the next edition need not make again.
func (r *runner) keepRendered() {
	for i := range r.rendered {
		var b bytes.Buffer
		err := r.rendered[i].Save(&b, r.run.Run)
		file := r.renderedFile(r.lists[i].Ruleset)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(file), durable.PrivateDir)
		}
		if err == nil {
			err = durable.WritePrivate(file, b.Bytes())
		}
		if err != nil {
			r.note("the next lists are made anew from the beginning: %v", err)
		}
	}
}

// named is the name of the run: a hash of all that its lists say and of how things are called on
// them. It leaves the keys of their entries.
func (r *runner) named() string {
	e := r.Campaign.Env
	r.keys = make([][]publish.Key, len(r.lists))
	lists := make([]any, len(r.lists))
	for n, l := range r.lists {
		keys := make([]publish.Key, len(l.Entries))
		parallel.Each(len(keys), func(_, i int) {
			x := &l.Entries[i]
			keys[i] = publish.KeyOf([]any{r.said[x.Dossier], x.Rank, x.Outcome, x.Band, x.Flags, x.Certainty, x.ByHand, e.Languages})
		})
		all := sha256.New()
		for i := range keys {
			all.Write(keys[i][:])
		}
		r.keys[n] = keys
		lists[n] = []any{l.Ruleset, l.Title, l.Version, l.SHA256, l.Notes, hex.EncodeToString(all.Sum(nil))}
	}
	return dossier.HashOf([]any{publish.Version, lists, r.Campaign.ID, r.Campaign.Title, e.Languages, e.Units, e.Levels, e.Fields})[:16]
}

// keepPublished keeps what the lists that stand now hang on.
func (r *runner) keepPublished(ctx context.Context) error {
	if err := r.keepListed(ctx); err != nil {
		return err
	}
	return r.Store.State.Published.Put(ctx, published{r.listsKey(), r.run.Run, r.counts})
}

// writeLists writes the lists in every form into a folder made anew, and keeps in the records those
// that are not kept there yet.
func (r *runner) writeLists(ctx context.Context, tmp string, kept []string) error {
	if err := os.MkdirAll(r.Lists(), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	if err := os.Mkdir(tmp, 0o755); err != nil {
		return err
	}
	written := &listFiles{dir: tmp, sums: map[string]string{}}
	r.rendered = nil
	for i, l := range r.lists {
		e := publish.Edition{List: l, Keys: r.keys[i], Campaign: r.Campaign.ID, Title: r.Campaign.Title, Env: r.Campaign.Env, Run: r.run.Run, Languages: r.Campaign.Env.Languages, Before: r.renderedBefore(l.Ruleset)}
		data, list := l.Ruleset+".json", &store.Compressor{}
		e.Written = func(ctx context.Context, name string) error {
			if name != data || slices.Contains(kept, l.Ruleset) {
				return nil
			}
			return r.Store.Lists.Put(ctx, r.run.Run, l.Ruleset, list)
		}
		err := e.Write(ctx, r.Store.Assessments.ByID, func(name string) (io.WriteCloser, error) {
			if name == data {
				return written.create(name, list)
			}
			return written.create(name, io.Discard)
		})
		e.Before.Close()
		if err != nil {
			return err
		}
		r.rendered = append(r.rendered, e.Rendered)
		r.opts.Progress.Add(1)
	}
	return r.writeRunFile(ctx, tmp, written.sums)
}

// listFiles are the files of an edition, with the hashes of what was written.
type listFiles struct {
	dir  string
	mu   sync.Mutex
	sums map[string]string
}

// create opens one of them; what is written goes to also, too.
func (l *listFiles) create(name string, also io.Writer) (io.WriteCloser, error) {
	f, err := os.OpenFile(filepath.Join(l.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	sum := sha256.New()
	return &listFile{Writer: io.MultiWriter(sum, also, f), file: f, of: l, name: name, sum: sum}, err
}

// listFile is one of them.
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

// writeRunFile writes it; files are their hashes.
func (r *runner) writeRunFile(ctx context.Context, dir string, files map[string]string) error {
	finished := r.Now().UTC().Truncate(time.Millisecond)
	if finished.Before(r.run.Started) {
		finished = r.run.Started // the clock was set back meanwhile
	}
	rf := editions.RunFile{Run: r.run.Run, Number: r.run.Number, Campaign: r.Campaign.ID, Started: r.run.Started, Finished: finished, Version: r.opts.Version, Stages: r.run.Stages, Files: files}
	if err := r.Review().View(ctx, func(s *review.State) error { a := s.Anchor(); rf.Audit = &a; return nil }); err != nil {
		return err
	}
	b, err := json.MarshalIndent(rf, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, "run.json"), append(visible.JSON(b), '\n'))
}

// StaleVersions tells of rulesets that were changed after a list was published by them,
// and still say the same version. Lists name the hash beside the version, so nothing is
// mixed up; people who talk of "version 1" would.
func StaleVersions(ctx context.Context, w *workspace.Workspace) ([]string, error) {
	used, err := w.Store.Rulesets.Used(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, rs := range w.Campaign().Rulesets {
		frozen, known := "", false
		for _, u := range used {
			known = known || u.SHA256 == rs.SHA256
			if u.Ruleset == rs.ID && u.Version == rs.Version {
				frozen = u.Run
			}
		}
		if frozen != "" && !known {
			out = append(out, fmt.Sprintf("%s was changed since the list of run %s was made by its version %q; write another version: into it (kheo rules versions shows the old text)", rs.File, frozen, rs.Version))
		}
	}
	return out, nil
}

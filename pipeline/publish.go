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
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/visible"
	"kheo/pipeline/parallel"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/store"

	"golang.org/x/sync/errgroup"
)

func sha256Hex(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// sumOf reads all that there is, and returns its hash and its size in bytes.
func sumOf(r io.Reader) (sum string, n int64, err error) {
	h := sha256.New()
	n, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// Latest is the name under which the newest lists stand.
const Latest = "latest"

// publish writes the lists. A run is named by what its lists say, so the same
// dossiers under the same rules are the same run, and nothing is written twice.
func (r *runner) publish(ctx context.Context) (int, int, error) {
	if r.unchanged {
		return len(r.counts), 0, r.KeepEdition(ctx, r.run.Run)
	}
	if _, _, err := r.anchorOfLatest(ctx); err != nil { // the next edition anchors what is there now
		r.note("%v", err)
	}
	r.run.Run = r.named()
	dir := filepath.Join(r.Lists(), r.run.Run)
	whole := intact(dir)
	if whole && latestIs(r.Lists(), r.run.Run) {
		if err := r.KeepEdition(ctx, r.run.Run); err != nil {
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
	stale, err := r.StaleVersions(ctx)
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
		aside, err := r.moveLists(tmp, r.run.Run)
		if aside != "" {
			r.note("the lists of run %s had been changed by hand: they are kept in %s and written anew", r.run.Run, aside)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	if err := r.KeepEdition(ctx, r.run.Run); err != nil {
		return 0, 0, err
	}
	if err := pointLatest(r.Lists(), r.run.Run); err != nil {
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
			err = os.MkdirAll(filepath.Dir(file), store.PrivateDir)
		}
		if err == nil {
			err = store.WritePrivate(file, b.Bytes())
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
		data, list := l.Ruleset+".json", &store.Squeezed{}
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

// moveLists makes a folder that was written the one of a run, in one step. What is there and was
// changed by somebody is kept under another name, which it returns.
func (w *Workspace) moveLists(tmp, run string) (aside string, err error) {
	dir := filepath.Join(w.Lists(), run)
	for n := 1; exists(dir); n++ {
		aside = fmt.Sprintf("%s.changed-%d", dir, n)
		if exists(aside) {
			continue
		}
		if err := os.Rename(dir, aside); err != nil {
			return "", err
		}
	}
	if err := os.Rename(tmp, dir); err != nil {
		return aside, err
	}
	return aside, store.SyncDir(w.Lists())
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

// runFile is run.json beside the lists.
type runFile struct {
	Run      string            `json:"run"`
	Number   int64             `json:"number"`
	Campaign string            `json:"campaign"`
	Started  time.Time         `json:"started"`
	Finished time.Time         `json:"finished"`
	Version  string            `json:"kheo"`
	Stages   []store.Stage     `json:"stages"`
	Files    map[string]string `json:"files"` // name -> SHA-256, to find later changes
	Audit    *review.Anchor    `json:"audit,omitempty"`
}

// writeRunFile writes it; files are their hashes.
func (r *runner) writeRunFile(ctx context.Context, dir string, files map[string]string) error {
	finished := r.Now().UTC().Truncate(time.Millisecond)
	if finished.Before(r.run.Started) {
		finished = r.run.Started // the clock was set back meanwhile
	}
	rf := runFile{Run: r.run.Run, Number: r.run.Number, Campaign: r.Campaign.ID, Started: r.run.Started, Finished: finished, Version: r.opts.Version, Stages: r.run.Stages, Files: files}
	if err := r.review.View(ctx, func(s *review.State) error { a := s.Anchor(); rf.Audit = &a; return nil }); err != nil {
		return err
	}
	b, err := json.MarshalIndent(rf, "", "  ")
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(dir, "run.json"), append(visible.JSON(b), '\n'))
}

// intact reports whether a run's folder is there with the bytes it was
// published with.
func intact(dir string) bool {
	b, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		return false
	}
	var rf runFile
	if json.Unmarshal(b, &rf) != nil || len(rf.Files) == 0 {
		return false
	}
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for name, sha := range rf.Files {
		all.Go(func() error {
			f, err := os.Open(filepath.Join(dir, filepath.Base(name)))
			if err != nil {
				return err
			}
			defer f.Close()
			if sum, _, err := sumOf(f); err != nil || sum != sha {
				return fmt.Errorf("%s was changed (%v)", name, err)
			}
			return nil
		})
	}
	return all.Wait() == nil
}

func latestIs(lists, run string) bool {
	to, err := os.Readlink(filepath.Join(lists, Latest))
	return err == nil && to == run
}

// pointLatest makes latest/ the folder of a run, in one step. It is a link;
// where links can't be made, a copy.
func pointLatest(lists, run string) error {
	tmp := filepath.Join(lists, ".latest-new")
	os.RemoveAll(tmp)
	if err := os.Symlink(run, tmp); err == nil {
		latest := filepath.Join(lists, Latest)
		if info, err := os.Lstat(latest); err == nil && info.IsDir() {
			os.RemoveAll(latest)
		}
		if err := os.Rename(tmp, latest); err != nil {
			return err
		}
		return store.SyncDir(lists)
	}
	if err := os.CopyFS(tmp, os.DirFS(filepath.Join(lists, run))); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(lists, Latest)); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(lists, Latest))
}

// List reads one of a run's lists, as published; nil where there is none.
func (w *Workspace) List(ctx context.Context, run, ruleset string) (*publish.File, error) {
	return listOf(ctx, w.Store, run, ruleset)
}

func listOf(ctx context.Context, s *store.Store, run, ruleset string) (*publish.File, error) {
	b, err := s.Lists.Get(ctx, run, ruleset)
	if err != nil || b == nil {
		return nil, err
	}
	var f publish.File
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, err
	}
	return &f, nil
}

// FindRun finds the run that a person means: its number in the ledger, its
// name or the beginning of it, or "latest"; "" is the newest that published.
func (w *Workspace) FindRun(ctx context.Context, what string) (*store.Run, error) {
	runs, err := w.Store.Runs.Newest(ctx, 100000)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		r := &runs[i]
		if r.Run == "" || r.State != store.RunDone {
			continue
		}
		if what == "" || what == Latest || fmt.Sprint(r.Number) == what || len(what) >= 4 && strings.HasPrefix(r.Run, what) {
			return r, nil
		}
	}
	if what == "" || what == Latest {
		return nil, errors.New("no list has been published yet: put dossiers into inbox/ and run `kheo run`")
	}
	return nil, fmt.Errorf("no run %q has published lists; `kheo runs` shows them all", what)
}

// StaleVersions tells of rulesets that were changed after a list was published by them,
// and still say the same version. Lists name the hash beside the version, so nothing is
// mixed up; people who talk of "version 1" would.
func (w *Workspace) StaleVersions(ctx context.Context) ([]string, error) {
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

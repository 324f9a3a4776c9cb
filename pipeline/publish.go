package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"kheo/pipeline/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/store"

	"golang.org/x/sync/errgroup"
)

func sha256Hex(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// Latest is the name under which the newest lists stand.
const Latest = "latest"

// publish writes the lists. A run is named by what its lists say, so the same
// dossiers under the same rules are the same run, and nothing is written twice.
func (r *runner) publish(ctx context.Context) (int, int, error) {
	if r.unchanged {
		return len(r.counts), 0, nil
	}
	languages := r.Campaign.Env.Languages
	byLang := map[string][]*publish.File{}
	for _, lang := range languages {
		for _, l := range r.lists {
			byLang[lang] = append(byLang[lang], publish.NewFile(l, r.Campaign.ID, append([]string{lang}, languages...)...))
		}
	}
	r.run.Run = dossier.HashOf([]any{publish.Version, byLang, r.Campaign.Title, r.Campaign.Env.Units})[:16]
	dir := filepath.Join(r.Lists(), r.run.Run)
	if intact(dir) && latestIs(r.Lists(), r.run.Run) {
		return len(r.lists), 0, r.keepPublished(ctx)
	}
	files, jsons := map[string][]byte{}, map[string][]byte{}
	r.opts.Progress.Begin("publish", len(r.lists))
	for i, f := range byLang[languages[0]] {
		if err := r.render(f, i, byLang, files, jsons); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", f.Ruleset, err)
		}
		r.opts.Progress.Add(1)
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
		if err := r.Store.UseRuleset(ctx, used, r.Now()); err != nil {
			return 0, 0, err
		}
	}
	if err := r.Store.PutLists(ctx, r.run.Run, jsons); err != nil {
		return 0, 0, err
	}
	if !intact(dir) {
		if err := r.writeLists(dir, files); err != nil {
			return 0, 0, err
		}
	}
	if err := pointLatest(r.Lists(), r.run.Run); err != nil {
		return 0, 0, err
	}
	return len(r.lists), len(r.lists), r.keepPublished(ctx)
}

// keepPublished keeps what the lists that stand now hang on.
func (r *runner) keepPublished(ctx context.Context) error {
	b, err := json.Marshal(published{r.listsKey(), r.run.Run, r.counts})
	if err != nil {
		return err
	}
	return r.Store.SetSetting(ctx, publishedKey, string(b))
}

// render writes one list in every form and, as a page, in every language.
func (r *runner) render(f *publish.File, i int, byLang map[string][]*publish.File, files, jsons map[string][]byte) error {
	languages := r.Campaign.Env.Languages
	n := publish.Names{Env: r.Campaign.Env, Lang: languages[0]}
	f.Run = r.run.Run
	title := r.Campaign.Title.In(languages...)
	b, err := f.JSON()
	if err != nil {
		return err
	}
	files[f.Ruleset+".json"], jsons[f.Ruleset] = b, b
	href := func(lang string) string {
		if lang == languages[0] {
			return f.Ruleset + ".html"
		}
		return f.Ruleset + "." + lang + ".html"
	}
	forms := map[string]func() ([]byte, error){
		f.Ruleset + ".csv":  func() ([]byte, error) { return f.CSV(n) },
		f.Ruleset + ".xlsx": func() ([]byte, error) { return f.XLSX(n) },
		f.Ruleset + ".docx": func() ([]byte, error) { return f.DOCX(n, title) },
	}
	for _, lang := range languages {
		g := byLang[lang][i]
		g.Run = r.run.Run
		forms[href(lang)] = func() ([]byte, error) {
			return g.HTML(publish.Names{Env: r.Campaign.Env, Lang: lang}, r.Campaign.Title.In(lang, languages[0]), languages, href)
		}
	}
	var mu sync.Mutex
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for name, make := range forms {
		all.Go(func() error {
			b, err := make()
			mu.Lock()
			defer mu.Unlock()
			files[name] = b
			return err
		})
	}
	return all.Wait()
}

// writeLists writes a run's folder: all of it, or nothing. A folder that
// somebody changed is kept under another name.
func (r *runner) writeLists(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(r.Lists(), 0o755); err != nil {
		return err
	}
	tmp := filepath.Join(r.Lists(), ".new") // a killed run may have left one
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	if err := os.Mkdir(tmp, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for name, b := range files {
		if err := store.WriteFile(filepath.Join(tmp, name), b); err != nil {
			return err
		}
	}
	if err := r.writeRunFile(tmp, files); err != nil {
		return err
	}
	for n := 1; exists(dir); n++ {
		aside := fmt.Sprintf("%s.changed-%d", dir, n)
		if exists(aside) {
			continue
		}
		if err := os.Rename(dir, aside); err != nil {
			return err
		}
		r.note("the lists of run %s had been changed by hand: they are kept in %s and written anew", r.run.Run, aside)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return err
	}
	return store.SyncDir(r.Lists())
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
	for name, sha := range rf.Files {
		b, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
		if err != nil || sha256Hex(b) != sha {
			return false
		}
	}
	return true
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
	b, err := w.Store.List(ctx, run, ruleset)
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
	runs, err := w.Store.Runs(ctx, 100000)
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
	used, err := w.Store.UsedRulesets(ctx)
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

package editions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// ListNow returns the list of a ruleset that is in force: the closed one, or else the one that a run
// published with the outcomes that people have set since. It is nil if there is none. Pages, exports,
// counts and papers all take lists from here, so that they never disagree.
func ListNow(ctx context.Context, w *workspace.Workspace, run, ruleset string) (*publish.File, error) {
	if err := w.Review().View(ctx, func(s *review.State) error {
		if c, ok := s.Closed[ruleset]; ok {
			run = c.Run
		}
		return nil
	}); err != nil {
		return nil, err
	}
	// The list is loaded outside of the view, which would block everyone who votes meanwhile.
	f, err := List(ctx, w, run, ruleset)
	if err != nil {
		return nil, err
	}
	err = w.Review().View(ctx, func(s *review.State) error {
		f = s.InForce(f, ruleset, w.Campaign().Env.Languages[0])
		return nil
	})
	return f, err
}

// Nominees returns the nominees on a list as a run published it, by dossier; dossiers without one are left out. It is
// empty if the list is not kept any more.
func Nominees(ctx context.Context, w *workspace.Workspace, run, ruleset string) (map[string]string, error) {
	f, err := List(ctx, w, run, ruleset)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i := 0; f != nil && i < len(f.Entries); i++ {
		if e := &f.Entries[i]; e.Nominee != "" {
			names[e.Dossier] = e.Nominee
		}
	}
	return names, nil
}

// ListedEntry returns one entry of a list as a run published it; nil if the dossier is not on it. The entry is
// as it was published, without what people have set since.
func ListedEntry(ctx context.Context, w *workspace.Workspace, run, ruleset, id string) (*publish.Entry, error) {
	// A list can be long: only the entry that is wanted is decoded.
	b, err := w.Store.Lists.Get(ctx, run, ruleset)
	if err != nil || b == nil {
		return nil, err
	}
	var e *publish.Entry
	gjson.GetBytes(b, "entries").ForEach(func(_, v gjson.Result) bool {
		if v.Get("dossier").String() != id {
			return true
		}
		e = &publish.Entry{}
		err = json.Unmarshal([]byte(v.Raw), e)
		return false
	})
	return e, err
}

// ListsNow returns the lists in force, by ruleset: those of a run, and all closed lists. Rulesets of closed
// lists are included although the campaign may not have them any more. The caller owns the lists.
func ListsNow(ctx context.Context, w *workspace.Workspace, run string) (map[string]*publish.File, error) {
	names, err := w.Store.Lists.Rulesets(ctx, run)
	if err != nil {
		return nil, err
	}
	if err := w.Review().View(ctx, func(s *review.State) error {
		names = slices.AppendSeq(names, maps.Keys(s.Closed))
		return nil
	}); err != nil {
		return nil, err
	}
	slices.Sort(names)
	out := map[string]*publish.File{}
	for _, name := range slices.Compact(names) {
		f, err := ListNow(ctx, w, run, name)
		if err != nil {
			return nil, err
		}
		if f != nil {
			out[name] = f
		}
	}
	return out, nil
}

// List reads a list of a run as it was published; nil if there is none.
func List(ctx context.Context, w *workspace.Workspace, run, ruleset string) (*publish.File, error) {
	return ListIn(ctx, w.Store, run, ruleset)
}

// ListIn does what List does, for an open record store.
func ListIn(ctx context.Context, s *store.Store, run, ruleset string) (*publish.File, error) {
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

// FindRun returns the run that a person names: by its number in the ledger, by a prefix of at least four
// characters of its name, or as "latest"; "" is the newest run that published lists. Only runs that ended well
// are found. If several begin with the same characters, it is the newest.
func FindRun(ctx context.Context, w *workspace.Workspace, what string) (*store.Run, error) {
	runs, err := w.Store.Runs.Newest(ctx, 100000)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		r := &runs[i]
		if r.Run == "" || r.State != store.RunDone {
			continue
		}
		if what == "" || what == workspace.Latest || fmt.Sprint(r.Number) == what ||
			len(what) >= 4 && strings.HasPrefix(r.Run, what) {
			return r, nil
		}
	}
	if what == "" || what == workspace.Latest {
		return nil, errors.New("no list has been published yet: put dossiers into inbox/ and run `kheo run`")
	}
	return nil, fmt.Errorf("no run %q has published lists; `kheo runs` shows them all", what)
}

// Place is the position of a dossier on the newest lists.
type Place struct {
	Ruleset string
	Entry   *publish.Entry
}

// Places returns the position of every dossier that is on one of the newest lists, by id. If a dossier is on
// several lists, because its ruleset changed after one was closed, any of them may be returned.
func Places(ctx context.Context, w *workspace.Workspace) (map[string]Place, error) {
	run, err := w.Store.Runs.Latest(ctx)
	if err != nil {
		return nil, err
	}
	lists, err := ListsNow(ctx, w, run)
	if err != nil {
		return nil, err
	}
	out := map[string]Place{}
	for name, f := range lists {
		for i := range f.Entries {
			out[f.Entries[i].Dossier] = Place{name, &f.Entries[i]}
		}
	}
	return out, nil
}

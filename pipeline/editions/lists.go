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

// ListNow is the list of a ruleset that holds: as it was closed, or else as a run published it, with
// the outcomes that people have set since. It is nil where there is none. What is shown, counted,
// exported or put on paper of a list comes from here.
func ListNow(ctx context.Context, w *workspace.Workspace, run, ruleset string) (*publish.File, error) {
	if err := w.Review().View(ctx, func(s *review.State) error {
		if c, ok := s.Closed[ruleset]; ok {
			run = c.Run
		}
		return nil
	}); err != nil {
		return nil, err
	}
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

// ListedEntry is one entry of a list as a run published it; nil where it is not there.
func ListedEntry(ctx context.Context, w *workspace.Workspace, run, ruleset, id string) (*publish.Entry, error) {
	b, err := w.Store.List(ctx, run, ruleset)
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

// ListsNow are the lists that hold, by ruleset: those of a run, and those that were closed.
func ListsNow(ctx context.Context, w *workspace.Workspace, run string) (map[string]*publish.File, error) {
	names, err := w.Store.ListRulesets(ctx, run)
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

// PublishedKey is the setting that holds it.
const PublishedKey = "published"

// List reads one of a run's lists, as published; nil where there is none.
func List(ctx context.Context, w *workspace.Workspace, run, ruleset string) (*publish.File, error) {
	return ListIn(ctx, w.Store, run, ruleset)
}

func ListIn(ctx context.Context, s *store.Store, run, ruleset string) (*publish.File, error) {
	b, err := s.List(ctx, run, ruleset)
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
func FindRun(ctx context.Context, w *workspace.Workspace, what string) (*store.Run, error) {
	runs, err := w.Store.Runs(ctx, 100000)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		r := &runs[i]
		if r.Run == "" || r.State != store.RunDone {
			continue
		}
		if what == "" || what == workspace.Latest || fmt.Sprint(r.Number) == what || len(what) >= 4 && strings.HasPrefix(r.Run, what) {
			return r, nil
		}
	}
	if what == "" || what == workspace.Latest {
		return nil, errors.New("no list has been published yet: put dossiers into inbox/ and run `kheo run`")
	}
	return nil, fmt.Errorf("no run %q has published lists; `kheo runs` shows them all", what)
}

// Placed is where a dossier stands on the newest lists.
type Place struct {
	Ruleset string
	Entry   *publish.Entry
}

// Places reads the newest lists: where every dossier stands.
func Places(ctx context.Context, w *workspace.Workspace) (map[string]Place, error) {
	run, err := w.Store.LatestRun(ctx)
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

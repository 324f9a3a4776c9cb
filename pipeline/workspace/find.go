package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/reading"
	"kheo/pipeline/store"
)

// InboxCount returns how many entries of the inbox wait to be ingested.
func (w *Workspace) InboxCount() (int, error) {
	list, err := os.ReadDir(w.Inbox())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	n := 0
	for _, e := range list {
		if (!intake.Skipped(e.Name()) || intake.IsNext(e.Name())) && (e.IsDir() || e.Type().IsRegular()) {
			n++
		}
	}
	return n, err
}

// Load returns a dossier as it was read, with its record; nil if there is none.
func (w *Workspace) Load(ctx context.Context, id string) (*store.Accepted, *dossier.Dossier, error) {
	a, err := w.Store.Dossiers.Get(ctx, id)
	if err != nil || a == nil {
		return nil, nil, err
	}
	d, err := reading.LoadLatest(ctx, w.Store, a, extract.Version)
	return a, d, err
}

// Resolve returns the id of the dossier that a person names: by its id, a prefix of the id, or words of
// its name or title, with or without diacritics. More than one match is an error.
func (w *Workspace) Resolve(ctx context.Context, what string) (string, error) {
	all, err := w.Store.Dossiers.All(ctx)
	if err != nil {
		return "", err
	}
	var found []string
	folded := language.Fold(what)
	for _, a := range all {
		switch {
		case a.ID == what:
			return a.ID, nil
		case strings.HasPrefix(a.ID, what), folded != "" && contains(a.Name+" "+a.Manifest.Title, folded):
			found = append(found, a.ID)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%d dossiers match %q: %s. Write more of the one you mean",
			len(found), what, strings.Join(found[:min(6, len(found))], ", "))
	}
	if len(all) == 0 {
		return "", fmt.Errorf("there is no dossier %q: nothing has been received yet. "+
			"Put dossiers into %s and run `kheo run`", what, w.Inbox())
	}
	return "", fmt.Errorf("there is no dossier %q. `kheo search %s` may find it", what, what)
}

// contains reports whether a text contains whole folded words.
func contains(text, folded string) bool {
	return strings.Contains(" "+language.Fold(text)+" ", " "+folded+" ")
}

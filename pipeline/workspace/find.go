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
	"kheo/pipeline/store"
)

// InboxCount is how much lies in the inbox and waits to be taken in.
func (w *Workspace) InboxCount() (int, error) {
	list, err := os.ReadDir(w.Inbox())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	n := 0
	for _, e := range list {
		if !intake.Skipped(e.Name()) && (e.IsDir() || e.Type().IsRegular()) {
			n++
		}
	}
	return n, err
}

// Load returns a dossier as it was read, with its record.
func (w *Workspace) Load(ctx context.Context, id string) (*store.Accepted, *dossier.Dossier, error) {
	a, err := w.Store.Dossier(ctx, id)
	if err != nil || a == nil {
		return nil, nil, err
	}
	d, err := w.Store.Load(ctx, a, extract.Version)
	return a, d, err
}

// Resolve finds the dossier that a person means: its id, the beginning of it,
// or words of its title, with or without diacritics.
func (w *Workspace) Resolve(ctx context.Context, what string) (string, error) {
	all, err := w.Store.Dossiers(ctx)
	if err != nil {
		return "", err
	}
	var found []string
	folded := language.Fold(what)
	for _, a := range all {
		switch {
		case a.ID == what:
			return a.ID, nil
		case strings.HasPrefix(a.ID, what), folded != "" && strings.Contains(" "+language.Fold(a.Name+" "+a.Manifest.Title)+" ", " "+folded+" "):
			found = append(found, a.ID)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%d dossiers are called like %q: %s. Write more of the one you mean", len(found), what, strings.Join(found[:min(6, len(found))], ", "))
	}
	if len(all) == 0 {
		return "", fmt.Errorf("there is no dossier %q: nothing has been taken in yet. Put dossiers into %s and run `kheo run`", what, w.Inbox())
	}
	return "", fmt.Errorf("there is no dossier %q. `kheo search %s` may find it", what, what)
}

package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/internal/visible"
	"kheo/pipeline/editions"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
	"kheo/rules"
)

func (r *runner) profileKey(a *store.Accepted) string {
	if r.envHash == "" {
		r.envHash = r.Campaign.Env.Hash()
	}
	key := strings.Join([]string{a.ContentHash, extract.Version, rules.Version, index.NearVersion, r.envHash}, " ") + r.readState[a.ID]
	return editions.SumOf([]byte(key))
}

func (r *runner) profile(ctx context.Context) (int, int, error) {
	have, err := r.Store.Profiles(ctx)
	if err != nil {
		return 0, 0, err
	}
	var todo []string
	for _, id := range r.ids {
		if have[id].Key != r.profileKey(r.dossiers[id]) {
			todo = append(todo, id)
		}
	}
	r.opts.Progress.Begin("profile", len(todo))
	if err := r.work(ctx, "profile", todo, batchOf(len(todo), 25, 200)); err != nil {
		return len(r.ids), 0, err
	}
	if err := r.quarantineOthers(ctx); err != nil {
		return len(r.ids), 0, err
	}
	r.profiles, err = r.Store.Profiles(ctx)
	return len(r.ids), len(todo), err
}

func (r *runner) profileBatch(ctx context.Context, ids []string) error {
	out := map[string]store.Profile{}
	all, err := r.Store.DossiersOf(ctx, ids...)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		d, err := r.Store.Load(ctx, a, extract.Version)
		if err != nil {
			return err
		}
		if err := r.quarantine(ctx, a, d); err != nil {
			return err
		}
		reading := rules.Read(d)
		p := store.Profile{Identity: r.Campaign.Env.Identify(reading), Sketch: index.SketchOf(d)}
		reading.Close()
		p.ProfileRow = store.ProfileRow{Key: r.profileKey(a), Kind: p.Identity.Kind, Level: p.Identity.Level}
		out[a.ID] = p
		r.opts.Progress.Add(1)
	}
	return r.Store.PutProfiles(ctx, out)
}

// UnreadKey begins the settings that name dossiers with files that another machine could
// not read: the one that does the run puts them into its quarantine.
const UnreadKey = "quarantine "

// quarantineOthers puts into quarantine what other machines could not read.
func (r *runner) quarantineOthers(ctx context.Context) error {
	names, err := r.Store.SettingsUnder(ctx, UnreadKey)
	if err != nil {
		return err
	}
	for _, name := range names {
		if a, err := r.Store.Dossier(ctx, strings.TrimPrefix(name, UnreadKey)); err != nil {
			return err
		} else if a != nil {
			d, err := r.Store.Load(ctx, a, extract.Version)
			if err == nil {
				err = r.quarantine(ctx, a, d)
			}
			if err != nil {
				return err
			}
		}
		if err := r.Store.DropSetting(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// quarantine puts what could not be read where people look for it, each file
// with its reason.
func (r *runner) quarantine(ctx context.Context, a *store.Accepted, d *dossier.Dossier) error {
	if r.foreign {
		if !slices.ContainsFunc(d.Documents, func(doc dossier.Document) bool { return doc.Error != "" }) {
			return nil
		}
		return r.Store.SetSetting(ctx, UnreadKey+a.ID, "1")
	}
	for _, doc := range d.Documents {
		if doc.Error == "" {
			continue
		}
		path := filepath.Join(r.Quarantine(), a.ID, filepath.FromSlash(doc.Name))
		info, err := os.Stat(path)
		if err == nil && info.IsDir() || os.MkdirAll(filepath.Dir(path), store.PrivateDir) != nil { // a file that could not be read, and what was inside it
			path = filepath.Join(r.Quarantine(), a.ID, strings.ReplaceAll(doc.Name, "/", " - "))
		}
		if err := os.MkdirAll(filepath.Dir(path), store.PrivateDir); err != nil {
			return err
		}
		if doc.SHA256 != "" {
			b, err := r.Store.Blob(ctx, doc.SHA256)
			if err != nil {
				return err
			}
			if err := store.WritePrivate(path, b); err != nil {
				return err
			}
		}
		why := rules.UnreadText(doc.Error, doc.Detail)
		text := fmt.Sprintf("%s\ndossier: %s (version %d)\n", visible.Line(doc.Name), a.ID, a.Version)
		for _, l := range language.Codes() {
			text += l + ": " + why.In(l) + "\n"
		}
		if err := store.WritePrivate(path+".reason.txt", []byte(visible.Text(text))); err != nil {
			return err
		}
	}
	return nil
}

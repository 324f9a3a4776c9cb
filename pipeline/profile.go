package pipeline

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/internal/text/language"
	"kheo/internal/visible"
	"kheo/pipeline/extract"
	"kheo/pipeline/reading"
	"kheo/pipeline/store"
	"kheo/rules"
)

func (r *runner) profileKey(a *store.Accepted) string {
	if r.envHash == "" {
		r.envHash = r.Campaign.Env.Hash()
	}
	key := strings.Join([]string{a.ContentHash, extract.Version, rules.Version, index.NearVersion, r.envHash}, " ") + r.readState[a.ID]
	return dossier.SHA256([]byte(key))
}

func (r *runner) profile(ctx context.Context) (int, int, error) {
	have, err := r.Store.Profiles.Heads(ctx)
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
	r.profiles, err = r.Store.Profiles.Heads(ctx)
	return len(r.ids), len(todo), err
}

func (r *runner) profileBatch(ctx context.Context, ids []string) error {
	out := map[string]store.Profile{}
	all, err := r.Store.Dossiers.ByID(ctx, ids...)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		d, err := reading.Load(ctx, r.Store, a, extract.Version)
		if err != nil {
			return err
		}
		if err := r.quarantine(ctx, a, d); err != nil {
			return err
		}
		reading := rules.Read(d)
		p := store.Profile{Identity: r.Campaign.Env.Identify(reading), Sketch: index.SketchOf(d)}
		reading.Close()
		p.ProfileHead = store.ProfileHead{Key: r.profileKey(a), Kind: p.Identity.Kind, Level: p.Identity.Level}
		out[a.ID] = p
		r.opts.Progress.Add(1)
	}
	return r.Store.Profiles.Put(ctx, out)
}

// quarantineOthers puts into quarantine what other machines could not read.
func (r *runner) quarantineOthers(ctx context.Context) error {
	marked, err := r.Store.State.Unreadable.All(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(marked)) {
		if a, err := r.Store.Dossiers.Get(ctx, id); err != nil {
			return err
		} else if a != nil {
			d, err := reading.Load(ctx, r.Store, a, extract.Version)
			if err == nil {
				err = r.quarantine(ctx, a, d)
			}
			if err != nil {
				return err
			}
		}
		if err := r.Store.State.Unreadable.Of(id).Drop(ctx); err != nil {
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
		return r.Store.State.Unreadable.Of(a.ID).Set(ctx, true)
	}
	for _, doc := range d.Documents {
		if doc.Error == "" {
			continue
		}
		path := filepath.Join(r.Quarantine(), a.ID, filepath.FromSlash(doc.Name))
		info, err := os.Stat(path)
		if err == nil && info.IsDir() || os.MkdirAll(filepath.Dir(path), durable.PrivateDir) != nil { // a file that could not be read, and what was inside it
			path = filepath.Join(r.Quarantine(), a.ID, strings.ReplaceAll(doc.Name, "/", " - "))
		}
		if err := os.MkdirAll(filepath.Dir(path), durable.PrivateDir); err != nil {
			return err
		}
		if doc.SHA256 != "" {
			b, err := r.Store.Blobs.Read(ctx, doc.SHA256)
			if err != nil {
				return err
			}
			if err := durable.WritePrivate(path, b); err != nil {
				return err
			}
		}
		why := rules.UnreadText(doc.Error, doc.Detail)
		text := fmt.Sprintf("%s\ndossier: %s (version %d)\n", visible.Line(doc.Name), a.ID, a.Version)
		for _, l := range language.Codes() {
			text += l + ": " + why.In(l) + "\n"
		}
		if err := durable.WritePrivate(path+".reason.txt", []byte(visible.Text(text))); err != nil {
			return err
		}
	}
	return nil
}

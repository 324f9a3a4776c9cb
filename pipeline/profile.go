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
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// profileHeads are the cache keys, kinds and levels of profiles, by dossier.
type profileHeads = map[string]store.ProfileHead

// profileKey is the cache key of a dossier's profile: a hash of all that the profile depends on. env is the
// hash of the campaign's environment.
func profileKey(env string, a *store.Accepted, readState string) string {
	on := []string{a.ContentHash, extract.Version, rules.Version, index.NearVersion, env}
	return dossier.SHA256([]byte(strings.Join(on, " ") + readState))
}

// profileAll is the stage profile: of every dossier whose key has changed, it finds the identity (kind, level,
// unit, title) and a sketch of the text for the comparison. What could not be read goes to quarantine.
func profileAll(
	ctx context.Context, run *runEnv, all *dossierSet, readStates map[string]string,
) (profileHeads, error) {
	have, err := run.ws.Store.Profiles.Heads(ctx)
	if err != nil {
		return nil, err
	}
	var todo []string
	for _, id := range all.ids {
		if have[id].Key != profileKey(run.envHash, all.byID[id], readStates[id]) {
			todo = append(todo, id)
		}
	}
	run.count(len(all.ids), 0)
	run.opts.Progress.Begin("profile", len(todo))
	b := run.batch()
	b.readStates = readStates
	if err := run.distribute(ctx, "profile", todo, batchSize(len(todo), 25, 200), b); err != nil {
		return nil, err
	}
	// Only the machine of the run has the quarantine folder in which people look.
	if err := quarantineMarked(ctx, run.ws); err != nil {
		return nil, err
	}
	run.count(len(all.ids), len(todo))
	return run.ws.Store.Profiles.Heads(ctx)
}

// profile makes the profiles of dossiers.
func (b *batch) profile(ctx context.Context, ids []string) error {
	out := map[string]store.Profile{}
	all, err := b.ws.Store.Dossiers.ByID(ctx, ids...)
	if err != nil {
		return err
	}
	for i := range all {
		a := &all[i]
		d, err := reading.Load(ctx, b.ws.Store, a, extract.Version)
		if err != nil {
			return err
		}
		if err := b.unreadable(ctx, b.ws, a, d); err != nil {
			return err
		}
		for i := range d.Documents { // what a dossier is does not depend on sightings, which come later
			d.Documents[i].Sightings = nil
		}
		reading := rules.Read(d)
		p := store.Profile{Identity: b.campaign.Env.Identify(reading), Sketch: index.SketchOf(d)}
		reading.Close()
		p.ProfileHead = store.ProfileHead{
			Key: profileKey(b.envHash, a, b.readStates[a.ID]), Kind: p.Identity.Kind, Level: p.Identity.Level,
		}
		out[a.ID] = p
		b.progress.Add(1)
	}
	return b.ws.Store.Profiles.Put(ctx, out)
}

// markUnreadable marks a dossier with files that could not be read. A machine that works for the run of
// another has no part in that one's quarantine folder: the run moves the files there (quarantineMarked).
func markUnreadable(ctx context.Context, w *workspace.Workspace, a *store.Accepted, d *dossier.Dossier) error {
	if !slices.ContainsFunc(d.Documents, func(doc dossier.Document) bool { return doc.Error != "" }) {
		return nil
	}
	return w.Store.State.Unreadable.Of(a.ID).Set(ctx, true)
}

// quarantineMarked puts into quarantine what other machines could not read.
func quarantineMarked(ctx context.Context, w *workspace.Workspace) error {
	marked, err := w.Store.State.Unreadable.All(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(marked)) {
		a, err := w.Store.Dossiers.Get(ctx, id)
		if err != nil {
			return err
		}
		if a != nil { // it was not forgotten meanwhile
			d, err := reading.Load(ctx, w.Store, a, extract.Version)
			if err == nil {
				err = quarantine(ctx, w, a, d)
			}
			if err != nil {
				return err
			}
		}
		if err := w.Store.State.Unreadable.Of(id).Drop(ctx); err != nil {
			return err
		}
	}
	return nil
}

// quarantine copies the documents of a dossier that could not be read into the quarantine folder of this
// workspace, each beside a text with the reason in every language.
func quarantine(ctx context.Context, w *workspace.Workspace, a *store.Accepted, d *dossier.Dossier) error {
	for _, doc := range d.Documents {
		if doc.Error == "" {
			continue
		}
		path, err := quarantinePath(w, a.ID, doc.Name)
		if err != nil {
			return err
		}
		if doc.SHA256 != "" {
			content, err := w.Store.Blobs.Read(ctx, doc.SHA256)
			if err != nil {
				return err
			}
			if err := durable.WritePrivate(path, content); err != nil {
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

// quarantinePath is the path of a document in quarantine; its folder is there afterwards. A document inside
// another has the name outer/inner. If outer is in quarantine itself, as a file, there can be no folder of its
// name: then the slashes of the document's name are replaced.
func quarantinePath(w *workspace.Workspace, id, name string) (string, error) {
	path := filepath.Join(w.Quarantine(), id, filepath.FromSlash(name))
	info, err := os.Stat(path)
	if err == nil && info.IsDir() || os.MkdirAll(filepath.Dir(path), durable.PrivateDir) != nil {
		path = filepath.Join(w.Quarantine(), id, strings.ReplaceAll(name, "/", " - "))
	}
	return path, os.MkdirAll(filepath.Dir(path), durable.PrivateDir)
}

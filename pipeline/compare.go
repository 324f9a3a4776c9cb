package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
)

// past are the workspaces of past campaigns, open for reading: what they hold is
// compared with what comes in now.
type past struct {
	stores   map[string]*store.Store
	dossiers map[string]map[string]*store.Accepted // by campaign and id
	profiles []index.Profile
	keys     []string
}

// openPast opens the past campaigns that kheo.yaml names. One that cannot be read is
// noted in the ledger, and the run goes on without it.
func (r *runner) openPast(ctx context.Context) (*past, error) {
	p := &past{stores: map[string]*store.Store{}, dossiers: map[string]map[string]*store.Accepted{}}
	for _, dir := range r.Campaign.Past {
		path := dir
		if !filepath.IsAbs(path) {
			path = filepath.Join(r.Dir, filepath.FromSlash(dir))
		}
		if err := p.open(ctx, path); err != nil {
			r.note("past campaign %s: %v", dir, err)
		}
	}
	return p, nil
}

func (p *past) open(ctx context.Context, dir string) error {
	c, err := campaign.Load(dir)
	if err != nil {
		return err
	}
	if p.stores[c.ID] != nil {
		return fmt.Errorf("the campaign %s is named twice", c.ID)
	}
	at, blobs := c.Records()
	s, err := store.OpenExisting(ctx, at, blobs)
	if errors.Is(err, store.ErrNone) {
		return errors.New("it has no records yet; run kheo in it once")
	}
	if err != nil {
		return err
	}
	p.stores[c.ID] = s
	all, err := s.Dossiers(ctx)
	if err != nil {
		return err
	}
	sketches, err := s.Sketches(ctx)
	if err != nil {
		return err
	}
	if len(sketches) < len(all) {
		return fmt.Errorf("%d of its %d dossiers were last read by an older kheo; run kheo in it once", len(all)-len(sketches), len(all))
	}
	p.dossiers[c.ID] = map[string]*store.Accepted{}
	for i := range all {
		p.dossiers[c.ID][all[i].ID] = &all[i]
		p.keys = append(p.keys, c.ID, all[i].ID, all[i].ContentHash)
	}
	for _, sk := range sketches {
		if p.dossiers[c.ID][sk.Dossier] != nil {
			sk.Past = c.ID
			p.profiles = append(p.profiles, sk)
		}
	}
	return nil
}

func (p *past) load(ctx context.Context, of *index.Profile) (*dossier.Dossier, error) {
	return p.stores[of.Past].Load(ctx, p.dossiers[of.Past][of.Dossier], extract.Version)
}

func (p *past) close() {
	for _, s := range p.stores {
		s.Close()
	}
}

func (r *runner) compare(ctx context.Context) (int, int, error) {
	past, err := r.openPast(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer past.close()
	keys := make([]string, len(r.ids))
	for i, id := range r.ids {
		keys[i] = id + r.profiles[id].Key
	}
	key := dossier.HashOf([]any{index.NearVersion, keys, past.keys})
	have, err := r.Store.Setting(ctx, "copies")
	if err != nil {
		return 0, 0, err
	}
	done := 0
	if have != key {
		r.opts.Progress.Begin("compare", len(r.ids))
		all, err := r.Store.Sketches(ctx)
		if err != nil {
			return len(r.ids), 0, err
		}
		profiles := past.profiles
		for _, p := range all {
			if r.dossiers[p.Dossier] != nil {
				profiles = append(profiles, p)
			}
		}
		copies, err := index.Compare(profiles, func(p *index.Profile) (*dossier.Dossier, error) {
			if p.Past != "" {
				return past.load(ctx, p)
			}
			a, err := r.Store.Dossier(ctx, p.Dossier)
			if err != nil {
				return nil, err
			}
			if a == nil {
				return nil, fmt.Errorf("%s is no more", p.Dossier)
			}
			return r.Store.Load(ctx, a, extract.Version)
		})
		if err != nil {
			return len(r.ids), 0, err
		}
		if err := r.Store.PutCopies(ctx, key, copies); err != nil {
			return len(r.ids), 0, err
		}
		done = len(r.ids)
		r.opts.Progress.Add(done)
	}
	r.copies, err = r.Store.Copies(ctx)
	return len(r.ids), done, err
}

package pipeline

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/reading"
	"kheo/pipeline/store"
)

// copiesByDossier are the near duplicates of each dossier that has any.
type copiesByDossier = map[string][]dossier.Copy

// compareAll is the stage compare: it finds dossiers whose texts are nearly the same, among one another and
// in past campaigns. Nothing is compared again unless some profile has changed.
func compareAll(
	ctx context.Context, run *runEnv, all *dossierSet, profiles profileHeads,
) (copiesByDossier, error) {
	past := openPast(ctx, run)
	defer past.close()
	keys := make([]string, len(all.ids))
	for i, id := range all.ids {
		keys[i] = id + profiles[id].Key
	}
	key := dossier.HashOf([]any{index.NearVersion, keys, past.keys})
	have, err := run.ws.Store.Copies.Key(ctx)
	if err != nil {
		return nil, err
	}
	run.count(len(all.ids), 0)
	if have != key {
		run.opts.Progress.Begin("compare", len(all.ids))
		if err := compareTexts(ctx, run.ws.Store, all, profiles, past, key); err != nil {
			return nil, err
		}
		run.count(len(all.ids), len(all.ids))
		run.opts.Progress.Add(len(all.ids))
	}
	return run.ws.Store.Copies.All(ctx)
}

// compareTexts compares all texts and replaces the copies in the records, under a key. Pairs that an earlier
// comparison settled are not compared again.
func compareTexts(
	ctx context.Context, s *store.Store, all *dossierSet, profiles profileHeads, past *pastCampaigns, key string,
) error {
	texts, err := s.Profiles.Texts(ctx)
	if err != nil {
		return err
	}
	list := past.profiles
	for _, p := range texts {
		if all.byID[p.Dossier] != nil {
			p.Text = profiles[p.Dossier].Key
			list = append(list, p)
		}
	}
	settled, err := loadSettled(ctx, s)
	if err != nil {
		return err
	}
	load := func(p *dossier.TextProfile) (*dossier.Dossier, error) {
		if p.Past != "" {
			return past.load(ctx, p)
		}
		a, err := s.Dossiers.Get(ctx, p.Dossier)
		if err != nil {
			return nil, err
		}
		if a == nil {
			return nil, fmt.Errorf("%s was removed meanwhile", p.Dossier)
		}
		return reading.Load(ctx, s, a, extract.Version)
	}
	copies, settled, err := index.Compare(list, load, settled)
	if err != nil {
		return err
	}
	if err := s.Copies.Replace(ctx, key, copies); err != nil {
		return err
	}
	return saveSettled(ctx, s, settled)
}

// loadSettled returns the pairs that the last comparison settled; nil if there are none or they cannot be
// read, for then everything is compared.
func loadSettled(ctx context.Context, s *store.Store) (index.Settled, error) {
	text, err := s.State.SettledPairs.Get(ctx)
	if err != nil {
		return nil, err
	}
	var settled index.Settled
	if b, err := base64.StdEncoding.DecodeString(text); err != nil || settled.UnmarshalBinary(b) != nil {
		return nil, nil
	}
	return settled, nil
}

// saveSettled saves the settled pairs for the next comparison.
func saveSettled(ctx context.Context, s *store.Store, settled index.Settled) error {
	b, err := settled.MarshalBinary()
	if err != nil {
		return err
	}
	return s.State.SettledPairs.Set(ctx, base64.StdEncoding.EncodeToString(b))
}

// pastCampaigns are the workspaces of past campaigns, open for reading: their dossiers are compared with
// those of this campaign.
type pastCampaigns struct {
	stores   map[string]*store.Store               // by campaign
	dossiers map[string]map[string]*store.Accepted // by campaign and id
	profiles []dossier.TextProfile
	keys     []string // what the comparison depends on: campaign, id and content of each dossier
}

// openPast opens the past campaigns that kheo.yaml names. One that cannot be read is a note, and the run goes
// on without it.
func openPast(ctx context.Context, run *runEnv) *pastCampaigns {
	p := &pastCampaigns{stores: map[string]*store.Store{}, dossiers: map[string]map[string]*store.Accepted{}}
	for _, dir := range run.campaign.Past {
		path := dir
		if !filepath.IsAbs(path) {
			path = filepath.Join(run.ws.Dir, filepath.FromSlash(dir))
		}
		if err := p.open(ctx, path); err != nil {
			run.note("past campaign %s: %v", dir, err)
		}
	}
	return p
}

// open adds the campaign of one workspace.
func (p *pastCampaigns) open(ctx context.Context, dir string) error {
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
	all, err := s.Dossiers.All(ctx)
	if err != nil {
		return err
	}
	sketches, err := s.Profiles.Texts(ctx)
	if err != nil {
		return err
	}
	if len(sketches) < len(all) {
		return fmt.Errorf("%d of its %d dossiers were last read by an older kheo; run kheo in it once",
			len(all)-len(sketches), len(all))
	}
	p.dossiers[c.ID] = map[string]*store.Accepted{}
	for i := range all {
		p.dossiers[c.ID][all[i].ID] = &all[i]
		p.keys = append(p.keys, c.ID, all[i].ID, all[i].ContentHash)
	}
	for _, sk := range sketches {
		if a := p.dossiers[c.ID][sk.Dossier]; a != nil {
			sk.Past, sk.Text = c.ID, strings.Join([]string{c.ID, a.ContentHash, extract.Version}, " ")
			p.profiles = append(p.profiles, sk)
		}
	}
	return nil
}

// load loads the dossier of a profile of a past campaign, whose files an older kheo may have read: nothing reads them
// again until someone runs kheo there.
func (p *pastCampaigns) load(ctx context.Context, of *dossier.TextProfile) (*dossier.Dossier, error) {
	return reading.LoadLatest(ctx, p.stores[of.Past], p.dossiers[of.Past][of.Dossier], extract.Version)
}

// close closes the records of past campaigns, which were opened for reading only.
func (p *pastCampaigns) close() {
	for _, s := range p.stores {
		s.Close()
	}
}

// Package recognitions finds out whom earlier lists recognised: the closed lists of this workspace, and those of the
// past campaigns that kheo.yaml names. Rulesets with history count them.
//
// [Load] reads them once for a run or a trial, and only if a ruleset asks for them; [Past.For] makes an index for
// each ruleset of those lists that it counts. What the index says of a nominee, and when a person is uncertain, is
// decided by package history of the rules. A past campaign that cannot be read stops the run: no one must count as
// never recognised because a folder is missing.
package recognitions

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
	"kheo/rules/history"
	"kheo/rules/lookup"
)

// Past are the recognitions of earlier lists. Nil has none.
type Past struct {
	campaign string
	all      []recognition
	byRules  map[*rules.Ruleset]*history.Index
}

// recognition is one with the campaign of its list.
type recognition struct {
	dossier.Recognition
	campaign string
}

// Load reads the closed lists, if a ruleset of the campaign, or one of those that are tried, counts them. A past
// campaign that cannot be read is an error: without it, someone would count as never recognised.
func Load(ctx context.Context, w *workspace.Workspace, tried ...*rules.Ruleset) (*Past, error) {
	c := w.Campaign()
	all := append(slices.Clip(c.Rulesets), tried...)
	if !slices.ContainsFunc(all, func(rs *rules.Ruleset) bool { return rules.ReadsPast(rs) != nil }) {
		return nil, nil
	}
	p := &Past{campaign: c.ID, byRules: map[*rules.Ruleset]*history.Index{}}
	if err := p.add(ctx, c, w.Store, w.Review()); err != nil {
		return nil, err
	}
	for _, dir := range c.Past {
		path := dir
		if !filepath.IsAbs(path) {
			path = filepath.Join(w.Dir, filepath.FromSlash(dir))
		}
		if err := p.open(ctx, path); err != nil {
			return nil, fmt.Errorf("whom the past campaign %s recognised cannot be read, and rulesets count it: %w; "+
				"put it in its place, or correct past: in kheo.yaml", dir, err)
		}
	}
	for _, rs := range all {
		p.byRules[rs] = p.index(rs)
	}
	return p, nil
}

// open reads the closed lists of the workspace of a past campaign.
func (p *Past) open(ctx context.Context, dir string) error {
	c, err := campaign.Load(dir)
	if err != nil {
		return err
	}
	at, blobs := c.Records()
	s, err := store.OpenExisting(ctx, at, blobs)
	if err != nil {
		return err
	}
	defer s.Close()
	return p.add(ctx, c, s, review.Open(s, c.Review, time.Now))
}

// add reads the closed lists of one workspace.
func (p *Past) add(ctx context.Context, c *campaign.Campaign, s *store.Store, log *review.Log) error {
	var closed []review.ClosedList
	if err := log.View(ctx, func(st *review.State) error {
		for _, l := range st.Closed {
			closed = append(closed, l)
		}
		return nil
	}); err != nil {
		return err
	}
	slices.SortFunc(closed, func(a, b review.ClosedList) int { return int(a.Seq - b.Seq) })
	for _, l := range closed {
		var content review.ClosedContent
		if err := json.Unmarshal(l.Content, &content); err != nil {
			return fmt.Errorf("the closed list of %s: %w", l.Ruleset, err)
		}
		if err := p.addList(ctx, c, s, l, &content); err != nil {
			return err
		}
	}
	return nil
}

// addList adds those whom a closed list recognised. What distinguishes them is in the records of their dossiers; where
// these are erased, it is not known.
func (p *Past) addList(ctx context.Context, c *campaign.Campaign, s *store.Store, l review.ClosedList,
	content *review.ClosedContent) error {
	year := 0
	if at, err := time.Parse(time.RFC3339, l.At); err == nil {
		year = at.In(c.Location).Year()
	}
	for i := range content.Entries {
		e := &content.Entries[i]
		if e.Decision != review.Recognised {
			continue
		}
		id, ok, err := s.Profiles.Identity(ctx, e.Dossier)
		if err != nil {
			return err
		}
		if !ok {
			id = dossier.Identity{Title: e.Title}
		}
		id.Unit = e.Unit
		facts := map[string]any{}
		if a, err := s.Assessments.Get(ctx, e.Dossier); err != nil {
			return err
		} else if a != nil {
			for k := range a.Facts {
				facts[a.Facts[k].Name] = a.Facts[k].Counts()
			}
		}
		who := rules.WhoIs(&id, lookup.ByNominee, func(fact string) any { return facts[fact] })
		r := dossier.Recognition{Name: who.Name, Unit: who.Unit, Born: who.Born, ID: who.ID, Year: year,
			Ruleset: l.Ruleset}
		quote := []string{e.Title}
		if e.Award != nil {
			r.Award, r.AwardID = e.Award.Title, e.Award.ID
			quote = append(quote, e.Award.Title)
		}
		if at := strings.Join(append(quote, l.At[:min(len(l.At), len(time.DateOnly))]), "; "); at != "" {
			r.Source = dossier.Source{Document: "lists/" + content.Campaign + "/" + l.Ruleset, Page: 1, Quote: at,
				End: len([]rune(at))}
		}
		p.all = append(p.all, recognition{r, content.Campaign})
	}
	return nil
}

// index makes the index of what a ruleset counts: not its own list of this campaign, by which no one can have been
// recognised before.
func (p *Past) index(rs *rules.Ruleset) *history.Index {
	h := rules.ReadsPast(rs)
	if h == nil {
		return nil
	}
	var out []dossier.Recognition
	for i := range p.all {
		if r := &p.all[i]; h.Takes(r.Ruleset) && (r.campaign != p.campaign || r.Ruleset != rs.ID) {
			out = append(out, r.Recognition)
		}
	}
	return history.NewIndex(out)
}

// For returns what a ruleset, nil for none, counts; nil if it counts none.
func (p *Past) For(rs *rules.Ruleset) *history.Index {
	if p == nil || rs == nil {
		return nil
	}
	return p.byRules[rs]
}

package pipeline

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/evidence"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/store"
	"kheo/rules"
)

// listSet is the result of the stage recommend: the lists of all rulesets.
type listSet struct {
	key    string       // hash of all that the lists depend on; editionKey for an edition
	counts []ListCounts // by list

	// unchanged is the run whose lists these are, if nothing that they depend on has changed: they are
	// published already, and the fields below are empty. Otherwise it is "".
	unchanged string

	lists       []*recommend.List // of brief assessments
	briefHashes map[string]string // hash of what a list says of a dossier apart from its rank, by dossier
}

// editionKey is the key of lists made for an edition. It is equal to none, not even to itself: the next
// edition has other outcomes, and the next whole run makes its own lists and finds the same files.
const editionKey = "edition"

// ListCounts counts the dossiers of one list.
type ListCounts struct {
	Ruleset string         `json:"ruleset"`
	Counts  publish.Counts `json:"counts"`
}

// published is the record of the lists that were published last.
type published struct {
	Key    string       `json:"key"` // of listSet
	Run    string       `json:"run"`
	Counts []ListCounts `json:"counts"`
}

// choicesByRuleset are the outcomes that people set, by ruleset and dossier.
type choicesByRuleset = map[string]map[string]recommend.Choice

// recommendAll is the stage recommend: it ranks the dossiers of each ruleset and recommends some. If nothing
// changed since the lists were published, it leaves them. It fails if the lists would lose more dossiers
// than the campaign allows. keys is nil for an edition.
func recommendAll(
	ctx context.Context, run *runEnv, all *dossierSet, profiles profileHeads, keys assessKeys,
) (*listSet, error) {
	choices, err := readChoices(ctx, run)
	if err != nil {
		return nil, err
	}
	key := editionKey
	if keys != nil {
		key = listsKey(run.campaign, keys, choices)
		last, err := stillPublished(ctx, run, key)
		if err != nil {
			return nil, err
		}
		if last != nil {
			run.count(len(last.Counts), 0)
			run.record.Run = last.Run
			return &listSet{key: key, counts: last.Counts, unchanged: last.Run}, nil
		}
	}
	run.opts.Progress.Begin("recommend", 0)
	out, err := makeLists(ctx, run, all, profiles, choices)
	if err != nil {
		return nil, err
	}
	out.key = key
	run.count(len(out.lists), 0)
	return out, checkLoss(ctx, run, out.lists)
}

// makeLists makes the lists of all rulesets, and one of the dossiers that no ruleset is for, if there are any.
// It is cheap compared with everything before, so no list is cached by itself.
func makeLists(
	ctx context.Context, run *runEnv, all *dossierSet, profiles profileHeads, choices choicesByRuleset,
) (*listSet, error) {
	out := &listSet{briefHashes: map[string]string{}}
	briefs := func(ruleset string) ([]*dossier.Assessment, error) {
		as, hashes, err := run.ws.Store.Assessments.Briefs(ctx, ruleset)
		maps.Copy(out.briefHashes, hashes)
		// Assessments of dossiers that were forgotten, or that another ruleset is for now, are still there.
		return slices.DeleteFunc(as, func(a *dossier.Assessment) bool {
			p, ok := profiles[a.Dossier]
			return !ok || all.byID[a.Dossier] == nil || rulesetID(run.campaign, p) != ruleset
		}), err
	}
	for _, rs := range run.campaign.Rulesets {
		as, err := briefs(rs.ID)
		if err != nil {
			return nil, err
		}
		l := recommend.Make(rs, as)
		if l.Evidence, err = evidence.Summary(ctx, run.ws, rs); err != nil {
			return nil, err
		}
		out.lists = append(out.lists, l)
	}
	as, err := briefs(rules.UnplacedID)
	if err != nil {
		return nil, err
	}
	if len(as) > 0 {
		out.lists = append(out.lists, recommend.Unplaced(as))
	}
	for _, l := range out.lists {
		l.Choose(choices[l.Ruleset])
		out.counts = append(out.counts, ListCounts{l.Ruleset, publish.CountsOf(l)})
	}
	return out, nil
}

// rulesetID is the id of the ruleset for a profile, or rules.UnplacedID if there is none.
func rulesetID(c *campaign.Campaign, p store.ProfileHead) string {
	if rs := c.Ruleset(p.Kind, p.Level); rs != nil {
		return rs.ID
	}
	return rules.UnplacedID
}

// listsKey is the hash of all that the lists depend on: assessments, rulesets, the outcomes that people set,
// and the names that are printed on the lists.
func listsKey(c *campaign.Campaign, assessed assessKeys, choices choicesByRuleset) string {
	var rulesets []string
	for _, rs := range c.Rulesets {
		rulesets = append(rulesets, rs.ID, rs.SHA256, rs.Version)
	}
	e := c.Env
	return dossier.HashOf([]any{publish.Version, recommend.Version, c.ID, c.Title, rulesets, assessed,
		e.Languages, e.Units, e.Levels, e.Fields, e.Kinds, choices})
}

// stillPublished returns the record of the last published lists if they have this key and are whole in the
// folder of this machine; otherwise nil. Lists that another machine made are brought here first.
func stillPublished(ctx context.Context, run *runEnv, key string) (*published, error) {
	var last published
	ok, err := run.ws.Store.State.Published.Get(ctx, &last)
	if err != nil && !errors.Is(err, store.ErrBadDocument) {
		return nil, err
	}
	if !ok || last.Key != key {
		return nil, nil
	}
	dir := run.ws.Lists()
	if run.ws.Store.Shared() && !editions.LatestIs(dir, last.Run) {
		if err := editions.Bring(ctx, run.ws, last.Run); err != nil {
			run.log.Info("the lists are made here again", "because", err.Error())
		}
	}
	if !editions.LatestIs(dir, last.Run) || !editions.Intact(filepath.Join(dir, last.Run)) {
		return nil, nil
	}
	return &last, nil
}

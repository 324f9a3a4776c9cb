package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/evidence"
	"kheo/pipeline/extract"
	"kheo/pipeline/look"
	"kheo/pipeline/reading"
	"kheo/pipeline/recognitions"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
	"kheo/rules/history"
)

// assessKeys are the cache keys of assessments, by dossier. Each is a hash of all that the assessment depends
// on, so all of them together are what the lists depend on.
type assessKeys = map[string]string

// scoresByDossier are the scores of the panel that assessments go by.
type scoresByDossier = map[string][]dossier.PanelScore

// basis is what the assessment of a dossier depends on beside its text, which its profile represents, and its
// ruleset. doubts are the sightings of quotes of its files that were not seen, printed is how many of its Office
// documents were: what is left of them is part of the assessment.
type basis struct {
	copies      []dossier.Copy
	scores      []dossier.PanelScore
	corrections []dossier.Correction
	verdicts    []dossier.Verdict
	doubts      []dossier.Sighting
	printed     int            // how many of its Office documents were printed and looked at
	past        *history.Index // whom closed lists recognised, if its ruleset counts them
}

// assessKey is the cache key of the assessment of a dossier with a profile. Whether corrections hold follows
// from them and the documents, which are part of the profile's key.
func assessKey(c *campaign.Campaign, p store.ProfileHead, of basis) string {
	sha := rules.UnplacedID
	if rs := c.Ruleset(p.Kind, p.Level); rs != nil {
		sha = rs.SHA256
	}
	key := fmt.Sprintf("%s %s %d", p.Key, sha, of.printed)
	if len(of.copies)+len(of.scores) > 0 {
		key += " " + dossier.HashOf([]any{of.copies, of.scores})
	}
	if len(of.doubts) > 0 {
		key += " " + dossier.SightingsHash(of.doubts)
	}
	if len(of.corrections) > 0 {
		key += " corrections " + dossier.HashOf(of.corrections)
	}
	if past := of.past.Hash(); past != "" {
		key += " past " + past
	}
	if len(of.verdicts) > 0 {
		key += " verdicts " + dossier.HashOf(of.verdicts)
	}
	return dossier.SHA256([]byte(key))
}

// received is the date on which the newest version of a dossier came in, in the campaign's timezone, if the
// ruleset of its kind and level goes by it; else "".
func received(c *campaign.Campaign, kind, level string, a *store.Accepted) string {
	rs := c.Ruleset(kind, level)
	if rs == nil || a == nil || !rs.ReadsReceived() {
		return ""
	}
	return Received(c, a)
}

// Received is the ISO date on which the newest version of a dossier came in, in the campaign's timezone.
func Received(c *campaign.Campaign, a *store.Accepted) string {
	return a.ReceivedAt.In(c.Location).Format(time.DateOnly)
}

// withReceived is the key of an assessment that also goes by the date on which the dossier came in, if it
// does.
func withReceived(key, on string) string {
	if on == "" {
		return key
	}
	return dossier.SHA256([]byte(key + " received " + on))
}

// assessAll is the stage assess: it assesses every dossier whose key has changed, under the ruleset of its
// kind and level. It returns the keys of all; the assessments are in the record store.
func assessAll(
	ctx context.Context, run *runEnv, all *dossierSet, profiles profileHeads, copies copiesByDossier,
) (assessKeys, error) {
	scores, err := CountedScores(ctx, run.ws)
	if err != nil {
		return nil, err
	}
	corrections, err := Corrections(ctx, run.ws)
	if err != nil {
		return nil, err
	}
	verdicts, err := evidence.Verdicts(ctx, run.ws)
	if err != nil {
		return nil, err
	}
	past, err := recognitions.Load(ctx, run.ws)
	if err != nil {
		return nil, err
	}
	if err := noteUnsettled(ctx, run); err != nil {
		return nil, err
	}
	have, err := run.ws.Store.Assessments.Keys(ctx)
	if err != nil {
		return nil, err
	}
	doubts, err := run.ws.Store.Sightings.DoubtsByDossier(ctx, extract.Version)
	if err != nil {
		return nil, err
	}
	printed, err := run.ws.Store.Sightings.PrintedByDossier(ctx, extract.Version, extract.Renderer)
	if err != nil {
		return nil, err
	}
	// The keys are computed from the same values that local batches use. A remote batch loads them again: if
	// a score or correction was added meanwhile, its assessment is newer than the key here, and the next run
	// makes the lists again.
	keys := make(assessKeys, len(all.ids))
	var todo []string
	for _, id := range all.ids {
		p := profiles[id]
		of := basis{copies[id], scores[id], corrections[id], verdicts[id], doubts[id], printed[id],
			past.For(run.campaign.Ruleset(p.Kind, p.Level))}
		keys[id] = withReceived(assessKey(run.campaign, p, of),
			received(run.campaign, p.Kind, p.Level, all.byID[id]))
		if have[id] != keys[id] {
			todo = append(todo, id)
		}
	}
	run.count(len(all.ids), len(todo))
	run.opts.Progress.Begin("assess", len(todo))
	b := run.batch()
	b.profiles, b.copies, b.scores, b.corrections, b.verdicts = profiles, copies, scores, corrections, verdicts
	b.past = past
	if err := run.distribute(ctx, "assess", todo, batchSize(len(todo), 25, 400), b); err != nil || len(todo) == 0 {
		return keys, err
	}
	// Looking at pages found out more, of which the keys depend.
	if have, err = run.ws.Store.Assessments.Keys(ctx); err != nil {
		return nil, err
	}
	for _, id := range todo {
		keys[id] = have[id]
	}
	return keys, nil
}

// maxLooks is how often a dossier is assessed again because of what was seen of its evidence. The second look
// takes in whole documents, so more than two are rare.
const maxLooks = 20

// assessSeen assesses a dossier by what a person sees of it: evidence in PDFs is looked for on the rendered
// pages. The sightings of d's documents are then those by which it was assessed.
func (b *batch) assessSeen(ctx context.Context, d *dossier.Dossier, given rules.Given) (*dossier.Assessment,
	error) {
	looker := look.Looker{Store: b.ws.Store, Pool: b.ws.Pool, Now: b.ws.Now}
	ruleset := b.campaign.Ruleset(given.Identity.Kind, given.Identity.Level)
	var a *dossier.Assessment
	for range maxLooks {
		a = Assess(b.campaign.Env, ruleset, d, given)
		if !a.Outcome.Contends() {
			return a, nil
		}
		changed, err := looker.PDFs(ctx, d, a)
		if err != nil || !changed {
			return a, err
		}
	}
	rules.LeaveToPeople(a) // it has more hidden text than can be looked at
	return a, nil
}

// assess assesses dossiers.
func (b *batch) assess(ctx context.Context, ids []string) error {
	identities, err := b.ws.Store.Profiles.Identities(ctx, ids)
	if err != nil {
		return err
	}
	all, err := b.ws.Store.Dossiers.ByID(ctx, ids...)
	if err != nil {
		return err
	}
	list := make([]*store.Accepted, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	out := make([]store.Keyed, 0, len(ids))
	err = reading.LoadEach(ctx, b.ws.Store, list, extract.Version, func(a *store.Accepted,
		d *dossier.Dossier) error {
		id := identities[a.ID]
		given := rules.Given{Identity: id, Copies: b.copies[a.ID], Scores: b.scores[a.ID], Verdicts: b.verdicts[a.ID],
			Received: received(b.campaign, id.Kind, id.Level, a),
			Past:     b.past.For(b.campaign.Ruleset(id.Kind, id.Level))}
		given.Corrections, given.Lapsed = d.Holding(b.corrections[a.ID])
		assessed, err := b.assessSeen(ctx, d, given)
		if err != nil {
			return err
		}
		var doubts []dossier.Sighting
		for i := range d.Documents {
			doubts = append(doubts, d.Documents[i].Sightings...)
		}
		var printed int
		looker := look.Looker{Store: b.ws.Store, Pool: b.ws.Pool, Now: b.ws.Now}
		if printed, assessed.NotLooked, err = looker.Printed(ctx, d, assessed); err != nil {
			return err
		}
		out = append(out, store.Keyed{
			Key: withReceived(assessKey(b.campaign, b.profiles[a.ID],
				basis{given.Copies, given.Scores, b.corrections[a.ID], given.Verdicts, doubts, printed, given.Past}),
				given.Received),
			Assessment: assessed,
		})
		b.progress.Add(1)
		return nil
	})
	if err != nil {
		return err
	}
	return b.ws.Store.Assessments.Put(ctx, out)
}

// Assess assesses one dossier under a ruleset. If rs is nil, no ruleset is for its kind and level, and the
// assessment only says what the dossier is.
func Assess(env *rules.Env, rs *rules.Ruleset, d *dossier.Dossier, given rules.Given) *dossier.Assessment {
	reading := rules.Read(d)
	defer reading.Close()
	return assessReading(env, rs, reading, given)
}

// assessReading is Assess of a dossier that was read already.
func assessReading(env *rules.Env, rs *rules.Ruleset, r *rules.Reading, given rules.Given) *dossier.Assessment {
	if rs == nil {
		return rules.Unplaced(env, r, given.Identity)
	}
	return rs.Assess(r, given)
}

// CountedScores returns the scores by which dossiers are assessed, from the audit trail: those that count,
// and those whose scorer must still be settled. Scores of people who are recused are left out. Without ids it
// returns those of all dossiers. Rulesets that ask for standard scores get them of the scores of all their
// dossiers.
func CountedScores(ctx context.Context, w *workspace.Workspace, ids ...string) (scoresByDossier, error) {
	var scored []string
	if err := w.Review().View(ctx, func(s *review.State) error { scored = s.Scored(); return nil }); err != nil {
		return nil, err
	}
	standardise := slices.ContainsFunc(w.Campaign().Rulesets, (*rules.Ruleset).Standardises)
	if len(ids) > 0 && !standardise {
		scored = slices.DeleteFunc(scored, func(id string) bool { return !slices.Contains(ids, id) })
	}
	out := scoresByDossier{}
	if len(scored) == 0 {
		return out, nil
	}
	identities, err := w.Store.Profiles.Identities(ctx, scored)
	if err != nil {
		return nil, err
	}
	err = w.Review().View(ctx, func(s *review.State) error {
		for _, id := range scored {
			list := slices.DeleteFunc(s.Scores(id, identities[id].Unit), func(x dossier.PanelScore) bool {
				return x.Recused != ""
			})
			if len(list) > 0 {
				out[id] = list
			}
		}
		return nil
	})
	if err != nil || !standardise {
		return out, err
	}
	return standardScores(w.Campaign(), identities, out, ids), nil
}

// standardScores are the scores of some dossiers, all if there are no ids, with the standard scores that
// their rulesets ask for.
func standardScores(c *campaign.Campaign, identities map[string]dossier.Identity, all scoresByDossier,
	ids []string) scoresByDossier {
	out := scoresByDossier{}
	for _, rs := range c.Rulesets {
		of := scoresByDossier{}
		for id, list := range all {
			if rs == c.Ruleset(identities[id].Kind, identities[id].Level) {
				of[id] = list
			}
		}
		for id, list := range rs.Standardise(of) {
			if len(ids) == 0 || slices.Contains(ids, id) {
				out[id] = list
			}
		}
	}
	return out
}

// PanelScores returns all scores on a dossier of a unit, including those that do not count.
func PanelScores(ctx context.Context, w *workspace.Workspace, id, unit string) (out []dossier.PanelScore,
	err error) {
	err = w.Review().View(ctx, func(s *review.State) error { out = s.Scores(id, unit); return nil })
	return out, err
}

// noteUnsettled notes names of scorers that fit several people, and scores in the records that differ from
// the audit trail, by which the run goes.
func noteUnsettled(ctx context.Context, run *runEnv) error {
	var open []review.Unsettled
	err := run.ws.Review().View(ctx, func(s *review.State) error { open = s.Unsettled(); return nil })
	if err != nil {
		return err
	}
	for _, u := range open {
		run.note("%s", u)
	}
	faults, err := run.ws.Review().ScoreFaults(ctx)
	for _, f := range faults {
		run.note("%s. The run goes by the audit trail; `kheo audit verify` has the details", f)
	}
	return err
}

package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// edition is which dossiers stand on the lists that were published last, and by which rules.
type edition struct {
	Run   string              `json:"run"`
	Rules map[string]string   `json:"rules"` // hash by ruleset
	Env   string              `json:"env"`   // hash of the campaign; "" where it is not known
	Lists map[string][]string `json:"lists"` // dossiers by ruleset
}

// leastLost is how many dossiers a list loses at least before anybody is asked.
const leastLost = 10

// mostNamed is how many dossiers a message names.
const mostNamed = 50

// thisEdition is what this run would publish.
func (r *runner) thisEdition() *edition {
	e := &edition{Run: r.run.Run, Rules: map[string]string{}, Env: r.Campaign.Env.Hash(), Lists: map[string][]string{}}
	for _, rs := range r.Campaign.Rulesets {
		e.Rules[rs.ID] = rs.SHA256
	}
	for _, l := range r.lists {
		ids := make([]string, len(l.Entries))
		for i := range l.Entries {
			ids[i] = l.Entries[i].Dossier
		}
		slices.Sort(ids)
		e.Lists[l.Ruleset] = ids
	}
	return e
}

// keepListed keeps which dossiers stand on the lists, for the next run to compare.
func (r *runner) keepListed(ctx context.Context) error {
	return r.Store.State.Listed.Put(ctx, r.thisEdition())
}

// lastEditions are the editions that a run is compared with: the last one that the records know, and
// the one in lists/ where it was published by records of which these know nothing, such as newer
// ones in whose place an older copy was put.
func (r *runner) lastEditions(ctx context.Context) ([]*edition, error) {
	var out []*edition
	e, err := r.recordedEdition(ctx)
	if err != nil {
		return nil, err
	}
	if e != nil {
		out = append(out, e)
	}
	shown := workspace.LatestEdition(r.Workspace.Lists())
	begun, err := r.Store.State.BegunAfter.Get(ctx)
	if err != nil || shown == "" || shown == begun {
		return out, err
	}
	known, err := r.Store.Runs.Has(ctx, shown)
	if err != nil || known {
		return out, err
	}
	files, err := filepath.Glob(filepath.Join(r.Workspace.Lists(), shown, "*.json"))
	if err != nil {
		return nil, err
	}
	e = &edition{Run: shown, Rules: map[string]string{}, Lists: map[string][]string{}}
	for _, name := range files {
		b, err := os.ReadFile(name)
		var f publish.File
		if err != nil || filepath.Base(name) == "run.json" || json.Unmarshal(b, &f) != nil {
			continue
		}
		e.add(&f)
	}
	return append(out, e), nil
}

// recordedEdition is the last edition that the records know; nil where there is none.
func (r *runner) recordedEdition(ctx context.Context) (*edition, error) {
	e := &edition{}
	if ok, err := r.Store.State.Listed.Get(ctx, e); err != nil || ok {
		return e, err
	}
	run, err := r.Store.Runs.Latest(ctx)
	if err != nil || run == "" {
		return nil, err
	}
	names, err := r.Store.Lists.Rulesets(ctx, run)
	if err != nil {
		return nil, err
	}
	e = &edition{Run: run, Rules: map[string]string{}, Lists: map[string][]string{}}
	for _, n := range names {
		f, err := editions.List(ctx, r.Workspace, run, n)
		if err != nil {
			return nil, err
		}
		if f != nil {
			e.add(f)
		}
	}
	return e, nil
}

func (e *edition) add(f *publish.File) {
	if f.Ruleset != rules.UnplacedID {
		e.Rules[f.Ruleset] = f.RulesetSHA256
	}
	for i := range f.Entries {
		e.Lists[f.Ruleset] = append(e.Lists[f.Ruleset], f.Entries[i].Dossier)
	}
}

// sameRules reports whether nothing of the rules and the campaign changed between two editions, as
// far as the older one tells.
func (e *edition) sameRules(now *edition) bool {
	if e.Env != "" && e.Env != now.Env {
		return false
	}
	if e.Env != "" && len(e.Rules) != len(now.Rules) {
		return false
	}
	for id, sha := range e.Rules {
		if now.Rules[id] != sha {
			return false
		}
	}
	return true
}

// checkLoss is an error where the lists would lose more of the dossiers on the last edition than
// kheo.yaml allows, and nobody said that this is meant. What was forgotten, or stands on another
// list, is named and not counted.
func (r *runner) checkLoss(ctx context.Context) error {
	editions, err := r.lastEditions(ctx)
	if err != nil {
		return err
	}
	now := r.thisEdition()
	for _, before := range editions {
		l, err := r.lossOf(ctx, before, now)
		if err != nil {
			return err
		}
		for _, s := range l.noted {
			r.note("%s", s)
		}
		says := l.tooMuch(r.Campaign.MaxLost)
		if says == "" {
			continue
		}
		if r.opts.AcceptLoss {
			r.note("accepted: %s", says)
			continue
		}
		return fmt.Errorf("%s. That is more than %.4g percent and %d or more, so nothing was published and the lists of run %s remain. "+
			"Check that the records and the rules are the right ones (store: and rules: in kheo.yaml, kheo check --store); "+
			"where it is meant, `kheo run --accept-loss` publishes (the share is publish: { at_most_lost: … } in kheo.yaml)",
			says, r.Campaign.MaxLost, leastLost, before.Run)
	}
	return nil
}

// loss is what the lists lose against an edition.
type loss struct {
	lists  []listLoss
	lost   int
	before int
	noted  []string // what is not counted
}

type listLoss struct {
	ruleset string
	before  int
	lost    []string
}

// lossOf compares two editions.
func (r *runner) lossOf(ctx context.Context, before, now *edition) (*loss, error) {
	where := map[string]string{}
	for ruleset, ids := range now.Lists {
		for _, id := range ids {
			where[id] = ruleset
		}
	}
	same := before.sameRules(now)
	l := &loss{}
	var forgotten map[string]bool
	gone, moved := []string{}, map[string][]string{} // what was forgotten is named in no list and no ledger again
	for _, ruleset := range slices.Sorted(maps.Keys(before.Lists)) {
		one := listLoss{ruleset: ruleset, before: len(before.Lists[ruleset])}
		for _, id := range before.Lists[ruleset] {
			to, there := where[id]
			if to == ruleset {
				continue
			}
			if there && !(to == rules.UnplacedID && same) {
				moved[ruleset+" to "+to] = append(moved[ruleset+" to "+to], id)
				continue
			}
			if forgotten == nil {
				var err error
				if forgotten, err = r.forgotten(ctx); err != nil {
					return nil, err
				}
			}
			if forgotten[id] {
				gone = append(gone, id)
				continue
			}
			one.lost = append(one.lost, id)
		}
		l.before, l.lost = l.before+one.before, l.lost+len(one.lost)
		l.lists = append(l.lists, one)
	}
	if len(gone) > 0 {
		l.noted = append(l.noted, fmt.Sprintf("dossiers of the last edition that were forgotten: %d; the audit trail names them", len(gone)))
	}
	for _, way := range slices.Sorted(maps.Keys(moved)) {
		l.noted = append(l.noted, fmt.Sprintf("%d dossiers moved from %s: %s", len(moved[way]), way, someOf(moved[way])))
	}
	return l, nil
}

// tooMuch says what is lost where it is more than a share, in percent, of one list or of all; "" where
// it is not.
func (l *loss) tooMuch(most float64) string {
	over := func(lost, before int) bool { return lost >= leastLost && float64(lost)*100 > most*float64(before) }
	var lost []string
	all := over(l.lost, l.before)
	for _, one := range l.lists {
		if len(one.lost) > 0 && (all || over(len(one.lost), one.before)) {
			lost = append(lost, fmt.Sprintf("%s loses %d of %d (%s)", one.ruleset, len(one.lost), one.before, someOf(one.lost)))
		}
	}
	if len(lost) == 0 {
		return ""
	}
	return fmt.Sprintf("the lists would lose %d of %d dossiers: %s", l.lost, l.before, strings.Join(lost, "; "))
}

// forgotten are the dossiers that were removed because somebody asked for it.
func (r *runner) forgotten(ctx context.Context) (map[string]bool, error) {
	events, err := r.Review().Events(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, e := range events {
		if e.Action == review.Forgotten && e.Dossier != "" {
			out[e.Dossier] = true
		}
	}
	return out, nil
}

// someOf are dossiers as a message names them.
func someOf(ids []string) string {
	if more := len(ids) - mostNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:mostNamed], ", "), more)
	}
	return strings.Join(ids, ", ")
}

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

	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// A run never publishes lists that lose many dossiers without a person agreeing to it. Records that are older than the
// lists, a ruleset that lost its kind, or a mistake in the units would otherwise replace the lists of a season by short
// ones in the night, and people who were on them would not notice.

// edition is which dossiers are on the lists of one run, and by which rules. It is kept in the records as JSON.
type edition struct {
	Run   string              `json:"run"`
	Rules map[string]string   `json:"rules"` // hash by ruleset
	Env   string              `json:"env"`   // hash of the campaign's environment; "" if it is not known
	Lists map[string][]string `json:"lists"` // dossiers by ruleset
}

const (
	minLost  = 10 // dossiers: a list that loses fewer is published without a question
	maxNamed = 50 // dossiers that one message names
)

// editionOf is the edition of a run, from its lists.
func editionOf(c *campaign.Campaign, run string, lists []*recommend.List) *edition {
	e := &edition{Run: run, Rules: map[string]string{}, Env: c.Env.Hash(), Lists: map[string][]string{}}
	for _, rs := range c.Rulesets {
		e.Rules[rs.ID] = rs.SHA256
	}
	for _, l := range lists {
		ids := make([]string, len(l.Entries))
		for i := range l.Entries {
			ids[i] = l.Entries[i].Dossier
		}
		slices.Sort(ids)
		e.Lists[l.Ruleset] = ids
	}
	return e
}

// lastEditions returns the editions that the lists of a run are compared with: the last one in the records, and
// the one in the folder of lists if these records do not know it. That is so after an older copy of the records
// was put in the place of newer ones.
func lastEditions(ctx context.Context, w *workspace.Workspace) ([]*edition, error) {
	var out []*edition
	e, err := recordedEdition(ctx, w)
	if err != nil {
		return nil, err
	}
	if e != nil {
		out = append(out, e)
	}
	shown := workspace.LatestEdition(w.Lists())
	begun, err := w.Store.State.BegunAfter.Get(ctx)
	if err != nil || shown == "" || shown == begun {
		return out, err
	}
	known, err := w.Store.Runs.Has(ctx, shown)
	if err != nil || known {
		return out, err
	}
	e, err = editionInFolder(w.Lists(), shown)
	if err != nil {
		return nil, err
	}
	return append(out, e), nil
}

// editionInFolder reads an edition from its files. Files that cannot be read are left out.
func editionInFolder(lists, run string) (*edition, error) {
	files, err := filepath.Glob(filepath.Join(lists, run, "*.json"))
	if err != nil {
		return nil, err
	}
	e := &edition{Run: run, Rules: map[string]string{}, Lists: map[string][]string{}}
	for _, name := range files {
		b, err := os.ReadFile(name)
		var f publish.File
		if err != nil || filepath.Base(name) == "run.json" || json.Unmarshal(b, &f) != nil {
			continue
		}
		e.add(&f)
	}
	return e, nil
}

// recordedEdition returns the last edition in the records; nil if there is none.
func recordedEdition(ctx context.Context, w *workspace.Workspace) (*edition, error) {
	e := &edition{}
	if ok, err := w.Store.State.Listed.Get(ctx, e); err != nil || ok {
		return e, err
	}
	// An older kheo did not record which dossiers were listed.
	run, err := w.Store.Runs.Latest(ctx)
	if err != nil || run == "" {
		return nil, err
	}
	names, err := w.Store.Lists.Rulesets(ctx, run)
	if err != nil {
		return nil, err
	}
	e = &edition{Run: run, Rules: map[string]string{}, Lists: map[string][]string{}}
	for _, n := range names {
		f, err := editions.List(ctx, w, run, n)
		if err != nil {
			return nil, err
		}
		if f != nil {
			e.add(f)
		}
	}
	return e, nil
}

// add adds a list to an edition.
func (e *edition) add(f *publish.File) {
	if f.Ruleset != rules.UnplacedID {
		e.Rules[f.Ruleset] = f.RulesetSHA256
	}
	for i := range f.Entries {
		e.Lists[f.Ruleset] = append(e.Lists[f.Ruleset], f.Entries[i].Dossier)
	}
}

// sameRules reports whether the rules and the campaign are the same in a newer edition, as far as e says.
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

// checkLoss is an error if lists would lose more of the dossiers on the last edition than kheo.yaml allows,
// unless the run accepts that. Dossiers that were forgotten, or are on another list now, are noted and not
// counted.
func checkLoss(ctx context.Context, run *runEnv, lists []*recommend.List) error {
	before, err := lastEditions(ctx, run.ws)
	if err != nil {
		return err
	}
	now := editionOf(run.campaign, run.record.Run, lists)
	for _, last := range before {
		l, err := lossOf(ctx, run.ws, last, now)
		if err != nil {
			return err
		}
		for _, s := range l.notes {
			run.note("%s", s)
		}
		message := l.tooMuch(run.campaign.MaxLost)
		if message == "" {
			continue
		}
		if run.opts.AcceptLoss {
			run.note("accepted: %s", message)
			continue
		}
		return fmt.Errorf("%s. That is more than %.4g percent and %d or more, so nothing was published and the lists "+
			"of run %s remain. Check that the records and the rules are the right ones (store: and rules: in "+
			"kheo.yaml, kheo check --store); if it is meant, `kheo run --accept-loss` publishes (the share is "+
			"publish: { at_most_lost: … } in kheo.yaml)",
			message, run.campaign.MaxLost, minLost, last.Run)
	}
	return nil
}

// loss is what the lists lose against an edition.
type loss struct {
	lists  []listLoss
	lost   int      // dossiers of all lists
	before int      // dossiers on all lists of the edition
	notes  []string // about dossiers that are not counted as lost
}

// listLoss is what one list loses.
type listLoss struct {
	ruleset string
	before  int
	lost    []string
}

// lossOf compares two editions. A dossier that moved to another list is not lost, unless no ruleset is for it
// any more although the rules are the same.
func lossOf(ctx context.Context, w *workspace.Workspace, before, now *edition) (*loss, error) {
	listNow := map[string]string{} // ruleset by dossier
	for ruleset, ids := range now.Lists {
		for _, id := range ids {
			listNow[id] = ruleset
		}
	}
	same := before.sameRules(now)
	l := &loss{}
	moved := map[string][]string{} // dossiers by the lists that they moved from and to
	for _, ruleset := range slices.Sorted(maps.Keys(before.Lists)) {
		one := listLoss{ruleset: ruleset, before: len(before.Lists[ruleset])}
		for _, id := range before.Lists[ruleset] {
			to, listed := listNow[id]
			switch {
			case to == ruleset:
			case listed && !(to == rules.UnplacedID && same):
				moved[ruleset+" to "+to] = append(moved[ruleset+" to "+to], id)
			default:
				one.lost = append(one.lost, id)
			}
		}
		l.lists = append(l.lists, one)
	}
	if err := l.dropForgotten(ctx, w); err != nil {
		return nil, err
	}
	for _, one := range l.lists {
		l.before, l.lost = l.before+one.before, l.lost+len(one.lost)
	}
	for _, way := range slices.Sorted(maps.Keys(moved)) {
		note := fmt.Sprintf("%d dossiers moved from %s: %s", len(moved[way]), way, someOf(moved[way]))
		l.notes = append(l.notes, note)
	}
	return l, nil
}

// dropForgotten does not count dossiers as lost that were removed because a person asked for it. The note gives
// their number only: what was forgotten is named in no ledger.
func (l *loss) dropForgotten(ctx context.Context, w *workspace.Workspace) error {
	if !slices.ContainsFunc(l.lists, func(one listLoss) bool { return len(one.lost) > 0 }) {
		return nil
	}
	forgotten, err := forgottenDossiers(ctx, w)
	if err != nil {
		return err
	}
	n := 0
	for i := range l.lists {
		one := &l.lists[i]
		lost := len(one.lost)
		one.lost = slices.DeleteFunc(one.lost, func(id string) bool { return forgotten[id] })
		n += lost - len(one.lost)
	}
	if n > 0 {
		l.notes = append(l.notes, fmt.Sprintf(
			"dossiers of the last edition that were forgotten: %d; the audit trail names them", n))
	}
	return nil
}

// tooMuch is a message if more than a share, in percent, of one list or of all lists is lost; otherwise "".
func (l *loss) tooMuch(maxShare float64) string {
	over := func(lost, before int) bool { return lost >= minLost && float64(lost)*100 > maxShare*float64(before) }
	var lost []string
	all := over(l.lost, l.before)
	for _, one := range l.lists {
		if len(one.lost) > 0 && (all || over(len(one.lost), one.before)) {
			lost = append(lost, fmt.Sprintf("%s loses %d of %d (%s)",
				one.ruleset, len(one.lost), one.before, someOf(one.lost)))
		}
	}
	if len(lost) == 0 {
		return ""
	}
	return fmt.Sprintf("the lists would lose %d of %d dossiers: %s", l.lost, l.before, strings.Join(lost, "; "))
}

// forgottenDossiers returns the dossiers that were removed because a person asked for it.
func forgottenDossiers(ctx context.Context, w *workspace.Workspace) (map[string]bool, error) {
	events, err := w.Review().Events(ctx)
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

// someOf lists dossiers for a message.
func someOf(ids []string) string {
	if more := len(ids) - maxNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:maxNamed], ", "), more)
	}
	return strings.Join(ids, ", ")
}

// Package results is what a campaign releases of its closed lists to everybody: who was recognised, of which unit,
// and what they get. Points, votes, reasons, people, and entries that were not recognised are never part of it.
//
// [Reader.Lists] asks of each list whether it is released ([State]): kheo.yaml says so, it is closed, the time for
// objections is over and none is open, and no names are hidden from those who still score. The page of results, its
// JSON and CSV, the API and `kheo lists public` all show what it returns, and nothing else.
package results

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"kheo/pipeline/editions"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// List is what is released of one closed list.
type List struct {
	Ruleset string  `json:"ruleset"`
	Title   string  `json:"title"`
	Closed  string  `json:"closed"` // the day, in the timezone of the campaign
	Results []Entry `json:"results"`
}

// Entry is a dossier that was recognised.
type Entry struct {
	Number int    `json:"number"` // among those recognised, in the order of the list, from 1
	Name   string `json:"name"`   // the nominee or, of a model, its title
	Unit   string `json:"unit"`
	Award  string `json:"award"` // "" if the ruleset has none
	Place  int    `json:"place"` // of the award; 0 if the ruleset has none
}

// State says whether a list is released, and if it is not, why.
type State string

// The states of a list.
const (
	Kept      State = "kept"       // kheo.yaml does not release it
	Open      State = "open"       // it is not closed
	Blind     State = "blind"      // names are hidden until all lists are closed
	Objected  State = "objections" // units may still object, or an objection has no answer
	Published State = "published"
)

// Standing is whether one list is released.
type Standing struct {
	Ruleset string `json:"ruleset"`
	Title   string `json:"title"`
	State   State  `json:"state"`
	// of State Objected: until when units may object; zero if an answer is due
	Until time.Time `json:"until,omitzero"`
}

// Reader reads what is released. Closed lists never change, so it keeps the names on them.
type Reader struct {
	w *workspace.Workspace

	mu    sync.Mutex
	names map[string]map[string]string // by the hash of the closing, and dossier
}

// New returns a reader of a workspace.
func New(w *workspace.Workspace) *Reader {
	return &Reader{w: w, names: map[string]map[string]string{}}
}

// Lists returns what is released now, in the order of the rulesets, and the state of each list. released is nil if
// kheo.yaml releases no list.
func (r *Reader) Lists(ctx context.Context, lang string) (released []List, all []Standing, err error) {
	type shown struct {
		closed  review.ClosedList
		entries []review.ClosedEntry
		first   []int // their numbers
	}
	var lists []shown
	c, now := r.w.Campaign(), r.w.Now()
	if err := r.w.Review().View(ctx, func(st *review.State) error {
		for _, rs := range c.Rulesets {
			x := standing(st, rs.ID, now)
			if x.Title = rs.Title.In(lang, "en", "vi"); x.State == Published && hidesNames(r.w, st) {
				x.State = Blind
			}
			if all = append(all, x); x.State != Published {
				continue
			}
			l := shown{closed: st.Closed[rs.ID]}
			number := 0
			for _, e := range l.closed.Entries() {
				if e.Decision != review.Recognised {
					continue
				}
				if number++; !review.DecisionHolds(st, rs.ID, e.Dossier) {
					continue
				}
				l.entries, l.first = append(l.entries, e), append(l.first, number)
			}
			lists = append(lists, l)
		}
		return nil
	}); err != nil {
		return nil, nil, err
	}
	for _, x := range all {
		if x.State != Kept {
			released = []List{}
		}
	}
	for _, l := range lists {
		names, err := r.namesOn(ctx, &l.closed)
		if err != nil {
			return nil, nil, err
		}
		out := List{Ruleset: l.closed.Ruleset, Closed: r.day(l.closed.At), Results: []Entry{}}
		out.Title = all[slices.IndexFunc(all, func(x Standing) bool { return x.Ruleset == out.Ruleset })].Title
		for i, e := range l.entries {
			x := Entry{Number: l.first[i], Name: cmp.Or(names[e.Dossier], e.Title), Unit: e.Unit, Place: e.Place}
			if u := c.Env.UnitByID(e.Unit); u != nil {
				x.Unit = u.Name
			}
			if e.Award != nil {
				x.Award = e.Award.Title
			}
			out.Results = append(out.Results, x)
		}
		released = append(released, out)
	}
	return released, all, nil
}

// standing returns whether a list is released, apart from names that are hidden.
func standing(st *review.State, ruleset string, now time.Time) Standing {
	x := Standing{Ruleset: ruleset, State: Published}
	_, closed := st.Closed[ruleset]
	until, may := review.ObjectUntil(st, ruleset)
	switch {
	case !st.Settings.Of(ruleset).Public:
		x.State = Kept
	case !closed:
		x.State = Open
	case may && now.Before(until):
		x.State, x.Until = Objected, until
	case len(st.OpenObjections(ruleset)) > 0:
		x.State = Objected
	}
	return x
}

// hidesNames reports whether those who score see no names yet: some list is not closed. What is released to everybody
// would reveal them.
func hidesNames(w *workspace.Workspace, st *review.State) bool {
	if !st.Settings.Names {
		return false
	}
	for _, rs := range w.Campaign().Rulesets {
		if _, closed := st.Closed[rs.ID]; !closed {
			return true
		}
	}
	return false
}

// namesOn returns the nominees of a closed list, by dossier. It is empty if the list of the run is not kept any more:
// the closing itself has only titles.
func (r *Reader) namesOn(ctx context.Context, c *review.ClosedList) (map[string]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if names, ok := r.names[c.Hash]; ok {
		return names, nil
	}
	names, err := editions.Nominees(ctx, r.w, c.Run, c.Ruleset)
	if err != nil {
		return nil, err
	}
	r.names[c.Hash] = names
	return names, nil
}

// day returns the day of an event, in the timezone of the campaign.
func (r *Reader) day(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return t.In(r.w.Campaign().Location).Format(time.DateOnly)
}

package publish

import (
	"fmt"
	"maps"
	"slices"
	"sort"

	"kheo/internal/dossier"
)

// Change is how one dossier differs between two lists, and why.
type Change struct {
	Dossier string          `json:"dossier"`
	Title   string          `json:"title"`
	Unit    string          `json:"unit"`
	What    string          `json:"what"` // entered, left, moved, points, flags, new, gone, words
	From    dossier.Outcome `json:"from,omitempty"`
	To      dossier.Outcome `json:"to,omitempty"`
	Rank    [2]int          `json:"rank"`
	Points  [2]float64      `json:"points"`
	// what caused it if a rule was changed: ids of criteria, "gate:ID", "bands" or "quota"
	Because []string `json:"because,omitempty"`
	Why     []string `json:"why"` // the gates, criteria and flags that differ

	Differs []Difference `json:"-"` // the same, to be said in another language than that of the lists
}

// Kinds of differences between two entries of one dossier.
const (
	DiffersGate        = "gate"      // its result, or a new one that is not passed
	DiffersNoGate      = "gate-gone" // one that was not passed is no longer asked
	DiffersCriterion   = "criterion"
	DiffersNoCriterion = "criterion-gone"
	DiffersFlag        = "flag"
	DiffersNoFlag      = "flag-gone"
	DiffersFact        = "corrected"
	DiffersNoFact      = "uncorrected"
)

// Difference is one thing that differs between two entries of one dossier.
type Difference struct {
	Kind, ID string  // ID is of the gate, criterion or fact, or the code of the flag
	From, To float64 // points of a criterion
	Passed   bool    // of a gate
}

// differences is what why says, as data. What only reads differently is no difference.
func differences(o, n *Entry) (out []Difference) {
	gates, criteria, flags := map[string]Gate{}, map[string]Criterion{}, map[string]bool{}
	for _, g := range o.Gates {
		gates[g.ID] = g
	}
	for _, g := range n.Gates {
		if b, ok := gates[g.ID]; (!ok && !g.Passed) || (ok && b.Passed != g.Passed) {
			out = append(out, Difference{Kind: DiffersGate, ID: g.ID, Passed: g.Passed})
		}
	}
	for _, g := range o.Gates {
		if !g.Passed && !slices.ContainsFunc(n.Gates, func(now Gate) bool { return now.ID == g.ID }) {
			out = append(out, Difference{Kind: DiffersNoGate, ID: g.ID})
		}
	}
	for _, c := range o.Criteria {
		criteria[c.ID] = c
	}
	for _, c := range n.Criteria {
		if b, ok := criteria[c.ID]; !ok || b.Points != c.Points || b.Max != c.Max {
			out = append(out, Difference{Kind: DiffersCriterion, ID: c.ID, From: b.Points, To: c.Points})
		}
		delete(criteria, c.ID)
	}
	for _, c := range o.Criteria {
		if _, gone := criteria[c.ID]; gone {
			out = append(out, Difference{Kind: DiffersNoCriterion, ID: c.ID, From: c.Points})
		}
	}
	for _, f := range o.Flags {
		flags[f.Code] = true
	}
	had := maps.Clone(flags)
	for _, f := range n.Flags {
		if !flags[f.Code] && !slices.Contains(out, Difference{Kind: DiffersFlag, ID: f.Code}) {
			out = append(out, Difference{Kind: DiffersFlag, ID: f.Code})
		}
		delete(had, f.Code)
	}
	for _, code := range slices.Sorted(maps.Keys(had)) {
		out = append(out, Difference{Kind: DiffersNoFlag, ID: code})
	}
	for _, fact := range n.Corrected {
		if !slices.Contains(o.Corrected, fact) {
			out = append(out, Difference{Kind: DiffersFact, ID: fact})
		}
	}
	for _, fact := range o.Corrected {
		if !slices.Contains(n.Corrected, fact) {
			out = append(out, Difference{Kind: DiffersNoFact, ID: fact})
		}
	}
	return out
}

// ChangeOrder is the order in which changes are listed: the most important first.
var ChangeOrder = []string{"entered", "left", "new", "gone", "moved", "points", "flags", Worded}

// Worded is the kind of a change that moves nothing: only sentences read differently, such as the reason for the same
// points under another threshold.
const Worded = "words"

// Diff compares two lists of one ruleset and returns the changes in ChangeOrder, within each kind in the order of
// the new list. Entered and left refer to being recommended. If several things changed, the most important one
// names the change.
func Diff(from, to *File) []Change {
	old := map[string]*Entry{}
	for i := range from.Entries {
		old[from.Entries[i].Dossier] = &from.Entries[i]
	}
	var out []Change
	seen := map[string]bool{}
	for i := range to.Entries {
		n := &to.Entries[i]
		seen[n.Dossier] = true
		o := old[n.Dossier]
		if o == nil {
			out = append(out, Change{Dossier: n.Dossier, Title: n.Title, Unit: n.Unit, What: "new",
				To: n.Outcome, Rank: [2]int{0, n.Rank}, Points: [2]float64{0, n.Points},
				Why: []string{n.Reason}})
			continue
		}
		c := Change{Dossier: n.Dossier, Title: n.Title, Unit: n.Unit, From: o.Outcome, To: n.Outcome,
			Rank: [2]int{o.Rank, n.Rank}, Points: [2]float64{o.Points, n.Points}, Why: why(o, n),
			Differs: differences(o, n)}
		switch {
		case o.Outcome != n.Outcome && n.Outcome == dossier.Recommended:
			c.What = "entered"
		case o.Outcome != n.Outcome && o.Outcome == dossier.Recommended:
			c.What = "left"
		case o.Outcome != n.Outcome || o.Rank != n.Rank:
			c.What = "moved"
		case o.Points != n.Points:
			c.What = "points"
		case len(c.Differs) > 0 || (len(c.Why) > 0 && (o.ByHand != nil || n.ByHand != nil)):
			c.What = "flags"
		case len(c.Why) > 0:
			c.What = Worded
		default:
			continue
		}
		out = append(out, c)
	}
	for i := range from.Entries {
		if o := &from.Entries[i]; !seen[o.Dossier] {
			out = append(out, Change{Dossier: o.Dossier, Title: o.Title, Unit: o.Unit, What: "gone",
				From: o.Outcome, Rank: [2]int{o.Rank, 0}, Points: [2]float64{o.Points, 0}, Why: []string{}})
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		return slices.Index(ChangeOrder, out[i].What) < slices.Index(ChangeOrder, out[j].What)
	})
	return out
}

// why names what differs between two entries of one dossier: gates, criteria, flags, corrected facts, and the
// reason if a person set the outcome or nothing else differs.
func why(o, n *Entry) []string {
	out := append(gatesThatDiffer(o.Gates, n.Gates), criteriaThatDiffer(o.Criteria, n.Criteria)...)
	out = append(out, flagsThatDiffer(o.Flags, n.Flags)...)
	out = append(out, correctionsThatDiffer(o.Corrected, n.Corrected)...)
	byHand := o.ByHand != nil || n.ByHand != nil
	if (byHand || len(out) == 0) && o.Reason != n.Reason {
		out = append(out, n.Reason)
	}
	return out
}

// gatesThatDiffer describes gates with another result, new ones that are not passed, and former ones that
// were not passed.
func gatesThatDiffer(before, after []Gate) []string {
	out, old := []string{}, map[string]Gate{}
	for _, g := range before {
		old[g.ID] = g
	}
	for _, g := range after {
		if b, ok := old[g.ID]; (!ok && !g.Passed) || (ok && b.Passed != g.Passed) {
			out = append(out, fmt.Sprintf("%s: %s", g.ID, g.Reason))
		}
		delete(old, g.ID)
	}
	for _, g := range before {
		if _, gone := old[g.ID]; gone && !g.Passed {
			out = append(out, fmt.Sprintf("%s: no longer asked", g.ID))
		}
	}
	return out
}

// criteriaThatDiffer describes criteria with other points or another maximum, and former ones.
func criteriaThatDiffer(before, after []Criterion) (out []string) {
	old := map[string]Criterion{}
	for _, c := range before {
		old[c.ID] = c
	}
	for _, c := range after {
		b, ok := old[c.ID]
		delete(old, c.ID)
		if ok && b.Points == c.Points && b.Max == c.Max {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %v → %v (%s)", c.ID, b.Points, c.Points, c.Reason))
	}
	for _, c := range before {
		if _, gone := old[c.ID]; gone {
			out = append(out, fmt.Sprintf("%s: %v → no longer a criterion", c.ID, c.Points))
		}
	}
	return out
}

// correctionsThatDiffer names the facts that people corrected since, and those of which they took it back.
func correctionsThatDiffer(before, after []string) (out []string) {
	for _, fact := range after {
		if !slices.Contains(before, fact) {
			out = append(out, "corrected: "+fact)
		}
	}
	for _, fact := range before {
		if !slices.Contains(after, fact) {
			out = append(out, "no longer corrected: "+fact)
		}
	}
	return out
}

// flagsThatDiffer describes new and former flags. A flag with another message is both.
func flagsThatDiffer(before, after []Flag) (out []string) {
	old := map[Flag]bool{}
	for _, f := range before {
		old[f] = true
	}
	for _, f := range after {
		if !old[f] {
			out = append(out, fmt.Sprintf("%s: %s", f.Code, f.Message))
		}
		delete(old, f)
	}
	for _, f := range before {
		if old[f] {
			out = append(out, fmt.Sprintf("no longer %s: %s", f.Code, f.Message))
		}
	}
	return out
}

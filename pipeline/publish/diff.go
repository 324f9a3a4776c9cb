package publish

import (
	"fmt"
	"slices"
	"sort"

	"kheo/internal/dossier"
)

// Change is what became of one dossier between two lists, and why.
type Change struct {
	Dossier string          `json:"dossier"`
	Title   string          `json:"title"`
	Unit    string          `json:"unit"`
	What    string          `json:"what"` // entered, left, moved, points, flags, new, gone
	From    dossier.Outcome `json:"from,omitempty"`
	To      dossier.Outcome `json:"to,omitempty"`
	Rank    [2]int          `json:"rank"`
	Points  [2]float64      `json:"points"`
	Because []string        `json:"because,omitempty"` // ids of the criteria, or "gate:ID", "bands", "quota", that did it, where a rule was changed
	Why     []string        `json:"why"`               // the gates, criteria and flags that differ
}

// ChangeOrder is the order in which changes are told: what matters most first.
var ChangeOrder = []string{"entered", "left", "new", "gone", "moved", "points", "flags"}

// Diff compares two lists of one ruleset. Entered and left are about being
// recommended.
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
			out = append(out, Change{Dossier: n.Dossier, Title: n.Title, Unit: n.Unit, What: "new", To: n.Outcome, Rank: [2]int{0, n.Rank}, Points: [2]float64{0, n.Points}, Why: []string{n.Reason}})
			continue
		}
		c := Change{Dossier: n.Dossier, Title: n.Title, Unit: n.Unit, From: o.Outcome, To: n.Outcome, Rank: [2]int{o.Rank, n.Rank}, Points: [2]float64{o.Points, n.Points}, Why: why(o, n)}
		switch {
		case o.Outcome != n.Outcome && n.Outcome == dossier.Recommended:
			c.What = "entered"
		case o.Outcome != n.Outcome && o.Outcome == dossier.Recommended:
			c.What = "left"
		case o.Outcome != n.Outcome || o.Rank != n.Rank:
			c.What = "moved"
		case o.Points != n.Points:
			c.What = "points"
		case len(c.Why) > 0:
			c.What = "flags" // or other reasons for the same points
		default:
			continue
		}
		out = append(out, c)
	}
	for i := range from.Entries {
		if o := &from.Entries[i]; !seen[o.Dossier] {
			out = append(out, Change{Dossier: o.Dossier, Title: o.Title, Unit: o.Unit, What: "gone", From: o.Outcome, Rank: [2]int{o.Rank, 0}, Points: [2]float64{o.Points, 0}, Why: []string{}})
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		return slices.Index(ChangeOrder, out[i].What) < slices.Index(ChangeOrder, out[j].What)
	})
	return out
}

// why names what differs between two entries of one dossier.
func why(o, n *Entry) []string {
	out := []string{}
	og := map[string]Gate{}
	for _, g := range o.Gates {
		og[g.ID] = g
	}
	for _, g := range n.Gates {
		if b, ok := og[g.ID]; (!ok && !g.Passed) || (ok && b.Passed != g.Passed) {
			out = append(out, fmt.Sprintf("%s: %s", g.ID, g.Reason))
		}
		delete(og, g.ID)
	}
	for _, g := range o.Gates {
		if _, gone := og[g.ID]; gone && !g.Passed {
			out = append(out, fmt.Sprintf("%s: no longer asked", g.ID))
		}
	}
	oc := map[string]Criterion{}
	for _, c := range o.Criteria {
		oc[c.ID] = c
	}
	for _, c := range n.Criteria {
		b, ok := oc[c.ID]
		delete(oc, c.ID)
		if ok && b.Points == c.Points && b.Max == c.Max {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %v → %v (%s)", c.ID, b.Points, c.Points, c.Reason))
	}
	for _, c := range o.Criteria {
		if _, gone := oc[c.ID]; gone {
			out = append(out, fmt.Sprintf("%s: %v → no longer a criterion", c.ID, c.Points))
		}
	}
	of := map[string]bool{}
	for _, f := range o.Flags {
		of[f.Code+f.Message] = true
	}
	for _, f := range n.Flags {
		if !of[f.Code+f.Message] {
			out = append(out, fmt.Sprintf("%s: %s", f.Code, f.Message))
		}
		delete(of, f.Code+f.Message)
	}
	for _, f := range o.Flags {
		if of[f.Code+f.Message] {
			out = append(out, fmt.Sprintf("no longer %s: %s", f.Code, f.Message))
		}
	}
	if o.ByHand != nil || n.ByHand != nil {
		if o.Reason != n.Reason {
			out = append(out, n.Reason)
		}
	} else if len(out) == 0 && o.Reason != n.Reason {
		out = append(out, n.Reason)
	}
	return out
}

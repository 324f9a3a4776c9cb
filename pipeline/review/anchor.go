package review

import (
	"fmt"
	"slices"
	"strings"
)

// Anchor says how far the chain went at some moment: how many events there were, and the hash of the last.
// Written down outside the database it tells later whether the end of the chain was removed, or all of it
// was replaced: the hashes alone cannot, for anybody can compute them.
type Anchor struct {
	Events int64  `json:"events"`
	Head   string `json:"head"`
}

// Anchored is an anchor with the place where it was found.
type Anchored struct {
	Anchor
	Where string
}

// Anchor is how far the chain goes.
func (s *State) Anchor() Anchor { return Anchor{s.Seq, s.Head} }

// Anchor is how far the chain goes, as the state knows it.
func (c *ClosedList) Anchor() Anchor { return Anchor{c.Seq, c.Hash} }

// AnchorReport tells what holding the chain to anchors found.
type AnchorReport struct {
	Found int `json:"found"` // places that name one
	Held  int `json:"held"`
}

// check holds a chain, of which the hashes are given in order, to anchors. broken says that the chain
// could be read to there only.
func (r *AnchorReport) check(hashes []string, broken bool, anchors []Anchored) (faults []string) {
	r.Found = len(anchors)
	failed := map[string][]string{} // what is wrong -> where
	var order []string
	for _, a := range anchors {
		why := ""
		switch have := int64(len(hashes)); {
		case a.Events < 0 || a.Events == 0 && a.Head != begin:
			why = fmt.Sprintf("it names %d events with the hash %s, which no audit trail has", a.Events, a.Head)
		case a.Events > have && broken:
			why = fmt.Sprintf("it names %d events; the audit trail can be read up to event %d only", a.Events, have)
		case a.Events > have:
			why = fmt.Sprintf("it names %d events, the audit trail has %d: the last %d were removed, "+
				"or the records were restored from an older backup", a.Events, have, a.Events-have)
		case a.Events > 0 && hashes[a.Events-1] != a.Head:
			why = fmt.Sprintf("it names %s as the hash of event %d, the audit trail has %s: "+
				"the audit trail was rewritten at or before that event", short(a.Head), a.Events, short(hashes[a.Events-1]))
		default:
			r.Held++
			continue
		}
		if failed[why] == nil {
			order = append(order, why)
		}
		failed[why] = append(failed[why], a.Where)
	}
	for _, why := range order {
		where := failed[why]
		more := ""
		if len(where) > 3 {
			more = fmt.Sprintf(" and %d more", len(where)-3)
		}
		faults = append(faults, fmt.Sprintf("the anchor in %s%s fails: %s", strings.Join(slices.Clip(where)[:min(3,
			len(where))], ", "), more, why))
	}
	return faults
}

// short is the beginning of a hash, as messages name it.
func short(hash string) string { return hash[:min(16, len(hash))] }

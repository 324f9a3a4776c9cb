package review

import (
	"fmt"
	"slices"
	"strings"
)

// Anchor is a position of the audit trail: the number of its events and the hash of the last. Kept outside the
// database it shows later whether the end of the trail was removed or the whole trail replaced. The hash chain
// alone cannot show that, because anybody can compute hashes.
type Anchor struct {
	Events int64  `json:"events"`
	Head   string `json:"head"`
}

// Anchored is an anchor and the place in which it was found, such as a file.
type Anchored struct {
	Anchor
	Where string
}

// Anchor returns the position of the event that closed the list.
func (c *ClosedList) Anchor() Anchor { return Anchor{c.Seq, c.Hash} }

// AnchorReport is the result of comparing the trail with anchors.
type AnchorReport struct {
	Found int `json:"found"` // anchors that were found
	Held  int `json:"held"`
}

// check compares a trail, given as the hashes of its events in order, with anchors, and counts them in r. It
// returns a sentence for each fault. broken reports that the trail could not be read beyond the given hashes.
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
				"the audit trail was rewritten at or before that event",
				short(a.Head), a.Events, short(hashes[a.Events-1]))
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

// short returns the beginning of a hash for messages.
func short(hash string) string { return hash[:min(16, len(hash))] }

package access

import (
	"time"

	"kheo/internal/isodate"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
)

// Phase is a phase of the season as pages show it.
type Phase struct {
	Name        string
	From, Until string // RFC 3339; "" is no limit. Until is the last minute
	Now         string // before, open, or over
	Extension   *review.Extension
	By          string // the name of who extended it
}

// Phases returns the phases of the season that have dates, of the given names, in the order of the season. name
// returns what a person is called.
func Phases(st *review.State, now time.Time, names []string,
	name func(st *review.State, id string) string) (out []Phase) {
	for _, n := range names {
		p, x, dated := review.PhaseOf(st, n)
		if !dated {
			continue
		}
		out = append(out, phaseAt(p, now, x))
		if last := &out[len(out)-1]; x != nil {
			last.By = name(st, x.By)
		}
	}
	return out
}

// phaseAt says how far a phase is.
func phaseAt(p campaign.Phase, now time.Time, x *review.Extension) Phase {
	out := Phase{Name: p.Name, Now: "open", Extension: x}
	if !p.From.IsZero() {
		out.From = p.From.Format(time.RFC3339)
	}
	if !p.Until.IsZero() {
		out.Until = isodate.Told(p.Until, p.In).Format(time.RFC3339)
	}
	if now.Before(p.From) {
		out.Now = "before"
	} else if !p.Until.IsZero() && !now.Before(p.Until) {
		out.Now = "over"
	}
	return out
}

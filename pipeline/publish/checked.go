package publish

import (
	"fmt"
	"math"

	"kheo/internal/dossier"
)

// EvidenceText says in a language how much of the evidence of a list people checked, and how much of what
// remains is right; "" if no one checked any and no sample was drawn.
func EvidenceText(e *dossier.ListEvidence, lang string) string {
	if e == nil {
		return ""
	}
	n := Names{nil, lang}
	percent := func(share float64) string { return n.number(math.Round(1000*share) / 10) }
	count := func(k int) string { return n.number(float64(k)) }
	if e.Sampled == 0 {
		return fmt.Sprintf(n.t("checked-unsampled"), count(e.Checked), count(e.Pieces))
	}
	s := fmt.Sprintf(n.t("checked"), count(e.Checked), count(e.Pieces), percent(e.Share), percent(e.Confidence),
		percent(e.Low), percent(e.High))
	if gone := e.Checked - e.Right; gone > 0 {
		s += "; " + fmt.Sprintf(n.t("checked-gone"), count(gone))
	}
	return s + "."
}

// evidenceText is EvidenceText of a list.
func (f *File) evidenceText(n Names) string { return EvidenceText(f.Evidence, n.Lang) }

package recommend

import (
	"encoding/hex"
	"math/rand/v2"
	"runtime"
	"sync"

	"kheo/pipeline/dossier"
	"kheo/rules"
)

// Certainty tells how sure an entry's outcome is.
type Certainty struct {
	Keeps       float64                     `json:"keeps"`       // share of the draws in which it keeps its outcome, quotas included
	Recommended float64                     `json:"recommended"` // share in which it is recommended
	Draws       int                         `json:"draws"`
	HangsOn     string                      `json:"hangs_on,omitempty"` // the one criterion of which the fewest points would change the outcome
	By          float64                     `json:"by,omitempty"`       // so many points more, or below 0 fewer
	To          dossier.Outcome             `json:"to,omitempty"`       // and this it would be, before quotas
	Outcomes    map[dossier.Outcome]float64 `json:"outcomes"`
}

// draws is how often a list of n entries is drawn: enough that a share is right to three
// points in a hundred, and less for lists so long that it would cost minutes.
func draws(n int) int { return min(1000, max(60, 400_000/max(1, n))) }

// certainty draws the ruleset anew within the bounds that it names, and counts how often
// each entry keeps its outcome: the acceptability indices of stochastic multicriteria
// acceptability analysis (Lahdelma, Hokkanen and Salminen, European Journal of Operational
// Research 106, 1998), with outcomes in the place of ranks as in SMAA-TRI (Tervonen et
// al., EJOR 192, 2009). The draws begin with the ruleset's hash: the same list and the
// same rules give the same shares.
func (l *List) certainty(rs *rules.Ruleset) {
	if !rs.Varies() || len(l.Entries) == 0 {
		return
	}
	sum, _ := hex.DecodeString(rs.SHA256)
	seed := [32]byte{}
	copy(seed[:], sum)
	r := rand.New(rand.NewChaCha8(seed))
	n := draws(len(l.Entries))
	all := make([]rules.Draw, n)
	for i := range all {
		all[i] = rs.Draw(r)
	}
	workers := runtime.GOMAXPROCS(0)
	counts := make([][]map[dossier.Outcome]int, workers)
	var wg sync.WaitGroup
	for w := range workers {
		counts[w] = make([]map[dossier.Outcome]int, len(l.Entries))
		for i := range counts[w] {
			counts[w][i] = map[dossier.Outcome]int{}
		}
		wg.Go(func() {
			stands := make([]*rules.Standing, len(l.Entries))
			for i, e := range l.Entries {
				stands[i] = rs.Standing(e.before)
			}
			for d := w; d < n; d += workers {
				l.redraw(rs, stands, all[d], counts[w])
			}
		})
	}
	wg.Wait()
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Outcome == dossier.Ineligible || e.Outcome == dossier.Quarantined {
			continue
		}
		c := &Certainty{Draws: n, Outcomes: map[dossier.Outcome]float64{}}
		for w := range counts {
			for o, k := range counts[w][i] {
				c.Outcomes[o] += float64(k)
			}
		}
		for o := range c.Outcomes {
			c.Outcomes[o] = share(c.Outcomes[o], n)
		}
		c.Keeps, c.Recommended = c.Outcomes[e.Outcome], c.Outcomes[dossier.Recommended]
		if h, ok := rs.Standing(e.before).Hinge(); ok {
			c.HangsOn, c.By, c.To = h.Criterion, h.Points, h.To
		}
		e.Certainty = c
	}
}

// share rounds to a thousandth.
func share(k float64, n int) float64 { return float64(int(1000*k/float64(n)+0.5)) / 1000 }

// redraw makes the list under one draw, and counts its outcomes.
func (l *List) redraw(rs *rules.Ruleset, stands []*rules.Standing, d rules.Draw, counts []map[dossier.Outcome]int) {
	drawn := &List{units: rs.UnitKind}
	at := map[string]int{}
	for i, s := range stands {
		a := *l.Entries[i].before
		outcome, points := s.Under(d)
		if !s.Fixed() {
			a.Outcome, a.Order = outcome, s.OrderKeys(points)
		}
		a.Flags = nil
		at[a.Dossier] = i
		drawn.Entries = append(drawn.Entries, Ranked{Assessment: &a})
	}
	drawn.sort()
	for _, q := range rs.Quotas {
		drawn.most(q)
	}
	for i := range drawn.Entries {
		counts[at[drawn.Entries[i].Dossier]][drawn.Entries[i].Outcome]++
	}
}

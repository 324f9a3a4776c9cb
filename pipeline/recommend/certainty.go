package recommend

import (
	"encoding/hex"
	"math/rand/v2"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/parallel"
	"kheo/rules"
)

// Certainty is how certain the outcome of an entry is, as random variations of the ruleset
// within its own bounds show. Shares are rounded to a thousandth.
type Certainty struct {
	// share of the draws in which it keeps its outcome, quotas included
	Keeps       float64 `json:"keeps"`
	Recommended float64 `json:"recommended"` // share in which it is recommended
	Draws       int     `json:"draws"`
	DependsOn   string  `json:"hangs_on,omitempty"` // see rules.Hinge
	// points to be added; below 0 if fewer change it
	By float64 `json:"by,omitempty"`
	// the outcome that it would then have, before quotas
	To       dossier.Outcome             `json:"to,omitempty"`
	Outcomes map[dossier.Outcome]float64 `json:"outcomes"`
	// Awards are the shares in which it gets each rank, place or grant, by their ids; nil for rulesets without. Keeps
	// is then the share in which it keeps its outcome and its award.
	Awards map[string]float64 `json:"awards,omitempty"`
}

// draws is the number of draws for a list of n entries: enough that a share is right to
// three percentage points, and fewer for lists so long that it would take minutes.
func draws(n int) int { return min(1000, max(fewestDraws, 400_000/max(1, n))) }

// fewestDraws bounds the error of a share to about seven percentage points, and allocations how many entries of all
// draws together are given ranks, places or money: that takes longer than quotas.
const (
	fewestDraws = 60
	allocations = 200_000
)

// certainty varies the ruleset within the bounds that it names, and counts how often
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
	if givesMore(rs) {
		n = min(n, max(fewestDraws, allocations/len(l.Entries)))
	}
	all := make([]rules.Draw, n)
	for i := range all {
		all[i] = rs.Draw(r)
	}
	t := l.redraw(rs, all)
	for i := range l.Entries {
		e, h := &l.Entries[i], &t.hinges[i]
		if e.Outcome == dossier.Ineligible || e.Outcome == dossier.Quarantined {
			continue
		}
		c := &Certainty{Draws: n, Outcomes: map[dossier.Outcome]float64{}}
		for _, o := range t.of(i) {
			c.Outcomes[dossier.Outcomes[o]]++
		}
		for o := range c.Outcomes {
			c.Outcomes[o] = thousandths(c.Outcomes[o], n)
		}
		c.Keeps, c.Recommended = c.Outcomes[e.Outcome], c.Outcomes[dossier.Recommended]
		if t.awards != nil {
			t.countAwards(c, e, i)
		}
		if h.Criterion != "" {
			c.DependsOn, c.By, c.To = h.Criterion, h.Points, h.To
		}
		e.Certainty = c
	}
}

// thousandths returns k of n as a share, rounded to a thousandth.
func thousandths(k float64, n int) float64 { return float64(int(1000*k/float64(n)+0.5)) / 1000 }

// table holds the outcome of every entry of a list under every draw.
type table struct {
	draws    int
	outcomes []uint8 // places in dossier.Outcomes; the draws of one entry after those of the one before
	// numbers are, by entry, the values of the order's keys that depend on points, for each
	// draw in which the entry is recommended; nil for entries that no quota can concern.
	numbers [][]float64
	hinges  []rules.Hinge // by entry; without a criterion if none changes the outcome

	meets  [][]uint64 // by entry, which of what Assessment.Meets lists it meets under each draw; nil if fixed
	awards []string   // ids of what it gets, as outcomes; nil for rulesets that give nothing more than outcomes
}

// of is the row of an entry: its outcomes under the draws.
func (t *table) of(i int) []uint8 { return t.outcomes[i*t.draws : (i+1)*t.draws] }

// redraw computes the list under every draw.
func (l *List) redraw(rs *rules.Ruleset, all []rules.Draw) *table {
	t := &table{draws: len(all), outcomes: make([]uint8, len(all)*len(l.Entries)),
		numbers: make([][]float64, len(l.Entries)), hinges: make([]rules.Hinge, len(l.Entries))}
	place := map[dossier.Outcome]uint8{}
	for i, o := range dossier.Outcomes {
		place[o] = uint8(i)
	}
	quotas := make([]map[string]counted, len(rs.Quotas))
	for i, q := range rs.Quotas {
		quotas[i] = l.count(q.Per)
	}
	byPoints := rs.OrderByPoints()
	if givesMore(rs) {
		t.meets, t.awards = make([][]uint64, len(l.Entries)), make([]string, len(t.outcomes))
	}
	parallel.Each(len(l.Entries), func(_, i int) {
		s := rs.WhatIf(l.Entries[i].before)
		of := t.of(i)
		for d := range all {
			outcome, points := s.Under(all[d])
			of[d] = place[outcome]
			if t.awards != nil && !s.Fixed() {
				if t.meets[i] == nil {
					t.meets[i] = make([]uint64, len(all))
				}
				t.meets[i][d] = s.Meets()
			}
			if (len(quotas) > 0 && outcome == dossier.Recommended || t.awards != nil) && !s.Fixed() {
				if t.numbers[i] == nil {
					t.numbers[i] = make([]float64, len(all)*len(byPoints))
				}
				s.OrderNumbers(t.numbers[i][d*len(byPoints):], byPoints, points)
			}
		}
		t.hinges[i], _ = s.Hinge()
	})
	if t.awards != nil {
		parallel.Each(len(all), func(_, d int) { l.reallocate(rs, t, d, byPoints, place) })
	} else if len(quotas) > 0 {
		again := make([]requota, parallel.Workers())
		parallel.Each(len(all), func(worker, d int) { again[worker].apply(l, rs, t, d, byPoints, quotas, place) })
	}
	return t
}

// requota applies the quotas to a list under one draw after the other. Its buffers are
// used again, because a draw needs a copy of every entry that nothing needs afterwards.
type requota struct {
	in    []int
	as    []dossier.Assessment
	order []dossier.OrderKey
	list  []Ranked
}

// apply applies the quotas under draw d, and writes the outcomes into the table. registered has, for each quota,
// the number of all dossiers by what the quota is per.
func (r *requota) apply(l *List, rs *rules.Ruleset, t *table, d int, byPoints []int, registered []map[string]counted,
	place map[dossier.Outcome]uint8) {
	r.in, r.as, r.order, r.list = r.in[:0], r.as[:0], r.order[:0], r.list[:0]
	keys := 0
	for i := range l.Entries {
		if dossier.Outcomes[t.of(i)[d]] == dossier.Recommended {
			r.in = append(r.in, i)
			keys += len(l.Entries[i].before.Order)
		}
	}
	// pointers into them must stay valid
	r.as, r.list, r.order = slices.Grow(r.as, len(r.in)), slices.Grow(r.list, len(r.in)), slices.Grow(r.order, keys)
	for _, i := range r.in {
		was, from := l.Entries[i].before, len(r.order)
		r.order = append(r.order, was.Order...)
		order := r.order[from:len(r.order):len(r.order)]
		for n, k := range byPoints {
			if k < len(order) && t.numbers[i] != nil {
				order[k].Number = t.numbers[i][d*len(byPoints)+n]
			}
		}
		r.as = append(r.as, dossier.Assessment{Dossier: was.Dossier, Kind: was.Kind, Unit: was.Unit,
			Level: was.Level, Field: was.Field, Outcome: dossier.Recommended, Order: order})
		r.list = append(r.list, Ranked{Assessment: &r.as[len(r.as)-1]})
	}
	inOrder(r.list)
	again := quotas{seats: seats(r.list, decidingKeys(rs, r.list))}
	for i, q := range rs.Quotas {
		if limits(q) {
			again.apply(q, groups(q, r.list, l.key), func(k string) int { return limit(q, registered[i][k]) })
		}
	}
	for at := range r.list {
		outcome := dossier.NotRecommended
		switch again.seats[at].state {
		case sure:
			outcome = dossier.Recommended
		case open:
			outcome = dossier.NeedsReview
		}
		r.list[at].Outcome = outcome
	}
	for at, i := range r.in {
		if r.as[at].Outcome != dossier.NotRecommended && l.Entries[i].held {
			r.as[at].Outcome = dossier.NeedsReview // until the panel has scored
		}
		t.of(i)[d] = place[r.as[at].Outcome]
	}
}

// givesMore reports whether a ruleset gives more than outcomes, or moves dossiers up: then each draw is allocated as
// the list itself is.
func givesMore(rs *rules.Ruleset) bool {
	return rs.Awards != nil || rs.Budget != nil ||
		slices.ContainsFunc(rs.Quotas, func(q rules.Quota) bool { return q.Fill != nil || q.Reserve > 0 })
}

// countAwards counts what an entry gets under the draws.
func (t *table) countAwards(c *Certainty, e *Ranked, i int) {
	c.Awards = map[string]float64{}
	keeps, now := 0.0, ""
	if e.Award != nil {
		now = e.Award.ID
	}
	for d, got := range t.awards[i*t.draws : (i+1)*t.draws] {
		if got != "" {
			c.Awards[got]++
		}
		if got == now && dossier.Outcomes[t.of(i)[d]] == e.Outcome {
			keeps++
		}
	}
	for id := range c.Awards {
		c.Awards[id] = thousandths(c.Awards[id], t.draws)
	}
	c.Keeps = thousandths(keeps, t.draws)
}

// reallocate recomputes the list under draw d, with the allocation of the list itself, and writes outcomes and awards
// into the table. An entry whose points the draw moves has those points in its order; what missing scores leave open
// of it remains with people, as long as it contends.
func (l *List) reallocate(rs *rules.Ruleset, t *table, d int, byPoints []int, place map[dossier.Outcome]uint8) {
	again := &List{units: l.units, group: l.group, quiet: true, Entries: make([]Ranked, len(l.Entries))}
	at := make(map[string]int, len(l.Entries))
	for i := range l.Entries {
		was := *l.Entries[i].before
		a, before := was, was
		a.Flags = slices.Clip(was.Flags)
		if t.meets[i] != nil {
			a.Outcome, a.Meets, a.Open = dossier.Outcomes[t.of(i)[d]], rules.MetIDs(rs, t.meets[i][d]), nil
			a.Order = slices.Clone(was.Order)
			for n, k := range byPoints {
				if k < len(a.Order) {
					a.Order[k].Number = t.numbers[i][d*len(byPoints)+n]
				}
			}
			before.Outcome = a.Outcome
		}
		again.Entries[i] = Ranked{Assessment: &a, before: &before}
		at[was.Dossier] = i
	}
	inOrder(again.Entries)
	again.allocate(rs)
	for k := range again.Entries {
		e := &again.Entries[k]
		i := at[e.Dossier]
		if l.Entries[i].held && e.Outcome != dossier.NotRecommended {
			e.Outcome, e.Award = dossier.NeedsReview, nil // until the panel has scored
		}
		t.of(i)[d] = place[e.Outcome]
		if e.Award != nil {
			t.awards[i*t.draws+d] = e.Award.ID
		}
	}
}

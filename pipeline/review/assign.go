package review

import (
	"cmp"
	"maps"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
)

// Plan returns the assignments by which every dossier of a list that people must look at has
// so many evaluators: nobody who is tied to it, those first who know its field, and the work
// spread evenly. What is assigned already stays. Dossiers for which there are too few are
// named in short.
func (s *State) Plan(f *publish.File, per int) (events []Event, short []string) {
	load := map[string]int{}
	for _, people := range s.Assigned {
		for _, p := range people {
			load[p]++
		}
	}
	var evaluators []*Person
	for _, id := range slices.Sorted(maps.Keys(s.People)) {
		if p := s.People[id]; p.May(Take) {
			evaluators = append(evaluators, p)
		}
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Outcome != dossier.Recommended && e.Outcome != dossier.NeedsReview || s.Decision(f.Ruleset, e.Dossier) != nil {
			continue
		}
		var free []*Person
		for _, p := range evaluators {
			if !slices.Contains(s.Assigned[e.Dossier], p.ID) && s.Tie(p.ID, e.Dossier, e.Unit) == nil {
				free = append(free, p)
			}
		}
		knows := func(p *Person) int {
			if slices.Contains(p.Fields, e.Field) {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(free, func(a, b *Person) int {
			return cmp.Or(cmp.Compare(knows(a)+load[a.ID], knows(b)+load[b.ID]), cmp.Compare(knows(a), knows(b)), cmp.Compare(a.ID, b.ID))
		})
		need := per - s.evaluating(e.Dossier, e.Unit)
		if need > len(free) {
			short = append(short, e.Dossier)
		}
		for _, p := range free[:max(0, min(need, len(free)))] {
			load[p.ID]++
			events = append(events, Event{Action: Assigned, Dossier: e.Dossier, Data: Data{Subject: p.ID, Unit: e.Unit}})
		}
	}
	return events, short
}

// evaluating is how many of those who are assigned to a dossier of a unit still evaluate it: who is recused,
// or has left since, leaves the place to somebody else.
func (s *State) evaluating(id, unit string) (n int) {
	for _, person := range s.Assigned[id] {
		if p := s.People[person]; p.May(Score) && s.Tie(person, id, unit) == nil {
			n++
		}
	}
	return n
}

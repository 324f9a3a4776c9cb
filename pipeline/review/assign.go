package review

import (
	"cmp"
	"maps"
	"slices"

	"kheo/pipeline/publish"
)

// Plan returns the assignments that give every dossier of f that people must look at per evaluators. It never
// assigns a person with a conflict of interest, prefers those who know the field, spreads the work evenly, and
// leaves existing assignments in place. short names the dossiers for which there are too few evaluators.
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
		toReview := e.Outcome.Contends()
		if !toReview || s.Decision(f.Ruleset, e.Dossier) != nil {
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
			return cmp.Or(cmp.Compare(knows(a)+load[a.ID], knows(b)+load[b.ID]), cmp.Compare(knows(a), knows(b)),
				cmp.Compare(a.ID, b.ID))
		})
		need := per - s.evaluating(e.Dossier, e.Unit)
		if need > len(free) {
			short = append(short, e.Dossier)
		}
		for _, p := range free[:max(0, min(need, len(free)))] {
			load[p.ID]++
			assigned := Event{Action: Assigned, Dossier: e.Dossier, Data: Data{Subject: p.ID, Unit: e.Unit}}
			events = append(events, assigned)
		}
	}
	return events, short
}

// evaluating returns how many of the people assigned to a dossier still evaluate it. A person who was recused or
// left since does not count, so that another one takes the place.
func (s *State) evaluating(id, unit string) (n int) {
	for _, person := range s.Assigned[id] {
		if p := s.People[person]; p.May(Score) && s.Tie(person, id, unit) == nil {
			n++
		}
	}
	return n
}

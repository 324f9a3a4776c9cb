package review

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"kheo/pipeline/publish"
)

// Tied is a conflict of interest of a person with a dossier or a unit.
type Tied struct {
	Found     bool // by the program
	Reason    string
	Dismissed string // why it does not hold; "" if it does
	By        string // who dismissed it
}

// tieOf is the key of a conflict of interest: with a unit or with a dossier.
type tieOf struct{ person, unit, dossier string }

// OwnUnit is the reason of a conflict of interest with a person's own unit. Pages say it in the reader's language.
const OwnUnit = "it is from the person's own unit"

// Tie returns the conflict of interest of a person with a dossier of a unit, or nil. A person who may vote,
// score or decide has one with their own unit and with former units, until it is dismissed.
func (s *State) Tie(person, dossier, unit string) *Tied {
	p := s.People[person]
	if p == nil {
		return nil
	}
	var own *Tied
	if len(s.ties) > 0 { // it is asked for each entry of long lists
		for _, k := range []tieOf{{person, "", dossier}, {person, unit, ""}} {
			if t := s.ties[k]; t != nil && t.Dismissed == "" && (k.dossier != "" || k.unit != "") {
				return t
			}
		}
		own = s.ties[tieOf{person, unit, ""}]
	}
	if p.of(unit) && (own == nil || own.Dismissed == "") && p.votesOrScores() {
		return &Tied{Found: true, Reason: OwnUnit}
	}
	return nil
}

// Recused returns the dossiers and the units with which a person has a conflict of interest, each in order.
// A dossier is among them, or of one of the units, exactly if Tie returns a conflict for it.
func (s *State) Recused(person string) (dossiers, units []string) {
	p := s.People[person]
	if p == nil {
		return nil, nil
	}
	for k, t := range s.ties {
		switch {
		case k.person != person || t.Dismissed != "":
		case k.dossier != "":
			dossiers = append(dossiers, k.dossier)
		case k.unit != "":
			units = append(units, k.unit)
		}
	}
	for _, unit := range p.units {
		if s.ties[tieOf{person, unit, ""}] == nil && p.votesOrScores() && !slices.Contains(units, unit) {
			units = append(units, unit)
		}
	}
	slices.Sort(dossiers)
	slices.Sort(units)
	return dossiers, units
}

// of reports whether the person belongs to a unit, or did. Entering another unit for a person does not end a
// conflict of interest: only a dismissal does, with a reason, by a person with the right to.
func (p *Person) of(unit string) bool { return slices.Contains(p.units, unit) }

// votesOrScores reports whether the person judges dossiers: others have no conflict of interest by their unit.
func (p *Person) votesOrScores() bool { return p.May(CastVote) || p.May(Score) || p.May(Decide) }

// TieRecord is a conflict of interest with its key, as pages and commands list it.
type TieRecord struct {
	Person, Unit, Dossier string
	Tied
}

// Ties returns every conflict of interest that was declared, found or dismissed, in order.
func (s *State) Ties() []TieRecord {
	var out []TieRecord
	for k, t := range s.ties {
		out = append(out, TieRecord{k.person, k.unit, k.dossier, *t})
	}
	slices.SortFunc(out, func(a, b TieRecord) int {
		return strings.Compare(a.Person+"\x00"+a.Unit+"\x00"+a.Dossier, b.Person+"\x00"+b.Unit+"\x00"+b.Dossier)
	})
	return out
}

// Plan returns the assignments that give every dossier of f that people must look at per evaluators. It never
// assigns a person with a conflict of interest, prefers those who know the field, spreads the work evenly,
// and leaves existing assignments in place. short names the dossiers for which there are too few evaluators.
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

// evaluating returns how many of the people assigned to a dossier still evaluate it. A person who was recused
// or left since does not count, so that another one takes the place.
func (s *State) evaluating(id, unit string) (n int) {
	for _, person := range s.Assigned[id] {
		if p := s.People[person]; p.May(Score) && s.Tie(person, id, unit) == nil {
			n++
		}
	}
	return n
}

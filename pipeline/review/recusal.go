package review

import (
	"slices"
	"strings"
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

// ownUnitReason is the reason of a conflict of interest with a person's own unit.
const ownUnitReason = "it is of the own unit"

// Tie returns the conflict of interest of a person with a dossier of a unit, or nil. A person who may vote,
// score or decide has one with their own unit and with former units, until it is dismissed.
func (s *State) Tie(person, dossier, unit string) *Tied {
	p := s.People[person]
	if p == nil {
		return nil
	}
	for _, k := range []tieOf{{person, "", dossier}, {person, unit, ""}} {
		if t := s.ties[k]; t != nil && t.Dismissed == "" && (k.dossier != "" || k.unit != "") {
			return t
		}
	}
	own := s.ties[tieOf{person, unit, ""}]
	if p.of(unit) && (own == nil || own.Dismissed == "") && p.votesOrScores() {
		return &Tied{Found: true, Reason: ownUnitReason}
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

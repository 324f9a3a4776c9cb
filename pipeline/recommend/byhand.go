package recommend

import (
	"kheo/internal/dossier"
	"kheo/rules"
	"kheo/rules/award"
)

// NoAward is the id by which a person takes a rank, place or grant away.
const NoAward = "none"

// GivenAward is a rank, place or grant that a person gives in place of the program's, complete as of then: later
// changes of the ruleset do not change it.
type GivenAward struct {
	ID      string       `json:"id"` // NoAward: none
	Title   dossier.Text `json:"title,omitempty"`
	Granted *award.Money `json:"granted,omitempty"`
}

// Givable is what a person can give to an entry by hand, and the outcome that goes with it.
type Givable struct {
	GivenAward
	Outcome dossier.Outcome
}

// Givables lists what a person can give to the dossier of an assessment by a ruleset: its ranks or places with their
// amounts; of a budget all that the dossier asks for, if that is known, and a place on the reserve list. A person
// gives no money in part, because the amount would have to be redistributed.
func Givables(rs *rules.Ruleset, a *dossier.Assessment) (out []Givable) {
	for i := range rs.Awards {
		x := &rs.Awards[i]
		g := Givable{GivenAward{ID: x.ID, Title: x.Title}, x.Outcome}
		if x.Prize.Amount > 0 {
			prize := x.Prize
			g.Granted = &prize
		}
		out = append(out, g)
	}
	reserve := false
	for i := range rs.Quotas {
		reserve = reserve || rs.Quotas[i].Reserve > 0
	}
	if b := rs.Budget; b != nil {
		if ask, known := b.AskOf(a); known {
			out = append(out, Givable{GivenAward{award.Funded, b.Title(award.Funded),
				&award.Money{Amount: ask, Currency: b.Total.Currency}}, dossier.Recommended})
		}
		out = append(out, Givable{GivenAward{ID: award.OnHold, Title: b.Title(award.OnHold)}, dossier.NotRecommended})
	} else if reserve {
		out = append(out, Givable{GivenAward{ID: award.OnHold, Title: given.Text("budget." + award.OnHold)},
			dossier.NotRecommended})
	}
	return out
}

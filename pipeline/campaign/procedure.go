package campaign

import (
	"fmt"
	"strconv"
	"strings"

	"kheo/rules/strict"
)

// Procedure is how a committee decides, as review: says.
type Procedure struct {
	Quorum   float64 // share of those who vote and are not tied that must have voted
	Majority float64 // share of the votes for and against that those for must exceed; 1 is all
	Tie      string  // of TieRules: what holds where the votes are equal
	Take     bool    // evaluators may take dossiers themselves
	Blind    bool    // what others gave and how they voted is shown to whoever has given and voted, and not before
}

// TieRules are what Procedure.Tie may be.
var TieRules = []string{"chair", "not-recognised", "deferred"}

// DefaultProcedure holds where a campaign says nothing.
var DefaultProcedure = Procedure{Quorum: 2.0 / 3, Majority: 0.5, Tie: "chair", Take: true}

func (c *Campaign) procedure(n *strict.Node) {
	c.Review = DefaultProcedure
	if n == nil {
		return
	}
	m := n.Map("review", "quorum", "majority", "tie", "take", "blind")
	if q := m.Get("quorum"); q != nil {
		c.Review.Quorum = share(q, "quorum")
	}
	if q := m.Get("majority"); q != nil {
		c.Review.Majority = share(q, "majority")
	}
	if t := m.Get("tie"); t != nil {
		c.Review.Tie = t.OneOf("tie", TieRules...)
	}
	if t := m.Get("blind"); t != nil {
		c.Review.Blind = t.Bool("blind")
	}
	if t := m.Get("take"); t != nil {
		c.Review.Take = t.Bool("take")
	}
}

// share reads a share: 2/3, 0.5 or 50%.
func share(n *strict.Node, what string) float64 {
	s, ok := n.Plain()
	v := -1.0
	if a, b, cut := strings.Cut(s, "/"); ok && cut {
		x, err1 := strconv.ParseFloat(strings.TrimSpace(a), 64)
		y, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
		if err1 == nil && err2 == nil && y > 0 {
			v = x / y
		}
	} else if p, cut := strings.CutSuffix(strings.TrimSpace(s), "%"); ok && cut {
		if x, err := strconv.ParseFloat(strings.TrimSpace(p), 64); err == nil {
			v = x / 100
		}
	} else if x, err := strconv.ParseFloat(strings.TrimSpace(s), 64); ok && err == nil {
		v = x
	}
	if !(v >= 0 && v <= 1) {
		n.Fail(fmt.Sprintf("%s: %q is no share", what, s), "write it as 2/3, 50% or 0.5")
		return 1
	}
	return v
}

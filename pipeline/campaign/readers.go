package campaign

import "kheo/internal/strict"

// What readers: { confinement: … } may say.
const (
	confinementFull    = "full"
	confinementReduced = "reduced"
)

// Readers is how foreign files are read, as readers: says.
type Readers struct {
	// Reduced accepts reading processes that are confined less than kheo asks for, on a machine that
	// cannot confine them fully. Otherwise nothing is read there.
	Reduced bool
}

func (c *Campaign) readers(n *strict.Node) {
	if n == nil {
		return
	}
	m := n.Map("readers", "confinement")
	if v := m.Get("confinement"); v != nil {
		c.Readers.Reduced = v.OneOf("confinement", confinementFull, confinementReduced) == confinementReduced
	}
}

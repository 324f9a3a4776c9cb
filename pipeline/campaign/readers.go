package campaign

import "kheo/internal/strict"

// What readers: { confinement: … } may say.
const (
	confinementFull    = "full"
	confinementReduced = "reduced"
)

// Readers is how documents are read.
type Readers struct {
	// Reduced accepts reading processes that are confined less than kheo asks for, on a machine that
	// cannot confine them fully. Otherwise nothing is read there.
	Reduced bool
}

// readers reads how documents are read.
func (c *Campaign) readers(n *strict.Node) {
	if n == nil {
		return
	}
	m := readersGrammar.Read(n)
	if v := m.Get("confinement"); v != nil {
		c.Readers.Reduced = v.OneOf("confinement", confinementFull, confinementReduced) == confinementReduced
	}
}

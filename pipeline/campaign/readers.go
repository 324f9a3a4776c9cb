package campaign

import "kheo/internal/strict"

// Values of readers: confinement:.
const (
	confinementFull    = "full"
	confinementReduced = "reduced"
)

// Readers says how documents are read.
type Readers struct {
	// Reduced allows reading on a machine that cannot confine reading processes fully, for example because its
	// kernel has no Landlock. If it is false, such a machine reads nothing, and the run reports why.
	Reduced bool
}

// readers reads how far reading processes must be confined.
func (c *Campaign) readers(n *strict.Node) {
	if n == nil {
		return
	}
	m := readersGrammar.Read(n)
	if v := m.Get("confinement"); v != nil {
		c.Readers.Reduced = v.OneOf("confinement", confinementFull, confinementReduced) == confinementReduced
	}
}

package campaign

import (
	"fmt"

	"kheo/internal/strict"
)

// defaultMaxLost is the percentage of its dossiers that a list may lose in one run if kheo.yaml does not state one: a
// third. Losing more usually means that an inbox, a disk or a ruleset is wrong.
const defaultMaxLost = 100. / 3

// publish reads the percentage of its dossiers that a list may lose in one run without confirmation.
func (c *Campaign) publish(n *strict.Node) {
	c.MaxLost = defaultMaxLost
	if n == nil {
		return
	}
	m := publishGrammar.Read(n)
	if v := m.Get("at_most_lost"); v != nil {
		share := v.Number("at_most_lost")
		if share < 0 || share > 100 {
			v.Fail(fmt.Sprintf("publish: at_most_lost: %v is not between 0 and 100", share),
				"write the percentage of its dossiers that a list may lose in one run, such as 33; with 100, no "+
					"confirmation is ever asked for")
			return
		}
		c.MaxLost = share
	}
}

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

package campaign

import (
	"fmt"

	"kheo/internal/strict"
)

// defaultLost is how large a share of its dossiers a list may lose in one run, in percent, where
// kheo.yaml says nothing.
const defaultLost = 100. / 3

// publish reads what a run may publish without confirmation.
func (c *Campaign) publish(n *strict.Node) {
	c.MostLost = defaultLost
	if n == nil {
		return
	}
	m := publishGrammar.Read(n)
	if v := m.Get("at_most_lost"); v != nil {
		share := v.Number("at_most_lost")
		if share < 0 || share > 100 {
			v.Fail(fmt.Sprintf("publish: at_most_lost: %v is not between 0 and 100", share),
				"write the percentage of its dossiers that a list may lose in one run, such as 33; 100 asks nobody")
			return
		}
		c.MostLost = share
	}
}

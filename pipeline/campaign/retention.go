package campaign

import (
	"fmt"
	"time"

	"kheo/internal/strict"
)

// Keep says how long data is kept that can be made again or has been replaced; 0 keeps it for ever.
// Dossiers, votes, decisions and closed lists are never removed automatically.
type Keep struct {
	Runs     time.Duration // lists of runs that no closed list and no decision depends on
	Versions time.Duration // files of versions of a dossier that a newer one has replaced
}

// keep reads how long data is kept, in days from 30 to 36,500.
func (c *Campaign) keep(n *strict.Node) {
	if n == nil {
		return
	}
	m := keepGrammar.Read(n)
	for _, k := range []struct {
		key  string
		into *time.Duration
	}{{"runs", &c.Keep.Runs}, {"versions", &c.Keep.Versions}} {
		v := m.Get(k.key)
		if v == nil {
			continue
		}
		days := v.Number(k.key)
		if days < 30 || days > 36500 {
			v.Fail(fmt.Sprintf("keep: %s: %v is not between 30 and 36500 days", k.key, days),
				"write days, such as 365; leave it out to keep them for ever")
			continue
		}
		*k.into = time.Duration(days) * 24 * time.Hour
	}
}

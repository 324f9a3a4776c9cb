package campaign

import (
	"fmt"
	"path/filepath"
	"strings"

	"kheo/internal/strict"
)

// Backups is where the backups of the schedule go, and how many are kept, as backups: says.
type Backups struct {
	To   string // a folder
	Keep int
}

// defaultBackups is how many backups are kept where kheo.yaml says nothing.
const defaultBackups = 7

func (c *Campaign) backups(n *strict.Node) {
	c.Backups = Backups{To: c.in("backups"), Keep: defaultBackups}
	if n == nil {
		return
	}
	m := n.Map("backups", "to", "keep")
	if v := m.Get("to"); v != nil {
		to := v.String("to")
		c.Backups.To = c.in(to)
		rel, err := filepath.Rel(c.Dir, c.Backups.To)
		first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		switch {
		case to == "" || err == nil && rel == ".":
			v.Fail("backups: to: names no folder of its own", "write a folder on another disk, such as /srv/backups/kheo")
		case err == nil && (first == "var" || first == "inbox" || first == "lists" || first == "quarantine" || first == "rules"):
			v.Fail(fmt.Sprintf("backups: to: %s lies in %s/, which is backed up itself, or lost together with what is", to, first),
				"write a folder on another disk, such as /srv/backups/kheo")
		}
	}
	if v := m.Get("keep"); v != nil {
		keep := v.Number("keep")
		if keep < 1 || keep > 1000 || keep != float64(int(keep)) {
			v.Fail(fmt.Sprintf("backups: keep: %v is no whole number from 1 to 1000", keep), "write how many are kept, such as 7")
			return
		}
		c.Backups.Keep = int(keep)
	}
}

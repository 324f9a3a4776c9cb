package campaign

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"kheo/internal/strict"
)

// Backups says where scheduled backups are written, and how many are kept.
type Backups struct {
	To   string // the path of a folder
	Keep int    // 1 to 1000; older backups are removed
}

// defaultBackups is the number of backups that are kept if kheo.yaml does not state one.
const defaultBackups = 7

// backups reads where scheduled backups are written, and how many are kept.
func (c *Campaign) backups(n *strict.Node) {
	c.Backups = Backups{To: c.in("backups"), Keep: defaultBackups}
	if n == nil {
		return
	}
	m := backupsGrammar.Read(n)
	if v := m.Get("to"); v != nil {
		c.backupFolder(v)
	}
	if v := m.Get("keep"); v != nil {
		keep := v.Number("keep")
		if keep < 1 || keep > 1000 || keep != float64(int(keep)) {
			v.Fail(fmt.Sprintf("backups: keep: %v is not a whole number from 1 to 1000", keep),
				"write how many are kept, such as 7")
			return
		}
		c.Backups.Keep = int(keep)
	}
}

// backupFolder reads the folder of the backups. Folders of the workspace that are themselves backed up, or that
// would be lost together with it, are refused.
func (c *Campaign) backupFolder(n *strict.Node) {
	to := n.String("to")
	c.Backups.To = c.in(to)
	// err means that one path is absolute and the other is not: then the folder is outside the workspace.
	rel, err := filepath.Rel(c.Dir, c.Backups.To)
	first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
	const cure = "write a folder on another disk, such as /srv/backups/kheo"
	switch {
	case to == "" || err == nil && rel == ".":
		n.Fail("backups: to: does not name a folder of its own", cure)
	case err == nil && slices.Contains([]string{"var", "inbox", "lists", "quarantine", "rules"}, first):
		n.Fail(fmt.Sprintf("backups: to: %s is in %s/, which is backed up itself or would be lost with the workspace",
			to, first), cure)
	}
}

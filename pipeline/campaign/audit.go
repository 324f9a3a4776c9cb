package campaign

import (
	"net/mail"
	"path/filepath"
	"strings"

	"kheo/internal/strict"
)

// Audit names the places outside the records where anchors of the audit trail are kept, in addition to the
// published lists. Records that are replaced or cut off later no longer agree with them.
type Audit struct {
	Anchor string // the path of a file outside var/, or ""
	Mail   string // an e-mail address that receives an anchor once a day, or ""
}

// audit reads where anchors of the audit trail are kept. An anchor in var/ is refused: someone who can replace
// the records there could replace it too.
func (c *Campaign) audit(n *strict.Node) {
	if n == nil {
		return
	}
	m := auditGrammar.Read(n)
	if v := m.Get("anchor"); v != nil {
		switch s := strings.TrimSpace(v.String("anchor")); {
		case s == "" || strings.HasSuffix(s, "/") || strings.ContainsRune(s, 0):
			v.Fail("audit: anchor: does not name a file",
				"write a path such as /mnt/office/kheo-anchors.jsonl, best on another machine")
		case within(c.in(s), c.in("var")):
			v.Fail("audit: anchor: is in var/, beside the records that it must protect",
				"name a file outside var/, best on another machine")
		default:
			c.Audit.Anchor = c.in(s)
		}
	}
	if v := m.Get("mail"); v != nil {
		c.Audit.Mail = v.String("mail")
		if a, err := mail.ParseAddress(c.Audit.Mail); err != nil || a.Address != c.Audit.Mail {
			v.Fail("audit: mail: "+c.Audit.Mail+" is not a valid e-mail address", "write it as audit@example.org")
		} else if c.Mail.Server == "" {
			v.Fail("audit: mail: needs mail:, which says how mail is sent",
				"add mail: { server: smtp.example.org:587, from: kheo <kheo@example.org> }")
		}
	}
}

// within reports whether a path is inside a folder, or is the folder itself. It compares names and does not
// follow links.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, filepath.Clean(path))
	return err == nil && filepath.IsLocal(rel)
}

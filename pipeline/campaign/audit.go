package campaign

import (
	"net/mail"
	"path/filepath"
	"strings"

	"kheo/internal/strict"
)

// Audit is where heads of the audit trail are kept beside the editions of the lists.
type Audit struct {
	Anchor string // a file outside var/, or ""
	Mail   string // an e-mail address that gets one a day, or ""
}

// audit reads where heads of the audit trail are kept.
func (c *Campaign) audit(n *strict.Node) {
	if n == nil {
		return
	}
	m := auditGrammar.Read(n)
	if v := m.Get("anchor"); v != nil {
		switch s := strings.TrimSpace(v.String("anchor")); {
		case s == "" || strings.HasSuffix(s, "/") || strings.ContainsRune(s, 0):
			v.Fail("audit: anchor: names no file",
				"write a path such as /mnt/office/kheo-anchors.jsonl, best on another machine")
		case within(c.in(s), c.in("var")):
			v.Fail("audit: anchor: lies in var/, beside the records that it vouches for",
				"name a file outside of var/, best on another machine")
		default:
			c.Audit.Anchor = c.in(s)
		}
	}
	if v := m.Get("mail"); v != nil {
		c.Audit.Mail = v.String("mail")
		if a, err := mail.ParseAddress(c.Audit.Mail); err != nil || a.Address != c.Audit.Mail {
			v.Fail("audit: mail: "+c.Audit.Mail+" is not a valid e-mail address", "write it as audit@example.org")
		} else if c.Mail.Server == "" {
			v.Fail("audit: mail: there is no mail:, which says how mail is sent",
				"add mail: { server: smtp.example.org:587, from: kheo <kheo@example.org> }")
		}
	}
}

// within reports whether a path lies in a folder.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, filepath.Clean(path))
	return err == nil && filepath.IsLocal(rel)
}

// Package admin is the pages of administrators: people, runs, trials of rulesets, and the audit trail.
package admin

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages of administrators.
type Room struct {
	site   *page.Site
	lists  *access.Lists
	mailer *mailer.Mailer
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, mailer *mailer.Mailer) *Room {
	return &Room{site: site, lists: lists, mailer: mailer}
}

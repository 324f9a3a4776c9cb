// Package committee is the pages on which a committee scores, votes, decides, meets, and has its papers made.
package committee

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages on which the committee scores, votes, decides and meets.
type Room struct {
	site    *page.Site
	lists   *access.Lists
	mailer  *mailer.Mailer
	printer printer // of papers
	letters letters
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, mailer *mailer.Mailer) *Room {
	return &Room{site: site, lists: lists, mailer: mailer,
		printer: printer{reduced: site.W.Campaign().Readers.Reduced}}
}

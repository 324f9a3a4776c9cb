// Package committee is the pages on which a committee scores, votes, decides, meets, and has its papers made.
package committee

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages on which the committee scores, votes and decides.
type Room struct {
	site   *page.Site
	lists  *access.Lists
	mailer *mailer.Mailer
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, mailer *mailer.Mailer) *Room {
	return &Room{site: site, lists: lists, mailer: mailer}
}

// Hall serves the pages of meetings.
type Hall struct {
	site  *page.Site
	lists *access.Lists
}

// NewHall returns the pages of meetings of a site.
func NewHall(site *page.Site, lists *access.Lists) *Hall { return &Hall{site, lists} }

// Papers serves the pages on which papers are made.
type Papers struct {
	site    *page.Site
	lists   *access.Lists
	printer printer
	letters letters

	certificates letters
}

// NewPapers returns the pages of papers of a site. The caller closes them before the workspace.
func NewPapers(site *page.Site, lists *access.Lists) *Papers {
	return &Papers{site: site, lists: lists, printer: printer{reduced: site.W.Campaign().Readers.Reduced}}
}

// Package committee is the pages on which a committee scores, votes, decides, meets, and has its papers made.
package committee

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/outbox"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/reading"
)

// Room serves the pages on which the committee scores, votes, decides and meets.
type Room struct {
	site    *page.Site
	lists   *access.Lists
	reading *reading.Room
	outbox  *outbox.Outbox
	printer printer // of papers
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, reading *reading.Room, outbox *outbox.Outbox) *Room {
	return &Room{site: site, lists: lists, reading: reading, outbox: outbox,
		printer: printer{reduced: site.W.Campaign().Readers.Reduced}}
}

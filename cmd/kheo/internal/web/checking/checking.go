// Package checking is the pages on which people check the evidence that kheo found: the queue, the verdicts,
// the pieces on the page of their dossier, the report, and the plan of a sample.
package checking

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages on which people check evidence.
type Room struct {
	site   *page.Site
	lists  *access.Lists
	images *images.Viewer
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, images *images.Viewer) *Room {
	return &Room{site: site, lists: lists, images: images}
}

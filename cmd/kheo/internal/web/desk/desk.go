// Package desk is the workbench for one dossier: its papers on one side, what the assessment says of them and what
// people do about it on the other.
package desk

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/checking"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages of single dossiers.
type Room struct {
	site     *page.Site
	lists    *access.Lists
	images   *images.Viewer
	checking *checking.Room
}

// New returns the workbench of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, images *images.Viewer, checking *checking.Room) *Room {
	return &Room{site: site, lists: lists, images: images, checking: checking}
}

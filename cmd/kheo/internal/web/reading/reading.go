// Package reading is the pages on which dossiers, lists and what waits for a person are read and searched.
package reading

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/overview"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages on which dossiers, lists and what waits for a person are read and searched.
type Room struct {
	site     *page.Site
	lists    *access.Lists
	overview *overview.Room
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, overview *overview.Room) *Room {
	return &Room{site: site, lists: lists, overview: overview}
}

// Package overview is the first page of everybody: what waits for the person, how far the lists are, and what
// the last run brought. Submitters see the dossiers of their unit.
package overview

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/register"
)

// Room serves the overview and the list of what waits.
type Room struct {
	site     *page.Site
	lists    *access.Lists
	register *register.Room
	used     usage
}

// New returns the overview of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, register *register.Room) *Room {
	return &Room{site: site, lists: lists, register: register}
}

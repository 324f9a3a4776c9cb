package upload

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
)

// Inbox receives uploaded files and hands them in.
type Inbox struct {
	site   *page.Site
	lists  *access.Lists
	images *images.Viewer
}

// New returns the inbox of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, images *images.Viewer) *Inbox {
	return &Inbox{site: site, lists: lists, images: images}
}

package register

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
)

// Room serves the pages of the register of models.
type Room struct {
	site      *page.Site
	lists     *access.Lists
	images    *images.Viewer
	inbox     *upload.Inbox
	registers registers // the register as it was read last
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, images *images.Viewer, inbox *upload.Inbox) *Room {
	return &Room{site: site, lists: lists, images: images, inbox: inbox}
}

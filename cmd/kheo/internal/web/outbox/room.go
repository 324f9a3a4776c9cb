package outbox

import (
	"sync"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/reading"
)

// Outbox sends the mails that wait in the records. Its methods may be called at the same time.
type Outbox struct {
	site    *page.Site
	lists   *access.Lists
	reading *reading.Room
	mailing sync.Mutex // held while mails are sent
}

// New returns the outbox of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, reading *reading.Room) *Outbox {
	return &Outbox{site: site, lists: lists, reading: reading}
}

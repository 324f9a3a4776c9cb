package mailer

import (
	"sync"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/names"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/reading"
)

// Mailer makes and sends the mails that wait in the records. Its methods may be called at the same time.
type Mailer struct {
	site    *page.Site
	lists   *access.Lists
	reading *reading.Room
	names   *names.Keeper
	mailing sync.Mutex // held while mails are sent
}

// New returns the mailer of a site.
func New(site *page.Site, lists *access.Lists, reading *reading.Room, names *names.Keeper) *Mailer {
	return &Mailer{site: site, lists: lists, reading: reading, names: names}
}

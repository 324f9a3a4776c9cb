// Package overview is the first page of everybody: what waits for the person, how far the lists are, and what the
// last run brought. Submitters see the dossiers of their unit.
//
// [Room] makes four pages: Room.Home, Room.WaitingPage with all that waits, Room.Next, which leads from a dossier to
// the next that waits, and the page of submitters. [Room.Waiting] is what they have in common, and the digest uses it
// too: it goes through the lists as the person sees them ([access.Lists.For]) and asks of each entry what it waits
// for from this person. Rights of the person, the outcome, votes and decisions lead to one key of a text, such as
// `wait.vote`; waitOrder is the order of these keys.
//
// Entries from which the person is recused do not even count, and of entries with a hidden outcome only that they
// must be scored, since everything else follows from the outcome. Pictures (histogram, stacks, timeline) are
// rectangles that are computed here, and drawn by templates/pictures.html without a script.
//
// Nothing is recorded here. A kind of task that is added needs its place in waitOrder, its text, and its link in
// linkTo.
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

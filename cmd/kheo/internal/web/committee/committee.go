// Package committee is the pages on which a committee scores, votes, decides, meets, and has its papers made.
//
// It has three rooms and two parts of them: [Room] records what people do about one dossier or list, [Hall] is the
// meeting on a list with its agenda, minutes, secret ballots and the dates of the season, and [Papers] makes the
// papers that are signed and sent. [Mailing] makes many of those as one archive, and [Exchange] hands closed lists to
// another office and takes in theirs.
//
// A form becomes one [review.Event]. Its handler looks the dossier up with [access.Lists.See], which knows from what
// the person is recused, names the person and the dossier, and hands the event to the log, which alone decides in its
// transaction whether the event is allowed: rights that a route cannot know, conflicts of interest, closed lists,
// majorities, phases. Handlers do not repeat these checks, but for what must be refused before anything is compared
// or shown. Functions that make papers check visibility themselves, because the address of a paper can be typed.
//
// Nothing here changes points or lists. What people set is published by an edition, which Site.PublishAgain asks for.
// An action that is added needs its route in package web, its operation in package api, and its text `done.…` in each
// language.
package committee

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages on which the committee scores, votes and decides.
type Room struct {
	site   *page.Site
	lists  *access.Lists
	mailer *mailer.Mailer
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, mailer *mailer.Mailer) *Room {
	return &Room{site: site, lists: lists, mailer: mailer}
}

// Hall serves the pages of meetings.
type Hall struct {
	site  *page.Site
	lists *access.Lists
}

// NewHall returns the pages of meetings of a site.
func NewHall(site *page.Site, lists *access.Lists) *Hall { return &Hall{site, lists} }

// Papers serves the pages on which papers are made.
type Papers struct {
	site    *page.Site
	lists   *access.Lists
	printer printer
	letters letters

	certificates letters
}

// NewPapers returns the pages of papers of a site. The caller closes them before the workspace.
func NewPapers(site *page.Site, lists *access.Lists) *Papers {
	return &Papers{site: site, lists: lists, printer: printer{reduced: site.W.Campaign().Readers.Reduced}}
}

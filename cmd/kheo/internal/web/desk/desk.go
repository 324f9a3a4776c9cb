// Package desk is the workbench for one dossier: its papers on one side, what the assessment says of them and what
// people do about it on the other.
//
// [Room] has three pages. Room.Dossier shows the dossier, or to submitters and recused people a page of its own with
// none of the assessment in its data. Room.Text is the same with a passage open, and Room.Picture the image of a page
// with its marks. All begin with [access.Lists.See]; documents are found by [Room.DocumentNamed], which the API uses
// too, and which finds nothing for a recused person.
//
// The data of the workbench are gathered in an order that matters: papers, assessment and facts, panel and copies,
// decision and votes, then what a blind campaign hides, and last the task of the person, which follows from what is
// left. Whatever is added to the page is added before addTalk, and hidden by [access.Lists.Blind] if others made it.
//
// Nothing is recorded here: forms of the page go to the packages committee and checking. Its template is
// dossier.html, its script keeps drafts and follows the marks, and docs/desk.md explains it.
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

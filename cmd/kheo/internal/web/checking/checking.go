// Package checking is the pages on which people check the evidence that kheo found: the queue, the verdicts, the
// pieces on the page of their dossier, the report, and the plan of a sample.
//
// [Room] shows one piece of evidence at a time. Room.Evidence takes the pieces of which the person may know from
// [access.Lists.Evidence], narrows them by the queueFilter of the query, and shows the first, with its sentence in
// the text and the image of its page. Room.Judge records the verdict through [pipeline.Bench.Judge] and leads to the
// piece that the page named as the next. Room.Report has the figures, and Room.Plan draws the sample from which they
// are estimated, from all pieces and without regard to who asks, because everybody checks the same sample.
//
// People judge independently of one another. So what others said is shown only to a person who has given a verdict,
// or who gives none, and a verdict is not refused because of what others did meanwhile. Totals and outcomes at stake
// are left empty for dossiers that the person must still score blind. A recused person finds neither the pieces nor
// the images of a dossier, and gets figures without it.
//
// What a piece is, and how samples and intervals are computed, is in package evidence of the pipeline;
// docs/evidence.md explains it to people.
package checking

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages on which people check evidence.
type Room struct {
	site   *page.Site
	lists  *access.Lists
	images *images.Viewer
}

// New returns the pages of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists, images *images.Viewer) *Room {
	return &Room{site: site, lists: lists, images: images}
}

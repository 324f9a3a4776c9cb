// Package reading is the pages on which dossiers, lists and what waits for a person are read and searched: the search
// with its facets, searches for many lines, saved searches, the page of a run, and the digest.
//
// [Room.Find] passes to package search of the pipeline what the person must not find (Lists.HiddenFrom): dossiers
// from which the person is recused are no hits and are not counted, and what is to be scored blind cannot be found by
// its outcome. A search that takes too long is refused, since a query may be made to take long. A query that finds
// nothing is answered with queries that ask for less.
//
// [Room.Digest] gathers what a person reads in the morning, for its page and for the mail: notes and changes that
// name a dossier from which the person is recused are left out as a whole. Nothing is recorded here but a person's
// own saved searches. docs/search.md has the query language.
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

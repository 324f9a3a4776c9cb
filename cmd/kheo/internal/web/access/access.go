// Package access decides what one person may see: the lists in force without the dossiers from which the person is
// recused, and without what must still be scored blind.
//
// Every page and every operation of the API asks [Lists] about dossiers and lists. [Lists.Latest] has the lists as
// they are in force, for the server itself. [Lists.VisibilityOf] derives from roles, conflicts of interest and scores
// what a person may know ([Visibility]), and [Lists.For] makes the lists of it: recused entries are taken out and the
// rest is ranked and counted without them, entries to be scored blind lose points, outcome and rank. [Lists.See]
// looks up one dossier, [Lists.Rows] and [Lists.Fill] make the rows of a list, [Lists.EntryOf] the entry of a dossier
// in a language, [Lists.Evidence] the pieces of evidence.
//
// A dossier that the person must not know of is "not found", which is what an id that does not exist gets too. Counts
// and samples are made without what is hidden, so that nothing can be found by subtraction.
//
// Results are cached by run, event and visibility; people with equal visibility share one, so callers never change
// what they get. Locks are taken in one order: the cache of this package first, the log of events within it. Within a
// View of the log only those methods of Lists may be called that take its State; others read the log themselves.
package access

import (
	"kheo/cmd/kheo/internal/web/page"
)

// Lists returns the lists in force as each person may see them. It caches them from one page to the next, and
// may be used by several requests at the same time.
type Lists struct {
	site         *page.Site
	Cache        listCache    // as published and in force
	personals    personals    // by what people may see
	visibilities visibilities // by person
	compared     compared     // differences of runs
	pieces       pieceCache   // of evidence
}

// New returns the lists of a site. The caller passes what it depends on.
func New(site *page.Site) *Lists {
	return &Lists{site: site}
}

// Package access decides what one person may see: the lists in force without the dossiers from which the person
// is recused, and without what must still be scored blind.
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

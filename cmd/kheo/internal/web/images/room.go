package images

import (
	"context"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/viewer"
)

// Viewer renders pages of documents, and photos, as images.
type Viewer struct {
	site  *page.Site
	Pages *viewer.Viewer // the processes that render
}

// New returns the viewer of a site. The caller passes what it depends on.
func New(site *page.Site) *Viewer {
	return &Viewer{site, viewer.New(context.Background(), site.W)}
}

package images

import (
	"context"

	"kheo/pipeline/viewer"
	"kheo/pipeline/workspace"
)

// Viewer renders pages of documents, and photos, as images.
type Viewer struct {
	Pages *viewer.Viewer // the processes that render
}

// New returns the viewer of a workspace.
func New(w *workspace.Workspace) *Viewer {
	return &Viewer{viewer.New(context.Background(), w)}
}

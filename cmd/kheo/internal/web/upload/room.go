package upload

import (
	"context"
	"io"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/campaign"
	"kheo/pipeline/precheck"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/rules"
)

// What an Inbox needs of others. It declares it itself, so that it shows what uploads can touch: the inbox folder, one
// event of the audit trail, and photos; and so that tests need no workspace.
type (
	// workspace is the campaign, the folder that runs ingest from, and the audit trail.
	workspace interface {
		Campaign() *campaign.Campaign
		Inbox() string
		Review() *review.Log
		Time() time.Time
	}
	// dossiers returns the newest version of a dossier as it was ingested, or nil.
	dossiers interface {
		Get(ctx context.Context, id string) (*store.Accepted, error)
	}
	// blobs stores the content of a file of at most limit bytes under its SHA-256.
	blobs interface {
		Put(ctx context.Context, r io.Reader, limit int64) (sha256 string, size int64, err error)
	}
	// visible returns a dossier as the person who asks may see it, or an error if that is not at all.
	visible interface {
		See(q *page.Request, id string) (*access.Seen, error)
	}
	// photos reports whether a file is an image that can be shown.
	photos interface {
		Shows(ctx context.Context, image []byte) bool
	}
	// checks says what a dossier has and lacks, with what waits in the inbox.
	checks interface {
		Dossier(ctx context.Context, id, name string) (*precheck.Report, error)
	}
	// answers shows a page, or redirects the person to one, which then shows a text. Today is in the campaign's time
	// zone.
	answers interface {
		Render(q *page.Request, status int, name string, data map[string]any)
		Today() string
		Ruleset(id string) *rules.Ruleset
		Back(q *page.Request, to, done string, args ...any) error
	}
)

// Inbox receives uploaded files and hands them in.
type Inbox struct {
	dir       string // of the workspace; uploads are received in its folder var
	workspace workspace
	dossiers  dossiers
	blobs     blobs
	lists     visible
	photos    photos
	checker   checks
	site      answers
}

// New returns the inbox of a site.
func New(site *page.Site, lists *access.Lists, images *images.Viewer) *Inbox {
	w := site.W
	return &Inbox{dir: w.Dir, workspace: w, dossiers: w.Store.Dossiers, blobs: w.Store.Blobs, lists: lists,
		photos: images.Pages, checker: precheck.New(w), site: site}
}

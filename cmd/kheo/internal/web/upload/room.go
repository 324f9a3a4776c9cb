package upload

import (
	"context"
	"io"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/precheck"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	space "kheo/pipeline/workspace"
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
	readers   *extract.Pool // of what is handed in, beside those of runs
}

// readersAtOnce is how many files that are handed in are read at once. They are read by processes of their own, so that
// who hands in at night does not wait for the run; the second one is started only if the first is at work.
const readersAtOnce = 2

// Warm starts a process that reads what is handed in.
func (s *Inbox) Warm(ctx context.Context) error { return s.readers.Warm(ctx) }

// Close ends the processes that read what is handed in.
func (s *Inbox) Close() { s.readers.Close() }

// New returns the inbox of a site; the caller must close it.
func New(site *page.Site, lists *access.Lists, images *images.Viewer) *Inbox {
	w := site.W
	readers := extract.NewPool(readersAtOnce, space.ReadTimeout, space.ReaderOptions(w.Campaign()))
	return &Inbox{dir: w.Dir, workspace: w, dossiers: w.Store.Dossiers, blobs: w.Store.Blobs, lists: lists,
		photos: images.Pages, checker: precheck.New(w, readers), site: site, readers: readers}
}

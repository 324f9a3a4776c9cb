package overview

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
)

// maxNights is how many runs the timeline shows.
const maxNights = 14

// night is one run of the timeline.
type night struct {
	store.Run
	Seconds float64
	Failed  bool
	Errors  int
	part    // its column
}

// maxErrors is how many errors of the last run are shown.
const maxErrors = 5

// addRuns adds to the data of the overview the newest run and, for those who may start runs, the errors of
// the last one, a timeline, the next ones and how much is stored. Errors that name a dossier from which the
// person is recused, by one of names, are left out.
func (s *Room) addRuns(q *page.Request, names []string, data map[string]any) error {
	runs, err := s.site.W.Store.Runs.Newest(q.Ctx(), maxNights)
	if err != nil {
		return err
	}
	data["Runs"] = runs[:min(1, len(runs))]
	if !q.Person.May(review.Run) {
		return nil
	}
	nights := timeline(runs)
	var errs []string
	if len(runs) > 0 {
		for _, st := range runs[0].Stages {
			for _, e := range st.Errors {
				// Errors are plain text that names dossiers by id or title. One left out too many is harmless; one
				// too few is not.
				if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(e, name) }) {
					errs = append(errs, e)
				}
			}
		}
		data["Last"] = nights[len(nights)-1]
	}
	data["Nights"] = nights
	data["Errors"], data["ErrorsMore"] = errs[:min(len(errs), maxErrors)], max(0, len(errs)-maxErrors)
	if data["Next"], err = schedule.Upcoming(q.Ctx(), s.site.W, 1); err != nil {
		return err
	}
	stored := filepath.Join(s.site.W.Dir, "var")
	data["Stored"], data["Files"], data["StoredMore"] = s.used.of(stored, s.site.W.Now())
	return nil
}

// timeline returns runs as columns, the oldest first. Heights are relative to the longest run.
func timeline(runs []store.Run) []night {
	var out []night
	longest := 1.0
	for i := range slices.Backward(runs) {
		n := night{Run: runs[i]}
		n.Failed = n.State == store.RunFailed || n.State == store.RunInterrupted
		if !n.Finished.IsZero() {
			n.Seconds = max(0, n.Finished.Sub(n.Started).Seconds())
		}
		for _, st := range n.Stages {
			n.Errors += len(st.Errors)
		}
		longest = max(longest, n.Seconds)
		out = append(out, n)
	}
	for i := range out {
		high := max(3, int(out[i].Seconds/longest*nightHeight))
		of := "fill"
		if out[i].Failed {
			of = "bad"
		} else if out[i].Errors > 0 {
			of = "warn"
		}
		out[i].part = part{of, i*nightWidth + 2, nightHeight - high, nightWidth - 4, high}
	}
	return out
}

// Sizes of the timeline, in its own coordinates.
const (
	nightWidth  = 20
	nightHeight = 60
)

// usage is how much is stored, kept for usageFor because counting takes time. mu guards all fields.
type usage struct {
	mu    sync.Mutex
	at    time.Time
	bytes int64
	files int
	more  bool
}

// usageFor is how long a count of what is stored is shown, and maxUsage how many files it counts.
const (
	usageFor = 10 * time.Minute
	maxUsage = 50000
)

// of returns how many bytes and files are beneath a folder; more reports whether not all were counted. Files
// that vanish meanwhile are not counted.
func (u *usage) of(dir string, now time.Time) (bytes int64, files int, more bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.at.IsZero() && now.Sub(u.at) < usageFor && !now.Before(u.at) {
		return u.bytes, u.files, u.more
	}
	u.at, u.bytes, u.files, u.more = now, 0, 0, false
	// An error of the walk is not one of the page: what cannot be read is not counted.
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if u.files == maxUsage {
			u.more = true
			return fs.SkipAll
		}
		if info, err := e.Info(); err == nil {
			u.bytes, u.files = u.bytes+info.Size(), u.files+1
		}
		return nil
	})
	return u.bytes, u.files, u.more
}

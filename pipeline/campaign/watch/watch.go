// Package watch loads a campaign again when its files change.
//
// kheo serve and workers must notice a changed ruleset within a second, and must not parse all rulesets every second
// for it. A [Watcher] compares names, sizes, inodes and times of change of kheo.yaml and of everything beneath rules/
// with those of the last time, and loads only if something differs. Times of files have coarse steps; so files that
// changed a moment ago are loaded again until they have been quiet for longer than such a step.
package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kheo/internal/strict"
	"kheo/pipeline/campaign"
)

// Watcher loads the campaign of a workspace again only if kheo.yaml or something beneath rules/ has changed.
// A process that must notice changes within a second would otherwise parse the rulesets and compile their
// expressions every second. It is for one goroutine.
type Watcher struct {
	dir  string
	load func(dir string) (*campaign.Campaign, error)

	state   string // of the files when they were loaded last; "" if the next call must load them again
	current *campaign.Campaign
	err     error // mistakes, if current is nil
}

// New makes a watcher of the workspace in dir. It loads nothing yet.
func New(dir string) *Watcher { return &Watcher{dir: dir, load: campaign.Load} }

// Load returns what the function Load returns. The campaign is the same pointer as before if nothing has changed.
func (w *Watcher) Load() (*campaign.Campaign, error) {
	state, err := fileState(w.dir, time.Now())
	if err == nil && state != "" && state == w.state {
		return w.current, w.err
	}
	w.current, w.err = w.load(w.dir)
	w.state = state
	if err != nil || w.err != nil && !errors.As(w.err, new(strict.Problems)) {
		w.state = "" // a fault of the disk is not in the state of files, and may be over next time
	}
	return w.current, w.err
}

// restlessTime is for how long after its last change a file may change again without a trace: clocks of file
// systems have steps, of 2 seconds at most. Tests set it to 0.
var restlessTime = 3 * time.Second

// fileState describes kheo.yaml and every file and folder beneath rules/, whether rulesets are named in kheo.yaml
// or extended by others: name, type, size, identity, and times of the last change of content and of attributes.
// Files that are linked count, too. If anything changed shortly before now, the state is "".
func fileState(dir string, now time.Time) (string, error) {
	var b strings.Builder
	quiet := true
	add := func(name string, info fs.FileInfo) {
		inode, changed := identity(info)
		fmt.Fprintf(&b, "%q %v %d %d %d %d\n", name, info.Mode(), info.Size(), info.ModTime().UnixNano(), inode,
			changed.UnixNano())
		quiet = quiet && now.Sub(changed) > restlessTime
	}
	info, err := os.Stat(filepath.Join(dir, campaign.File))
	if err != nil {
		return "", err
	}
	add(campaign.File, info)
	root, err := os.OpenRoot(filepath.Join(dir, campaign.RulesDir))
	if errors.Is(err, fs.ErrNotExist) { // the error of loading says so
		return ifQuiet(b.String(), quiet), nil
	}
	if err != nil {
		return "", err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		add(name, info)
		if e.Type()&fs.ModeSymlink != 0 {
			if info, err := root.Stat(name); err == nil { // a link that leads out is a mistake of loading
				add(name, info)
			}
		}
		return nil
	})
	return ifQuiet(b.String(), quiet), err
}

// ifQuiet is a state, or "" if files changed too short a time ago to be sure of it.
func ifQuiet(state string, quiet bool) string {
	if !quiet {
		return ""
	}
	return state
}

package editions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"kheo/internal/durable"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Sum reads everything from r, and returns the SHA-256 in hexadecimal and the size in bytes.
func Sum(r io.Reader) (sum string, n int64, err error) {
	h := sha256.New()
	n, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// MoveFolder makes a completed folder that of a run, by renaming it. A folder that is there already was changed
// by a person: it is kept under another name, which is returned. Two numbers are never used for the same
// folder, so a copy that was set aside earlier stays, too. The caller has flushed the files.
func MoveFolder(w *workspace.Workspace, tmp, run string) (aside string, err error) {
	dir := filepath.Join(w.Lists(), run)
	for n := 1; workspace.Exists(dir); n++ {
		aside = fmt.Sprintf("%s.changed-%d", dir, n)
		if workspace.Exists(aside) {
			continue
		}
		if err := os.Rename(dir, aside); err != nil {
			return "", err
		}
	}
	if err := os.Rename(tmp, dir); err != nil {
		return aside, err
	}
	return aside, durable.SyncDir(w.Lists())
}

// RunFile is the content of run.json, which describes a run beside its lists. Its form is part of the
// contract of the folder lists/.
type RunFile struct {
	Run      string            `json:"run"`
	Number   int64             `json:"number"`
	Campaign string            `json:"campaign"`
	Started  time.Time         `json:"started"`
	Finished time.Time         `json:"finished"`
	Version  string            `json:"kheo"`
	Stages   []store.Stage     `json:"stages"`
	Files    map[string]string `json:"files"` // name -> SHA-256, to detect later changes
	Audit    *review.Anchor    `json:"audit,omitempty"`
}

// Intact reports whether the folder of a run exists and all its files have the hashes in run.json. Files that
// run.json does not name are ignored.
func Intact(dir string) bool {
	b, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		return false
	}
	var rf RunFile
	if json.Unmarshal(b, &rf) != nil || len(rf.Files) == 0 {
		return false
	}
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for name, sha := range rf.Files {
		all.Go(func() error {
			f, err := os.Open(filepath.Join(dir, filepath.Base(name)))
			if err != nil {
				return err
			}
			defer f.Close()
			if sum, _, err := Sum(f); err != nil || sum != sha {
				return fmt.Errorf("%s was changed (%v)", name, err)
			}
			return nil
		})
	}
	return all.Wait() == nil
}

// LatestIs reports whether latest points to the folder of a run.
func LatestIs(lists, run string) bool {
	to, err := os.Readlink(filepath.Join(lists, workspace.Latest))
	return err == nil && to == run
}

// PointLatest makes latest point to the folder of a run, in one step, as a symbolic link. On file systems
// without links latest becomes a copy, and is missing for a moment. A latest that is a folder, made where links
// were not possible, is replaced by a link.
func PointLatest(lists, run string) error {
	tmp := filepath.Join(lists, ".latest-new")
	os.RemoveAll(tmp)
	if err := os.Symlink(run, tmp); err == nil {
		latest := filepath.Join(lists, workspace.Latest)
		if info, err := os.Lstat(latest); err == nil && info.IsDir() {
			os.RemoveAll(latest)
		}
		if err := os.Rename(tmp, latest); err != nil {
			return err
		}
		return durable.SyncDir(lists)
	}
	// No links on this file system: copy the folder, then exchange the copies.
	if err := os.CopyFS(tmp, os.DirFS(filepath.Join(lists, run))); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(lists, workspace.Latest)); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(lists, workspace.Latest))
}

package amend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kheo/internal/durable"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// lock waits for the right to write rulesets and kheo.yaml on this machine.
func lock(ctx context.Context, w *workspace.Workspace) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Join(w.Dir, "var"), durable.PrivateDir); err != nil {
		return nil, err
	}
	return durable.WaitLock(ctx, filepath.Join(w.Dir, "var", "amend.lock"))
}

// Settled is what Settle did.
type Settled struct {
	Written []string // files that were brought to the version in force
	Outside []string // files that were changed by hand since, which are left as they are
}

// Settle brings the files of this machine to the versions in force: after a crash between an approval and its
// writing, and on nodes on which another person approved. It reloads the campaign if it wrote something. A file that
// is none of the versions before is left as it is.
func Settle(ctx context.Context, w *workspace.Workspace) (*Settled, error) {
	pending := false
	applied, err := readApplied(w)
	if err != nil {
		return nil, err
	}
	err = w.Review().View(ctx, func(st *review.State) error {
		for _, p := range review.Proposals(st, "") {
			pending = pending || p.State == review.Approved && p.DecidedSeq > applied[p.File]
		}
		return nil
	})
	if err != nil || !pending {
		return &Settled{}, err
	}
	unlock, err := lock(ctx, w)
	if err != nil {
		return nil, err
	}
	defer unlock()
	out, err := settle(ctx, w)
	if err == nil && len(out.Written) > 0 {
		err = w.Reload()
	}
	return out, err
}

// settle is Settle for a caller that holds the lock. It does not reload the campaign.
func settle(ctx context.Context, w *workspace.Workspace) (*Settled, error) {
	applied, err := readApplied(w)
	if err != nil {
		return nil, err
	}
	versions := map[string][]review.Proposal{}
	err = w.Review().View(ctx, func(st *review.State) error {
		for _, p := range review.Proposals(st, "") {
			if p.State == review.Approved && versions[p.File] == nil {
				versions[p.File] = review.Versions(st, p.File)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &Settled{}
	for file, list := range versions {
		last := list[len(list)-1]
		if last.DecidedSeq <= applied[file] {
			continue
		}
		written, err := bring(ctx, w, list, applied[file])
		switch {
		case errors.Is(err, ErrOutside):
			out.Outside = append(out.Outside, file)
			continue
		case err != nil:
			return out, err
		case written:
			out.Written = append(out.Written, file)
		}
		// The mark follows the file: if a crash comes between, the file is found to be the version already.
		applied[file] = last.DecidedSeq
		if err := writeApplied(w, applied); err != nil {
			return out, err
		}
	}
	return out, nil
}

// bring writes the last of a file's versions if the file is one that an approval after the event after replaces. It
// reports whether it wrote; ErrOutside if the file is another one.
func bring(ctx context.Context, w *workspace.Workspace, list []review.Proposal, after int64) (bool, error) {
	last := list[len(list)-1]
	_, now, err := Read(w.Campaign(), last.File)
	if err != nil {
		return false, err
	}
	if now == last.SHA256 {
		return false, nil
	}
	replaces := false
	for _, v := range list {
		replaces = replaces || v.DecidedSeq > after && v.Base == now
	}
	if !replaces {
		return false, ErrOutside
	}
	_, text, err := Find(ctx, w, last.Seq)
	if err != nil {
		return false, err
	}
	return true, writeFile(w, last.File, text)
}

// writeFile replaces kheo.yaml, or a file beneath rules/. A ruleset that is a link is refused: the link would be
// replaced by a file, and what it points to would stay as it is.
func writeFile(w *workspace.Workspace, file string, text []byte) error {
	if file != campaign.File && RulesetOf(w.Campaign(), file) == nil {
		return ErrNoFile
	}
	at := filepath.Join(w.Dir, filepath.FromSlash(file))
	info, err := os.Lstat(at)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is a link; replace it by the file itself, so that it can be changed here", file)
	}
	return durable.WriteFile(at, text)
}

// appliedFile holds, by file, the event of the last approval that was written on this machine.
func appliedFile(w *workspace.Workspace) string { return filepath.Join(w.Dir, "var", "amended.json") }

// readApplied reads the marks; none if there are none yet.
func readApplied(w *workspace.Workspace) (map[string]int64, error) {
	out := map[string]int64{}
	b, err := os.ReadFile(appliedFile(w))
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("var/amended.json: %w; remove it if the files in rules/ are those in force", err)
	}
	return out, nil
}

// writeApplied writes the marks.
func writeApplied(w *workspace.Workspace, applied map[string]int64) error {
	b, err := json.Marshal(applied)
	if err != nil {
		return err
	}
	return durable.WritePrivate(appliedFile(w), b)
}

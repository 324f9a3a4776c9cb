package workspace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kheo/internal/durable"
)

// demoMark is the file, below the workspace, by which a workspace of the sample is known. It holds the id of the
// records, so that a copy of it marks nothing else.
const demoMark = "var/demo"

// MarkDemo marks the workspace as one of the sample, in which anybody at this machine may sign in as anyone.
func (w *Workspace) MarkDemo() error {
	id, err := os.ReadFile(filepath.Join(w.Dir, StoreFile))
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(w.Dir, filepath.FromSlash(demoMark)), id)
}

// IsDemo reports whether the workspace is one of the sample, as `kheo demo` makes it.
func (w *Workspace) IsDemo() (bool, error) {
	mark, err1 := os.ReadFile(filepath.Join(w.Dir, filepath.FromSlash(demoMark)))
	id, err2 := os.ReadFile(filepath.Join(w.Dir, StoreFile))
	if errors.Is(err1, fs.ErrNotExist) || errors.Is(err2, fs.ErrNotExist) {
		return false, nil
	}
	if err := errors.Join(err1, err2); err != nil {
		return false, err
	}
	m, k := strings.TrimSpace(string(mark)), strings.TrimSpace(string(id))
	return m != "" && m == k, nil
}

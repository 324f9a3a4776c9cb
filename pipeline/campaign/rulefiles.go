package campaign

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"kheo/rules/lookup"
)

// RulesDir is the folder of a workspace that holds its rulesets.
const RulesDir = "rules"

// Reasons why a ruleset is not read; they are wrapped in an *fs.PathError.
var (
	errOutside = errors.New("it is outside rules/")
	errNoFile  = errors.New("it is not a file")
)

// ReadRules reads a ruleset, or a table of the office, by its path from the workspace, such as
// rules/models.yaml. It reads only regular files beneath rules/: neither a path nor a symbolic link leads out
// of it. At most lookup.MaxBytes+1 bytes are returned, so that its parser sees that a file is too large.
// Errors are *fs.PathError with the name as it was given.
func (c *Campaign) ReadRules(name string) ([]byte, error) {
	fail := func(err error) ([]byte, error) { return nil, &fs.PathError{Op: "open", Path: name, Err: err} }
	inside, ok := strings.CutPrefix(path.Clean(name), RulesDir+"/")
	if !ok || !filepath.IsLocal(filepath.FromSlash(inside)) {
		return fail(errOutside)
	}
	if text, ok := c.replaced[path.Clean(name)]; ok {
		return text, nil
	}
	root, err := os.OpenRoot(filepath.Join(c.Dir, RulesDir))
	if err != nil {
		return fail(reason(err))
	}
	defer root.Close()
	// Without O_NONBLOCK, opening a pipe would block until something writes to it.
	f, err := root.OpenFile(filepath.FromSlash(inside), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if strings.Contains(err.Error(), "escapes") { // os.Root exports no such error
			err = errOutside
		}
		return fail(reason(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fail(reason(err))
	}
	if !info.Mode().IsRegular() {
		return fail(errNoFile)
	}
	return io.ReadAll(io.LimitReader(f, lookup.MaxBytes+1))
}

// RulesBeside returns the reader for what a ruleset in any file extends. Names are resolved as if the file
// were in rules/; if it is beneath rules/ already, as if in its own folder. So a draft outside the workspace
// can be tried, and still reads rulesets of the workspace only.
func (c *Campaign) RulesBeside(file string) func(string) ([]byte, error) {
	// Names come from rules.Load, which joins them to the folder of the file. Take that folder off again, and
	// put the one within rules/ in its place.
	beside := path.Dir(filepath.ToSlash(file))
	within := RulesDir
	if at, err := filepath.Abs(file); err == nil {
		if dir, err := filepath.Abs(filepath.Join(c.Dir, RulesDir)); err == nil {
			if rel, err := filepath.Rel(dir, filepath.Dir(at)); err == nil && filepath.IsLocal(rel) {
				within = path.Join(RulesDir, filepath.ToSlash(rel))
			}
		}
	}
	return func(name string) ([]byte, error) {
		rel, err := filepath.Rel(filepath.FromSlash(beside), filepath.FromSlash(name))
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errOutside}
		}
		return c.ReadRules(path.Join(within, filepath.ToSlash(rel)))
	}
}

// reason returns why a file could not be read, without its path.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return fmt.Errorf("%w", err)
}

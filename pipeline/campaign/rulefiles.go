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

	"kheo/internal/strict"
)

// RulesDir is the folder of a workspace in which its rulesets lie.
const RulesDir = "rules"

var (
	errOutside = errors.New("it lies outside rules/")
	errNoFile  = errors.New("it is not a file")
)

// ReadRules reads a ruleset of the workspace by its path from there, such as rules/models.yaml. Only
// what lies beneath rules/ is read: no path and no link leads out of it.
func (c *Campaign) ReadRules(name string) ([]byte, error) {
	fail := func(err error) ([]byte, error) { return nil, &fs.PathError{Op: "open", Path: name, Err: err} }
	inside, ok := strings.CutPrefix(path.Clean(name), RulesDir+"/")
	if !ok || !filepath.IsLocal(filepath.FromSlash(inside)) {
		return fail(errOutside)
	}
	root, err := os.OpenRoot(filepath.Join(c.Dir, RulesDir))
	if err != nil {
		return fail(reason(err))
	}
	defer root.Close()
	// a pipe would wait for who writes
	f, err := root.OpenFile(filepath.FromSlash(inside), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if strings.Contains(err.Error(), "escapes") { // the error of os.Root has no name
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
	return io.ReadAll(io.LimitReader(f, strict.MaxBytes+1))
}

// RulesBeside reads what a ruleset in any file extends: a ruleset of the workspace, as if the file lay in
// rules/ itself, or at its place beneath rules/ if it is there.
func (c *Campaign) RulesBeside(file string) func(string) ([]byte, error) {
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

// reason is why a file could not be read, without its path.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return fmt.Errorf("%w", err)
}

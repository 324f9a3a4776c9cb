package testspace

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// inputs are the folders, from the root of the repository, on which the OCR of the sample depends.
var inputs = []string{"pipeline/extract", "internal/dossier", "internal/text", "samples/campaign",
	"samples/dai-loc-2024.zip"}

// key names everything that the OCR of the sample depends on: the engine, the Go release, and every file of inputs
// but the tests. A file that a compiler overlay replaces counts as what it is replaced by.
func key(engine string) (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	overlay, err := overlaid()
	if err != nil {
		return "", err
	}
	// Tests of the readers do not change what OCR reads.
	h := sha256.New()
	fmt.Fprintln(h, engine, runtime.Version(), runtime.GOARCH)
	for _, dir := range inputs {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir() && e.Name() == "testdata":
				return fs.SkipDir
			case !e.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			return hashFile(h, path, overlay)
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), nil
}

// hashFile adds a file to the hash: its name, its size and its bytes, or those of the file that replaces it.
func hashFile(h hash.Hash, path string, overlay map[string]string) error {
	from := path
	if o := overlay[path]; o != "" {
		from = o
	}
	b, err := os.ReadFile(from)
	fmt.Fprintln(h, filepath.Base(path), len(b))
	h.Write(b)
	return err
}

// repository returns the root of the repository: the nearest folder with a go.mod, from the one in which go test
// starts the tests of a package.
func repository() (string, error) {
	// go test runs the tests of a package in its folder.
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("the test does not run in the repository: no go.mod in this folder or above")
		}
		dir = up
	}
}

// overlaid returns which files the compiler replaced, and by what, if GOFLAGS names an overlay.
func overlaid() (map[string]string, error) {
	// The tests of internal/defences compile packages with an overlay that removes a defence.
	_, name, ok := strings.Cut(os.Getenv("GOFLAGS"), "-overlay=")
	if !ok {
		return nil, nil
	}
	b, err := os.ReadFile(strings.Fields(name)[0])
	if err != nil {
		return nil, err
	}
	var o struct{ Replace map[string]string }
	return o.Replace, json.Unmarshal(b, &o)
}

// Package testspace provides what is slow to make in tests: the OCR of the scanned pages of the sample, read once for
// all packages, a workspace by copy, and a password that is quick to check.
//
// A test asks for a prepared workspace ([Copied], RunCopy) and gets a copy of its own, which it may change; the first
// test to want one makes it for all tests of its process. What OCR reads is kept between processes under a hash of
// all that it depends on, so that a changed reader reads again.
package testspace

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

// page is a row of the table scans: what an OCR engine read of one page of a file.
type page struct {
	SHA256 string
	Page   int
	Engine string
	Result []byte // as the record store packs it
}

// ShareOCR puts into the record store of the workspace in dir what OCR reads of the scanned pages of the sample, so
// that runs in it need not read them again: OCR is nine tenths of the work of a run over the sample. Everything
// else of a run is done in each workspace.
//
// The pages are read by a whole run over the sample, once for all tests of a machine, and kept in the user's cache
// folder. They are read again when anything that they depend on changes (see key), or if that folder is removed.
// The TestMain of the caller must call extract.RunIfChild.
func ShareOCR(t testing.TB, dir string) {
	t.Helper()
	if err := AddOCR(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
}

// AddOCR is ShareOCR for callers without a testing.TB, such as the commands of a test script.
func AddOCR(ctx context.Context, dir string) error {
	pages, err := shared()
	if err != nil {
		return err
	}
	return add(ctx, dir, pages)
}

// shared returns the pages, which it reads or makes once for this process.
var shared = sync.OnceValues(func() ([]page, error) {
	ocr, err := extract.FindOCR(context.Background())
	if err != nil {
		return nil, fmt.Errorf("%w; `make setup-test` installs it", err)
	}
	name, err := key(ocr.Engine())
	if err != nil {
		return nil, err
	}
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	// Test binaries of several packages run at once: the first reads the pages, and the others wait for it.
	unlock, err := lock(filepath.Join(cache, "lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	file := filepath.Join(cache, "ocr-"+name)
	if pages, err := load(file); err == nil {
		return pages, nil
	}
	pages, err := read()
	if err != nil {
		return nil, err
	}
	prune(cache)
	return pages, save(file, pages)
})

// cacheDir makes the folder in which tests of this machine keep what they share.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "kheo-tests")
	return dir, os.MkdirAll(dir, 0o700)
}

// lock waits until no other process holds the file locked. The lock ends with the process at the latest.
func lock(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// read runs the whole sample in a new workspace, and returns what OCR read.
func read() (pages []page, err error) {
	dir, err := os.MkdirTemp("", "kheo-ocr-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := errors.Join(samples.WriteCampaign(dir), samples.WriteInbox(filepath.Join(dir, "inbox"))); err != nil {
		return nil, err
	}
	ctx := context.Background()
	w, err := workspace.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	// A whole run, so that the same pages are read with the same languages as in the tests.
	if _, err := pipeline.Run(ctx, w, pipeline.Options{Cause: "test"}); err != nil {
		return nil, err
	}
	// The rows are copied as they are stored, past the API of the store, which has no need of such a function.
	rows, err := w.Store.DB.QueryContext(ctx, `SELECT sha256, page, engine, result FROM scans ORDER BY sha256, page`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p page
		if err := rows.Scan(&p.SHA256, &p.Page, &p.Engine, &p.Result); err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	if len(pages) == 0 {
		return nil, errors.New("OCR read no page of the sample")
	}
	return pages, rows.Err()
}

// add writes pages into the record store of a workspace.
func add(ctx context.Context, dir string, pages []page) error {
	w, err := workspace.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	// A workspace that has some of the pages already keeps its own.
	tx, err := w.Store.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, p := range pages {
		if _, err := tx.ExecContext(ctx, `INSERT INTO scans (sha256, page, engine, result) VALUES (?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, p.SHA256, p.Page, p.Engine, p.Result); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// load reads what save wrote.
func load(file string) (pages []page, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return pages, gob.NewDecoder(f).Decode(&pages)
}

// save writes the file and renames it, so that no other process reads half of it.
func save(file string, content any) error {
	f, err := os.CreateTemp(filepath.Dir(file), "new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(gob.NewEncoder(f).Encode(content), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// prune removes files of the cache that are older than a month, such as those of past versions of the readers.
func prune(cache string) {
	list, _ := filepath.Glob(filepath.Join(cache, "*-*"))
	for _, f := range list {
		if info, err := os.Stat(f); err == nil && time.Since(info.ModTime()) > 30*24*time.Hour {
			os.Remove(f)
		}
	}
}

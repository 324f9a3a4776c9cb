// Package index finds dossiers: by words, with or without diacritics, by phrases and nearness, by properties and
// facts, by likeness to another dossier, and by shared passages.
//
// Bleve keeps which dossier has which term, how often, and with which properties. In its segments a set of
// dossiers is a bitmap. A query is answered by bitmaps first, which say exactly what is found and how many of
// which unit or outcome, and then by counting terms in what was found, which makes the order. The positions of
// terms are kept beside Bleve, see words.go: a phrase is looked for there, and only in dossiers that have all its
// words. So the index takes about as much room as the text, and a phrase of frequent words is found as fast as a
// rare one.
//
// The index is derived from the record store. It can be deleted at any time, and the next run builds it again.
// What it holds is recorded in the index itself, in the same write as the dossiers, so that a killed run never
// leaves a record of something that was not written. Each rebuild has a folder of its own:
//
//	current           the name of the folder that is searched
//	v6-000001/bleve   Bleve's segments
//	v6-000001/words   the positions of terms
//	views/            the snapshots that are being searched, as links
//	held/             the order of what searches found, for their further pages
//
// One process writes. Any number of others search meanwhile, each in the state in which it opened the index.
package index

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	"go.etcd.io/bbolt"
	bberrors "go.etcd.io/bbolt/errors"

	"kheo/internal/dossier"
)

// version names the format of the index: an index of another format is rebuilt. It goes up whenever files or terms
// change their form or meaning.
const version = "v7"

// Index is an open index. Its methods are safe for concurrent use, except that only one goroutine at a time may
// write (Update, SetState, SwapIn).
type Index struct {
	top, dir  string // folder of all indexes, and of this one
	b         bleve.Index
	words     *wordFiles
	stemmers  stemmers
	analysers []*analyser // one for each goroutine of Update
	quoting   *sync.Pool  // analysers of searches, to quote passages
	view      string      // folder to remove on Close; "" if opened to write

	mu   sync.Mutex
	segs map[segment.Segment]*segmentData

	counts termCounts
}

// ErrNone is returned by OpenForSearch if nothing has been indexed yet.
var ErrNone = errors.New("nothing is indexed yet")

// ErrDamaged is returned if the index cannot be read. Nothing is lost by it: the record store holds all that the
// index does.
var ErrDamaged = errors.New("the index is damaged; `kheo run` rebuilds it")

// guard turns the panics and memory faults that reading a damaged file can cause into ErrDamaged: the files are
// mapped into memory, and Bleve does not check them. Use it as defer guard(&err)().
func guard(err *error) func() {
	was := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(was)
		if r := recover(); r != nil {
			*err = fmt.Errorf("%w (%v)", ErrDamaged, r)
		}
	}
}

// current returns the name of the folder that is searched, "" if what the file says is not a folder of an index.
func current(top string) (string, error) {
	b, err := os.ReadFile(filepath.Join(top, "current"))
	name := strings.TrimSpace(string(b))
	if err != nil || name == "" || name != filepath.Base(name) || !strings.HasPrefix(name, "v") {
		return "", err
	}
	return name, nil
}

// Open opens the index in a folder to write to it. If there is none, or it is damaged or of another format, it
// makes an empty one.
func Open(top string) (*Index, error) {
	if err := os.MkdirAll(filepath.Join(top, "views"), 0o700); err != nil {
		return nil, err
	}
	name, err := current(top)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if strings.HasPrefix(name, version+"-") {
		x, err := open(top, name)
		if err == nil {
			x.tidy()
			return x, nil
		}
		if busy(err) {
			return nil, fmt.Errorf("the index in %s is in use by another kheo; wait for it to end", top)
		}
	}
	x, err := Create(top)
	if err != nil {
		return nil, err
	}
	if err := x.SwapIn(); err != nil {
		x.Close()
		return nil, err
	}
	return x, nil
}

// busy reports whether opening failed because another process has the index open for writing.
func busy(err error) bool {
	return errors.Is(err, bberrors.ErrTimeout) || strings.Contains(err.Error(), "timeout")
}

// Create makes an empty index beside the one in use, which stays in use until SwapIn is called. Its folder has the
// next free number.
func Create(top string) (*Index, error) {
	list, err := os.ReadDir(top)
	if err != nil {
		return nil, err
	}
	n := 1
	for _, e := range list {
		if _, num, ok := strings.Cut(e.Name(), "-"); ok {
			if k, err := strconv.Atoi(num); err == nil {
				n = max(n, k+1)
			}
		}
	}
	name := fmt.Sprintf("%s-%06d", version, n)
	dir := filepath.Join(top, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	b, err := bleve.NewUsing(filepath.Join(dir, "bleve"), bleve.NewIndexMapping(), scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("making the index: %w", err)
	}
	// Bleve makes this file readable by all accounts.
	if err := os.Chmod(filepath.Join(dir, "bleve", "index_meta.json"), 0o600); err != nil {
		b.Close()
		return nil, fmt.Errorf("making the index: %w", err)
	}
	if err := b.SetInternal([]byte("version"), []byte(version)); err != nil {
		b.Close()
		return nil, fmt.Errorf("making the index: %w", err)
	}
	return forWriting(top, name, b)
}

// open opens an index of this format to write to it. It fails if the index is damaged or of another format.
func open(top, name string) (x *Index, err error) {
	defer guard(&err)()
	b, err := bleve.OpenUsing(filepath.Join(top, name, "bleve"), map[string]any{"bolt_timeout": "20s"})
	if err != nil {
		return nil, err
	}
	if v, err := b.GetInternal([]byte("version")); err != nil || string(v) != version {
		b.Close()
		return nil, ErrDamaged
	}
	if x, err = forWriting(top, name, b); err != nil {
		return nil, err
	}
	if err := x.readable(); err != nil {
		x.Close()
		return nil, err
	}
	return x, nil
}

// indexOver returns an index over open files.
func indexOver(top, dir string, b bleve.Index, w *wordFiles) *Index {
	s := newStemmers()
	return &Index{top: top, dir: dir, b: b, words: w, stemmers: s, segs: map[segment.Segment]*segmentData{},
		quoting: &sync.Pool{New: func() any { return newAnalyser(s) }}}
}

// forWriting returns an index to write to, with an analyser for each processor. It closes b if it fails.
func forWriting(top, name string, b bleve.Index) (*Index, error) {
	dir := filepath.Join(top, name)
	w, err := openWords(filepath.Join(dir, "words"), true)
	if err != nil {
		b.Close()
		return nil, err
	}
	x := indexOver(top, dir, b, w)
	for range runtime.GOMAXPROCS(0) {
		x.analysers = append(x.analysers, newAnalyser(x.stemmers))
	}
	return x, nil
}

// SwapIn makes the index the one that is searched, and removes the one that was. The new name is synced and
// renamed into place, so a crash leaves one of the two.
func (x *Index) SwapIn() error {
	tmp := filepath.Join(x.top, "current.new")
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(filepath.Base(x.dir) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(x.top, "current")); err != nil {
		return err
	}
	x.tidy()
	return nil
}

// tidy removes what others left: indexes that were replaced or never finished, and views of processes that have
// ended.
func (x *Index) tidy() {
	list, _ := os.ReadDir(x.top)
	for _, e := range list {
		switch e.Name() {
		case "current", "views", "held", filepath.Base(x.dir):
		default:
			os.RemoveAll(filepath.Join(x.top, e.Name()))
		}
	}
	TidyViews(x.top, time.Minute)
}

// TidyViews removes the views of processes that ended without doing so, if they are older than an age: a younger
// one may not be finished. A view is in use as long as its bbolt file is locked.
func TidyViews(top string, age time.Duration) {
	views, _ := os.ReadDir(filepath.Join(top, "views"))
	for _, e := range views {
		dir := filepath.Join(top, "views", e.Name())
		if fi, err := e.Info(); err != nil || time.Since(fi.ModTime()) < age {
			continue
		}
		root := filepath.Join(dir, "bleve", "store", "root.bolt")
		b, err := bbolt.Open(root, 0o600, &bbolt.Options{Timeout: time.Millisecond})
		if errors.Is(err, bberrors.ErrTimeout) {
			continue // still in use
		} else if err == nil {
			b.Close()
		}
		os.RemoveAll(dir)
	}
}

// Stamp returns a string that changes when the index in a folder is written to or replaced; "" if there is none. It
// costs two system calls, so a search can ask before it reuses an open index.
func Stamp(top string) string {
	name, err := current(top)
	if err != nil {
		return ""
	}
	fi, err := os.Stat(filepath.Join(top, name, "bleve", "store", "root.bolt"))
	if err != nil {
		return ""
	}
	return fmt.Sprint(name, fi.ModTime().UnixNano(), fi.Size())
}

// OpenForSearch opens the index as it is now, for reading only. It does not wait for a writer, nor does a writer
// wait for it.
func OpenForSearch(top string) (*Index, error) {
	var err error
	for range 20 { // the writer may remove a file while it is being linked
		var x *Index
		if x, err = openView(top); err == nil || errors.Is(err, ErrNone) || errors.Is(err, os.ErrPermission) {
			return x, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}

// openView opens a view: a folder of links to the files of the index as it is now, see linkView. The folder is
// removed if it fails, and otherwise by Close.
func openView(top string) (x *Index, err error) {
	defer guard(&err)()
	name, err := current(top)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if !strings.HasPrefix(name, version+"-") {
		return nil, ErrNone
	}
	dir, err := viewDir(top)
	if err != nil {
		return nil, err
	}
	keep := false
	defer func() {
		if !keep {
			os.RemoveAll(dir)
		}
	}()
	if err := linkView(filepath.Join(top, name), dir); err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrDamaged, err)
	}
	b, err := bleve.OpenUsing(filepath.Join(dir, "bleve"), map[string]any{"read_only": true, "bolt_timeout": "10s"})
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", ErrDamaged, err)
	}
	if v, err := b.GetInternal([]byte("version")); err != nil || string(v) != version {
		b.Close()
		return nil, ErrDamaged
	}
	w, err := openWords(filepath.Join(dir, "words"), false)
	if err != nil {
		b.Close()
		return nil, err
	}
	keep = true
	x = indexOver(top, dir, b, w)
	x.view = dir
	return x, nil
}

// viewDir makes a folder for a view: beside the index, so that its files can be linked, or among the temporary
// files if the workspace is read-only.
func viewDir(top string) (string, error) {
	err := os.MkdirAll(filepath.Join(top, "views"), 0o700)
	if err == nil {
		var dir string
		if dir, err = os.MkdirTemp(filepath.Join(top, "views"), ""); err == nil {
			return dir, nil
		}
	}
	if readOnly(err) {
		return os.MkdirTemp("", "kheo-view-")
	}
	return "", err
}

// readOnly reports whether err says that nothing can be written at a place.
func readOnly(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, os.ErrPermission)
}

// linkOrPoint makes a hard link, or a symbolic one if to is on another file system or hard links are not allowed.
func linkOrPoint(from, to string) error {
	err := os.Link(from, to)
	if !errors.Is(err, syscall.EXDEV) && !readOnly(err) {
		return err
	}
	if from, err = filepath.Abs(from); err != nil {
		return err
	}
	return os.Symlink(from, to)
}

// linkView makes a folder that contains an index as it is now: links to files that never change or only grow, and a
// copy of root.bolt, which names the segments that count. Segments are linked before and after copying it, because
// a writer may add some in between; those that the copy does not name do no harm.
func linkView(from, to string) error {
	for _, dir := range []string{"bleve/store", "words"} {
		if err := os.MkdirAll(filepath.Join(to, dir), 0o700); err != nil {
			return err
		}
	}
	links := func(dir, suffix string) error {
		list, err := os.ReadDir(filepath.Join(from, dir))
		if err != nil {
			return err
		}
		for _, e := range list {
			if !strings.HasSuffix(e.Name(), suffix) {
				continue
			}
			err := linkOrPoint(filepath.Join(from, dir, e.Name()), filepath.Join(to, dir, e.Name()))
			if err != nil && !errors.Is(err, os.ErrExist) && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		return nil
	}
	meta, err := os.ReadFile(filepath.Join(from, "bleve", "index_meta.json"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "bleve", "index_meta.json"), meta, 0o600); err != nil {
		return err
	}
	if err := links("bleve/store", ".zap"); err != nil {
		return err
	}
	root, err := steadyCopy(filepath.Join(from, "bleve", "store", "root.bolt"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "bleve", "store", "root.bolt"), root, 0o600); err != nil {
		return err
	}
	return errors.Join(links("bleve/store", ".zap"), links("words", ".words"))
}

// steadyCopy reads a bbolt file that a writer may be changing. bbolt writes pages that nothing refers to yet, and
// then one of the two meta pages at the beginning, which refers to them. So if the meta pages are the same before
// and after, everything that they refer to is, too.
func steadyCopy(path string) ([]byte, error) {
	head := make([]byte, 2*os.Getpagesize())
	for range 100 {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(f)
		if err == nil && len(b) >= len(head) {
			_, err = f.ReadAt(head, 0)
		}
		f.Close()
		if err != nil {
			return nil, err
		}
		if len(b) >= len(head) && bytes.Equal(b[:len(head)], head) {
			return b, nil
		}
		time.Sleep(time.Millisecond)
	}
	return nil, fmt.Errorf("%s changes too often to be read", path)
}

// Close closes the index and removes its view, if it was opened for search.
func (x *Index) Close() error {
	err := errors.Join(x.b.Close(), x.words.close())
	if x.view != "" {
		err = errors.Join(err, os.RemoveAll(x.view))
	}
	return err
}

// Known returns the keys of the dossiers that the index holds, by their ids.
func (x *Index) Known() (known map[string]string, err error) {
	defer guard(&err)()
	v, err := x.snapshot()
	if err != nil {
		return nil, err
	}
	defer v.close()
	known = map[string]string{}
	for _, s := range v.segs {
		err := s.places(func(doc uint32, _ location, key string) error {
			id, err := s.snap.DocID(uint64(doc))
			known[string(id)] = key
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

// Count returns how many dossiers the index holds. Dossiers that were removed do not count.
func (x *Index) Count() (int, error) {
	n, err := x.b.DocCount()
	return int(n), err
}

// State returns what SetState stored; "" if the index was written to since.
func (x *Index) State() string {
	b, err := x.b.GetInternal([]byte("state"))
	if err != nil {
		return ""
	}
	return string(b)
}

// Unfilled reports whether the index was created and nothing was ever stored in it. Bleve falls back to such a
// snapshot if a segment of the later ones cannot be read, and would answer from it that nothing is found.
func (x *Index) Unfilled() bool {
	n, err := x.Count()
	return err == nil && n == 0 && x.State() == ""
}

// SetState stores the name of the state to which the index was brought; Update clears it.
func (x *Index) SetState(state string) error { return x.b.SetInternal([]byte("state"), []byte(state)) }

// StateIn returns the name of a state in an epoch. A new epoch begins when dossiers are forgotten: an index of an
// older epoch may contain traces of them, and is rebuilt.
func StateIn(epoch, state string) string {
	if epoch == "" {
		return state
	}
	return state + "." + epoch
}

// EpochOf returns the epoch of a state; "" is the first.
func EpochOf(state string) string {
	_, epoch, _ := strings.Cut(state, ".")
	return epoch
}

// Update writes entries and removes dossiers, in one write: the positions of terms are synced before the batch that
// refers to them. If the process is killed, the index has all of the changes or none.
func (x *Index) Update(entries []dossier.IndexEntry, remove []string) (err error) {
	defer guard(&err)()
	entries = slices.Clone(entries)
	sort.Slice(entries, func(i, k int) bool { return entries[i].Dossier.ID < entries[k].Dossier.ID })
	docs := make([]analysed, len(entries))
	var wg sync.WaitGroup
	errs := make([]error, len(x.analysers))
	for w, a := range x.analysers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer guard(&errs[w])()
			for i := w; i < len(entries); i += len(x.analysers) {
				docs[i] = a.analyse(&entries[i])
			}
		}()
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	batch := x.b.NewBatch()
	if len(docs) > 0 {
		records := make([]record, len(docs))
		for i := range docs {
			records[i] = docs[i].rec
		}
		places, err := x.words.add(records)
		if err != nil {
			return err
		}
		for i := range docs {
			docs[i].place(places[i], entries[i].Key)
			if err := batch.IndexAdvanced(docs[i].doc); err != nil {
				return fmt.Errorf("indexing %s: %w", entries[i].Dossier.ID, err)
			}
		}
	}
	for _, id := range remove {
		batch.Delete(id)
	}
	batch.SetInternal([]byte("state"), nil)
	if err := x.b.Batch(batch); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	return nil
}

// Wasteful reports whether so much of the index belongs to superseded versions of dossiers that it should be
// rebuilt: more than half of the words files, beyond 16 MB.
func (x *Index) Wasteful() (bool, error) {
	v, err := x.snapshot()
	if err != nil {
		return false, err
	}
	defer v.close()
	var used int64
	for _, s := range v.segs {
		if err := s.places(func(_ uint32, l location, _ string) error {
			used += int64(recordSize(int(l.words), 4))
			return nil
		}); err != nil {
			return false, err
		}
	}
	all, err := x.words.bytes()
	return all > 2*used+16<<20, err
}

package intake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"kheo/internal/dossier"
)

// DefaultSettle is how long everything in an entry must have been unchanged before it is taken. Tests
// set it to 0.
var DefaultSettle = 10 * time.Second

// Entry is a dossier in the inbox: a folder, an archive or a document.
type Entry struct {
	Name  string
	Aside string // the bay into which an interrupted run moved it; "" if it is in the inbox itself
}

// Look is the result of looking at an entry.
type Look struct {
	Entry
	Why  string        // why it is not taken now; "" if it is complete
	Wait time.Duration // time after which another look may find it complete
}

// Watch finds the complete entries of an inbox, as opposed to those that are still being written. An
// entry is complete if nothing in it (size, times, inodes) changed during the settle time and no process
// has it open for writing. Age is measured by the clock of the inbox's own disk, which may be another
// machine's. If the disk does not report writers, or a file has a time in the future, age proves
// nothing: then two looks a settle time apart must find the same.
//
// Entries that kheo itself renamed into the inbox are complete at once; see mark. A Watch may be used
// concurrently.
type Watch struct {
	Inbox  string
	Settle time.Duration
	// Clock is the clock of this machine. It measures the time between two looks.
	Clock func() time.Time
	// Pause waits between looks; it returns false if ctx ended.
	Pause func(ctx context.Context, d time.Duration) bool

	Disk func() (time.Time, error) // the clock of the inbox's disk; nil asks the disk

	knows func(*os.File) (open, known bool)

	mu   sync.Mutex
	seen map[Entry]sight
}

// tick is the maximum delay of a file system's clock.
const tick = 100 * time.Millisecond

// sight is what earlier looks found of an entry.
type sight struct {
	sum   string    // of the names, sizes, times and inodes of everything in it
	since time.Time // by Watch.Clock: since when it has not changed
}

// NewWatch returns a Watch of an inbox.
func NewWatch(inbox string) *Watch {
	return &Watch{Inbox: inbox, Settle: DefaultSettle, Clock: time.Now, Pause: pause, knows: writers,
		seen: map[Entry]sight{}}
}

// pause waits; false if ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Look looks at every entry of the inbox: first those that an interrupted run had moved aside, then the
// others by name, and then those that follow others. notes list names that are never taken.
func (w *Watch) Look() (looks []Look, notes []string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	in, err := openDir(w.Inbox)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer in.close()
	entries, notes, err := entriesIn(in)
	if err != nil || len(entries) == 0 {
		w.seen = map[Entry]sight{}
		return nil, notes, err
	}
	// The inbox may be on a server whose clock differs from this machine's.
	now, err := w.diskTime(in)
	if err != nil {
		now = time.Time{} // age proves nothing
	}
	seen := map[Entry]sight{}
	for _, e := range entries {
		l, err := w.look(in, e, now, seen)
		if errors.Is(err, fs.ErrNotExist) { // removed or renamed just now
			continue
		}
		if err != nil {
			l = Look{Entry: e, Why: err.Error()}
		}
		looks = append(looks, l)
	}
	w.seen = seen
	return looks, notes, nil
}

// look looks at one entry. now is the time of the inbox's disk; seen receives what was found, for the
// next look.
func (w *Watch) look(in *dir, e Entry, now time.Time, seen map[Entry]sight) (Look, error) {
	l := Look{Entry: e}
	if e.Aside != "" {
		sub, err := in.sub(e.Aside)
		if err != nil {
			return l, err
		}
		defer sub.close()
		in = sub
	}
	g, err := w.stateOf(in, e.Name, now)
	if err != nil {
		return l, err
	}
	at := w.Clock()
	was, before := w.seen[e]
	if !before || was.sum != g.sum || at.Before(was.since) {
		was = sight{g.sum, at}
	}
	seen[e] = was
	if g.open != "" {
		l.Why, l.Wait = fmt.Sprintf("another program has %s open for writing", g.open), w.Settle
		return l, nil
	}
	// Two looks a settle time apart found the same, by this machine's clock.
	if w.Settle <= 0 || at.Sub(was.since) >= w.Settle {
		return l, nil
	}
	// kheo itself put it there, and nothing in it has changed since.
	if m := marksOf(w.Inbox).of(in, e.Name); m != nil {
		if sum, err := sumOf(in, e.Name); err == nil && sum == m.Sum {
			return l, nil
		}
	}
	// The first look: the age of the newest change must prove that no program is still writing.
	left := w.Settle - at.Sub(was.since)
	switch age := now.Sub(g.newest); {
	case g.unsure:
		l.Why, l.Wait = "it is not known whether another program still writes to it", left
	case age < w.Settle:
		l.Why, l.Wait = fmt.Sprintf("it changed %d s ago", max(0, int(age.Seconds()))),
			min(left, w.Settle-max(0, age)+tick)
	}
	return l, nil
}

// state is the state of everything in an entry.
type state struct {
	sum    string
	newest time.Time
	open   string // a file that a process has open for writing
	unsure bool   // it is unknown whether a process has, or when it changed
}

// stateOf examines everything in an entry, also what will not be taken: a folder with half a file is not
// complete yet.
func (w *Watch) stateOf(in *dir, name string, now time.Time) (state, error) {
	g := state{unsure: now.IsZero()}
	var all []string
	err := walk(in, name, func(f found) error {
		all = append(all, fmt.Sprintf("%s %d %d %v %d %d %d", f.rel, f.dev, f.ino, f.mode, f.size,
			f.mtime.UnixNano(), f.ctime.UnixNano()))
		if f.mtime.After(now.Add(time.Second)) || f.ctime.After(now.Add(time.Second)) {
			g.unsure = true
		}
		if n := f.newest(); n.After(g.newest) {
			g.newest = n
		}
		if !f.mode.IsRegular() || g.open != "" {
			return nil
		}
		open, known, err := w.writersOf(f)
		if err != nil {
			return err
		}
		if open {
			g.open = f.name
		}
		g.unsure = g.unsure || !known
		return nil
	})
	g.sum = dossier.HashOf(all)
	return g, err
}

// writersOf reports whether a process has a file open for writing. A file that may not be read is left
// to Ingest, which says what is wrong with it.
func (w *Watch) writersOf(f found) (open, known bool, err error) {
	file, _, err := f.in.file(f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, false, err
	case errors.Is(err, errBusy):
		return true, true, nil
	case err != nil:
		return false, true, nil
	}
	defer file.Close()
	open, known = w.knows(file)
	return open, known, nil
}

// diskTime returns the clock of the disk that a folder is on: the time of a file written now.
func (w *Watch) diskTime(in *dir) (time.Time, error) {
	if w.Disk != nil {
		return w.Disk()
	}
	name := fmt.Sprintf(".clock-%d", os.Getpid())
	if err := in.remove(name, false); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, err
	}
	f, err := in.create(name)
	if err != nil {
		return time.Time{}, err
	}
	_, err = f.WriteString("kheo reads the clock of this disk\n")
	n, failed := statOf(f)
	return n.newest(), errors.Join(err, failed, f.Close(), in.remove(name, false))
}

// Prefixes of bays; see bay. A run that was killed leaves them, and the next run continues.
const (
	asidePrefix = ".aside-"
	donePrefix  = ".done-"
	takenPrefix = ".taken-" // of an entry that an older kheo moved aside
)

// entriesIn lists the entries of an inbox, and notes which names are never taken.
func entriesIn(in *dir) (out []Entry, notes []string, err error) {
	list, err := in.names(maxEntries)
	if err != nil {
		return nil, nil, err
	}
	if len(list) > maxEntries {
		notes = append(notes, fmt.Sprintf("the inbox holds more than %d names; what is beyond is taken next time",
			maxEntries))
	}
	slices.Sort(list)
	var here, next []Entry
	for _, name := range list {
		n, err := in.stat(name)
		if err != nil {
			continue // removed meanwhile
		}
		switch {
		case n.mode.IsDir() && (strings.HasPrefix(name, asidePrefix) || strings.HasPrefix(name, donePrefix)):
			aside, err := entriesAside(in, name)
			if err != nil {
				return nil, nil, err
			}
			out = append(out, aside...)
		case n.mode.IsDir() && IsNext(name): // in the order of their numbers
			aside, err := entriesAside(in, name)
			if err != nil {
				return nil, nil, err
			}
			next = append(next, aside...)
		case strings.HasPrefix(name, takenPrefix) && len(name) > len(takenPrefix):
			back := name[len(takenPrefix):]
			if err := in.move(name, in, back); err == nil && (n.mode.IsDir() || n.mode.IsRegular()) {
				here = append(here, Entry{Name: back})
			}
		case Skipped(name):
		case n.mode.IsDir(), n.mode.IsRegular():
			here = append(here, Entry{Name: name})
		default:
			notes = append(notes, fmt.Sprintf("%s stays in the inbox: %v; deliver the file itself", name,
				errNotPlain))
		}
	}
	slices.SortFunc(here, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return append(append(out, here...), next...), notes, nil
}

// entriesAside lists what an interrupted run left in a bay. An empty one is removed.
func entriesAside(in *dir, name string) (out []Entry, err error) {
	sub, err := in.sub(name)
	if err != nil {
		return nil, nil // not a bay
	}
	defer sub.close()
	list, err := sub.names(maxNames)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, in.remove(name, true)
	}
	slices.Sort(list)
	for _, e := range list {
		if n, err := sub.stat(e); err == nil && (n.mode.IsDir() || n.mode.IsRegular()) {
			out = append(out, Entry{Name: e, Aside: name})
		}
	}
	return out, nil
}

package workspace

import (
	"sync"

	"kheo/index"
)

// snapshots keeps the search index open between searches. A run may replace or extend the index on disk
// at any time; a search continues in the snapshot in which it began.
type snapshots struct {
	mu      sync.Mutex
	current *snapshot
}

// snapshot is the index as it was when it was opened, with the number of searches that use it.
type snapshot struct {
	x       *index.Index
	stamp   string
	users   int
	retired bool // a newer snapshot replaced it; its last user closes it
}

// Snapshot returns the present search index, open for searching, and the function that releases it. The
// errors are index.ErrNone and index.ErrDamaged.
func (w *Workspace) Snapshot() (x *index.Index, release func(), err error) {
	v := &w.snapshots
	v.mu.Lock()
	defer v.mu.Unlock()
	stamp := index.Stamp(w.IndexDir())
	if s := v.current; s != nil && s.stamp == stamp {
		s.users++
		return s.x, func() { v.release(s) }, nil
	}
	if x, err = index.OpenForSearch(w.IndexDir()); err != nil {
		return nil, nil, err
	}
	v.retire()
	s := &snapshot{x: x, stamp: stamp, users: 1}
	v.current = s
	return x, func() { v.release(s) }, nil
}

// CloseSnapshot closes the snapshot that searches use, so that the files of the index can be removed; the
// next search opens the index again. Searches that are under way keep theirs until they end.
func (w *Workspace) CloseSnapshot() {
	w.snapshots.mu.Lock()
	defer w.snapshots.mu.Unlock()
	w.snapshots.retire()
}

// retire closes the current snapshot, at once or with its last user. The caller holds v.mu.
func (v *snapshots) retire() {
	if s := v.current; s != nil {
		if s.retired = true; s.users == 0 {
			s.x.Close()
		}
		v.current = nil
	}
}

// release gives a snapshot back, and closes it if it is retired and this was its last user.
func (v *snapshots) release(s *snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.users--; s.users == 0 && s.retired {
		s.x.Close()
	}
}

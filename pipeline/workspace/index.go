package workspace

import (
	"sync"

	"kheo/index"
)

// snapshots keeps the search index open between searches. A run replaces or extends the index on the
// disk at any time; a search goes on in the snapshot in which it began.
type snapshots struct {
	mu      sync.Mutex
	current *snapshot
}

// snapshot is an index as it was when it was opened, with the number of searches that use it.
type snapshot struct {
	x       *index.Index
	stamp   string
	users   int
	retired bool // a newer one has taken its place: the last user closes it
}

// View returns the search index as it is now, open for searching, and the function that gives it
// back. The errors are index.ErrNone and index.ErrDamaged.
func (w *Workspace) View() (x *index.Index, leave func(), err error) {
	v := &w.view
	v.mu.Lock()
	defer v.mu.Unlock()
	stamp := index.Stamp(w.IndexDir())
	if s := v.current; s != nil && s.stamp == stamp {
		s.users++
		return s.x, func() { v.leave(s) }, nil
	}
	if x, err = index.OpenForSearch(w.IndexDir()); err != nil {
		return nil, nil, err
	}
	v.retire()
	s := &snapshot{x: x, stamp: stamp, users: 1}
	v.current = s
	return x, func() { v.leave(s) }, nil
}

// CloseView closes the index that searches use, so that its files can be removed; the next search
// opens it again.
func (w *Workspace) CloseView() {
	w.view.mu.Lock()
	defer w.view.mu.Unlock()
	w.view.retire()
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

func (v *snapshots) leave(s *snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.users--; s.users == 0 && s.retired {
		s.x.Close()
	}
}

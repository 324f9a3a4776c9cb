// Package confine takes from processes that read foreign bytes what they do not need: files, network,
// other processes, most system calls and memory. The kernel must have Landlock (files) and seccomp
// (everything else), or nothing is read; reduced confinement accepts less, and only if the campaign's
// configuration says so.
//
// Self confines the reading child, Program the process that becomes tesseract or LibreOffice. Try tests
// from within what is still open. Other systems than Linux on amd64 and arm64 have no confinement.
package confine

import (
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"
)

// missing is the error for something that the kernel lacks and that confinement needs.
type missing struct{ what string }

// Error says which part of the confinement the kernel lacks.
func (m *missing) Error() string { return m.what }

// ErrUnconfined is wrapped by the errors with which nothing foreign is read, because this machine cannot
// confine its readers.
var ErrUnconfined = errors.New("the readers cannot be confined on this machine")

// Unconfined returns an ErrUnconfined that says what is missing, and what to do.
func Unconfined(why string) error {
	return fmt.Errorf("%w: %s. Nothing was read. Use Linux 5.13 or newer with landlock among its security modules "+
		"(boot parameter lsm=landlock,…; /sys/kernel/security/lsm lists them), in a container a runtime that "+
		"allows the calls landlock_* and seccomp; or accept less with readers: { confinement: reduced } in kheo.yaml. "+
		"`kheo doctor` shows what holds", ErrUnconfined, why)
}

// ExitUnconfined is the exit status of a child or program that could not be confined. It has read
// nothing.
const ExitUnconfined = 41

// Memory of one process that reads foreign bytes, in bytes. The kernel refuses it more than maxData of
// its own; a watcher kills it if its resident memory, libraries included, exceeds maxResident. No
// process comes to hold 600 MB.
const (
	maxData       = 512 << 20
	maxResident   = 560 << 20
	MaxIdle       = 256 << 20 // of a child that waits for its next file; one with more is replaced
	watchInterval = 20 * time.Millisecond
)

// TooMuchMemory is the detail of a file whose reading needs more.
const TooMuchMemory = "reading it takes more than 500 MB of memory"

// watch kills a process that holds too much memory.
type watch struct {
	stop  chan struct{}
	once  sync.Once
	ended sync.WaitGroup
	grew  bool // the process was ended for its memory
}

// WatchMemory watches a started process, and kills its group if it grows too large. The caller calls
// End.
func WatchMemory(cmd *exec.Cmd) *watch {
	w := &watch{stop: make(chan struct{})}
	pid := cmd.Process.Pid
	w.ended.Go(func() {
		tick := time.NewTicker(watchInterval)
		defer tick.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
			}
			if ResidentMemory(pid) > maxResident {
				w.grew = true
				KillGroup(cmd)
				return
			}
		}
	})
	return w
}

// End stops watching, and reports whether the process was killed for its memory. It may be called again.
func (w *watch) End() bool {
	w.once.Do(func() { close(w.stop) })
	w.ended.Wait()
	return w.grew
}

package confine

import (
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"
)

// missing says what a kernel lacks that the confinement of readers needs.
type missing struct{ what string }

func (m *missing) Error() string { return m.what }

// ErrUnconfined is the kind of error with which nothing foreign is read, because this machine cannot
// confine who reads it.
var ErrUnconfined = errors.New("the readers cannot be confined on this machine")

// unconfined tells what is missing, and what to do.
func Unconfined(why string) error {
	return fmt.Errorf("%w: %s. Nothing was read. Use Linux 5.13 or newer with landlock among its security modules "+
		"(boot parameter lsm=landlock,…; /sys/kernel/security/lsm lists them), in a container a runtime that allows the "+
		"calls landlock_* and seccomp; or accept less with readers: { confinement: reduced } in kheo.yaml. "+
		"`kheo doctor` shows what holds", ErrUnconfined, why)
}

// exitUnconfined is the status with which a child or program ends that could not be confined, before
// it has read anything.
const ExitUnconfined = 41

// Memory of one process that reads foreign bytes. The kernel refuses it more than mostData bytes of
// its own; a watcher ends it beyond mostResident bytes, libraries and all. No process comes to hold
// 600 MB.
const (
	mostData     = 512 << 20
	mostResident = 560 << 20
	MaxIdle      = 256 << 20 // of a child that waits for its next file
	watchEvery   = 20 * time.Millisecond
)

// tooMuchMemory is the detail of a file that needs more.
const TooMuchMemory = "reading it takes more than 500 MB of memory"

// watch ends a process that holds too much memory.
type watch struct {
	stop  chan struct{}
	once  sync.Once
	ended sync.WaitGroup
	grew  bool // the process was ended for its memory
}

func WatchMemory(cmd *exec.Cmd) *watch {
	w := &watch{stop: make(chan struct{})}
	pid := cmd.Process.Pid
	w.ended.Go(func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
			}
			if ResidentMemory(pid) > mostResident {
				w.grew = true
				KillGroup(cmd)
				return
			}
		}
	})
	return w
}

// end stops watching, and reports whether the process was ended for its memory. It may be called again.
func (w *watch) End() bool {
	w.once.Do(func() { close(w.stop) })
	w.ended.Wait()
	return w.grew
}

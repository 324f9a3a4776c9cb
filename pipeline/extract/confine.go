package extract

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Programs and reading children are started confined, or not at all: the kernel must have Landlock
// (files) and seccomp (everything else). Reduced accepts less, knowingly.

// Option says how the readers of foreign files are started.
type Option func(*options)

type options struct{ reduced bool }

// Reduced accepts readers that are confined as far as this machine can, where it cannot do all that
// kheo asks for: `readers: { confinement: reduced }` in kheo.yaml.
func Reduced(accepted bool) Option { return func(o *options) { o.reduced = accepted } }

func chosen(opts []Option) (o options) {
	for _, f := range opts {
		f(&o)
	}
	return o
}

// missing says what a kernel lacks that the confinement of readers needs.
type missing struct{ what string }

func (m *missing) Error() string { return m.what }

// ErrUnconfined is the kind of error with which nothing foreign is read, because this machine cannot
// confine who reads it.
var ErrUnconfined = errors.New("the readers cannot be confined on this machine")

// unconfined tells what is missing, and what to do.
func unconfined(why string) error {
	return fmt.Errorf("%w: %s. Nothing was read. Use Linux 5.13 or newer with landlock among its security modules "+
		"(boot parameter lsm=landlock,…; /sys/kernel/security/lsm lists them), in a container a runtime that allows the "+
		"calls landlock_* and seccomp; or accept less with readers: { confinement: reduced } in kheo.yaml. "+
		"`kheo doctor` shows what holds", ErrUnconfined, why)
}

// exitUnconfined is the status with which a child or program ends that could not be confined, before
// it has read anything.
const exitUnconfined = 41

// reducedEnv tells a child that reduced confinement is accepted. A parent sets it from its own
// options: children get nothing of the environment that kheo was started in.
const reducedEnv = "KHEO_CONFINEMENT_REDUCED"

func reducedChild() bool { return os.Getenv(reducedEnv) == "1" }

// childTestEnv is added to the environment of children by tests.
var childTestEnv []string

func (o options) env() []string {
	env := append([]string{"LANG=C.UTF-8"}, childTestEnv...)
	if o.reduced {
		env = append(env, reducedEnv+"=1")
	}
	return env
}

// Memory of one process that reads foreign bytes. The kernel refuses it more than mostData bytes of
// its own; a watcher ends it beyond mostResident bytes, libraries and all. No process comes to hold
// 600 MB.
const (
	mostData     = 512 << 20
	mostResident = 560 << 20
	mostIdle     = 256 << 20 // of a child that waits for its next file
	watchEvery   = 20 * time.Millisecond
)

// tooMuchMemory is the detail of a file that needs more.
const tooMuchMemory = "reading it takes more than 500 MB of memory"

// watch ends a process that holds too much memory.
type watch struct {
	stop  chan struct{}
	once  sync.Once
	ended sync.WaitGroup
	grew  bool // the process was ended for its memory
}

func watchMemory(cmd *exec.Cmd) *watch {
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
			if residentMemory(pid) > mostResident {
				w.grew = true
				killGroup(cmd)
				return
			}
		}
	})
	return w
}

// end stops watching, and reports whether the process was ended for its memory. It may be called again.
func (w *watch) end() bool {
	w.once.Do(func() { close(w.stop) })
	w.ended.Wait()
	return w.grew
}

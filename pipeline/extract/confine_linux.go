package extract

import (
	"os/exec"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// confine takes away from this process what a reader never needs: files,
// network, more memory than 4 GB of addresses, core dumps.
func confine() error {
	for _, l := range []struct {
		what int
		most uint64
	}{
		{unix.RLIMIT_AS, 4 << 30}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_NOFILE, 64},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return err
		}
	}
	// Where the kernel has no Landlock these do nothing; `kheo doctor` says so.
	if err := landlock.V6.BestEffort().RestrictPaths(); err != nil {
		return err
	}
	return landlock.V6.BestEffort().RestrictNet()
}

// limitCPU allows this process so many more seconds of processor time.
func limitCPU(seconds uint64) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) == nil {
		used := uint64(u.Utime.Sec + u.Stime.Sec)
		unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: used + seconds, Max: unix.RLIM_INFINITY})
	}
}

// detach makes the child die with its parent and keeps the terminal's signals
// from it.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// Confinement tells how well readers are confined on this machine.
func Confinement() string {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1)
	if errno != 0 {
		return "limits on memory, time and files; the kernel has no Landlock"
	}
	return "limits on memory, time and files; Landlock version " + string(rune('0'+v%10))
}

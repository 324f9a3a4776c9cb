//go:build !linux || !(amd64 || arm64)

package confine

import (
	"errors"
	"os"
	"os/exec"
	"time"
)

// errNoConfinement is what every child reports on a system without Landlock and seccomp.
var errNoConfinement = &missing{"this system has neither Landlock nor seccomp for this program"}

// unlessReduced accepts missing confinement if the campaign does.
func unlessReduced(reduced bool) error {
	if reduced {
		return nil
	}
	return errNoConfinement
}

// CanConfine returns ErrUnconfined: only Linux confines the readers of foreign files.
func CanConfine() error { return Unconfined(errNoConfinement.what) }

// Self confines this process; here it can only be accepted that it does not.
func Self(reduced bool) error { return unlessReduced(reduced) }

// LimitCPU does nothing: a child that does not answer is ended by its parent.
func LimitCPU(uint64) {}

// Detach does nothing here.
func Detach(cmd *exec.Cmd) {}

// Yield does nothing here.
func Yield(int) {}

// Yields reports false: see Yield.
func Yields(int) bool { return false }

// LandlockABI returns 0: there is no Landlock.
func LandlockABI() int { return 0 }

// Program prepares this process to become another program, as Self does.
func Program(_, _ string, _ uint64, reduced bool) error { return unlessReduced(reduced) }

// Replace runs a program in place of this one, as far as the system can.
func Replace(path string, args, env []string) error {
	cmd := exec.Command(path, args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		os.Exit(ended.ExitCode())
	}
	if err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

// KillGroup ends a process. What it started is not known here and goes on.
func KillGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

// ResidentMemory returns 0: it is not known.
func ResidentMemory(int) int64 { return 0 }

// ProcessorTime returns 0: it is not known.
func ProcessorTime(int) time.Duration { return 0 }

// Try reports that everything is open, without trying.
func Try(Targets) Open {
	return Open{Files: {"every file of this user"}, probeNetwork: {"all"}}
}

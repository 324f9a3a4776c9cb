//go:build !linux

package extract

import (
	"os"
	"os/exec"
)

func confine() error       { return nil }
func limitCPU(uint64)      {}
func detach(cmd *exec.Cmd) {}

// Confinement tells how well readers are confined on this machine.
func Confinement() string { return "a process of their own, with a time limit; more on Linux" }

func confineProgram(string, uint64, uint64) error { return nil }

// replaceProcess runs a program in this one's place, as far as the system can.
func replaceProcess(path string, args, env []string) error {
	cmd := exec.Command(path, args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

//go:build !linux

package extract

import "os/exec"

func confine() error       { return nil }
func limitCPU(uint64)      {}
func detach(cmd *exec.Cmd) {}

// Confinement tells how well readers are confined on this machine.
func Confinement() string { return "a process of their own, with a time limit; more on Linux" }

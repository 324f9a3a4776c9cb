//go:build !linux

package durable

import "os"

// syncsWhole returns false: only Linux says whether a write failed when it syncs a whole file system.
func syncsWhole(*os.File) bool { return false }

// syncWhole is not called where syncsWhole returns false.
func syncWhole(dir *os.File) error { return dir.Sync() }

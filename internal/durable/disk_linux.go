package durable

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// reporting is the first version of Linux of which syncfs reports a write that failed.
var reporting = [2]int{5, 8}

// reports says whether syncfs of this kernel reports a write that failed.
var reports = sync.OnceValue(func() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	var major, minor int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > reporting[0] || major == reporting[0] && minor >= reporting[1]
})

// syncsWhole reports whether the file system of a folder is one of this machine's disks, which is synced as a whole.
// File systems in layers, of other machines and of user processes do not all report a write that failed.
func syncsWhole(dir *os.File) bool {
	var st unix.Statfs_t
	if !reports() || unix.Fstatfs(int(dir.Fd()), &st) != nil {
		return false
	}
	switch uint64(uint32(st.Type)) {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.TMPFS_MAGIC:
		return true
	}
	return false
}

// syncWhole syncs the file system of a folder.
func syncWhole(dir *os.File) error {
	if err := unix.Syncfs(int(dir.Fd())); err != nil {
		return &os.PathError{Op: "syncing the disk of", Path: dir.Name(), Err: err}
	}
	return nil
}

package watch

import (
	"io/fs"
	"syscall"
	"time"
)

// identity returns the inode of a file and when its content or its attributes last changed. Unlike the time of
// modification, programs cannot set that time.
func identity(info fs.FileInfo) (inode uint64, changed time.Time) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, info.ModTime()
	}
	return st.Ino, time.Unix(st.Ctim.Unix())
}

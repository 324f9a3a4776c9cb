//go:build !linux

package watch

import (
	"io/fs"
	"time"
)

// identity returns what this system says of a file portably: no inode, and the time of modification.
func identity(info fs.FileInfo) (inode uint64, changed time.Time) { return 0, info.ModTime() }

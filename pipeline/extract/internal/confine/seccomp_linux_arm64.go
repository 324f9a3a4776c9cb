package confine

import (
	"golang.org/x/sys/unix"
)

// This architecture has none of the older forms of calls.
var (
	oldChildCalls []int
	oldPretended  []int
	oldRefused    = []int{unix.SYS_KEXEC_FILE_LOAD, unix.SYS_LOOKUP_DCOOKIE}
)

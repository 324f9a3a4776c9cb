package confine

import (
	"golang.org/x/sys/unix"
)

// Calls that only older architectures have; newer ones have another form of each.
var (
	oldChildCalls = []int{unix.SYS_EPOLL_WAIT, unix.SYS_ARCH_PRCTL, unix.SYS_TIME}
	oldPretended  = []int{unix.SYS_CHMOD, unix.SYS_CHOWN, unix.SYS_LCHOWN, unix.SYS_UTIME, unix.SYS_UTIMES,
		unix.SYS_FUTIMESAT}
	oldRefused = []int{unix.SYS_FORK, unix.SYS_VFORK, unix.SYS_CREAT, unix.SYS_MKNOD, unix.SYS_SYMLINK,
		unix.SYS_LINK, unix.SYS_INOTIFY_INIT,
		unix.SYS_IOPL, unix.SYS_IOPERM, unix.SYS_MODIFY_LDT, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_USELIB,
		unix.SYS_LOOKUP_DCOOKIE}
)

//go:build linux && (amd64 || arm64)

package confine

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// Answers of a system call filter, see seccomp(2). To pretend is to return success without doing
// anything.
const (
	allowCall   uint32 = unix.SECCOMP_RET_ALLOW
	killProcess uint32 = unix.SECCOMP_RET_KILL_PROCESS
	pretendCall uint32 = unix.SECCOMP_RET_ERRNO
	refuseCall  uint32 = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	noSuchCall  uint32 = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	noSuchPeer  uint32 = unix.SECCOMP_RET_ERRNO | uint32(unix.ECONNREFUSED)
)

// argument is a condition on the lower half of an argument of a call, or the upper half if high is set:
// the masked value is one of in.
type argument struct {
	number int
	mask   uint32
	high   bool
	in     []uint32
}

// rule is the answer of a filter to a call: met if all conditions hold, otherwise not.
type rule struct {
	call     int
	when     []argument
	met, not uint32
}

// always returns rules that give the same answer whatever the arguments.
func always(answer uint32, calls ...int) (out []rule) {
	for _, c := range calls {
		out = append(out, rule{call: c, met: answer})
	}
	return out
}

// offsets into struct seccomp_data of a little-endian machine.
const (
	dataCall, dataArch, dataArgs = 0, 4, 16
)

// Instructions of the filter's machine (classic BPF).
const (
	bpfLoad  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	bpfAnd   = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
	bpfEqual = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	bpfLeast = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	bpfGive  = unix.BPF_RET | unix.BPF_K
)

// program translates rules into a filter. The first rule of a call counts; a call without one gets the
// answer otherwise. Calls of another architecture kill the process, those of x32 do not exist.
func program(rules []rule, otherwise uint32) []unix.SockFilter {
	arch := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	out := []unix.SockFilter{
		{Code: bpfLoad, K: dataArch},
		{Code: bpfEqual, Jt: 1, K: arch},
		{Code: bpfGive, K: killProcess},
		{Code: bpfLoad, K: dataCall},
		{Code: bpfLeast, Jf: 1, K: 0x40000000},
		{Code: bpfGive, K: noSuchCall},
	}
	for _, r := range rules {
		block := r.block()
		out = append(out, unix.SockFilter{Code: bpfEqual, Jf: uint8(len(block)), K: uint32(r.call)})
		out = append(out, block...)
	}
	return append(out, unix.SockFilter{Code: bpfGive, K: otherwise})
}

// block returns the instructions that answer one call: every path through them ends with an answer.
func (r *rule) block() (out []unix.SockFilter) {
	for _, a := range r.when {
		at := uint32(dataArgs + 8*a.number)
		if a.high {
			at += 4
		}
		out = append(out, unix.SockFilter{Code: bpfLoad, K: at}, unix.SockFilter{Code: bpfAnd, K: a.mask})
		for i, v := range a.in { // on to the next condition, or past the answer that follows the last value
			out = append(out, unix.SockFilter{Code: bpfEqual, Jt: uint8(len(a.in) - i), K: v})
		}
		out = append(out, unix.SockFilter{Code: bpfGive, K: r.not})
	}
	return append(out, unix.SockFilter{Code: bpfGive, K: r.met})
}

// install is installFilter; Pretend replaces it.
var install = installFilter

// installFilter makes the kernel apply a filter to every thread of this process and to all that it
// starts.
func installFilter(filter []unix.SockFilter) error {
	runtime.LockOSThread() // both calls are of the same thread
	defer runtime.UnlockOSThread()
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	at := uintptr(unsafe.Pointer(&prog))
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, at)
	runtime.KeepAlive(&prog)
	if errno != 0 {
		return &missing{fmt.Sprintf(noSeccomp, errno)}
	}
	return nil
}

const (
	everyBit   = ^uint32(0)
	fioSetOwn  = 0x8901
	namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER |
		unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWTIME
)

// commonRules apply to the reading child and to programs: threads but no processes, and signals only to
// themselves.
func commonRules(pid int) []rule {
	own := []uint32{uint32(pid)}
	return append([]rule{
		{unix.SYS_CLONE, []argument{{0, unix.CLONE_THREAD | namespaces, false,
			[]uint32{unix.CLONE_THREAD}}}, allowCall, refuseCall},
		{unix.SYS_TGKILL, []argument{{0, everyBit, false, own}}, allowCall, refuseCall},
		{unix.SYS_PRLIMIT64, []argument{{0, everyBit, false, append(own, 0)}}, allowCall, refuseCall},
	}, always(noSuchCall, unix.SYS_CLONE3)...)
}

// childFilter lets a reading child compute and use its pipes. It opens no file, whether or not the
// kernel has Landlock.
func childFilter(pid int) []unix.SockFilter {
	rules := append(commonRules(pid),
		rule{unix.SYS_FCNTL, []argument{{1, everyBit, false, []uint32{unix.F_GETFL, unix.F_SETFL, unix.F_GETFD,
			unix.F_SETFD}}}, allowCall, refuseCall},
		rule{unix.SYS_PRCTL, []argument{{0, everyBit, false, []uint32{unix.PR_SET_VMA}}}, allowCall, refuseCall},
	)
	rules = append(rules, always(allowCall, unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV,
		unix.SYS_PREAD64,
		unix.SYS_LSEEK, unix.SYS_FSTAT, unix.SYS_CLOSE,
		unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MADVISE, unix.SYS_MREMAP, unix.SYS_MINCORE,
		unix.SYS_BRK, unix.SYS_MEMBARRIER,
		unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES,
		unix.SYS_GETTIMEOFDAY,
		unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_RESTART_SYSCALL, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
		unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
		unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
		unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, unix.SYS_PIPE2,
		unix.SYS_PPOLL,
		unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETPPID, unix.SYS_GETUID, unix.SYS_GETRUSAGE, unix.SYS_GETRLIMIT,
		unix.SYS_SETRLIMIT,
		unix.SYS_GETRANDOM, unix.SYS_SYSINFO, unix.SYS_UNAME)...)
	return program(append(rules, always(allowCall, oldChildCalls...)...), refuseCall)
}

// programFilter takes from a program what reading does not need: processes, the network, memory and
// signals of other processes, shared memory, rare interfaces of the kernel, and changes to files by name
// that Landlock does not cover, or only in later versions. listens is for LibreOffice, which gives up
// unless it can listen on a local socket: it gets one that has no name and that nothing reaches.
func programFilter(pid int, listens bool) []unix.SockFilter {
	own := argument{0, everyBit, false, []uint32{uint32(pid)}}
	null := func(n int) []argument {
		return []argument{{n, everyBit, false, []uint32{0}}, {n, everyBit, true, []uint32{0}}}
	}
	socket := rule{unix.SYS_SOCKET, nil, refuseCall, refuseCall}
	if listens {
		socket = rule{unix.SYS_SOCKET, []argument{{0, everyBit, false, []uint32{unix.AF_UNIX}}, {1, 0xf, false,
			[]uint32{unix.SOCK_STREAM}}}, allowCall, refuseCall}
	}
	rules := append(commonRules(pid), socket,
		rule{unix.SYS_KILL, []argument{own}, allowCall, refuseCall},
		rule{unix.SYS_SENDTO, null(4), allowCall, refuseCall},
		rule{unix.SYS_FCNTL, []argument{{1, everyBit, false, []uint32{unix.F_SETOWN, unix.F_SETOWN_EX, unix.F_SETSIG,
			unix.F_NOTIFY, unix.F_SETLEASE}}}, refuseCall, allowCall},
		rule{unix.SYS_IOCTL, []argument{{1, everyBit, false, []uint32{unix.TIOCSTI, unix.TIOCLINUX, unix.TIOCSETD,
			unix.TIOCSCTTY, fioSetOwn, unix.SIOCSPGRP}}}, refuseCall, allowCall},
		rule{unix.SYS_PRCTL, []argument{{0, everyBit, false, []uint32{unix.PR_SET_NAME, unix.PR_GET_NAME,
			unix.PR_SET_VMA, unix.PR_GET_DUMPABLE, unix.PR_CAPBSET_READ, unix.PR_GET_SECCOMP}}}, allowCall,
			refuseCall},
		rule{unix.SYS_OPENAT, []argument{{2, unix.O_TRUNC | unix.O_ACCMODE, false, []uint32{unix.O_TRUNC}}},
			refuseCall, allowCall},
	)
	rules = append(rules, always(noSuchPeer, unix.SYS_CONNECT)...)
	rules = append(rules, always(pretendCall, unix.SYS_BIND, unix.SYS_LISTEN)...)
	rules = append(rules, always(noSuchCall, unix.SYS_OPENAT2)...)
	rules = append(rules, always(pretendCall, unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_FCHOWN,
		unix.SYS_FCHOWNAT, unix.SYS_UTIMENSAT)...)
	rules = append(rules, always(pretendCall, oldPretended...)...)
	rules = append(rules, always(refuseCall, programRefused...)...)
	return program(append(rules, always(refuseCall, oldRefused...)...), allowCall)
}

// programRefused are the calls that a program is refused whatever their arguments.
var programRefused = []int{
	unix.SYS_TKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD,
	unix.SYS_PIDFD_SEND_SIGNAL,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE,
	unix.SYS_PROCESS_MRELEASE, unix.SYS_KCMP,
	unix.SYS_SENDMSG, unix.SYS_SENDMMSG, unix.SYS_RECVMSG, unix.SYS_RECVMMSG,
	unix.SYS_MEMFD_CREATE, unix.SYS_MEMFD_SECRET, unix.SYS_SHMGET, unix.SYS_SHMAT, unix.SYS_SHMCTL, unix.SYS_SHMDT,
	unix.SYS_MSGGET, unix.SYS_MSGSND, unix.SYS_MSGRCV, unix.SYS_MSGCTL, unix.SYS_SEMGET, unix.SYS_SEMOP,
	unix.SYS_SEMTIMEDOP, unix.SYS_SEMCTL,
	unix.SYS_MQ_OPEN, unix.SYS_MQ_UNLINK, unix.SYS_MQ_NOTIFY, unix.SYS_MQ_TIMEDSEND, unix.SYS_MQ_TIMEDRECEIVE,
	unix.SYS_MQ_GETSETATTR,
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER, unix.SYS_IO_SETUP, unix.SYS_IO_SUBMIT,
	unix.SYS_USERFAULTFD, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	unix.SYS_KEYCTL,
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE,
	unix.SYS_FSOPEN,
	unix.SYS_FSMOUNT, unix.SYS_FSCONFIG, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_UNSHARE, unix.SYS_SETNS,
	unix.SYS_SETSID, unix.SYS_SETPGID, unix.SYS_SETPRIORITY, unix.SYS_IOPRIO_SET, unix.SYS_SCHED_SETSCHEDULER,
	unix.SYS_SCHED_SETPARAM, unix.SYS_SCHED_SETATTR,
	unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETREUID, unix.SYS_SETREGID, unix.SYS_SETRESUID, unix.SYS_SETRESGID,
	unix.SYS_SETFSUID, unix.SYS_SETFSGID,
	unix.SYS_SETGROUPS, unix.SYS_CAPSET, unix.SYS_PERSONALITY,
	unix.SYS_TRUNCATE, unix.SYS_SETXATTR, unix.SYS_LSETXATTR, unix.SYS_FSETXATTR, unix.SYS_REMOVEXATTR,
	unix.SYS_LREMOVEXATTR, unix.SYS_FREMOVEXATTR,
	unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_FANOTIFY_INIT, unix.SYS_FANOTIFY_MARK,
	unix.SYS_INOTIFY_INIT1, unix.SYS_INOTIFY_ADD_WATCH,
	unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD, unix.SYS_ACCT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_REBOOT,
	unix.SYS_SYNC,
	unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
	unix.SYS_KEXEC_LOAD,
	unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX, unix.SYS_SYSLOG,
	unix.SYS_VHANGUP, unix.SYS_EXECVEAT,
	unix.SYS_MKNODAT, unix.SYS_SYMLINKAT, unix.SYS_LINKAT, unix.SYS_SPLICE, unix.SYS_VMSPLICE, unix.SYS_TEE,
}

// dropPrivileges gives up every capability on all threads: root keeps none of a superuser's rights.
func dropPrivileges() error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	_, _, errno := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&none[0])), 0)
	runtime.KeepAlive(&none)
	if errno != 0 {
		return fmt.Errorf("giving up capabilities: %w", errno)
	}
	return nil
}

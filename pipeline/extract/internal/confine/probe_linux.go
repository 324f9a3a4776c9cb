//go:build linux && (amd64 || arm64)

package confine

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Try tries everything that confinement closes, and returns what is open. It does no harm if it
// succeeds: signals have number 0, and what it creates ends with the process.
func Try(t Targets) (open Open) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	open = Open{}
	try := func(kind, what string, done bool) {
		if done {
			open[kind] = append(open[kind], what)
		}
	}
	for _, path := range t.Read {
		try(Files, "reading "+path, canOpen(path, unix.O_RDONLY))
	}
	for _, path := range t.Write {
		try(Files, "writing "+path, canOpen(path, unix.O_WRONLY))
		try(Files, "truncating "+path, unix.Truncate(path, 0) == nil)
		try(Files, "opening and truncating "+path, canOpen(path, unix.O_RDONLY|unix.O_TRUNC))
		var was, now unix.Stat_t
		seen := unix.Stat(path, &was) == nil
		unix.Chmod(path, 0o777)
		try(Files, "changing the mode of "+path, seen && unix.Stat(path, &now) == nil && was.Mode != now.Mode)
	}
	for name, family := range map[string]int{"IPv4": unix.AF_INET, "IPv6": unix.AF_INET6, "netlink": unix.AF_NETLINK,
		"vsock": unix.AF_VSOCK, "packet": unix.AF_PACKET} {
		for _, kind := range []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_RAW} {
			try(probeNetwork, name, canSocket(family, kind))
		}
	}
	for _, name := range t.Sockets {
		try(probeSockets, "connecting to a local socket", canConnect(name))
	}
	try(probeSockets, "a local datagram socket", canSocket(unix.AF_UNIX, unix.SOCK_DGRAM))
	tryProcesses(try)
	tryKernel(try)
	return open
}

// canOpen reports whether a file can be opened with some flags.
func canOpen(path string, flags int) bool {
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err == nil
}

// canSocket reports whether a socket of a family and a kind can be made.
func canSocket(family, kind int) bool {
	fd, err := unix.Socket(family, kind, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err == nil
}

// canConnect reports whether a local socket can be connected to. A name that begins with @ is an abstract
// one, which has no file that Landlock could guard.
func canConnect(name string) bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Connect(fd, &unix.SockaddrUnix{Name: name}) == nil
}

// permitted reports whether the kernel examined the arguments of a call instead of refusing it.
func permitted(call uintptr, args ...uintptr) bool {
	var a [6]uintptr
	copy(a[:], args)
	_, _, errno := unix.RawSyscall6(call, a[0], a[1], a[2], a[3], a[4], a[5])
	return errno != unix.EPERM && errno != unix.EACCES && errno != unix.ENOSYS
}

// tryProcesses tries to start processes, and to reach the parent process.
func tryProcesses(try func(kind, what string, done bool)) {
	parent := uintptr(os.Getppid())
	try(probeProcesses, "fork", canFork(unix.SYS_CLONE, uintptr(unix.SIGCHLD)))
	args := [11]uint64{4: uint64(unix.SIGCHLD)}
	try(probeProcesses, "clone3", canFork(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), 88))
	try(probeProcesses, "a session of its own", permitted(unix.SYS_SETSID))
	try(probeProcesses, "a group of its own", permitted(unix.SYS_SETPGID, 0, 0))
	try(probeProcesses, "living on without its parent", permitted(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, 0))
	try(probeSignals, "kill", permitted(unix.SYS_KILL, parent, 0))
	try(probeSignals, "killing groups", permitted(unix.SYS_KILL, 0, 0))
	try(probeSignals, "tkill", permitted(unix.SYS_TKILL, parent, 0))
	try(probeSignals, "tgkill", permitted(unix.SYS_TGKILL, parent, parent, 0))
	try(probeSignals, "pidfd_open", permitted(unix.SYS_PIDFD_OPEN, parent, 0))
	try(probeSignals, "rt_sigqueueinfo", permitted(unix.SYS_RT_SIGQUEUEINFO, parent, 0, 0))
	try(probeSignals, "signals of input and output", permitted(unix.SYS_FCNTL, 0, unix.F_SETOWN, parent))
	try(probeSignals, "limits of another process", permitted(unix.SYS_PRLIMIT64, parent, unix.RLIMIT_CORE, 0, 0))
	try(probeMemory, "ptrace", permitted(unix.SYS_PTRACE, unix.PTRACE_PEEKDATA, parent, 0, 0))
	try(probeMemory, "process_vm_readv", permitted(unix.SYS_PROCESS_VM_READV, parent, 0, 0, 0, 0, 0))
	name := [2]byte{'k'}
	try(probeMemory, "memfd_create", permitted(unix.SYS_MEMFD_CREATE, uintptr(unsafe.Pointer(&name[0])), 0))
	try(probeMemory, "shared memory", permitted(unix.SYS_SHMGET, 0, 4096, 0o1600))
	try(probeMemory, "semaphores", permitted(unix.SYS_SEMGET, 0, 1, 0))
	try(probeMemory, "message queues", permitted(unix.SYS_MSGGET, 0, 0))
}

// tryKernel tries interfaces of the kernel that no reader needs.
func tryKernel(try func(kind, what string, done bool)) {
	for _, door := range []struct {
		name string
		call uintptr
		args []uintptr
	}{
		{"io_uring", unix.SYS_IO_URING_SETUP, []uintptr{0, 0}}, {"userfaultfd", unix.SYS_USERFAULTFD,
			[]uintptr{0xffff}},
		{"bpf", unix.SYS_BPF, []uintptr{0xffff, 0, 0}}, {"perf_event_open", unix.SYS_PERF_EVENT_OPEN, []uintptr{0, 0,
			0, 0, 0xffff}},
		{"keyctl", unix.SYS_KEYCTL, []uintptr{0xffff}}, {"namespaces", unix.SYS_UNSHARE, []uintptr{unix.CLONE_NEWUSER}},
		{"mount", unix.SYS_MOUNT, []uintptr{0, 0, 0, 0, 0}}, {"setns", unix.SYS_SETNS, []uintptr{^uintptr(0), 0}},
		{"file handles", unix.SYS_OPEN_BY_HANDLE_AT, []uintptr{^uintptr(0), 0, 0}},
		{"typing into the terminal", unix.SYS_IOCTL, []uintptr{0, unix.TIOCSTI, 0}},
	} {
		try(probeKernel, door.name, permitted(door.call, door.args...))
	}
}

// canFork reports whether a process can be started; the new process ends at once.
func canFork(call uintptr, args ...uintptr) bool {
	var a [2]uintptr
	copy(a[:], args)
	pid, _, errno := unix.RawSyscall(call, a[0], a[1], 0)
	if errno != 0 {
		return false
	}
	if pid == 0 {
		for {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	unix.Wait4(int(pid), nil, 0, nil)
	return true
}

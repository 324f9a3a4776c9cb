package extract

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsyscall "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// confine takes away from this process what a reader never needs: files,
// network, more memory than 4 GB of addresses, core dumps.
func confine() error {
	for _, l := range []struct {
		what int
		most uint64
	}{
		{unix.RLIMIT_AS, 4 << 30}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, 0}, {unix.RLIMIT_NOFILE, 64},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return err
		}
	}
	// Where the kernel has no Landlock these do nothing; `kheo doctor` says so.
	if err := landlock.V6.BestEffort().RestrictPaths(); err != nil {
		return err
	}
	if err := landlock.V6.BestEffort().RestrictNet(); err != nil {
		return err
	}
	return denySockets(false)
}

// limitCPU allows this process so many more seconds of processor time.
func limitCPU(seconds uint64) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) == nil {
		used := uint64(u.Utime.Sec + u.Stime.Sec)
		unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: used + seconds, Max: unix.RLIM_INFINITY})
	}
}

// detach makes the child die with its parent and keeps the terminal's signals
// from it.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// Confinement tells how well readers are confined on this machine.
func Confinement() string {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1)
	if errno != 0 {
		return "limits on memory and time, no sockets; the kernel has no Landlock"
	}
	return "limits on memory and time, no sockets; Landlock version " + string(rune('0'+v%10))
}

// confineProgram takes away from this process what a program that reads foreign
// bytes does not need: the network, files other than the system's, and writing
// anywhere but in dir, which may be "". memory is in bytes of addresses, cpu in
// seconds.
func confineProgram(dir string, memory, cpu uint64) error {
	file := uint64(0)
	if dir != "" {
		file = 2 * MaxFile
	}
	for _, l := range []struct {
		what int
		most uint64
	}{
		{unix.RLIMIT_AS, memory}, {unix.RLIMIT_CORE, 0}, {unix.RLIMIT_FSIZE, file}, {unix.RLIMIT_CPU, cpu},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return err
		}
	}
	var rules []landlock.Rule
	for _, d := range []string{"/usr", "/bin", "/lib", "/lib64", "/etc", "/opt", "/nix", "/var/lib", "/var/cache/fontconfig", "/var/spool/libreoffice", "/proc", os.Getenv("TESSDATA_PREFIX")} {
		if info, err := os.Stat(d); d != "" && err == nil && info.IsDir() {
			rules = append(rules, landlock.RODirs(d))
		}
	}
	rules = append(rules, landlock.RWFiles("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random").IgnoreIfMissing())
	if dir != "" {
		rules = append(rules, landlock.RWDirs(dir).WithRefer())
		rules = append(rules, landlock.PathAccess(llsyscall.AccessFSMakeSock|llsyscall.AccessFSRemoveFile, "/tmp").IgnoreIfMissing()) // where LibreOffice insists on its socket
	}
	if err := landlock.V6.BestEffort().RestrictPaths(rules...); err != nil {
		return err
	}
	if err := landlock.V6.BestEffort().RestrictNet(); err != nil {
		return err
	}
	return denySockets(dir != "") // LibreOffice talks to itself through a Unix socket
}

// denySockets makes the kernel refuse every new socket to this process and those
// that it starts; local ones may stay allowed. It is a filter of system calls, as
// seccomp(2) describes it, and holds where Landlock knows no network.
func denySockets(allowLocal bool) error {
	arch, ok := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !ok {
		return nil
	}
	const load, equal, give = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	const allow, kill, refuse = 0x7fff0000, 0x80000000, 0x00050000 | uint32(unix.EPERM)
	const ioUringSetup = 425
	family := uint32(unix.AF_UNIX)
	if !allowLocal {
		family = 0xffff
	}
	filter := []unix.SockFilter{
		{Code: load, K: 4}, // the architecture
		{Code: equal, Jt: 1, K: arch},
		{Code: give, K: kill},
		{Code: load, K: 0}, // the call's number
		{Code: equal, Jt: 5, K: ioUringSetup},
		{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, Jt: 4, K: 0x40000000}, // the x32 calls
		{Code: equal, Jt: 0, Jf: 2, K: unix.SYS_SOCKET},
		{Code: load, K: 16}, // the first argument
		{Code: equal, Jt: 0, Jf: 1, K: family},
		{Code: give, K: allow},
		{Code: give, K: refuse},
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	const setModeFilter, allThreads = 1, 1
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, allThreads, uintptr(unsafe.Pointer(&prog))); errno != 0 && errno != unix.ENOSYS && errno != unix.EINVAL {
		return fmt.Errorf("refusing sockets: %w", errno)
	}
	return nil
}

func replaceProcess(path string, args, env []string) error { return unix.Exec(path, args, env) }

// killGroup kills a program and everything that it has started.
func killGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
}

//go:build linux && (amd64 || arm64)

package confine

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsyscall "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"

	"kheo/pipeline/extract/internal/limits"
)

// Self takes from this process, the reading child, what it never needs: files, network, other processes,
// signals to them, privileges, and more than maxData bytes of memory. With reduced it tolerates what
// the kernel lacks.
func Self(reduced bool) error {
	err := limit(map[int]uint64{unix.RLIMIT_AS: 4 << 30, unix.RLIMIT_DATA: maxData, unix.RLIMIT_CORE: 0,
		unix.RLIMIT_FSIZE: 0, unix.RLIMIT_NOFILE: 64})
	if err != nil {
		return err
	}
	if err := restrictFiles(reduced); err != nil {
		return err
	}
	if err := dropPrivileges(); err != nil {
		return err
	}
	return unlessReduced(reduced, install(childFilter(os.Getpid())))
}

// limit sets resource limits, by resource. A lower hard limit that is already set stays.
func limit(limits map[int]uint64) error {
	for what, most := range limits {
		var now unix.Rlimit
		if err := unix.Getrlimit(what, &now); err != nil {
			return err
		}
		if now.Max < most {
			most = now.Max // what is lower already cannot be raised
		}
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("limiting a reading process: %w", err)
		}
	}
	return nil
}

// unlessReduced returns nil for what the kernel lacks if the campaign accepts that, and other errors as
// they are.
func unlessReduced(reduced bool, err error) error {
	var m *missing
	if reduced && errors.As(err, &m) {
		return nil
	}
	return err
}

// LimitCPU allows this process that many more seconds of processor time.
func LimitCPU(seconds uint64) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) == nil {
		used := uint64(u.Utime.Sec + u.Stime.Sec)
		unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: used + seconds, Max: unix.RLIM_INFINITY})
	}
}

// Detach makes a child die with its parent, and keeps the terminal's signals from it.
func Detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// Yield has a process that Detach has prepared, and all that it starts, leave the processors and the disk to others
// that want them. Without others it is as fast as before.
func Yield(pid int) { unix.Setpriority(unix.PRIO_PGRP, pid, yielding) } // its own user may always lower it

// yielding is the niceness of a process that yields: with one that does not, it gets about a tenth of a processor. The
// kernel derives the priority of its reads and writes from it.
const yielding = 10

// Yields reports whether a process leaves the processors to others.
func Yields(pid int) bool {
	n, err := unix.Getpriority(unix.PRIO_PROCESS, pid)
	return err == nil && 20-n == yielding // the kernel returns 20 less the niceness
}

// knownABI bounds the version of Landlock that is used to those that this program knows.
var knownABI = 7

// Pretend makes this process find an older kernel, for tests: Landlock of version abi at most, and no
// seccomp.
func Pretend(abi int, noSeccomp bool) {
	knownABI = abi
	if noSeccomp {
		install = func([]unix.SockFilter) error { return &missing{"a test's kernel has no seccomp"} }
	}
}

// LandlockABI returns the version of Landlock that the kernel has and this program uses; 0 if there is
// none.
func LandlockABI() int {
	v, err := llsyscall.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return min(v, knownABI)
}

// CanConfine returns an ErrUnconfined that says what the kernel lacks to confine readers of foreign
// files; nil if it has everything. Each reader checks again for itself.
func CanConfine() error {
	if LandlockABI() < 1 {
		return Unconfined(noLandlock)
	}
	action := uint32(unix.SECCOMP_RET_ERRNO)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0,
		uintptr(unsafe.Pointer(&action)))
	if errno != 0 {
		return Unconfined(fmt.Sprintf(noSeccomp, errno))
	}
	return nil
}

const (
	noLandlock = "the kernel has no Landlock, or the container's runtime refuses it"
	noSeccomp  = "the kernel or the container's runtime refuses filters of system calls (seccomp: %v)"
)

// restrictFiles allows this process the files of the rules and no others. Later versions of Landlock
// also cover truncation, network, devices, signals and abstract sockets, and are used if the kernel has
// them; the system call filter refuses these anyway.
func restrictFiles(reduced bool, rules ...landlock.Rule) error {
	abi := LandlockABI()
	if abi < 1 {
		return unlessReduced(reduced, &missing{noLandlock})
	}
	versions := []landlock.Config{landlock.V1, landlock.V2, landlock.V3, landlock.V4, landlock.V5, landlock.V6,
		landlock.V7}
	if err := versions[abi-1].Restrict(rules...); err != nil {
		return unlessReduced(reduced, &missing{fmt.Sprintf("Landlock refuses its rules (%v)", err)})
	}
	return nil
}

// Program takes from this process, before it becomes the program at path, every file but the program's
// own libraries, data and fonts, writing anywhere but in dir ("" for nowhere), other processes, and the
// network. cpu is in seconds of processor time.
func Program(path, dir string, cpu uint64, reduced bool) error {
	rlimits := map[int]uint64{unix.RLIMIT_AS: 3 << 30, unix.RLIMIT_DATA: maxData, unix.RLIMIT_CORE: 0,
		unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CPU: cpu, unix.RLIMIT_NOFILE: 256}
	if dir != "" {
		rlimits[unix.RLIMIT_AS], rlimits[unix.RLIMIT_FSIZE], rlimits[unix.RLIMIT_NOFILE] = 8<<30, 2*limits.File,
			1024
	}
	if err := limit(rlimits); err != nil {
		return err
	}
	if err := restrictFiles(reduced, programFiles(path, dir)...); err != nil {
		return err
	}
	if err := dropPrivileges(); err != nil {
		return err
	}
	return unlessReduced(reduced, install(programFilter(os.Getpid(), dir != "")))
}

// Files that programs may read, found by tracing tesseract and LibreOffice of Debian 12 and 13, with the
// places where other systems have the same. Folders that may contain a workspace are not among them.
var (
	libraryDirs = []string{"/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib32", "/lib64", "/usr/local/lib"}
	dataDirs    = []string{
		"/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/etc/fonts",
		"/var/cache/fontconfig",
		"/usr/share/locale", "/usr/share/zoneinfo", "/usr/share/X11/locale", "/usr/share/X11/fonts",
		"/usr/share/icu",
		"/usr/share/mime",
	}
	dataFiles = []string{"/etc/ld.so.cache", "/etc/localtime", "/etc/papersize"}
	tessDirs  = []string{
		"/usr/share/tesseract-ocr", "/usr/share/tessdata", "/usr/share/tesseract",
		"/usr/local/share/tessdata", "/usr/local/share/tesseract-ocr",
	}
	officeDirs = []string{
		"/etc/libreoffice", "/usr/share/libreoffice", "/var/spool/libreoffice/uno_packages",
		"/var/lib/libreoffice/share",
		"/usr/share/hunspell", "/usr/share/hyphen", "/usr/share/mythes", "/usr/share/liblangtag",
		"/usr/share/libexttextcat", "/usr/share/poppler",
	}
	devices = []string{"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"}
)

const (
	mayRead  = llsyscall.AccessFSReadFile
	mayList  = llsyscall.AccessFSReadFile | llsyscall.AccessFSReadDir
	mayWrite = mayList | llsyscall.AccessFSWriteFile | llsyscall.AccessFSRemoveDir | llsyscall.AccessFSRemoveFile |
		llsyscall.AccessFSMakeDir | llsyscall.AccessFSMakeReg
)

// programFiles returns the Landlock rules for a program.
func programFiles(path, dir string) (rules []landlock.Rule) {
	allow := func(rights landlock.AccessFSSet, paths ...string) {
		rules = append(rules, landlock.PathAccess(rights, paths...).IgnoreIfMissing())
	}
	allow(mayRead|llsyscall.AccessFSExecute, append(loaderOf(path), path)...)
	allow(mayList, append(libraryDirs, dataDirs...)...)
	allow(mayRead, dataFiles...)
	allow(mayRead|llsyscall.AccessFSWriteFile, devices...)
	allow(mayList, ownFolders(path)...)
	if dir == "" {
		allow(mayList, tessDirs...)
		allow(mayRead, tessdata(os.Getenv("TESSDATA_PREFIX"))...)
		return rules
	}
	allow(mayList, officeDirs...)
	rights := landlock.AccessFSSet(mayWrite)
	if abi := LandlockABI(); abi >= 3 {
		rights |= llsyscall.AccessFSRefer | llsyscall.AccessFSTruncate
	} else if abi == 2 {
		rights |= llsyscall.AccessFSRefer
	}
	allow(rights, dir)
	return rules
}

// loaderOf returns the dynamic loader that a program's ELF file names.
func loaderOf(path string) []string {
	f, err := elf.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz < 4096 {
			if b, err := io.ReadAll(p.Open()); err == nil {
				return []string{strings.TrimRight(string(b), "\x00")}
			}
		}
	}
	return nil
}

// ownFolders returns the folders in which a program is installed with its libraries and data, if these
// are not the system's: /opt/libreoffice24.8 for /opt/libreoffice24.8/program/soffice.bin.
func ownFolders(path string) []string {
	if strings.HasPrefix(path, "/nix/store/") {
		return []string{"/nix/store"}
	}
	own := filepath.Dir(filepath.Dir(path))
	switch filepath.Base(filepath.Dir(path)) {
	case "program":
		return []string{own}
	case "bin":
		return []string{filepath.Join(own, "lib"), filepath.Join(own, "lib64"), filepath.Join(own, "share",
			"tessdata")}
	}
	return nil
}

// tessdata returns the files of a folder of language data that the environment names.
func tessdata(dir string) (files []string) {
	if dir == "" {
		return nil
	}
	for _, pattern := range []string{"*.traineddata", "tessdata/*.traineddata", "configs/tsv",
		"tessdata/configs/tsv"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		files = append(files, found...)
	}
	return files
}

// ResidentMemory returns how many bytes a process holds now; 0 if that is unknown.
func ResidentMemory(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, resident int64
	fmt.Sscan(string(b), &size, &resident)
	return resident * int64(os.Getpagesize())
}

// ticks is the number of clock ticks of /proc in a second; Linux has had 100 for its users on every architecture.
const ticks = 100

// ProcessorTime returns how much time of processors a process has used; 0 if that is unknown.
func ProcessorTime(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ") // behind the name of the program, which may have spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * (time.Second / ticks)
}

// Replace becomes the program at path. It returns only if that fails.
func Replace(path string, args, env []string) error { return unix.Exec(path, args, env) }

// KillGroup kills a program and everything that it has started.
func KillGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
}

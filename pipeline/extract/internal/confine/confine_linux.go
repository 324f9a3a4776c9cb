//go:build linux && (amd64 || arm64)

package confine

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"kheo/pipeline/extract/internal/limits"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	llsyscall "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// confine takes away from this process what a reader never needs: files, network, other processes,
// signals to them, privileges, and more than mostData bytes of memory.
func Self(reduced bool) error {
	err := limit(map[int]uint64{unix.RLIMIT_AS: 4 << 30, unix.RLIMIT_DATA: mostData, unix.RLIMIT_CORE: 0,
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

// unlessReduced passes over what the kernel lacks where the workspace accepts that.
func unlessReduced(reduced bool, err error) error {
	var m *missing
	if reduced && errors.As(err, &m) {
		return nil
	}
	return err
}

// limitCPU allows this process so many more seconds of processor time.
func LimitCPU(seconds uint64) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) == nil {
		used := uint64(u.Utime.Sec + u.Stime.Sec)
		unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: used + seconds, Max: unix.RLIM_INFINITY})
	}
}

// detach makes the child die with its parent and keeps the terminal's signals
// from it.
func Detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// knownABI bounds the version of Landlock that is used, to those that this program knows. Tests lower it.
var knownABI = 7

// pretend makes this process find another kernel than there is.
func Pretend(abi int, noSeccomp bool) {
	knownABI = abi
	if noSeccomp {
		install = func([]unix.SockFilter) error { return &missing{"a test's kernel has no seccomp"} }
	}
}

// landlockABI is the version of Landlock that the kernel has; 0 where it has none.
func LandlockABI() int {
	v, err := llsyscall.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return min(v, knownABI)
}

// CanConfine reports what the kernel lacks to confine readers of foreign files, as ErrUnconfined; nil where
// it has everything. Each reader finds out for itself once more.
func CanConfine() error {
	if LandlockABI() < 1 {
		return Unconfined(noLandlock)
	}
	action := uint32(unix.SECCOMP_RET_ERRNO)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	if errno != 0 {
		return Unconfined(fmt.Sprintf(noSeccomp, errno))
	}
	return nil
}

const (
	noLandlock = "the kernel has no Landlock, or the container's runtime refuses it"
	noSeccomp  = "the kernel or the container's runtime refuses filters of system calls (seccomp: %v)"
)

// restrictFiles allows this process the files of the rules and no others. What versions of Landlock
// after the first add (truncation, network, devices, signals, abstract sockets) is used where the
// kernel has it; the filter of system calls refuses it anyway.
func restrictFiles(reduced bool, rules ...landlock.Rule) error {
	abi := LandlockABI()
	if abi < 1 {
		return unlessReduced(reduced, &missing{noLandlock})
	}
	versions := []landlock.Config{landlock.V1, landlock.V2, landlock.V3, landlock.V4, landlock.V5, landlock.V6, landlock.V7}
	if err := versions[abi-1].Restrict(rules...); err != nil {
		return unlessReduced(reduced, &missing{fmt.Sprintf("Landlock refuses its rules (%v)", err)})
	}
	return nil
}

// confineProgram takes away from this process what a program that reads foreign bytes does not need:
// every file but its own libraries, data and fonts, writing anywhere but in dir, which may be "", other
// processes, the network. cpu is in seconds.
func Program(path, dir string, cpu uint64, reduced bool) error {
	rlimits := map[int]uint64{unix.RLIMIT_AS: 3 << 30, unix.RLIMIT_DATA: mostData, unix.RLIMIT_CORE: 0,
		unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CPU: cpu, unix.RLIMIT_NOFILE: 256}
	if dir != "" {
		rlimits[unix.RLIMIT_AS], rlimits[unix.RLIMIT_FSIZE], rlimits[unix.RLIMIT_NOFILE] = 8<<30, 2*limits.File, 1024
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

// What programs may read, found by tracing tesseract and LibreOffice of Debian 12 and 13, and where
// other systems keep the same. Folders in which a workspace may lie are not among them.
var (
	libraryDirs = []string{"/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib32", "/lib64", "/usr/local/lib"}
	dataDirs    = []string{
		"/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/etc/fonts", "/var/cache/fontconfig",
		"/usr/share/locale", "/usr/share/zoneinfo", "/usr/share/X11/locale", "/usr/share/X11/fonts", "/usr/share/icu",
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

// programFiles are the files that a program may use.
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

// loaderOf is the loader that a program's file names.
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

// ownFolders are the folders in which a program is installed with its libraries and data, where these
// are not the system's: /opt/libreoffice24.8 of /opt/libreoffice24.8/program/soffice.bin.
func ownFolders(path string) []string {
	if strings.HasPrefix(path, "/nix/store/") {
		return []string{"/nix/store"}
	}
	own := filepath.Dir(filepath.Dir(path))
	switch filepath.Base(filepath.Dir(path)) {
	case "program":
		return []string{own}
	case "bin":
		return []string{filepath.Join(own, "lib"), filepath.Join(own, "lib64"), filepath.Join(own, "share", "tessdata")}
	}
	return nil
}

// tessdata are the files of a folder of language data that the environment names.
func tessdata(dir string) (files []string) {
	if dir == "" {
		return nil
	}
	for _, pattern := range []string{"*.traineddata", "tessdata/*.traineddata", "configs/tsv", "tessdata/configs/tsv"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		files = append(files, found...)
	}
	return files
}

// residentMemory is how many bytes a process holds now.
func ResidentMemory(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, resident int64
	fmt.Sscan(string(b), &size, &resident)
	return resident * int64(os.Getpagesize())
}

func Replace(path string, args, env []string) error { return unix.Exec(path, args, env) }

// killGroup kills a program and everything that it has started.
func KillGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
}

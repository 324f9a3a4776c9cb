package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// systemd is one version of it: the system calls of each group of SystemCallFilter=, as
// `systemd-analyze syscall-filter` of that version lists them. testdata/systemd holds those of Debian
// 12 (252) and 13 (257).
type systemd struct {
	version string
	groups  map[string][]string
}

func loadSystemd(t *testing.T, version string) systemd {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "systemd", version+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	s := systemd{version, map[string][]string{}}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		s.groups[f[0]] = f[1:]
	}
	return s
}

// expand is what an item of the filter names. What this version does not know it ignores, as systemd
// does after a warning in the journal.
func (s systemd) expand(item string) (calls []string) {
	if !strings.HasPrefix(item, "@") {
		if slices.Contains(s.groups["@known"], item) {
			calls = []string{item}
		}
		return calls
	}
	for _, in := range s.groups[item] {
		calls = append(calls, s.expand(in)...)
	}
	return calls
}

// allowed are the system calls that lines of SystemCallFilter= let through, as systemd.exec(5)
// describes it.
func (s systemd) allowed(t *testing.T, lines []string) map[string]bool {
	t.Helper()
	if len(lines) == 0 || strings.HasPrefix(lines[0], "~") {
		t.Fatalf("the unit has no list of allowed system calls: %q", lines)
	}
	out := map[string]bool{}
	for _, c := range s.expand("@default") {
		out[c] = true
	}
	for _, line := range lines {
		items, taken := strings.CutPrefix(line, "~")
		for _, item := range strings.Fields(items) {
			for _, c := range s.expand(item) {
				if taken {
					delete(out, c)
				} else {
					out[c] = true
				}
			}
		}
	}
	return out
}

// unitSettings are the values of a setting in the unit of the package, in order.
func unitSettings(t *testing.T, name string) (out []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "scripts", "debian", "kheo@.service"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			out = append(out, v)
		}
	}
	return out
}

// needed are system calls without which kheo, or a program that it starts, does not work, as strace
// shows them of `kheo serve`, `kheo run`, tesseract and LibreOffice; and those by which a reading
// process confines itself.
var needed = strings.Fields(`
	landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp prctl prlimit64 setrlimit
	accept4 bind clone clone3 close_range connect epoll_create1 epoll_ctl epoll_pwait eventfd2 execve
	fallocate fcntl fdatasync flock fsync ftruncate futex getdents64 getrandom getsockopt inotify_init1 ioctl kill
	linkat listen lseek madvise memfd_create mkdirat mmap mprotect mremap munmap newfstatat openat openat2 pidfd_open
	pidfd_send_signal pipe2 pread64 pwrite64 readlinkat renameat renameat2 rt_sigaction rt_sigprocmask sched_getaffinity
	setpgid setsockopt shutdown sigaltstack socket socketpair statx symlinkat tgkill unlinkat utimensat wait4 waitid`)

// What the unit of the package allows is what kheo needs, with the systemd of Debian 12 and of 13.
func TestTheUnitAllowsWhatIsNeeded(t *testing.T) {
	lines := unitSettings(t, "SystemCallFilter")
	for _, version := range []string{"252", "257"} {
		s := loadSystemd(t, version)
		allowed := s.allowed(t, lines)
		for _, c := range needed {
			if !allowed[c] {
				t.Errorf("systemd %s: %s is not allowed", version, c)
			}
		}
		for _, c := range []string{"mount", "ptrace", "bpf", "reboot", "init_module", "setuid", "chroot"} {
			if allowed[c] {
				t.Errorf("systemd %s: %s is allowed", version, c)
			}
		}
		for _, line := range lines {
			for _, item := range strings.Fields(strings.TrimPrefix(line, "~")) {
				if len(s.expand(item)) == 0 {
					t.Errorf("systemd %s does not know %s and ignores it", version, item)
				}
			}
		}
	}
	if len(unitSettings(t, "MemoryDenyWriteExecute")) > 0 {
		t.Error("PDFium, as compiled WebAssembly, needs memory that is written and then executed")
	}
	for name, want := range map[string]string{"SystemCallErrorNumber": "EPERM", "RestrictNamespaces": "yes", "NoNewPrivileges": "yes", "StateDirectoryMode": "0750", "UMask": "0077"} {
		if got := unitSettings(t, name); len(got) != 1 || got[0] != want {
			t.Errorf("%s=%q", name, got)
		}
	}
}

// filterFor writes the numbers of the system calls that the unit allows, for runUnderUnit.
func filterFor(t *testing.T, version string, lines []string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "systemd", "amd64.txt"))
	if err != nil {
		t.Fatal(err)
	}
	allowed := loadSystemd(t, version).allowed(t, lines)
	var out strings.Builder
	for line := range strings.Lines(string(b)) {
		if name, number, _ := strings.Cut(strings.TrimSpace(line), " "); allowed[name] {
			fmt.Fprintln(&out, number)
		}
	}
	path := filepath.Join(t.TempDir(), "filter")
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

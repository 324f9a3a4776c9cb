package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"kheo/samples"
)

// underUnit names the file with the system calls under whose filter the test binary is to be kheo.
const underUnit = "KHEO_TEST_UNDER_UNIT"

// runUnderUnit is kheo under the filter of system calls that systemd sets up for the unit.
func runUnderUnit() {
	at := os.Getenv(underUnit)
	if at == "" {
		return
	}
	os.Unsetenv(underUnit)
	b, err := os.ReadFile(at)
	if err == nil {
		err = allowOnly(strings.Fields(string(b)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	os.Exit(run())
}

// allowOnly lets this process and its children make these system calls alone; others fail with EPERM,
// as SystemCallErrorNumber= says. Sockets and namespaces are closed as RestrictAddressFamilies= and
// RestrictNamespaces= close them.
func allowOnly(calls []string) error {
	const load, equal, give = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	const allow, refuse, unknown, family = 0x7fff0000, 0x00050000 | uint32(unix.EPERM), 0x00050000 | uint32(unix.ENOSYS), 0x00050000 | uint32(unix.EAFNOSUPPORT)
	const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP
	filter := []unix.SockFilter{
		{Code: load, K: 0}, // the call's number
		{Code: equal, Jf: 1, K: unix.SYS_CLONE3},
		{Code: give, K: unknown}, // its flags cannot be seen; programs fall back to clone
		{Code: equal, Jf: 1, K: unix.SYS_UNSHARE},
		{Code: give, K: refuse},
		{Code: equal, Jf: 4, K: unix.SYS_CLONE},
		{Code: load, K: 16}, // the first argument
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, Jf: 1, K: namespaces},
		{Code: give, K: refuse},
		{Code: load, K: 0},
		{Code: equal, Jf: 6, K: unix.SYS_SOCKET},
		{Code: load, K: 16},
		{Code: equal, Jt: 3, K: unix.AF_UNIX},
		{Code: equal, Jt: 2, K: unix.AF_INET},
		{Code: equal, Jt: 1, K: unix.AF_INET6},
		{Code: give, K: family},
		{Code: load, K: 0},
	}
	for _, c := range calls {
		var n uint32
		if _, err := fmt.Sscan(c, &n); err != nil {
			return err
		}
		filter = append(filter, unix.SockFilter{Code: equal, Jf: 1, K: n}, unix.SockFilter{Code: give, K: allow})
	}
	filter = append(filter, unix.SockFilter{Code: give, K: refuse})
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	const setModeFilter, allThreads = 1, 1
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, allThreads, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		return errno
	}
	return nil
}

// sampleFile writes the first file of the sample campaign that ends so, and returns where.
func sampleFile(t *testing.T, dir, end string) string {
	t.Helper()
	files, err := samples.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name, end) {
			at := filepath.Join(dir, path.Base(f.Name))
			if err := os.WriteFile(at, f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatalf("the sample has no file *%s", end)
	return ""
}

// packed is a .zip with one file in it.
func packed(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	f, err := w.Create(filepath.Base(name))
	if err == nil {
		_, err = f.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	at := filepath.Join(dir, "packed.zip")
	if err == nil {
		err = os.WriteFile(at, z.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Under the filter of the unit, as systemd of Debian 12 and of 13 sets it up, kheo reads Word files,
// PDF and archives, and takes a run from inbox to list.
func TestKheoWorksUnderTheUnit(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the numbers of system calls in testdata are those of amd64")
	}
	dir := t.TempDir()
	pdf, docx := sampleFile(t, dir, ".pdf"), sampleFile(t, dir, ".docx")
	files := []string{pdf, docx, packed(t, dir, docx)}
	lines := unitSettings(t, "SystemCallFilter")
	under := func(version string, lines []string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = append(os.Environ(), underUnit+"="+filterFor(t, version, lines))
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, said.String())
		}
		return string(out), err
	}
	texts := func(version string, lines []string) (read int) {
		out, err := under(version, lines, append([]string{"read", "--json"}, files...)...)
		var r struct {
			Documents []struct {
				File, Error string
				Pages       []struct{ Text string }
				Inside      []any
			}
		}
		if err == nil {
			err = json.Unmarshal([]byte(out), &r)
		}
		for _, d := range r.Documents {
			if d.Error == "" && (len(d.Inside) > 0 || len(d.Pages) > 0 && d.Pages[0].Text != "") {
				read++
			} else {
				t.Logf("systemd %s: %s: %q", version, d.File, d.Error)
			}
		}
		if err != nil {
			t.Logf("systemd %s: %v", version, err)
		}
		return read
	}
	for _, version := range []string{"252", "257"} {
		if n := texts(version, lines); n != len(files) {
			t.Errorf("systemd %s: %d of %d files were read", version, n, len(files))
		}
	}
	if n := texts("252", []string{"@system-service @sandbox", "~@privileged"}); n != 0 {
		t.Errorf("with a filter that denies confinement %d files were read; the filter of this test does not work", n)
	}

	ws := filepath.Join(dir, "ws")
	for _, args := range [][]string{{"init", ws}, {"submit", "-w", ws, docx}, {"run", "-w", ws}, {"check", "--store", "-w", ws}} {
		if out, err := under("252", lines, args...); err != nil {
			t.Errorf("kheo %s: %v\n%s", args[0], err, out)
		}
	}
}

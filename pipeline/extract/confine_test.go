//go:build linux && (amd64 || arm64)

package extract

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kheo/pipeline/extract/internal/confine"
)

const (
	testABI       = "KHEO_TEST_LANDLOCK"   // the version of Landlock that a child finds
	testNoSeccomp = "KHEO_TEST_NO_SECCOMP" // a child finds no seccomp
)

// testedConfinement makes a child of a test find another kernel than there is.
func testedConfinement() {
	abi, err := strconv.Atoi(os.Getenv(testABI))
	if err != nil {
		abi = confine.LandlockABI()
	}
	confine.Pretend(abi, os.Getenv(testNoSeccomp) != "")
}

// withKernel lets children find a kernel with less than there is.
func withKernel(t *testing.T, env ...string) {
	t.Helper()
	childTestEnv = env
	t.Cleanup(func() { childTestEnv = nil })
}

// secretPlaces are where a workspace, a password or another program's files can lie; each has a file
// that its owner alone may read.
func secretPlaces(t *testing.T) (paths []string) {
	t.Helper()
	for _, dir := range []string{"/etc", "/opt", "/var/lib", "/var/lib/kheo/var/blobs", "/srv", "/home",
		"/root", "/tmp", "/var/tmp",
		"/usr/share", "/usr/local/share", "/mnt", "/media", "/run", "/dev/shm", t.TempDir(), "/var/cache",
		"/var/spool", "/var/www"} {
		made := ""
		for at := dir; at != "/"; at = filepath.Dir(at) {
			if _, err := os.Stat(at); err != nil {
				made = at
			}
		}
		if os.MkdirAll(dir, 0o755) != nil {
			continue // not every user may
		}
		if made != "" {
			t.Cleanup(func() { os.RemoveAll(made) })
		}
		path := filepath.Join(dir, "kheo-secret-"+strconv.Itoa(os.Getpid())+".txt")
		if os.WriteFile(path, []byte(secret), 0o600) != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(path) })
		paths = append(paths, path)
	}
	if len(paths) < 3 {
		t.Fatalf("a secret could be laid only in %v", paths)
	}
	return paths
}

const secret = "TOPSECRETPASSWORD of another"

// targets are what a confined reader is to try: secrets everywhere, this process's own sockets.
func targets(t *testing.T) confine.Targets {
	t.Helper()
	at := confine.Targets{Read: append(secretPlaces(t), "/etc/passwd", "/proc/self/environ", "/proc/1/cmdline",
		"/sys/kernel/uevent_seqnum"), Write: secretPlaces(t)[:1]}
	for _, name := range []string{filepath.Join(t.TempDir(), "s"),
		"@" + filepath.Base(filepath.Dir(t.TempDir())) + strconv.FormatInt(time.Now().UnixNano(), 36)} {
		l, err := net.Listen("unix", name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		at.Sockets = append(at.Sockets, name)
	}
	return at
}

// Whatever reads foreign bytes reaches no file of others, no network, no socket, no other process and
// none of the kernel's rarer doors, with every version of Landlock.
func TestReadersReachNothing(t *testing.T) {
	at := targets(t)
	for _, abi := range []int{1, 2, 4, confine.LandlockABI()} {
		withKernel(t, testABI+"="+strconv.Itoa(abi))
		p := NewPool(1, 20*time.Second)
		open, err := p.probe(context.Background(), at)
		p.Close()
		nothingOpen(t, "the reading process", abi, open, err)
		open, err = options{}.probe(context.Background(), "", at)
		nothingOpen(t, "a program", abi, open, err)
		open, err = options{}.probe(context.Background(), t.TempDir(), at)
		nothingOpen(t, "a program with a folder", abi, open, err)
	}
	if b, err := os.ReadFile(at.Write[0]); err != nil || string(b) != secret {
		t.Errorf("the secret is now %q, %v", b, err)
	}
}

func nothingOpen(t *testing.T, who string, abi int, open confine.Open, err error) {
	t.Helper()
	if err != nil || open == nil {
		t.Errorf("%s, Landlock %d: %v %v", who, abi, open, err)
	}
	for kind, list := range open {
		t.Errorf("%s, Landlock %d: open: %s: %s", who, abi, kind, strings.Join(list, ", "))
	}
}

// The probe finds what is open: otherwise it proves nothing.
func TestProbeFindsWhatIsOpen(t *testing.T) {
	withKernel(t, testABI+"=0", testNoSeccomp+"=1")
	open, err := options{reduced: true}.probe(context.Background(), t.TempDir(), targets(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range confine.ProbeKinds {
		if len(open[kind]) == 0 {
			t.Errorf("%s: nothing is open without confinement: %v", kind, open)
		}
	}
}

// Without Landlock or seccomp nothing is read, and the error says what to do. Where that is accepted,
// files are read, and what the kernel has holds.
func TestNothingIsReadUnconfined(t *testing.T) {
	for _, lack := range []string{testABI + "=0", testNoSeccomp + "=1"} {
		withKernel(t, lack)
		p := NewPool(1, 20*time.Second)
		res, err := p.Read(context.Background(), []byte("Dân vận khéo"), nil)
		p.Close()
		if !errors.Is(err, confine.ErrUnconfined) || !strings.Contains(err.Error(), "confinement: reduced") ||
			len(res.Pages) > 0 {
			t.Errorf("%s: %+v %v", lack, res, err)
		}
		if _, err := (options{}).probe(context.Background(), "", confine.Targets{}); !errors.Is(err,
			confine.ErrUnconfined) {
			t.Errorf("%s: a program starts: %v", lack, err)
		}
		p = NewPool(1, 20*time.Second, Reduced(true))
		if res := readIn(t, p, "Dân vận khéo"); textOf(res) != "Dân vận khéo" {
			t.Errorf("%s, reduced: %+v", lack, res)
		}
		open, err := p.probe(context.Background(), targets(t))
		p.Close()
		if err != nil || strings.HasPrefix(lack, testABI) && len(open) > 0 || strings.HasPrefix(lack,
			testNoSeccomp) && len(open[confine.Files]) > 4 {
			t.Errorf("%s, reduced: open %v %v", lack, open, err)
		}
	}
}

// What kheo's own environment says cannot loosen the confinement of its children.
func TestEnvironmentDoesNotLoosen(t *testing.T) {
	t.Setenv(reducedEnv, "1")
	withKernel(t, testABI+"=0")
	p := NewPool(1, 20*time.Second)
	defer p.Close()
	if _, err := p.Read(context.Background(), []byte("x"), nil); !errors.Is(err, confine.ErrUnconfined) {
		t.Errorf("read all the same: %v", err)
	}
}

// What reads for a run leaves the processors to others, and what reads for a person does not. A pool that was warmed up has
// one child, and no more.
func TestReadersOfARunYield(t *testing.T) {
	t.Parallel()
	for _, of := range []struct {
		opts   []Option
		yields bool
	}{{[]Option{Yielding()}, true}, {nil, false}} {
		p := NewPool(2, time.Minute, of.opts...)
		defer p.Close()
		for range 2 {
			if err := p.Warm(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(p.idle) != 1 {
			t.Fatalf("%d children are warm", len(p.idle))
		}
		c := <-p.idle
		if got := confine.Yields(c.cmd.Process.Pid); got != of.yields {
			t.Errorf("a child yields: %v, want %v", got, of.yields)
		}
		p.give(c)
	}
}

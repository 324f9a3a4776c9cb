package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// diskThere does the runs of the tests below on a disk of its own: in memory, seen by this process
// alone.
func diskThere() {
	dir := os.Getenv("KHEO_TEST_DISK")
	if dir == "" {
		return
	}
	if err := onDisk(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

const diskSize = 64 << 20

func onDisk(dir string) error {
	disk, err := os.MkdirTemp("", "kheo-disk-")
	if err != nil {
		return err
	}
	defer os.Remove(disk)
	mount := func(flags uintptr) error {
		return unix.Mount("tmpfs", disk, "tmpfs", flags, "size="+strconv.Itoa(diskSize))
	}
	if err := errors.Join(unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""), mount(0)); err != nil {
		return err
	}
	defer unix.Unmount(disk, unix.MNT_DETACH)
	at := filepath.Join(disk, "w")
	if err := os.CopyFS(at, os.DirFS(dir)); err != nil {
		return err
	}
	free, err := strconv.Atoi(os.Getenv("KHEO_TEST_FREE"))
	if err != nil {
		return err
	}
	filler := filepath.Join(disk, "filler")
	if free < 0 {
		err = mount(unix.MS_REMOUNT | unix.MS_RDONLY)
	} else {
		err = fill(disk, filler, free)
	}
	if err != nil {
		return err
	}
	if err := diskRun(at); err == nil {
		fmt.Println("the run passed")
	} else {
		fmt.Println("the run failed:", err)
	}
	if free < 0 {
		err = mount(unix.MS_REMOUNT)
	} else {
		err = os.Remove(filler)
	}
	if err == nil {
		err = diskRun(at)
	}
	if err != nil {
		return fmt.Errorf("with a whole disk again: %w", err)
	}
	return os.CopyFS(os.Getenv("KHEO_TEST_OUT"), os.DirFS(filepath.Join(at, "lists")))
}

// fill leaves n bytes free.
func fill(disk, filler string, free int) error {
	var st unix.Statfs_t
	if err := unix.Statfs(disk, &st); err != nil {
		return err
	}
	f, err := os.Create(filler)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(make([]byte, max(0, int(st.Bavail)*int(st.Bsize)-free)))
	return err
}

func diskRun(dir string) error {
	w, err := workspace.Open(context.Background(), dir)
	if err != nil {
		return err
	}
	defer w.Close()
	_, err = pipeline.Run(context.Background(), w, pipeline.Options{Cause: "disk"})
	return err
}

// A disk that is full at any moment of a run, or can only be read, fails the run and loses
// nothing: when it is mended the next run makes the same lists.
func TestDisksThatFail(t *testing.T) {
	t.Parallel()
	keep := testspace.EveryNth(t, 24)
	whole, _ := testspace.Run(t, 24)
	want := published(t, whole)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, free := range []int{-1, 0, 512 << 10, 1 << 20, 1536 << 10, 2 << 20} {
		dir, out := t.TempDir(), t.TempDir()
		testspace.ReadSample(t, dir, keep)
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "KHEO_TEST_DISK="+dir, "KHEO_TEST_OUT="+filepath.Join(out, "lists"), "KHEO_TEST_FREE="+strconv.Itoa(free))
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		if os.Getuid() != 0 {
			cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
		}
		said, err := cmd.CombinedOutput()
		if errors.Is(err, syscall.EPERM) || strings.Contains(string(said), "operation not permitted") {
			if os.Getenv("KHEO_NO_MOUNTS") != "" {
				t.Skip("KHEO_NO_MOUNTS is set")
			}
			t.Fatalf("mounting a disk in memory: %v %s\nRun the tests as root or where users may make namespaces, or set KHEO_NO_MOUNTS=1", err, said)
		}
		if err != nil {
			t.Fatalf("%d bytes free: %v\n%s", free, err, said)
		}
		t.Logf("%d bytes free: %s", free, strings.TrimSpace(string(said)))
		if strings.Contains(string(said), "the run failed") {
			failed++
		} else if free < 1<<20 {
			t.Errorf("a run passed with %d bytes free", free)
		}
		sameLists(t, want, published(t, out))
	}
	if failed < 4 {
		t.Errorf("only %d runs failed; the disks are too large", failed)
	}
}

// A run waits for another process that writes into the records.
func TestARunWaitsForTheRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.ReadSample(t, dir, testspace.EveryNth(t, 40))
	w := open(t, dir)
	tx, err := w.Store.DB.BeginTx(t.Context(), nil) // which takes the lock to write
	if err != nil {
		t.Fatal(err)
	}
	free := time.AfterFunc(2*time.Second, func() { tx.Rollback() })
	defer free.Stop()
	other := open(t, dir)
	out, err := pipeline.Run(t.Context(), other, pipeline.Options{Cause: "locked"})
	if err != nil {
		t.Fatal(err)
	}
	if out.Run.State != store.RunDone {
		t.Errorf("%+v", out.Run)
	}
}

package intake

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// dir is an open folder. Everything in the inbox is reached through one, name by name: the kernel
// decides what a name is at the moment when it is opened; an earlier look at the name decides nothing.
type dir struct {
	f     *os.File
	owner uint32 // of the inbox
}

// openDir opens the inbox itself.
func openDir(path string) (*dir, error) {
	f, err := os.OpenFile(path, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		f.Close()
		return nil, pathError("stat", path, err)
	}
	return &dir{f, st.Uid}, nil
}

// close closes the folder. What was opened through it stays open.
func (d *dir) close() { d.f.Close() }

// resolve keeps openat2 within the folder: no "..", no symbolic link, no link of /proc, no other file system.
const resolve = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV

// oldKernel is set if openat2 is missing (before Linux 5.6).
var oldKernel atomic.Bool

// open opens one name of the folder. It follows no link, enters no other file system, and does not wait
// for a pipe or a device.
func (d *dir) open(name string, flags int, perm uint32) (*os.File, error) {
	if err := cleanName(name); err != nil {
		return nil, err
	}
	flags |= unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY
	at := int(d.f.Fd())
	fd, err := -1, error(unix.ENOSYS)
	if !oldKernel.Load() {
		how := &unix.OpenHow{Flags: uint64(flags), Mode: uint64(perm),
			Resolve: resolve}
		for tries := 0; tries < 8; tries++ {
			fd, err = unix.Openat2(at, name, how)
			if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR) {
				break
			}
		}
		if errors.Is(err, unix.ENOSYS) {
			oldKernel.Store(true)
		}
	}
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EPERM) { // enough for one name without a link
		fd, err = unix.Openat(at, name, flags, perm)
	}
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENOTDIR),
		errors.Is(err, unix.EXDEV):
		return nil, pathError("open", name, errNotPlain)
	case errors.Is(err, unix.EAGAIN): // a file server has leased it to a client, or it is being renamed
		return nil, pathError("open", name, errBusy)
	case err != nil:
		return nil, pathError("open", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// sub opens a folder in the folder.
func (d *dir) sub(name string) (*dir, error) {
	f, err := d.open(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &dir{f, d.owner}, nil
}

// openFile opens a regular file for reading. The open file is checked, not the name.
func (d *dir) openFile(name string) (*os.File, node, error) {
	if n, err := d.stat(name); err != nil {
		return nil, n, err
	} else if !n.mode.IsRegular() { // opening a device may have effects
		return nil, n, pathError("open", name, errNotPlain)
	}
	f, err := d.open(name, unix.O_RDONLY, 0)
	if err != nil {
		return nil, node{}, err
	}
	n, err := statOf(f)
	if err == nil && !n.mode.IsRegular() {
		err = pathError("open", name, errNotPlain)
	}
	if err != nil {
		f.Close()
		return nil, node{}, err
	}
	return f, n, nil
}

// create makes a new file; it fails if the name exists, even as a link.
func (d *dir) create(name string) (*os.File, error) {
	return d.open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o644)
}

// stat returns the node of a name.
func (d *dir) stat(name string) (node, error) {
	if err := cleanName(name); err != nil {
		return node{}, err
	}
	var st unix.Stat_t
	err := unix.Fstatat(int(d.f.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return nodeOf(&st), pathError("stat", name, err)
}

// born returns when a file or folder was created, in nanoseconds since 1970; 0 if the disk does not
// record it. Inode numbers are reused, so they alone do not identify a file.
func (d *dir) born(name string) int64 {
	var st unix.Statx_t
	if err := unix.Statx(int(d.f.Fd()), name, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &st); err != nil ||
		st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return time.Unix(st.Btime.Sec, int64(st.Btime.Nsec)).UnixNano()
}

// statOf returns the node of an open file.
func statOf(f *os.File) (node, error) {
	var st unix.Stat_t
	err := unix.Fstat(int(f.Fd()), &st)
	return nodeOf(&st), pathError("stat", f.Name(), err)
}

// nodeOf converts what the kernel says about a file. Anything but files, folders and links is irregular.
func nodeOf(st *unix.Stat_t) node {
	n := node{dev: uint64(st.Dev), ino: st.Ino, links: uint64(st.Nlink), uid: st.Uid, size: st.Size,
		mode:  fs.FileMode(st.Mode & 0o777),
		mtime: time.Unix(st.Mtim.Unix()), ctime: time.Unix(st.Ctim.Unix())}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		n.mode |= fs.ModeDir
	case unix.S_IFLNK:
		n.mode |= fs.ModeSymlink
	default:
		n.mode |= fs.ModeIrregular
	}
	return n
}

// names lists the folder, up to max+1 names.
func (d *dir) names(max int) ([]string, error) {
	// Opened again, because a listing continues at the end of the last one of the same descriptor.
	fd, err := unix.Openat(int(d.f.Fd()), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, pathError("open", d.f.Name(), err)
	}
	f := os.NewFile(uintptr(fd), d.f.Name())
	defer f.Close()
	return readNames(f, max)
}

// mkdir makes a folder; it fails if the name exists.
func (d *dir) mkdir(name string, perm uint32) error {
	return pathError("mkdir", name, unix.Mkdirat(int(d.f.Fd()), name, perm))
}

// rename moves a name into another folder, and replaces what has that name there.
func (d *dir) rename(name string, to *dir, as string) error {
	return pathError("rename", name, unix.Renameat(int(d.f.Fd()), name, int(to.f.Fd()), as))
}

// move is rename that fails with fs.ErrExist if the name exists.
func (d *dir) move(name string, to *dir, as string) error {
	err := unix.Renameat2(int(d.f.Fd()), name, int(to.f.Fd()), as, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) { // not on every file system
		if _, found := to.stat(as); found == nil {
			err = unix.EEXIST
		} else {
			err = unix.Renameat(int(d.f.Fd()), name, int(to.f.Fd()), as)
		}
	}
	return pathError("rename", name, err)
}

// remove removes a name; a folder must be empty.
func (d *dir) remove(name string, folder bool) error {
	flags := 0
	if folder {
		flags = unix.AT_REMOVEDIR
	}
	return pathError("remove", name, unix.Unlinkat(int(d.f.Fd()), name, flags))
}

// sync makes new, renamed and removed names of the folder durable.
func (d *dir) sync() error { return d.f.Sync() }

// local are the file systems whose leases know of every process that has a file open.
var local = map[uint64]bool{
	unix.EXT4_SUPER_MAGIC:      true,
	unix.XFS_SUPER_MAGIC:       true,
	unix.BTRFS_SUPER_MAGIC:     true,
	unix.TMPFS_MAGIC:           true,
	unix.F2FS_SUPER_MAGIC:      true,
	unix.OVERLAYFS_SUPER_MAGIC: true,
}

// writers reports whether a process has an open file open for writing, and whether that is known. The
// kernel knows it if the file system is local and the file belongs to this user: it grants a read lease
// only without a writer.
func writers(f *os.File) (open, known bool) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil || !local[uint64(uint32(st.Type))] {
		return false, false
	}
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if err != nil {
		busy := errors.Is(err, unix.EAGAIN)
		return busy, busy
	}
	unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	return false, true
}

//go:build !linux

package intake

import (
	"errors"
	"io/fs"
	"os"
)

// dir is an open folder. Everything in the inbox is reached through one, name by name. Its methods are
// those of dir_linux.go; if the system offers less, such as leases or times of creation, they say that it
// is not known.
type dir struct {
	root  *os.Root
	owner uint32
}

// openDir opens the inbox itself.
func openDir(path string) (*dir, error) {
	r, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &dir{root: r}, nil
}

// close closes the folder; what was opened in it stays open.
func (d *dir) close() { d.root.Close() }

// sub opens a folder, and checks that what was opened is what the name was: not a link.
func (d *dir) sub(name string) (*dir, error) {
	was, err := d.lstat(name)
	if err != nil {
		return nil, err
	}
	r, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	is, err := r.Stat(".")
	if err == nil && !(was.IsDir() && os.SameFile(was, is)) {
		err = pathError("open", name, errNotPlain)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return &dir{root: r}, nil
}

// openFile opens a regular file for reading. The open file is checked, not the name.
func (d *dir) openFile(name string) (*os.File, node, error) {
	was, err := d.lstat(name)
	if err == nil && !was.Mode().IsRegular() {
		err = pathError("open", name, errNotPlain)
	}
	if err != nil {
		return nil, node{}, err
	}
	f, err := d.root.Open(name)
	if err != nil {
		return nil, node{}, err
	}
	is, err := f.Stat()
	if err == nil && !os.SameFile(was, is) {
		err = pathError("open", name, errNotPlain)
	}
	if err != nil {
		f.Close()
		return nil, node{}, err
	}
	return f, nodeOf(is), nil
}

// lstat returns the file information of a name, links not followed.
func (d *dir) lstat(name string) (os.FileInfo, error) {
	if err := cleanName(name); err != nil {
		return nil, err
	}
	return d.root.Lstat(name)
}

// create makes a new file; it fails if the name exists, even as a link.
func (d *dir) create(name string) (*os.File, error) {
	if err := cleanName(name); err != nil {
		return nil, err
	}
	return d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// stat returns the node of a name, links not followed.
func (d *dir) stat(name string) (node, error) {
	info, err := d.lstat(name)
	if err != nil {
		return node{}, err
	}
	return nodeOf(info), nil
}

// born returns 0: the time of creation is not known.
func (d *dir) born(string) int64 { return 0 }

// statOf returns the node of an open file.
func statOf(f *os.File) (node, error) {
	info, err := f.Stat()
	if err != nil {
		return node{}, err
	}
	return nodeOf(info), nil
}

// nodeOf converts file information. Device, inode and owner are not known.
func nodeOf(info os.FileInfo) node {
	return node{links: 1, mode: info.Mode().Type() | info.Mode().Perm(), size: info.Size(),
		mtime: info.ModTime(), ctime: info.ModTime()}
}

// names lists at most max names in the folder, in no particular order.
func (d *dir) names(max int) ([]string, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readNames(f, max)
}

// mkdir makes a folder; it fails if the name exists.
func (d *dir) mkdir(name string, perm uint32) error { return d.root.Mkdir(name, fs.FileMode(perm)) }

// rename moves a name into another folder, and replaces what has that name there.
func (d *dir) rename(name string, to *dir, as string) error {
	return os.Rename(d.root.Name()+string(os.PathSeparator)+name, to.root.Name()+string(os.PathSeparator)+as)
}

// move is rename that fails with fs.ErrExist if the name exists.
func (d *dir) move(name string, to *dir, as string) error {
	if _, err := to.root.Lstat(as); !errors.Is(err, fs.ErrNotExist) {
		return pathError("rename", name, fs.ErrExist)
	}
	return d.rename(name, to, as)
}

// remove removes a file or an empty folder.
func (d *dir) remove(name string, _ bool) error { return d.root.Remove(name) }

// sync does nothing: the system offers no way to make names durable.
func (d *dir) sync() error { return nil }

// writers reports that it is unknown whether a process has a file open for writing.
func writers(*os.File) (open, known bool) { return false, false }

package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// node is the file information of a name, links not followed.
type node struct {
	dev, ino, links uint64
	uid             uint32
	mode            fs.FileMode
	size            int64
	mtime, ctime    time.Time
}

// same reports whether two nodes are of the same file, unchanged. A rename changes the ctime alone.
func (n node) same(o node) bool {
	return n.dev == o.dev && n.ino == o.ino && n.mode == o.mode && n.size == o.size && n.mtime.Equal(o.mtime)
}

// newest returns when the file changed last: written to, renamed, linked or copied here.
func (n node) newest() time.Time {
	if n.ctime.After(n.mtime) {
		return n.ctime
	}
	return n.mtime
}

// read opens a file that the caller may read anyway.
func (d *dir) read(name string) (*os.File, error) {
	f, _, err := d.openFile(name)
	return f, err
}

// Reasons why a name in the inbox is not opened.
var (
	errNotPlain = errors.New("it is a link or no ordinary file")
	errShared   = errors.New("it is another name (a hard link) of a file that not everybody may read; deliver a " +
		"copy of it")
	errBusy = errors.New("another program has it open")
	errName = errors.New("it is not a file name")
)

// file opens a file of the inbox for reading: a regular file that its deliverer could read too. A file
// with several names (hard links) could be a private file of another user.
func (d *dir) file(name string) (*os.File, node, error) {
	f, n, err := d.openFile(name)
	if err != nil {
		return nil, n, err
	}
	if n.links > 1 && (n.uid != d.owner || n.mode&0o004 == 0) {
		f.Close()
		return nil, n, pathError("open", name, errShared)
	}
	return f, n, nil
}

// cleanName refuses what is not a single name in a folder.
func cleanName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return fmt.Errorf("%q: %w", name, errName)
	}
	return nil
}

// Bounds of an entry, and of the inbox, in names.
const (
	maxDepth   = 32
	maxNames   = 20_000
	maxEntries = 1_000_000 // in the inbox itself
)

// errTooMany is returned for an entry beyond the bounds.
var errTooMany = fmt.Errorf("it holds more than %d names; deliver it as an archive", maxNames)

// found is one name under an entry.
type found struct {
	rel  string // from the entry, / separated; "" is the entry itself
	name string
	in   *dir // open only while visit runs
	node
}

// walk visits an entry and everything under it, in the order of names, each folder before its contents.
// It opens folder by folder and follows no link, so that nothing outside is reached even if names are
// replaced meanwhile. visit returns fs.SkipDir to leave a folder out.
func walk(in *dir, name string, visit func(found) error) error {
	names := 0
	return walkIn(in, name, "", 0, &names, visit)
}

// walkIn is walk below rel; names counts all names of the entry.
func walkIn(in *dir, name, rel string, depth int, names *int, visit func(found) error) error {
	n, err := in.stat(name)
	if err != nil {
		return err
	}
	if *names++; *names > maxNames {
		return errTooMany
	}
	if err := visit(found{rel, name, in, n}); err != nil {
		if errors.Is(err, fs.SkipDir) {
			return nil
		}
		return err
	}
	if !n.mode.IsDir() {
		return nil
	}
	if depth >= maxDepth {
		return fmt.Errorf("%s: folders lie more than %d deep in one another; deliver it as an archive", rel,
			maxDepth)
	}
	sub, err := in.sub(name)
	if err != nil {
		return err
	}
	defer sub.close()
	list, err := sub.names(maxNames)
	if err != nil {
		return err
	}
	if len(list) > maxNames {
		return errTooMany
	}
	slices.Sort(list)
	for _, child := range list {
		at := child
		if rel != "" {
			at = rel + "/" + child
		}
		if err := walkIn(sub, child, at, depth+1, names, visit); err != nil {
			return err
		}
	}
	return nil
}

// put writes a file into the folder so that after a crash either the old or the new one is there.
func (d *dir) put(name string, data []byte) error {
	f, err := d.putTemporary(name, data)
	if err != nil {
		return err
	}
	if err = errors.Join(f.Sync(), f.Close()); err == nil {
		err = d.rename(tmpName(name), d, name)
	}
	if err != nil {
		return errors.Join(err, d.remove(tmpName(name), false))
	}
	return d.sync()
}

// putTemporary writes a file under the temporary name of another, and returns it open. A link of either name is
// replaced, never written through.
func (d *dir) putTemporary(name string, data []byte) (*os.File, error) {
	// The temporary name depends on the name alone, so that what a crash left is overwritten.
	tmp := tmpName(name)
	if err := d.remove(tmp, false); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := d.create(tmp)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(data); err != nil {
		return nil, errors.Join(err, f.Close(), d.remove(tmp, false))
	}
	return f, nil
}

// tmpName returns the name under which a file is written first; intake leaves such names alone.
func tmpName(name string) string { return ".new-" + shortHash(name) }

// readNames lists an open folder, up to max+1 names.
func readNames(f *os.File, max int) ([]string, error) {
	list, err := f.Readdirnames(max + 1)
	if errors.Is(err, io.EOF) { // an empty folder
		err = nil
	}
	return list, err
}

// removeAll removes a name and everything under it, links not followed.
func (d *dir) removeAll(name string) error {
	n, err := d.stat(name)
	if err != nil || !n.mode.IsDir() {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return errors.Join(err, d.remove(name, false))
	}
	sub, err := d.sub(name)
	if err != nil {
		return err
	}
	defer sub.close()
	list, err := sub.names(maxNames)
	for _, child := range list {
		err = errors.Join(err, sub.removeAll(child))
	}
	if err != nil {
		return err
	}
	return d.remove(name, true)
}

// pathError wraps an error with what was tried on which name.
func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &os.PathError{Op: op, Path: name, Err: err}
}

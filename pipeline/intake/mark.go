package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/durable"
)

// mark says that kheo itself put an entry into the inbox, in one rename, so that it is complete and need
// not settle. Marks are in the workspace's var/, out of reach of those who write into the inbox, and
// identify the very files by inode and time of creation: a copy of the same name has no mark.
type mark struct {
	Entry   string    `json:"entry"`
	Dev     uint64    `json:"dev"`
	Ino     uint64    `json:"ino"`
	Born    int64     `json:"born"` // see dir.born
	Sum     string    `json:"sum"`  // of everything in it, see sumOf
	Replace bool      `json:"replace,omitempty"`
	At      time.Time `json:"at"`
}

// marks is the folder of a workspace that holds marks.
type marks string

// marksOf returns the marks of an inbox, which is a folder of the workspace.
func marksOf(inbox string) marks {
	return marks(filepath.Join(filepath.Dir(inbox), "var", "handed-in"))
}

// path returns the file of an entry's mark. The entry's own name is not used, since submitters choose it. Several
// deliveries of one name may wait, so the inode distinguishes them.
func (m marks) path(entry string, ino uint64) string {
	return filepath.Join(string(m), fmt.Sprintf("%s-%d.json", shortHash(entry), ino))
}

// oldPath returns the file in which an older kheo has put an entry's mark.
func (m marks) oldPath(entry string) string {
	return filepath.Join(string(m), shortHash(entry)+".json")
}

// put writes the mark of an entry in a folder, before the entry is renamed into the inbox.
func (m marks) put(in *dir, entry string, replace bool) error {
	top, err := in.stat(entry)
	if err != nil {
		return err
	}
	sum, err := sumOf(in, entry)
	if err != nil {
		return err
	}
	b, err := json.Marshal(mark{entry, top.dev, top.ino, in.born(entry), sum, replace, time.Now().UTC()})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(m), 0o700); err != nil {
		return err
	}
	return durable.WriteFile(m.path(entry, top.ino), b)
}

// of returns the mark of an entry if it is of this very file or folder, whatever the folder contains
// now; nil otherwise.
func (m marks) of(in *dir, entry string) *mark {
	top, err := in.stat(entry)
	if err != nil {
		return nil
	}
	f, err := os.Open(m.path(entry, top.ino))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(m.oldPath(entry))
	}
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 64<<10))
	var k mark
	if err != nil || json.Unmarshal(b, &k) != nil || k.Entry != entry {
		return nil
	}
	if top.dev != k.Dev || top.ino != k.Ino || in.born(entry) != k.Born {
		return nil
	}
	return &k
}

// drop removes the mark of an entry that was taken, or did not get into the inbox; nil is none.
func (m marks) drop(k *mark) error {
	if k == nil {
		return nil
	}
	for _, path := range []string{m.path(k.Entry, k.Ino), m.oldPath(k.Entry)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// sumOf returns a hash of everything under an entry: which files, how large, when written. A rename of
// the entry does not change it.
func sumOf(in *dir, entry string) (string, error) {
	var all []string
	err := walk(in, entry, func(f found) error {
		if f.mode.IsDir() {
			all = append(all, fmt.Sprintf("%s %d %d %v", f.rel, f.dev, f.ino, f.mode))
			return nil
		}
		all = append(all, fmt.Sprintf("%s %d %d %v %d %d", f.rel, f.dev, f.ino, f.mode, f.size,
			f.mtime.UnixNano()))
		return nil
	})
	return dossier.HashOf(all), err
}

// MarkWhole marks every entry of an inbox as complete. The caller has written them.
func MarkWhole(inbox string) error {
	in, err := openDir(inbox)
	if err != nil {
		return err
	}
	defer in.close()
	list, err := in.names(maxEntries)
	if err != nil {
		return err
	}
	for _, name := range list {
		if Skipped(name) {
			continue
		}
		if err := marksOf(inbox).put(in, name, false); err != nil {
			return err
		}
	}
	return nil
}

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

// A mark says that kheo itself put an entry into the inbox, by one rename, so that it is whole: it
// need not settle. Marks lie in the workspace's own var/, out of reach of those who write into the
// inbox, and name the very files, by number on their disk and time of birth: a copy of the same name has no mark.
type mark struct {
	Entry   string    `json:"entry"`
	Dev     uint64    `json:"dev"`
	Ino     uint64    `json:"ino"`
	Born    int64     `json:"born"` // when it was made
	Sum     string    `json:"sum"`  // of all that lies in it
	Replace bool      `json:"replace,omitempty"`
	At      time.Time `json:"at"`
}

// marks is the folder of a workspace that holds marks.
type marks string

// marksOf is where the marks of an inbox lie. The inbox is a folder of the workspace.
func marksOf(inbox string) marks {
	return marks(filepath.Join(filepath.Dir(inbox), "var", "handed-in"))
}

func (m marks) path(entry string) string { return filepath.Join(string(m), shortHash(entry)+".json") }

// put writes the mark of an entry which lies in a folder, before it is renamed into the inbox.
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
	return durable.WriteFile(m.path(entry), b)
}

// of returns the mark of an entry where it is of this very file or folder, whatever lies in it now.
func (m marks) of(in *dir, entry string) *mark {
	f, err := os.Open(m.path(entry))
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 64<<10))
	var k mark
	if err != nil || json.Unmarshal(b, &k) != nil || k.Entry != entry {
		return nil
	}
	top, err := in.stat(entry)
	if err != nil || top.dev != k.Dev || top.ino != k.Ino || in.born(entry) != k.Born {
		return nil
	}
	return &k
}

// drop removes the mark of an entry that was taken in.
func (m marks) drop(entry string) error {
	if err := os.Remove(m.path(entry)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// sumOf is a hash of all that lies under an entry: which files, how large, when written. It stays
// the same when the entry is renamed.
func sumOf(in *dir, entry string) (string, error) {
	var all []string
	err := walk(in, entry, func(f found) error {
		if f.mode.IsDir() {
			all = append(all, fmt.Sprintf("%s %d %d %v", f.rel, f.dev, f.ino, f.mode))
			return nil
		}
		all = append(all, fmt.Sprintf("%s %d %d %v %d %d", f.rel, f.dev, f.ino, f.mode, f.size, f.mtime.UnixNano()))
		return nil
	})
	return dossier.HashOf(all), err
}

// MarkWhole marks what lies in an inbox, and was written by the caller, as whole.
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

package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kheo/internal/durable"
	"kheo/internal/text/language"
	"kheo/internal/texts"
	"kheo/internal/visible"
	"kheo/pipeline/store"
)

// ErrChanging is returned for an entry that changed while it was read; it stays in the inbox for the
// next time.
var ErrChanging = errors.New("it is still being written; it is taken next time")

// bay is the folder in the inbox into which an entry is moved while it is taken, so that no program
// opens it again under its name. Nothing in it is removed before all of it is recorded and was compared
// with the record.
//
// The name of a bay is its state: asidePrefix, or nextPrefix of a delivery that follows others, until the entry is
// recorded, donePrefix while it is removed. A run that was killed leaves the bay, and the next run continues with it.
type bay struct {
	in    *dir   // the inbox
	name  string // of the bay in the inbox
	dir   *dir
	entry string
}

// moveAside moves an entry into a bay, or opens the bay in which it is already.
func moveAside(in *dir, e Entry) (*bay, error) {
	b := &bay{in: in, name: e.Aside, entry: e.Name}
	if e.Aside == "" {
		b.name = asidePrefix + randomName()
		if err := in.mkdir(b.name, 0o700); err != nil {
			return nil, fmt.Errorf("moving aside what is taken: %w", err)
		}
	}
	var err error
	if b.dir, err = in.sub(b.name); err != nil {
		return nil, fmt.Errorf("moving aside what is taken: %w", err)
	}
	if e.Aside == "" {
		if err := in.rename(e.Name, b.dir, e.Name); err != nil {
			b.leave()
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil, ErrChanging
			case errors.Is(err, fs.ErrPermission):
				return nil, &Refused{"", errMove}
			}
			return nil, fmt.Errorf("moving aside what is taken: %w", err)
		}
	}
	return b, nil
}

// errMove is the reason for an entry that kheo may not move.
var errMove = errors.New("kheo may not move it; let the user that kheo runs as write into it, and into the inbox")

// leave closes the bay, and removes it if it is empty.
func (b *bay) leave() {
	b.dir.close()
	b.in.remove(b.name, true)
}

// done reports whether everything in the bay is recorded, and part of it may be removed already.
func (b *bay) done() bool { return strings.HasPrefix(b.name, donePrefix) }

// back returns the entry to its name in the inbox. If another entry has that name by now it stays in the
// bay, and is taken before that one.
func (b *bay) back() error {
	if b.done() || IsNext(b.name) { // which keeps its place
		return nil
	}
	if err := b.dir.move(b.entry, b.in, b.entry); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("putting back what was not taken: %w", err)
	}
	return nil
}

// taken is a file of an entry of which every byte is kept.
type taken struct {
	node
	sha string
}

// compare compares the entry with what was taken of it. The error is ErrChanging if anything differs,
// even if only the content does, and if a program may still write.
func (b *bay) compare(c *collector) error {
	err := walk(b.dir, b.entry, func(f found) error {
		if _, is := c.left[f.rel]; is {
			if f.mode.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if f.mode.IsDir() {
			return nil
		}
		t, is := c.took[f.rel]
		if !is || !t.same(f.node) {
			return ErrChanging
		}
		file, n, err := f.in.file(f.name)
		if err != nil {
			return errors.Join(ErrChanging, err)
		}
		defer file.Close()
		h := sha256.New()
		if _, err := io.Copy(h, io.LimitReader(file, t.size+1)); err != nil {
			return err
		}
		open, _ := writers(file)
		if open || !t.same(n) || hex.EncodeToString(h.Sum(nil)) != t.sha {
			return ErrChanging
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return ErrChanging
	}
	return err
}

// finish marks the bay as recorded: when its new name is durable, which the caller sees to, its entry may be removed.
// After a crash it is taken once more, and then only ever adds to the dossier.
func (b *bay) finish() error {
	if b.done() {
		return nil
	}
	// The new name is the state: a run that finds it knows that everything is recorded.
	name := donePrefix + strings.TrimPrefix(b.name, asidePrefix)
	if IsNext(b.name) { // whose number is given again
		name = donePrefix + randomName()
	}
	if err := b.in.move(b.name, b.in, name); err != nil {
		return fmt.Errorf("removing what was taken: %w", err)
	}
	b.name = name
	return nil
}

// clear removes what was taken, file by file, each only if it is still the file that was taken. It
// reports whether anything else is left.
func (b *bay) clear(c *collector) (left bool, err error) {
	var folders []found
	err = walk(b.dir, b.entry, func(f found) error {
		t, is := c.took[f.rel]
		switch why, out := c.left[f.rel]; {
		case out && why == systemFile:
			if err := f.in.removeAll(f.name); err != nil {
				return err
			}
			return fs.SkipDir
		case out:
			left = true
			return fs.SkipDir
		case f.mode.IsDir():
			folders = append(folders, f)
			return nil
		case !is || !t.same(f.node):
			return ErrChanging
		}
		return f.in.remove(f.name, false)
	})
	if err != nil {
		return true, err
	}
	// The innermost first. A folder that is not empty stays, and what is in it is reported as left.
	for i := len(folders) - 1; i >= 0; i-- {
		if err := b.removeFolder(folders[i].rel); err != nil {
			left = true
		}
	}
	return left, nil
}

// removeFolder removes an empty folder of the entry.
func (b *bay) removeFolder(rel string) error {
	at, name := b.dir, b.entry
	if rel != "" {
		for _, next := range strings.Split(rel, "/") {
			sub, err := at.sub(name)
			if err != nil {
				return err
			}
			defer sub.close()
			at, name = sub, next
		}
	}
	return at.remove(name, true)
}

// LeftOut is the folder under quarantine/ that keeps what was delivered and not taken.
const LeftOut = "left-out"

// systemFile is the reason for operating system files, which are removed and not kept.
const systemFile = "it is a file of the system"

// keepRest moves what was left out into quarantine, with its reasons. It is kept under the dossier's id
// and a random name: no name that a submitter chose is used.
func (b *bay) keepRest(quarantine string, a *store.Accepted, c *collector) error {
	top := filepath.Join(quarantine, LeftOut, a.ID)
	if err := os.MkdirAll(top, durable.PrivateDir); err != nil {
		return err
	}
	q, err := openDir(top)
	if err != nil {
		return err
	}
	defer q.close()
	// The reasons are written before the files are moved, so that nothing is in quarantine without them.
	name := fmt.Sprintf("%d-%s", a.Version, randomName()[:8])
	text := fmt.Sprintf("%s\ndossier: %s (version %d)\n", b.entry, a.ID, a.Version)
	for _, l := range language.Codes() {
		text += l + ": " + texts.Section("intake").In(l, "left-out") + "\n"
	}
	for _, w := range c.receipt.Warnings {
		text += "- " + w + "\n"
	}
	if err := q.put(name+".reason.txt", []byte(visible.Text(text))); err != nil {
		return err
	}
	err = b.dir.move(b.entry, q, name)
	if err == nil {
		return q.sync()
	}
	// Quarantine is on another disk: it stays in the inbox, under a name that is left alone.
	if moved := b.in.move(b.name, b.in, ".left-out-"+name); moved != nil {
		return errors.Join(err, moved)
	}
	return nil
}

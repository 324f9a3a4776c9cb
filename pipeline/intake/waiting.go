package intake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kheo/internal/dossier"
)

// nextPrefix begins the names of folders in the inbox that hold one delivery each which follows others of the same
// dossier. They are .next-HASH-001 and so on, by the hash of the dossier's name, and are taken in that order, after the
// entry that has the name itself. No one but kheo writes into them.
const nextPrefix = ".next-"

// maxNext is the highest number of a delivery that follows another. Numbers start again at 1 when none waits.
const maxNext = 100

// nextName returns the name of the folder of a delivery that follows others.
func nextName(dossierName string, n int) string {
	return fmt.Sprintf("%s%s-%03d", nextPrefix, shortHash(dossierName), n)
}

// IsNext reports whether a name in the inbox is that of a folder with a delivery that follows others.
func IsNext(name string) bool { return strings.HasPrefix(name, nextPrefix) }

// waiting returns the entries of a dossier that wait in an inbox, in the order in which they are taken, and the number
// of the last that follows others.
func waiting(in *dir, dossierName string) (out []Entry, last int) {
	for _, end := range append([]string{""}, archives...) {
		if _, err := in.stat(dossierName + end); err == nil {
			out = append(out, Entry{Name: dossierName + end})
		}
	}
	for n := 1; n <= maxNext; n++ {
		name := nextName(dossierName, n)
		if _, err := in.stat(name); err != nil {
			continue
		}
		if aside, err := entriesAside(in, name); err == nil {
			out = append(out, aside...)
		}
		last = n
	}
	return out, last
}

// Waiting returns the entries of a dossier that wait in an inbox, in the order in which they are taken. The dossier is
// named as its entry is.
func Waiting(inbox, name string) ([]Entry, error) {
	in, err := openDir(inbox)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.close()
	out, _ := waiting(in, DossierName(name))
	return out, nil
}

// Path returns where an entry is in its inbox.
func (e Entry) Path(inbox string) string { return filepath.Join(inbox, e.Aside, e.Name) }

// ManifestWaiting returns the newest dossier.yaml in the folders of a dossier that wait in an inbox; nil if there is
// none.
func ManifestWaiting(inbox, name string) ([]byte, error) {
	in, err := openDir(inbox)
	if err != nil {
		return nil, err
	}
	defer in.close()
	list, _ := waiting(in, DossierName(name))
	for i := len(list) - 1; i >= 0; i-- {
		b, err := manifestIn(in, list[i])
		if err != nil || b != nil {
			return b, err
		}
	}
	return nil, nil
}

// manifestIn returns the dossier.yaml of an entry that is a folder; nil if it has none.
func manifestIn(in *dir, e Entry) ([]byte, error) {
	for _, name := range []string{e.Aside, e.Name} {
		if name == "" {
			continue
		}
		sub, err := in.sub(name)
		if err != nil {
			return nil, nil // taken meanwhile, or no folder
		}
		defer sub.close()
		in = sub
	}
	f, _, err := in.file(dossier.ManifestName)
	if err != nil {
		return nil, nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err == nil && len(b) > maxManifest {
		err = fmt.Errorf("%s is larger than %d KB", dossier.ManifestName, maxManifest>>10)
	}
	return b, err
}

// place moves the staged entry into the inbox: under its name or, if the submission may follow others and one of its
// dossier waits, behind them.
func (b *Submission) place(in, tmp *dir, stage, name string) (behind int, err error) {
	list, last := waiting(in, DossierName(name))
	if len(list) == 0 {
		if err = tmp.move(name, in, name); !errors.Is(err, fs.ErrExist) {
			return 0, err
		}
		list = []Entry{{Name: name}} // it came in between
	}
	if !b.Follow {
		return 0, ErrWaits
	}
	if err := tmp.sync(); err != nil { // so that a power failure does not leave the folder empty
		return 0, err
	}
	for n := last + 1; n <= maxNext; n++ {
		err := in.move(stage, in, nextName(DossierName(name), n))
		if !errors.Is(err, fs.ErrExist) {
			return len(list), err
		}
	}
	return 0, ErrWaits
}

// InOrder returns the entries that are complete and have no earlier one of the same dossier that is not: deliveries of
// one dossier are taken in the order in which they came. held are those that wait for others.
func InOrder(looks []Look) (out, held []Entry) {
	stopped := map[string]bool{}
	for _, l := range looks {
		id := ID(l.Name)
		switch {
		case l.Why != "":
			stopped[id] = true
		case stopped[id]:
			held = append(held, l.Entry)
		default:
			out = append(out, l.Entry)
		}
	}
	return out, held
}

// Without returns the entries that are not of the dossier of an entry which failed, and those that are.
func Without(entries []Entry, failed Entry) (out, held []Entry) {
	id := ID(failed.Name)
	for _, e := range entries {
		if ID(e.Name) == id {
			held = append(held, e)
			continue
		}
		out = append(out, e)
	}
	return out, held
}

// Drop removes the entries of a dossier that wait in an inbox, with their marks.
func Drop(inbox, name string) (int, error) {
	list, err := Waiting(inbox, name)
	for _, e := range list {
		err = errors.Join(err, os.RemoveAll(e.Path(inbox)))
		if e.Aside != "" {
			err = errors.Join(err, os.RemoveAll(filepath.Join(inbox, e.Aside)))
		}
	}
	return len(list), err
}

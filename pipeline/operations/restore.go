package operations

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
)

// mostList is how large the list of a backup may be, in bytes.
const mostList = 1 << 30

// Restore makes a workspace of a backup in a new folder. Every file is held to its hash, kept files
// to their names, the records to theirs, and the chain of events is verified, before the folder gets
// its name: the error is Damaged where something is not what was backed up, and nothing is left.
func Restore(ctx context.Context, from io.Reader, dir string) (*BackupReport, error) {
	return RestoreAs(ctx, from, dir, false)
}

// RestoreAs restores as Restore does; where it keeps going, also what is left of a damaged backup,
// and reports what is damaged.
func RestoreAs(ctx context.Context, from io.Reader, dir string, keepGoing bool) (*BackupReport, error) {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return nil, fmt.Errorf("%s is not empty; name a folder that does not exist yet", dir)
	}
	tmp := strings.TrimRight(dir, "/") + ".restoring"
	if err := os.RemoveAll(tmp); err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	u := &unpacking{dir: tmp, got: map[string]string{}, links: map[string]string{}}
	if err := u.unpack(ctx, from); err != nil {
		return nil, err
	}
	if err := u.compare(); err != nil {
		return nil, err
	}
	if err := u.checkRecords(ctx); err != nil {
		return nil, err
	}
	if len(u.faults) > 0 && !keepGoing {
		return nil, &Damaged{"the backup was not restored", u.faults}
	}
	u.list.Damaged = u.faults
	if err := syncFolders(tmp); err != nil {
		return nil, err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return nil, err
	}
	return u.list, store.SyncDir(filepath.Dir(filepath.Clean(dir)))
}

// syncFolders makes the names of all files in a folder durable.
func syncFolders(dir string) error {
	return filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return store.SyncDir(at)
	})
}

// unpacking is a backup on its way into a folder.
type unpacking struct {
	dir    string
	list   *BackupReport     // nil until it was read
	got    map[string]string // SHA-256 of what was unpacked, by path
	links  map[string]string
	faults []string
}

func (u *unpacking) fault(format string, args ...any) {
	u.faults = append(u.faults, fmt.Sprintf(format, args...))
}

func (u *unpacking) at(name string) string { return filepath.Join(u.dir, filepath.FromSlash(name)) }

// unpack writes the files of a backup into the folder, and hashes them. An archive that no backup can
// be is an error; one that is cut off or holds too much is damaged.
func (u *unpacking) unpack(ctx context.Context, from io.Reader) error {
	tr := tar.NewReader(from)
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = u.member(tr, h)
		}
		if refused := new(refusedArchive); errors.As(err, &refused) {
			return err
		}
		if err != nil {
			if len(u.got) == 0 {
				return fmt.Errorf("this is no backup, or it is cut off: %w", err)
			}
			u.fault("the archive is cut off or damaged after %d files: %v", len(u.got), err)
			break
		}
	}
	if u.list == nil {
		if len(u.got) == 0 {
			return errors.New("this is no backup, or it is cut off: its list is missing")
		}
		u.fault("this is no backup, or it is cut off: its list (%s) is missing, so only kept files can be held to their hashes", backupList)
		u.list = &BackupReport{Files: maps.Clone(u.got)}
	}
	return nil
}

// refusedArchive is an archive that tries to write where it must not.
type refusedArchive struct{ why string }

func (r *refusedArchive) Error() string { return r.why }

// member unpacks one member.
func (u *unpacking) member(tr *tar.Reader, h *tar.Header) (err error) {
	name := path.Clean(h.Name)
	if !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsRune(name, 0) {
		return &refusedArchive{fmt.Sprintf("the backup holds the path %q, which leads out of the folder", h.Name)}
	}
	for p := name; p != "."; p = path.Dir(p) {
		if _, is := u.links[p]; is {
			return &refusedArchive{fmt.Sprintf("the backup holds the path %q, which leads through a link", h.Name)}
		}
	}
	if _, twice := u.got[name]; twice || name == backupList && u.list != nil {
		u.fault("%s is in the archive twice; the first is taken", name)
		return nil
	}
	switch {
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeSymlink:
		u.fault("%s is of a kind that no backup has", name)
		return nil
	case name == backupList && h.Typeflag == tar.TypeReg:
		u.list = &BackupReport{}
		if err := json.NewDecoder(io.LimitReader(tr, mostList)).Decode(u.list); err != nil {
			u.list = nil
			return fmt.Errorf("its list cannot be read: %w", err)
		}
		return nil
	case strings.HasPrefix(name+"/", "var/") && name != backupRecords && !strings.HasPrefix(name, backupBlobs+"/"):
		u.fault("%s is nothing that a backup has", name)
		return nil
	}
	folders, files := modes(name)
	if err := os.MkdirAll(filepath.Dir(u.at(name)), folders); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeSymlink {
		if !besideLink(h.Linkname) {
			return &refusedArchive{fmt.Sprintf("the backup holds the link %q, which leads out of its folder", h.Name)}
		}
		u.links[name] = h.Linkname
		return os.Symlink(h.Linkname, u.at(name))
	}
	sha, err := unpackFile(tr, u.at(name), fs.FileMode(h.Mode).Perm()&files)
	if err != nil {
		return errors.Join(err, os.Remove(u.at(name)))
	}
	u.got[name] = sha
	return nil
}

// compare holds what was unpacked to the list, and kept files to their names. Kept files that are not
// what their names say, and what no backup has, are removed.
func (u *unpacking) compare() error {
	var remove []string
	for _, name := range slices.Sorted(maps.Keys(u.got)) {
		in := strings.HasPrefix(name, backupBlobs+"/")
		switch sha, listed := u.list.Files[name]; {
		case !listed:
			u.fault("%s is in the archive and not in its list", name)
			remove = append(remove, name)
		case sha != u.got[name]:
			u.fault("%s is not what was backed up", name)
			if in {
				remove = append(remove, name)
			}
		case in && path.Base(name) != sha:
			u.fault("%s is not the file that its name says", name)
			remove = append(remove, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(u.list.Files)) {
		if _, is := u.got[name]; !is {
			u.fault("%s is missing", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(u.links)) {
		if to, listed := u.list.Links[name]; u.list.Links != nil && (!listed || to != u.links[name]) {
			u.fault("the link %s is in the archive and not in its list", name)
			remove = append(remove, name)
		}
	}
	for _, s := range u.list.Damaged {
		u.fault("when the backup was made: %s", s)
	}
	for _, name := range remove {
		delete(u.got, name)
		if err := os.Remove(u.at(name)); err != nil {
			return err
		}
	}
	return nil
}

// checkRecords holds the records to what the backup says of them, before and after they are migrated,
// verifies the chain of events, and looks for every file that they name.
func (u *unpacking) checkRecords(ctx context.Context) error {
	if _, is := u.got[backupRecords]; !is {
		u.fault("the records (%s) are missing", backupRecords)
		return nil
	}
	if err := u.pointRecords(); err != nil {
		return err
	}
	was, err := store.DigestFile(ctx, u.at(backupRecords))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		u.fault("the records cannot be read: %v", err)
		return nil
	case u.list.Records != nil && was.SHA256 != u.list.Records.SHA256:
		u.fault("the records are not those that were backed up")
	case u.list.Records == nil:
		u.list.Records = was
	}
	s, err := store.Open(ctx, u.at(backupRecords), u.at(backupBlobs))
	if err != nil {
		u.fault("%v", err)
		return nil
	}
	defer s.Close()
	c, err := campaign.Load(u.dir)
	if err != nil {
		c = nil
	}
	named, _, faults, err := verifyRecords(ctx, s, c, u.list.Chain)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		faults = append(faults, err.Error())
	}
	u.faults = append(u.faults, faults...)
	for _, sha := range slices.Sorted(maps.Keys(named)) {
		name := path.Join(backupBlobs, sha[:min(2, len(sha))], sha)
		if _, is := u.got[name]; !is {
			u.fault("%s is missing (%s)", named[sha], sha)
		}
	}
	return nil
}

// pointRecords writes into kheo.yaml that the records are the file that was restored. A kheo.yaml in
// which this version finds mistakes keeps nothing from being restored.
func (u *unpacking) pointRecords() error {
	err := campaign.SetRecords(u.dir, backupRecords, "")
	if err == nil {
		return nil
	}
	if _, is := u.got[campaign.File]; !is {
		u.fault("%s is missing", campaign.File)
		return nil
	}
	u.list.Notes = append(u.list.Notes, fmt.Sprintf("%s or a ruleset has mistakes by the rules of this version of kheo; kheo check tells them", campaign.File))
	return campaign.WriteRecords(u.dir, backupRecords, "")
}

// unpackFile writes one file that is not there yet.
func unpackFile(from io.Reader, at string, mode fs.FileMode) (sha string, err error) {
	f, err := os.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode|0o600)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, h), from)
	if err == nil {
		err = f.Sync()
	}
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}

// modes are those that a folder and a file of a workspace may have at most.
func modes(name string) (folders, files fs.FileMode) {
	if top, _, _ := strings.Cut(name, "/"); top == "var" || top == "quarantine" {
		return store.PrivateDir, store.PrivateFile
	}
	return 0o755, 0o755
}

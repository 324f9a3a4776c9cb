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

	"kheo/internal/durable"
	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
)

// maxBackupList is the maximum size of the list of a backup, in bytes.
const maxBackupList = 1 << 30

// Restore unpacks a backup into a new workspace. dir must not exist, or be empty. Files are checked against the
// list of the backup, blobs also against their names; the records and the audit trail are verified. Only then does
// the folder get its name. The error is *Damaged if anything differs from what was backed up; nothing is left then.
func Restore(ctx context.Context, from io.Reader, dir string) (*BackupReport, error) {
	return RestoreAs(ctx, from, dir, false)
}

// RestoreAs is Restore; with keepGoing it also restores what is left of a damaged backup and reports the damage in
// the BackupReport instead of as an error.
func RestoreAs(ctx context.Context, from io.Reader, dir string, keepGoing bool) (*BackupReport, error) {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return nil, fmt.Errorf("%s is not empty; name a folder that does not exist yet", dir)
	}
	// Everything is unpacked and verified under a temporary name; a restore that was interrupted left the folder.
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
	// From here on the workspace is complete: sync its names, then give it the final one.
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
	return u.list, durable.SyncDir(filepath.Dir(filepath.Clean(dir)))
}

// syncFolders makes the names of all files beneath a folder durable. Their contents are synced when they are written.
func syncFolders(dir string) error {
	return filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return durable.SyncDir(at)
	})
}

// unpacking is a backup that is being restored.
type unpacking struct {
	dir    string            // a temporary folder beside the final one
	list   *BackupReport     // nil until the last member is read
	got    map[string]string // SHA-256 of the files that were unpacked, by path
	links  map[string]string // targets of the links that were unpacked, by path
	faults []string
}

// fault records that something is damaged or missing.
func (u *unpacking) fault(format string, args ...any) {
	u.faults = append(u.faults, fmt.Sprintf(format, args...))
}

// at returns the path of a member on disk.
func (u *unpacking) at(name string) string { return filepath.Join(u.dir, filepath.FromSlash(name)) }

// unpack writes the files of a backup into the folder and hashes them. An archive that cannot be a backup, or that
// tries to write outside the folder, is an error. An archive that is cut off, or has unknown members, is damaged.
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
				return fmt.Errorf("this is not a backup, or it is cut off: %w", err)
			}
			u.fault("the archive is cut off or damaged after %d files: %v", len(u.got), err)
			break
		}
	}
	// Without its list, what was unpacked is taken as the list: blobs can still be compared with their names.
	if u.list == nil {
		if len(u.got) == 0 {
			return errors.New("this is not a backup, or it is cut off: its list is missing")
		}
		u.fault("this is not a backup, or it is cut off: its list (%s) is missing, so only kept files can be checked "+
			"against their hashes", backupList)
		u.list = &BackupReport{Files: maps.Clone(u.got)}
	}
	return nil
}

// refusedArchive is the error of an archive that tries to write outside the folder. It is not restored even with
// keepGoing: no damage makes such an archive.
type refusedArchive struct{ why string }

// Error says which path leads out of the folder.
func (r *refusedArchive) Error() string { return r.why }

// refuse returns an error if a member would be written outside the folder.
func (u *unpacking) refuse(h *tar.Header) error {
	name := path.Clean(h.Name)
	if !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsRune(name, 0) {
		return &refusedArchive{fmt.Sprintf("the backup holds the path %q, which leads out of the folder", h.Name)}
	}
	for p := name; p != "."; p = path.Dir(p) {
		if _, is := u.links[p]; is {
			return &refusedArchive{fmt.Sprintf("the backup holds the path %q, which leads through a link", h.Name)}
		}
	}
	return nil
}

// member unpacks one member. Members that no backup has are faults and are left out.
func (u *unpacking) member(tr *tar.Reader, h *tar.Header) error {
	if err := u.refuse(h); err != nil {
		return err
	}
	name := path.Clean(h.Name)
	if _, twice := u.got[name]; twice || name == backupList && u.list != nil {
		u.fault("%s is in the archive twice; the first one is used", name)
		return nil
	}
	switch {
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeSymlink:
		u.fault("%s is neither a file nor a link", name)
		return nil
	case name == backupList && h.Typeflag == tar.TypeReg:
		return u.readList(tr)
	case strings.HasPrefix(name+"/", "var/") && name != backupRecords && !strings.HasPrefix(name, backupBlobs+"/"):
		u.fault("%s is not part of a backup", name)
		return nil
	}
	return u.write(tr, h, name)
}

// readList reads the list of the backup.
func (u *unpacking) readList(r io.Reader) error {
	list := &BackupReport{}
	if err := json.NewDecoder(io.LimitReader(r, maxBackupList)).Decode(list); err != nil {
		return fmt.Errorf("its list cannot be read: %w", err)
	}
	u.list = list
	return nil
}

// write writes a file or a link of the backup. A file that cannot be written whole is removed again.
func (u *unpacking) write(tr *tar.Reader, h *tar.Header, name string) error {
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

// compare compares what was unpacked with the list of the backup, and blobs with their names as well: a forged list
// cannot vouch for a forged blob. It removes blobs that fail, and what the list does not have.
func (u *unpacking) compare() error {
	remove := append(u.compareFiles(), u.compareLinks()...)
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

// compareFiles compares the files with the list, and returns those to be removed.
func (u *unpacking) compareFiles() (remove []string) {
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
	return remove
}

// compareLinks compares the links with the list, and returns those to be removed. Backups of old versions list no
// links.
func (u *unpacking) compareLinks() (remove []string) {
	for _, name := range slices.Sorted(maps.Keys(u.links)) {
		if to, listed := u.list.Links[name]; u.list.Links != nil && (!listed || to != u.links[name]) {
			u.fault("the link %s is in the archive and not in its list", name)
			remove = append(remove, name)
		}
	}
	return remove
}

// checkRecords compares the records with the hash in the list before they are migrated, then verifies them and the
// audit trail, and checks that every blob they name was unpacked. Faults are recorded; err is set only if ctx ends
// or the disk fails.
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
	// Opening the store migrates records of an older version.
	s, err := store.Open(ctx, u.at(backupRecords), u.at(backupBlobs))
	if err != nil {
		u.fault("%v", err)
		return nil
	}
	defer s.Close()
	// kheo.yaml may have mistakes by the rules of this version; then closed lists are not verified.
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

// pointRecords sets the place of the records in kheo.yaml to the restored file. Mistakes that this version finds in
// kheo.yaml are noted, and do not prevent restoring.
func (u *unpacking) pointRecords() error {
	err := campaign.SetRecords(u.dir, backupRecords, "")
	if err == nil {
		return nil
	}
	if _, is := u.got[campaign.File]; !is {
		u.fault("%s is missing", campaign.File)
		return nil
	}
	u.list.Notes = append(u.list.Notes, fmt.Sprintf("%s or a ruleset has mistakes that this version of kheo reports; "+
		"`kheo check` lists them", campaign.File))
	return campaign.WriteRecords(u.dir, backupRecords, "")
}

// unpackFile writes and syncs one new file, and returns its SHA-256.
func unpackFile(from io.Reader, at string, mode fs.FileMode) (sha string, err error) {
	// O_EXCL: nothing that was unpacked before is written again, and no link is followed.
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

// modes returns the permissions that a member and its folders may have at most: records, blobs and quarantined files
// are private, whatever the archive says.
func modes(name string) (folders, files fs.FileMode) {
	if top, _, _ := strings.Cut(name, "/"); top == "var" || top == "quarantine" {
		return durable.PrivateDir, durable.PrivateFile
	}
	return 0o755, 0o755
}

package operations

import (
	"archive/tar"
	"bytes"
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
	"syscall"
	"time"

	"kheo/internal/durable"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// A backup is a tar file of a workspace. It holds the files that people wrote or submitted, the records as an SQLite
// file (also if they are in PostgreSQL), the blobs, and as its last member BackupReport as JSON: the list of all
// members with their hashes. The search index is left out, because it can be rebuilt.
const (
	backupRecords = "var/kheo.db" // the place of the records and blobs in a workspace with the default storage
	backupBlobs   = "var/blobs"
	backupList    = "BACKUP.json"
)

// BackupReport lists what a backup holds. It is the last member of the archive, and what kheo backup and kheo restore
// print as JSON.
type BackupReport struct {
	Campaign string             `json:"campaign"`
	Records  *store.CopySummary `json:"records"`         // nil if the records could not be read to their end
	Chain    string             `json:"chain"`           // hash of the last event
	Files    map[string]string  `json:"files"`           // SHA-256 by path
	Links    map[string]string  `json:"links,omitempty"` // targets of symbolic links by path
	Bytes    int64              `json:"bytes"`           // of all files together
	// Damaged lists what is damaged or missing, if the backup was made or restored all the same.
	Damaged []string `json:"damaged,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// Damaged is the error of a backup that was not made or not restored because something is damaged or missing.
type Damaged struct {
	What   string   // what was not done, as the beginning of the message
	Faults []string // everything that is damaged or missing, one message each
}

// Error lists all faults, and names the flag that goes on in spite of them.
func (d *Damaged) Error() string {
	return fmt.Sprintf("%s: %d things are damaged or missing\n  %s\n--keep-going saves the rest, and names what "+
		"is missing", d.What, len(d.Faults), strings.Join(d.Faults, "\n  "))
}

// Backup writes a backup. It may run while other processes write: the records are a consistent snapshot, and every
// blob that they name is included. Blobs are checked against the hashes that are their names, and the records and
// the audit trail are verified. The error is *Damaged if anything fails these checks.
func Backup(ctx context.Context, w *workspace.Workspace, to io.Writer) (*BackupReport, error) {
	return BackupAs(ctx, w, to, false)
}

// BackupAs is Backup; with keepGoing it also saves what is left of a damaged workspace and reports the damage in the
// BackupReport instead of as an error.
func BackupAs(ctx context.Context, w *workspace.Workspace, to io.Writer, keepGoing bool) (*BackupReport, error) {
	// The copy of the records is made in the workspace, which has room for it and is private; a workspace that is
	// opened read-only may be on a full or damaged disk, so the system's folder for temporary files is used.
	at := filepath.Join(w.Dir, "var")
	if w.Store.ReadOnly() {
		at = ""
	}
	tmp, err := os.MkdirTemp(at, "backup-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	b := &backup{tw: tar.NewWriter(to), keepGoing: keepGoing,
		report: &BackupReport{Campaign: w.Campaign().ID, Files: map[string]string{}, Links: map[string]string{}}}
	// Records come first: a blob that is added later is not named by them, and one that they name is not removed
	// while the backup runs.
	named, err := b.records(ctx, w, tmp)
	if err != nil {
		return nil, err
	}
	if err := b.file(os.Open, filepath.Join(tmp, "kheo.db"), backupRecords); err != nil {
		return nil, err
	}
	if err := b.folder(ctx, w.Dir, func(name string) bool { return leftOut(w, name) }); err != nil {
		return nil, err
	}
	if err := b.blobs(ctx, w.Store, named); err != nil {
		return nil, err
	}
	if len(b.report.Damaged) > 0 && !keepGoing {
		return nil, &Damaged{"the backup was not made", b.report.Damaged}
	}
	// The list is the last member, so that an archive that is cut off is recognised by its absence.
	list, err := json.MarshalIndent(b.report, "", " ")
	if err != nil {
		return nil, err
	}
	if err := b.tw.WriteHeader(&tar.Header{Name: backupList, Mode: 0o644, Size: int64(len(list))}); err != nil {
		return nil, err
	}
	if _, err := b.tw.Write(list); err != nil {
		return nil, err
	}
	return b.report, b.tw.Close()
}

// BackupFile writes a backup into a new file. The file has a temporary name until it is complete and synced, so that
// a crash never leaves half a backup under the final name.
func BackupFile(ctx context.Context, w *workspace.Workspace, path string, keepGoing bool) (*BackupReport, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, fmt.Errorf("%s exists already; name another file", path))
	}
	f, err := os.CreateTemp(filepath.Dir(path), halfBackup+"*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	r, err := BackupAs(ctx, w, f, keepGoing)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return nil, err
	}
	return r, durable.SyncDir(filepath.Dir(path))
}

// halfBackup is the prefix of temporary names of backups that are not complete yet.
const halfBackup = ".kheo-backup-"

// leftOut reports whether a path of a workspace is not copied as a file: var/, whose records and blobs are read
// through the store; earlier backups; and files that are only half written.
func leftOut(w *workspace.Workspace, name string) bool {
	if rel, err := filepath.Rel(w.Dir, w.Campaign().Backups.To); err == nil && name == filepath.ToSlash(rel) {
		return true
	}
	return name == "var" || name == backupList || strings.HasPrefix(path.Base(name), ".new") ||
		strings.HasPrefix(path.Base(name), halfBackup)
}

// backup is a backup that is being written.
type backup struct {
	tw        *tar.Writer
	report    *BackupReport // filled in as members are written
	keepGoing bool
}

// fault records that something is damaged or missing.
func (b *backup) fault(format string, args ...any) {
	b.report.Damaged = append(b.report.Damaged, fmt.Sprintf(format, args...))
}

// dry reports whether nothing more needs to be written. Once a fault is found and keepGoing is false, the backup
// will fail; the rest is still checked, so that the error lists all faults.
func (b *backup) dry() bool { return len(b.report.Damaged) > 0 && !b.keepGoing }

// records copies the records into the folder tmp, verifies them and the audit trail, and returns the blobs that they
// name: an owner for messages by hash. Damaged records that cannot be read to their end are copied byte by byte.
func (b *backup) records(ctx context.Context, w *workspace.Workspace, tmp string) (named map[string]string, err error) {
	if err := w.Store.CheckIntegrity(ctx); err != nil {
		b.fault("the records are damaged: %v", err)
	}
	named, err = b.copyRecords(ctx, w, tmp)
	if err != nil && ctx.Err() == nil && len(b.report.Damaged) > 0 {
		b.fault("the records cannot be read to their end, and are saved as they are: %v", err)
		b.report.Records = nil
		return map[string]string{}, w.Store.CopyBytes(filepath.Join(tmp, "kheo.db"))
	}
	return named, err
}

// copyRecords copies the records through the store and verifies the copy.
func (b *backup) copyRecords(ctx context.Context, w *workspace.Workspace,
	tmp string) (named map[string]string, err error) {
	copied, err := store.Open(ctx, filepath.Join(tmp, "kheo.db"), filepath.Join(tmp, "blobs"))
	if err != nil {
		return nil, err
	}
	if b.report.Records, err = w.Store.CopyTo(ctx, copied); err == nil {
		var found []string
		var audit *review.Report
		if named, audit, found, err = verifyRecords(ctx, copied, w.Campaign(), ""); err == nil {
			b.report.Chain = chainHead(audit)
		}
		b.report.Damaged = append(b.report.Damaged, found...)
	}
	return named, errors.Join(err, copied.Close()) // closing also moves the write-ahead log into the file
}

// verifyRecords checks that records are consistent, and verifies the audit trail: its hash chain, the anchors, and,
// if expected is not "", that the chain contains this hash. c may be nil if kheo.yaml has mistakes; closed lists,
// which depend on its voting rules, are then not verified. The results are the owners of all blobs that the records
// name (for messages, by hash), the report about the trail, and a message for each fault. err is set only if the
// records cannot be read at all.
func verifyRecords(ctx context.Context, s *store.Store, c *campaign.Campaign, expected string,
	anchors ...review.Anchored) (named map[string]string, audit *review.Report, faults []string, err error) {
	if faults, err = s.Faults(ctx); err != nil {
		return nil, nil, nil, err
	}
	if named, err = s.Dossiers.NamedFiles(ctx); err != nil {
		return nil, nil, nil, err
	}
	settings := campaign.Procedure{}
	if c != nil {
		settings = c.Review
	}
	// The trail is replayed with the voting rules of kheo.yaml, as the pages do.
	log := review.Open(s, settings, time.Now)
	list := func(run, ruleset string) (*publish.File, error) { return editions.ListIn(ctx, s, run, ruleset) }
	if audit, err = log.Verify(ctx, expected, list, anchors...); err != nil {
		return nil, nil, nil, err
	}
	for _, f := range audit.Faults {
		// Without kheo.yaml, a closed list cannot be derived again.
		if c != nil || !strings.HasPrefix(f, "the list of ") {
			faults = append(faults, "the audit trail: "+f)
		}
	}
	// Photos of visits are named by events and not by rows of the records.
	err = log.View(ctx, func(st *review.State) error {
		for _, id := range st.Models() {
			for _, v := range st.Model(id).Visits {
				if v.Photo != "" {
					named[v.Photo] = fmt.Sprintf("the photo of the visit of %s to %s", v.On, id)
				}
			}
		}
		return nil
	})
	if tampered := new(review.TamperError); errors.As(err, &tampered) {
		err = nil // Verify has reported it as a fault
	}
	return named, audit, faults, err
}

// chainHead returns the hash of the last event that was read; "" if there is none.
func chainHead(r *review.Report) string {
	if r.Events == 0 {
		return ""
	}
	return r.Head
}

// blobs writes every blob of a store. named has the owners of the blobs that the records name; those that are missing
// are faults.
func (b *backup) blobs(ctx context.Context, from *store.Store, named map[string]string) error {
	there := map[string]bool{}
	err := from.Blobs.Each(ctx, func(sha string) error {
		there[sha] = true
		return b.blob(ctx, from, sha, named[sha])
	})
	if err != nil {
		return err
	}
	for _, sha := range slices.Sorted(maps.Keys(named)) {
		if !there[sha] {
			b.fault("%s is missing (%s)", named[sha], sha)
		}
	}
	return nil
}

// heldWhole is the largest size of a blob, in bytes, that is kept in memory between verifying and writing it. Larger
// blobs are read twice.
const heldWhole = 32 << 20

// blob writes one blob if its bytes have the hash sha. A member of a tar file cannot be taken back, so the hash is
// verified before the first byte is written. whose names the owner for messages, "" if there is none.
func (b *backup) blob(ctx context.Context, from *store.Store, sha, whose string) error {
	if whose == "" {
		whose = "a kept file that no record names"
	}
	f, size, err := from.Blobs.Open(ctx, sha)
	if errors.Is(err, fs.ErrNotExist) { // removed by kheo forget meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var whole bytes.Buffer
	h := sha256.New()
	into := io.Writer(h)
	if size <= heldWhole {
		into = io.MultiWriter(h, &whole)
	}
	n, err := io.Copy(into, f)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || n != size || hex.EncodeToString(h.Sum(nil)) != sha {
		b.fault("%s is damaged (%s)", whose, sha)
		return nil
	}
	if b.dry() {
		return nil
	}
	name := path.Join(backupBlobs, sha[:2], sha)
	if err := b.tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size}); err != nil {
		return err
	}
	if size <= heldWhole {
		return b.content(&whole, name, size)
	}
	// Too large to keep in memory: read it again, and compare the hash of what was written.
	again, _, err := from.Blobs.Open(ctx, sha)
	if err != nil {
		return err
	}
	defer again.Close()
	if err := b.content(again, name, size); err != nil {
		return err
	}
	if b.report.Files[name] != sha {
		return fmt.Errorf("%s changed while it was read; begin the backup again", name)
	}
	return nil
}

// folder writes the files and links of a folder, except those for which skip returns true. All files are opened
// through os.Root, so that a link which replaces a file during the walk cannot lead out of the folder.
func (b *backup) folder(ctx context.Context, dir string, skip func(string) bool) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	open := func(name string) (*os.File, error) { return root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) }
	return filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // ingested meanwhile: its blob is in the store
			return nil
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if rel != "." && skip(rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case b.dry():
		case d.Type().IsRegular():
			err = b.file(open, rel, rel)
		case d.Type()&fs.ModeSymlink != 0:
			err = b.link(at, rel)
		}
		// Files come and go while kheo runs: lists of old runs, receipts, files that are still being written.
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// link writes a symbolic link if its target is in the same folder. The targets of other links are not saved, and the
// report notes each of them.
func (b *backup) link(at, name string) error {
	to, err := os.Readlink(at)
	if err != nil {
		return err
	}
	if !besideLink(to) {
		b.report.Notes = append(b.report.Notes,
			fmt.Sprintf("%s is a link to %s, outside its folder, and is not in the backup", name, to))
		return nil
	}
	b.report.Links[name] = to
	return b.tw.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to})
}

// besideLink reports whether the target of a link is a name in the folder of the link, as for lists/…/latest.
func besideLink(to string) bool {
	return to != "" && to != "." && to != ".." && filepath.Base(to) == to
}

// file writes one regular file, with the size that it has when it is opened. Anything else that took the place of the
// file since the folder was listed is left out.
func (b *backup) file(open func(string) (*os.File, error), at, name string) error {
	f, err := open(at)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if err := b.tw.WriteHeader(&tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size(),
		ModTime: info.ModTime().Truncate(time.Second)}); err != nil {
		return err
	}
	return b.content(f, name, info.Size())
}

// content writes size bytes as the content of the member that was begun, and adds it to the report. The size is part
// of the header that is already written, so a file that became shorter is an error.
func (b *backup) content(f io.Reader, name string, size int64) error {
	h := sha256.New()
	// A file that grows, such as a log, is saved as long as it was.
	n, err := io.Copy(io.MultiWriter(b.tw, h), io.LimitReader(f, size))
	if err != nil {
		return err
	}
	if n != size {
		return fmt.Errorf("%s became shorter while it was read; begin the backup again", name)
	}
	b.report.Files[name], b.report.Bytes = hex.EncodeToString(h.Sum(nil)), b.report.Bytes+n
	return nil
}

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

// A backup is a tar file of a workspace: what people wrote and sent, the records as a file of
// SQLite whatever they are kept in, and last a list of all that with its hashes. The search
// index is left out: it is built again.
const (
	backupRecords = "var/kheo.db"
	backupBlobs   = "var/blobs"
	backupList    = "BACKUP.json"
)

// BackupReport is what a backup holds.
type BackupReport struct {
	Campaign string            `json:"campaign"`
	Records  *store.Copied     `json:"records"`
	Chain    string            `json:"chain"` // hash of the last event
	Files    map[string]string `json:"files"` // SHA-256 by path
	Links    map[string]string `json:"links,omitempty"`
	Bytes    int64             `json:"bytes"`
	// what is missing in it, or damaged: it was made, or restored, in spite of that
	Damaged []string `json:"damaged,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// Damaged is the error of a backup that is not made or not restored, with all that is damaged.
type Damaged struct {
	What   string // what was not done
	Faults []string
}

func (d *Damaged) Error() string {
	return fmt.Sprintf("%s: %d things are damaged or missing\n  %s\n--keep-going saves the rest, and names what is missing", d.What, len(d.Faults), strings.Join(d.Faults, "\n  "))
}

// Backup writes a backup, also while kheo runs: the records are those of one moment, and every
// file that they name is there. Every file is held to its name, the records and the chain of events
// are verified: the error is Damaged where something is not as it was kept.
func Backup(ctx context.Context, w *workspace.Workspace, to io.Writer) (*BackupReport, error) {
	return BackupAs(ctx, w, to, false)
}

// BackupAs writes a backup as Backup does; where it keeps going, also of a damaged workspace, of
// which it saves the rest and reports what is damaged.
func BackupAs(ctx context.Context, w *workspace.Workspace, to io.Writer, keepGoing bool) (*BackupReport, error) {
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

// BackupFile writes a backup into a file that is not there yet: under a name of its own until it is
// whole and on the disk.
func BackupFile(ctx context.Context, w *workspace.Workspace, path string, keepGoing bool) (*BackupReport, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, fmt.Errorf("%s is there already; name another file", path))
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

// halfBackup begins the name of a backup that is not whole yet.
const halfBackup = ".kheo-backup-"

// leftOut reports whether a path of a workspace is not backed up: its records and files, which are
// written from the store, backups made before, and what is only half written.
func leftOut(w *workspace.Workspace, name string) bool {
	if rel, err := filepath.Rel(w.Dir, w.Campaign().Backups.To); err == nil && name == filepath.ToSlash(rel) {
		return true
	}
	return name == "var" || name == backupList || strings.HasPrefix(path.Base(name), ".new") ||
		strings.HasPrefix(path.Base(name), halfBackup)
}

type backup struct {
	tw        *tar.Writer
	report    *BackupReport
	keepGoing bool
}

// fault names something that is damaged.
func (b *backup) fault(format string, args ...any) {
	b.report.Damaged = append(b.report.Damaged, fmt.Sprintf(format, args...))
}

// dry reports whether only faults are looked for: the backup will not be made.
func (b *backup) dry() bool { return len(b.report.Damaged) > 0 && !b.keepGoing }

// records copies the records into a folder, verifies them and the chain of events, and returns the
// files that they name. Records that cannot be read to their end are saved as the bytes of their file.
func (b *backup) records(ctx context.Context, w *workspace.Workspace, tmp string) (named map[string]string, err error) {
	if err := w.Store.Sound(ctx); err != nil {
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

func (b *backup) copyRecords(ctx context.Context, w *workspace.Workspace, tmp string) (named map[string]string,
	err error) {
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
	return named, errors.Join(err, copied.Close()) // which also writes what the log still holds into the file
}

// verifyRecords holds records to themselves, and verifies the chain of events, which must hold a hash
// where one is expected, and agree with the anchors. It returns the files that they name and what was
// found of the chain.
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
	log := review.Open(s, settings, time.Now)
	list := func(run, ruleset string) (*publish.File, error) { return editions.ListIn(ctx, s, run, ruleset) }
	if audit, err = log.Verify(ctx, expected, list, anchors...); err != nil {
		return nil, nil, nil, err
	}
	for _, f := range audit.Faults {
		if c != nil || !strings.HasPrefix(f, "the list of ") { // a closed list is derived by the rules of kheo.yaml
			faults = append(faults, "the audit trail: "+f)
		}
	}
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
		err = nil // which is a fault already
	}
	return named, audit, faults, err
}

// chainHead is the hash of the last event that was read; "" if there is none.
func chainHead(r *review.Report) string {
	if r.Events == 0 {
		return ""
	}
	return r.Head
}

// blobs writes every kept file, each held to its name, and names those that are missing.
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

// heldWhole is how large a kept file may be, in bytes, to be held in memory while it is verified; a
// larger one is read twice.
const heldWhole = 32 << 20

// blob writes one kept file, wherever it is kept, where it is what its name says.
func (b *backup) blob(ctx context.Context, from *store.Store, sha, whose string) error {
	if whose == "" {
		whose = "a kept file that nothing names"
	}
	f, size, err := from.Blobs.Open(ctx, sha)
	if errors.Is(err, fs.ErrNotExist) { // forgotten meanwhile
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

// folder writes the files of a folder, but for what skip names. Files are opened beneath the folder only:
// a link that somebody puts in the place of one leads nowhere else.
func (b *backup) folder(ctx context.Context, dir string, skip func(string) bool) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	open := func(name string) (*os.File, error) { return root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) }
	return filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // taken in meanwhile: its blob is there
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
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// link writes a link to something beside it. What another link leads to is not saved, which is noted.
func (b *backup) link(at, name string) error {
	to, err := os.Readlink(at)
	if err != nil {
		return err
	}
	if !besideLink(to) {
		b.report.Notes = append(b.report.Notes,
			fmt.Sprintf("%s leads to %s, out of its folder, and is not in the backup", name, to))
		return nil
	}
	b.report.Links[name] = to
	return b.tw.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to})
}

// besideLink reports whether a link leads to something in its own folder, as lists/…/latest does.
func besideLink(to string) bool {
	return to != "" && to != "." && to != ".." && filepath.Base(to) == to
}

// file writes one file: as long as it was when it was opened. What is not a regular file once it is open,
// because something else was put in its place, is left out.
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

// content writes what the file of a name holds.
func (b *backup) content(f io.Reader, name string, size int64) error {
	h := sha256.New()
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

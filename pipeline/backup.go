package pipeline

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
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
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
	Bytes    int64             `json:"bytes"`
}

// Backup writes a backup, also while kheo runs: the records are those of one moment, and every
// file that they name is there.
func (w *Workspace) Backup(ctx context.Context, to io.Writer) (*BackupReport, error) {
	tmp, err := os.MkdirTemp(filepath.Join(w.Dir, "var"), "backup-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	copied, err := store.Open(ctx, filepath.Join(tmp, "kheo.db"), filepath.Join(tmp, "blobs"))
	if err != nil {
		return nil, err
	}
	r := &BackupReport{Campaign: w.Campaign().ID, Files: map[string]string{}}
	if r.Records, err = w.Store.CopyTo(ctx, copied); err == nil {
		var events []store.EventRow
		if events, err = copied.EventsBefore(ctx, 0, 1); err == nil && len(events) > 0 {
			r.Chain = events[0].Hash
		}
	}
	if err = errors.Join(err, copied.Close()); err != nil { // which also writes what the log still holds into the file
		return nil, err
	}
	b := &backup{tw: tar.NewWriter(to), report: r}
	if err := b.file(filepath.Join(tmp, "kheo.db"), backupRecords); err != nil {
		return nil, err
	}
	if err := w.Store.EachBlob(ctx, func(sha string) error { return b.blob(ctx, w.Store, sha) }); err != nil {
		return nil, err
	}
	if err := b.folder(ctx, w.Dir, "", func(name string) bool { return name == "var" || strings.HasPrefix(path.Base(name), ".new") }); err != nil {
		return nil, err
	}
	list, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return nil, err
	}
	if err := b.tw.WriteHeader(&tar.Header{Name: backupList, Mode: 0o644, Size: int64(len(list))}); err != nil {
		return nil, err
	}
	if _, err := b.tw.Write(list); err != nil {
		return nil, err
	}
	return r, b.tw.Close()
}

type backup struct {
	tw     *tar.Writer
	report *BackupReport
}

// folder writes the files of a folder under a name, but for what skip names.
func (b *backup) folder(ctx context.Context, dir, name string, skip func(string) bool) error {
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
		case d.Type().IsRegular():
			err = b.file(at, path.Join(name, rel))
		case d.Type()&fs.ModeSymlink != 0:
			var to string
			if to, err = os.Readlink(at); err == nil && filepath.IsLocal(to) {
				err = b.tw.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: path.Join(name, rel), Linkname: to})
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// file writes one file: as long as it was when it was opened.
func (b *backup) file(at, name string) error {
	f, err := os.Open(at)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := b.tw.WriteHeader(&tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size(), ModTime: info.ModTime().Truncate(time.Second)}); err != nil {
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

// blob writes one kept file, wherever it is kept.
func (b *backup) blob(ctx context.Context, from *store.Store, sha string) error {
	f, size, err := from.OpenBlob(ctx, sha)
	if err != nil {
		return err
	}
	defer f.Close()
	name := path.Join(backupBlobs, sha[:2], sha)
	if err := b.tw.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size}); err != nil {
		return err
	}
	return b.content(f, name, size)
}

// mostList is how large the list of a backup may be, in bytes.
const mostList = 1 << 30

// Restore makes a workspace of a backup in a new folder. Every file is held to its hash, the
// records to theirs, and the chain of events is verified, before the folder gets its name.
func Restore(ctx context.Context, from io.Reader, dir string) (*BackupReport, error) {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return nil, fmt.Errorf("%s is not empty; name a folder that does not exist yet", dir)
	}
	tmp := strings.TrimRight(dir, "/") + ".restoring"
	if err := os.RemoveAll(tmp); err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	r, got, err := unpackBackup(ctx, from, tmp)
	if err != nil {
		return nil, err
	}
	for name, sha := range r.Files {
		if got[name] != sha {
			return nil, fmt.Errorf("the backup is damaged: %s is missing, or not what was backed up", name)
		}
	}
	if err := campaign.SetRecords(tmp, backupRecords, ""); err != nil {
		return nil, err
	}
	if err := r.check(ctx, tmp); err != nil {
		return nil, err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return nil, err
	}
	return r, store.SyncDir(filepath.Dir(filepath.Clean(dir)))
}

// check holds the records of a restored workspace to what the backup says of them.
func (r *BackupReport) check(ctx context.Context, dir string) error {
	w, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	defer w.Close()
	records, err := w.Store.Digest(ctx)
	if err != nil {
		return err
	}
	if r.Records == nil || records.SHA256 != r.Records.SHA256 {
		return errors.New("the backup is damaged: its records are not those that were backed up")
	}
	audit, err := w.review.Verify(ctx, r.Chain, func(run, ruleset string) (*publish.File, error) { return w.List(ctx, run, ruleset) })
	if err != nil {
		return err
	}
	if len(audit.Faults) > 0 {
		return fmt.Errorf("the audit trail in the backup is not sound: %s", audit.Faults[0])
	}
	return nil
}

// unpackBackup writes the files of a backup into a folder, and hashes them.
func unpackBackup(ctx context.Context, from io.Reader, dir string) (r *BackupReport, got map[string]string, err error) {
	got = map[string]string{}
	links := map[string]bool{}
	tr := tar.NewReader(from)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("this is no backup, or it is cut off: %w", err)
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		name := path.Clean(h.Name)
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return nil, nil, fmt.Errorf("the backup holds the path %q, which leads out of the folder", h.Name)
		}
		if name == backupList {
			b, err := io.ReadAll(io.LimitReader(tr, mostList))
			if err != nil {
				return nil, nil, err
			}
			r = &BackupReport{}
			if err := json.NewDecoder(bytes.NewReader(b)).Decode(r); err != nil {
				return nil, nil, fmt.Errorf("the backup is damaged: %w", err)
			}
			continue
		}
		for p := name; p != "."; p = path.Dir(p) {
			if links[p] {
				return nil, nil, fmt.Errorf("the backup holds the path %q, which leads through a link", h.Name)
			}
		}
		at := filepath.Join(dir, filepath.FromSlash(name))
		folders, files := modes(name)
		if err := os.MkdirAll(filepath.Dir(at), folders); err != nil {
			return nil, nil, err
		}
		switch h.Typeflag {
		case tar.TypeReg:
			if got[name], err = unpackFile(tr, at, fs.FileMode(h.Mode).Perm()&files); err != nil {
				return nil, nil, err
			}
		case tar.TypeSymlink: // lists/…/latest
			if filepath.Base(h.Linkname) != h.Linkname || h.Linkname == ".." {
				return nil, nil, fmt.Errorf("the backup holds the link %q, which leads out of its folder", h.Name)
			}
			links[name] = true
			if err := os.Symlink(h.Linkname, at); err != nil {
				return nil, nil, err
			}
		}
	}
	if r == nil {
		return nil, nil, errors.New("this is no backup, or it is cut off: its list is missing")
	}
	return r, got, nil
}

// modes are those that a folder and a file of a workspace may have at most.
func modes(name string) (folders, files fs.FileMode) {
	if top, _, _ := strings.Cut(name, "/"); top == "var" || top == "quarantine" {
		return store.PrivateDir, store.PrivateFile
	}
	return 0o755, 0o755
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

// Move copies the records to another place – an address of PostgreSQL, or a file – and the
// files to another folder where blobs names one, compares them, and writes into kheo.yaml where
// they are now. What was before stays where it is.
func (w *Workspace) Move(ctx context.Context, to, blobs string) (*store.Copied, error) {
	unlock, err := w.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	next := *w.Campaign()
	next.Store, next.Blobs = to, blobs
	at, files := next.Records()
	here, filesHere := w.Campaign().Records()
	if at == here {
		return nil, errors.New("the records are there already")
	}
	other, err := store.Open(ctx, at, files)
	if err != nil {
		return nil, err
	}
	defer other.Close()
	if files != filesHere {
		if err := copyBlobs(ctx, w.Store, other); err != nil {
			return nil, err
		}
	}
	copied, err := w.Store.CopyTo(ctx, other)
	if err != nil {
		return nil, err
	}
	log := review.Open(other, w.Campaign().Review, w.now)
	audit, err := log.Verify(ctx, "", func(run, ruleset string) (*publish.File, error) { return w.List(ctx, run, ruleset) })
	if err != nil {
		return nil, err
	}
	if len(audit.Faults) > 0 {
		return nil, fmt.Errorf("the audit trail did not come over sound: %s", audit.Faults[0])
	}
	return copied, campaign.SetRecords(w.Dir, to, blobs)
}

// copyBlobs keeps every file of a store in another too.
func copyBlobs(ctx context.Context, from, to *store.Store) error {
	return from.EachBlob(ctx, func(want string) error {
		f, size, err := from.OpenBlob(ctx, want)
		if err != nil {
			return err
		}
		defer f.Close()
		sha, _, err := to.PutBlob(ctx, f, size)
		if err == nil && sha != want {
			err = fmt.Errorf("the kept file %s is damaged; restore it from a backup first (kheo check --store tells of all)", want)
		}
		return err
	})
}

package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kheo/internal/blobs"
	"kheo/internal/durable"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
	"kheo/rules"
)

// Submitted says what was put into the inbox.
type Submitted struct {
	Path    string   `json:"path"`
	Dossier string   `json:"dossier"`
	Files   int      `json:"files"`
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"` // over all names and contents
	Notes   []string `json:"notes"`
	Result  *Result  `json:"result,omitempty"` // what it changes of a dossier that was received before
	Behind  int      `json:"behind,omitempty"` // how many deliveries of the dossier wait before it
}

// Result says what taking a delivery will change.
type Result struct {
	Version  int  `json:"version"` // that it creates; 0 if it changes nothing
	Replaces bool `json:"replaces"`
	store.Changes
}

// Submission is what is to be put into the inbox.
type Submission struct {
	From  string // a folder, an archive or a document
	Inbox string
	Env   *rules.Env
	// Replace makes the delivery replace everything received before.
	Replace bool
	// Trial has everything checked, and puts nothing into the inbox.
	Trial bool
	// One says that it is one dossier, whatever it holds: no note is made of several applications.
	One bool
	// Divide is asked about a submission that holds several applications, with what is to be said of it. If
	// it returns true, Submit puts nothing into the inbox and fails with ErrDivided. Nil: it is submitted as
	// one, with a note.
	Divide func(note string) (bool, error)
	// Before returns what was received before of a dossier; nil if that cannot be known here.
	Before func(ctx context.Context, id string) (*store.Accepted, error)
	// Follow lets the delivery follow others of its dossier that wait in the inbox: it is taken after them. Otherwise
	// it is refused with ErrWaits.
	Follow bool
	// Readers are the options of the processes that read it, such as their confinement.
	Readers []extract.Option
	// Pool are processes that read it; if it is nil, one with the options of Readers is started and ended again.
	Pool *extract.Pool
}

// ErrWaits is returned if the inbox has an entry of that name which has not been taken yet, or too many of them.
var ErrWaits = errors.New("one of that name waits in the inbox already; run `kheo run` first, or rename it")

// ErrDivided is returned if a submission is to be divided into several.
var ErrDivided = errors.New("it is divided into several dossiers")

// Submit copies a dossier into the inbox: first into a hidden folder there, then by one rename, so that
// it is never half taken. Problems of the dossier become notes, and it is submitted all the same: the
// committee's secretary would rather ask for a paper than not know about it.
func (b *Submission) Submit(ctx context.Context) (*Submitted, error) {
	abs, err := b.source()
	if err != nil {
		return nil, err
	}
	name := filepath.Base(abs)
	if err := os.MkdirAll(b.Inbox, 0o755); err != nil {
		return nil, err
	}
	in, err := openDir(b.Inbox)
	if err != nil {
		return nil, err
	}
	defer in.close()
	list, last := waiting(in, DossierName(name))
	if len(list) > 0 && !b.Follow || last >= maxNext {
		return nil, ErrWaits
	}
	// The copy is staged in the inbox itself, so that the last step is a rename on one file system. Intake
	// leaves the hidden name alone.
	stage := ".submit-" + randomName()
	if err := in.mkdir(stage, 0o700); err != nil {
		return nil, err
	}
	defer in.removeAll(stage)
	tmp, err := in.sub(stage)
	if err != nil {
		return nil, err
	}
	defer tmp.close()
	s := &Submitted{Path: b.From, Dossier: ID(name), Notes: []string{}}
	if err := s.copyAll(abs, tmp, filepath.Join(b.Inbox, stage), name); err != nil {
		return nil, err
	}
	s.Behind = len(list)
	if err := s.look(ctx, tmp, name, b); err != nil {
		return nil, err
	}
	if b.Trial {
		return s, nil
	}
	// The mark is written before the rename: intake may look in between.
	marks := marksOf(b.Inbox)
	if err := marks.put(tmp, name, b.Replace); err != nil {
		return nil, err
	}
	m := marks.of(tmp, name)
	if s.Behind, err = b.place(in, tmp, stage, name); err != nil {
		return nil, errors.Join(err, marks.drop(m))
	}
	return s, in.sync()
}

// source returns the absolute path of what is submitted. It must be a folder or a file with a name that
// intake takes.
func (b *Submission) source() (abs string, err error) {
	info, err := os.Stat(b.From)
	if err != nil {
		return "", err
	}
	if abs, err = filepath.Abs(b.From); err != nil {
		return "", err
	}
	if name := filepath.Base(abs); Skipped(name) {
		return "", fmt.Errorf("kheo ignores files named like %q in an inbox; rename it", name)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return "", errors.New("it is neither a folder nor a file")
	}
	return abs, nil
}

// copyAll copies what is submitted into the folder at, which tmp has open. Links within it are left out;
// the path itself is the submitter's own choice.
func (s *Submitted) copyAll(from string, tmp *dir, at, name string) error {
	real, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	source, err := openDir(filepath.Dir(real))
	if err != nil {
		return err
	}
	defer source.close()
	h := sha256.New()
	var folders []string
	err = walk(source, filepath.Base(real), func(f found) error {
		to := filepath.Join(at, name, filepath.FromSlash(f.rel))
		if f.mode.IsDir() {
			folders = append(folders, to)
			return os.Mkdir(to, 0o755)
		}
		rel := f.rel
		if rel == "" {
			rel = name
		}
		if f.rel != "" && !f.mode.IsRegular() {
			s.Notes = append(s.Notes, rel+" was left out: it is a link or no ordinary file")
			return nil
		}
		return s.copy(f, to, rel, h)
	})
	if err != nil {
		return err
	}
	if s.Files == 0 {
		return errors.New("it holds no file")
	}
	for _, folder := range folders { // so that a power failure loses none of their files
		if err := durable.SyncDir(folder); err != nil {
			return err
		}
	}
	s.SHA256 = hex.EncodeToString(h.Sum(nil))
	return nil
}

// copy copies one file, adds it to the hash of all, and syncs it to disk.
func (s *Submitted) copy(f found, to, rel string, h hash.Hash) error {
	in, err := f.in.read(f.name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	fmt.Fprintf(h, "%s\x00", rel)
	n, err := io.Copy(io.MultiWriter(out, h), in)
	if err != nil {
		return err
	}
	s.Files++
	s.Bytes += n
	switch {
	case n == 0:
		s.Notes = append(s.Notes, rel+" is empty")
	case n > extract.MaxFile:
		s.Notes = append(s.Notes, fmt.Sprintf("%s is larger than %d MB and will not be read", rel,
			extract.MaxFile>>20))
	}
	return out.Sync()
}

// look reads the staged copy as intake will, without keeping anything, and notes what intake will say
// and change.
func (s *Submitted) look(ctx context.Context, tmp *dir, name string, b *Submission) error {
	var before *store.Accepted
	if b.Before != nil {
		var err error
		if before, err = b.Before(ctx, s.Dossier); err != nil {
			return err
		}
	}
	pool := b.Pool
	if pool == nil {
		pool = extract.NewPool(1, time.Minute, b.Readers...)
		defer pool.Close()
	}
	c, a, d, err := b.collect(ctx, tmp, name, pool, before, onlyHash)
	if err != nil {
		return err
	}
	rc := c.receipt
	for _, w := range rc.Warnings {
		if rest, is := strings.CutPrefix(w, "dossier.yaml was not used:"); is {
			w = "dossier.yaml will not be used until this is mended:" + rest
		}
		s.Notes = append(s.Notes, w)
	}
	if archiveSuffix(name) != "" && c.took[""].sha != "" && len(a.Files) == 1 &&
		a.Files[0].Name == extract.CleanName(name) {
		s.Notes = append(s.Notes, "this archive cannot be opened: it will be kept as one file that cannot be read")
	}
	if !b.One {
		if err := s.ask(several(ctx, tmp, name, pool, b.Env), b.Divide); err != nil {
			return err
		}
	}
	if before == nil || s.Behind > 0 { // what waits changes it, too
		return nil
	}
	if err := store.Merge(before, a, d); err != nil {
		s.Notes = append(s.Notes, err.Error())
		return nil
	}
	s.Result = &Result{Replaces: d.Whole, Changes: d.Changes}
	if a.Hash() != before.ContentHash {
		s.Result.Version = before.Version + 1
	}
	return nil
}

// keeper stores a file of at most limit bytes under the hash of its bytes.
type keeper = func(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error)

// patience is how often, and patientFor how long in between, an entry is tried that seems to be written to. A program
// that this process is just starting holds all open files for a moment, also those of a copy that kheo has just made.
const (
	patience   = 20
	patientFor = 50 * time.Millisecond
)

// collect reads an entry of a folder as intake does, and stores its files by keep.
func (b *Submission) collect(ctx context.Context, in *dir, name string, pool *extract.Pool, before *store.Accepted,
	keep keeper) (c *collector, a *store.Accepted, d *store.Delivery, err error) {
	id := ID(name)
	for try := 0; ; try++ {
		c = &collector{keep: keep, pool: pool, env: b.Env, receipt: &Receipt{Entry: name, Dossier: id},
			took: map[string]taken{}, left: map[string]string{}}
		a = &store.Accepted{ID: id, Name: DossierName(name)}
		d = &store.Delivery{Entry: name, Whole: b.Replace}
		err = c.delivery(ctx, in, name, before, a, d)
		if !errors.Is(err, ErrChanging) || try == patience || ctx.Err() != nil {
			return c, a, d, err
		}
		time.Sleep(patientFor)
	}
}

// ask asks whether a submission that holds several applications is to be divided. If it is not, it is noted
// that a run will flag it.
func (s *Submitted) ask(note string, divide func(string) (bool, error)) error {
	if note == "" {
		return nil
	}
	if divide != nil {
		if yes, err := divide(note); err != nil {
			return err
		} else if yes {
			return ErrDivided
		}
	}
	s.Notes = append(s.Notes, note+". It is submitted as one dossier and will be flagged; --split makes a dossier of "+
		"each file and folder in it, --one says that it is one")
	return nil
}

// onlyHash replaces keeping a file: it only hashes it.
func onlyHash(_ context.Context, r io.Reader, limit int64) (string, int64, error) {
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = blobs.ErrTooLarge
	}
	return hex.EncodeToString(h.Sum(nil)), n, err
}

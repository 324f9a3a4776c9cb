package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"sort"
	"strings"

	"kheo/internal/blobs"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
	"kheo/rules"
)

// collector keeps the files of one entry as blobs. It records nothing: it fills in the dossier, the delivery and
// the warnings of the receipt, and the caller records them. Every name of the entry ends in took or left, from which
// bay.clear knows what may be removed.
type collector struct {
	// keep stores a file of at most limit bytes. Submission.look replaces it, to read an entry without storing
	// anything.
	keep    keeper
	pool    *extract.Pool
	env     *rules.Env
	receipt *Receipt
	before  *store.Accepted // the dossier as received before; nil for a new one

	manifest  dossier.Manifest // of a dossier.yaml without mistakes
	described bool
	whole     bool // dossier.yaml says that this delivery replaces everything received before
	settles   []string
	files     []store.File
	bytes     int64

	took   map[string]taken  // files of the entry, by path, of which every byte is kept
	left   map[string]string // names of the entry that are not taken, with the reason
	system []string          // operating system files that were left out
	inner  []byte            // a dossier.yaml in the top folder of an archive
}

// warn adds a line to the receipt.
func (c *collector) warn(format string, args ...any) {
	c.receipt.Warnings = append(c.receipt.Warnings, fmt.Sprintf(format, args...))
}

// delivery reads an entry, and fills in the dossier and its delivery.
func (c *collector) delivery(ctx context.Context, in *dir, entry string, before, a *store.Accepted,
	d *store.Delivery) error {
	c.before = before
	if err := c.collect(ctx, in, entry); err != nil {
		return err
	}
	if n := len(c.system); n > 0 {
		c.warn("files of the system were left out: %d, such as %s", n, c.system[0])
	}
	if len(c.files) == 0 {
		c.warn("it holds no file")
	}
	// The order of files is part of the dossier's content hash.
	sort.Slice(c.files, func(i, j int) bool { return c.files[i].Name < c.files[j].Name })
	a.Files, a.Manifest = c.files, c.manifest
	d.Whole, d.HasManifest, d.Obsoletes = d.Whole || c.whole, c.described, c.settles
	return nil
}

// still returns ErrChanging if the entry has changed since it was read.
func (c *collector) still(b *bay) error {
	return walk(b.dir, b.entry, func(f found) error {
		if _, out := c.left[f.rel]; out {
			if f.mode.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if t, is := c.took[f.rel]; !f.mode.IsDir() && (!is || !t.same(f.node)) {
			return ErrChanging
		}
		return nil
	})
}

// collect keeps every file of an entry.
func (c *collector) collect(ctx context.Context, in *dir, entry string) error {
	return walk(in, entry, func(f found) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case f.rel == "" && f.mode.IsDir():
			return nil
		case f.rel == "":
			return c.document(ctx, f)
		case junk(f.name):
			c.left[f.rel] = systemFile
			c.system = append(c.system, f.rel)
			return fs.SkipDir
		case Skipped(f.name):
			c.leaveOut(f.rel, "it is hidden, or was not copied to its end")
			return fs.SkipDir
		case f.mode.IsDir():
			return nil
		}
		return c.member(ctx, f)
	})
}

// leaveOut notes that something of the entry is not taken.
func (c *collector) leaveOut(rel, why string) {
	c.left[rel] = why
	c.warn("%s was left out: %s; it is kept in quarantine/%s/%s", rel, why, LeftOut, c.receipt.Dossier)
}

// member keeps a file of a folder. Links, devices and private files with several names are left out.
func (c *collector) member(ctx context.Context, f found) error {
	file, n, err := f.in.file(f.name)
	switch {
	case errors.Is(err, errNotPlain), errors.Is(err, errShared):
		c.leaveOut(f.rel, why(err))
		return nil
	case err != nil:
		return unread(f.rel, err)
	}
	defer file.Close()
	if open, _ := writers(file); open {
		return ErrChanging
	}
	sha, err := c.put(ctx, f.rel, file)
	c.remember(f.rel, n, sha)
	return err
}

// remember notes that every byte of a file is kept, or that not all of it could be.
func (c *collector) remember(rel string, n node, sha string) {
	if sha != "" {
		c.took[rel] = taken{n, sha}
	} else if _, is := c.left[rel]; !is {
		c.left[rel] = "not all of it could be taken"
	}
}

// document keeps an entry that is a single file: an archive, or a document.
func (c *collector) document(ctx context.Context, f found) error {
	file, n, err := f.in.file(f.name)
	if err != nil {
		return unread("", err)
	}
	defer file.Close()
	if open, _ := writers(file); open {
		return ErrChanging
	}
	if archiveSuffix(f.name) != "" {
		if ok, err := c.archive(ctx, file, n, f.name); ok || err != nil {
			return err
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	sha, err := c.put(ctx, f.name, file)
	c.remember(f.rel, n, sha)
	return err
}

// why returns an error's reason without the path.
func why(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// unread returns the error of Ingest for a file that cannot be opened.
func unread(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errBusy):
		return ErrChanging
	case errors.Is(err, fs.ErrPermission):
		return &Refused{name, errors.New("kheo may not read it; let it be read by the user that kheo runs as")}
	case errors.Is(err, errNotPlain), errors.Is(err, errShared):
		return &Refused{name, errors.New(why(err))}
	}
	return err
}

// free returns a name as extract.CleanName makes it that no file has yet: two names may become one.
func (c *collector) free(name string) string {
	name = extract.CleanName(name)
	ext := path.Ext(name)
	for n, try := 2, name; ; n++ {
		if !slices.ContainsFunc(c.files, func(f store.File) bool { return f.Name == try }) {
			return try
		}
		try = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n, ext)
	}
}

// put keeps one file under a clean name, and returns the hash of its bytes; "" if not all of them are
// kept. A manifest is read and not kept as a document. A manifest with mistakes is not a reason to
// refuse the dossier: it is kept among the documents that could not be read, and the receipt says what
// is wrong.
func (c *collector) put(ctx context.Context, name string, r io.Reader) (kept string, err error) {
	name = c.free(name)
	mistakes := ""
	if name == dossier.ManifestName && !c.described {
		b, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
		if err != nil {
			return "", err
		}
		m, whole, problems := ParseManifest(b, c.env)
		if len(problems) == 0 {
			c.describe(m, whole)
			return dossier.SHA256(b), nil
		}
		mistakes = problems.Error()
		c.warn("dossier.yaml was not used:\n%s", mistakes)
		r = io.MultiReader(bytes.NewReader(b), r)
	}
	if len(c.files) >= maxFiles {
		c.warn("%s was left out: a dossier has at most %d files", name, maxFiles)
		return "", nil
	}
	sha, size, err := c.keep(ctx, r, min(extract.MaxFile, maxDossier-c.bytes))
	if errors.Is(err, blobs.ErrTooLarge) {
		c.warn("%s was left out: it is larger than %d MB, or the dossier larger than %d MB", name,
			extract.MaxFile>>20, maxDossier>>20)
		c.files = append(c.files, store.File{Name: name, Problem: extract.TooLarge})
		return "", nil
	}
	if err != nil {
		return "", err
	}
	c.bytes += size
	f := store.File{Name: name, SHA256: sha, Size: size}
	if mistakes != "" {
		f.Problem, f.Detail = "manifest", mistakes
	}
	c.files = append(c.files, f)
	return sha, nil
}

// restOf is the name of what an archive contains beyond what could be read.
const restOf = "the rest of the archive"

// archive lets a reading process unpack an archive. It returns false if the file is not an archive after
// all, so that it is kept as one file. An archive of which not everything was taken is itself kept in
// quarantine.
func (c *collector) archive(ctx context.Context, f *os.File, n node, entry string) (bool, error) {
	// The hash of the archive itself is needed to compare it once more before it is removed.
	h := sha256.New()
	if n.size <= extract.MaxArchive {
		if _, err := io.Copy(h, io.LimitReader(f, n.size+1)); err != nil {
			return false, err
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
	}
	complete := true
	res, err := c.pool.Unpack(ctx, f, n.size, func(p dossier.Part, b []byte) error {
		all, err := c.part(ctx, p, b)
		complete = complete && all
		return err
	})
	if err != nil {
		return false, err
	}
	if len(c.files) == 0 && !c.described { // not an archive, or an empty one
		return false, nil
	}
	if res.Error != "" {
		complete = false
		c.warn("the archive was not read to its end: %s", rules.UnreadText(res.Error, res.Detail).In("en"))
		c.files = append(c.files, store.File{Name: c.free(restOf), Problem: res.Error, Detail: res.Detail})
	} else {
		c.settles = append(c.settles, restOf)
	}
	c.settles = append(c.settles, extract.CleanName(entry)) // should it not have been unpackable before
	c.dropRoot()
	if complete {
		c.took[""] = taken{n, hex.EncodeToString(h.Sum(nil))}
	} else {
		c.left[""] = "not everything in it could be taken"
		c.warn("not everything in %s could be taken; it is kept in quarantine/%s/%s", entry, LeftOut,
			c.receipt.Dossier)
	}
	return true, nil
}

// part keeps a file of an archive, and reports whether all of it is taken.
func (c *collector) part(ctx context.Context, p dossier.Part, b []byte) (all bool, err error) {
	names := strings.Split(p.Name, "/")
	switch {
	case slices.ContainsFunc(names, junk):
		c.system = append(c.system, p.Name)
		return true, nil
	case slices.ContainsFunc(names, Skipped):
		c.warn("%s was left out: it is hidden, or was not copied to its end", p.Name)
		return false, nil
	case p.Problem == "":
		if len(names) == 2 && names[1] == dossier.ManifestName && len(b) <= maxManifest {
			c.inner = slices.Clone(b) // used if everything in the archive is in this folder
		}
		sha, err := c.put(ctx, p.Name, bytes.NewReader(b))
		return sha != "", err
	case p.Problem == extract.Unsupported:
		c.warn("%s was left out: it is %s", p.Name, p.Detail)
		return false, nil
	}
	c.warn("%s: %s", p.Name, rules.UnreadText(p.Problem, p.Detail).In("en"))
	c.files = append(c.files, store.File{Name: c.free(p.Name), Problem: p.Problem, Detail: p.Detail})
	return false, nil
}

// dropRoot removes the folder that all files of an archive are in from their names, unless the dossier
// has files in a folder of that name already. A dossier.yaml in that folder describes the dossier.
func (c *collector) dropRoot() {
	if len(c.files) == 0 {
		return
	}
	root, _, ok := strings.Cut(c.files[0].Name, "/")
	for _, f := range c.files {
		ok = ok && strings.HasPrefix(f.Name, root+"/")
	}
	known := func(f store.File) bool { return strings.HasPrefix(f.Name, root+"/") }
	if !ok || c.before != nil && slices.ContainsFunc(c.before.Files, known) {
		return
	}
	for i := range c.files {
		c.files[i].Name = c.files[i].Name[len(root)+1:]
	}
	manifest := func(f store.File) bool { return f.Name == dossier.ManifestName && f.Problem == "" }
	i := slices.IndexFunc(c.files, manifest)
	if i < 0 || c.inner == nil || c.described {
		return
	}
	m, whole, problems := ParseManifest(c.inner, c.env)
	if len(problems) > 0 {
		c.files[i].Problem, c.files[i].Detail = "manifest", problems.Error()
		c.warn("dossier.yaml was not used:\n%s", problems.Error())
		return
	}
	c.describe(m, whole)
	c.files = slices.Delete(c.files, i, i+1)
}

// describe takes over a manifest, and warns of what it names that the campaign does not have.
func (c *collector) describe(m dossier.Manifest, whole bool) {
	c.manifest, c.described, c.whole = m, true, whole
	for _, name := range c.env.Unknown(&m, "en") {
		c.warn("dossier.yaml: %s. The dossier will be flagged", name)
	}
}

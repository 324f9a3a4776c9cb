// Package intake takes dossiers out of the inbox: it keeps every file as a
// blob, records the dossier, leaves a receipt, and only then removes what was
// handed in. Killed at any moment it has lost nothing: what is recorded is
// durable, and what is not recorded still lies in the inbox.
package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/visible"
	"kheo/pipeline/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
	"kheo/rules"
	"kheo/rules/language"
	"kheo/rules/strict"
)

// Limits of one dossier; beyond them a file is kept out with its reason.
const (
	maxFiles   = 2000
	maxDossier = 1 << 30 // bytes, unpacked
)

// ReceiptSuffix ends the names of receipts.
const ReceiptSuffix = ".receipt.txt"

// Receipt says what was taken from one entry of the inbox.
type Receipt struct {
	Entry    string
	Dossier  string
	Version  int
	Changed  bool // false: the same had been handed in before
	Files    []store.File
	Warnings []string
}

// skip reports whether an entry of the inbox is no dossier: a receipt, a file
// still being copied, an editor's or a system's own.
func skip(name string) bool {
	low := strings.ToLower(name)
	if strings.HasPrefix(low, ".") || strings.HasPrefix(low, "~$") || low == "thumbs.db" || low == "desktop.ini" || low == "__macosx" {
		return true
	}
	for _, end := range []string{ReceiptSuffix, ".part", ".partial", ".tmp", ".crdownload"} {
		if strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}

// takenPrefix begins the names of entries that are recorded and about to be
// removed.
const takenPrefix = ".taken-"

// Entries lists the dossiers in the inbox, by name. What a killed run had moved
// aside is put back first: taking it again changes nothing.
func Entries(inbox string) ([]string, error) {
	list, err := os.ReadDir(inbox)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		name, ok := strings.CutPrefix(e.Name(), takenPrefix)
		if !ok {
			continue
		}
		if _, err := os.Lstat(filepath.Join(inbox, name)); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(filepath.Join(inbox, e.Name()), filepath.Join(inbox, name)); err != nil {
				return nil, err
			}
		}
	}
	if list, err = os.ReadDir(inbox); err != nil {
		return nil, err
	}
	var out []string
	for _, e := range list {
		if !skip(e.Name()) && e.Type()&fs.ModeSymlink == 0 && (e.IsDir() || e.Type().IsRegular()) {
			out = append(out, e.Name())
		}
	}
	sort.Strings(out)
	return out, nil
}

// Receipts returns the paths of the receipts of a dossier's entries, by its name.
func Receipts(inbox, name string) (out []string, err error) {
	list, err := os.ReadDir(inbox)
	for _, e := range list {
		if entry, is := strings.CutSuffix(e.Name(), ReceiptSuffix); is && name != "" && norm.NFC.String(strings.TrimSuffix(entry, archiveSuffix(entry))) == name {
			out = append(out, filepath.Join(inbox, e.Name()))
		}
	}
	return out, err
}

// ID is a dossier's id: its name without diacritics, and a few letters that
// tell apart names which then read alike. It depends on the name alone.
func ID(entry string) string {
	name := norm.NFC.String(strings.TrimSuffix(entry, archiveSuffix(entry)))
	sum := sha256.Sum256([]byte(name))
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r == ' ':
			return '-'
		}
		return -1
	}, language.Fold(name))
	if len(slug) > 48 {
		slug = slug[:48]
		if i := strings.LastIndexByte(slug, '-'); i > 24 {
			slug = slug[:i]
		}
	}
	if slug = strings.Trim(slug, "-"); slug == "" {
		slug = "dossier"
	}
	return slug + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:5])
}

func archiveSuffix(name string) string {
	for _, end := range []string{".zip", ".7z", ".rar"} {
		if n := len(name) - len(end); n > 0 && strings.EqualFold(name[n:], end) {
			return name[n:]
		}
	}
	return ""
}

// Taker takes dossiers of one workspace.
type Taker struct {
	Inbox string
	Store *store.Store
	Pool  *extract.Pool // unpacks archives
	Env   *rules.Env
	Now   func() time.Time
}

// ErrStalled is returned where the inbox does not answer: a network file system whose server is
// gone. Nothing is taken in by halves; what lies there is taken next time.
var ErrStalled = errors.New("the inbox does not answer; look after the disk or the network that it lies on")

// away are inboxes from which a call has not come back yet.
var away sync.Map

// Within does something with an inbox, and gives up after a time. What does not come back is left
// behind; nothing else is tried with that inbox until it does.
func Within(ctx context.Context, inbox string, atMost time.Duration, do func(context.Context) error) error {
	if _, is := away.LoadOrStore(inbox, true); is {
		return ErrStalled
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // should it come back after all, it records nothing
	done := make(chan error, 1)
	go func() {
		err := do(ctx)
		away.Delete(inbox)
		done <- err
	}()
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return ErrStalled
	}
}

// Take takes one entry of the inbox: reads it, keeps its files, records it, and only then removes
// it. The error is ErrChanging where it was written to meanwhile.
func (t *Taker) Take(ctx context.Context, entry string) (*Receipt, error) {
	full := filepath.Join(t.Inbox, entry)
	before, err := fingerprint(full)
	if err != nil {
		return nil, err
	}
	a := &store.Accepted{ID: ID(entry), Name: norm.NFC.String(strings.TrimSuffix(entry, archiveSuffix(entry))), ReceivedAt: t.Now()}
	rc := &Receipt{Entry: entry, Dossier: a.ID}
	c := &collector{store: t.Store, pool: t.Pool, env: t.Env, receipt: rc}
	if err := c.collect(ctx, full, entry); err != nil {
		return nil, err
	}
	if len(c.files) == 0 {
		rc.Warnings = append(rc.Warnings, "it holds no file")
	}
	sort.Slice(c.files, func(i, j int) bool { return c.files[i].Name < c.files[j].Name })
	a.Files, a.Manifest = c.files, c.manifest
	if now, err := fingerprint(full); err != nil || now != before {
		return nil, errors.Join(err, ErrChanging)
	}
	if rc.Changed, err = t.Store.Accept(ctx, a); err != nil {
		return nil, err
	}
	// Moved aside before it is removed: what was written into it meanwhile shows.
	taken := filepath.Join(t.Inbox, takenPrefix+entry)
	if err := os.Rename(full, taken); err != nil {
		return nil, fmt.Errorf("moving aside what was taken: %w", err)
	}
	after, err := fingerprint(taken)
	if err == nil && after != before {
		err = ErrChanging
	}
	if err != nil {
		return nil, errors.Join(err, os.Rename(taken, full))
	}
	rc.Version, rc.Files = a.Version, a.Files
	if err := store.WriteFile(filepath.Join(t.Inbox, entry+ReceiptSuffix), []byte(visible.Text(rc.text(t.Now())))); err != nil {
		return nil, fmt.Errorf("writing the receipt: %w", err)
	}
	if err := os.RemoveAll(taken); err != nil {
		return nil, fmt.Errorf("removing what was taken: %w", err)
	}
	return rc, nil
}

// ErrChanging is returned for an entry that changed while it was read; it stays
// in the inbox for the next time.
var ErrChanging = errors.New("it is still being written; it is taken next time")

// fingerprint tells whether anything under a path changed.
func fingerprint(root string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err == nil && !d.IsDir() {
			fmt.Fprintf(&b, "%s %d %d\n", strings.TrimPrefix(p, root), info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return dossier.HashOf(b.String()), err
}

// collector keeps the files of one dossier.
type collector struct {
	store   *store.Store
	pool    *extract.Pool
	env     *rules.Env
	receipt *Receipt

	manifest  dossier.Manifest // of dossier.yaml, where it has no mistakes
	described bool
	files     []store.File
	bytes     int64
}

func (c *collector) warn(format string, args ...any) {
	c.receipt.Warnings = append(c.receipt.Warnings, fmt.Sprintf(format, args...))
}

func (c *collector) collect(ctx context.Context, full, entry string) error {
	info, err := os.Lstat(full)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return c.folder(ctx, full)
	}
	if archiveSuffix(entry) != "" {
		ok, err := c.archive(ctx, full)
		if ok || err != nil {
			return err
		}
	}
	f, err := os.Open(full)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.put(ctx, entry, f)
}

func (c *collector) folder(ctx context.Context, root string) error {
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		switch {
		case rel == ".":
			return nil
		case skip(d.Name()):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			c.warn("%s was left out: it is a link or no ordinary file", rel)
			return nil
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		return c.put(ctx, filepath.ToSlash(rel), f)
	})
}

// free is a name as extract.CleanName makes it that no file has yet: two names may
// become one.
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

// put keeps one file under a clean name. A manifest is read, and not kept; one with mistakes is no
// reason to refuse the dossier: it is kept among the documents that could not be read, and the
// receipt says what is wrong.
func (c *collector) put(ctx context.Context, name string, r io.Reader) error {
	name = c.free(name)
	mistakes := ""
	if name == dossier.ManifestName && !c.described {
		b, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
		if err != nil {
			return err
		}
		m, problems := ParseManifest(b, c.env)
		if len(problems) == 0 {
			c.manifest, c.described = m, true
			return nil
		}
		mistakes = problems.Error()
		c.warn("dossier.yaml was not used:\n%s", mistakes)
		r = io.MultiReader(bytes.NewReader(b), r)
	}
	if len(c.files) >= maxFiles {
		c.warn("%s was left out: a dossier has at most %d files", name, maxFiles)
		return nil
	}
	sha, size, err := c.store.PutBlob(ctx, r, min(extract.MaxFile, maxDossier-c.bytes))
	if errors.Is(err, store.ErrTooLarge) {
		c.warn("%s was left out: it is larger than %d MB, or the dossier larger than %d MB", name, extract.MaxFile>>20, maxDossier>>20)
		c.files = append(c.files, store.File{Name: name, Problem: extract.TooLarge})
		return nil
	}
	if err != nil {
		return err
	}
	c.bytes += size
	f := store.File{Name: name, SHA256: sha, Size: size}
	if mistakes != "" {
		f.Problem, f.Detail = "manifest", mistakes
	}
	c.files = append(c.files, f)
	return nil
}

// archive has a reading process unpack an archive; false where it is none after
// all, so that it is kept as one file.
func (c *collector) archive(ctx context.Context, full string) (bool, error) {
	f, err := os.Open(full)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	res, err := c.pool.Unpack(ctx, f, info.Size(), func(p extract.Part, b []byte) error {
		switch {
		case c.leftOut(p.Name):
			return nil
		case p.Problem == "":
			return c.put(ctx, p.Name, bytes.NewReader(b))
		case p.Problem == extract.Unsupported:
			c.warn("%s was left out: it is %s", p.Name, p.Detail)
			return nil
		}
		c.warn("%s: %s", p.Name, rules.UnreadText(p.Problem, p.Detail).In("en"))
		c.files = append(c.files, store.File{Name: c.free(p.Name), Problem: p.Problem, Detail: p.Detail})
		return nil
	})
	if err != nil {
		return false, err
	}
	if len(c.files) == 0 {
		return false, nil
	}
	if res.Error != "" {
		c.warn("the archive was not read to its end: %s", rules.UnreadText(res.Error, res.Detail).In("en"))
		c.files = append(c.files, store.File{Name: c.free("the rest of the archive"), Problem: res.Error, Detail: res.Detail})
	}
	c.dropRoot()
	return true, nil
}

// leftOut reports whether a file of an archive is a system's own.
func (c *collector) leftOut(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), skip)
}

// dropRoot takes away the folder that all files of an archive lie in.
func (c *collector) dropRoot() {
	root, _, ok := strings.Cut(c.files[0].Name, "/")
	for _, f := range c.files {
		ok = ok && strings.HasPrefix(f.Name, root+"/")
	}
	if !ok {
		return
	}
	for i := range c.files {
		c.files[i].Name = c.files[i].Name[len(root)+1:]
	}
}

// maxManifest is how large a manifest may be, in bytes.
const maxManifest = 64 << 10

// ParseManifest reads dossier.yaml against the campaign's kinds, units, levels
// and fields.
func ParseManifest(src []byte, env *rules.Env) (dossier.Manifest, strict.Problems) {
	var m dossier.Manifest
	if len(src) > maxManifest {
		return m, strict.Problems{{File: dossier.ManifestName, Line: 1, Col: 1, Message: "the manifest is larger than 64 KB", Cure: "keep the facts, and put texts into documents"}}
	}
	doc, root := strict.Parse(dossier.ManifestName, src)
	if root == nil {
		return m, doc.Problems
	}
	k := root.Map("the manifest", "kind", "title", "unit", "level", "field", "registered_on", "nominee", "facts")
	m.Title, m.Nominee = short(k, "title"), short(k, "nominee")
	m.Kind = oneOf(k, "kind", env.Kinds)
	m.Level = oneOf(k, "level", env.Levels)
	m.Field = oneOf(k, "field", env.Fields)
	var units []rules.Named
	for _, u := range env.Units {
		units = append(units, rules.Named{ID: u.ID})
	}
	m.Unit = oneOf(k, "unit", units)
	if n := k.Get("registered_on"); n != nil {
		m.RegisteredOn = n.String("registered_on")
		if !rules.ValidDate(m.RegisteredOn, false) {
			n.Fail(fmt.Sprintf("registered_on %q is no date", m.RegisteredOn), "write year-month-day, as in 2024-02-14")
		}
	}
	if n := k.Get("facts"); n != nil {
		f := n.Map("facts")
		m.Facts = map[string]any{}
		for _, name := range f.Keys {
			if v := f.Get(name); v != nil {
				m.Facts[name] = v.Scalar("the fact " + name)
			}
		}
	}
	if len(doc.Problems) > 0 {
		doc.Problems.Sort()
		return dossier.Manifest{}, doc.Problems
	}
	m.Source = norm.NFC.String(strings.ToValidUTF8(string(src), "\ufffd"))
	return m, nil
}

func short(k *strict.Map, key string) string {
	n := k.Get(key)
	if n == nil {
		return ""
	}
	s := strings.Join(strings.Fields(n.String(key)), " ")
	if len([]rune(s)) > 400 {
		n.Fail(key+" is longer than 400 characters", "shorten it")
	}
	return s
}

func oneOf(k *strict.Map, key string, list []rules.Named) string {
	var ids []string
	for _, n := range list {
		ids = append(ids, n.ID)
	}
	return k.Get(key).OneOf(key, ids...)
}

// text is the receipt as the submitter reads it.
func (r *Receipt) text(now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "kheo received: %s\ndossier: %s (version %d)\n", r.Entry, r.Dossier, r.Version)
	if r.Changed {
		fmt.Fprintf(&b, "received on: %s\n", now.Format("2006-01-02 15:04:05 -07:00"))
	} else {
		fmt.Fprintf(&b, "the same had been received before; nothing changed\n")
	}
	for _, f := range r.Files {
		fmt.Fprintf(&b, "  %s  %d bytes  sha256 %s", f.Name, f.Size, f.SHA256)
		if f.Problem != "" {
			fmt.Fprintf(&b, "  PROBLEM: %s", rules.UnreadText(f.Problem, "").In("en"))
		}
		b.WriteByte('\n')
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "note: %s\n", w)
	}
	return b.String()
}

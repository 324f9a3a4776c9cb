// Package intake takes dossiers out of the inbox: it keeps every file as a
// blob, records the dossier, leaves a receipt, and only then removes what was
// handed in. Killed at any moment it has lost nothing: what is recorded is
// durable, and what is not recorded still lies in the inbox.
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
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/blobs"
	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/visible"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
	"kheo/rules"
)

// Limits of one dossier; beyond them a file is kept out with its reason.
const (
	maxFiles   = store.MaxFiles
	maxDossier = store.MaxBytes // bytes, unpacked
)

// Receipt says what was taken from one entry of the inbox.
type Receipt struct {
	Entry    string
	Dossier  string
	Version  int
	Changed  bool // false: the same had been handed in before
	Files    []store.File
	Delivery store.Delivery   // what this delivery did
	History  []store.Delivery // every delivery of the dossier that is recorded, the oldest first
	Warnings []string
}

// Taker takes dossiers of one workspace.
type Taker struct {
	Inbox      string
	Quarantine string
	Store      *store.Store
	Pool       *extract.Pool // unpacks archives
	Env        *rules.Env
	Now        func() time.Time

	recorded func() // in tests: called when an entry is recorded, before it is compared
}

// Refused is the error of an entry that cannot be taken as it is. It stays in the inbox, and the
// others are taken.
type Refused struct {
	Name string // within the entry
	Err  error
}

func (r *Refused) Error() string {
	if r.Name == "" {
		return "it stays in the inbox: " + r.Err.Error()
	}
	return fmt.Sprintf("it stays in the inbox because of %s: %v", r.Name, r.Err)
}

func (r *Refused) Unwrap() error { return r.Err }

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

// Take takes one entry of the inbox. It moves the entry aside, reads it, keeps its files, records
// them, and compares every file once more with what is recorded; only then is anything removed. The
// error is ErrChanging where it was written to meanwhile, and *Refused where it cannot be taken.
func (t *Taker) Take(ctx context.Context, e Entry) (*Receipt, error) {
	in, err := openDir(t.Inbox)
	if err != nil {
		return nil, err
	}
	defer in.close()
	b, err := moveAside(in, e)
	if err != nil {
		return nil, err
	}
	defer b.leave()
	a := &store.Accepted{ID: ID(e.Name), Name: DossierName(e.Name), ReceivedAt: t.Now()}
	rc := &Receipt{Entry: e.Name, Dossier: a.ID}
	c := &collector{keep: t.Store.Blobs.Put, pool: t.Pool, env: t.Env, receipt: rc, took: map[string]taken{}, left: map[string]string{}}
	if err := t.record(ctx, b, c, a); err != nil {
		return nil, errors.Join(err, b.back())
	}
	if t.recorded != nil {
		t.recorded()
	}
	if err := b.compare(c); err != nil {
		return nil, errors.Join(err, b.back())
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	if rc.History, err = t.Store.Dossiers.Deliveries(ctx, a.ID); err != nil {
		return nil, err
	}
	if err := in.put(receiptName(e.Name), []byte(visible.Text(rc.text(t.Now())))); err != nil {
		return nil, fmt.Errorf("writing the receipt: %w", err)
	}
	left, err := b.clear(c)
	switch {
	case errors.Is(err, ErrChanging):
		return nil, err
	case errors.Is(err, fs.ErrPermission): // it is recorded, and is tried again next time
		return nil, &Refused{"", errMove}
	case err != nil:
		return nil, fmt.Errorf("removing what was taken: %w", err)
	}
	if left {
		if err := b.keepRest(t.Quarantine, a, c); err != nil {
			return nil, fmt.Errorf("keeping what was left out: %w", err)
		}
	}
	return rc, marksOf(t.Inbox).drop(e.Name)
}

// record reads an entry and records it, joined to what was received before of the same dossier.
func (t *Taker) record(ctx context.Context, b *bay, c *collector, a *store.Accepted) error {
	before, err := t.Store.Dossiers.Get(ctx, a.ID)
	if err != nil {
		return err
	}
	d := &store.Delivery{Entry: b.entry}
	if m := marksOf(t.Inbox).of(b.dir, b.entry); m != nil {
		d.Whole = m.Replace
	}
	if err := c.delivery(ctx, b.dir, b.entry, before, a, d); err != nil {
		return err
	}
	if b.done() { // part of it may be removed already
		d.Whole = false
	}
	if err := c.still(b); err != nil {
		return err
	}
	rc := c.receipt
	if rc.Changed, err = t.Store.Dossiers.Deliver(ctx, a, d); errors.Is(err, store.ErrTooMuch) {
		return &Refused{"", err}
	} else if err != nil {
		return err
	}
	rc.Version, rc.Files, rc.Delivery = a.Version, a.Files, *d
	return nil
}

// collector keeps the files of one dossier.
type collector struct {
	keep    func(ctx context.Context, r io.Reader, limit int64) (sha string, size int64, err error)
	pool    *extract.Pool
	env     *rules.Env
	receipt *Receipt
	before  *store.Accepted // the dossier as it was received before; nil for a new one

	manifest  dossier.Manifest // of dossier.yaml, where it has no mistakes
	described bool
	whole     bool // dossier.yaml says that this delivery replaces the whole
	settles   []string
	files     []store.File
	bytes     int64

	took   map[string]taken  // files of the entry, by path, of which every byte is kept
	left   map[string]string // what of the entry is not taken, and why
	system []string          // files of a system that were left out
	inner  []byte            // the text of a dossier.yaml in a folder of an archive
}

func (c *collector) warn(format string, args ...any) {
	c.receipt.Warnings = append(c.receipt.Warnings, fmt.Sprintf(format, args...))
}

// delivery reads an entry, and fills in the dossier and its delivery.
func (c *collector) delivery(ctx context.Context, in *dir, entry string, before, a *store.Accepted, d *store.Delivery) error {
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
	sort.Slice(c.files, func(i, j int) bool { return c.files[i].Name < c.files[j].Name })
	a.Files, a.Manifest = c.files, c.manifest
	d.Whole, d.Described, d.Settles = d.Whole || c.whole, c.described, c.settles
	return nil
}

// still fails where what was read has changed since.
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

// leaveOut says that something of the entry is not taken.
func (c *collector) leaveOut(rel, why string) {
	c.left[rel] = why
	c.warn("%s was left out: %s; it is kept in quarantine/%s/%s", rel, why, LeftOut, c.receipt.Dossier)
}

// member keeps a file of a folder.
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

// remember notes that every byte of a file is kept, where it is.
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

// why is a reason without the name that it is about.
func why(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// unread is the error of a file of an entry that cannot be opened.
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

// put keeps one file under a clean name, and returns the hash of its bytes; "" where not all of them
// are kept. A manifest is read, and not kept as a document; one with mistakes is no reason to refuse
// the dossier: it is kept among the documents that could not be read, and the receipt says what is
// wrong.
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
			c.manifest, c.described, c.whole = m, true, whole
			sum := sha256.Sum256(b)
			return hex.EncodeToString(sum[:]), nil
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
		c.warn("%s was left out: it is larger than %d MB, or the dossier larger than %d MB", name, extract.MaxFile>>20, maxDossier>>20)
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

// restOf stands for what an archive holds and could not be read.
const restOf = "the rest of the archive"

// archive has a reading process unpack an archive; false where it is none after
// all, so that it is kept as one file. An archive of which not everything was taken is kept too.
func (c *collector) archive(ctx context.Context, f *os.File, n node, entry string) (bool, error) {
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
	if len(c.files) == 0 && !c.described {
		return false, nil
	}
	if res.Error != "" {
		complete = false
		c.warn("the archive was not read to its end: %s", rules.UnreadText(res.Error, res.Detail).In("en"))
		c.files = append(c.files, store.File{Name: c.free(restOf), Problem: res.Error, Detail: res.Detail})
	} else {
		c.settles = append(c.settles, restOf)
	}
	c.settles = append(c.settles, extract.CleanName(entry)) // where it could not be unpacked before
	c.dropRoot()
	if complete {
		c.took[""] = taken{n, hex.EncodeToString(h.Sum(nil))}
	} else {
		c.left[""] = "not everything in it could be taken"
		c.warn("not everything in %s could be taken; it is kept in quarantine/%s/%s", entry, LeftOut, c.receipt.Dossier)
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
			c.inner = slices.Clone(b) // of the dossier, where all of the archive lies in one folder
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

// dropRoot takes away the folder that all files of an archive lie in, unless the dossier has files
// in a folder of that name already. A dossier.yaml in that folder describes the dossier.
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
	i := slices.IndexFunc(c.files, func(f store.File) bool { return f.Name == dossier.ManifestName && f.Problem == "" })
	if i < 0 || c.inner == nil || c.described {
		return
	}
	m, whole, problems := ParseManifest(c.inner, c.env)
	if len(problems) > 0 {
		c.files[i].Problem, c.files[i].Detail = "manifest", problems.Error()
		c.warn("dossier.yaml was not used:\n%s", problems.Error())
		return
	}
	c.manifest, c.described, c.whole = m, true, whole
	c.files = slices.Delete(c.files, i, i+1)
}

// maxManifest is how large a manifest may be, in bytes.
const maxManifest = 64 << 10

// ParseManifest reads dossier.yaml against the campaign's kinds, units, levels
// and fields. replaces reports whether it says that this delivery replaces everything received
// before; that is of the delivery, not of the dossier.
func ParseManifest(src []byte, env *rules.Env) (m dossier.Manifest, replaces bool, problems strict.Problems) {
	if len(src) > maxManifest {
		return m, false, strict.Problems{{File: dossier.ManifestName, Line: 1, Col: 1,
			Message: "the manifest is larger than 64 KB", Cure: "keep the facts, and put texts into documents"}}
	}
	doc, root := strict.Parse(dossier.ManifestName, src)
	if root == nil {
		return m, false, doc.Problems
	}
	k := root.Map("the manifest", "kind", "title", "unit", "level", "field", "registered_on", "nominee", "facts", "replaces")
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
	if n := k.Get("replaces"); n != nil {
		replaces = n.Bool("replaces")
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
		return dossier.Manifest{}, false, doc.Problems
	}
	m.Source = norm.NFC.String(strings.ToValidUTF8(string(src), "\ufffd"))
	return m, replaces, nil
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
	switch {
	case !r.Changed:
		fmt.Fprintf(&b, "the same had been received before; nothing changed\n")
	default:
		fmt.Fprintf(&b, "received on: %s\n", now.Format(receiptTime))
		if r.Delivery.Whole && r.Version > 1 {
			fmt.Fprintf(&b, "it replaces everything received before\n")
		}
	}
	did := map[string]string{}
	d := r.Delivery
	for what, list := range map[string][]string{"added": d.Added, "replaced": d.Replaced, "unchanged": d.Same, "kept from before": d.Kept} {
		for _, n := range list {
			did[n] = what
		}
	}
	for _, f := range r.Files {
		fmt.Fprintf(&b, "  %s  %d bytes  sha256 %s", f.Name, f.Size, f.SHA256)
		if f.Problem != "" {
			fmt.Fprintf(&b, "  PROBLEM: %s", rules.UnreadText(f.Problem, "").In("en"))
		}
		if r.Version > 1 && did[f.Name] != "" {
			fmt.Fprintf(&b, "  (%s)", did[f.Name])
		}
		b.WriteByte('\n')
	}
	if what := did[dossier.ManifestName]; what != "" && r.Version > 1 {
		fmt.Fprintf(&b, "  %s  (%s)\n", dossier.ManifestName, what)
	}
	for _, n := range r.Delivery.Removed {
		fmt.Fprintf(&b, "  %s  (no longer part of the dossier)\n", n)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "note: %s\n", w)
	}
	if r.Version > 1 {
		fmt.Fprintf(&b, "deliveries:\n%s", historyText(r.History, now.Location()))
	}
	return b.String()
}

const receiptTime = "2006-01-02 15:04:05 -07:00"

// historyText tells what came when, a line for each delivery.
func historyText(history []store.Delivery, in *time.Location) string {
	var b strings.Builder
	if len(history) > 0 && history[0].Version > 1 {
		fmt.Fprintf(&b, "  versions 1 to %d: received before kheo recorded deliveries\n", history[0].Version-1)
	}
	for _, d := range history {
		fmt.Fprintf(&b, "  version %d: %s, %s", d.Version, d.At.In(in).Format(receiptTime), d.Entry)
		for _, part := range []struct {
			what string
			list []string
		}{{"added", d.Added}, {"replaced", d.Replaced}, {"removed", d.Removed}} {
			if len(part.list) > 0 {
				fmt.Fprintf(&b, "; %s: %s", part.what, someOf(part.list))
			}
		}
		if n := len(d.Kept); n > 0 {
			fmt.Fprintf(&b, "; kept: %d", n)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// someOf names the first of many files.
func someOf(list []string) string {
	const most = 20
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

package mailbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// delivery is what is made of a letter: a folder with its files and the letter's own page.
type delivery struct {
	top, dir string // the folder, within one of its own
	files    []File
	problems []extract.Part
	large    bool // a file is no small picture
	stated   bool // a dossier.yaml is attached
}

// remove removes the folder.
func (d *delivery) remove() { os.RemoveAll(d.top) }

// unpack reads a letter in a confined process, and writes its files into a new folder. Names in it are those of the
// letter as far as a file can have them; two files never get one name. An attached dossier.yaml counts, but for the
// unit, which is that of the sender.
func (l *look) unpack(r *Letter, raw []byte) (*delivery, error) {
	top, err := os.MkdirTemp(filepath.Join(l.w.Dir, "var"), "letter-")
	if err != nil {
		return nil, err
	}
	d := &delivery{top: top, dir: filepath.Join(top, "files")}
	if err := os.Mkdir(d.dir, durable.PrivateDir); err != nil {
		return d, err
	}
	var manifests [][]byte
	res, err := l.pool.Read(l.ctx, raw, func(p extract.Part, b []byte) error {
		switch {
		case p.Problem != "":
			d.problems = append(d.problems, p)
			return nil
		case path.Base(p.Name) == dossier.ManifestName:
			manifests = append(manifests, b)
			return nil
		}
		return d.add(p.Name, b)
	})
	if err != nil {
		return d, err
	}
	if res.Error != "" || res.Type != "message/rfc822" || len(res.Pages) == 0 {
		return d, leaveIt(Unreadable, res.Error)
	}
	r.Page = fmt.Sprintf("letter-%s-%s.txt", r.Arrived.In(l.w.Campaign().Location).Format("20060102"), r.ID[:8])
	page := []byte(surely(&res.Pages[0]))
	if err := os.WriteFile(filepath.Join(d.dir, r.Page), page, durable.PrivateFile); err != nil {
		return d, err
	}
	if len(d.problems) > 0 {
		err = leaveIt(BadFile, d.problems[0].Name+": "+d.problems[0].Problem)
	}
	if m := l.manifest(r, d, manifests); m != nil {
		err = m
	}
	return d, err
}

// surely returns the text of a letter that a reader surely sees.
func surely(p *dossier.Page) string {
	text := []rune(p.Text)
	for _, r := range new(dossier.Document).Doubts(p) {
		for i := max(0, r[0]); i < min(len(text), r[1]); i++ {
			text[i] = ' '
		}
	}
	return string(text)
}

// manifest writes dossier.yaml: the attached one with the unit of the sender, or, of a new dossier, one that names the
// unit alone. Of an addition without one, what the dossier has stays.
func (l *look) manifest(r *Letter, d *delivery, attached [][]byte) error {
	unit := r.Unit
	if unit == "" {
		unit = r.Known
	}
	says := map[string]any{}
	switch {
	case len(attached) == 0 && r.Added:
		return nil
	case len(attached) > 1:
		return leaveIt(Manifest, fmt.Sprintf("%d files are called %s", len(attached), dossier.ManifestName))
	case len(attached) == 1:
		m, _, problems := intake.ParseManifest(attached[0], l.w.Campaign().Env)
		if len(problems) > 0 {
			return leaveIt(Manifest, problems[0].Message)
		}
		if m.Unit != "" && m.Unit != unit {
			return leaveIt(OtherUnit, m.Unit)
		}
		if err := yaml.Unmarshal(attached[0], &says); err != nil {
			return leaveIt(Manifest, err.Error())
		}
		delete(says, "replaces") // a letter adds: what it replaces has the same name
	}
	says["unit"] = unit
	b, err := yaml.Marshal(says)
	if err != nil {
		return err
	}
	d.stated = len(attached) > 0
	d.files = slices.DeleteFunc(d.files, func(f File) bool { return f.Name == dossier.ManifestName })
	if len(attached) > 0 {
		d.files = append(d.files, File{dossier.ManifestName, int64(len(attached[0])), dossier.SHA256(attached[0])})
	}
	return os.WriteFile(filepath.Join(d.dir, dossier.ManifestName), b, durable.PrivateFile)
}

// adds leaves what dossier.yaml says of the dossier as it is, unless the letter has one itself.
func (d *delivery) adds() error {
	if d.stated {
		return nil
	}
	return os.Remove(filepath.Join(d.dir, dossier.ManifestName))
}

// add writes a file of the letter.
func (d *delivery) add(name string, b []byte) error {
	name = d.free(plainName(name))
	at := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), durable.PrivateDir); err != nil {
		return err
	}
	f, err := os.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, durable.PrivateFile)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	d.files = append(d.files, File{name, int64(len(b)), dossier.SHA256(b)})
	d.large = d.large || len(b) >= smallest || !isPicture(name)
	return nil
}

// isPicture reports whether a file is called a picture.
func isPicture(name string) bool {
	return slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"}, strings.ToLower(path.Ext(name)))
}

// plainName makes the name of a file in the letter one that intake takes: relative, without what hides a file or says
// that it is unfinished.
func plainName(name string) string {
	parts := strings.Split(extract.CleanName(name), "/")
	for i, p := range parts {
		p = strings.TrimRight(strings.TrimLeft(p, "."), " ")
		if p == "" || intake.Skipped(p) {
			p = "attached-" + strings.Trim(strings.TrimLeft(p, "~$"), ".") + "_"
		}
		for len(p) > 200 { // bytes, which file systems bound
			_, size := utf8.DecodeLastRuneInString(p)
			p = p[:len(p)-size]
		}
		parts[i] = p
	}
	return strings.Join(parts, "/")
}

// free returns a name that no file and no folder has yet.
func (d *delivery) free(name string) string {
	taken := func(try string) bool {
		return slices.ContainsFunc(d.files, func(f File) bool {
			return strings.EqualFold(f.Name, try) || hasFolder(f.Name, try) || hasFolder(try, f.Name)
		})
	}
	ext := path.Ext(name)
	for n, try := 2, name; ; n++ {
		if !taken(try) {
			return try
		}
		try = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n, ext)
		if hasFolder(name, path.Dir(name)) && n > 2 { // a file has the name of one of its folders
			try = fmt.Sprintf("(%d)/%s", n, name)
		}
	}
}

// hasFolder reports whether a file is within a folder.
func hasFolder(file, folder string) bool {
	return strings.HasPrefix(strings.ToLower(file), strings.ToLower(folder)+"/")
}

// suspicious leaves letters to people that have no files, or only small pictures as in signatures.
func (d *delivery) suspicious() error {
	switch {
	case len(d.files) == 0:
		return leaveIt(NoFiles, "")
	case !d.large:
		return leaveIt(Pictures, "")
	}
	return nil
}

// whole adds the letter as it is, of which a file could not be taken out.
func (d *delivery) whole(raw []byte) error { return d.add("letter.eml", raw) }

// take hands in the files of a letter, records it with its receipt, and counts it. They follow what waits of the same
// dossier; a letter for which there is no room stays as it is, for the next look.
func (l *look) take(r *Letter, d *delivery) error {
	if err := l.name(r); err != nil {
		return err
	}
	e := review.Event{Person: review.System, Action: review.HandedIn, Dossier: r.Dossier,
		At: l.w.Now().UTC().Format(time.RFC3339), Data: review.Data{Unit: r.Unit, Name: r.Name, Added: r.Added,
			Mail:  r.ID,
			Given: r.Arrived.UTC().Format(time.RFC3339), Subject: r.By}}
	about := review.Subject{Unit: r.Unit}
	var no *review.Refusal
	err := l.w.Review().View(l.ctx, func(s *review.State) error { return s.Check(&e, about) })
	if errors.As(err, &no) {
		return l.leave(r, &leaving{Refused, no.Why})
	}
	if err != nil {
		return err
	}
	r.State, r.Files = Taking, d.files
	if err := l.keep(r); err != nil {
		return err
	}
	if err := l.broken("begun"); err != nil {
		return err
	}
	sum, err := l.handIn(r, d)
	if errors.Is(err, intake.ErrWaits) || errors.Is(err, intake.ErrChanging) {
		l.log.Info("a letter waits until what waits for its dossier is taken in", "letter", r.Short(), "dossier",
			r.Dossier)
		return nil
	}
	if err != nil {
		return fmt.Errorf("handing in the letter %s: %w", r.Short(), err)
	}
	if err := l.broken("handed-in"); err != nil {
		return err
	}
	e.Data.Text = sum
	if err := l.finish(r, e, about); errors.As(err, &no) { // it is in the inbox by now: a list was closed in between
		return l.leave(r, &leaving{Broken, no.Why})
	} else if err != nil {
		return err
	}
	l.result.Taken++
	l.log.Info("a letter was taken", "letter", r.Short(), "unit", r.Unit, "dossier", r.Dossier, "files", len(r.Files))
	return l.broken("recorded")
}

// name chooses the name of the entry in the inbox: that of the dossier to which the letter adds, or, of a new one, the
// subject with the beginning of the letter's hash, so that two letters of one subject are two dossiers.
func (l *look) name(r *Letter) error {
	if r.Added {
		name, _, err := dossierOf(l.ctx, l.w, r.Dossier)
		if err == nil && name == "" {
			err = leaveIt(NoDossier, "")
		}
		r.Name = name
		return err
	}
	subject := r.Subject
	if subject == "" {
		subject = "letter"
	}
	r.Name = intake.TitleName(r.Unit, subject+" "+r.ID[:8])
	r.Dossier = intake.ID(r.Name)
	return nil
}

// handIn puts the files into the inbox, unless an earlier look has done so before it was killed. It returns their hash.
func (l *look) handIn(r *Letter, d *delivery) (sum string, err error) {
	from := filepath.Join(d.top, r.Name)
	if err := os.Rename(d.dir, from); err != nil {
		return "", err
	}
	b := intake.Submission{From: from, Inbox: l.w.Inbox(), Env: l.w.Campaign().Env, Before: l.w.Store.Dossiers.Get,
		One: true, Follow: r.Added, Readers: []extract.Option{workspace.ReaderOptions(l.w.Campaign())}}
	there, err := l.there(r)
	if err != nil {
		return "", err
	}
	if there { // only its hash is needed
		b.Trial, b.Inbox = true, filepath.Join(d.top, "inbox")
	}
	sent, err := b.Submit(l.ctx)
	if err != nil {
		return "", err
	}
	return sent.SHA256, nil
}

// there reports whether the letter's own page is in the inbox, or was taken in, under the name of its dossier.
func (l *look) there(r *Letter) (bool, error) {
	waiting, err := intake.Waiting(l.w.Inbox(), r.Name)
	if err != nil {
		return false, err
	}
	for _, e := range waiting {
		if workspace.Exists(filepath.Join(e.Path(l.w.Inbox()), r.Page)) {
			return true, nil
		}
	}
	list, err := l.w.Store.Dossiers.Deliveries(l.ctx, r.Dossier)
	return slices.ContainsFunc(list, func(d store.Delivery) bool {
		return slices.Contains(d.Added, r.Page) || slices.Contains(d.Replaced, r.Page) ||
			slices.Contains(d.Same, r.Page)
	}), err
}

// ReceiptAbout is what the outbox keeps of a receipt.
type ReceiptAbout struct {
	Letter string `json:"letter"`
	To     string `json:"to"`
}

// finish records in one transaction that the letter is taken, with the event of its delivery and the receipt. A receipt
// goes to the address of a unit that is on record, and to no address that only the letter names.
func (l *look) finish(r *Letter, e review.Event, about review.Subject) error {
	r.State, r.Reason, r.Detail, r.Done = Taken, "", "", l.w.Now().UTC()
	var beside []store.Beside
	if r.Known == r.Unit && l.w.Campaign().Mail.Server != "" {
		b, err := json.Marshal(ReceiptAbout{r.ID, r.From})
		if err != nil {
			return err
		}
		m := &outbox.WaitingMail{Key: string(outbox.MailReceipt) + " " + r.ID, Kind: outbox.MailReceipt, About: b,
			ID: "receipt." + rand.Text() + "@kheo", Since: r.Done, Next: r.Done}
		r.Receipt = m.ID
		doc, err := l.w.Store.State.Outbox.Of(m.Key).Beside(m)
		if err != nil {
			return err
		}
		beside = append(beside, doc)
	}
	doc, err := l.w.Store.State.Letters.Of(r.ID).Beside(r)
	if err != nil {
		return err
	}
	return l.w.Review().DoBeside(context.WithoutCancel(l.ctx), about, e, append(beside, doc)...)
}

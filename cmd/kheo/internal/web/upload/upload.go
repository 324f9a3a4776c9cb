// Package upload receives files that submitters send, and hands them in.
//
// [Inbox.Receive] reads a form with files into a folder of the workspace; [Inbox.New], [Inbox.Add] and [Inbox.Apply]
// hand it in as a new dossier, as an addition, or by the link of an applicant, and record who did. The pages, the API
// and the links share them. A dossier is in the inbox, synced, before its event is recorded: a crash between the two
// leaves a dossier that no event names, and never the reverse.
//
// [Sending] lets an upload take as long as it needs, as long as it keeps pace, and no more than its limit; the
// deadlines of ordinary pages would cut it off. Names of files come from strangers and become plain names that intake
// accepts, or the upload is refused with the reason. What a dossier lacks is shown at once by package precheck,
// without points.
package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/rules"
)

// upload is what a submitter sent: the values of the form, and the files in a folder.
type upload struct {
	dir    string
	Values map[string]string
	Files  []string
}

// ReceiveSummed is Receive with the SHA-256 of what was received, by which a program that sends it again is known.
func (s *Inbox) ReceiveSummed(q *page.Request) (u *upload, sum string, err error) {
	if u, err = s.Receive(q); err != nil {
		return nil, "", err
	}
	if sum, err = u.Sum(); err != nil {
		u.Remove()
		return nil, "", err
	}
	return u, sum, nil
}

// Receive reads a form with files into a new folder, which the caller removes.
func (s *Inbox) Receive(q *page.Request) (*upload, error) {
	body, is := q.R.Body.(*Sending)
	mr, err := q.R.MultipartReader()
	if err != nil || !is {
		return nil, page.Refuse(http.StatusBadRequest, "error.upload")
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "var"), durable.PrivateDir); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Join(s.dir, "var"), "upload-")
	if err != nil {
		return nil, err
	}
	u := &upload{dir: dir, Values: map[string]string{}}
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			io.Copy(io.Discard, body)   // to its end, when the time to answer begins
			q.R.PostForm = url.Values{} // what the page of a refused form shows again
			for k, v := range u.Values {
				q.R.PostForm.Set(k, v)
			}
			return u, nil
		}
		if err == nil {
			err = u.take(part)
		}
		if err != nil {
			os.RemoveAll(dir)
			if body.err == errSlow || body.err == errLarge { // however it came out of the form
				err = body.err
			}
			return nil, body.refused(err)
		}
	}
}

// take reads one part of the form: a value, or a file. Names come from the sender: page.FileName reduces them
// to a plain file name, and a name that occurs twice is refused instead of overwritten.
func (u *upload) take(part *multipart.Part) error {
	if part.FileName() == "" {
		b, err := io.ReadAll(io.LimitReader(part, page.MaxFormText*4+1))
		if err != nil {
			return err
		}
		if len(b) > page.MaxFormText*4 {
			return page.Refuse(http.StatusRequestEntityTooLarge, "error.upload-text", part.FormName(),
				page.MaxFormText)
		}
		u.Values[part.FormName()] = page.PlainText(norm.NFC.String(string(b)))
		return nil
	}
	name := page.FileName(part.FileName())
	if name == "" {
		return page.Refuse(http.StatusBadRequest, "error.file-name", part.FileName(), page.MaxName)
	}
	if len(u.Files) >= page.MaxFiles {
		return page.Refuse(http.StatusBadRequest, "error.upload-count", page.MaxFiles)
	}
	f, err := os.OpenFile(filepath.Join(u.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return page.Refuse(http.StatusBadRequest, "error.file-twice", name)
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(f, part)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	u.Files = append(u.Files, name)
	return nil
}

// Submit hands in a new dossier of the submitter's unit.
func (s *Inbox) Submit(q *page.Request) error {
	u, err := s.Receive(q)
	if err != nil {
		return err
	}
	defer u.Remove()
	sent, err := s.New(q, u)
	if err != nil {
		return err
	}
	return s.told(q, u, sent)
}

// New hands in what was received as a new dossier of the submitter's unit.
func (s *Inbox) New(q *page.Request, u *upload) (*intake.Submitted, error) {
	title := u.Values["title"]
	if title == "" || len([]rune(title)) > 200 || len(u.Files) == 0 || q.Person.Unit == "" {
		return nil, page.Refuse(http.StatusBadRequest, "error.submit")
	}
	manifest := map[string]any{"title": title, "unit": q.Person.Unit}
	for _, k := range []string{"kind", "level", "field"} {
		if u.Values[k] != "" {
			manifest[k] = u.Values[k]
		}
	}
	facts, err := s.statedFacts(q, u)
	if err != nil {
		return nil, err
	}
	if len(facts) > 0 {
		manifest["facts"] = facts
	}
	b, err := yaml.Marshal(manifest)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(u.dir, dossier.ManifestName), b, 0o644); err != nil {
		return nil, err
	}
	name := intake.TitleName(q.Person.Unit, title)
	if a, err := s.dossiers.Get(q.Ctx(), intake.ID(name)); err != nil {
		return nil, err
	} else if a != nil {
		return nil, page.Refuse(http.StatusConflict, "error.same-title")
	}
	return s.handIn(q, u, name, false, false)
}

// statedFacts returns the facts that the form of a new dossier states, by name: those that the ruleset of its kind and
// level asks for. A value that is not surely one of its fact is refused, and so is one of another fact.
func (s *Inbox) statedFacts(q *page.Request, u *upload) (map[string]any, error) {
	out := map[string]any{}
	rs := s.workspace.Campaign().Ruleset(u.Values["kind"], u.Values["level"])
	for _, key := range slices.Sorted(maps.Keys(u.Values)) {
		name, is := strings.CutPrefix(key, factPrefix)
		written := u.Values[key]
		if !is || strings.TrimSpace(written) == "" {
			continue
		}
		var asked *rules.AskedFact
		if rs != nil {
			for _, f := range rules.Asked(rs) {
				if f.Name == name && !f.Paper {
					asked = &f
				}
			}
		}
		if asked == nil {
			return nil, page.Refuse(http.StatusBadRequest, "error.stated-other", page.UpTo(name, 100))
		}
		v, err := rs.ParseFact(name, written, q.Lang)
		var wrong *rules.ValueError
		if errors.As(err, &wrong) {
			return nil, page.Refuse(http.StatusBadRequest, "error.stated", asked.Title.In(q.Lang, "en", "vi"),
				page.UpTo(written, 100), asked.Like)
		}
		if err != nil {
			return nil, err
		}
		if f, is := v.(float64); is && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			v = int64(f) // as people write it: its line is quoted
		}
		out[name] = v
	}
	return out, nil
}

// factPrefix begins the names of the fields of a form that state facts.
const factPrefix = "fact."

// Supplement adds files to a dossier of the submitter's unit. A file replaces one of the same name; with
// "replace" the upload replaces everything received before. The manifest is kept if the upload replaces
// everything, since it says to which unit the dossier belongs.
func (s *Inbox) Supplement(q *page.Request) error {
	name, known, err := s.Mine(q)
	if err != nil {
		return err
	}
	u, err := s.Receive(q)
	if err != nil {
		return err
	}
	defer u.Remove()
	sent, err := s.Add(q, name, known, u)
	if err != nil {
		return err
	}
	return s.told(q, u, sent)
}

// Own returns the dossier in the path if it is one of the submitter's unit.
func (s *Inbox) Own(q *page.Request) (*access.Seen, error) {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return nil, err
	}
	if q.Person.Unit == "" || d.Unit != q.Person.Unit {
		return nil, page.NotFound()
	}
	return d, nil
}

// Mine returns the name of a dossier in the path that is one of the submitter's unit: received, or still waiting in the
// inbox.
func (s *Inbox) Mine(q *page.Request) (name string, known bool, err error) {
	return s.ownName(q, q.R.PathValue("dossier"))
}

// Add hands in what was received as an addition to the dossier in the path, which Mine has returned. It follows what
// waits in the inbox of that dossier.
func (s *Inbox) Add(q *page.Request, name string, known bool, u *upload) (*intake.Submitted, error) {
	if len(u.Files) == 0 {
		return nil, page.Refuse(http.StatusBadRequest, "error.upload")
	}
	replace := u.Values["replace"] != ""
	if replace { // but for what says what the dossier is, and whose
		source, err := s.manifestOf(q, name, known)
		if err != nil {
			return nil, err
		}
		if len(source) > 0 {
			if err := os.WriteFile(filepath.Join(u.dir, dossier.ManifestName), source, 0o644); err != nil {
				return nil, err
			}
		}
	}
	return s.handIn(q, u, name, replace, true)
}

// manifestOf returns the newest dossier.yaml of a dossier: of what waits in the inbox, or as it was received. A dossier
// that is not received and whose manifest is not in the inbox is just being taken in.
func (s *Inbox) manifestOf(q *page.Request, name string, known bool) ([]byte, error) {
	source, err := intake.ManifestWaiting(s.workspace.Inbox(), name)
	if err != nil || source != nil {
		return source, err
	}
	a, err := s.dossiers.Get(q.Ctx(), intake.ID(name))
	if err != nil {
		return nil, err
	}
	if a == nil && known {
		return nil, page.NotFound()
	}
	if a == nil {
		return nil, page.Refuse(http.StatusConflict, "error.waits")
	}
	return []byte(a.Manifest.Source), nil
}

// handIn puts the upload into the inbox under a name, records it, and returns a receipt. The event is recorded
// after the files are in the inbox: a crash between the two leaves a dossier that no event mentions, and never
// an event without a dossier.
func (s *Inbox) handIn(q *page.Request, u *upload, name string, replace, added bool) (*intake.Submitted, error) {
	now := s.workspace.Time().UTC().Format(time.RFC3339)
	e := review.Event{Person: q.Person.ID, Action: review.HandedIn, Dossier: intake.ID(name), At: now,
		Data: review.Data{Unit: q.Person.Unit, Name: name, Added: added}}
	about := review.Subject{Unit: q.Person.Unit}
	if err := s.workspace.Review().View(q.Ctx(),
		func(st *review.State) error { return st.Check(&e, about) }); err != nil {
		return nil, err // before anything is in the inbox
	}
	e.Data.Given = now // from here on it was sent in time, however long it takes to put it into the inbox
	sent, err := s.put(q, u, name, intake.Submission{Replace: replace, Follow: added, Trial: review.IsTrial(q.Ctx())})
	if err != nil {
		return nil, err
	}
	e.Dossier, e.Data.Text = sent.Dossier, sent.SHA256
	if err := s.workspace.Review().Do(context.WithoutCancel(q.Ctx()), about, e); err != nil {
		return nil, err
	}
	if added { // its list may have been closed meanwhile
		err = s.workspace.Review().View(q.Ctx(), func(st *review.State) error {
			if _, closed := review.ListThatClosed(st, e.Dossier); closed {
				sent.Notes = append(sent.Notes, lateNote)
			}
			return nil
		})
	}
	return sent, err
}

// lateNote is what a receipt says of documents whose list was closed while they were received.
const lateNote = "the list with this dossier was closed meanwhile: the documents are kept, and change nothing on it"

// put submits what was received under a name in the inbox, as b says.
func (s *Inbox) put(q *page.Request, u *upload, name string, b intake.Submission) (*intake.Submitted, error) {
	top, err := os.MkdirTemp(filepath.Join(s.dir, "var"), "upload-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(top)
	b.From = filepath.Join(top, name)
	if err := os.Rename(u.dir, b.From); err != nil {
		return nil, fmt.Errorf("handing in: %w", err)
	}
	c := s.workspace.Campaign()
	b.Inbox, b.Env, b.Before = s.workspace.Inbox(), c.Env, s.dossiers.Get
	b.Pool = s.readers
	sent, err := b.Submit(q.Ctx())
	if errors.Is(err, intake.ErrWaits) {
		return nil, page.Refuse(http.StatusConflict, "error.waits")
	}
	if err != nil {
		return nil, fmt.Errorf("handing in: %w", err)
	}
	return sent, nil
}

// told shows the receipt, on the page that says what the dossier has and lacks.
func (s *Inbox) told(q *page.Request, u *upload, sent *intake.Submitted) error {
	to := "/own/" + sent.Dossier + "/check"
	if slices.Contains(sent.Notes, lateNote) {
		return s.site.Back(q, to, "done.handed-in.late", len(u.Files), sent.SHA256[:16])
	}
	if sent.Behind > 0 {
		return s.site.Back(q, to, "done.handed-in.behind", len(u.Files), sent.SHA256[:16], sent.Behind)
	}
	return s.site.Back(q, to, "done.handed-in", len(u.Files), sent.SHA256[:16])
}

// Sum returns the SHA-256 of what was sent: the values of the form, and the names and contents of the files.
func (u *upload) Sum() (string, error) {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(u.Values)) {
		fmt.Fprintf(h, "%q %q\n", name, u.Values[name])
	}
	for _, name := range slices.Sorted(slices.Values(u.Files)) {
		b, err := os.ReadFile(filepath.Join(u.dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %x\n", name, sha256.Sum256(b))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

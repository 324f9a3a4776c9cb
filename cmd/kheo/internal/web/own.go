package web

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// Bounds of what a submitter sends at once, beside maxUpload.
const (
	mostFiles    = 60
	mostName     = 150 // code points of a file's name
	mostBytes    = 240 // bytes of it, as file systems count
	mostFormText = 4000
)

// upload is what a submitter sent: the values of the form, and the files in a folder.
type upload struct {
	dir    string
	values map[string]string
	files  []string
}

// receive reads a form with files into a folder of its own, which the caller removes.
func (s *Server) receive(q *request) (*upload, error) {
	body, is := q.r.Body.(*sending)
	mr, err := q.r.MultipartReader()
	if err != nil || !is {
		return nil, &problem{http.StatusBadRequest, "error.upload", nil}
	}
	if err := os.MkdirAll(filepath.Join(s.w.Dir, "var"), store.PrivateDir); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Join(s.w.Dir, "var"), "upload-")
	if err != nil {
		return nil, err
	}
	u := &upload{dir: dir, values: map[string]string{}}
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			io.Copy(io.Discard, body) // to its end, where the time to answer begins
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

func (u *upload) take(part *multipart.Part) error {
	if part.FileName() == "" {
		b, err := io.ReadAll(io.LimitReader(part, mostFormText*4+1))
		if err != nil {
			return err
		}
		if len(b) > mostFormText*4 {
			return &problem{http.StatusRequestEntityTooLarge, "error.upload-text", []any{part.FormName(), mostFormText}}
		}
		u.values[part.FormName()] = plainText(norm.NFC.String(string(b)))
		return nil
	}
	name := fileName(part.FileName())
	if name == "" {
		return &problem{http.StatusBadRequest, "error.file-name", []any{part.FileName(), mostName}}
	}
	if len(u.files) >= mostFiles {
		return &problem{http.StatusBadRequest, "error.upload-count", []any{mostFiles}}
	}
	f, err := os.OpenFile(filepath.Join(u.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return &problem{http.StatusBadRequest, "error.file-twice", []any{name}}
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(f, part)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	u.files = append(u.files, name)
	return nil
}

// fileName is the name under which a file that was sent is kept; "" where it cannot be kept
// under its name, or intake would leave it out.
func fileName(sent string) string {
	name := path.Base(strings.ReplaceAll(norm.NFC.String(sent), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/:*?"<>|`, r) || r == 0x7f {
			return '_'
		}
		return r
	}, name)
	long := len([]rune(name)) > mostName || len(name) > mostBytes
	if long || name == "." || intake.Skipped(name) || strings.EqualFold(name, dossier.ManifestName) {
		return ""
	}
	return name
}

// submit takes a new dossier of the own unit.
func (s *Server) submit(q *request) error {
	u, err := s.receive(q)
	if err != nil {
		return err
	}
	defer u.remove()
	title := u.values["title"]
	if title == "" || len([]rune(title)) > 200 || len(u.files) == 0 || q.person.Unit == "" {
		return &problem{http.StatusBadRequest, "error.submit", nil}
	}
	manifest := map[string]string{"title": title, "unit": q.person.Unit}
	for _, k := range []string{"kind", "level", "field"} {
		if u.values[k] != "" {
			manifest[k] = u.values[k]
		}
	}
	b, err := yaml.Marshal(manifest)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(u.dir, dossier.ManifestName), b, 0o644); err != nil {
		return err
	}
	name := intake.TitleName(q.person.Unit, title)
	if a, err := s.w.Store.Dossiers.Get(q.ctx(), intake.ID(name)); err != nil {
		return err
	} else if a != nil {
		return &problem{http.StatusConflict, "error.same-title", nil}
	}
	return s.handIn(q, u, name, false)
}

// supplement adds files to a dossier of the own unit: what was missing, or an answer to what
// was returned. A file takes the place of one of the same name; where the submitter says so, what is
// sent takes the place of everything received before.
func (s *Server) supplement(q *request) error {
	d, err := s.see(q, q.r.PathValue("dossier"))
	if err != nil {
		return err
	}
	if q.person.Unit == "" || d.Unit != q.person.Unit {
		return notFound()
	}
	u, err := s.receive(q)
	if err != nil {
		return err
	}
	defer u.remove()
	if len(u.files) == 0 {
		return &problem{http.StatusBadRequest, "error.upload", nil}
	}
	a, err := s.w.Store.Dossiers.Get(q.ctx(), d.ID)
	if err != nil {
		return err
	}
	if a == nil {
		return notFound()
	}
	replace := u.values["replace"] != ""
	if replace && a.Manifest.Source != "" { // which says what the dossier is, and whose
		if err := os.WriteFile(filepath.Join(u.dir, dossier.ManifestName), []byte(a.Manifest.Source), 0o644); err != nil {
			return err
		}
	}
	return s.handIn(q, u, a.Name, replace)
}

// handIn puts what was sent into the inbox under a name, and says so with a receipt.
func (s *Server) handIn(q *request, u *upload, name string, replace bool) error {
	top, err := os.MkdirTemp(filepath.Join(s.w.Dir, "var"), "upload-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(top)
	from := filepath.Join(top, name)
	if err := os.Rename(u.dir, from); err != nil {
		return fmt.Errorf("handing in: %w", err)
	}
	b := intake.Submission{From: from, Inbox: s.w.Inbox(), Env: s.w.Campaign().Env, Replace: replace, Before: s.w.Store.Dossiers.Get,
		Readers: []extract.Option{extract.Reduced(s.w.Campaign().Readers.Reduced)}}
	sent, err := b.Submit(q.ctx())
	if errors.Is(err, intake.ErrWaits) {
		return &problem{http.StatusConflict, "error.waits", nil}
	}
	if err != nil {
		return fmt.Errorf("handing in: %w", err)
	}
	e := review.Event{Person: q.person.ID, Action: review.HandedIn, Dossier: sent.Dossier, Data: review.Data{Unit: q.person.Unit, Name: name, Text: sent.SHA256}}
	if err := s.w.Review().Do(q.ctx(), review.Subject{Unit: q.person.Unit}, e); err != nil {
		return err
	}
	return s.back(q, "/", "done.handed-in", len(u.files), sent.SHA256[:16])
}

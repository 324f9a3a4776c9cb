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

	"kheo/pipeline/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
)

// Bounds of what a submitter sends at once, beside maxUpload.
const (
	mostFiles    = 60
	mostName     = 150 // code points of a file's name
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
	mr, err := q.r.MultipartReader()
	if err != nil {
		return nil, &problem{http.StatusBadRequest, "error.upload", nil}
	}
	if err := os.MkdirAll(filepath.Join(s.w.Dir, "var"), 0o755); err != nil {
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
			return u, nil
		}
		if err == nil {
			err = u.take(part)
		}
		if err != nil {
			os.RemoveAll(dir)
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return nil, &problem{http.StatusRequestEntityTooLarge, "error.too-large", nil}
			}
			var p *problem
			if errors.As(err, &p) {
				return nil, err
			}
			return nil, &problem{http.StatusBadRequest, "error.upload", nil}
		}
	}
}

func (u *upload) take(part *multipart.Part) error {
	if part.FileName() == "" {
		b, err := io.ReadAll(io.LimitReader(part, mostFormText*4+1))
		if err != nil || len(b) > mostFormText*4 {
			return errors.Join(err, &problem{http.StatusRequestEntityTooLarge, "error.too-large", nil})
		}
		u.values[part.FormName()] = strings.TrimSpace(norm.NFC.String(string(b)))
		return nil
	}
	name := fileName(part.FileName())
	if name == "" || len(u.files) >= mostFiles {
		return &problem{http.StatusBadRequest, "error.file-name", []any{part.FileName()}}
	}
	f, err := os.OpenFile(filepath.Join(u.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return &problem{http.StatusBadRequest, "error.file-name", []any{name}}
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
// under its name.
func fileName(sent string) string {
	name := path.Base(strings.ReplaceAll(norm.NFC.String(sent), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/:*?"<>|`, r) || r == 0x7f {
			return '_'
		}
		return r
	}, name)
	if name == "." || strings.HasPrefix(name, ".") || len([]rune(name)) > mostName || strings.EqualFold(name, dossier.ManifestName) {
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
	name := fileName(q.person.Unit + " " + title)
	if name == "" {
		return &problem{http.StatusBadRequest, "error.submit", nil}
	}
	if a, err := s.w.Store.Dossier(q.ctx(), intake.ID(name)); err != nil {
		return err
	} else if a != nil {
		return &problem{http.StatusConflict, "error.same-title", nil}
	}
	return s.handIn(q, u, name)
}

// supplement adds files to a dossier of the own unit: what was missing, or an answer to what
// was returned. A file takes the place of one of the same name.
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
	a, err := s.w.Store.Dossier(q.ctx(), d.ID)
	if err != nil {
		return err
	}
	if a == nil {
		return notFound()
	}
	if a.Manifest.Source != "" {
		if err := os.WriteFile(filepath.Join(u.dir, dossier.ManifestName), []byte(a.Manifest.Source), 0o644); err != nil {
			return err
		}
	}
	for _, f := range a.Files {
		to := filepath.Join(u.dir, filepath.FromSlash(f.Name))
		if _, err := os.Lstat(to); err == nil || f.SHA256 == "" || !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			continue
		}
		b, err := s.w.Store.Blob(q.ctx(), f.SHA256)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			return err
		}
	}
	return s.handIn(q, u, a.Name)
}

// handIn puts what was sent into the inbox under a name, and says so with a receipt.
func (s *Server) handIn(q *request, u *upload, name string) error {
	top, err := os.MkdirTemp(filepath.Join(s.w.Dir, "var"), "upload-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(top)
	from := filepath.Join(top, name)
	if err := os.Rename(u.dir, from); err != nil {
		return fmt.Errorf("handing in: %w", err)
	}
	sent, err := intake.Submit(q.ctx(), s.w.Inbox(), from, s.w.Campaign().Env, extract.Reduced(s.w.Campaign().Readers.Reduced))
	if err != nil {
		s.log.Warn("a dossier was not handed in", "error", err.Error())
		return &problem{http.StatusConflict, "error.waits", nil}
	}
	e := review.Event{Person: q.person.ID, Action: review.HandedIn, Dossier: sent.Dossier, Data: review.Data{Unit: q.person.Unit, Name: name, Text: sent.SHA256}}
	if err := s.w.Review().Do(q.ctx(), review.Subject{Unit: q.person.Unit}, e); err != nil {
		return err
	}
	return s.back(q, "/", "done.handed-in", len(u.files), sent.SHA256[:16])
}

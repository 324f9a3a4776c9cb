package upload

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/applicants"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/precheck"
	wspace "kheo/pipeline/workspace"
)

// Apply hands in what was received by the link of an applicant: a new dossier, or an addition to the one that was handed
// in by it. What waits of it is taken in first. It returns how many deliveries that are.
func (s *Inbox) Apply(q *page.Request, w *wspace.Workspace, l *applicants.Link, u *upload) (*intake.Submitted, error) {
	title, given := cmp.Or(l.Title, u.Values["title"]), w.Now()
	if title == "" || len([]rune(title)) > 200 || len(u.Files) == 0 {
		return nil, page.Refuse(http.StatusBadRequest, "error.submit")
	}
	var files []applicants.File
	for _, name := range u.Files {
		f, err := fileOf(filepath.Join(u.dir, name), name)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	replace := u.Values["replace"] != "" && len(l.Deliveries) > 0
	source, err := s.applicantManifest(q, l, u, title, replace)
	if err != nil {
		return nil, err
	}
	if len(source) > 0 {
		if err := os.WriteFile(filepath.Join(u.dir, dossier.ManifestName), source, durable.PrivateFile); err != nil {
			return nil, err
		}
	}
	top, err := os.MkdirTemp(filepath.Join(s.dir, "var"), "upload-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(top)
	from := filepath.Join(top, l.Name())
	if err := os.Rename(u.dir, from); err != nil {
		return nil, fmt.Errorf("handing in: %w", err)
	}
	b := intake.Submission{From: from, Inbox: w.Inbox(), Env: w.Campaign().Env, Replace: replace, Follow: true, One: true,
		Before: s.dossiers.Get, Readers: []extract.Option{extract.Reduced(w.Campaign().Readers.Reduced)}}
	sent, err := b.Submit(q.Ctx())
	if errors.Is(err, intake.ErrWaits) {
		return nil, page.Refuse(http.StatusConflict, "error.waits")
	}
	if err != nil {
		return nil, fmt.Errorf("handing in: %w", err)
	}
	return sent, l.HandedIn(q.Ctx(), w, given, title, files, sent.SHA256)
}

// applicantManifest returns what says what the dossier of a link is: of a first delivery what the form and the link say,
// where the link wins, and of one that replaces everything what said it before. Others leave it as it is.
func (s *Inbox) applicantManifest(q *page.Request, l *applicants.Link, u *upload, title string, replace bool) ([]byte, error) {
	if len(l.Deliveries) > 0 && !replace {
		return nil, nil
	}
	if replace {
		return s.manifestOf(q, l.Name(), false)
	}
	manifest := map[string]string{"title": title}
	for k, v := range map[string]string{"kind": cmp.Or(l.Kind, u.Values["kind"]), "level": cmp.Or(l.Level, u.Values["level"]),
		"field": cmp.Or(l.Field, u.Values["field"]), "unit": l.Unit} {
		if v != "" {
			manifest[k] = v
		}
	}
	return yaml.Marshal(manifest)
}

// fileOf returns a file for the receipt.
func fileOf(path, name string) (applicants.File, error) {
	b, err := os.ReadFile(path)
	return applicants.File{Name: name, Size: int64(len(b)), SHA256: dossier.SHA256(b)}, err
}

// CheckOf says what the dossier of a link has and lacks, with what waits of it.
func (s *Inbox) CheckOf(q *page.Request, l *applicants.Link) (*precheck.Report, error) {
	return s.checker.Dossier(q.Ctx(), l.Dossier(), l.Name())
}

// ShowCheck shows what a dossier has and lacks, with a form by which more is sent to a path.
func (s *Inbox) ShowCheck(q *page.Request, r *precheck.Report, data map[string]any) {
	data["R"], data["MostFiles"], data["MostMB"] = r, page.MaxFiles, MaxUpload>>20
	if r != nil {
		if r.Identity.Title != "" {
			data["Title"] = r.Identity.Title
		}
		if rs := s.site.Ruleset(r.Ruleset); rs != nil {
			data["Ruleset"] = rs.Title
		}
		data["Lacks"] = r.Lacks()
		data["None"], data["Evidenced"] = r.Without()
	}
	s.site.Render(q, http.StatusOK, "own-check", data)
}

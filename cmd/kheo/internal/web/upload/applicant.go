package upload

import (
	"cmp"
	"net/http"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/applicants"
	"kheo/pipeline/intake"
	"kheo/pipeline/precheck"
	wspace "kheo/pipeline/workspace"
)

// Apply hands in what was received by the link of an applicant: a new dossier, or an addition to the one that was
// handed in by it. What waits of it is taken in first.
func (s *Inbox) Apply(q *page.Request, w *wspace.Workspace, l *applicants.Link, u *upload) error {
	title, given := cmp.Or(l.Title, u.Values["title"]), w.Now()
	if title == "" || len([]rune(title)) > 200 || len(u.Files) == 0 {
		return page.Refuse(http.StatusBadRequest, "error.submit")
	}
	var files []applicants.File
	for _, name := range u.Files {
		f, err := fileOf(filepath.Join(u.dir, name), name)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	replace := u.Values["replace"] != "" && len(l.Deliveries) > 0
	source, err := s.applicantManifest(q, l, u, title, replace)
	if err != nil {
		return err
	}
	if len(source) > 0 {
		if err := os.WriteFile(filepath.Join(u.dir, dossier.ManifestName), source, durable.PrivateFile); err != nil {
			return err
		}
	}
	sent, err := s.put(q, u, l.Name(), intake.Submission{Replace: replace, Follow: true, One: true})
	if err != nil {
		return err
	}
	return l.HandedIn(q.Ctx(), w, given, title, files, sent.SHA256)
}

// applicantManifest returns what says what the dossier of a link is: of a first delivery what the form and the link
// say, where the link wins, and of one that replaces everything what said it before. Others leave it as it is.
func (s *Inbox) applicantManifest(q *page.Request, l *applicants.Link, u *upload, title string,
	replace bool) ([]byte, error) {
	if len(l.Deliveries) > 0 && !replace {
		return nil, nil
	}
	if replace {
		return s.manifestOf(q, l.Name(), false)
	}
	manifest := map[string]string{"title": title}
	for k, v := range map[string]string{"kind": cmp.Or(l.Kind, u.Values["kind"]),
		"level": cmp.Or(l.Level, u.Values["level"]), "field": cmp.Or(l.Field, u.Values["field"]), "unit": l.Unit} {
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

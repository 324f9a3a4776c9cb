package web

import (
	"archive/zip"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/pipeline/workspace"
)

// All letters come as one archive, by two clicks: one that makes it, and one that takes it. It has no letter about a
// dossier from which the person is recused, also not if that happened after it was made.
func TestAllLettersAsOneArchive(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, secretary := s.as("chair"), s.as("secretary")
	id := s.dossierLike("tieng-keng")
	if status, _, _ := chair.get("/papers/letters/zip"); status != 409 {
		t.Errorf("an archive that nobody made: %d", status)
	}
	chair.must("/dossiers/"+id+"/tie", url.Values{"reason": {"my cousin leads it"}})
	all := s.archive(secretary)
	some := s.archive(chair)
	if len(all) < 5 || len(some) != len(all)-1 {
		t.Errorf("the secretary gets %d letters, the chair %d", len(all), len(some))
	}
	title := "Tiếng kẻng an ninh"
	for name, text := range all {
		if !strings.HasSuffix(name, ".docx") || strings.Count(name, "/") != 1 || len(text) < 200 {
			t.Errorf("%s has %d characters", name, len(text))
		}
	}
	for name, text := range some {
		if strings.Contains(name, title) || strings.Contains(text, title) {
			t.Errorf("the chair got %s", name)
		}
	}
	_, body, _ := chair.get("/papers")
	if !strings.Contains(text(body), "Left out, because you may not see them: 1.") {
		t.Error("the page does not say what is left out")
	}
	other := s.dossierLike("rung-go-lon")
	secretary.must("/dossiers/"+other+"/tie", url.Values{"reason": {"my brother leads it"}})
	if status, _, _ := secretary.get("/papers/letters/zip"); status != 409 {
		t.Errorf("an archive with a letter about a dossier from which the person is recused since: %d", status)
	}
	left, err := filepath.Glob(filepath.Join(s.w.Dir, "var", "letters-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
}

// archive makes all letters for a person, and returns the text of each by its name.
func (s *site) archive(b *browser) map[string]string {
	s.Helper()
	b.must("/papers/letters", url.Values{"as": {"docx"}})
	for {
		_, body, _ := b.get("/papers")
		if strings.Contains(body, `href="/papers/letters/zip"`) {
			break
		}
		if strings.Contains(body, "could not be made") || s.Context().Err() != nil {
			s.Fatalf("the letters: %s\n%s", text(body), s.logs)
		}
	}
	status, body, h := b.get("/papers/letters/zip")
	if status != 200 || h.Get("Content-Type") != "application/zip" || !strings.Contains(h.Get("Content-Disposition"), ".zip") {
		s.Fatalf("%d %v", status, h)
	}
	zr, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		s.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range zr.File {
		out[f.Name] = f.Name
		r, err := f.Open()
		if err != nil {
			s.Fatal(err)
		}
		letter, err := io.ReadAll(r)
		if err != nil {
			s.Fatal(err)
		}
		out[f.Name] = text(unzipped(string(letter)))
	}
	return out
}

// A campaign whose papers: leaves something blank is told so where papers are made.
func TestBlanksInPapersAreTold(t *testing.T) {
	t.Parallel()
	s := open(t)
	if _, body, _ := s.as("chair").get("/papers"); strings.Contains(text(body), "are blank under papers") {
		t.Error("the sample's papers leave nothing blank")
	}
	file := filepath.Join(s.w.Dir, "kheo.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	with := strings.NewReplacer("  place: Đại Lộc\n", "", "  symbol: BCĐ-DVK\n", "").Replace(string(b))
	dir := s.w.Dir
	if err := os.WriteFile(file, []byte(with), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := newSite(t, w).as("chair").get("/papers")
	if !strings.Contains(text(body), "are blank under papers, so the papers have gaps there: place, symbol") {
		t.Errorf("%s", text(body))
	}
}

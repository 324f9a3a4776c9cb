package web

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/pipeline"
	"kheo/pipeline/intake"
)

// slowly sends a form a piece at a time.
func (b *browser) slowly(to, contentType string, body []byte, piece int, pause time.Duration) (int, string,
	error) {
	b.Helper()
	r, w := io.Pipe()
	go func() {
		for len(body) > 0 {
			n := min(piece, len(body))
			if _, err := w.Write(body[:n]); err != nil {
				return
			}
			body = body[n:]
			time.Sleep(pause) // this is what is tested: how a slow line behaves
		}
		w.Close()
	}()
	req, err := http.NewRequest("POST", to, r)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := b.c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

// An upload that takes longer than a request may goes on while it keeps pace; one that does not is
// cut off, and told why. Everything else keeps its short limit.
func TestUploadsAreBoundByTheirPace(t *testing.T) {
	t.Parallel()
	s := open(t)
	unit := s.as("submitter")
	const limit = 900 * time.Millisecond // of a whole request
	s.s.pace = upload.Pace{Stretch: limit, Least: 1 << 10}
	h := httptest.NewUnstartedServer(s.s)
	h.Config.ReadTimeout, h.Config.WriteTimeout = limit, limit
	h.Start()
	t.Cleanup(h.Close)
	unit.c.Jar.SetCookies(mustURL(h.URL), unit.c.Jar.Cookies(mustURL(s.http.URL)))
	form := func(title string, size int) (string, []byte) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		m.WriteField("title", title)
		m.WriteField("kind", "model")
		w, _ := m.CreateFormFile("files", "report.txt")
		w.Write(bytes.Repeat([]byte("x"), size))
		m.Close()
		return m.FormDataContentType(), b.Bytes()
	}
	ct, body := form("Slow but steady", 16<<10)
	status, text, err := unit.slowly(h.URL+"/own/upload", ct, body, 1<<10, limit/6)
	if status != http.StatusSeeOther {
		t.Errorf("an upload that keeps pace: %d %s %v", status, text, err)
	}
	ct, body = form("Too slow", 4<<10)
	begin := time.Now()
	status, text, err = unit.slowly(h.URL+"/own/upload", ct, body, 16, limit/6)
	if status == http.StatusSeeOther || time.Since(begin) > 20*limit {
		t.Errorf("one that does not: %d after %v %v", status, time.Since(begin), err)
	}
	if err == nil && (status != http.StatusRequestTimeout || !strings.Contains(text,
		"too slow: less than 1 KB")) {
		t.Errorf("it is told %d %s", status, text)
	}
	begin = time.Now()
	if status, _, _ := unit.slowly(h.URL+"/language", "application/x-www-form-urlencoded",
		bytes.Repeat([]byte("x"), 1<<10), 64, limit/6); status == http.StatusSeeOther {
		t.Errorf("any other form may take %v", time.Since(begin))
	}
}

// The page names the limits before, and the error says which it was, and what to do.
func TestUploadLimitsAreTold(t *testing.T) {
	t.Parallel()
	s := open(t)
	unit := s.as("submitter")
	if _, body, _ := unit.get("/"); !strings.Contains(body, "At most 60 files and 64 MB in total") {
		t.Error("the page does not name the limits")
	}
	values := map[string]string{"title": "Limits", "kind": "model"}
	many := map[string]string{}
	for i := range page.MaxFiles + 1 {
		many[fmt.Sprint(i, ".txt")] = "x"
	}
	for name, c := range map[string]struct {
		values, files map[string]string
		status        int
		says          string
	}{
		"too large": {values, map[string]string{"a.bin": strings.Repeat("x", upload.MaxUpload+1)},
			http.StatusRequestEntityTooLarge, "larger than 64 MB"},
		"too many": {values, many, http.StatusBadRequest, "more than 60 files"},
		"left out": {values, map[string]string{"a.docx.part": "x"}, http.StatusBadRequest,
			"at most 150 characters"},
		"long in bytes": {values, map[string]string{strings.Repeat("ế", 100): "x"}, http.StatusBadRequest,
			"at most 150 characters"},
		"long field": {map[string]string{"title": strings.Repeat("x", 5*page.MaxFormText)},
			map[string]string{"a.txt": "x"}, http.StatusRequestEntityTooLarge, "longer than 4000"},
		"nothing of note": {map[string]string{"title": "Fine"}, map[string]string{"a.txt": "x"},
			http.StatusSeeOther, ""},
	} {
		status, body, _ := unit.send("/own/upload", c.values, c.files)
		if status != c.status || !strings.Contains(text(body), c.says) {
			t.Errorf("%s: %d %.300s", name, status, text(body))
		}
	}
	if list, err := filepath.Glob(filepath.Join(s.w.Dir, "var", "upload-*")); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
}

// Titles with characters that no file name has are dossiers of their own, of each unit.
func TestTitlesWithSlashes(t *testing.T) {
	t.Parallel()
	s := open(t)
	unit := s.as("submitter")
	for _, title := range []string{"Tổ phụ nữ 20/10", "Tổ phụ nữ 20-10", "10", "..", "a.zip", "a",
		"kỳ họp.tmp", ".tmp", strings.Repeat("dài", 66)} {
		status, body, _ := unit.send("/own/upload", map[string]string{"title": title, "kind": "model"},
			map[string]string{"a.txt": "Báo cáo " + title})
		if status != http.StatusSeeOther {
			t.Errorf("%q: %d %s", title, status, text(body))
		}
	}
	entries, err := os.ReadDir(s.w.Inbox())
	if err != nil {
		t.Fatal(err)
	}
	waiting := 0
	for _, e := range entries {
		if !intake.Skipped(e.Name()) {
			waiting++
		}
	}
	if waiting != 9 {
		t.Errorf("%d dossiers wait in the inbox", waiting)
	}
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	a, err := s.w.Store.Dossiers.Get(t.Context(), intake.ID(intake.TitleName("dai-hiep", "Tổ phụ nữ 20/10")))
	if err != nil || a == nil || a.Manifest.Title != "Tổ phụ nữ 20/10" || !strings.Contains(a.Name, "20-10") {
		t.Fatalf("%+v %v", a, err)
	}
	// Files that come later are added; the whole is replaced where the box is ticked.
	add := func(values map[string]string, name string) []string {
		t.Helper()
		if status, body, _ := unit.send("/own/"+a.ID+"/upload", values,
			map[string]string{name: name}); status != http.StatusSeeOther {
			t.Fatalf("%d %s", status, text(body))
		}
		if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
			t.Fatal(err)
		}
		now, err := s.w.Store.Dossiers.Get(t.Context(), a.ID)
		if err != nil || now.Manifest.Title != a.Manifest.Title {
			t.Fatalf("%+v %v", now, err)
		}
		var names []string
		for _, f := range now.Files {
			names = append(names, f.Name)
		}
		return names
	}
	if got := add(nil, "b.txt"); strings.Join(got, " ") != "a.txt b.txt" {
		t.Errorf("%q", got)
	}
	if got := add(map[string]string{"replace": "yes"}, "c.txt"); strings.Join(got, " ") != "c.txt" {
		t.Errorf("%q", got)
	}
	for who, page := range map[string]*browser{"the unit": unit, "an evaluator": s.as("evaluator")} {
		_, body, _ := page.get("/dossiers/" + a.ID)
		for _, says := range []string{"What was received, and when", "version 2", "added: b.txt", "kept: a.txt",
			"replaces everything received before", "removed: a.txt, b.txt"} {
			if !strings.Contains(text(body), says) {
				t.Errorf("%s is not told %q", who, says)
			}
		}
	}
}

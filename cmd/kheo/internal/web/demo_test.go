package web

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/pipeline/review"
)

// In the sample a click signs in as anyone, from this machine only and by an address of it; elsewhere nothing of it is
// there.
func TestTheDemoSignsInByAClick(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.s.AllowDemo(); !errors.Is(err, ErrNotDemo) {
		t.Fatalf("a workspace that kheo demo did not make: %v", err)
	}
	mark := filepath.Join(s.w.Dir, "var", "demo")
	if err := os.WriteFile(mark, []byte("the records of another workspace"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.s.AllowDemo(); !errors.Is(err, ErrNotDemo) {
		t.Fatalf("a workspace with the mark of another: %v", err)
	}
	b := s.nobody()
	if status, _, _ := b.post("/sign-in/demo", url.Values{"person": {"chair"}}); status != http.StatusNotFound {
		t.Errorf("somebody signs in without a password: %d", status)
	}
	if err := s.w.MarkDemo(); err != nil {
		t.Fatal(err)
	}
	if err := s.s.AllowDemo(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, header, value string }{
		{"through a server in front", "X-Forwarded-For", "127.0.0.1"},
		{"by a name that leads here", "Host", "kheo.example.org"},
		{"by another address", "Host", "192.0.2.7:8080"},
	} {
		r, err := http.NewRequest("POST", b.http.URL+"/sign-in/demo", strings.NewReader("person=chair"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if r.Header.Set(c.header, c.value); c.header == "Host" {
			r.Host = c.value
		}
		if status, _, _ := b.do(r); status != http.StatusNotFound {
			t.Errorf("%s: %d", c.name, status)
		}
	}
	if status, _, _ := b.post("/sign-in/demo", url.Values{"person": {"nobody"}}); status != http.StatusNotFound {
		t.Errorf("a person who does not exist: %d", status)
	}
	if _, body, _ := b.get("/sign-in"); strings.Count(body, `name="person" value="`) < len(review.Roles) {
		t.Error("the page does not offer every role")
	}
	b.must("/sign-in/demo", url.Values{"person": {"chair"}})
	if _, body, _ := b.get("/account"); !strings.Contains(body, "The chair") {
		t.Error("the chair is not signed in")
	}
}

package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// lines are those of the log that hold all words.
func (s *site) lines(words ...string) (out []string) {
	for line := range strings.Lines(s.logs.String()) {
		all := true
		for _, w := range words {
			all = all && strings.Contains(line, w)
		}
		if all {
			out = append(out, line)
		}
	}
	return out
}

func TestWhatConcernsSecurityIsLogged(t *testing.T) {
	t.Parallel()
	s, dossier := openPanel(t)
	chair := s.as("chair")
	nobody := s.nobody()
	nobody.post("/sign-in", url.Values{"person": {"chair"}, "password": {"secret one two three"}})
	nobody.post("/sign-in", url.Values{"person": {"typed as a name"}, "password": {"secret one two three"}})
	chair.get("/audit?q=in-a-query")
	chair.get("/dossiers/not-there")
	chair.get("/dossiers/" + dossier)
	nobody.get("/dossiers/" + dossier + "?t=in-a-query")
	r, err := http.NewRequest("DELETE", s.http.URL+"/dossiers/"+dossier, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if status, _, _ := chair.do(r); status != http.StatusNotFound {
		t.Errorf("a method that no page has: %d", status)
	}
	other, err := http.NewRequest("POST", s.http.URL+"/dossiers/"+dossier+"/vote",
		strings.NewReader("vote=for"))
	if err != nil {
		t.Fatal(err)
	}
	other.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, _, _ := chair.do(other); status != http.StatusForbidden {
		t.Errorf("a form of another site: %d", status)
	}
	s.as("ann").post("/people/chair/disable", nil)
	s.as("admin").post("/people/admin", url.Values{"name": {"A"}, "role": {"administrator", "chair"}})
	_, _, h := chair.post("/sign-out", nil)
	if h.Get("Clear-Site-Data") != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data: %q", h.Get("Clear-Site-Data"))
	}
	for name, words := range map[string][]string{
		"a sign-in":                  {"signed in", "as=chair", "how=password", "address=127.0.0.1"},
		"a failed sign-in":           {"signing in failed", "as=chair", "address=127.0.0.1"},
		"a failed sign-in of nobody": {"signing in failed", "as=unknown"},
		"what is not there":          {"refused", "status=404", "path=/dossiers/not-there", "person=chair"},
		"a method that no page has":  {"refused", "status=404", "method=DELETE"},
		"a form of another site":     {"refused", "status=403", "another site", "/vote"},
		"a right that is missing": {"refused", "status=403", "error.right", "path=/people/chair/disable",
			"person=ann"},
		"what duties do not allow": {"refused", "status=409", "own-roles", "person=admin"},
		"papers": {"papers were asked for", "path=/dossiers/" + dossier + " ",
			"person=chair"},
		"who is not signed in": {"refused", "status=303", "path=/dossiers/" + dossier},
		"a sign-out":           {"signed out", "person=chair"},
	} {
		if len(s.lines(words...)) != 1 {
			t.Errorf("%s: %d lines with %q\n%s", name, len(s.lines(words...)), words, s.logs)
		}
	}
	for _, secret := range []string{"secret one", "typed as", "in-a-query", password, chair.session()} {
		if secret != "" && strings.Contains(s.logs.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

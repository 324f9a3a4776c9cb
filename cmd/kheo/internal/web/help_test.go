package web

import (
	"kheo/cmd/kheo/internal/web/page"
	"net/http"
	"strings"
	"testing"

	"kheo/docs"
)

// Everybody who signs in can read the manual in the frame of the pages, and is told in the language of the
// pages that it is in English.
func TestTheManualIsShown(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, role := range []string{"chair", "submitter"} {
		b := s.as(role)
		status, body, _ := b.get("/")
		if status != http.StatusOK || !strings.Contains(body, `href="/help"`) {
			t.Errorf("%s: %d, and no link to the manual", role, status)
		}
		_, index, _ := b.get("/help")
		for _, p := range docs.Pages() {
			if !strings.Contains(index, `href="`+p.Path()+`"`) {
				t.Errorf("the list of pages does not link to %s", p.Path())
			}
			status, body, _ := b.get(p.Path())
			if status != http.StatusOK || !strings.Contains(body, p.Title) || !strings.Contains(body,
				`lang="en"`) {
				t.Errorf("%s: %d", p.Path(), status)
			}
		}
	}
	for _, path := range []string{"/help/nothing", "/help/", "/help/../rulesets", "/help/docs.go"} {
		if status, _, _ := s.as("chair").get(path); status == http.StatusOK {
			t.Errorf("%s is shown", path)
		}
	}
	for _, lang := range page.Languages {
		if note := s.s.site.Texts.Say(lang, "help.english"); note == "help.english" {
			t.Errorf("no text in %s says that the manual is in English", lang)
		}
	}
	if status, _, h := s.nobody().get("/help"); status != http.StatusSeeOther ||
		h.Get("Location") != "/sign-in" {
		t.Errorf("somebody who is not signed in: %d", status)
	}
}

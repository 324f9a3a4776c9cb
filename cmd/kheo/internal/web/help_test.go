package web

import (
	"kheo/cmd/kheo/internal/web/page"
	"net/http"
	"regexp"
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
	chair := s.as("chair")
	_, desk, _ := chair.get("/help/desk")
	pictures := regexp.MustCompile(`<img src="(/help/pages/[a-z-]+\.png)" alt="[^"]{10,}"`).FindAllStringSubmatch(desk, -1)
	if len(pictures) < 10 {
		t.Errorf("the page about the desk shows %d pictures with a description", len(pictures))
	}
	for _, p := range pictures {
		if status, body, h := chair.get(p[1]); status != http.StatusOK || h.Get("Content-Type") != "image/png" ||
			len(body) > 150_000 {
			t.Errorf("%s: %d, %s, %d bytes", p[1], status, h.Get("Content-Type"), len(body))
		}
	}
	if _, list, _ := chair.get("/lists/model-district"); !strings.Contains(list, "Help for this page") ||
		!strings.Contains(list, `href="/help/desk"`) {
		t.Error("the list does not lead to the page of the manual about it")
	}
	for _, path := range []string{"/help/nothing", "/help/pages/nothing.png", "/help/", "/help/../rulesets", "/help/docs.go"} {
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

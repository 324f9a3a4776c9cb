package web

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v3"

	"kheo/pipeline"
)

// Every sentence of the program is in the reader's language: on pages in Norwegian and English nothing of the
// Vietnamese catalogue appears, nor do the ids of stages, although the campaign and its lists are Vietnamese.
func TestPagesSpeakTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	chair := s.as("chair")
	chair.must("/dossiers/"+id+"/override", url.Values{"outcome": {"not-recommended"}, "reason": {"the visit"}})
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "nightly"}); err != nil {
		t.Fatal(err)
	}
	own := vietnamese(t)
	for _, lang := range []string{"nb", "en"} {
		for _, c := range []struct {
			person string
			paths  []string
		}{
			{"chair", []string{"/", "/waiting", "/digest", "/lists/model-district", "/dossiers/" + id,
				"/dossiers/" + s.dossierLike("tieng-keng"), "/meeting/model-district", "/runs", "/runs/1", "/runs/2",
				"/search?q=flag:unreadable", "/search?q=poins:1", "/evidence", "/evidence/report", "/rules/model-district",
				"/register", "/people", "/audit", "/papers"}},
			{"submitter", []string{"/"}}, {"administrator", []string{"/", "/runs/2"}},
		} {
			b := s.as(c.person)
			b.must("/language", url.Values{"language": {lang}})
			for _, path := range c.paths {
				status, body, _ := b.get(path)
				if status != http.StatusOK {
					t.Errorf("%s: %d", path, status)
				}
				body = withoutPapers(body)
				for _, text := range own {
					if at := strings.Index(body, text); at >= 0 {
						t.Errorf("%s, %s of %s: %q stands in %q", lang, path, c.person, text, body[max(0, at-120):at+len(text)])
						break
					}
				}
				if m := regexp.MustCompile(`(?:intake|read|ocr|profile|publish) \d`).FindString(body); m != "" &&
					strings.HasPrefix(path, "/runs") && lang == "nb" {
					t.Errorf("%s: a stage is named by its id: %q", path, m)
				}
			}
		}
	}
}

// withoutPapers returns a page without what it quotes of papers, and without the names of languages.
func withoutPapers(body string) string {
	for _, re := range []string{`(?s)<section class="papers".*?</section>`, `(?s)<blockquote.*?</blockquote>`,
		`(?s)<div class="paper".*?</div>`, `(?s)<p class="passage">.*?</p>`, `(?s)<button name="language".*?</button>`,
		`(?s)<table class="stacked">.*?</table>`} {
		body = regexp.MustCompile(re).ReplaceAllString(body, "")
	}
	return body
}

// vietnamese returns the parts of the Vietnamese catalogue that are long enough to be recognised, as HTML has them.
func vietnamese(t *testing.T) (out []string) {
	t.Helper()
	b, err := os.ReadFile("../../../../internal/texts/vi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]string
	if err := yaml.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for section, texts := range all {
		if section == "papers" || section == "templates" {
			continue // words that the papers of the sample have, too
		}
		for _, text := range texts {
			for _, part := range regexp.MustCompile(`%(?:\[\d\])?[sdv%]|["'&<>]|\n`).Split(text, -1) {
				part = strings.TrimSpace(part)
				if len([]rune(part)) >= 16 && strings.ContainsFunc(part, func(r rune) bool {
					return r >= 0x1EA0 && unicode.IsLetter(r)
				}) {
					out = append(out, part)
				}
			}
		}
	}
	return out
}

package page

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"

	catalogue "kheo/internal/texts"
	"kheo/rules"
)

// Texts holds the texts of the pages: language -> key -> text.
type Texts map[string]map[string]string

// Languages are the languages of the pages, by ISO 639-1 codes.
var Languages = catalogue.Languages

// LoadTexts returns the section of the catalogue that is for pages. The caller must not change it.
func LoadTexts() Texts { return loaded() }

var loaded = sync.OnceValue(func() Texts {
	out := Texts{}
	pages := catalogue.Section("pages")
	for _, lang := range Languages {
		out[lang] = map[string]string{}
		for _, key := range pages.Keys() {
			if s, ok := pages.Text(key)[lang]; ok {
				out[lang][key] = s
			}
		}
	}
	return out
})

// Of returns a text, or "" if there is none.
func (t Texts) Of(lang, key string) string { return t[lang][key] }

// Say returns a text with its values. A key without a text is returned itself; a test ensures that pages use
// no such key.
func (t Texts) Say(lang, key string, args ...any) string {
	s, ok := t[lang][key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(catalogue.Plural(lang, s, args), args...)
}

// StageName returns how a stage of a run is called in a language; its id if it has no name.
func (t Texts) StageName(lang, stage string) string {
	if name := t.Of(lang, "run-stage."+stage); name != "" {
		return name
	}
	return stage
}

// Filled returns a text with values of which it need not name all, by their numbers.
func (t Texts) Filled(lang, key string, args ...any) string {
	if !strings.Contains(t.Of(lang, key), "%") {
		return t.Say(lang, key)
	}
	return t.Say(lang, key, args...)
}

// matcher matches Accept-Language headers with the languages of the pages; its order is that of Languages.
var matcher = language.NewMatcher([]language.Tag{language.Vietnamese, language.Norwegian, language.English})

// Accepted returns the language of the pages that fits an Accept-Language header best, and otherwise if none
// fits.
func (t Texts) Accepted(header, otherwise string) string {
	if len(header) > 200 {
		return otherwise
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return otherwise
	}
	_, i, c := matcher.Match(tags...)
	if c == language.No {
		return otherwise
	}
	return Languages[i]
}

// Number formats a number in a language.
func Number(lang string, v any) string {
	switch x := v.(type) {
	case int:
		return rules.Number(float64(x), lang)
	case int64:
		return rules.Number(float64(x), lang)
	case float64:
		return rules.Number(x, lang)
	}
	return fmt.Sprint(v)
}

// When formats a date, or a date and time in the campaign's time zone, in a language.
func When(lang, s string, in *time.Location) string {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		t = t.In(in)
		return catalogue.Day(lang, t) + t.Format(" 15:04")
	}
	if t, err := time.Parse("2006-01-02", s); err == nil {
		return catalogue.Day(lang, t)
	}
	return s
}

// month formats a month such as 2024-03 in words.
func month(lang, s string) string {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return s
	}
	return catalogue.Month(lang, t)
}

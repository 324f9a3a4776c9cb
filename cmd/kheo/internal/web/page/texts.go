package page

import (
	"fmt"
	"time"

	"golang.org/x/text/language"

	catalogue "kheo/internal/texts"
	"kheo/rules"
)

// Texts are what the pages say: language -> key -> text.
type Texts map[string]map[string]string

// Languages that pages come in.
var Languages = catalogue.Languages

// pageTexts returns the section of the catalogue that is for pages.
func LoadTexts() Texts {
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
}

// Of is a text, "" where there is none.
func (t Texts) Of(lang, key string) string { return t[lang][key] }

// Say is a text with its values; the key itself where there is none, which a test forbids.
func (t Texts) Say(lang, key string, args ...any) string {
	s, ok := t[lang][key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

var matcher = language.NewMatcher([]language.Tag{language.Vietnamese, language.Norwegian, language.English})

// Accepted is the language that a browser asks for.
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

// Number writes a number as a language does.
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

// When writes a date, or a date and time of the campaign's timezone, as a language does.
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

// month writes a month, as 2024-03, in words.
func month(lang, s string) string {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return s
	}
	return catalogue.Month(lang, t)
}

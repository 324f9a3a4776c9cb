package web

import (
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"path"
	"strings"
	"time"

	"golang.org/x/text/language"

	"kheo/internal/dossier"
	catalogue "kheo/internal/texts"
	"kheo/pipeline/review"
	"kheo/rules"
)

// texts are what the pages say: language -> key -> text.
type texts map[string]map[string]string

// Languages that pages come in.
var Languages = catalogue.Languages

// pageTexts returns the section of the catalogue that is for pages.
func pageTexts() texts {
	out := texts{}
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

// of is a text, "" where there is none.
func (t texts) of(lang, key string) string { return t[lang][key] }

// say is a text with its values; the key itself where there is none, which a test forbids.
func (t texts) say(lang, key string, args ...any) string {
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

// accepted is the language that a browser asks for.
func (t texts) accepted(header, otherwise string) string {
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

// templates parses the pages.
func (s *Server) templates() (map[string]*template.Template, error) {
	shared := template.New("").Funcs(template.FuncMap{
		"t":       s.texts.say,
		"num":     func(lang string, v any) string { return number(lang, v) },
		"when":    func(lang, at string) string { return when(lang, at, s.w.Campaign().Location) },
		"month":   month,
		"in":      func(t dossier.Text, lang string) string { return t.In(lang, "en", "vi") },
		"dict":    dict,
		"snippet": marked,
		"needs":   s.needs,
		"minus":   func(a, b float64) float64 { return a - b },
		"share":   func(a, b float64) int { return int(math.Round(100 * a / math.Max(1e-9, b))) },
		"signed":  func(lang string, v float64) string { return map[bool]string{true: "+"}[v > 0] + number(lang, v) },
		"lines":   func(s string) []string { return strings.Split(s, "\n") },
		"has":     func(list []string, s string) bool { return contains(list, s) },
		"upto":    func(s string, n int) string { return upTo(s, n) },
	})
	shared, err := shared.ParseFS(files, "templates/frame.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	list, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	out := map[string]*template.Template{}
	for _, f := range list {
		name := strings.TrimSuffix(path.Base(f), ".html")
		if name == "frame" || name == "parts" {
			continue
		}
		own, err := shared.Clone()
		if err == nil {
			own, err = own.ParseFS(files, f)
		}
		if err != nil {
			return nil, err
		}
		out[name] = own
	}
	return out, nil
}

// needs says what the rule for votes asks of an entry, and how many votes for it has.
func (s *Server) needs(lang string, t review.Tally) string {
	m := t.Rule.Majority
	if m.Base == "" {
		return ""
	}
	rule := m.In(lang, t.Rule.Abstain)
	if t.Base() == 0 {
		return s.texts.say(lang, "tally.rule", rule)
	}
	return s.texts.say(lang, "tally.needs", rule, t.Needs(), t.Base(), t.For)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func upTo(s string, n int) string {
	rs := []rune(s)
	if len(rs) <= n {
		return s
	}
	return string(rs[:n]) + "…"
}

// dict makes a map of names and values, for parts of pages.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// number writes a number as a language does.
func number(lang string, v any) string {
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

// when writes a date, or a date and time of the campaign's timezone, as a language does.
func when(lang, s string, in *time.Location) string {
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

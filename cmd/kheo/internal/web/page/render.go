package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"path"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/visible"
	"kheo/pipeline/review"
)

// Marked parts a snippet at its marks.
func Marked(snippet string, marks [][2]int) template.HTML {
	rs := []rune(snippet)
	var b strings.Builder
	at := 0
	for _, m := range marks {
		if m[0] < at || m[1] > len(rs) || m[0] > m[1] {
			continue
		}
		b.WriteString(template.HTMLEscapeString(string(rs[at:m[0]])))
		b.WriteString("<mark>" + template.HTMLEscapeString(string(rs[m[0]:m[1]])) + "</mark>")
		at = m[1]
	}
	b.WriteString(template.HTMLEscapeString(string(rs[at:])))
	return template.HTML(b.String()) // every piece of it is escaped
}

// Files are the templates of the pages.
//
//go:embed templates/*.html
var Files embed.FS

// Refusal is why something may not be done, in the person's language.
func (s *Site) Refusal(lang string, r *review.Refusal) string {
	if text := s.Texts.Of(lang, "refused."+r.Code); text != "" {
		return text
	}
	return r.Why
}

// Render writes a page. Nothing of it is sent where it fails half way.
func (s *Site) Render(q *Request, status int, name string, data map[string]any) {
	tmpl := s.Pages[name]
	if data == nil {
		data = map[string]any{}
	}
	data["Page"] = s.frame(q, name)
	var b bytes.Buffer
	if err := tmpl.ExecuteTemplate(&b, "frame", data); err != nil {
		s.Log.Error("a page cannot be written", "page", name, "error", err.Error())
		http.Error(q.W, s.Texts.Say(q.Lang, "error.internal"), http.StatusInternalServerError)
		return
	}
	q.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.W.WriteHeader(status)
	visible.NewWriter(q.W).Write(b.Bytes())
}

// Back goes to a page of this site after something was done, and says what was done there.
func (s *Site) Back(q *Request, to, key string, args ...any) error {
	if key != "" {
		s.Sessions.Put(q.Ctx(), "flash", s.Texts.Say(q.Lang, key, args...))
	}
	http.Redirect(q.W, q.R, s.ours(to), http.StatusSeeOther)
	return nil
}

// Undoable lets the next page offer to take back what was just done: by a form to a path.
func (s *Site) Undoable(q *Request, path string, values url.Values) {
	s.Sessions.Put(q.Ctx(), "undo", path)
	s.Sessions.Put(q.Ctx(), "undo-form", values.Encode())
}

// templates parses the pages.
func (s *Site) templates() (map[string]*template.Template, error) {
	shared := template.New("").Funcs(template.FuncMap{
		"t":       s.Texts.Say,
		"num":     func(lang string, v any) string { return Number(lang, v) },
		"when":    func(lang, at string) string { return When(lang, at, s.W.Campaign().Location) },
		"month":   month,
		"in":      func(t dossier.Text, lang string) string { return t.In(lang, "en", "vi") },
		"dict":    dict,
		"snippet": Marked,
		"needs":   s.needs,
		"minus":   func(a, b float64) float64 { return a - b },
		"share":   func(a, b float64) int { return int(math.Round(100 * a / math.Max(1e-9, b))) },
		"signed":  func(lang string, v float64) string { return map[bool]string{true: "+"}[v > 0] + Number(lang, v) },
		"lines":   func(s string) []string { return strings.Split(s, "\n") },
		"has":     func(list []string, s string) bool { return contains(list, s) },
		"upto":    func(s string, n int) string { return UpTo(s, n) },
	})
	shared, err := shared.ParseFS(Files, "templates/frame.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	list, err := fs.Glob(Files, "templates/*.html")
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
			own, err = own.ParseFS(Files, f)
		}
		if err != nil {
			return nil, err
		}
		out[name] = own
	}
	return out, nil
}

// needs says what the rule for votes asks of an entry, and how many votes for it has.
func (s *Site) needs(lang string, t review.Tally) string {
	m := t.Rule.Majority
	if m.Base == "" {
		return ""
	}
	rule := m.In(lang, t.Rule.Abstain)
	if t.Base() == 0 {
		return s.Texts.Say(lang, "tally.rule", rule)
	}
	return s.Texts.Say(lang, "tally.needs", rule, t.Needs(), t.Base(), t.For)
}

func UpTo(s string, n int) string {
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

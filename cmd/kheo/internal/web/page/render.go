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
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/visible"
	"kheo/pipeline/review"
)

// Marked returns a snippet as HTML with its marks, which are half-open ranges of code points in ascending
// order. Ranges that overlap or reach beyond the snippet are skipped.
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

// Refusal returns why an action is refused, in a language. Codes without a text give the English reason.
func (s *Site) Refusal(lang string, r *review.Refusal) string {
	if text := s.Texts.Of(lang, "refused."+r.Code); text != "" {
		return text
	}
	return r.Why
}

// Render writes a page. It is rendered completely first: if a template fails, the answer is an error and not
// half a page.
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

// Back redirects to a page of this site after an action, and has that page show a message.
func (s *Site) Back(q *Request, to, key string, args ...any) error {
	if key != "" {
		s.Sessions.Put(q.Ctx(), "flash", s.Texts.Say(q.Lang, key, args...))
	}
	http.Redirect(q.W, q.R, s.ours(to), http.StatusSeeOther)
	return nil
}

// Undoable has the next page offer to undo what was just done, by a form with these values to a path.
func (s *Site) Undoable(q *Request, path string, values url.Values) {
	s.Sessions.Put(q.Ctx(), "undo", path)
	s.Sessions.Put(q.Ctx(), "undo-form", values.Encode())
}

// templates parses the templates, each with the frame and the shared parts.
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
		"has":     slices.Contains[[]string],
		"names":   documentNames,
		"join":    func(list []string) string { return strings.Join(list, ", ") },
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

// needs returns what the voting rule requires of an entry, and how many votes in favour it has.
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

// UpTo returns at most n code points of s, with an ellipsis if it is cut.
func UpTo(s string, n int) string {
	rs := []rune(s)
	if len(rs) <= n {
		return s
	}
	return string(rs[:n]) + "…"
}

// documentNames returns the names of documents.
func documentNames(list []dossier.Document) []string {
	var out []string
	for i := range list {
		out = append(out, list[i].Name)
	}
	return out
}

// dict makes a map of alternating names and values, by which templates pass several values to a shared part.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

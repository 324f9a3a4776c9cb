package page

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Mistake is why a form was refused, for the page that the form is on: it shows the reason beside the field, and
// what was typed. The zero value is none.
type Mistake struct {
	Status int
	Form   string // the last part of the path that the form was sent to, such as score
	Key    string // which of several such forms: the criterion or the fact; "" if there is one only
	Field  string // that is to be corrected; "" if no one field is
	Text   string
	Values url.Values
}

// For returns the mistake if it is one of a form, and none otherwise.
func (m Mistake) For(form, key string) Mistake {
	if m.Form != form || m.Key != key {
		return Mistake{}
	}
	return m
}

// Of reports whether a field is to be corrected.
func (m Mistake) Of(field string) bool { return m.Text != "" && m.Field == field }

// Value returns what was typed into a field, or otherwise if the form was not refused.
func (m Mistake) Value(field, otherwise string) string {
	if m.Status == 0 || !m.Values.Has(field) {
		return otherwise
	}
	return m.Values.Get(field)
}

// fields are the fields to be corrected, by the key or code of what is refused.
var fields = map[string]string{"error.number": "points", "error.points": "points", "error.mark": "points",
	"error.points-between": "points", "error.lines-none": "lines", "error.lines-many": "lines",
	"error.against": "against", "error.award": "award", "error.award-outcome": "award", "points": "points",
	"reason": "reason", "too-long": "text", "empty": "text", "vote": "vote",
	"decision": "decision", "majority": "decision", "quorum": "decision", "present": "decision", "tie": "decision",
	"override": "outcome", "fact-error.page": "page", "fact-error.quote": "quote", "fact-error.document": "document"}

// fieldOf returns the field of a form that a refusal is about, or "".
func fieldOf(form, code string) string {
	switch {
	case code == "too-long" && form != "comment":
		return "reason"
	case form == "fact" && strings.HasPrefix(code, "fact-error.") && fields[code] == "":
		return "value"
	}
	return fields[code]
}

// keyOf returns the name of the field that distinguishes forms of one kind.
var keyOf = map[string]string{"score": "criterion", "fact": "fact", "evidence": "piece"}

// MistakeOf returns why a form was refused: with which status, by which key or code, and in which words.
func MistakeOf(q *Request, status int, code, text string) Mistake {
	form := q.R.URL.Path[strings.LastIndex(q.R.URL.Path, "/")+1:]
	m := Mistake{Status: status, Form: form, Field: fieldOf(form, code), Text: text, Values: url.Values{}}
	for k, v := range q.R.PostForm {
		if k != "seen" && k != "back" && !strings.Contains(strings.ToLower(k), "password") {
			m.Values[k] = v
		}
	}
	if name := keyOf[form]; name != "" {
		m.Key = m.Values.Get(name)
	}
	return m
}

// mistakeKey is the key of a mistake in a context.
type mistakeKey struct{}

// WithMistake returns the request for the page on which a form is that was refused, as a GET without a body. to
// must be a path of this site.
func WithMistake(r *http.Request, to string, m Mistake) (*http.Request, error) {
	u, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	out := r.Clone(context.WithValue(r.Context(), mistakeKey{}, m))
	out.Method, out.URL, out.RequestURI, out.Body, out.ContentLength = http.MethodGet, u, to, http.NoBody, 0
	out.Form, out.PostForm, out.MultipartForm = nil, nil, nil
	out.Header.Del("Content-Type")
	return out, nil
}

// MistakeIn returns the mistake that a page is to show.
func MistakeIn(ctx context.Context) Mistake {
	m, _ := ctx.Value(mistakeKey{}).(Mistake)
	return m
}

// FormPage returns the page that a refused form is on; "" if it is not known, or not one that a GET shows.
func (s *Site) FormPage(q *Request) string {
	if id, _, ok := strings.Cut(strings.TrimPrefix(q.R.URL.Path, "/dossiers/"), "/"); ok &&
		strings.HasPrefix(q.R.URL.Path, "/dossiers/") && !IsForm(q.R, "multipart/form-data") {
		to := s.ours(s.Stay(q, id))
		if to == "/" {
			to = s.ours("/dossiers/" + url.PathEscape(id))
		}
		return to
	}
	return s.Referring(q)
}

// Referring returns the page of this site from which a request came, without its fragment; "" if it came from
// none that a GET shows.
func (s *Site) Referring(q *Request) string {
	u, err := url.Parse(q.R.Referer())
	if err != nil || u.Host == "" || u.Host != q.R.Host {
		return ""
	}
	from := (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
	if to := s.ours(from); to != "/" || u.Path == "/" {
		return to
	}
	return ""
}

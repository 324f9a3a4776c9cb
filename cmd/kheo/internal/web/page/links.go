package page

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// PerPage is how many entries or hits a page shows.
const PerPage = 50

// Span is the part of a list that a page shows.
func (s *Site) Span(from string, n int) (int, int) {
	at, _ := strconv.Atoi(from)
	at = min(max(0, at), n)
	return at, min(n, at+PerPage)
}

// WithQuery is a link with a value of its query set.
func WithQuery(path string, get url.Values, key, value string) string {
	v := url.Values{}
	for k := range get {
		if x := get.Get(k); x != "" && k != "as" {
			v.Set(k, x)
		}
	}
	v.Set(key, value)
	return path + "?" + v.Encode()
}

// local is a path of this site, "/" for anything else. It is read and written anew, so that no browser
// can read it otherwise than this program: browsers drop tabs and line ends, and take \ for /.
func local(to string) string {
	if strings.ContainsFunc(to, func(r rune) bool { return r == '\\' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		return "/"
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") {
		return "/"
	}
	if strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(u.Path, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return "/" // also where it was written with %
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.Query().Encode(), Fragment: u.Fragment}).String()
}

// ours is a path of this site that has a page, "/" for anything else: where a form or a cookie says
// where to go.
func (s *Site) ours(to string) string {
	to = local(to)
	r, err := http.NewRequest(http.MethodGet, to, nil)
	if err != nil {
		return "/"
	}
	if _, pattern := s.Mux.Handler(r); !strings.HasPrefix(pattern, "GET ") {
		return "/"
	}
	return to
}

package page

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"kheo/pipeline/campaign"
)

// PerPage is how many entries or hits a page shows.
const PerPage = 50

// Span returns the part [at, end) of n entries that a page shows, which begins at the number in from.
func (s *Site) Span(from string, n int) (int, int) {
	at, _ := strconv.Atoi(from)
	at = min(max(0, at), n)
	return at, min(n, at+PerPage)
}

// WithQuery returns a link to path with the query of get and one more value. The value of "as", which asks
// for a workbook, is dropped.
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

// local returns to if it is a path of this site, and "/" otherwise. The path is parsed and written again, so
// that a browser cannot read it differently from this program: browsers drop tabs and line ends, and treat \
// as /.
func local(to string) string {
	if strings.ContainsFunc(to, func(r rune) bool {
		return r == '\\' || unicode.IsControl(r) ||
			unicode.Is(unicode.Cf, r)
	}) {
		return "/"
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(u.Path, "/") {
		return "/"
	}
	escapes := func(r rune) bool { return r == '\\' || unicode.IsControl(r) }
	if strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(u.Path, escapes) {
		return "/" // also if it was percent-encoded
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.Query().Encode(),
		Fragment: u.Fragment}).String()
}

// ours returns to if it is a path of this site that a GET route serves, and "/" otherwise. It checks every
// target that a form or a cookie names.
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

// Place returns the link to a passage of a page of a dossier's document: a half-open range of code points, or no
// passage if it is empty.
func Place(id, document string, page, start, end int) string {
	to := "/dossiers/" + url.PathEscape(id) + "/text?doc=" + url.QueryEscape(document) + "&page=" + strconv.Itoa(page)
	if end > start {
		to += "&start=" + strconv.Itoa(start) + "&end=" + strconv.Itoa(end) + "#" + HereID
	}
	return to
}

// maxMarkedWords is how many words of a snippet a link names.
const maxMarkedWords = 8

// FoundPlace returns the link to a page on which a search found something, with what is marked in the snippet to be
// marked there too: words that follow each other are one phrase.
func FoundPlace(id, document string, page int, snippet string, marks [][2]int) string {
	rs := []rune(snippet)
	var out []string
	end := -1
	for _, m := range marks {
		if m[0] < 0 || m[1] > len(rs) || m[0] >= m[1] {
			continue
		}
		word := string(rs[m[0]:m[1]])
		if end >= 0 && end <= m[0] && strings.TrimSpace(string(rs[end:m[0]])) == "" {
			out[len(out)-1] += " " + word
		} else {
			out = append(out, word)
		}
		end = m[1]
	}
	slices.Sort(out)
	to := Place(id, document, page, 0, 0)
	if out = slices.Compact(out); len(out) > 0 {
		to += "&" + url.Values{"find": out[:min(len(out), maxMarkedWords)]}.Encode() + "#" + HereID
	}
	return to
}

// Sources that are in no paper of a dossier: rows of the office's tables, with their line, and closed lists.
var (
	rowRE        = regexp.MustCompile(`:\d+$`)
	closedListRE = regexp.MustCompile(`^lists/([^/]+)/([^/.]+)$`)
)

// isElsewhere reports whether a source is in no paper of a dossier.
func isElsewhere(document string) bool {
	return document == campaign.File || rowRE.MatchString(document) || closedListRE.MatchString(document)
}

// elsewhere returns the name of a source that is in no paper of a dossier, so that no page of it can be opened; "" for
// a paper.
func elsewhere(s *Site, lang, document string) string {
	if m := closedListRE.FindStringSubmatch(document); m != nil {
		return s.Texts.Say(lang, "desk.closed-list", listTitle(s, lang, m[2]), m[1])
	}
	if document == campaign.File {
		return s.Texts.Say(lang, "desk.campaign")
	}
	if isElsewhere(document) {
		return document
	}
	return ""
}

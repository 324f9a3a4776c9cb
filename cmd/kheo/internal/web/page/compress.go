package page

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"slices"
	"strings"
	"sync"

	"kheo/internal/visible"
)

// TakesGzip reports whether the browser accepts answers that gzip has compressed.
func TakesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" && !slices.Contains([]string{"q=0", "q=0.0", "q=0.00", "q=0.000"},
			strings.TrimSpace(quality)) {
			return true
		}
	}
	return false
}

// withSecrets are the pages that show a secret, or are sent to people who are not known yet. They are not compressed:
// the size of a compressed page that also shows what another site chose can reveal parts of it (BREACH).
var withSecrets = []string{"account", "apply", "factor", "factor-codes", "link", "link-made", "sign-in", "sign-in-code",
	"token"}

// zippers are used again, because making one takes longer than compressing a page.
var zippers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // an error says only that there is no such level
	return z
}}

// send writes a page that was rendered completely, compressed if the browser accepts that and the page has no secret. A
// page on which names are masked is sent as it is: they are searched for in what is written here.
func send(q *Request, status int, name string, page []byte) {
	h := q.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if q.Person != nil && !q.HidesNames && q.R.Method == http.MethodGet && !slices.Contains(withSecrets, name) {
		h.Add("Vary", "Accept-Encoding")
		if TakesGzip(q.R) {
			h.Set("Content-Encoding", "gzip")
			var b bytes.Buffer
			z := zippers.Get().(*gzip.Writer)
			defer zippers.Put(z)
			z.Reset(&b)
			visible.NewWriter(z).Write(page)
			z.Close() // both write into memory
			q.W.WriteHeader(status)
			q.W.Write(b.Bytes())
			return
		}
	}
	q.W.WriteHeader(status)
	visible.NewWriter(q.W).Write(page)
}

package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
)

// Paging is what operations take that answer with a part of many.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"64" doc:"next of the answer before; leave it out for the first"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"how many at most"`
}

// part returns the part [at, end) of a list of n, and the cursor of the next part; "" if there is none. id adds the id
// of each to b. A cursor of another list, such as one that was ranked again since, is refused instead of leaving some
// out.
func (p Paging) part(n int, id func(b []byte, i int) []byte) (at, end int, next string, err error) {
	h := sha256.New()
	var b []byte
	for i := range n {
		b = append(id(b[:0], i), '\n')
		h.Write(b)
	}
	key := hex.EncodeToString(h.Sum(nil)[:8])
	if p.Cursor != "" {
		text, of, ok := strings.Cut(p.Cursor, "-")
		at, err = strconv.Atoi(text)
		if !ok || err != nil || of != key || at < 0 || at > n {
			return 0, 0, "", page.Refuse(http.StatusGone, "error.cursor")
		}
	}
	limit := p.Limit
	if limit == 0 {
		limit = page.PerPage
	}
	end = min(n, at+limit)
	if end < n {
		next = strconv.Itoa(end) + "-" + key
	}
	return at, end, next, nil
}

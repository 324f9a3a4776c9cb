package web

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"kheo/cmd/kheo/internal/web/page"
)

// compressed holds the files of static, by their path in the address, as gzip compresses them.
var compressed = sync.OnceValue(func() map[string][]byte {
	out := map[string][]byte{}
	_ = fs.WalkDir(static, ".", func(path string, d fs.DirEntry, err error) error { // of files in the program itself
		if err != nil || d.IsDir() {
			return err
		}
		plain, err := static.ReadFile(path)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // an error says only that there is no such level
		z.Write(plain)
		z.Close() // both write into memory
		out["/"+path] = b.Bytes()
		return nil
	})
	return out
})

// staticFiles serves styles, scripts and pictures, compressed for browsers that accept that: the first page of a
// visitor on a slow line waits for the styles.
//
// Only they may be kept by browsers and proxies; nothing else beneath their path exists.
func staticFiles(w http.ResponseWriter, r *http.Request) {
	content, ok := compressed()[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Vary", "Accept-Encoding")
	if !page.TakesGzip(r) || r.Header.Get("Range") != "" {
		http.ServeFileFS(w, r, static, strings.TrimPrefix(r.URL.Path, "/"))
		return
	}
	h.Set("Content-Encoding", "gzip")
	switch {
	case strings.HasSuffix(r.URL.Path, ".css"):
		h.Set("Content-Type", "text/css; charset=utf-8")
	case strings.HasSuffix(r.URL.Path, ".js"):
		h.Set("Content-Type", "text/javascript; charset=utf-8")
	case strings.HasSuffix(r.URL.Path, ".svg"):
		h.Set("Content-Type", "image/svg+xml")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

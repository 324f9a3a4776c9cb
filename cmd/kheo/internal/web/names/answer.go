package names

import (
	"bytes"
	"net/http"
	"strings"
)

// Answer holds an answer back until it is complete, and masks it then. It is used by one goroutine.
type Answer struct {
	http.ResponseWriter
	mask   *Mask
	status int
	body   bytes.Buffer
}

// Answer returns an answer that masks what is written to w.
func (m *Mask) Answer(w http.ResponseWriter) *Answer { return &Answer{ResponseWriter: w, mask: m} }

// WriteHeader implements http.ResponseWriter.
func (a *Answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *Answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.body.Write(b)
}

// Unwrap returns the answer beneath to http.ResponseController.
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Send sends the masked answer. What is neither a page nor text, or is compressed, is not sent at all: names in it
// cannot be found.
func (a *Answer) Send() error {
	h := a.Header()
	if to := h.Get("Location"); to != "" {
		h.Set("Location", a.mask.to.Replace(to))
	}
	// Masking changes the length.
	h.Del("Content-Length")
	body := a.body.String()
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	switch {
	case h.Get("Content-Encoding") != "":
		a.status, body = http.StatusForbidden, ""
		h.Del("Content-Encoding")
	case kind == "" && body == "":
	case kind == "text/html":
		body = a.mask.HTML(body)
	case kind == "text/plain", kind == "application/json", kind == "text/event-stream":
		body = a.mask.Text(body)
	default:
		a.status, body = http.StatusForbidden, ""
		h.Del("Content-Disposition")
	}
	if a.status == 0 {
		return nil
	}
	a.ResponseWriter.WriteHeader(a.status)
	_, err := a.ResponseWriter.Write([]byte(body))
	return err
}

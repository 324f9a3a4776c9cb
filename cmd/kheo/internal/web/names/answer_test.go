package names

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAnAnswerInWhichNamesCannotBeFoundIsNotSent(t *testing.T) {
	t.Parallel()
	for _, header := range []http.Header{
		{"Content-Type": {"image/png"}},
		{"Content-Type": {"text/html; charset=utf-8"}, "Content-Encoding": {"gzip"}},
	} {
		w := httptest.NewRecorder()
		a := newMask("secret").Answer(w)
		for name, values := range header {
			a.Header()[name] = values
		}
		if _, err := a.Write([]byte("what cannot be read")); err != nil {
			t.Fatal(err)
		}
		if err := a.Send(); err != nil || w.Code != http.StatusForbidden || w.Body.Len() > 0 || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%v: sent with %d %v: %q %v", header, w.Code, w.Header(), w.Body, err)
		}
	}
}

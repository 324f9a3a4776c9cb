package store_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kheo/pipeline/store"
	"kheo/pipeline/store/storetest"
)

// What is wrong with a bucket or database is told in one sentence: what, where, and what to check.
func TestWhatIsWrongIsOneSentence(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-key")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	status, code := 0, ""
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>A long text for engineers</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`, code)
		}
	}))
	t.Cleanup(gateway.Close)
	sentence := func(what string, err error, want ...string) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", what)
			return
		}
		for _, w := range append(want, "check") {
			if text := err.Error(); !strings.Contains(text, w) && w != "check" || len(text) > 300 ||
				strings.Contains(text, "\n") || strings.Contains(text, "RequestID") || strings.Contains(text, "secret-of") {
				t.Errorf("%s: %q, without %q", what, text, w)
			}
		}
	}
	put := func(endpoint string) error {
		s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "kheo.db"), "s3://papers?region=us-east-1&use_path_style=true&endpoint="+endpoint)
		if err != nil {
			return err
		}
		defer s.Close()
		_, _, err = s.Blobs.Put(t.Context(), strings.NewReader("x"), 10)
		return err
	}
	for _, c := range []struct {
		status int
		code   string
		want   []string
	}{
		{403, "SignatureDoesNotMatch", []string{`access to the bucket "papers" at ` + gateway.URL + ` is denied`, "AWS_SECRET_ACCESS_KEY"}},
		{403, "InvalidAccessKeyId", []string{"is denied", "AWS_ACCESS_KEY_ID"}},
		{403, "AccessDenied", []string{"is denied", "may read, write"}},
		{404, "NoSuchBucket", []string{`there is no bucket "papers" at ` + gateway.URL, "create it"}},
		{400, "AuthorizationHeaderMalformed", []string{"another region", "region="}},
	} {
		status, code = c.status, c.code
		sentence(c.code, put(gateway.URL), c.want...)
	}
	sentence("no gateway", put("http://127.0.0.1:1"), `the bucket "papers" at http://127.0.0.1:1 cannot be reached`, "connection refused", "endpoint=")

	address := storetest.Postgres(t)
	open := func(at string) error {
		s, err := store.Open(t.Context(), at, t.TempDir())
		if err == nil {
			s.Close()
		}
		return err
	}
	sentence("no database", open(regexp.MustCompile(`@/[a-z0-9]+`).ReplaceAllString(address, "@/nowhere")), `has no database "nowhere"`, "createdb nowhere")
	sentence("no role", open(strings.Replace(address, "kheo@", "eve:secret-of-eve@", 1)), `refuses the sign-in of "eve"`, "PGPASSWORD")
	sentence("no server", open("postgres://kheo:secret-of@127.0.0.1:1/kheo"), "PostgreSQL at 127.0.0.1:1 cannot be reached", "connection refused", "store:")
}

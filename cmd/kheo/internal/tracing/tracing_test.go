package tracing

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	intake.DefaultSettle = 0 // what tests write is complete
	os.Exit(m.Run())
}

// Traces of a run, its stages and its batches are sent to the collector at the URL, and contain nothing of a dossier.
func TestTracesAreSent(t *testing.T) {
	var mu sync.Mutex
	var got bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var from io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			from = z
		}
		io.Copy(&got, from)
	}))
	defer collector.Close()
	dir := filepath.Join(t.TempDir(), "ws")
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	at := filepath.Join(w.Inbox(), "secret-dossier", "report.txt")
	err = errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte("What is in it."), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), "no address"); err == nil {
		t.Error("a text that is not a URL was accepted")
	}
	end, err := Start(t.Context(), collector.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	end()
	mu.Lock()
	defer mu.Unlock()
	for _, name := range []string{"run", "intake", "batch of read", "publish", "kheo.run"} {
		if !bytes.Contains(got.Bytes(), []byte(name)) {
			t.Errorf("no trace of %q", name)
		}
	}
	if bytes.Contains(got.Bytes(), []byte("secret")) {
		t.Error("traces contain the name of a dossier")
	}
}

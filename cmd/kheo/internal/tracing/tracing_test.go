package tracing

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"

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

// What is sent is OTLP in JSON, with the headers that the collector asks for; a busy collector gets it again.
func TestTracesAreOTLP(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x, x-tenant=kheo")
	tries := 0
	var path, auth, tenant string
	var body []byte
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		path, auth, tenant = r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("X-Tenant")
		body, _ = io.ReadAll(r.Body)
	}))
	defer collector.Close()
	u, _ := url.Parse(collector.URL)
	e, err := newExporter(u)
	if err != nil {
		t.Fatal(err)
	}
	e.wait = time.Millisecond
	p := trace.NewTracerProvider(trace.WithSyncer(e), trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "kheo"))))
	ctx, parent := p.Tracer("kheo").Start(t.Context(), "parent")
	_, child := p.Tracer("kheo").Start(ctx, "child")
	child.SetAttributes(attribute.Int("n", 3), attribute.Bool("b", true), attribute.Float64("f", 0.5), attribute.String("s", "x"))
	child.RecordError(errors.New("broken"))
	child.SetStatus(codes.Error, "it broke")
	child.End()
	var got traces
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	s := got.ResourceSpans[0].ScopeSpans[0].Spans[0]
	want := child.SpanContext()
	if s.TraceID != want.TraceID().String() || s.SpanID != want.SpanID().String() || s.ParentSpanID != parent.SpanContext().SpanID().String() ||
		s.Name != "child" || s.Kind != 1 || s.Status != (status{2, "it broke"}) || len(s.Events) != 1 || len(s.Start) != 19 || s.End < s.Start {
		t.Errorf("%s", body)
	}
	for _, part := range []string{`{"key":"n","value":{"intValue":"3"}}`, `{"boolValue":true}`, `{"doubleValue":0.5}`, `{"stringValue":"x"}`,
		`"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"kheo"}}]}`} {
		if !bytes.Contains(body, []byte(part)) {
			t.Errorf("%s is not in %s", part, body)
		}
	}
	if tries != 2 || path != "/v1/traces" || auth != "Bearer x" || tenant != "kheo" {
		t.Error(tries, path, auth, tenant)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "nonsense")
	if _, err := newExporter(u); err == nil {
		t.Error("headers that are none were accepted")
	}
}

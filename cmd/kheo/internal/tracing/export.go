package tracing

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
)

// exporter sends spans as JSON over HTTP: OTLP 1.x, which every collector takes at /v1/traces. OpenTelemetry's own
// exporter does the same with gRPC and Protocol Buffers linked in, which take megabytes of the program.
type exporter struct {
	url    string
	header http.Header
	client http.Client
	wait   time.Duration // before the second try; twice that before the third, and so on
}

// newExporter returns an exporter to a collector. A URL without a path means /v1/traces.
func newExporter(to *url.URL) (*exporter, error) {
	at := *to
	if at.Path == "" || at.Path == "/" {
		at.Path = "/v1/traces"
	}
	e := &exporter{url: at.String(), header: http.Header{"Content-Type": {"application/json"}}, wait: time.Second}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		for pair := range strings.SplitSeq(os.Getenv(name), ",") {
			if strings.TrimSpace(pair) == "" {
				continue
			}
			k, v, ok := strings.Cut(pair, "=")
			value, err := url.PathUnescape(strings.TrimSpace(v))
			if k = strings.TrimSpace(k); !ok || k == "" || err != nil || strings.ContainsAny(value, "\r\n") {
				return nil, fmt.Errorf("the environment variable %s is not of the form name=value,name=value", name)
			}
			e.header.Set(k, value)
		}
	}
	return e, nil
}

// Shutdown implements trace.SpanExporter.
func (e *exporter) Shutdown(context.Context) error { return nil }

// The JSON of OTLP. Whole numbers of 64 bits are strings, as in all JSON of Protocol Buffers, and ids are in hex.
type (
	traces struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource struct {
			Attributes []keyValue `json:"attributes"`
		} `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	scopeSpans struct {
		Scope struct {
			Name    string `json:"name"`
			Version string `json:"version,omitempty"`
		} `json:"scope"`
		Spans []span `json:"spans"`
	}
	span struct {
		TraceID      string     `json:"traceId"`
		SpanID       string     `json:"spanId"`
		ParentSpanID string     `json:"parentSpanId,omitempty"`
		Name         string     `json:"name"`
		Kind         int        `json:"kind"`
		Start        string     `json:"startTimeUnixNano"`
		End          string     `json:"endTimeUnixNano"`
		Attributes   []keyValue `json:"attributes,omitempty"`
		Events       []event    `json:"events,omitempty"`
		Status       status     `json:"status"`
	}
	event struct {
		Time       string     `json:"timeUnixNano"`
		Name       string     `json:"name"`
		Attributes []keyValue `json:"attributes,omitempty"`
	}
	status struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	keyValue struct {
		Key   string         `json:"key"`
		Value map[string]any `json:"value"`
	}
)

// ExportSpans implements trace.SpanExporter. A collector that is busy or cannot be reached is tried again until the
// context ends.
func (e *exporter) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	body, err := json.Marshal(encode(spans))
	if err != nil {
		return err
	}
	for wait := e.wait; ; wait *= 2 {
		again, err := e.post(ctx, body)
		if err == nil || !again {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
	}
}

// post sends spans once; again says that it is worth another try.
func (e *exporter) post(ctx context.Context, body []byte) (again bool, err error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	q.Header = e.header.Clone()
	r, err := e.client.Do(q)
	if err != nil {
		return ctx.Err() == nil, fmt.Errorf("sending traces: %w", err)
	}
	defer r.Body.Close()
	io.CopyN(io.Discard, r.Body, 1<<16)
	switch r.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		again = true
	}
	if r.StatusCode/100 != 2 {
		return again, fmt.Errorf("sending traces to %s: the collector answers %s", e.url, r.Status)
	}
	return false, nil
}

// encode returns spans as OTLP has them, those of one part of the program together.
func encode(spans []trace.ReadOnlySpan) traces {
	var of resourceSpans
	of.Resource.Attributes = keyValues(spans[0].Resource().Attributes())
	at := map[string]int{}
	for _, s := range spans {
		scope := s.InstrumentationScope()
		i, ok := at[scope.Name]
		if !ok {
			i = len(of.ScopeSpans)
			at[scope.Name] = i
			of.ScopeSpans = append(of.ScopeSpans, scopeSpans{})
			of.ScopeSpans[i].Scope.Name, of.ScopeSpans[i].Scope.Version = scope.Name, scope.Version
		}
		of.ScopeSpans[i].Spans = append(of.ScopeSpans[i].Spans, encodeSpan(s))
	}
	return traces{[]resourceSpans{of}}
}

// encodeSpan returns a span as OTLP writes it in JSON. Ids are hexadecimal there, and not base64 as in other JSON of
// protocol buffers.
func encodeSpan(s trace.ReadOnlySpan) span {
	out := span{TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(), Name: s.Name(),
		Kind: int(s.SpanKind()), Start: nanos(s.StartTime()), End: nanos(s.EndTime()),
		Attributes: keyValues(s.Attributes())}
	if p := s.Parent(); p.HasSpanID() {
		out.ParentSpanID = p.SpanID().String()
	}
	for _, e := range s.Events() {
		out.Events = append(out.Events, event{nanos(e.Time), e.Name, keyValues(e.Attributes)})
	}
	switch st := s.Status(); st.Code {
	case codes.Ok:
		out.Status.Code = 1
	case codes.Error:
		out.Status.Code, out.Status.Message = 2, st.Description
	}
	return out
}

// nanos is a time as OTLP has it.
func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

// keyValues returns attributes as OTLP writes them in JSON, in which 64-bit integers are strings.
func keyValues(list []attribute.KeyValue) (out []keyValue) {
	for _, a := range list {
		var v map[string]any
		switch a.Value.Type() {
		case attribute.BOOL:
			v = map[string]any{"boolValue": a.Value.AsBool()}
		case attribute.INT64:
			v = map[string]any{"intValue": strconv.FormatInt(a.Value.AsInt64(), 10)}
		case attribute.FLOAT64:
			v = map[string]any{"doubleValue": a.Value.AsFloat64()}
		default: // lists, of which kheo has none, as their text
			v = map[string]any{"stringValue": a.Value.String()}
		}
		out = append(out, keyValue{string(a.Key), v})
	}
	return out
}

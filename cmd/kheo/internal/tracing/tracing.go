// Package tracing sends OpenTelemetry traces of runs to a collector, for the commands that do runs.
//
// Package pipeline makes spans by the interfaces of OpenTelemetry, which do nothing until [Start] sets a provider: a
// command without --traces pays nothing for them. Spans are sent as JSON over HTTP by an exporter of this package.
// They name runs, stages and batches and count items, and hold nothing of a dossier: a collector may belong to
// others.
package tracing

import (
	"context"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"

	"kheo/cmd/kheo/internal/build"
	"kheo/cmd/kheo/internal/cli"
)

// Help is the help text of --traces, the flag of the commands that do runs.
const Help = "the `URL` to send OpenTelemetry traces of runs to (OTLP over HTTP), such as http://127.0.0.1:4318"

// flushTime is how long sending the last traces may take.
const flushTime = 5 * time.Second

// Start sends traces of runs, stages and batches to the collector at a URL, until end is called. Traces name
// runs and count items; they contain nothing of a dossier. Headers that the collector asks for are in
// OTEL_EXPORTER_OTLP_HEADERS. Without a URL it does nothing; for a text that is not an
// HTTP URL it returns an error of use.
//
// end sends what is left, for at most flushTime, also if ctx has ended: the trace of an interrupted run is the
// interesting one.
func Start(ctx context.Context, to string) (end func(), err error) {
	if to == "" {
		return func() {}, nil
	}
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, cli.Usagef("--traces %q is not a URL; write it as http://127.0.0.1:4318", to)
	}
	exporter, err := newExporter(u)
	if err != nil {
		return nil, cli.Usagef("--traces: %v", err)
	}
	p := trace.NewTracerProvider(
		trace.WithBatcher(exporter),
		trace.WithResource(
			resource.NewSchemaless(
				attribute.String("service.name", "kheo"),
				attribute.String("service.version", build.Release),
			),
		),
	)
	otel.SetTracerProvider(p)
	return func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
		defer cancel()
		p.Shutdown(last)
	}, nil
}

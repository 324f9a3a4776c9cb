package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

const tracesHelp = "where OpenTelemetry traces of runs go (OTLP over HTTP), such as http://127.0.0.1:4318; nowhere unless named"

// lastTraces is how long sending the last traces may take.
const lastTraces = 5 * time.Second

// tracing sends traces of runs, stages and batches to a collector until what it returns is
// called. They name runs and count items; nothing of a dossier is in them.
func tracing(ctx context.Context, to string) (end func(), err error) {
	if to == "" {
		return func() {}, nil
	}
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage{fmt.Errorf("--traces %q is no address; write it as http://127.0.0.1:4318", to)}
	}
	opts := []otlptracehttp.Option{otlptracehttp.WithEndpoint(u.Host)}
	if u.Scheme == "http" {
		opts = append(opts, otlptracehttp.WithInsecure())
	}
	if u.Path != "" && u.Path != "/" {
		opts = append(opts, otlptracehttp.WithURLPath(u.Path))
	}
	exporter, err := otlptracehttp.New(ctx, opts...)
	if err != nil {
		return nil, err
	}
	p := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(resource.NewSchemaless(attribute.String("service.name", "kheo"), attribute.String("service.version", version().Version))))
	otel.SetTracerProvider(p)
	return func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
		defer cancel()
		p.Shutdown(last)
	}, nil
}

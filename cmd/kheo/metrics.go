package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kheo/internal/visible"
	"kheo/pipeline"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// gauges tells Prometheus how the nights went, as the ledger says it when it is asked.
type gauges struct {
	w *workspace.Workspace
}

var (
	runNumber  = prometheus.NewDesc("kheo_run_number", "Number of the newest run in the ledger.", nil, nil)
	runState   = prometheus.NewDesc("kheo_run_state", "1 for the state of the newest run that is no intake.", []string{"state", "cause"}, nil)
	runSeconds = prometheus.NewDesc("kheo_run_seconds", "How long the newest whole run took, in seconds.", nil, nil)
	stageTook  = prometheus.NewDesc("kheo_stage_seconds", "How long a stage of the newest whole run took, in seconds.", []string{"stage"}, nil)
	stageDone  = prometheus.NewDesc("kheo_stage_done", "What a stage of the newest whole run had to work on.", []string{"stage"}, nil)
	stageNotes = prometheus.NewDesc("kheo_stage_notes", "What a stage of the newest whole run noted as gone wrong.", []string{"stage"}, nil)
	lastGood   = prometheus.NewDesc("kheo_last_success_timestamp_seconds", "When the last whole run that published lists ended, in Unix seconds.", nil, nil)
	nextDue    = prometheus.NewDesc("kheo_next_due_timestamp_seconds", "When a job is due next, in Unix seconds.", []string{"job"}, nil)
	inbox      = prometheus.NewDesc("kheo_inbox_entries", "What lies in the inbox, receipts left out.", nil, nil)
	up         = prometheus.NewDesc("kheo_records_up", "1 where the records can be read.", nil, nil)
)

// Describe is part of prometheus.Collector.
func (g gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{runNumber, runState, runSeconds, stageTook, stageDone, stageNotes, lastGood, nextDue, inbox, up} {
		ch <- d
	}
}

// scrapeTime is how long one look may take.
const scrapeTime = 10 * time.Second

// Collect is part of prometheus.Collector.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	say := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	runs, err := g.w.Store.Runs(ctx, 1000)
	if err != nil {
		say(up, 0)
		return
	}
	say(up, 1)
	if len(runs) > 0 {
		say(runNumber, float64(runs[0].Number))
	}
	told := false
	for i := range runs {
		r := &runs[i]
		if r.Cause == "intake" || r.Cause == pipeline.EditionCause {
			continue
		}
		if !told {
			told = true
			say(runState, 1, r.State, r.Cause)
			if !r.Finished.IsZero() {
				say(runSeconds, r.Finished.Sub(r.Started).Seconds())
			}
			for _, s := range r.Stages {
				say(stageTook, s.Seconds, s.Name)
				say(stageDone, float64(s.Done), s.Name)
				say(stageNotes, float64(len(s.Errors)), s.Name)
			}
		}
		if r.State == store.RunDone && r.Run != "" {
			say(lastGood, float64(r.Finished.Unix()))
			break
		}
	}
	if jobs, err := schedule.Upcoming(ctx, g.w, 1); err == nil {
		for _, j := range jobs {
			if len(j.Times) > 0 {
				say(nextDue, float64(j.Times[0].Unix()), j.Job)
			}
		}
	}
	if n, err := g.w.InboxCount(); err == nil {
		say(inbox, float64(n))
	}
}

// watching opens, apart from the pages, what watches over kheo asks: /metrics for Prometheus,
// /healthz (the process answers) and /readyz (the records can be read). Nothing of a dossier is
// told there.
func watching(ctx context.Context, w *workspace.Workspace, log *slog.Logger, listen string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("metrics cannot be opened at %s: %w; name another place with --metrics", listen, err)
	}
	reg := prometheus.NewRegistry()
	v := version()
	built := prometheus.NewGauge(prometheus.GaugeOpts{Name: "kheo_build_info", Help: "1, with what this kheo is.", ConstLabels: prometheus.Labels{"version": v.Version}})
	built.Set(1)
	reg.MustRegister(gauges{w}, built, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{Timeout: scrapeTime, MaxRequestsInFlight: 2}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(rw http.ResponseWriter, r *http.Request) {
		look, cancel := context.WithTimeout(r.Context(), scrapeTime)
		defer cancel()
		if _, err := w.Store.LatestRun(look); err != nil {
			log.Error("not ready", "error", err)
			http.Error(rw, "the records cannot be read", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(rw, "ok")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: mostHeaders}
	log.Info("metrics are open", "at", "http://"+l.Addr().String()+"/metrics")
	context.AfterFunc(ctx, func() { server.Close() })
	go server.Serve(l)
	return nil
}

// logger writes the log as text, or as JSON for what collects logs.
func logger(format string) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(stderr, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(visible.NewJSONWriter(os.Stderr), nil)), nil
	}
	return nil, usage{fmt.Errorf("there is no log format %q; there are text and json", format)}
}

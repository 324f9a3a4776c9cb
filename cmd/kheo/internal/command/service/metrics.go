package service

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kheo/cmd/kheo/internal/build"
	"kheo/pipeline"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// gauges is the collector of kheo's metrics. It reads the run ledger whenever Prometheus asks, and keeps no
// state, so the values are right after a restart and on every node.
type gauges struct {
	w *workspace.Workspace
}

// Descriptions of the metrics. Their names are part of what operators rely on: alerts are written against them.
var (
	runNumber = prometheus.NewDesc("kheo_run_number", "Number of the newest run in the ledger.", nil, nil)
	runState  = prometheus.NewDesc(
		"kheo_run_state",
		"1, with the state and cause of the newest run other than intakes and editions.",
		[]string{"state", "cause"},
		nil,
	)
	runSeconds = prometheus.NewDesc("kheo_run_seconds", "Duration of the newest whole run in seconds.", nil, nil)
	stageTook  = prometheus.NewDesc(
		"kheo_stage_seconds",
		"Duration of a stage of the newest whole run in seconds.",
		[]string{"stage"},
		nil,
	)
	stageDone = prometheus.NewDesc(
		"kheo_stage_done",
		"Items that a stage of the newest whole run worked on.",
		[]string{"stage"},
		nil,
	)
	stageNotes = prometheus.NewDesc(
		"kheo_stage_notes",
		"Notes about failures of a stage of the newest whole run.",
		[]string{"stage"},
		nil,
	)
	lastGood = prometheus.NewDesc(
		"kheo_last_success_timestamp_seconds",
		"End of the last whole run that published lists, in Unix seconds.",
		nil,
		nil,
	)
	nextDue = prometheus.NewDesc(
		"kheo_next_due_timestamp_seconds",
		"Next time a job is due, in Unix seconds.",
		[]string{"job"},
		nil,
	)
	inbox = prometheus.NewDesc("kheo_inbox_entries", "Entries in the inbox, without receipts.", nil, nil)
	up    = prometheus.NewDesc("kheo_records_up", "1 if the records can be read, otherwise 0.", nil, nil)
)

// Describe implements prometheus.Collector.
func (g gauges) Describe(ch chan<- *prometheus.Desc) {
	all := []*prometheus.Desc{
		runNumber, runState, runSeconds, stageTook, stageDone, stageNotes, lastGood, nextDue, inbox, up,
	}
	for _, d := range all {
		ch <- d
	}
}

// scrapeTime is how long one scrape may take. It is the default timeout of Prometheus: an answer after it would
// be read by nothing.
const scrapeTime = 10 * time.Second

// Collect implements prometheus.Collector. Metrics that cannot be read are left out. It may be called by
// several goroutines at once. If the records cannot be read, kheo_records_up is 0 and everything else is
// missing, so that an alert can distinguish that from a run that failed.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	runs, err := g.w.Store.Runs.Newest(ctx, 1000)
	if err != nil {
		send(up, 0)
		return
	}
	send(up, 1)
	if len(runs) > 0 {
		send(runNumber, float64(runs[0].Number))
	}
	// Runs are newest first. Intakes and editions are parts of the work of a whole run, and would hide how the
	// last one went.
	reported := false // the newest whole run
	for i := range runs {
		r := &runs[i]
		if r.Cause == "intake" || r.Cause == pipeline.EditionCause {
			continue
		}
		if !reported {
			reported = true
			send(runState, 1, r.State, r.Cause)
			if !r.Finished.IsZero() {
				send(runSeconds, r.Finished.Sub(r.Started).Seconds())
			}
			for _, s := range r.Stages {
				send(stageTook, s.Seconds, s.Name)
				send(stageDone, float64(s.Done), s.Name)
				send(stageNotes, float64(len(s.Errors)), s.Name)
			}
		}
		if r.State == store.RunDone && r.Run != "" {
			send(lastGood, float64(r.Finished.Unix()))
			break
		}
	}
	if jobs, err := schedule.Upcoming(ctx, g.w, 1); err == nil {
		for _, j := range jobs {
			if len(j.Times) > 0 {
				send(nextDue, float64(j.Times[0].Unix()), j.Job)
			}
		}
	}
	if n, err := g.w.InboxCount(); err == nil {
		send(inbox, float64(n))
	}
}

// watching serves, on an address apart from the pages, what monitoring asks for: /metrics for Prometheus, /healthz
// (the process answers) and /readyz (the records can be read). They need no sign-in, so none of them contains
// anything of a dossier or a person, and the address is separate: it need not be reachable from where the pages
// are.
//
// It returns once the address is open, and stops serving when ctx ends.
func watching(ctx context.Context, w *workspace.Workspace, log *slog.Logger, listen string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("metrics cannot be opened at %s: %w; name another place with --metrics", listen, err)
	}
	reg := prometheus.NewRegistry()
	v := build.Info()
	built := prometheus.NewGauge(
		prometheus.GaugeOpts{
			Name:        "kheo_build_info",
			Help:        "1, with the version of kheo.",
			ConstLabels: prometheus.Labels{"version": v.Version},
		},
	)
	built.Set(1)
	reg.MustRegister(
		gauges{w},
		built,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	mux := http.NewServeMux()
	mux.Handle(
		"GET /metrics",
		promhttp.HandlerFor(reg, promhttp.HandlerOpts{Timeout: scrapeTime, MaxRequestsInFlight: 2}),
	)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(rw http.ResponseWriter, r *http.Request) {
		look, cancel := context.WithTimeout(r.Context(), scrapeTime)
		defer cancel()
		if _, err := w.Store.Runs.Latest(look); err != nil {
			log.Error("not ready", "error", err)
			http.Error(rw, "the records cannot be read", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(rw, "ok")
	})
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeaders,
	}
	log.Info("metrics are open", "at", "http://"+l.Addr().String()+"/metrics")
	context.AfterFunc(ctx, func() { server.Close() })
	go server.Serve(l)
	return nil
}

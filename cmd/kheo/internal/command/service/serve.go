// Package service holds kheo serve, which opens the pages, executes the schedule, and answers monitoring until it is
// stopped, and the commands about what it does beside the pages: kheo webhooks, kheo mailbox, kheo remind and kheo
// applicants.
//
// [Serve] joins two parts: web.Server answers requests, and schedule.Service does runs, backups and mail when they
// are due. The service calls the mailer of the pages, since mails say what pages say. With --role, one process may do
// one of the two. Metrics, /healthz and /readyz are at an address of their own, which is not meant for people.
package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/build"
	"kheo/cmd/kheo/internal/cli"
	"kheo/cmd/kheo/internal/logs"
	"kheo/cmd/kheo/internal/tracing"
	"kheo/cmd/kheo/internal/web"
	"kheo/pipeline"
	"kheo/pipeline/schedule"
	"kheo/pipeline/workspace"
)

// Limits of a connection. A client that is slower, or sends larger headers, is disconnected.
const (
	headerTime = 5 * time.Second
	readTime   = 30 * time.Second
	writeTime  = 60 * time.Second
	idleTime   = 2 * time.Minute
	maxHeaders = 32 << 10
	stopTime   = 10 * time.Second
)

// Serve opens the pages and executes the schedule, according to its role, until it is stopped. A worker opens
// no pages, but still renders digests and sends mail for the jobs that it executes.
//
// The command ends with status 0 on SIGINT and SIGTERM, after requests and the run in this process have ended.
//
// It fails if the address cannot be opened, or if the role is worker although kheo.yaml has no schedule and the records
// are not shared with other nodes.
func Serve(env *cli.Env) *cobra.Command {
	listen, secure, role, metrics, traces, format := "127.0.0.1:8080", false, string(schedule.All), "", "", "text"
	demo := false
	var level slog.Level
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Open the pages and execute the schedule of kheo.yaml, until stopped",
		Long: `Open the pages on which evaluators check and a committee decides, and execute the schedule of kheo.yaml,
until stopped.

The pages are reachable from this machine only (127.0.0.1) unless --listen says otherwise. For other
machines, put a server in front that speaks HTTPS, and use --secure: browsers then send the session over
HTTPS only. Name that server in kheo.yaml (trusted_proxies: [127.0.0.1]), so that attempts to sign in
are counted by the address of the client and not of the server. ` + "`kheo user add`" + ` adds the first person.

Several nodes may share one campaign: the records in PostgreSQL (store: postgres://…), the files in a folder or bucket
that all of them reach (blobs:), and on each a folder with the same kheo.yaml and rules. One of the nodes with the role
all or worker executes the schedule, and all of them read and assess for its runs. If one is lost, the others
continue.`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			log, err := logger(format, level)
			if err != nil {
				return err
			}
			logs.FromLibraries(log)
			ended, err := tracing.Start(cmd.Context(), traces)
			if err != nil {
				return err
			}
			defer ended()
			if metrics != "" {
				if err := watching(cmd.Context(), w, log, metrics); err != nil {
					return err
				}
			}
			as := schedule.Role(role)
			switch {
			case !slices.Contains(schedule.Roles, as):
				return cli.Usagef("there is no role %q; there are all, pages and worker", role)
			case as != schedule.Worker:
			case len(w.Campaign().Schedule) == 0 && !w.Store.Shared():
				return fmt.Errorf("kheo.yaml has no schedule: add for example schedule: { nightly: \"0 2 * * *\" }")
			default:
				site, err := web.New(w, log, secure) // it renders the digests
				if err != nil {
					return err
				}
				defer site.Close()
				return service(w, site, log).Serve(cmd.Context(), as)
			}
			if demo {
				if err := mayShowDemo(w, listen, secure); err != nil {
					return err
				}
			}
			return serve(cmd.Context(), w, as, log, opened{listen, secure, demo})
		}),
	}
	cmd.Flags().StringVar(&listen, "listen", listen, "the `ADDRESS:PORT` of the pages")
	cmd.Flags().BoolVar(&demo, "demo", false,
		"sign in as anyone by a click: only in a workspace of kheo demo, and only from this machine")
	cmd.Flags().BoolVar(&secure, "secure", false, "the pages are reached through a server in front that speaks HTTPS")
	cmd.Flags().StringVar(
		&metrics,
		"metrics",
		"",
		"the `ADDRESS:PORT` of /metrics (Prometheus), /healthz and /readyz; none by default",
	)
	cmd.Flags().StringVar(&traces, "traces", "", tracing.Help)
	env.AddNewStore(cmd)
	cmd.Flags().StringVar(&format, "log", format, "the format of the log: text or json")
	logs.LevelFlag(cmd, &level)
	cmd.Flags().StringVar(
		&role,
		"role",
		role,
		"the role of this process: all, pages (no runs) or worker (schedule and runs, no pages)",
	)
	return cmd
}

// service returns what keeps the schedule of a workspace; its mails are sent by the pages. The functions are
// set before Serve is called and not changed afterwards, because the service calls them from its own
// goroutines.
func service(w *workspace.Workspace, site *web.Server, log *slog.Logger) *schedule.Service {
	s := schedule.NewService(w, build.Release, log)
	s.Digested, s.SendMails = site.Mailer().MailDigests, site.Mailer().SendMails
	s.Anchored, s.Alerted = site.Mailer().MailAnchor, site.Mailer().MailOperator
	s.Reminded = site.Mailer().RemindDue
	return s
}

// mayShowDemo returns why the sample must not be shown without passwords; nil if it may.
func mayShowDemo(w *workspace.Workspace, listen string, secure bool) error {
	switch is, err := w.IsDemo(); {
	case err != nil:
		return err
	case !is:
		return fmt.Errorf("--demo: %s was not made by kheo demo, and people sign in there with their passwords: "+
			"start kheo serve without --demo", w.Dir)
	case secure || !web.IsLoopback(listen):
		return cli.Usagef("--demo lets anybody who reaches the pages sign in as anyone, so they can be opened on "+
			"this machine "+
			"only: leave out --secure and --listen %s, or name 127.0.0.1", listen)
	}
	return nil
}

// opened is how the pages are opened.
type opened struct {
	listen string
	secure bool
	demo   bool // people of the sample sign in by a click
}

// serve opens the pages, and does what else the role requires, until ctx ends or the server fails. It waits for
// open requests for stopTime, and for the run of this process to end. The order at the end matters: requests
// first, because they may start runs or editions, and then the goroutines of keeping; the site and the
// workspace are closed last, when nothing uses them.
func serve(
	ctx context.Context,
	w *workspace.Workspace,
	role schedule.Role,
	log *slog.Logger,
	how opened,
) error {
	site, err := web.New(w, log, how.secure)
	if err != nil {
		return err
	}
	defer site.Close()
	if how.demo {
		if err := site.AllowDemo(); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", how.listen)
	if err != nil {
		return fmt.Errorf("the pages cannot be opened at %s: %w; name another address with --listen", how.listen, err)
	}
	server := &http.Server{
		Handler:           site,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeaders,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	log.Info("the pages are open", "at", "http://"+l.Addr().String())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// The buffer lets the goroutine end if nothing receives its error.
	failed := make(chan error, 1)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
			stop()
		}
	}()
	var kept error
	var keeping sync.WaitGroup
	s := service(w, site, log)
	// A process that only opens pages records the request, and a worker does the run. The function returns at
	// once in both cases; the page then shows the run.
	site.Start = func(by string) error {
		if role == schedule.Pages {
			return schedule.AskRun(ctx, w, by)
		}
		keeping.Go(func() { s.RunNow(ctx, by) })
		return nil
	}
	if role != schedule.Pages {
		// The channel is closed when the edition is published or has failed, so that a page can wait for it.
		// ErrBusy and ErrLater are not failures: the active run, or the next one, publishes.
		site.Edition = func() <-chan struct{} {
			done := make(chan struct{})
			keeping.Go(func() {
				defer close(done)
				if err := s.PublishEdition(ctx); err != nil && !errors.Is(err, workspace.ErrBusy) &&
					!errors.Is(err, pipeline.ErrLater) {
					log.Error("publishing the lists; it will be tried again", "error", err)
				}
			})
			return done
		}
	}
	keeping.Go(func() { site.Warm(ctx) })
	keeping.Go(func() { kept = s.Serve(ctx, role) })
	<-ctx.Done()
	// ctx has ended, so what remains gets a context of its own.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	err = server.Shutdown(end)
	keeping.Wait()
	select {
	case e := <-failed:
		err = errors.Join(err, e)
	default:
	}
	return errors.Join(err, kept)
}

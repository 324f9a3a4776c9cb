// Package runs holds the commands about runs: kheo run does one now, kheo runs shows the ledger of those that were
// done, follows and cancels the active one, kheo look looks at evidence in Office documents, and kheo schedule shows
// when kheo serve does the next.
//
// [Run] opens the workspace, brings approved rulesets into force, and calls pipeline.Run, which holds the lock of the
// workspace: a second run fails and says which one is active. SIGINT ends a run between two steps, and the next run
// goes on from there. The package decides nothing about dossiers; it reports what the run did, with the errors that
// did not make it fail as notes on standard error.
package runs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/build"
	"kheo/cmd/kheo/internal/cli"
	"kheo/cmd/kheo/internal/logs"
	"kheo/cmd/kheo/internal/tracing"
	"kheo/internal/durable"
	"kheo/internal/strict"
	"kheo/pipeline"
	"kheo/pipeline/amend"
	"kheo/pipeline/intake"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Run does one whole run in this process, under the lock of the workspace; it fails if another run is active.
// If the rulesets have mistakes it ingests and reads, and then fails with the mistakes: submitted dossiers must
// not wait for a correction.
//
// With --json it prints the entry of the run in the ledger: its stages with counts, seconds and notes. The notes
// are what went wrong without failing the run, such as a file that could not be read; as text they go to standard
// error.
func Run(env *cli.Env) *cobra.Command {
	f := runFlags{settle: intake.DefaultSettle}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Do one whole run now: ingest, read, index, assess, recommend, publish",
		Long: `Do one whole run now: ingest, read, index, assess, recommend, publish.

A dossier is ingested from the inbox when it is complete: nothing in it changed for the settle time, and
no other program has it open for writing. The run waits once, at most that long, for dossiers that
changed a moment ago; what is not complete then is left for the next run. While a ruleset has mistakes,
dossiers are ingested and read, and no list is published.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.settle < 0 {
				return cli.Usagef(
					"--settle %v: write a duration such as 10s, or 0s to ingest at once what no program has open",
					f.settle)
			}
			w, mistakes, err := openToRun(cmd, env)
			if err != nil {
				return env.Problems(cmd, err)
			}
			defer w.Close()
			w.Watch.Settle = f.settle
			if mistakes == nil {
				if err := settleRules(cmd.Context(), w); err != nil {
					return env.Problems(cmd, err)
				}
			}
			out, err := f.run(cmd.Context(), w, mistakes)
			var unruled *pipeline.Unruled
			if errors.As(err, &unruled) {
				fmt.Fprintf(cli.Stderr, "%s ingested. No list was published, because the rules have mistakes:\n",
					cli.Plural(unruled.Taken, "dossier"))
				return env.Problems(cmd, unruled.Err)
			}
			if err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), out.Run)
			}
			report(cmd.OutOrStdout(), w, out)
			for _, s := range out.Run.Stages {
				for _, e := range s.Errors {
					fmt.Fprintf(cli.Stderr, "note: %s: %s\n", s.Name, e)
				}
			}
			return nil
		},
	}
	f.add(cmd)
	env.AddNewStore(cmd)
	return cmd
}

// runFlags are the flags of kheo run.
type runFlags struct {
	traces string        // URL of the collector of traces; "" for none
	log    string        // see runLog
	level  slog.Level    // of the log
	settle time.Duration // how long a dossier must have been unchanged
	accept bool          // publish lists that lose more dossiers than kheo.yaml allows
}

// add adds the flags to the command.
func (f *runFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.traces, "traces", "", tracing.Help)
	cmd.Flags().StringVar(&f.log, "log", "",
		"the file to append the log of the run to, a line for each stage and each fault; - is standard error")
	logs.LevelFlag(cmd, &f.level)
	cmd.Flags().BoolVar(&f.accept, "accept-loss", false,
		"publish even if the lists lose more dossiers than publish: { at_most_lost: … } allows")
	cmd.Flags().DurationVar(&f.settle, "settle", f.settle,
		"how long a dossier must have been unchanged before it is ingested")
}

// run does the run with its log and traces. mistakes are those of the rulesets, as openToRun returns them.
func (f *runFlags) run(ctx context.Context, w *workspace.Workspace, mistakes error) (*pipeline.Outcome, error) {
	endTraces, err := tracing.Start(ctx, f.traces)
	if err != nil {
		return nil, err
	}
	defer endTraces()
	log, closeLog, err := runLog(f.log, f.level)
	if err != nil {
		return nil, err
	}
	defer closeLog()
	if log != nil {
		logs.FromLibraries(log)
	}
	return pipeline.Run(ctx, w, pipeline.Options{
		Cause:      "command",
		Version:    build.Release,
		AcceptLoss: f.accept,
		Progress:   cli.NewProgress(),
		Log:        log,
		Waiting:    printWait,
		Mistakes:   mistakes,
	})
}

// runLog returns the log that a run writes to: a file, to which it appends, or "-" for standard error. It is
// nil without one (""): then the command prints what the ledger notes, and only warnings of libraries are
// logged. closed is never nil if err is nil. The file is created for its owner only, because the log names
// dossiers.
func runLog(to string, level slog.Level) (log *slog.Logger, closed func(), err error) {
	out, closed := io.Writer(cli.Stderr), func() {}
	switch to {
	case "":
		return nil, closed, nil
	case "-":
	default:
		f, err := os.OpenFile(to, os.O_CREATE|os.O_APPEND|os.O_WRONLY, durable.PrivateFile)
		if err != nil {
			return nil, nil, fmt.Errorf("--log: %w; name a file that can be written, or - for standard error", err)
		}
		out, closed = f, func() { f.Close() }
	}
	return logs.Text(out, level), closed, nil
}

// settleRules writes versions of rulesets and of kheo.yaml that were put into force in the browser and are not in the
// files yet, so that the run uses them.
func settleRules(ctx context.Context, w *workspace.Workspace) error {
	settled, err := amend.Settle(ctx, w)
	if err != nil {
		return err
	}
	for _, file := range settled.Written {
		fmt.Fprintf(cli.Stderr, "%s was brought to the version in force.\n", file)
	}
	for _, file := range settled.Outside {
		fmt.Fprintf(cli.Stderr, "%s was changed by hand after a version was put into force in the browser; "+
			"the file as it is counts.\n", file)
	}
	return nil
}

// openToRun opens the workspace for a run. If only the rulesets have mistakes, the workspace is opened for
// intake, and mistakes holds them; any other failure is err. The workspace that it returns must be closed by
// the caller. The error of the second attempt is dropped: the first says more.
func openToRun(cmd *cobra.Command, env *cli.Env) (w *workspace.Workspace, mistakes, err error) {
	how := workspace.Opening{NewStore: env.NewStore}
	w, err = workspace.OpenAs(cmd.Context(), env.Dir, how)
	var problems strict.Problems
	if !errors.As(err, &problems) {
		return w, nil, err
	}
	if w, failed := workspace.OpenUnruled(cmd.Context(), env.Dir, how); failed == nil {
		return w, err, nil
	}
	return nil, nil, err
}

// printWait reports that a run waits for entries of the inbox that changed a moment ago, and for how long at
// most. It is called at most once per run, before the wait begins.
func printWait(entries []string, atMost time.Duration) {
	const maxNamed = 5
	names := strings.Join(entries[:min(maxNamed, len(entries))], ", ")
	if n := len(entries) - maxNamed; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	fmt.Fprintf(
		cli.Stderr,
		"Waiting up to %.0f s for entries that may still be copied into the inbox: %s\n",
		math.Ceil(atMost.Seconds()),
		names,
	)
}

// report prints the result of a run: what it did, the counts and the place of all lists, and what to do
// next. The next steps are those for the first list on which something waits for review.
func report(w io.Writer, ws *workspace.Workspace, out *pipeline.Outcome) {
	if out.Nothing {
		fmt.Fprintf(
			w,
			"Nothing new: no dossier and no rule has changed since the last run. The lists are unchanged.\n\n",
		)
	} else {
		fmt.Fprintf(w, "Run %d: ", out.Run.Number)
		for _, s := range out.Run.Stages {
			switch s.Name {
			case "intake":
				fmt.Fprintf(w, "%s ingested", cli.Plural(s.Done, "dossier"))
			case "read":
				fmt.Fprintf(w, ", %s read", cli.Plural(s.Done, "file"))
			case "ocr":
				if s.Done > 0 {
					fmt.Fprintf(w, " (%s by OCR)", cli.Plural(s.Done, "page"))
				}
			case "assess":
				fmt.Fprintf(w, ", %d assessed", s.Done)
			}
		}
		fmt.Fprintf(w, ", in %.1f s.\n\n", out.Run.Finished.Sub(out.Run.Started).Seconds())
	}
	var rows [][]string
	for _, l := range out.Counts {
		rows = append(rows, cli.OutcomeRow(l.Ruleset, l.Counts))
	}
	cli.CountsTable(w, rows)
	latest := filepath.Join(ws.Lists(), workspace.Latest)
	fmt.Fprintf(w, "\nThe lists are in %s (.html to read and print, .xlsx, .csv, .docx, .json).\n", latest)
	if out.NeedOCR > 0 {
		fmt.Fprintf(
			w,
			"%s without text could not be read, because tesseract is not installed (`kheo doctor`). "+
				"The next run after the installation reads them.\n",
			cli.Plural(out.NeedOCR, "page"),
		)
	}
	for _, l := range out.Counts {
		if l.Counts.NeedsReview > 0 && l.Ruleset != rules.UnplacedID {
			cli.PrintNext(w, [][2]string{
				{"open " + filepath.Join(latest, l.Ruleset+".html"), "the list, to read and print"},
				{fmt.Sprintf("kheo lists -w %s %s", ws.Dir, l.Ruleset), "the same in the terminal"},
				{fmt.Sprintf("kheo show -w %s DOSSIER", ws.Dir), "one dossier, every point explained"},
			})
			break
		}
	}
	for _, l := range out.Counts {
		if l.Ruleset == rules.UnplacedID {
			fmt.Fprintf(
				w,
				"\n%s on the list %q: no ruleset applies to them, or their kind is unknown. "+
					"`kheo lists %s` shows them.\n",
				cli.Plural(l.Counts.Registered, "dossier"),
				rules.UnplacedID,
				rules.UnplacedID,
			)
		}
	}
}

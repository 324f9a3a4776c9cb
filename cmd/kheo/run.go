package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/internal/strict"
	"kheo/pipeline"
	"kheo/pipeline/intake"
	"kheo/rules"
)

func runCmd(c *common) *cobra.Command {
	traces, settle, accept := "", intake.DefaultSettle, false
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Do one whole run now: take in, read, index, assess, recommend, publish",
		Long: `Do one whole run now: take in, read, index, assess, recommend, publish.

A dossier is taken from the inbox when it is whole: nothing in it changed for the settle time, and no other program has it
open for writing. For one that changed a moment ago the run waits once, at most that long; what is not whole then is left
for the next run. While a ruleset has mistakes, dossiers are taken in and read, and no list is published.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if settle < 0 {
				return usage{fmt.Errorf("--settle %v: write a time such as 10s, or 0s to take what nobody has open at once", settle)}
			}
			w, mistakes, err := openToRun(cmd, c)
			if err != nil {
				return jsonProblems(cmd, c, err)
			}
			defer w.Close()
			w.Watch.Settle = settle
			ended, err := tracing(cmd.Context(), traces)
			if err != nil {
				return err
			}
			defer ended()
			out, err := w.Run(cmd.Context(), pipeline.Options{Cause: "command", Version: version().Version, AcceptLoss: accept, Progress: newBars(),
				Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Waiting: saysItWaits, Mistakes: mistakes})
			var unruled *pipeline.Unruled
			if errors.As(err, &unruled) {
				fmt.Fprintf(stderr, "%s taken in. No list was published, because the rules have mistakes:\n", isAre(unruled.Taken, "dossier"))
				return jsonProblems(cmd, c, unruled.Err)
			}
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), out.Run)
			}
			report(cmd.OutOrStdout(), w, out)
			for _, s := range out.Run.Stages {
				for _, e := range s.Errors {
					fmt.Fprintf(stderr, "note: %s: %s\n", s.Name, e)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&traces, "traces", "", tracesHelp)
	cmd.Flags().BoolVar(&accept, "accept-loss", false, "publish although the lists lose more of their dossiers than publish: { at_most_lost: … } allows")
	cmd.Flags().BoolVar(&c.newStore, "new-store", false, newStoreHelp)
	cmd.Flags().DurationVar(&settle, "settle", settle, "how long everything in a dossier must have been unchanged before it is taken")
	return cmd
}

// openToRun opens the workspace for a run. Where only the rulesets have mistakes, it is open for
// taking in, and mistakes tells them.
func openToRun(cmd *cobra.Command, c *common) (w *pipeline.Workspace, mistakes, err error) {
	how := pipeline.Opening{NewStore: c.newStore}
	w, err = pipeline.OpenAs(cmd.Context(), c.dir, how)
	var problems strict.Problems
	if !errors.As(err, &problems) {
		return w, nil, err
	}
	if w, failed := pipeline.OpenUnruled(cmd.Context(), c.dir, how); failed == nil {
		return w, err, nil
	}
	return nil, nil, err
}

// saysItWaits tells that a run waits for entries of the inbox that changed a moment ago.
func saysItWaits(entries []string, atMost time.Duration) {
	const most = 5
	names := strings.Join(entries[:min(most, len(entries))], ", ")
	if n := len(entries) - most; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	fmt.Fprintf(stderr, "Waiting up to %.0f s for what may still be being copied into the inbox: %s\n", math.Ceil(atMost.Seconds()), names)
}

// report says what a run came to: the table that a person looks for, where the
// lists are, and what to do next.
func report(w io.Writer, ws *pipeline.Workspace, out *pipeline.Outcome) {
	if out.Nothing {
		fmt.Fprintf(w, "Nothing new: no dossier and no rule has changed since the last run. The lists stand as they were.\n\n")
	} else {
		fmt.Fprintf(w, "Run %d: ", out.Run.Number)
		for _, s := range out.Run.Stages {
			switch s.Name {
			case "intake":
				fmt.Fprintf(w, "%s taken in", plural(s.Done, "dossier"))
			case "read":
				fmt.Fprintf(w, ", %s read", plural(s.Done, "file"))
			case "ocr":
				if s.Done > 0 {
					fmt.Fprintf(w, " (%s by OCR)", plural(s.Done, "page"))
				}
			case "assess":
				fmt.Fprintf(w, ", %d assessed", s.Done)
			}
		}
		fmt.Fprintf(w, ", in %.1f s.\n\n", out.Run.Finished.Sub(out.Run.Started).Seconds())
	}
	var rows [][]string
	for _, l := range out.Counts {
		n := l.Counts
		rows = append(rows, countsRow(l.Ruleset, n.Registered, n.Recommended, n.NeedsReview, n.NotRecommended, n.Ineligible, n.Quarantined))
	}
	countsTable(w, rows)
	latest := filepath.Join(ws.Lists(), pipeline.Latest)
	fmt.Fprintf(w, "\nThe lists are in %s (.html to read and print, .xlsx, .csv, .docx, .json).\n", latest)
	if out.NeedOCR > 0 {
		fmt.Fprintf(w, "%s without text could not be read: tesseract is not installed (`kheo doctor`). The next run after that reads them.\n", plural(out.NeedOCR, "page"))
	}
	for _, l := range out.Counts {
		if l.Counts.NeedsReview > 0 && l.Ruleset != rules.UnplacedID {
			printNext(w, [][2]string{
				{"open " + filepath.Join(latest, l.Ruleset+".html"), "the list as people read and print it"},
				{fmt.Sprintf("kheo lists -w %s %s", ws.Dir, l.Ruleset), "the same here"},
				{fmt.Sprintf("kheo show -w %s DOSSIER", ws.Dir), "one dossier, every point explained"},
			})
			break
		}
	}
	for _, l := range out.Counts {
		if l.Ruleset == rules.UnplacedID {
			fmt.Fprintf(w, "\n%s on the list %q: no ruleset applies to them, or nothing says what they are. Look at them with `kheo lists %s`.\n", plural(l.Counts.Registered, "dossier"), rules.UnplacedID, rules.UnplacedID)
		}
	}
}

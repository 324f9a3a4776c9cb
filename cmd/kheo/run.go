package main

import (
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

	"kheo/internal/strict"
	"kheo/pipeline"
	"kheo/pipeline/campaign"
	"kheo/pipeline/intake"
	"kheo/pipeline/search"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

func checkCmd(c *common) *cobra.Command {
	searchIndex, rebuild, records := false, false, false
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check kheo.yaml and every ruleset: all mistakes at once, each with its place",
		Long: `Check kheo.yaml and every ruleset: all mistakes at once, each with its place. Nothing is run.

  --store             verify records, files, lists, audit trail and search index against one another
  --index             compare the search index with the records, and read all of it
  --index --rebuild   build it anew beside the old one, which is searched meanwhile`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if rebuild && !searchIndex {
				return usage{errors.New("--rebuild is of the search index: write --index --rebuild")}
			}
			camp, err := campaign.Load(c.dir)
			if err != nil {
				return jsonProblems(cmd, c, err)
			}
			if late := camp.CheckSchedule(time.Now()); len(late) > 0 {
				return jsonProblems(cmd, c, late)
			}
			if records {
				return checkStore(cmd, c)
			}
			if searchIndex {
				return checkIndex(cmd, c, rebuild)
			}
			stale, err := staleVersions(cmd, c, camp)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"ok": true, "problems": []any{}, "notes": stale})
			}
			for _, s := range stale {
				fmt.Fprintf(stderr, "note: %s\n", s)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is right: %s, %s.\n", camp.ID, plural(len(camp.Env.Units), "unit"), plural(len(camp.Rulesets), "ruleset"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&records, "store", false, "verify records, files, lists, audit trail and search index against one another")
	cmd.Flags().BoolVar(&searchIndex, "index", false, "compare the search index with the records")
	cmd.Flags().BoolVar(&rebuild, "rebuild", false, "with --index: build it anew")
	return cmd
}

// checkIndex compares the search index with the records, and fails where they differ.
func checkIndex(cmd *cobra.Command, c *common, rebuild bool) error {
	w, err := workspace.Open(cmd.Context(), c.dir)
	if err != nil {
		return err
	}
	defer w.Close()
	if rebuild {
		if _, err := search.Keep(cmd.Context(), w, newBars(), true); err != nil {
			return err
		}
	}
	r, err := search.Check(cmd.Context(), w)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if c.json {
		if err := printJSON(out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "The search index holds %s as the records say.\n", plural(r.Held, "dossier"))
		for _, part := range []struct {
			what string
			list []string
		}{{"missing", r.Missing}, {"not as they are now", r.Outdated}, {"no longer in the records", r.Extra}, {"damaged", r.Damaged}} {
			if n := len(part.list); n > 0 {
				fmt.Fprintf(out, "  %d %s: %s\n", n, part.what, strings.Join(part.list[:min(n, 5)], ", ")+map[bool]string{true: ", …"}[n > 5])
			}
		}
		if r.Waiting > 0 {
			fmt.Fprintf(out, "%s taken in and wait for a run; that is not the index's fault.\n", isAre(r.Waiting, "dossier"))
		}
	}
	switch {
	case r.Sound():
		return nil
	case len(r.Damaged) > 0:
		return errors.New("the index is damaged; nothing is lost, for the records hold all of it. `kheo check --index --rebuild` builds it anew")
	}
	return errors.New("the index is behind the records; `kheo run` brings it up to date")
}

// isAre says how many of something are, as "1 dossier is", "2 dossiers are".
func isAre(n int, word string) string {
	if n == 1 {
		return "1 " + word + " is"
	}
	return plural(n, word) + " are"
}

// staleVersions tells of rulesets that were changed after they were used, where there
// are records yet.
func staleVersions(cmd *cobra.Command, c *common, camp *campaign.Campaign) ([]string, error) {
	if _, err := os.Stat(filepath.Join(c.dir, filepath.FromSlash(camp.Store))); err != nil {
		return []string{}, nil
	}
	w, err := workspace.Open(cmd.Context(), c.dir)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	stale, err := pipeline.StaleVersions(cmd.Context(), w)
	if stale == nil {
		stale = []string{}
	}
	return stale, err
}

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
			out, err := pipeline.Run(cmd.Context(), w, pipeline.Options{Cause: "command", Version: version().Version, AcceptLoss: accept, Progress: newBars(),
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
func openToRun(cmd *cobra.Command, c *common) (w *workspace.Workspace, mistakes, err error) {
	how := workspace.Opening{NewStore: c.newStore}
	w, err = workspace.OpenAs(cmd.Context(), c.dir, how)
	var problems strict.Problems
	if !errors.As(err, &problems) {
		return w, nil, err
	}
	if w, failed := workspace.OpenUnruled(cmd.Context(), c.dir, how); failed == nil {
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
func report(w io.Writer, ws *workspace.Workspace, out *pipeline.Outcome) {
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
	latest := filepath.Join(ws.Lists(), workspace.Latest)
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

// listLanguages are the languages to show texts in: the one asked for, then
// the campaign's.
func listLanguages(c *common, ws *workspace.Workspace) []string {
	if c.lang != "" {
		return append([]string{c.lang}, ws.Campaign().Env.Languages...)
	}
	return ws.Campaign().Env.Languages
}

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/store"
)

func runsCmd(c *common) *cobra.Command {
	limit := 20
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "Show the run ledger, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return usage{fmt.Errorf("--limit must be at least 1")}
			}
			w, err := pipeline.Open(cmd.Context(), c.dir)
			if err != nil {
				return err
			}
			defer w.Close()
			runs, err := w.Store.Runs(cmd.Context(), limit)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"runs": runs})
			}
			out := cmd.OutOrStdout()
			if len(runs) == 0 {
				fmt.Fprintln(out, "Nothing has run yet. Put dossiers into inbox/ and run `kheo run`.")
				return nil
			}
			var rows [][]string
			for _, r := range runs {
				did := map[string]int{}
				errs := 0
				for _, s := range r.Stages {
					did[s.Name] = s.Done
					errs += len(s.Errors)
				}
				seconds := ""
				if !r.Finished.IsZero() {
					seconds = fmt.Sprintf("%.1f", r.Finished.Sub(r.Started).Seconds())
				}
				rows = append(rows, []string{fmt.Sprint(r.Number), r.Started.In(w.Campaign().Location).Format("2006-01-02 15:04:05"), seconds, r.Cause, r.State, fmt.Sprint(did["intake"]), fmt.Sprint(did["read"]), fmt.Sprint(did["assess"]), r.Run, fmt.Sprint(errs)})
			}
			table(out, []string{"run", "started", "seconds", "cause", "state", "taken in", "read", "assessed", "lists", "notes"}, rows, 0, 2, 5, 6, 7, 9)
			for _, r := range runs {
				if r.Error != "" {
					fmt.Fprintf(out, "\nrun %d: %s\n", r.Number, r.Error)
				}
			}
			fmt.Fprintf(out, "\n`kheo runs --json` has every stage with its counts, seconds and errors.\n")
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "show at most so many")
	cmd.AddCommand(watchCmd(c), cancelCmd(c))
	return cmd
}

func cancelCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel",
		Short: "Tell the run that is at work to end; the next one goes on from there",
		Args:  cobra.NoArgs,
		RunE: c.with(func(cmd *cobra.Command, w *pipeline.Workspace, args []string) error {
			r, err := w.CancelRun(cmd.Context(), "the command line")
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "run %d is told to end\n", r.Number)
			return nil
		}),
	}
}

// watchEvery is how often a run that is watched is looked at.
const watchEvery = 500 * time.Millisecond

func watchCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "watch",
		Short: "Follow the run that is at work, stage by stage, until it ends",
		Args:  cobra.NoArgs,
		RunE: c.with(func(cmd *cobra.Command, w *pipeline.Workspace, args []string) error {
			r, err := w.Running(cmd.Context())
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "run %d (%s), since %s\n", r.Number, r.Cause, r.Started.In(w.Campaign().Location).Format("15:04:05"))
			told := 0
			for {
				runs, err := w.Store.Runs(cmd.Context(), 20)
				if err != nil {
					return err
				}
				for i := range runs {
					if runs[i].Number == r.Number {
						r = &runs[i]
					}
				}
				ended := r.State != store.RunRunning
				for ; told < len(r.Stages) && (ended || told < len(r.Stages)-1); told++ { // the last is still under way
					s := r.Stages[told]
					fmt.Fprintf(out, "  %-10s %d of %d, %.1f s\n", s.Name, s.Done, s.Total, s.Seconds)
				}
				if ended {
					fmt.Fprintf(out, "%s%s\n", r.State, because(r.Error))
					if r.State != store.RunDone {
						return errSaid
					}
					return nil
				}
				if _, err := w.Running(cmd.Context()); errors.Is(err, pipeline.ErrIdle) {
					if now, err := w.Store.Runs(cmd.Context(), 1); err == nil && len(now) > 0 && now[0].Number == r.Number && now[0].State == store.RunRunning {
						return errors.New("the run was killed; the next one goes on from where it was")
					}
				}
				select {
				case <-cmd.Context().Done():
					return nil
				case <-time.After(watchEvery):
				}
			}
		}),
	}
}

package runs

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Runs shows the run ledger.
//
// With --json it prints { "runs": [ … ] }, each with its stages, their counts, seconds and errors. The table shows
// times in the timezone of the campaign.
func Runs(env *cli.Env) *cobra.Command {
	limit := 20
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "Show the run ledger, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return cli.Usagef("--limit must be at least 1")
			}
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				runs, err := w.Store.Runs.Newest(cmd.Context(), limit)
				if err != nil {
					return err
				}
				if env.JSON {
					return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"runs": runs})
				}
				printRuns(cmd.OutOrStdout(), w.Campaign().Location, runs)
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "show at most `N` runs")
	cmd.AddCommand(watchCmd(env), cancelCmd(env))
	return cmd
}

// printRuns prints runs in a table, with times in the timezone of the campaign, and then the errors of failed
// ones. A run that has not finished has no seconds. The counts are those of the stages intake, read and assess;
// notes counts the errors of all stages.
func printRuns(out io.Writer, zone *time.Location, runs []store.Run) {
	if len(runs) == 0 {
		fmt.Fprintln(out, "Nothing has run yet. Put dossiers into inbox/ and run `kheo run`.")
		return
	}
	var rows [][]string
	for _, r := range runs {
		did := map[string]int{}
		notes := 0
		for _, s := range r.Stages {
			did[s.Name] = s.Done
			notes += len(s.Errors)
		}
		seconds := ""
		if !r.Finished.IsZero() {
			seconds = fmt.Sprintf("%.1f", r.Finished.Sub(r.Started).Seconds())
		}
		rows = append(rows, []string{fmt.Sprint(r.Number), r.Started.In(zone).Format("2006-01-02 15:04:05"), seconds,
			r.Cause, r.State, fmt.Sprint(did["intake"]), fmt.Sprint(did["read"]), fmt.Sprint(did["assess"]), r.Run,
			fmt.Sprint(notes)})
	}
	head := []string{"run", "started", "seconds", "cause", "state", "ingested", "read", "assessed", "lists", "notes"}
	cli.Table(out, head, rows, 0, 2, 5, 6, 7, 9)
	for _, r := range runs {
		if r.Error != "" {
			fmt.Fprintf(out, "\nrun %d: %s\n", r.Number, r.Error)
		}
	}
	fmt.Fprintf(out, "\n`kheo runs --json` has every stage with its counts, seconds and errors.\n")
}

// cancelCmd asks the active run to end, which may be a run of another process or node. It returns when the
// request is recorded; the run ends soon after, and keeps what it has done. It fails if no run is active.
func cancelCmd(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel",
		Short: "End the active run; the next one continues from there",
		Args:  cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := pipeline.CancelRun(cmd.Context(), w, "the command line")
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "run %d was asked to end\n", r.Number)
			return nil
		}),
	}
}

// watchInterval is how often watchCmd reads the ledger.
const watchInterval = 500 * time.Millisecond

// watchCmd follows the active run until it ends. It fails if the run does. Interrupting it ends only the
// watching, with status 0; the run continues.
func watchCmd(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "watch",
		Short: "Follow the active run, stage by stage, until it ends",
		Args:  cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := pipeline.Running(cmd.Context(), w)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(
				out,
				"run %d (%s), since %s\n",
				r.Number,
				r.Cause,
				r.Started.In(w.Campaign().Location).Format("15:04:05"),
			)
			printed := 0
			for {
				if r, err = runNumbered(cmd, w, r); err != nil {
					return err
				}
				printed = printStages(out, r, printed)
				if r.State != store.RunRunning {
					fmt.Fprintf(out, "%s%s\n", r.State, cli.Because(r.Error))
					if r.State != store.RunDone {
						return cli.ErrReported
					}
					return nil
				}
				if err := stillRunning(cmd, w, r.Number); err != nil {
					return err
				}
				select {
				case <-cmd.Context().Done():
					return nil
				case <-time.After(watchInterval):
				}
			}
		}),
	}
}

// runNumbered returns the row of a run as the ledger has it now, or the one that is known if it is not
// among the newest any more.
func runNumbered(cmd *cobra.Command, w *workspace.Workspace, known *store.Run) (*store.Run, error) {
	runs, err := w.Store.Runs.Newest(cmd.Context(), 20)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		if runs[i].Number == known.Number {
			return &runs[i], nil
		}
	}
	return known, nil
}

// printStages prints the stages of a run that have ended, from number from, and returns the number of the next
// one. The last stage of an active run is still under way. A run that was killed before its first stage has
// none, so the number of ended ones may be -1 while it runs; the loop then prints nothing.
func printStages(out io.Writer, r *store.Run, from int) int {
	ended := len(r.Stages)
	if r.State == store.RunRunning {
		ended--
	}
	for ; from < ended; from++ {
		s := r.Stages[from]
		fmt.Fprintf(out, "  %-10s %d of %d, %.1f s\n", s.Name, s.Done, s.Total, s.Seconds)
	}
	return from
}

// stillRunning returns an error if no process does the run any more, although the ledger says that it is running: the
// process was killed. The ledger is read again, because the run may have ended since it was read.
func stillRunning(cmd *cobra.Command, w *workspace.Workspace, number int64) error {
	if _, err := pipeline.Running(cmd.Context(), w); !errors.Is(err, pipeline.ErrIdle) {
		return nil
	}
	now, err := w.Store.Runs.Newest(cmd.Context(), 1)
	if err == nil && len(now) > 0 && now[0].Number == number && now[0].State == store.RunRunning {
		return errors.New("the run was killed; the next one continues from there")
	}
	return nil
}

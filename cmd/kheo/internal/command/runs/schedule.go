package runs

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// minute is the format of times in the schedule.
const minute = "2006-01-02 15:04 MST"

// Schedule shows the jobs of kheo.yaml and, if several nodes share the records, the nodes. It only reads; `kheo
// serve` executes the jobs.
//
// With --json it prints { "timezone", "jobs", "machines", "keeper" }; the last two only for shared records.
// Scripts rely on the names in the document, also on machines, which everything else calls nodes.
func Schedule(env *cli.Env) *cobra.Command {
	n := 3
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Show when the jobs of kheo.yaml are due, and how they went the last time",
		Args:  cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			jobs, err := schedule.Upcoming(cmd.Context(), w, n)
			if err != nil {
				return err
			}
			nodes, err := w.Store.Workers.All(cmd.Context())
			if err != nil {
				return err
			}
			keeper, err := schedule.Keeper(cmd.Context(), w)
			if err != nil {
				return err
			}
			out, zone := cmd.OutOrStdout(), w.Campaign().Location
			if env.JSON {
				of := map[string]any{"timezone": zone.String(), "jobs": jobs}
				if w.Store.Shared() {
					of["machines"], of["keeper"] = nodes, keeper
				}
				return cli.PrintJSON(out, of)
			}
			if len(jobs) == 0 {
				fmt.Fprintln(out, `kheo.yaml has no schedule: add for example schedule: { nightly: "0 2 * * *" }`)
				return nil
			}
			for _, j := range jobs {
				printJob(out, zone, j)
			}
			for _, m := range nodes {
				printNode(out, zone, m)
			}
			if keeper != "" {
				fmt.Fprintf(out, "the schedule is kept by %s\n", keeper)
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "kept by `kheo serve`, in the timezone", zone)
			return nil
		}),
	}
	cmd.Flags().IntVar(&n, "next", n, "how many `TIMES` of each job to show")
	return cmd
}

// printJob prints when a job is due, and its last execution. The digest has none in the records.
func printJob(out io.Writer, zone *time.Location, j schedule.Next) {
	fmt.Fprintf(out, "%s  %s\n", j.Job, j.Cron)
	for _, t := range j.Times {
		fmt.Fprintf(out, "  next  %s\n", t.Format(minute))
	}
	switch {
	case j.Last != nil:
		r := j.Last
		fmt.Fprintf(
			out,
			"  last  %s  run %d, %s%s\n",
			r.Started.In(zone).Format(minute),
			r.Number,
			r.State,
			cli.Because(r.Error),
		)
	case j.Backup != nil:
		result := j.Backup.File
		if j.Backup.Error != "" {
			result = "failed: " + j.Backup.Error
		}
		fmt.Fprintf(out, "  last  %s  %s\n", j.Backup.At.In(zone).Format(minute), result)
	case j.Job != "digest":
		fmt.Fprintln(out, "  last  never")
	}
}

// printNode prints one of the nodes that share the records.
func printNode(out io.Writer, zone *time.Location, m store.Worker) {
	state := "active"
	if m.Gone {
		state = "gone"
	}
	fmt.Fprintf(out, "node %s  %s, %s since %s, last heartbeat %s\n", m.Host, m.Role, state,
		m.Since.In(zone).Format("2006-01-02 15:04"), m.Seen.In(zone).Format("15:04:05"))
}

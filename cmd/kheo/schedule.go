package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

func scheduleCmd(c *common) *cobra.Command {
	n := 3
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "Show when the jobs of kheo.yaml are due, and what came of them the last time",
		Args:  cobra.NoArgs,
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			list, err := schedule.Upcoming(cmd.Context(), w, n)
			if err != nil {
				return err
			}
			machines, err := w.Store.Machines(cmd.Context())
			if err != nil {
				return err
			}
			keeper, err := schedule.Keeper(cmd.Context(), w)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if c.json {
				of := map[string]any{"timezone": w.Campaign().Location.String(), "jobs": list}
				if w.Store.Shared() {
					of["machines"], of["keeper"] = machines, keeper
				}
				return printJSON(out, of)
			}
			if len(list) == 0 {
				fmt.Fprintln(out, `kheo.yaml has no schedule: add for example schedule: { nightly: "0 2 * * *" }`)
				return nil
			}
			for _, x := range list {
				fmt.Fprintf(out, "%s  %s\n", x.Job, x.Cron)
				for _, t := range x.Times {
					fmt.Fprintf(out, "  next  %s\n", t.Format("2006-01-02 15:04 MST"))
				}
				if r := x.Last; r != nil {
					fmt.Fprintf(out, "  last  %s  run %d, %s%s\n", r.Started.In(w.Campaign().Location).Format("2006-01-02 15:04 MST"), r.Number, r.State, because(r.Error))
				} else if b := x.Backup; b != nil {
					said := b.File
					if b.Error != "" {
						said = "failed: " + b.Error
					}
					fmt.Fprintf(out, "  last  %s  %s\n", b.At.In(w.Campaign().Location).Format("2006-01-02 15:04 MST"), said)
				} else if x.Job != "digest" {
					fmt.Fprintln(out, "  last  never")
				}
			}
			for _, m := range machines {
				state := "at work"
				if m.Gone {
					state = "gone"
				}
				fmt.Fprintf(out, "machine %s  %s, %s since %s, last sign of life %s\n", m.Host, m.Role, state, m.Since.In(w.Campaign().Location).Format("2006-01-02 15:04"), m.Seen.In(w.Campaign().Location).Format("15:04:05"))
			}
			if keeper != "" {
				fmt.Fprintf(out, "the schedule is kept by %s\n", keeper)
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "kept by `kheo serve`, in the timezone", w.Campaign().Location)
			return nil
		}),
	}
	cmd.Flags().IntVar(&n, "next", n, "how many `TIMES` of each job to show")
	return cmd
}

func cancelCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel",
		Short: "Tell the run that is at work to end; the next one goes on from there",
		Args:  cobra.NoArgs,
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := pipeline.CancelRun(cmd.Context(), w, "the command line")
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
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := pipeline.Running(cmd.Context(), w)
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
				if _, err := pipeline.Running(cmd.Context(), w); errors.Is(err, pipeline.ErrIdle) {
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

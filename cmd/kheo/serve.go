package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"kheo/pipeline"
)

func serveCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Keep the schedule of kheo.yaml until stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := pipeline.Open(cmd.Context(), c.dir)
			if err != nil {
				return jsonProblems(cmd, c, err)
			}
			defer w.Close()
			if len(w.Campaign.Schedule) == 0 {
				return fmt.Errorf("kheo.yaml has no schedule: add for example schedule: { nightly: \"0 2 * * *\" }")
			}
			return w.Serve(cmd.Context(), version().Version, slog.New(slog.NewTextHandler(os.Stderr, nil)))
		},
	}
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kheo/pipeline"
)

func moveCmd(c *common) *cobra.Command {
	var blobs string
	cmd := &cobra.Command{
		Use:   "move WHERE",
		Short: "Move the records to PostgreSQL, or back into a file",
		Long: `Copies the records – dossiers, what was read, scores, votes, decisions, the whole audit trail – to WHERE, compares both row by row,
verifies the audit trail there, and names the new place in kheo.yaml last. The old place is left as it is. A file of records that an earlier
move left at the target inside the workspace is renamed (kheo.db.2024-03-15), never overwritten.

  kheo move postgres://kheo@db.example.org/kheo --blobs /srv/kheo/blobs   for several machines; the folder is one that all of them have
  kheo move postgres://kheo@db.example.org/kheo --blobs "s3://bucket?region=eu-north-1"   the same, with the files in a bucket of S3
  kheo move var/kheo.db                                                   back into the workspace

Stop kheo serve first. Passwords are better kept out of kheo.yaml: PGPASSWORD and ~/.pgpass are heeded.`,
		Args: cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *pipeline.Workspace, args []string) error {
			r, err := w.Move(cmd.Context(), args[0], blobs)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), r)
			}
			if r.Aside != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "The file that was there is kept as %s.\n", r.Aside)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Moved and compared: %s, %s, %s of the audit trail. kheo.yaml names the new place.\n", plural(r.Tables["dossiers"], "dossier"), plural(r.Tables["runs"], "run"), plural(r.Tables["events"], "event"))
			return nil
		}),
	}
	cmd.Flags().StringVar(&blobs, "blobs", "", "the `FOLDER` or bucket of the files, which are copied there")
	return cmd
}

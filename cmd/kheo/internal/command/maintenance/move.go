package maintenance

import (
	"fmt"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/operations"
	"kheo/pipeline/workspace"
)

// Move moves the records between SQLite and PostgreSQL, and the files to another folder or bucket. Copies are
// compared row by row, and the audit trail is verified at the new place. kheo.yaml is changed last, so a move that
// fails at any point leaves the workspace as it was; it can be repeated.
//
// With --json it prints the number of rows of each table, and the new name of a file of records that was in the
// way. Without --blobs the files stay in their place.
func Move(env *cli.Env) *cobra.Command {
	var blobs string
	cmd := &cobra.Command{
		Use:   "move WHERE",
		Short: "Move the records to PostgreSQL, or back into a file",
		Long: `Copy the records (dossiers, what was read, scores, votes, decisions, the whole audit trail) to WHERE,
compare both row by row, verify the audit trail there, and name the new place in kheo.yaml last. The old
place is not changed. A file of records that an earlier move left at the target inside the workspace is
renamed (kheo.db.2024-03-15), never overwritten.

  kheo move postgres://kheo@db.example.org/kheo --blobs /srv/kheo/blobs   for several nodes, which all reach the folder
  kheo move postgres://kheo@db.example.org/kheo --blobs "s3://bucket?region=eu-north-1"   files in an S3 bucket
  kheo move var/kheo.db                                                   back into the workspace

Stop kheo serve first. Keep passwords out of kheo.yaml: PGPASSWORD and ~/.pgpass are used.`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := operations.Move(cmd.Context(), w, args[0], blobs)
			if err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), r)
			}
			if r.Aside != "" {
				fmt.Fprintf(cmd.OutOrStdout(), "The file that was there is now %s.\n", r.Aside)
			}
			fmt.Fprintf(
				cmd.OutOrStdout(),
				"Moved and compared: %s, %s, %s of the audit trail. kheo.yaml names the new place.\n",
				cli.Plural(r.Tables["dossiers"], "dossier"),
				cli.Plural(r.Tables["runs"], "run"),
				cli.Plural(r.Tables["events"], "event"),
			)
			return nil
		}),
	}
	cmd.Flags().StringVar(&blobs, "blobs", "", "the `FOLDER` or bucket to copy the files to")
	return cmd
}

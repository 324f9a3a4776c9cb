package maintenance

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/operations"
)

// Restore makes a workspace from a backup. Everything is unpacked beside the target and verified there; the
// folder gets its name last, so a workspace that exists under that name was verified. The search index is not part
// of a backup and is rebuilt by the next run.
//
// With --json it prints the report of the backup, or { "error", "damaged" } if it is damaged. A backup from
// standard input is read once, from beginning to end, so it may come from a pipe.
func Restore(env *cli.Env) *cobra.Command {
	keepGoing := false
	cmd := &cobra.Command{
		Use:   "restore FILE DIR",
		Short: "Restore a backup as a workspace, in a new folder",
		Long: `Restore a backup as a workspace, in a folder that does not exist yet. Every file and the records are
checked against their hashes, and the audit trail is verified, before the folder gets its name: if
something is damaged, nothing is left behind, and everything that is damaged is listed. The records are
a file afterwards (var/kheo.db); kheo move brings them to PostgreSQL. FILE - reads standard input.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var from io.Reader = cmd.InOrStdin()
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				from = f
			}
			r, err := operations.RestoreAs(cmd.Context(), from, args[1], keepGoing)
			if err != nil {
				return jsonDamaged(cmd, env, err)
			}
			printDamaged(cmd, r)
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), r)
			}
			verified := "the audit trail verified"
			if len(r.Damaged) > 0 {
				verified = cli.Plural(len(r.Damaged), "thing") + " damaged or missing"
			}
			fmt.Fprintf(
				cmd.OutOrStdout(),
				"%s is restored: %s, %s, %s.\n\nNext:\n  kheo run -w %s     rebuilds the search index\n",
				args[1],
				dossiersOf(r),
				cli.Plural(len(r.Files), "file"),
				verified,
				args[1],
			)
			return nil
		},
	}
	cmd.Flags().BoolVar(
		&keepGoing,
		"keep-going",
		false,
		"restore the rest of a damaged backup, and list what is missing",
	)
	return cmd
}

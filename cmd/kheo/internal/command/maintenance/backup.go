package maintenance

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/operations"
	"kheo/pipeline/workspace"
)

// Backup writes a backup of the workspace to a file or to standard output. The records are copied as of one
// moment, so kheo may keep running meanwhile.
//
// A damaged workspace gives no backup: one that silently misses files would be found out only when it is needed.
// --keep-going makes one of what is left, and lists the damage on standard error.
//
// With --json it prints the report of the backup, or { "error", "damaged" } if the workspace is damaged. Notes about a
// backup that was made, and damage with --keep-going, go to standard error, because the backup itself may be written to
// standard output.
func Backup(env *cli.Env) *cobra.Command {
	keepGoing := false
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup of the whole workspace, also while kheo runs",
		Long: `Write one tar file with everything that cannot be recomputed: kheo.yaml, rules, papers, inbox,
quarantine, lists, the records as of one moment (as a SQLite file, also if they are in PostgreSQL), and
every ingested file. The search index is rebuilt after restoring.

Every file is checked against the hash in its name, and the records and the audit trail are verified. If
something is damaged, no backup is made, and everything that is damaged is listed. FILE - writes to
standard output.`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if args[0] == "-" {
				r, err := operations.BackupAs(cmd.Context(), w, cmd.OutOrStdout(), keepGoing)
				if err == nil {
					printDamaged(cmd, r)
				}
				return err
			}
			r, err := operations.BackupFile(cmd.Context(), w, args[0], keepGoing)
			if err != nil {
				return jsonDamaged(cmd, env, err)
			}
			printDamaged(cmd, r)
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), r)
			}
			fmt.Fprintf(
				cmd.OutOrStdout(),
				"%s: %s, %s, %d MB. Restore it with: kheo restore %s DIR\n",
				args[0],
				dossiersOf(r),
				cli.Plural(len(r.Files), "file"),
				r.Bytes>>20,
				args[0],
			)
			return nil
		}),
	}
	cmd.Flags().BoolVar(
		&keepGoing,
		"keep-going",
		false,
		"save the rest of a damaged workspace, and list what is missing",
	)
	return cmd
}

// dossiersOf says how many dossiers a backup contains. Records is nil if --keep-going saved a workspace whose
// records are damaged.
func dossiersOf(r *operations.BackupReport) string {
	if r.Records == nil {
		return "records that cannot be read"
	}
	return cli.Plural(r.Records.Tables["dossiers"], "dossier")
}

// printDamaged prints the notes of a backup, and what is damaged in one that was made or restored with --keep-going.
func printDamaged(cmd *cobra.Command, r *operations.BackupReport) {
	for _, n := range r.Notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", n)
	}
	for _, d := range r.Damaged {
		fmt.Fprintf(cmd.ErrOrStderr(), "damaged: %s\n", d)
	}
}

// jsonDamaged prints what is damaged as JSON if --json asks for that, and then returns cli.ErrReported. Any other
// error is returned as it is.
func jsonDamaged(cmd *cobra.Command, env *cli.Env, err error) error {
	var damaged *operations.Damaged
	if !env.JSON || !errors.As(err, &damaged) {
		return err
	}
	faults := map[string]any{"error": damaged.What, "damaged": damaged.Faults}
	if err := cli.PrintJSON(cmd.OutOrStdout(), faults); err != nil {
		return err
	}
	return cli.ErrReported
}

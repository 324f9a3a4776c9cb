package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kheo/pipeline"
)

func backupCmd(c *common) *cobra.Command {
	keepGoing := false
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a backup of the whole workspace, also while kheo runs",
		Long: `Writes one tar file with all that cannot be made again: kheo.yaml, rules, papers, inbox, quarantine, lists, the records as they are at one moment
(as a file of SQLite, also where they are in PostgreSQL), and every file that was taken in. The search index is built again after restoring.
Every file is held to its name, and the records and the audit trail are verified: where something is damaged no backup is made,
and all that is damaged is listed. FILE - writes to standard output.`,
		Args: cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *pipeline.Workspace, args []string) error {
			if args[0] == "-" {
				r, err := w.BackupAs(cmd.Context(), cmd.OutOrStdout(), keepGoing)
				if err == nil {
					tellDamaged(cmd, r)
				}
				return err
			}
			r, err := w.BackupFile(cmd.Context(), args[0], keepGoing)
			if err != nil {
				return jsonDamaged(cmd, c, err)
			}
			tellDamaged(cmd, r)
			if c.json {
				return printJSON(cmd.OutOrStdout(), r)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, %s, %d MB. Restore it with: kheo restore %s DIR\n", args[0], dossiersOf(r), plural(len(r.Files), "file"), r.Bytes>>20, args[0])
			return nil
		}),
	}
	cmd.Flags().BoolVar(&keepGoing, "keep-going", false, "save what is left of a damaged workspace, and name what is missing")
	return cmd
}

// dossiersOf says how many dossiers a backup holds.
func dossiersOf(r *pipeline.BackupReport) string {
	if r.Records == nil {
		return "records that cannot be read"
	}
	return plural(r.Records.Tables["dossiers"], "dossier")
}

// tellDamaged names what is damaged in a backup that was made, or restored, in spite of that.
func tellDamaged(cmd *cobra.Command, r *pipeline.BackupReport) {
	for _, n := range r.Notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", n)
	}
	for _, d := range r.Damaged {
		fmt.Fprintf(cmd.ErrOrStderr(), "damaged: %s\n", d)
	}
}

// jsonDamaged prints what is damaged as JSON, where that is asked for.
func jsonDamaged(cmd *cobra.Command, c *common, err error) error {
	var damaged *pipeline.Damaged
	if !c.json || !errors.As(err, &damaged) {
		return err
	}
	if err := printJSON(cmd.OutOrStdout(), map[string]any{"error": damaged.What, "damaged": damaged.Faults}); err != nil {
		return err
	}
	return errSaid
}

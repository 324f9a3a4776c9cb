package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"kheo/pipeline/operations"
	"kheo/pipeline/workspace"
)

// checkStore verifies everything that is kept, and fails where something is wrong.
func checkStore(cmd *cobra.Command, c *common) error {
	w, err := workspace.Open(cmd.Context(), c.dir)
	if err != nil {
		return err
	}
	defer w.Close()
	r, err := operations.Check(cmd.Context(), w, newBars())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if c.json {
		if err := printJSON(out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "%s, %s (%d MB), %s of the audit trail were looked at.\n", plural(r.Dossiers, "dossier"), plural(r.Files, "file"), r.Bytes>>20, plural(r.Events, "event"))
		for _, f := range r.Faults {
			fmt.Fprintln(out, "✗", f)
		}
		fmt.Fprintln(out, anchorsText(r.Anchors))
		if len(r.Faults) == 0 {
			fmt.Fprintln(out, "Everything is as it was kept.")
		}
	}
	if len(r.Faults) > 0 {
		return errSaid
	}
	return nil
}

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
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if args[0] == "-" {
				r, err := operations.BackupAs(cmd.Context(), w, cmd.OutOrStdout(), keepGoing)
				if err == nil {
					tellDamaged(cmd, r)
				}
				return err
			}
			r, err := operations.BackupFile(cmd.Context(), w, args[0], keepGoing)
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
func dossiersOf(r *operations.BackupReport) string {
	if r.Records == nil {
		return "records that cannot be read"
	}
	return plural(r.Records.Tables["dossiers"], "dossier")
}

// tellDamaged names what is damaged in a backup that was made, or restored, in spite of that.
func tellDamaged(cmd *cobra.Command, r *operations.BackupReport) {
	for _, n := range r.Notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", n)
	}
	for _, d := range r.Damaged {
		fmt.Fprintf(cmd.ErrOrStderr(), "damaged: %s\n", d)
	}
}

// jsonDamaged prints what is damaged as JSON, where that is asked for.
func jsonDamaged(cmd *cobra.Command, c *common, err error) error {
	var damaged *operations.Damaged
	if !c.json || !errors.As(err, &damaged) {
		return err
	}
	if err := printJSON(cmd.OutOrStdout(), map[string]any{"error": damaged.What, "damaged": damaged.Faults}); err != nil {
		return err
	}
	return errSaid
}

func restoreCmd(c *common) *cobra.Command {
	keepGoing := false
	cmd := &cobra.Command{
		Use:   "restore FILE DIR",
		Short: "Make a workspace of a backup, in a new folder",
		Long: `Makes a workspace of a backup in a folder that does not exist yet. Every file is held to its hash, kept files to their names, the records to theirs,
and the audit trail is verified, before the folder gets its name: where something is damaged nothing is left, and all that is damaged is listed.
The records are a file afterwards (var/kheo.db); kheo move brings them to PostgreSQL. FILE - reads standard input.`,
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
				return jsonDamaged(cmd, c, err)
			}
			tellDamaged(cmd, r)
			if c.json {
				return printJSON(cmd.OutOrStdout(), r)
			}
			verified := "the audit trail verified"
			if len(r.Damaged) > 0 {
				verified = plural(len(r.Damaged), "thing") + " damaged or missing"
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is restored: %s, %s, %s.\n\nNext:\n  kheo run -w %s     builds the search index again\n", args[1], dossiersOf(r), plural(len(r.Files), "file"), verified, args[1])
			return nil
		},
	}
	cmd.Flags().BoolVar(&keepGoing, "keep-going", false, "restore what is left of a damaged backup, and name what is missing")
	return cmd
}

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
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := operations.Move(cmd.Context(), w, args[0], blobs)
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

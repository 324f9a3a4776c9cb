package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/operations"
	"kheo/pipeline/workspace"
)

func forgetCmd(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget",
		Short: "Remove, for good, what is kept of a person or of a dossier",
		Long: `Remove, for good, what is kept of a person or of a dossier. That it was done, when and why, stands in the audit trail from then on.

  kheo forget person hoa --why "left the district; asked for it on 3 March"
  kheo forget dossier vuon-chu-a-bo-co-xxxxx --why "handed in by mistake: health records of households"

Of a person who signs in: password, sessions, drafts, saved searches, the address of mail; the name is shown no more. Of a dossier: its files,
all that was read of it, scores, and every list on which it is. The records are then rewritten and the search index is built again, so that no
trace is left in free space. What was voted, decided and closed stays as it was: a decision is never altered, so the audit trail and closed
lists keep the names in them. Backups made before still hold what was removed, and so may the log and the backups of PostgreSQL itself and
older versions of objects in a bucket: those are its operator's to remove.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	var why string
	person := &cobra.Command{
		Use:   "person SIGN-IN",
		Short: "Remove what is kept of a person who signs in",
		Args:  cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if err := given(why); err != nil {
				return err
			}
			if err := operations.ForgetPerson(cmd.Context(), w, args[0], why); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is forgotten; what %s did stays in the audit trail.\n", args[0], args[0])
			return nil
		}),
	}
	dossier := &cobra.Command{
		Use:   "dossier DOSSIER",
		Short: "Remove a dossier, and make the lists anew without it",
		Args:  cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if err := given(why); err != nil {
				return err
			}
			r, err := operations.ForgetDossier(cmd.Context(), w, args[0], why)
			if err != nil {
				return err
			}
			if _, err := pipeline.Run(cmd.Context(), w, pipeline.Options{Cause: "forget", Version: version().Version}); err != nil {
				return fmt.Errorf("it is forgotten, but the lists were not made anew: %w", err)
			}
			out := cmd.OutOrStdout()
			if c.json {
				return printJSON(out, r)
			}
			fmt.Fprintf(out, "%s is forgotten: %s, and the lists of %s on which it stood. The lists were made anew without it.\n", r.Dossier, plural(r.Files, "file"), plural(len(r.Lists), "run"))
			if r.Papers != "" {
				fmt.Fprintf(out, "Papers that were made before may still name it: remove those in %s, or make them again with kheo papers.\n", r.Papers)
			}
			if len(r.Closed) > 0 {
				fmt.Fprintf(out, "It stays on closed lists, which are never altered: %s.\n", strings.Join(r.Closed, ", "))
			}
			return nil
		}),
	}
	for _, sub := range []*cobra.Command{person, dossier} {
		sub.Flags().StringVar(&why, "why", "", "the `REASON`, which stands in the audit trail")
		cmd.AddCommand(sub)
	}
	return cmd
}

// given holds somebody to giving a reason.
func given(why string) error {
	if strings.TrimSpace(why) == "" {
		return usage{errors.New("say why: --why \"…\" stands in the audit trail")}
	}
	return nil
}

package maintenance

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/build"
	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline"
	"kheo/pipeline/operations"
	"kheo/pipeline/review/secretballots"
	"kheo/pipeline/workspace"
)

// Forget erases what is stored about a person or a dossier, also from free space in the records. The audit
// trail keeps that it was done, when and why, and so do decisions and closed lists, which never change. After
// erasing a dossier, a run publishes the lists without it.
func Forget(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget",
		Short: "Erase what is stored about a person or a dossier",
		Long: `Erase what is stored about a person or a dossier. The audit trail records that it was done, when and why.

  kheo forget person hoa --why "left the district; asked for it on 3 March"
  kheo forget dossier vuon-chu-a-bo-co-xxxxx --why "submitted by mistake: health records of households"

Of a person who signs in: password, sessions, drafts, saved searches and e-mail address; the name is not
shown any more. Of a dossier: its files, everything that was read from it, scores, and every list that
contains it. The records are then rewritten and the search index is rebuilt, so that no trace is left in
free space.

What was voted, decided and closed stays: a decision is never altered, so the audit trail and closed
lists keep the names in them. Backups made before still contain what was erased. So may the log and the
backups of PostgreSQL itself, and older versions of objects in a bucket; their operator must remove
those.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(forgetPerson(env), forgetDossier(env))
	return cmd
}

// forgetPerson erases what is stored about a person who signs in. The name itself stays in the audit trail,
// whose hashes cover it.
func forgetPerson(env *cli.Env) *cobra.Command {
	return forgetting(env, "person SIGN-IN", "Erase what is stored about a person who signs in",
		func(cmd *cobra.Command, w *workspace.Workspace, id, why string) error {
			if err := operations.ForgetPerson(cmd.Context(), w, id, why); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is forgotten; what %[1]s did stays in the audit trail.\n", id)
			return nil
		})
}

// forgetDossier erases a dossier, and publishes the lists without it by a run. If that run fails, the dossier is
// erased all the same, and the error says so.
//
// With --json it prints { "dossier", "files", "lists", "closed", "papers" }. Erasing and the run take the lock
// of the workspace one after the other, so another run may come between them; it publishes without the dossier
// just the same.
func forgetDossier(env *cli.Env) *cobra.Command {
	return forgetting(env, "dossier DOSSIER", "Erase a dossier, and publish the lists without it",
		func(cmd *cobra.Command, w *workspace.Workspace, id, why string) error {
			r, err := operations.ForgetDossier(cmd.Context(), w, id, why)
			// The boxes are also forgotten after an interruption.
			if err = errors.Join(err, secretballots.Forget(cmd.Context(), w, id)); err != nil {
				return err
			}
			run := pipeline.Options{Cause: "forget", Version: build.Release}
			if _, err := pipeline.Run(cmd.Context(), w, run); err != nil {
				return fmt.Errorf("it was erased, but the lists were not published without it: %w", err)
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), r)
			}
			printForgotten(cmd.OutOrStdout(), r)
			return nil
		})
}

// forgetting makes a command that erases one thing, by its id, for a reason that the audit trail keeps. Without a
// reason it is an error of use.
func forgetting(
	env *cli.Env, use, short string, erase func(cmd *cobra.Command, w *workspace.Workspace, id, why string) error,
) *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if strings.TrimSpace(why) == "" {
				return cli.Usagef("give a reason for the audit trail: --why \"…\"")
			}
			return erase(cmd, w, args[0], why)
		}),
	}
	cmd.Flags().StringVar(&why, "why", "", "the `REASON`, for the audit trail")
	return cmd
}

// printForgotten prints what was erased of a dossier, and what still names it. Papers and closed lists are
// outside of what may be erased: papers are files that people have sent or signed.
func printForgotten(out io.Writer, r *operations.ForgetReport) {
	fmt.Fprintf(out,
		"%s is forgotten: %s, and the lists of %s that contained it. The lists were published without it.\n",
		r.Dossier, cli.Plural(r.Files, "file"), cli.Plural(len(r.Lists), "run"))
	if r.Papers != "" {
		fmt.Fprintf(out, "Older papers may still name it: remove those in %s, or make them again with kheo papers.\n",
			r.Papers)
	}
	if len(r.Closed) > 0 {
		fmt.Fprintf(out, "It stays on closed lists, which never change: %s.\n", strings.Join(r.Closed, ", "))
	}
}

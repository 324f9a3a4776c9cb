package service

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/applicants"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Applicants lists the links by which people without an account hand in dossiers; its subcommands make and end them.
//
// With --json it prints { "links": [ … ] }, without addresses' tokens, and invite prints the link that was made.
func Applicants(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "applicants",
		Short: "Links by which people without an account hand in a dossier",
		Long: `List the links by which people without an account hand in one dossier each, and correct it until the link ends.

A link is sent by mail when ` + "`kheo serve`" + ` runs, and is in no list: the records hold the SHA-256 of its token alone.
See: kheo help committee`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			all, err := applicants.All(cmd.Context(), w)
			if err != nil {
				return err
			}
			if env.JSON {
				for _, l := range all {
					l.Hash = ""
				}
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"links": append([]*applicants.Link{}, all...)})
			}
			for _, l := range all {
				state := strings.ReplaceAll(string(l.State(w.Now())), "-", " ")
				fmt.Fprintf(cmd.OutOrStdout(), "%s  until %s  %-10s %s  %s\n", l.ID, last(w, l), state, l.Mail, l.Title)
			}
			return nil
		}),
	}
	cmd.AddCommand(applicantsInvite(env), applicantsWithdraw(env))
	return cmd
}

// last writes until when a link can be used, in the timezone of the campaign.
func last(w *workspace.Workspace, l *applicants.Link) string {
	return l.Last(w.Campaign().Location).Format("2006-01-02 15:04")
}

// applicantsInvite makes a link.
func applicantsInvite(env *cli.Env) *cobra.Command {
	var x applicants.Wish
	var until string
	cmd := &cobra.Command{
		Use:   "invite",
		Short: "Make a link for an address, and have it mailed",
		Args:  cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			day, err := time.ParseInLocation(time.DateOnly, until, w.Campaign().Location)
			if err != nil {
				return cli.Usagef("--until: %q is not a day; write it as 2024-11-30", until)
			}
			x.Until = day.AddDate(0, 0, 1)
			l, err := applicants.Invite(cmd.Context(), w, review.System, x)
			if err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), l)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: the link goes to %s, and can be used until %s; kheo serve sends it\n",
				l.ID, l.Mail, last(w, l))
			return nil
		}),
	}
	f := cmd.Flags()
	f.StringVar(&x.Mail, "mail", "", "the `ADDRESS` to which the link goes")
	f.StringVar(&until, "until", "", "the last `DAY` of the link, such as 2024-11-30")
	f.StringVar(&x.Kind, "kind", "", "the `KIND` of the dossier; without it the applicant chooses")
	f.StringVar(&x.Level, "level", "", "its `LEVEL`")
	f.StringVar(&x.Field, "field", "", "its `FIELD`")
	f.StringVar(&x.Unit, "unit", "", "the `UNIT` that it belongs to, if any")
	f.StringVar(&x.Language, "lang", "", "the `LANGUAGE` of the mail and the page (the campaign's first)")
	_ = cmd.MarkFlagRequired("mail") // they exist
	_ = cmd.MarkFlagRequired("until")
	return cmd
}

// applicantsWithdraw ends a link.
func applicantsWithdraw(env *cli.Env) *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use:   "withdraw LINK",
		Short: "End a link",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if err := applicants.Withdraw(cmd.Context(), w, review.System, args[0], why); err != nil {
				return fmt.Errorf("%s: %w; kheo applicants lists them", args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is not valid any more\n", args[0])
			return nil
		}),
	}
	cmd.Flags().StringVar(&why, "why", "", "the `REASON`, for the audit trail")
	_ = cmd.MarkFlagRequired("why") // it exists
	return cmd
}

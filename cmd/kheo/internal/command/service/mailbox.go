package service

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/mailbox"
	"kheo/pipeline/workspace"
)

// Mailbox looks into the mailbox of kheo.yaml, and shows what became of the letters in it.
//
// With --json, status prints { "looked", "letters": [ … ] } and fetch { "at", "error", "taken", "left" }.
func Mailbox(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mailbox",
		Short: "Dossiers that units send as letters: look into the mailbox, show what is left to people",
		Long: `Look into the mailbox of kheo.yaml (mailbox:), and show what became of the letters in it.

A letter of a unit with files becomes a dossier, and is answered with a receipt. Everything else is left to people; see
` + "`kheo help by-mail`" + `. ` + "`kheo serve`" + ` looks into the mailbox on schedule.`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(mailboxFetch(env), mailboxStatus(env))
	return cmd
}

// mailboxFetch looks into the mailbox now.
func mailboxFetch(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "fetch",
		Short: "Look into the mailbox now, and take what is sure",
		Long: `Look into the mailbox now. Letters that are surely dossiers of units go into the inbox, and letters that people
have given to units; the next run takes them in. Receipts are sent by ` + "`kheo serve`" + `.`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := mailbox.New(w, slog.New(slog.DiscardHandler)).Look(cmd.Context())
			if err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), r)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d taken, %d left to people\n", r.Taken, r.Left)
			return nil
		}),
	}
}

// mailboxStatus shows the last look and the letters.
func mailboxStatus(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show the last look into the mailbox, and what became of the letters",
		Args:  cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			last, list, err := mailbox.Status(cmd.Context(), w)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if env.JSON {
				return cli.PrintJSON(out, map[string]any{"looked": last, "letters": append([]*mailbox.Letter{},
					list...)})
			}
			at := w.Campaign().Location
			switch {
			case w.Campaign().Mailbox.Host == "":
				fmt.Fprintln(out, mailbox.ErrNoMailbox)
			case last.At.IsZero():
				fmt.Fprintln(out, "the mailbox was not looked into yet: `kheo serve` does, or `kheo mailbox fetch`")
			default:
				fmt.Fprintf(out, "looked into on %s: %d taken, %d left to people\n",
					last.At.In(at).Format(time.DateTime), last.Taken, last.Left)
			}
			if last.Error != "" {
				fmt.Fprintf(out, "failed: %s\n", last.Error)
			}
			var rows [][]string
			for _, l := range list {
				why := string(l.Reason)
				if l.Detail != "" {
					why += ": " + l.Detail
				}
				rows = append(rows, []string{l.Short(), l.Arrived.In(at).Format(time.DateTime), l.From, l.Subject,
					string(l.State), why, l.Dossier})
			}
			if len(rows) > 0 {
				fmt.Fprintln(out)
				cli.Table(out, []string{"letter", "arrived", "from", "subject", "state", "reason", "dossier"}, rows, -1)
			}
			return nil
		}),
	}
}

package service

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/webhooks"
	"kheo/pipeline/workspace"
)

// Webhooks lists the programs elsewhere that are told what happens, and what became of the messages to them; its
// subcommands make a secret, try a webhook, and have a message tried again.
//
// With --json it prints { "webhooks": [ { "id", "host", "events", "secret" } ], "deliveries": [ … ] }; secret is why
// the secret cannot be used, or "".
func Webhooks(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhooks",
		Short: "Programs that are told what happens: deliveries, secrets, tests",
		Long: `List the webhooks of kheo.yaml, and what became of the messages to them, the newest first.

A webhook is told by a signed message that a run is done, a list is closed, a dossier was returned or something was
decided. ` + "`kheo serve`" + ` sends the messages; see ` + "`kheo help api`" + `.`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			return listWebhooks(cmd, env, w)
		}),
	}
	cmd.AddCommand(webhookSecret(), webhookTest(env), webhookRetry(env))
	return cmd
}

// listWebhooks prints the webhooks and the messages to them.
func listWebhooks(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace) error {
	hooks, list, err := webhooks.Status(cmd.Context(), w)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if env.JSON {
		return cli.PrintJSON(out, map[string]any{"webhooks": append([]webhooks.Hook{}, hooks...),
			"deliveries": append([]*webhooks.Delivery{}, list...)})
	}
	if len(hooks) == 0 {
		fmt.Fprintln(out, "kheo.yaml names no webhooks: see `kheo help api`")
	}
	for _, h := range hooks {
		fmt.Fprintf(out, "%s at %s: %s\n", h.ID, h.Host, strings.Join(h.Events, ", "))
		if h.Mistake != "" {
			fmt.Fprintf(out, "  is told nothing: %s\n", h.Mistake)
		}
	}
	var rows [][]string
	at := w.Campaign().Location
	for _, d := range list {
		next := ""
		if d.State == webhooks.Waiting {
			next = d.Next.In(at).Format(time.DateTime)
		}
		rows = append(rows, []string{d.ID, d.Hook, d.Type, d.Since.In(at).Format(time.DateTime), string(d.State),
			strconv.Itoa(d.Tries), next, d.Error})
	}
	if len(rows) > 0 {
		fmt.Fprintln(out)
		cli.Table(out, []string{"message", "webhook", "type", "since", "state", "tries", "next", "error"}, rows, 5)
	}
	return nil
}

// webhookSecret prints a new secret to standard output.
func webhookSecret() *cobra.Command {
	return &cobra.Command{
		Use:   "secret",
		Short: "Print a new secret: keep it in the file that secret_file names, and give it to the receiver",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), webhooks.NewSecret())
			return err
		},
	}
}

// webhookTest sends a webhook a message of type "test" at once.
func webhookTest(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "test WEBHOOK",
		Short: "Send a message of type test to a webhook, from this machine and at once",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			status, err := webhooks.SendTest(cmd.Context(), w, args[0])
			if errors.Is(err, webhooks.ErrNone) {
				return fmt.Errorf("there is no webhook %q in kheo.yaml", args[0])
			}
			if err != nil {
				return fmt.Errorf("%s was not told: %w", args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s was told, and answered %d\n", args[0], status)
			return nil
		}),
	}
}

// webhookRetry has a message tried again by the process that keeps the schedule.
func webhookRetry(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "retry MESSAGE",
		Short: "Try a message again that waits or was given up",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if err := webhooks.Retry(cmd.Context(), w, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is tried again when `kheo serve` runs\n", args[0])
			return nil
		}),
	}
}

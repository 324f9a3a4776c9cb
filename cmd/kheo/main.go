// Command kheo reads dossiers about work that was carried out, applies configurable effectiveness criteria, and
// recommends whom to recognise; people decide.
//
// The commands are in the packages under internal/command, grouped by what they are for; each has a file of its own,
// with its flags and its output. What the commands do is in package pipeline and its subpackages. Every command exits
// with status 0 if it did what it was asked, 1 if that failed, and 2 if it was used wrongly. Results go to standard
// output; progress and messages go to standard error.
//
// A command line goes from main to root, which assembles the tree of commands for one [cli.Env], and from there to
// the RunE function of one command, which gets its workspace from the Env, opened and closed around it. The same
// binary is also the confined process that reads a document: extract.RunIfChild, the first call of main, does not
// return in it. Names of commands, flags, exit statuses and fields of JSON are a contract with users' scripts, so
// they are added to, and not changed.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/cmd/kheo/internal/command/dossiers"
	"kheo/cmd/kheo/internal/command/lists"
	"kheo/cmd/kheo/internal/command/maintenance"
	"kheo/cmd/kheo/internal/command/manual"
	"kheo/cmd/kheo/internal/command/people"
	"kheo/cmd/kheo/internal/command/register"
	"kheo/cmd/kheo/internal/command/rulesets"
	"kheo/cmd/kheo/internal/command/runs"
	"kheo/cmd/kheo/internal/command/service"
	"kheo/cmd/kheo/internal/command/setup"
	"kheo/cmd/kheo/internal/logs"
	"kheo/internal/strict"
	"kheo/pipeline/extract"
)

// main runs the command line, unless this process is a reader: kheo starts itself to read documents in confined
// processes.
func main() {
	extract.RunIfChild() // a reader process never returns from here
	os.Exit(run())
}

// run executes the command line of the process and returns its exit status.
//
// SIGINT and SIGTERM cancel the context of the command. A run that is interrupted this way keeps what it has done,
// and the next one continues from there; a second signal is not handled differently.
func run() int {
	logs.FromLibraries(logs.Text(cli.Stderr, slog.LevelWarn))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := root()
	cmd.SetOut(cli.Stdout)
	cmd.SetErr(cli.Stderr)
	return cli.ExitStatus(cmd.ExecuteContext(ctx))
}

// root returns a new tree of all commands. Each call returns its own, because cobra keeps the state of a command
// line in it; tests use several.
//
// cobra's own error messages and usage texts are switched off: run prints errors, and wrapArgs and the flag error
// function mark those of the command line as wrong use.
func root() *cobra.Command {
	var env cli.Env
	cmd := &cobra.Command{
		Use:   "kheo",
		Short: "From dossiers to recommended recognition lists, every point explained",
		Long: `kheo reads dossiers, applies your criteria and recommends whom to recognise.
People decide: every point is backed by a page and a quote.

Start with:  kheo demo DIR   (a whole sample campaign)   or   kheo init DIR   (your own)
The manual:  kheo help`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	env.AddFlags(cmd)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return cli.Usagef("%w\nSee: %s --help", err, cmd.CommandPath())
	})
	cmd.CompletionOptions.HiddenDefaultCmd = true
	cmd.AddCommand(
		setup.Init(&env), setup.Demo(&env),
		dossiers.Submit(&env), dossiers.Precheck(&env), dossiers.Read(&env), dossiers.Show(&env), dossiers.Copies(&env),
		dossiers.Facts(&env), dossiers.Evidence(&env), dossiers.Search(&env), dossiers.Searches(&env),
		runs.Run(&env), runs.Runs(&env), runs.Look(&env), runs.Schedule(&env), service.Serve(&env),
		service.Webhooks(&env),
		service.Mailbox(&env), service.Remind(&env), service.Applicants(&env),
		lists.Command(&env), lists.Papers(&env), lists.Handover(&env), lists.Objections(&env), lists.Ballots(&env),
		rulesets.Command(&env), register.Command(&env),
		people.User(&env), people.Score(&env),
		maintenance.Check(&env), maintenance.Doctor(&env), maintenance.Audit(&env), maintenance.Backup(&env),
		maintenance.Restore(&env), maintenance.Move(&env), maintenance.Forget(&env),
		manual.Version(&env), manual.Man(&env),
	)
	cmd.SetHelpCommand(manual.Help(&env))
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
	cmd.Args = noSuchCommand
	return cmd
}

// noSuchCommand is the Args function of the root command, which gets arguments only if they name no command.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := []string{}
	for _, s := range cmd.Commands() {
		names = append(names, s.Name())
	}
	hint := "See: kheo --help"
	if near := strict.Nearest(args[0], names); near != "" {
		hint = fmt.Sprintf("Did you mean `kheo %s`?", near)
	}
	return cli.Usagef("there is no command %q. %s", args[0], hint)
}

// wrapArgs makes a wrong number of arguments, to a command or one of its subcommands, an error of use.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				path := strings.TrimSuffix(cmd.CommandPath(), cmd.Name())
				return cli.Usagef("%w\nUse it like this: %s%s", err, path, cmd.Use)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

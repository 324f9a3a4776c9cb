// Command kheo reads dossiers about work that was carried out, applies configurable effectiveness criteria, and
// recommends whom to recognise; people decide.
//
// Each command has a file of its own, with its flags and its output. What the commands do is in package pipeline
// and its subpackages. Every command exits with status 0 if it did what it was asked, 1 if that failed, and 2 if it
// was used wrongly. Results go to standard output; progress and messages go to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/logs"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
)

func main() {
	extract.RunIfChild() // a reader process never returns from here
	logs.FromLibraries(logs.Text(stderr, slog.LevelWarn))
	os.Exit(run())
}

// run executes the command line of the process and returns its exit status: 0 done, 1 failed, 2 wrong use.
//
// SIGINT and SIGTERM cancel the context of the command. A run that is interrupted this way keeps what it has done,
// and the next one continues from there; a second signal is not handled differently.
//
// Mistakes in YAML files are printed all, with a count; an error that was already reported is not printed again.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := root()
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var problems strict.Problems
	var use usage
	switch {
	case errors.As(err, &problems):
		fmt.Fprintf(stderr, "%v\n%s\n", problems, plural(len(problems), "mistake"))
		return 1
	case errors.As(err, &use):
		fmt.Fprintf(stderr, "kheo: %v\n", err)
		return 2
	case errors.Is(err, errReported):
		return 1
	}
	fmt.Fprintf(stderr, "kheo: %v\n", err)
	return 1
}

// usage marks an error of the command line, for which the exit status is 2.
type usage struct{ error }

// errReported fails a command that has already reported what went wrong. It is never printed.
var errReported = errors.New("reported")

// common holds the flags that every command has, and those that several commands share. There is one per command
// line, which cobra fills in before a command runs.
type common struct {
	dir  string // the workspace
	json bool   // print one JSON document instead of text
	lang string // of texts; "" is the campaign's first language

	newStore bool // start empty records if they are missing
}

// newStoreHelp explains --new-store, the flag of the commands that may start empty records.
const newStoreHelp = "start empty records although the workspace had some; what they held is then missing"

// inWorkspace opens the workspace, calls do with it, and closes it. With --json it prints mistakes in kheo.yaml
// and the rulesets as JSON.
func (c *common) inWorkspace(cmd *cobra.Command, do func(*workspace.Workspace) error) error {
	w, err := workspace.OpenAs(cmd.Context(), c.dir, workspace.Opening{NewStore: c.newStore})
	if err != nil {
		return jsonProblems(cmd, c, err)
	}
	defer w.Close()
	return do(w)
}

// with returns the RunE function of a command that needs the workspace.
func (c *common) with(
	do func(cmd *cobra.Command, w *workspace.Workspace, args []string) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return c.inWorkspace(cmd, func(w *workspace.Workspace) error { return do(cmd, w, args) })
	}
}

// withoutRules is like with, for commands that need no ruleset: they also work while rulesets have mistakes.
func (c *common) withoutRules(
	do func(cmd *cobra.Command, w *workspace.Workspace, args []string) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		w, err := workspace.OpenUnruled(cmd.Context(), c.dir, workspace.Opening{})
		if err != nil {
			return jsonProblems(cmd, c, err)
		}
		defer w.Close()
		return do(cmd, w, args)
	}
}

// root returns a new tree of all commands. Each call returns its own, because cobra keeps the state of a command
// line in it; tests use several.
//
// cobra's own error messages and usage texts are switched off: run prints errors, and wrapArgs and the flag error
// function mark those of the command line as wrong use.
func root() *cobra.Command {
	var c common
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
	cmd.PersistentFlags().StringVarP(&c.dir, "workspace", "w", ".", "the workspace `DIR`")
	cmd.PersistentFlags().BoolVar(&c.json, "json", false, "print one JSON document")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage{fmt.Errorf("%w\nSee: %s --help", err, cmd.CommandPath())}
	})
	cmd.CompletionOptions.HiddenDefaultCmd = true
	cmd.AddCommand(initCmd(&c), demoCmd(&c), checkCmd(&c), runCmd(&c), serveCmd(&c), submitCmd(&c), searchCmd(&c),
		searchesCmd(&c), showCmd(&c), readCmd(&c), listsCmd(&c), papersCmd(&c), registerCmd(&c), copiesCmd(&c),
		scoreCmd(&c), runsCmd(&c), userCmd(&c), auditCmd(&c), manCmd(&c), backupCmd(&c), scheduleCmd(&c),
		restoreCmd(&c), moveCmd(&c), forgetCmd(&c), rulesCmd(&c), doctorCmd(&c), versionCmd(&c))
	cmd.SetHelpCommand(helpCmd(&c))
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
	return usage{fmt.Errorf("there is no command %q. %s", args[0], hint)}
}

// wrapArgs makes a wrong number of arguments, to a command or one of its subcommands, an error of use.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				path := strings.TrimSuffix(cmd.CommandPath(), cmd.Name())
				return usage{fmt.Errorf("%w\nUse it like this: %s%s", err, path, cmd.Use)}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

// langFlag adds --lang to a command, and refuses a language that kheo does not know before the command runs.
func langFlag(cmd *cobra.Command, c *common) *cobra.Command {
	cmd.Flags().StringVar(&c.lang, "lang", "",
		"texts in this language: "+strings.Join(language.Codes(), ", ")+" (default: the campaign's first)")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if c.lang != "" && language.Get(c.lang) == nil {
			return usage{
				fmt.Errorf(
					"there are no texts in %q; languages are: %s",
					c.lang,
					strings.Join(language.Codes(), ", "),
				),
			}
		}
		return run(cmd, args)
	}
	return cmd
}

// jsonProblems prints the mistakes of YAML files as JSON if --json asks for that, and then returns errReported.
// Any other error is returned as it is.
func jsonProblems(cmd *cobra.Command, c *common, err error) error {
	var ps strict.Problems
	if !c.json || !errors.As(err, &ps) {
		return err
	}
	if err := printJSON(cmd.OutOrStdout(), map[string]any{"ok": false, "problems": ps}); err != nil {
		return err
	}
	return errReported
}

// Command kheo takes dossiers about carried-out models in, reads them, indexes
// them, applies configurable criteria of effectiveness, and produces
// recommended recognition lists for people to review.
//
// It has one small file per command; what they do is in package pipeline.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"kheo/internal/strict"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
)

func main() {
	extract.RunIfChild()
	log.SetOutput(io.Discard) // libraries write to it what kheo tells in its own words
	os.Exit(run())
}

// run runs one command line and returns the exit status: 0 done, 1 failed, 2
// wrong use.
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
	case errors.Is(err, errSaid):
		return 1
	}
	fmt.Fprintf(stderr, "kheo: %v\n", err)
	return 1
}

// usage is an error of the command line: exit status 2.
type usage struct{ error }

// errSaid fails a command that has already said why.
var errSaid = errors.New("said")

// flags that every command has.
type common struct {
	dir  string
	json bool
	lang string

	newStore bool // of the commands that may begin empty records
}

// newStoreHelp explains the flag of the commands that may begin empty records.
const newStoreHelp = "begin empty records although the workspace had some: all that was received and decided is then missing"

// with makes what a command does of what it does with an open workspace.
func (c *common) with(do func(cmd *cobra.Command, w *workspace.Workspace, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		w, err := workspace.OpenAs(cmd.Context(), c.dir, workspace.Opening{NewStore: c.newStore})
		if err != nil {
			return jsonProblems(cmd, c, err)
		}
		defer w.Close()
		return do(cmd, w, args)
	}
}

// withoutRules is with for commands that need no ruleset: they work also while one has mistakes.
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

func root() *cobra.Command {
	var c common
	cmd := &cobra.Command{
		Use:           "kheo",
		Short:         "From dossiers to recommended recognition lists, every point explained",
		Long:          "kheo takes dossiers in, reads them, indexes them, applies your criteria and recommends.\nPeople decide: every point it gives is cited to a page and a quote.\n\nStart with:  kheo demo DIR   (a whole sample campaign)   or   kheo init DIR   (your own)",
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
	cmd.AddCommand(initCmd(&c), demoCmd(&c), checkCmd(&c), runCmd(&c), serveCmd(&c), submitCmd(&c), searchCmd(&c), searchesCmd(&c), showCmd(&c), readCmd(&c), listsCmd(&c), papersCmd(&c), registerCmd(&c), copiesCmd(&c), scoreCmd(&c), runsCmd(&c), userCmd(&c), auditCmd(&c), manCmd(&c), backupCmd(&c), scheduleCmd(&c), restoreCmd(&c), moveCmd(&c), forgetCmd(&c), rulesCmd(&c), doctorCmd(&c), versionCmd(&c))
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
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
		return nil
	}
	return cmd
}

// wrapArgs makes a wrong number of arguments an error of use.
func wrapArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage{fmt.Errorf("%w\nUse it like this: kheo %s", err, cmd.Use)}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
}

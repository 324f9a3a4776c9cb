// Package cli is what all commands of kheo share: the flags that they have in common, opening the workspace, the exit
// status, and printing for people (tables, progress, marked words) and for programs (JSON).
//
// A command is a cobra command that a function of a package under cmd/kheo/internal/command returns for an Env. It
// prints its results to the command's standard output, and progress and messages to Stderr.
package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/pipeline/campaign"
	"kheo/pipeline/workspace"
)

// Env is the environment of a command: the flags that every command has, and those that several commands share.
// There is one per command line. Commands are built with a pointer to it, and cobra fills it in before one of them
// runs; so it is valid inside of RunE, and not while a command is built.
type Env struct {
	Dir  string // the workspace, relative to the current folder or absolute
	JSON bool   // print one JSON document instead of text
	Lang string // of texts, as --lang names it; "" is the campaign's first language

	NewStore bool // start empty records if they are missing; only commands with --new-store set it
}

// AddFlags adds the flags that every command has to the root command.
func (env *Env) AddFlags(root *cobra.Command) {
	root.PersistentFlags().StringVarP(&env.Dir, "workspace", "w", ".", "the workspace `DIR`")
	root.PersistentFlags().BoolVar(&env.JSON, "json", false, "print one JSON document")
}

// AddNewStore adds --new-store to a command that may start empty records.
func (env *Env) AddNewStore(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&env.NewStore, "new-store", false,
		"start empty records although the workspace had some; what they held is then missing")
}

// InWorkspace opens the workspace, calls do with it, and closes it. With --json it prints mistakes in kheo.yaml
// and the rulesets as JSON.
func (env *Env) InWorkspace(cmd *cobra.Command, do func(*workspace.Workspace) error) error {
	w, err := workspace.OpenAs(cmd.Context(), env.Dir, workspace.Opening{NewStore: env.NewStore})
	if err != nil {
		return env.Problems(cmd, err)
	}
	defer w.Close()
	return do(w)
}

// With returns the RunE function of a command that needs the workspace.
func (env *Env) With(
	do func(cmd *cobra.Command, w *workspace.Workspace, args []string) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return env.InWorkspace(cmd, func(w *workspace.Workspace) error { return do(cmd, w, args) })
	}
}

// WithoutRules is like With, for commands that need no ruleset: they also work while rulesets have mistakes.
func (env *Env) WithoutRules(
	do func(cmd *cobra.Command, w *workspace.Workspace, args []string) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		w, err := workspace.OpenUnruled(cmd.Context(), env.Dir, workspace.Opening{})
		if err != nil {
			return env.Problems(cmd, err)
		}
		defer w.Close()
		return do(cmd, w, args)
	}
}

// WithLang adds --lang to a command, and refuses a language that kheo does not know before the command runs. It
// returns the command.
func (env *Env) WithLang(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&env.Lang, "lang", "",
		"texts in this language: "+strings.Join(language.Codes(), ", ")+" (default: the campaign's first)")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if env.Lang != "" && language.Get(env.Lang) == nil {
			return Usagef(
				"there are no texts in %q; languages are: %s",
				env.Lang,
				strings.Join(language.Codes(), ", "),
			)
		}
		return run(cmd, args)
	}
	return cmd
}

// Problems prints the mistakes of YAML files as JSON if --json asks for that, and then returns ErrReported.
// Any other error is returned as it is.
func (env *Env) Problems(cmd *cobra.Command, err error) error {
	var ps strict.Problems
	if !env.JSON || !errors.As(err, &ps) {
		return err
	}
	if err := PrintJSON(cmd.OutOrStdout(), map[string]any{"ok": false, "problems": ps}); err != nil {
		return err
	}
	return ErrReported
}

// Languages returns the languages to show texts in, in order of preference: the one that --lang names, then those
// of the campaign.
func (env *Env) Languages(ws *workspace.Workspace) []string {
	if env.Lang != "" {
		return append([]string{env.Lang}, ws.Campaign().Env.Languages...)
	}
	return ws.Campaign().Env.Languages
}

// TextLanguage returns the language for texts about rules: the one that --lang names, or the campaign's first.
func (env *Env) TextLanguage(camp *campaign.Campaign) string {
	if env.Lang != "" {
		return env.Lang
	}
	return camp.Env.Languages[0]
}

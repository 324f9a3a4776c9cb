package rulesets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// versionsCmd shows the rulesets that published lists were made by, or the text of one as it was then. A ruleset
// is identified by the hash of its files, including those that it extends; the version that its author gave it is
// only a label.
//
// With --json it prints { "rulesets": [ … ] }, or { "files": { name: text } } for one of them. A prefix of a
// hash has at least four digits, as many as a run's name needs; one that fits several rulesets is refused like
// an unknown one.
func versionsCmd(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "versions [SHA256]",
		Short: "Show the rulesets that published lists were made by, or the frozen text of one",
		Long: `Show the rulesets that published lists were made by. Each is frozen under its hash when the first list
made by it is published, and lists name the hash. With a hash, or its beginning: the text as it was then.`,
		Args: cobra.MaximumNArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) == 1 {
				files, err := w.Store.Rulesets.Text(cmd.Context(), strings.ToLower(args[0]))
				if err != nil {
					return err
				}
				if files == nil || len(args[0]) < 4 {
					return fmt.Errorf(
						"the hash of no used ruleset, or of several, begins with %q; `kheo rules versions` lists them",
						args[0],
					)
				}
				if env.JSON {
					return cli.PrintJSON(out, map[string]any{"files": files})
				}
				for _, name := range slices.Sorted(maps.Keys(files)) {
					if len(files) > 1 {
						fmt.Fprintf(out, "# %s\n", name)
					}
					fmt.Fprint(out, files[name])
				}
				return nil
			}
			used, err := w.Store.Rulesets.Used(cmd.Context())
			if err != nil {
				return err
			}
			if env.JSON {
				if used == nil {
					used = []store.UsedRuleset{}
				}
				return cli.PrintJSON(out, map[string]any{"rulesets": used})
			}
			if len(used) == 0 {
				fmt.Fprintln(out, "No list has been published yet.")
				return nil
			}
			var rows [][]string
			for _, u := range used {
				now := ""
				for _, rs := range w.Campaign().Rulesets {
					if rs.SHA256 == u.SHA256 {
						now = "in use"
					}
				}
				rows = append(rows, []string{u.Ruleset, u.Version, u.SHA256[:16], u.Run, u.UsedAt, now})
			}
			cli.Table(out, []string{"ruleset", "version", "sha256", "first list", "frozen", ""}, rows)
			return nil
		}),
	}
}

// schemaCmd prints the JSON Schema of rulesets, which needs no workspace.
func schemaCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of rulesets, for editors that complete and check as you type",
		Long: "Print the JSON Schema of rulesets, for editors that complete and check as you type:\n\n" +
			"  kheo rules schema > rules/ruleset.schema.json\n\nand as the first line of a ruleset\n\n" +
			"  # yaml-language-server: $schema=ruleset.schema.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := cmd.OutOrStdout().Write(rules.Schema())
			return err
		},
	}
}

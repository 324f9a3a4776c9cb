package rulesets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/campaign"
)

// explainCmd prints rulesets as prose in one of the languages of texts, so that people who decide on rules need
// not read YAML. The prose is derived from the loaded ruleset, so it cannot differ from what is applied.
//
// With --json it prints { "language", "rulesets": [ text ] }. An unknown name fails the command before anything
// is printed.
func explainCmd(env *cli.Env) *cobra.Command {
	var searches bool
	cmd := &cobra.Command{
		Use:   "explain [RULESET…]",
		Short: "Print the rulesets as prose, to be read aloud",
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, err := campaign.Load(env.Dir)
			if err != nil {
				return env.Problems(cmd, err)
			}
			lang := env.TextLanguage(camp)
			var ids, told []string
			for _, rs := range camp.Rulesets {
				ids = append(ids, rs.ID)
				if len(args) == 0 || slices.Contains(args, rs.ID) {
					told = append(told, rs.Explain(lang, searches))
				}
			}
			for _, a := range args {
				if !slices.Contains(ids, a) {
					return fmt.Errorf("there is no ruleset %q; the campaign has: %s", a, strings.Join(ids, ", "))
				}
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"language": lang, "rulesets": told})
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.Join(told, "\n"+strings.Repeat("─", 60)+"\n\n"))
			return nil
		},
	}
	cmd.Flags().BoolVar(
		&searches,
		"searches",
		false,
		"also print what to type into kheo search to find what evidence looks for",
	)
	return env.WithLang(cmd)
}

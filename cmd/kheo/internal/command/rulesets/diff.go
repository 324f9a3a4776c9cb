package rulesets

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/strict"
	"kheo/pipeline/campaign"
	"kheo/pipeline/difference"
)

// diffCmd says in words how two rulesets differ. It opens no records.
//
// With --json it prints { "old", "new", "changes": [ { "kind", "path", "line", "text" } ] }; text has every language.
func diffCmd(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Say in words how two versions of a ruleset differ",
		Long: `Say in words how two versions of a ruleset differ: which maximum, step, word, condition or example changed.
Layout and comments make no difference. Each of OLD and NEW is a file, or the name of a ruleset of the campaign.

  kheo rules diff model-district changed.yaml
  kheo rules diff old.yaml new.yaml --lang vi

The text of a ruleset as a published list used it is printed by  kheo rules versions SHA256.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, loading := campaign.Load(env.Dir)
			lang := env.Lang
			if loading == nil {
				lang = env.TextLanguage(camp)
			}
			var text [2][]byte
			for i, name := range args {
				var err error
				if text[i], err = rulesetText(camp, name, loading); err != nil {
					return env.Problems(cmd, err)
				}
			}
			changes, err := difference.Of(args[1], text[0], text[1])
			if err != nil {
				return env.Problems(cmd, err)
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"old": args[0], "new": args[1],
					"changes": notNil(changes)})
			}
			if string(text[0]) == string(text[1]) {
				fmt.Fprintln(cmd.OutOrStdout(), "The two are the same.")
				return nil
			}
			printChanges(cmd.OutOrStdout(), lang, changes)
			return nil
		},
	}
	return env.WithLang(cmd)
}

// rulesetText returns the text of a ruleset of the campaign, or of a file. camp is nil, and why says why, if there
// is no campaign; files are compared without one.
func rulesetText(camp *campaign.Campaign, name string, why error) ([]byte, error) {
	if camp != nil {
		for _, rs := range camp.Rulesets {
			if rs.ID == name {
				return camp.ReadRules(rs.File)
			}
		}
	}
	if _, err := os.Stat(name); err != nil {
		if camp == nil && filepath.Ext(name) == "" && why != nil {
			return nil, why
		}
		if camp == nil {
			return nil, fmt.Errorf("%s does not exist", name)
		}
		_, err := oneRuleset(camp, []string{name})
		return nil, fmt.Errorf("there is no file %s, and %w", name, err)
	}
	return readUpTo(name, strict.MaxBytes+1)
}

package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/campaign"
)

// textLanguage is the language to tell rules in: the one asked for, or the
// campaign's first.
func textLanguage(c *common, camp *campaign.Campaign) string {
	if c.lang != "" {
		return c.lang
	}
	return camp.Env.Languages[0]
}

func rulesCmd(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "Work on rulesets", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "try FILE",
		Short: "Assess with a changed ruleset without recording it: what would move",
		Long:  "Assess with a changed ruleset without recording it: what would move.\nFILE is a copy of one of the campaign's rulesets, under the same `ruleset:` name.",
		Args:  cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *pipeline.Workspace, args []string) error {
			now, then, changes, err := w.Try(cmd.Context(), args[0])
			if err != nil {
				if os.IsNotExist(err) {
					err = fmt.Errorf("%s does not exist", args[0])
				}
				return jsonProblems(cmd, c, err)
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"ruleset": now.Ruleset, "now": now.Counts, "then": then.Counts, "changes": changes})
			}
			out := cmd.OutOrStdout()
			k, t := now.Counts, then.Counts
			rows := [][]string{
				countsRow("now", k.Registered, k.Recommended, k.NeedsReview, k.NotRecommended, k.Ineligible, k.Quarantined),
				countsRow("with the change", t.Registered, t.Recommended, t.NeedsReview, t.NotRecommended, t.Ineligible, t.Quarantined),
			}
			countsTable(out, rows)
			fmt.Fprint(out, "\n")
			printChanges(out, changes)
			fmt.Fprintf(out, "\nNothing was recorded. To make it count, put the file in the place of the ruleset in rules/ and run `kheo run`.\n")
			return nil
		}),
	}, explainCmd(c), testRulesCmd(c), backtestCmd(c), versionsCmd(c), schemaCmd())
	return cmd
}

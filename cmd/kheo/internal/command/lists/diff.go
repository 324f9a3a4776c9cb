package lists

import (
	"fmt"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// listDiff is what changed on one list between two runs, as `kheo lists diff --json` shows it.
type listDiff struct {
	Ruleset string           `json:"ruleset"`
	Rules   bool             `json:"rules_changed"`
	Changes []publish.Change `json:"changes"`
}

// listsDiffCmd compares the lists of two runs. The lists of the newest run are compared with the outcomes that
// people have set since.
//
// With --json it prints { "from", "to", "lists": [ { "ruleset", "rules_changed", "changes" } ] }.
func listsDiffCmd(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show what changed between two runs, and why",
		Long: `Show what changed between two runs, and why. A run is named by its number in the ledger (see kheo runs),
by its name, or as "latest".`,
		Args: cobra.ExactArgs(2),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			var lists [2]map[string]*publish.File
			var runs [2]*store.Run
			for i := range lists {
				var err error
				if runs[i], err = editions.FindRun(cmd.Context(), w, args[i]); err != nil {
					return err
				}
				if lists[i], err = listsOf(cmd, w, runs[i]); err != nil {
					return err
				}
			}
			diffs := diffLists(lists[0], lists[1])
			out := cmd.OutOrStdout()
			if env.JSON {
				return cli.PrintJSON(out, map[string]any{"from": runs[0].Run, "to": runs[1].Run, "lists": diffs})
			}
			for _, d := range diffs {
				fmt.Fprintf(out, "%s: ", d.Ruleset)
				if d.Rules {
					fmt.Fprint(out, "the rules changed; ")
				}
				cli.PrintChanges(out, d.Changes)
			}
			return nil
		}),
	}
}

// diffLists compares two sets of lists, ruleset by ruleset. A list that only one of them has is compared with
// an empty one of the same ruleset. Rulesets only in before come in their sorted order first, then those only
// in after. The hash of the other list is taken for a missing one, so a new list does not count as a change of
// rules.
func diffLists(before, after map[string]*publish.File) []listDiff {
	var diffs []listDiff
	names := rulesetsOf(before)
	for _, n := range rulesetsOf(after) {
		if before[n] == nil {
			names = append(names, n)
		}
	}
	for _, n := range names {
		from, to := before[n], after[n]
		if from == nil {
			from = &publish.File{Ruleset: n, RulesetSHA256: to.RulesetSHA256}
		}
		if to == nil {
			to = &publish.File{Ruleset: n, RulesetSHA256: from.RulesetSHA256}
		}
		diffs = append(diffs, listDiff{n, from.RulesetSHA256 != to.RulesetSHA256, publish.Diff(from, to)})
	}
	return diffs
}

package lists

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/publish"
	"kheo/pipeline/workspace"
)

// spreadOfList is how the outcomes of one list are spread, as `kheo lists fairness --json` shows it.
type spreadOfList struct {
	Ruleset string           `json:"ruleset"`
	Spread  []publish.Spread `json:"spread"`
}

// fairnessCmd shows how outcomes are spread over groups of dossiers. A group is marked by the four-fifths rule for
// adverse impact (Uniform Guidelines on Employee Selection Procedures, 1978): its rate of recommendations is below
// 0.8 of that of all other dossiers, or the other way round. The criterion that makes the difference is the one
// whose mean points differ most.
//
// With --json it prints { "run", "lists": [ { "ruleset", "spread" } ] }; rates are from 0 to 1.
func fairnessCmd(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "fairness [RULESET…]",
		Short: "Show how outcomes are spread over units, fields and levels, and which criterion makes the difference",
		Long: `Show how outcomes are spread over units, fields and levels, and which criterion makes the difference. A
group is marked ! if its share of recommended dossiers is below four fifths of that of all others, or
the other way round, and each side has at least five dossiers (the four-fifths rule for adverse impact).
That is a reason to look, not a finding.`,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			run, files, err := currentLists(cmd, w)
			if err != nil {
				return err
			}
			names := args
			if len(names) == 0 {
				names = rulesetsOf(files)
			}
			all := []spreadOfList{}
			for _, n := range names {
				if files[n] == nil {
					return unknownList(n, files)
				}
				all = append(all, spreadOfList{n, files[n].Fairness()})
			}
			out := cmd.OutOrStdout()
			if env.JSON {
				return cli.PrintJSON(out, map[string]any{"run": run.Run, "lists": all})
			}
			for i, l := range all {
				if i > 0 {
					fmt.Fprintln(out)
				}
				fmt.Fprintf(out, "%s: %s\n", l.Ruleset, files[l.Ruleset].Title)
				for _, s := range l.Spread {
					printSpread(out, s)
				}
			}
			return nil
		}),
	}
}

// printSpread prints the groups of one kind, such as the units; a single group has nothing to compare with.
// Groups without a name, such as dossiers without a field, are compared like any other.
func printSpread(out io.Writer, s publish.Spread) {
	if len(s.Groups) < 2 {
		return
	}
	percent := func(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }
	var rows [][]string
	for _, g := range s.Groups {
		mark, why := "", ""
		if g.Apart {
			mark = "!"
		}
		if g.Criterion != "" {
			why = fmt.Sprintf("%s %+.1f", g.Criterion, g.Difference)
		}
		rows = append(rows, []string{mark, cli.OrNone(g.Name), fmt.Sprint(g.Registered), fmt.Sprint(g.Recommended),
			percent(
				g.Rate,
			), percent(g.RestRate), fmt.Sprintf("%.1f", g.Points), fmt.Sprintf("%.1f", g.RestPoints), why})
	}
	fmt.Fprintln(out)
	head := []string{"", s.By, "registered", "recommended", "rate", "rest", "points", "rest", "makes the difference"}
	cli.Table(out, head, rows, 2, 3, 4, 5, 6, 7)
}

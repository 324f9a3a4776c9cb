package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/workspace"
)

// fairnessCmd tells how outcomes are spread.
func fairnessCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "fairness [RULESET…]",
		Short: "Show how outcomes are spread per unit, field and level, and which criterion makes the difference",
		Long:  "Show how outcomes are spread per unit, field and level, and which criterion makes the difference.\nA group is marked ! where its share of recommended is under four fifths of that of all others, or the other way round,\nand each side has five dossiers or more. That is a reason to look, not a finding.",
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			run, err := editions.FindRun(cmd.Context(), w, "")
			if err != nil {
				return err
			}
			files, err := editions.ListsNow(cmd.Context(), w, run.Run)
			if err != nil {
				return err
			}
			names := args
			if len(names) == 0 {
				names = rulesetsOf(files)
			}
			type spread struct {
				Ruleset string           `json:"ruleset"`
				Spread  []publish.Spread `json:"spread"`
			}
			all := []spread{}
			for _, n := range names {
				if files[n] == nil {
					return unknownList(n, files)
				}
				all = append(all, spread{n, files[n].Fairness()})
			}
			out := cmd.OutOrStdout()
			if c.json {
				return printJSON(out, map[string]any{"run": run.Run, "lists": all})
			}
			for i, l := range all {
				if i > 0 {
					fmt.Fprintln(out)
				}
				fmt.Fprintf(out, "%s: %s\n", l.Ruleset, files[l.Ruleset].Title)
				for _, s := range l.Spread {
					if len(s.Groups) < 2 {
						continue
					}
					var rows [][]string
					for _, g := range s.Groups {
						mark, why := "", ""
						if g.Apart {
							mark = "!"
						}
						if g.Criterion != "" {
							why = fmt.Sprintf("%s %+.1f", g.Criterion, g.Difference)
						}
						rows = append(rows, []string{mark, orNone(g.Name), fmt.Sprint(g.Registered), fmt.Sprint(g.Recommended), fmt.Sprintf("%.0f%%", 100*g.Rate), fmt.Sprintf("%.0f%%", 100*g.RestRate), fmt.Sprintf("%.1f", g.Points), fmt.Sprintf("%.1f", g.RestPoints), why})
					}
					fmt.Fprintln(out)
					table(out, []string{"", s.By, "registered", "recommended", "rate", "rest", "points", "rest", "makes the difference"}, rows, 2, 3, 4, 5, 6, 7)
				}
			}
			return nil
		}),
	}
}

package rulesets

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/trial"
	"kheo/pipeline/workspace"
)

// backtestCmd compares the recommendations of a past campaign, under its own or another ruleset, with what people
// decided. Lines of the file that fit no dossier, or several, are reported on standard error and left out of the
// comparison; at most ten of them are named.
//
// With --json it prints { "lists": [ … ], "unknown": N }. The workspace of the past campaign is not changed.
func backtestCmd(env *cli.Env) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "backtest DECISIONS.csv",
		Short: "Compare recommendations with the decisions of a past campaign",
		Long: `Compare recommendations with the decisions of a past campaign: agreement, Cohen's kappa, who was missed,
where rules and people differ most. -w names the past campaign's workspace. DECISIONS.csv has two columns:

  dossier,decision
  camera-an-ninh-thon-phu-hung-k3v9x,recognised
  Đường hoa thôn Bàu Tròn,not-recognised

A dossier is named by its id, its title, or as it was submitted. Decisions are recognised, not-recognised,
deferred, returned.`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			decisions, err := trial.ReadDecisions(args[0])
			if os.IsNotExist(err) {
				err = fmt.Errorf("%s does not exist", args[0])
			}
			if err != nil {
				return env.Problems(cmd, err)
			}
			all, unknown, err := trial.Compare(cmd.Context(), w, decisions, file)
			if os.IsNotExist(err) {
				err = fmt.Errorf("%s does not exist", file)
			}
			if err != nil {
				return env.Problems(cmd, err)
			}
			for i, d := range unknown {
				if i == 10 {
					fmt.Fprintf(cli.Stderr, "… and %d more\n", len(unknown)-i)
					break
				}
				fmt.Fprintf(
					cli.Stderr,
					"%s:%d: no dossier, or more than one, is called %q; it is left out\n",
					args[0],
					d.Line,
					d.Dossier,
				)
			}
			out := cmd.OutOrStdout()
			if env.JSON {
				return cli.PrintJSON(out, map[string]any{"lists": all, "unknown": len(unknown)})
			}
			for i, b := range all {
				if i > 0 {
					fmt.Fprintln(out)
				}
				printBacktest(out, b)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&file, "rules", "", "try this ruleset on the past campaign instead of its own")
	return cmd
}

// printBacktest prints the comparison for one list: the confusion matrix, the agreement and Cohen's kappa
// (agreement beyond chance; Cohen 1960), the dossiers on which rules and people differ, and the mean share of
// points by criterion for those that only people, both, or only the rules chose. Dossiers that the rules left
// to people are in the matrix but not in the agreement, because the rules decided nothing about them. Kappa is
// nil if all decisions are of one kind, for which it is not defined.
func printBacktest(out io.Writer, b trial.Backtest) {
	decided := b.Both + b.Neither + b.Missed + b.Extra
	if decided+b.LeftRecognised+b.LeftNotRecognised+b.Undecided == 0 {
		fmt.Fprintf(out, "%s: no decision on any of its dossiers\n", b.Ruleset)
		return
	}
	fmt.Fprintf(out, "%s\n\n", b.Ruleset)
	cli.Table(out, []string{"", "recognised", "not recognised"}, [][]string{
		{"recommended", fmt.Sprint(b.Both), fmt.Sprint(b.Extra)},
		{"not recommended", fmt.Sprint(b.Missed), fmt.Sprint(b.Neither)},
		{"left to people", fmt.Sprint(b.LeftRecognised), fmt.Sprint(b.LeftNotRecognised)},
	}, 1, 2)
	kappa := "not defined (all are of one kind)"
	if b.Kappa != nil {
		kappa = fmt.Sprintf("%.2f", *b.Kappa)
	}
	fmt.Fprintf(
		out,
		"\nAgreement on the %d that both decided: %.0f%%; Cohen's kappa: %s\n",
		decided,
		100*b.Agreement,
		kappa,
	)
	if b.Undecided > 0 {
		fmt.Fprintf(out, "%d were deferred or returned.\n", b.Undecided)
	}
	for _, d := range b.Differ {
		what := "missed"
		if d.Decision != "recognised" {
			what = "extra"
		}
		fmt.Fprintf(out, "  %-7s %s (%s), %v points: %s\n", what, d.Title, d.Unit, d.Points, cli.Clip(d.Reason, 110))
	}
	if b.Missed > 0 && len(b.Criteria) > 0 {
		fmt.Fprintf(out, "\nWhere rules and people differ: mean share of each criterion's points\n\n")
		var rows [][]string
		for _, g := range b.Criteria {
			rows = append(
				rows,
				[]string{
					g.ID,
					fmt.Sprintf("%.0f%%", 100*g.Missed),
					fmt.Sprintf("%.0f%%", 100*g.Both),
					fmt.Sprintf("%.0f%%", 100*g.Extra),
				},
			)
		}
		cli.Table(out, []string{"criterion", "missed", "chosen by both", "by rules only"}, rows, 1, 2, 3)
	}
}

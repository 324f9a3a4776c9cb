package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/publish"
	"kheo/pipeline/store"
)

func listsDiffCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show what changed between two runs, and why",
		Long:  "Show what changed between two runs, and why. A run is its number in the ledger (see kheo runs), its name, or \"latest\".",
		Args:  cobra.ExactArgs(2),
		RunE: c.with(func(cmd *cobra.Command, w *pipeline.Workspace, args []string) error {
			var lists [2]map[string]*publish.File
			var runs [2]*store.Run
			for i := range lists {
				var err error
				if runs[i], err = w.FindRun(cmd.Context(), args[i]); err != nil {
					return err
				}
				if lists[i], err = listsOf(cmd, w, runs[i]); err != nil {
					return err
				}
			}
			type diff struct {
				Ruleset string           `json:"ruleset"`
				Rules   bool             `json:"rules_changed"`
				Changes []publish.Change `json:"changes"`
			}
			var diffs []diff
			names := rulesetsOf(lists[0])
			for _, n := range rulesetsOf(lists[1]) {
				if lists[0][n] == nil {
					names = append(names, n)
				}
			}
			for _, n := range names {
				from, to := lists[0][n], lists[1][n]
				if from == nil {
					from = &publish.File{Ruleset: n, RulesetSHA256: to.RulesetSHA256}
				}
				if to == nil {
					to = &publish.File{Ruleset: n, RulesetSHA256: from.RulesetSHA256}
				}
				diffs = append(diffs, diff{n, from.RulesetSHA256 != to.RulesetSHA256, publish.Diff(from, to)})
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"from": runs[0].Run, "to": runs[1].Run, "lists": diffs})
			}
			out := cmd.OutOrStdout()
			for _, d := range diffs {
				fmt.Fprintf(out, "%s: ", d.Ruleset)
				if d.Rules {
					fmt.Fprint(out, "the rules changed; ")
				}
				printChanges(out, d.Changes)
			}
			return nil
		}),
	}
}

// printChanges tells what became of dossiers between two lists.
func printChanges(w io.Writer, changes []publish.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(w, "nothing moves")
		return
	}
	n := map[string]int{}
	for _, ch := range changes {
		n[ch.What]++
	}
	var sums []string
	for _, k := range publish.ChangeOrder {
		if n[k] > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", n[k], changeWords[k]))
		}
	}
	fmt.Fprintln(w, strings.Join(sums, ", "))
	for _, ch := range changes {
		fmt.Fprintf(w, "  %-8s %s (%s)", ch.What, ch.Title, ch.Unit)
		if ch.From != ch.To {
			fmt.Fprintf(w, ", %s → %s", orNone(string(ch.From)), orNone(string(ch.To)))
		}
		if ch.Points[0] != ch.Points[1] {
			fmt.Fprintf(w, ", %v → %v points", ch.Points[0], ch.Points[1])
		}
		if ch.Rank[0] != ch.Rank[1] {
			fmt.Fprintf(w, ", rank %s → %s", rankWord(ch.Rank[0]), rankWord(ch.Rank[1]))
		}
		if len(ch.Because) > 0 {
			fmt.Fprintf(w, "; because of %s", strings.Join(ch.Because, ", "))
		}
		fmt.Fprintln(w)
		for _, why := range ch.Why {
			fmt.Fprintf(w, "             %s\n", clip(why, 140))
		}
	}
}

var changeWords = map[string]string{"entered": "newly recommended", "left": "no longer recommended", "new": "new", "gone": "gone", "moved": "moved", "points": "with other points", "flags": "with other flags or reasons"}

func rankWord(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

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

// listsDiffCmd compares the lists of two runs.
func listsDiffCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show what changed between two runs, and why",
		Long: `Show what changed between two runs, and why. A run is named by its number in the ledger (see kheo runs), by its name,
or as "latest".`,
		Args: cobra.ExactArgs(2),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
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
			if c.json {
				return printJSON(out, map[string]any{"from": runs[0].Run, "to": runs[1].Run, "lists": diffs})
			}
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

// diffLists compares two sets of lists, ruleset by ruleset. A list that only one of them has is compared with an empty
// one of the same ruleset.
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

// changeWords names the kinds of changes for their summary, by publish.Change.What.
var changeWords = map[string]string{"entered": "newly recommended", "left": "no longer recommended", "new": "new",
	"gone": "gone", "moved": "moved", "points": "with other points", "flags": "with other flags or reasons"}

// printChanges prints what changed for each dossier between two lists, after a summary by kind of change.
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
		printChange(w, ch)
	}
}

// printChange prints what changed for one dossier.
func printChange(w io.Writer, ch publish.Change) {
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

// rankWord returns a rank for people: "none" for 0, an entry that is not ranked.
func rankWord(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

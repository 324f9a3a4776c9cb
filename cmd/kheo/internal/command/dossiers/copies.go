package dossiers

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline/workspace"
)

// columnWidth is the width, in code points, of each of the two columns that show passages side by side.
const columnWidth = 56

// Copies shows which dossiers share passages: all pairs, or the passages of one dossier side by side. It shows
// what the last run compared; a dossier that was ingested since is not in it.
//
// With --json it prints { "pairs": [ { "dossier", … } ] } or { "dossier", "copies": [ … ] }; shares are from 0 to
// 1.
func Copies(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "copies [DOSSIER]",
		Short: "Show which dossiers share passages, who was first, and the passages side by side",
		Long: `Show which dossiers share passages, who was first, and, for one dossier, the passages side by side. Text
that many dossiers or many units use (forms, letterheads) does not count. The share is that of the
copy's own words in the document that shares most.`,
		Args: cobra.MaximumNArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			all, err := w.Store.Copies.All(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return printPairs(cmd.OutOrStdout(), env, all)
			}
			id, err := w.Resolve(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return printCopiesOf(cmd.OutOrStdout(), env, id, all[id])
		}),
	}
}

// printCopiesOf prints what one dossier shares with others, with every passage.
func printCopiesOf(out io.Writer, env *cli.Env, id string, copies []dossier.Copy) error {
	if env.JSON {
		if copies == nil {
			copies = []dossier.Copy{} // in JSON a list, not null
		}
		return cli.PrintJSON(out, map[string]any{"dossier": id, "copies": copies})
	}
	if len(copies) == 0 {
		fmt.Fprintln(out, "It shares no passage with another dossier.")
	}
	for _, cp := range copies {
		fmt.Fprintf(out, "%s\n\n", copyLine(id, cp))
		for _, p := range cp.Passages {
			sideBySide(out, columnWidth, p)
		}
	}
	return nil
}

// copyPair is one dossier that copies, or may copy, another; `kheo copies --json` lists them.
type copyPair struct {
	Dossier string `json:"dossier"`
	dossier.Copy
}

// printPairs prints every pair of dossiers that share passages once, from the side of the copy, the largest
// share first. Of each pair it keeps the longest passage only. Each pair is in all twice, once from either
// side; the side that was first is left out. Pairs of equal share are ordered by their ids, so the output does
// not depend on the order of the map.
func printPairs(out io.Writer, env *cli.Env, all map[string][]dossier.Copy) error {
	pairs := []copyPair{}
	for id, list := range all {
		for _, cp := range list {
			if !cp.Original {
				cp.Passages = cp.Passages[:min(1, len(cp.Passages))]
				pairs = append(pairs, copyPair{id, cp})
			}
		}
	}
	sort.Slice(pairs, func(i, j int) bool {
		a, b := pairs[i], pairs[j]
		return a.Share > b.Share || a.Share == b.Share && a.Dossier+a.Of < b.Dossier+b.Of
	})
	if env.JSON {
		return cli.PrintJSON(out, map[string]any{"pairs": pairs})
	}
	if len(pairs) == 0 {
		fmt.Fprintln(out, "No two dossiers share passages.")
		return nil
	}
	var rows [][]string
	for _, p := range pairs {
		rows = append(
			rows,
			[]string{fmt.Sprintf("%.0f%%", 100*p.Share), p.Dossier, sourceOf(p.Copy), cli.Clip(p.Here().Quote, 60)},
		)
	}
	cli.Table(out, []string{"share", "of", "also in", "longest passage"}, rows, 0)
	fmt.Fprintf(out, "\n`kheo copies DOSSIER` shows the passages side by side.\n")
	return nil
}

// sourceOf names the other dossier of a copy, with its campaign if that is a past one. The name with a campaign
// is for reading only: kheo show finds dossiers of the present campaign.
func sourceOf(cp dossier.Copy) string {
	if cp.Campaign != "" {
		return cp.Campaign + "/" + cp.Of
	}
	return cp.Of
}

// copyLine says in one line what a dossier shares with another, and which of them was first. It must not call
// either of them the copy if nothing proves the order.
func copyLine(id string, cp dossier.Copy) string {
	of := sourceOf(cp)
	if cp.Unproven {
		return fmt.Sprintf(
			"%.0f%% is shared with %s (%s); nothing proves which came first",
			100*cp.Share,
			of,
			cp.OfTitle,
		)
	}
	if cp.Original {
		return fmt.Sprintf(
			"%s was first; the later %s (%s) repeats it in %.0f%% of its text",
			id,
			of,
			cp.OfTitle,
			100*cp.Share,
		)
	}
	return fmt.Sprintf("%.0f%% is also in the earlier %s (%s)", 100*cp.Share, of, cp.OfTitle)
}

// sideBySide prints a passage of two dossiers in two columns of a width in code points. Words that only one of
// the two has are put in brackets. A character that a terminal shows two columns wide, or none, shifts its
// line; the columns are for reading, and nothing parses them.
func sideBySide(out io.Writer, width int, p dossier.Passage) {
	here, there := strings.Fields(p.Here.Quote), strings.Fields(p.There.Quote)
	left, right := wrap(onlyMarked(here, there), width), wrap(onlyMarked(there, here), width)
	head := cli.Clip(fmt.Sprintf("%s, page %d", p.Here.Document, p.Here.Page), width)
	fmt.Fprintf(out, "  %-*s │ %s, page %d\n", width, head, p.There.Document, p.There.Page)
	for i := range max(len(left), len(right)) {
		l, r := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		fmt.Fprintf(out, "  %s%s │ %s\n", l, strings.Repeat(" ", max(0, width-len([]rune(l)))), r)
	}
	fmt.Fprintln(out)
}

// onlyMarked returns words, with those in brackets that other does not contain. Words are compared as they are
// written, with case and punctuation, so the brackets also show small changes.
func onlyMarked(words, other []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; !slices.Contains(other, w) {
			out[i] = "[" + w + "]"
		}
	}
	return out
}

// wrap joins words into lines of at most width code points. A longer word gets a line of its own.
func wrap(words []string, width int) []string {
	var lines []string
	line := ""
	for _, w := range words {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"kheo/internal/dossier"
	"kheo/pipeline/workspace"
)

// copiesCmd shows what was copied from where, side by side.
func copiesCmd(c *common) *cobra.Command {
	width := 56
	cmd := &cobra.Command{
		Use:   "copies [DOSSIER]",
		Short: "Show which dossiers share passages, who was first, and the passages side by side",
		Long:  "Show which dossiers share passages, who was first, and – of one dossier – the passages side by side.\nWhat many dossiers or many units use (forms, letterheads) does not count. The share is that of the copy's own words\nin the document that shares most.",
		Args:  cobra.MaximumNArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			all, err := w.Store.Copies(cmd.Context())
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if len(args) == 1 {
				id, err := w.Resolve(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				list := all[id]
				if list == nil {
					list = []dossier.Copy{}
				}
				if c.json {
					return printJSON(out, map[string]any{"dossier": id, "copies": list})
				}
				if len(list) == 0 {
					fmt.Fprintln(out, "It shares no passage of its own with another dossier.")
				}
				for _, cp := range list {
					fmt.Fprintf(out, "%s\n\n", copyLine(id, cp))
					for _, p := range cp.Passages {
						sideBySide(out, width, p)
					}
				}
				return nil
			}
			type pair struct {
				Dossier string `json:"dossier"`
				dossier.Copy
			}
			pairs := []pair{}
			for id, list := range all {
				for _, cp := range list {
					if !cp.Original {
						cp.Passages = cp.Passages[:min(1, len(cp.Passages))]
						pairs = append(pairs, pair{id, cp})
					}
				}
			}
			sort.Slice(pairs, func(i, j int) bool {
				a, b := pairs[i], pairs[j]
				return a.Share > b.Share || a.Share == b.Share && a.Dossier+a.Of < b.Dossier+b.Of
			})
			if c.json {
				return printJSON(out, map[string]any{"pairs": pairs})
			}
			if len(pairs) == 0 {
				fmt.Fprintln(out, "No two dossiers share passages of their own.")
				return nil
			}
			var rows [][]string
			for _, p := range pairs {
				of := p.Of
				if p.Campaign != "" {
					of = p.Campaign + "/" + of
				}
				rows = append(rows, []string{fmt.Sprintf("%.0f%%", 100*p.Share), p.Dossier, of, clip(p.Here().Quote, 60)})
			}
			table(out, []string{"share", "of", "also in", "longest passage"}, rows, 0)
			fmt.Fprintf(out, "\n`kheo copies DOSSIER` lays the passages side by side.\n")
			return nil
		}),
	}
	return cmd
}

func copyLine(id string, cp dossier.Copy) string {
	of := cp.Of
	if cp.Campaign != "" {
		of = cp.Campaign + "/" + cp.Of
	}
	if cp.Unproven {
		return fmt.Sprintf("%.0f%% is shared with %s (%s); nothing proves which came first", 100*cp.Share, of, cp.OfTitle)
	}
	if cp.Original {
		return fmt.Sprintf("%s was first; %.0f%% of the later %s (%s) also stands here", id, 100*cp.Share, of, cp.OfTitle)
	}
	return fmt.Sprintf("%.0f%% also stands in the earlier %s (%s)", 100*cp.Share, of, cp.OfTitle)
}

// sideBySide prints a passage of two dossiers in two columns; words that only one of
// them has stand in brackets.
func sideBySide(out interface{ Write([]byte) (int, error) }, width int, p dossier.Passage) {
	here, there := strings.Fields(p.Here.Quote), strings.Fields(p.There.Quote)
	left, right := wrap(onlyMarked(here, there), width), wrap(onlyMarked(there, here), width)
	fmt.Fprintf(out, "  %-*s │ %s\n", width, clip(fmt.Sprintf("%s, page %d", p.Here.Document, p.Here.Page), width), fmt.Sprintf("%s, page %d", p.There.Document, p.There.Page))
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

// onlyMarked puts words that the other text does not have in brackets.
func onlyMarked(words, other []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; !slices.Contains(other, w) {
			out[i] = "[" + w + "]"
		}
	}
	return out
}

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

package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"kheo/index"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// searchesCmd keeps searches under names.
func searchesCmd(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "searches",
		Short: "List the saved searches, and how much each finds now",
		Long: `Searches that are made again and again can be kept under a name.

  kheo searches                               those there are, and how much each finds now
  kheo searches save "on the edge" 'flag:borderline points:>=70'
  kheo searches run "on the edge"
  kheo searches remove "on the edge"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error { return listSearches(cmd, c, w) })
		},
	}
	cmd.AddCommand(saveSearch(c), runSearch(c), removeSearch(c))
	return cmd
}

// listSearches prints the saved searches, and how much each finds now.
func listSearches(cmd *cobra.Command, c *common, w *workspace.Workspace) error {
	list, err := w.Store.SavedSearches(cmd.Context(), "")
	if err != nil {
		return err
	}
	type counted struct {
		store.SavedSearch
		Total int `json:"total"`
	}
	out := []counted{}
	var rows [][]string
	for _, s := range list {
		res, err := search.Find(cmd.Context(), w, s.Query, index.How{Limit: 1}, newBars())
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if res.Instead != "" {
			res.Total = 0
		}
		out = append(out, counted{s, res.Total})
		rows = append(rows, []string{s.Name, fmt.Sprint(res.Total), s.Query})
	}
	if c.json {
		return printJSON(cmd.OutOrStdout(), map[string]any{"searches": out})
	}
	if len(rows) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "No search is saved yet: kheo searches save NAME QUERY")
		return nil
	}
	table(cmd.OutOrStdout(), []string{"name", "finds", "query"}, rows, 1)
	return nil
}

func saveSearch(c *common) *cobra.Command {
	sorted := "relevance"
	cmd := &cobra.Command{
		Use:   "save NAME QUERY…",
		Short: "Keep a search under a name, in the place of one that has it",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, q := strings.TrimSpace(args[0]), strings.Join(args[1:], " ")
			if n := utf8.RuneCountInString(name); n == 0 || n > 100 {
				return usage{fmt.Errorf("a name has 1 to 100 characters")}
			}
			if !review.OneLine(name) {
				return usage{fmt.Errorf("the name %q has a line break or another control character; write it on one line", name)}
			}
			if !slices.Contains(index.Sorts, sorted) {
				return usage{fmt.Errorf("--sort cannot be %q; it may be: %s", sorted, strings.Join(index.Sorts, ", "))}
			}
			if err := index.CheckQuery(q); err != nil {
				return err
			}
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				return w.Store.SaveSearch(cmd.Context(), "", store.SavedSearch{Name: name, Query: q, Sort: sorted}, w.Now())
			})
		},
	}
	cmd.Flags().StringVar(&sorted, "sort", sorted, "order: "+strings.Join(index.Sorts, ", "))
	return cmd
}

func runSearch(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "run NAME",
		Short: "Make a saved search",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				list, err := w.Store.SavedSearches(cmd.Context(), "")
				if err != nil {
					return err
				}
				for _, s := range list {
					if s.Name == args[0] {
						return searchAndPrint(cmd, c, w, s.Query, index.How{Limit: 10, Sort: s.Sort, Hold: true})
					}
				}
				return noSearch(args[0])
			})
		},
	}
}

func removeSearch(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Forget a saved search",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				ok, err := w.Store.ForgetSearch(cmd.Context(), "", args[0])
				if err == nil && !ok {
					err = noSearch(args[0])
				}
				return err
			})
		},
	}
}

func noSearch(name string) error {
	return fmt.Errorf("no search is saved as %q; `kheo searches` lists them", name)
}

// withWorkspace does something in the workspace.
func withWorkspace(cmd *cobra.Command, c *common, do func(*workspace.Workspace) error) error {
	w, err := workspace.Open(cmd.Context(), c.dir)
	if err != nil {
		return err
	}
	defer w.Close()
	return do(w)
}

package dossiers

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/index"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Searches lists saved searches; its subcommands save, run and remove them. Searches that are saved here belong
// to no person; those of people are on the pages.
//
// With --json it prints { "searches": [ { "name", "query", "sort", "total" } ] }.
func Searches(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "searches",
		Short: "List the saved searches, with the number of hits now",
		Long: `List the saved searches. A search that you repeat can be saved under a name.

  kheo searches                               all of them, with the number of hits now
  kheo searches save "on the edge" 'flag:borderline points:>=70'
  kheo searches run "on the edge"
  kheo searches remove "on the edge"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error { return listSearches(cmd, env, w) })
		},
	}
	cmd.AddCommand(saveSearch(env), runSearch(env), removeSearch(env))
	return cmd
}

// listSearches prints the saved searches with the number of dossiers that each finds now. Hits of a search that
// kheo suggests instead do not count. The error of one search names it, because its query may have become
// invalid since it was saved.
func listSearches(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace) error {
	list, err := w.Store.Searches.Of(cmd.Context(), "")
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
		res, err := search.Find(cmd.Context(), w, s.Query, index.How{Limit: 1}, cli.NewProgress())
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if res.Instead != "" {
			res.Total = 0
		}
		out = append(out, counted{s, res.Total})
		rows = append(rows, []string{s.Name, fmt.Sprint(res.Total), s.Query})
	}
	if env.JSON {
		return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"searches": out})
	}
	if len(rows) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "No search is saved yet: kheo searches save NAME QUERY")
		return nil
	}
	cli.Table(cmd.OutOrStdout(), []string{"name", "finds", "query"}, rows, 1)
	return nil
}

// saveSearch saves a search, after it has checked the query. The name is printed in tables and on pages, so
// line breaks and control characters are refused. A query is checked without the index, which may not exist
// yet.
func saveSearch(env *cli.Env) *cobra.Command {
	sorted := "relevance"
	cmd := &cobra.Command{
		Use:   "save NAME QUERY…",
		Short: "Save a search under a name; one with the same name is replaced",
		Args:  cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, q := strings.TrimSpace(args[0]), strings.Join(args[1:], " ")
			if n := utf8.RuneCountInString(name); n == 0 || n > 100 {
				return cli.Usagef("a name has 1 to 100 characters")
			}
			if !review.OneLine(name) {
				return cli.Usagef(
					"the name %q contains a line break or another control character; write it on one line",
					name,
				)
			}
			if !slices.Contains(index.Sorts, sorted) {
				return cli.Usagef("--sort cannot be %q; it may be: %s", sorted, strings.Join(index.Sorts, ", "))
			}
			if err := index.CheckQuery(q); err != nil {
				return err
			}
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				saved := store.SavedSearch{Name: name, Query: q, Sort: sorted}
				return w.Store.Searches.Save(cmd.Context(), "", saved, w.Now())
			})
		},
	}
	cmd.Flags().StringVar(&sorted, "sort", sorted, "order: "+strings.Join(index.Sorts, ", "))
	return cmd
}

// runSearch runs a saved search. It shows the first ten hits; further pages are those of kheo search --page.
func runSearch(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "run NAME",
		Short: "Run a saved search",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				list, err := w.Store.Searches.Of(cmd.Context(), "")
				if err != nil {
					return err
				}
				for _, s := range list {
					if s.Name == args[0] {
						return searchAndPrint(cmd, env, w, s.Query, index.How{Limit: 10, Sort: s.Sort, KeepOrder: true})
					}
				}
				return noSearch(args[0])
			})
		},
	}
}

// removeSearch removes a saved search. The name must match exactly: case and diacritics count.
func removeSearch(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a saved search",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				ok, err := w.Store.Searches.Drop(cmd.Context(), "", args[0])
				if err == nil && !ok {
					err = noSearch(args[0])
				}
				return err
			})
		},
	}
}

// noSearch returns the error for a name under which no search is saved.
func noSearch(name string) error {
	return fmt.Errorf("no search is saved as %q; `kheo searches` lists them", name)
}

package dossiers

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/index"
	"kheo/pipeline/search"
	"kheo/pipeline/workspace"
)

// Search searches dossiers. Queries are those of package query, which rulesets use too, so what a clue finds
// can be searched for.
//
// The order of the hits is kept for a day under the name that --page takes, so that further pages neither repeat a
// dossier nor leave one out, whatever is indexed meanwhile.
//
// With --json it prints the result of the search as package search returns it: total, hits with their passages and
// marks (ranges of code points in the snippet), suggestions, facets, and the name of the next page.
func Search(env *cli.Env) *cobra.Command {
	// cobra writes into these pointers when it parses the flags; the map is read after that.
	filters := map[string]*string{}
	limit, sorted, facets, page := 10, "relevance", false, ""
	cmd := &cobra.Command{
		Use:   "search QUERY",
		Short: "Search dossiers, with or without diacritics",
		Long: `Search dossiers, with or without diacritics; exact matches come first.

  dan van kheo              all three words
  "tiếng kẻng an ninh"      the phrase
  camera OR kẻng            one or the other
  an ninh -camera           without a word
  (camera OR kẻng) ninh     groups
  "nhân rộng" NEAR/5 thôn   at most five words apart (NEAR alone: ten); SENTENCE, PAGE: in one of them
  ="nhân rộng"              with exactly these diacritics
  camer*                    every word with this beginning
  unit:dai-hiep an ninh     in a unit (also level: field: kind: outcome: flag: ruleset:)
  points:>=80               at least 80 points (also >80 <80 <=80 80 70..80)
  fact.households:>100      by a fact with a number, a date, or yes (1) and no (0)
  registered:2024-01..2024-03, year:2024
  similar:3f2a91c0          dossiers like another one, by the words that distinguish it

A single word also finds its other forms on Norwegian and English pages; in quotes, only
itself. More: kheo help search`,
		Args: func(_ *cobra.Command, args []string) error {
			if (len(args) == 0) == (page == "") {
				return cli.Usagef("write what to search for, or --page with the name that the last search printed")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > 1000 {
				return cli.Usagef("--limit must be 1 to 1000")
			}
			if !slices.Contains(index.Sorts, sorted) {
				return cli.Usagef("--sort cannot be %q; it may be: %s", sorted, strings.Join(index.Sorts, ", "))
			}
			want := map[string]string{}
			for k, v := range filters {
				want[k] = *v
			}
			how := index.How{Filters: want, Limit: limit, Sort: sorted, Facets: facets, KeepOrder: true, Page: page}
			return env.WithoutRules(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
				return searchAndPrint(cmd, env, w, strings.Join(args, " "), how)
			})(cmd, args)
		},
	}
	for _, f := range []struct{ name, help string }{
		{"unit", "only this unit"}, {"level", "only this level"}, {"field", "only this field"},
		{"kind", "only this kind"}, {"flag", "only with this flag"},
		{"outcome", "only this outcome: recommended, needs-review, not-recommended, ineligible, quarantined"},
	} {
		filters[f.name] = cmd.Flags().String(f.name, "", f.help)
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "show at most `N` dossiers")
	cmd.Flags().StringVar(&sorted, "sort", sorted, "order: "+strings.Join(index.Sorts, ", "))
	cmd.Flags().StringVar(&page, "page", "", "the next page of an earlier search, by the name that it printed")
	cmd.Flags().BoolVar(&facets, "facets", false, "count the hits by unit, field, level, kind, outcome and flag")
	return cmd
}

// searchAndPrint runs a search and prints its hits with their passages, suggestions and facets. Notes about
// dossiers that are not indexed yet go to standard error, also with --json, so that they never mix with the
// document.
func searchAndPrint(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, q string, how index.How) error {
	res, err := search.Find(cmd.Context(), w, q, how, cli.NewProgress())
	if err != nil {
		return err
	}
	if res.Pending > 0 {
		fmt.Fprintf(
			cli.Stderr,
			"note: %s not indexed yet, or changed since; the next run indexes them\n",
			cli.PluralIs(res.Pending, "dossier"),
		)
	}
	if env.JSON {
		return cli.PrintJSON(cmd.OutOrStdout(), res)
	}
	out := cmd.OutOrStdout()
	for _, u := range res.Unknown {
		fmt.Fprintf(out, "No dossier has %s:%s.", u.Field, u.Value)
		if u.Nearest != "" {
			fmt.Fprintf(out, " The nearest that some have is %s.", u.Nearest)
		}
		fmt.Fprintln(out)
	}
	if res.Total == 0 {
		fmt.Fprintln(out, "Nothing found. Try fewer words, or leave out diacritics.")
		return nil
	}
	if res.Instead != "" {
		fmt.Fprintf(out, "Nothing was found for your query. These are the hits for: %s\n\n", res.Instead)
	}
	for _, h := range res.Hits {
		fmt.Fprintf(out, "%s\n  %s", h.Title, h.Dossier)
		for i, p := range append([]index.Passage{h.Passage}, h.More...) {
			if i > 0 {
				fmt.Fprint(out, "\n ")
			}
			if p.Document != "" {
				fmt.Fprintf(out, " · %s, page %d", p.Document, p.Page)
			}
			fmt.Fprintf(out, "\n  %s", cli.Marked(p.Snippet, p.Marks))
		}
		fmt.Fprint(out, "\n\n")
	}
	fmt.Fprintf(out, "%d of %s\n", len(res.Hits), cli.Plural(res.Total, "dossier"))
	if res.Suggest != "" {
		fmt.Fprintf(out, "Did you mean: %s\n", res.Suggest)
	}
	if res.Next != "" {
		fmt.Fprintf(out, "Next page: kheo search --page %s\n", res.Next)
	}
	for _, name := range slices.Sorted(maps.Keys(res.Facets)) {
		var parts []string
		for _, f := range res.Facets[name] {
			parts = append(parts, fmt.Sprintf("%s %d", f.Value, f.Count))
		}
		if len(parts) > 0 {
			fmt.Fprintf(out, "  %s: %s\n", name, strings.Join(parts, ", "))
		}
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/index"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

func searchCmd(c *common) *cobra.Command {
	filters := map[string]*string{}
	limit, sorted, facets, page := 10, "relevance", false, ""
	cmd := &cobra.Command{
		Use:   "search QUERY",
		Short: "Search dossiers, with or without diacritics",
		Long: `Search dossiers, with or without diacritics; exact diacritics come first.

  dan van kheo              all three words
  "tiếng kẻng an ninh"      the phrase
  camera OR kẻng            one or the other
  an ninh -camera           without a word
  (camera OR kẻng) ninh     groups
  "nhân rộng" NEAR/5 thôn   at most five words apart (NEAR alone: ten); SENTENCE, PAGE: in one of them
  ="nhân rộng"              with exactly these diacritics
  camer*                    every word that begins so
  unit:dai-hiep an ninh     in a unit (also level: field: kind: outcome: flag: ruleset:)
  points:>=80               so many points or more (also >80 <80 <=80 80 70..80)
  fact.households:>100      by a fact with a number, a date, or yes (1) and no (0)
  registered:2024-01..2024-03, year:2024
  similar:3f2a91c0          like another dossier: by the words that set that one apart

A word alone also finds its other forms on Norwegian and English pages; in quotes, only
itself.`,
		Args: func(_ *cobra.Command, args []string) error {
			if (len(args) == 0) == (page == "") {
				return usage{errors.New("write what to search for, or --page with what the last search named")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > 1000 {
				return usage{fmt.Errorf("--limit must be 1 to 1000")}
			}
			if !slices.Contains(index.Sorts, sorted) {
				return usage{fmt.Errorf("--sort cannot be %q; it may be: %s", sorted, strings.Join(index.Sorts, ", "))}
			}
			want := map[string]string{}
			for k, v := range filters {
				want[k] = *v
			}
			how := index.How{Filters: want, Limit: limit, Sort: sorted, Facets: facets, Hold: true, Page: page}
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				return searchAndPrint(cmd, c, w, strings.Join(args, " "), how)
			})
		},
	}
	for _, f := range []struct{ name, help string }{
		{"unit", "only this unit"}, {"level", "only this level"}, {"field", "only this field"}, {"kind", "only this kind"},
		{"outcome", "only this outcome: recommended, needs-review, not-recommended, ineligible, quarantined"}, {"flag", "only with this flag"},
	} {
		filters[f.name] = cmd.Flags().String(f.name, "", f.help)
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "show at most so many")
	cmd.Flags().StringVar(&sorted, "sort", sorted, "order: "+strings.Join(index.Sorts, ", "))
	cmd.Flags().StringVar(&page, "page", "", "the next page of an earlier search, as that named it")
	cmd.Flags().BoolVar(&facets, "facets", false, "count what was found by unit, field, level, kind, outcome and flag")
	return cmd
}

// searchAndPrint makes a search and prints what it found.
func searchAndPrint(cmd *cobra.Command, c *common, w *workspace.Workspace, q string, how index.How) error {
	res, err := search.Find(cmd.Context(), w, q, how, newBars())
	if err != nil {
		return err
	}
	if res.Pending > 0 {
		fmt.Fprintf(stderr, "note: %s not in the index yet, or not as they are now; the next run brings them in\n", isAre(res.Pending, "dossier"))
	}
	if c.json {
		return printJSON(cmd.OutOrStdout(), res)
	}
	out := cmd.OutOrStdout()
	if res.Total == 0 {
		fmt.Fprintln(out, "Nothing found. Try fewer words, or one of them without its diacritics.")
		return nil
	}
	if res.Instead != "" {
		fmt.Fprintf(out, "Nothing found as you typed it. This was searched for instead: %s\n\n", res.Instead)
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
			fmt.Fprintf(out, "\n  %s", marked(p.Snippet, p.Marks))
		}
		fmt.Fprint(out, "\n\n")
	}
	fmt.Fprintf(out, "%d of %s\n", len(res.Hits), plural(res.Total, "dossier"))
	if res.Suggest != "" {
		fmt.Fprintf(out, "Did you mean: %s\n", res.Suggest)
	}
	if res.Next != "" {
		fmt.Fprintf(out, "For the next: kheo search --page %s\n", res.Next)
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

func submitCmd(c *common) *cobra.Command {
	replace := false
	cmd := &cobra.Command{
		Use:   "submit PATH…",
		Short: "Put dossiers (folders, .zip or documents) into the inbox and print a receipt for each",
		Long: `Put dossiers (folders, .zip or documents) into the inbox and print a receipt for each.

A second delivery under the same name adds its files to the dossier and replaces those of the same names; the others stay.
With --replace, or with replaces: true in its dossier.yaml, it takes the place of everything received before.`,
		Args: cobra.MinimumNArgs(1),
		RunE: c.withoutRules(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			var out []intake.Submitted
			failed := false
			for _, path := range args {
				b := intake.Submission{From: path, Inbox: w.Inbox(), Env: w.Campaign().Env, Replace: replace, Before: w.Store.Dossier,
					Readers: []extract.Option{extract.Reduced(w.Campaign().Readers.Reduced)}}
				s, err := b.Submit(cmd.Context())
				if err != nil {
					if errors.Is(err, fs.ErrNotExist) {
						err = fmt.Errorf("%s does not exist", path)
					}
					fmt.Fprintf(stderr, "kheo: %s was not submitted: %v\n", path, err)
					failed = true
					continue
				}
				out = append(out, *s)
				if !c.json {
					printSubmitted(cmd.OutOrStdout(), path, s)
				}
			}
			if c.json {
				if err := printJSON(cmd.OutOrStdout(), map[string]any{"receipts": out}); err != nil {
					return err
				}
			} else if len(out) > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "They are in %s; `kheo run` takes them from there.\n", w.Inbox())
			}
			if failed {
				return errSaid
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "replace everything received before of the same dossier, instead of adding to it")
	return cmd
}

// printSubmitted prints what was submitted, what is wrong with it, and what it will change.
func printSubmitted(out io.Writer, path string, s *intake.Submitted) {
	fmt.Fprintf(out, "received %s as dossier %s: %s, %d bytes, sha256 %s\n", filepath.Base(path), s.Dossier, plural(s.Files, "file"), s.Bytes, s.SHA256)
	for _, n := range s.Notes {
		fmt.Fprintf(out, "  note: %s\n", strings.ReplaceAll(n, "\n", "\n        "))
	}
	switch r := s.Result; {
	case r == nil:
	case r.Version == 0:
		fmt.Fprintf(out, "  the same was received before; it will change nothing\n")
	default:
		how := "it will add to what was received before"
		if r.Replaces {
			how = "it will replace everything received before"
		}
		fmt.Fprintf(out, "  %s (version %d):\n", how, r.Version)
		printDelivered(out, "    ", r.Changes)
	}
}

// printDelivered names the files that a delivery adds, replaces, keeps and removes.
func printDelivered(out io.Writer, indent string, ch store.Changes) {
	for _, part := range []struct {
		what string
		list []string
	}{{"added", ch.Added}, {"replaced", ch.Replaced}, {"unchanged", ch.Same}, {"kept", ch.Kept}, {"removed", ch.Removed}} {
		if len(part.list) > 0 {
			fmt.Fprintf(out, "%s%s: %s\n", indent, part.what, strings.Join(part.list, ", "))
		}
	}
}

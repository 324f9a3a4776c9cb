package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/index"
	"kheo/pipeline"
	"kheo/pipeline/intake"
)

func searchCmd(c *common) *cobra.Command {
	filters := map[string]*string{}
	limit, sorted, facets := 10, "relevance", false
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
  registered:2024-01..2024-03, year:2024`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > 1000 {
				return usage{fmt.Errorf("--limit must be 1 to 1000")}
			}
			if !slices.Contains(index.Sorts, sorted) {
				return usage{fmt.Errorf("--sort cannot be %q; it may be: %s", sorted, strings.Join(index.Sorts, ", "))}
			}
			w, err := pipeline.Open(cmd.Context(), c.dir)
			if err != nil {
				return err
			}
			defer w.Close()
			x, err := index.OpenForSearch(w.IndexDir())
			if errors.Is(err, index.ErrNone) {
				return errors.New("nothing is indexed yet: put dossiers into inbox/ and run `kheo run`")
			}
			if err != nil {
				return err
			}
			defer x.Close()
			want := map[string]string{}
			for k, v := range filters {
				want[k] = *v
			}
			res, err := x.Search(cmd.Context(), strings.Join(args, " "), index.How{Filters: want, Limit: limit, Sort: sorted, Facets: facets}, func(id string) (*index.Text, error) {
				return loadTitled(cmd.Context(), w, id)
			})
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), res)
			}
			out := cmd.OutOrStdout()
			if res.Total == 0 {
				if res.Suggest != "" {
					fmt.Fprintf(out, "Nothing found. Did you mean: %s\n", res.Suggest)
					return nil
				}
				fmt.Fprintln(out, "Nothing found. Try fewer words, or one of them without its diacritics.")
				return nil
			}
			for _, h := range res.Hits {
				fmt.Fprintf(out, "%s\n  %s", h.Title, h.Dossier)
				if h.Document != "" {
					fmt.Fprintf(out, " · %s, page %d", h.Document, h.Page)
				}
				fmt.Fprintf(out, "\n  %s\n\n", marked(os.Stdout, h.Snippet, h.Marks))
			}
			fmt.Fprintf(out, "%d of %s\n", len(res.Hits), plural(res.Total, "dossier"))
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
	cmd.Flags().BoolVar(&facets, "facets", false, "count what was found by unit, field, level, kind, outcome and flag")
	return cmd
}

func loadTitled(ctx context.Context, w *pipeline.Workspace, id string) (*index.Text, error) {
	_, d, err := w.Load(ctx, id)
	if err != nil || d == nil {
		return nil, err
	}
	a, err := w.Store.Assessment(ctx, id)
	if err != nil {
		return nil, err
	}
	if a != nil {
		return &index.Text{Dossier: d, Title: a.Title, Nominee: a.Nominee}, nil
	}
	return &index.Text{Dossier: d, Title: d.Name}, nil
}

func submitCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "submit PATH…",
		Short: "Put dossiers (folders, .zip or documents) into the inbox and print a receipt for each",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			w, err := pipeline.Open(cmd.Context(), c.dir)
			if err != nil {
				return err
			}
			defer w.Close()
			var out []intake.Submitted
			failed := false
			for _, path := range args {
				s, err := intake.Submit(cmd.Context(), w.Inbox(), path, w.Campaign.Env)
				if err != nil {
					if errors.Is(err, fs.ErrNotExist) {
						err = fmt.Errorf("%s does not exist", path)
					}
					fmt.Fprintf(os.Stderr, "kheo: %s was not submitted: %v\n", path, err)
					failed = true
					continue
				}
				out = append(out, *s)
				if c.json {
					continue
				}
				fmt.Fprintf(cmd.OutOrStdout(), "received %s as dossier %s: %s, %d bytes, sha256 %s\n", filepath.Base(path), s.Dossier, plural(s.Files, "file"), s.Bytes, s.SHA256)
				for _, n := range s.Notes {
					fmt.Fprintf(cmd.OutOrStdout(), "  note: %s\n", strings.ReplaceAll(n, "\n", "\n        "))
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
		},
	}
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/campaign"
)

func checkCmd(c *common) *cobra.Command {
	searchIndex, rebuild, records := false, false, false
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check kheo.yaml and every ruleset: all mistakes at once, each with its place",
		Long: `Check kheo.yaml and every ruleset: all mistakes at once, each with its place. Nothing is run.

  --store             verify records, files, lists, audit trail and search index against one another
  --index             compare the search index with the records, and read all of it
  --index --rebuild   build it anew beside the old one, which is searched meanwhile`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if rebuild && !searchIndex {
				return usage{errors.New("--rebuild is of the search index: write --index --rebuild")}
			}
			camp, err := campaign.Load(c.dir)
			if err != nil {
				return jsonProblems(cmd, c, err)
			}
			if late := camp.CheckSchedule(time.Now()); len(late) > 0 {
				return jsonProblems(cmd, c, late)
			}
			if records {
				return checkStore(cmd, c)
			}
			if searchIndex {
				return checkIndex(cmd, c, rebuild)
			}
			stale, err := staleVersions(cmd, c, camp)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"ok": true, "problems": []any{}, "notes": stale})
			}
			for _, s := range stale {
				fmt.Fprintf(stderr, "note: %s\n", s)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is right: %s, %s.\n", camp.ID, plural(len(camp.Env.Units), "unit"), plural(len(camp.Rulesets), "ruleset"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&records, "store", false, "verify records, files, lists, audit trail and search index against one another")
	cmd.Flags().BoolVar(&searchIndex, "index", false, "compare the search index with the records")
	cmd.Flags().BoolVar(&rebuild, "rebuild", false, "with --index: build it anew")
	return cmd
}

// checkIndex compares the search index with the records, and fails where they differ.
func checkIndex(cmd *cobra.Command, c *common, rebuild bool) error {
	w, err := pipeline.Open(cmd.Context(), c.dir)
	if err != nil {
		return err
	}
	defer w.Close()
	if rebuild {
		if _, err := w.KeepIndex(cmd.Context(), newBars(), true); err != nil {
			return err
		}
	}
	r, err := w.CheckIndex(cmd.Context())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if c.json {
		if err := printJSON(out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "The search index holds %s as the records say.\n", plural(r.Held, "dossier"))
		for _, part := range []struct {
			what string
			list []string
		}{{"missing", r.Missing}, {"not as they are now", r.Outdated}, {"no longer in the records", r.Extra}, {"damaged", r.Damaged}} {
			if n := len(part.list); n > 0 {
				fmt.Fprintf(out, "  %d %s: %s\n", n, part.what, strings.Join(part.list[:min(n, 5)], ", ")+map[bool]string{true: ", …"}[n > 5])
			}
		}
		if r.Waiting > 0 {
			fmt.Fprintf(out, "%s taken in and wait for a run; that is not the index's fault.\n", isAre(r.Waiting, "dossier"))
		}
	}
	switch {
	case r.Sound():
		return nil
	case len(r.Damaged) > 0:
		return errors.New("the index is damaged; nothing is lost, for the records hold all of it. `kheo check --index --rebuild` builds it anew")
	}
	return errors.New("the index is behind the records; `kheo run` brings it up to date")
}

// isAre says how many of something are, as "1 dossier is", "2 dossiers are".
func isAre(n int, word string) string {
	if n == 1 {
		return "1 " + word + " is"
	}
	return plural(n, word) + " are"
}

// staleVersions tells of rulesets that were changed after they were used, where there
// are records yet.
func staleVersions(cmd *cobra.Command, c *common, camp *campaign.Campaign) ([]string, error) {
	if _, err := os.Stat(filepath.Join(c.dir, filepath.FromSlash(camp.Store))); err != nil {
		return []string{}, nil
	}
	w, err := pipeline.Open(cmd.Context(), c.dir)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	stale, err := w.StaleVersions(cmd.Context())
	if stale == nil {
		stale = []string{}
	}
	return stale, err
}

// checkStore verifies everything that is kept, and fails where something is wrong.
func checkStore(cmd *cobra.Command, c *common) error {
	w, err := pipeline.Open(cmd.Context(), c.dir)
	if err != nil {
		return err
	}
	defer w.Close()
	r, err := w.CheckStore(cmd.Context(), newBars())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if c.json {
		if err := printJSON(out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "%s, %s (%d MB), %s of the audit trail were looked at.\n", plural(r.Dossiers, "dossier"), plural(r.Files, "file"), r.Bytes>>20, plural(r.Events, "event"))
		for _, f := range r.Faults {
			fmt.Fprintln(out, "✗", f)
		}
		fmt.Fprintln(out, anchorsText(r.Anchors))
		if len(r.Faults) == 0 {
			fmt.Fprintln(out, "Everything is as it was kept.")
		}
	}
	if len(r.Faults) > 0 {
		return errSaid
	}
	return nil
}

// Package maintenance holds the commands by which an operator keeps a workspace: kheo check, kheo doctor and kheo
// audit find what is wrong with it, kheo backup and kheo restore save it, kheo move brings its records elsewhere, and
// kheo forget erases what must not be kept.
//
// The work itself is in package operations of the pipeline. What finds faults reports all of them at once, each with
// its place and what to do, exits with status 1 if there is one, and changes nothing unless a flag asks for it. What
// makes or replaces something leaves either the old or the new state after a crash.
package maintenance

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline"
	"kheo/pipeline/campaign"
	"kheo/pipeline/operations"
	"kheo/pipeline/search"
	"kheo/pipeline/workspace"
)

// Check checks kheo.yaml and the rulesets, and with flags also what is stored. Each check reports everything
// that it finds, not only the first mistake. Without flags, nothing is opened for writing and no records are
// created, so it can be used in an editor or a commit hook.
//
// With --json it prints { "ok", "problems": [ { "file", "line", "col", "message", "cure" } ], "notes" }.
func Check(env *cli.Env) *cobra.Command {
	searchIndex, rebuild, records := false, false, false
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check kheo.yaml and every ruleset: all mistakes at once, each with its place",
		Long: `Check kheo.yaml and every ruleset: all mistakes at once, each with its place. Nothing is run.

  --store             compare records, files, lists, audit trail and search index with one another
  --index             compare the search index with the records, and read all of it
  --index --rebuild   build a new index beside the old one, which stays in use meanwhile, and swap it in`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if rebuild && !searchIndex {
				return cli.Usagef("--rebuild is about the search index: write --index --rebuild")
			}
			camp, err := campaign.Load(env.Dir)
			if err != nil {
				return env.Problems(cmd, err)
			}
			if late := camp.CheckSchedule(time.Now()); len(late) > 0 {
				return env.Problems(cmd, late)
			}
			if records {
				return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
					return checkStore(cmd, env,
						w)
				})
			}
			if searchIndex {
				return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
					return checkIndex(cmd, env, w, rebuild)
				})
			}
			stale, err := staleVersions(cmd, env, camp)
			if err != nil {
				return err
			}
			notes := append(stale, campaignNotes(camp)...)
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"ok": true, "problems": []any{},
					"notes": notes})
			}
			for _, s := range notes {
				fmt.Fprintf(cli.Stderr, "note: %s\n", s)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "OK: %s, %s, %s.\n", camp.ID, cli.Plural(len(camp.Env.Units),
				"unit"),
				cli.Plural(len(camp.Rulesets), "ruleset"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&records, "store", false,
		"compare records, files, lists, audit trail and search index with one another")
	cmd.Flags().BoolVar(&searchIndex, "index", false, "compare the search index with the records")
	cmd.Flags().BoolVar(&rebuild, "rebuild", false, "with --index: rebuild it")
	return cmd
}

// campaignNotes returns what is allowed in kheo.yaml, rulesets and their tables but may be unintended, each with its
// place. Tables that several rulesets read are noted once.
func campaignNotes(camp *campaign.Campaign) (notes []string) {
	for _, n := range camp.Notes {
		notes = append(notes, n.String())
	}
	for _, rs := range camp.Rulesets {
		for _, n := range rs.Notes {
			if s := n.String(); !slices.Contains(notes, s) {
				notes = append(notes, s)
			}
		}
	}
	return notes
}

// staleVersions returns a note for each ruleset that was changed after a list was made by it, under the same
// version. It returns none if the workspace has no records yet, and creates none. A version is a label that
// authors forget to raise, so this is a note and not a mistake.
func staleVersions(cmd *cobra.Command, env *cli.Env, camp *campaign.Campaign) (stale []string, err error) {
	if _, err := os.Stat(filepath.Join(env.Dir, filepath.FromSlash(camp.Store))); err == nil {
		err = env.InWorkspace(cmd, func(w *workspace.Workspace) (err error) {
			stale, err = pipeline.StaleVersions(cmd.Context(), w)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if stale == nil {
		stale = []string{} // in JSON a list, not null
	}
	return stale, nil
}

// checkIndex compares the search index with the records, and fails if they differ. Dossiers that wait for a
// run are reported, but are not a fault of the index. With rebuild, a new index is built and swapped in
// first. Without it, nothing is repaired.
func checkIndex(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, rebuild bool) error {
	if rebuild {
		if _, err := search.Refresh(cmd.Context(), w, cli.NewProgress(), true); err != nil {
			return err
		}
	}
	r, err := search.Check(cmd.Context(), w)
	if err != nil {
		return err
	}
	if env.JSON {
		if err := cli.PrintJSON(cmd.OutOrStdout(), r); err != nil {
			return err
		}
	} else {
		printIndexReport(cmd.OutOrStdout(), r)
	}
	switch {
	case r.Sound():
		return nil
	case len(r.Damaged) > 0:
		return errors.New("the index is damaged. Nothing is lost, because the records hold everything. " +
			"`kheo check --index --rebuild` rebuilds it")
	}
	return errors.New("the index is behind the records; `kheo run` brings it up to date")
}

// printIndexReport prints how the index differs from the records, with at most five dossiers of each kind.
func printIndexReport(out io.Writer, r *search.Report) {
	const maxNamed = 5
	fmt.Fprintf(out, "The search index agrees with the records on %s.\n", cli.Plural(r.Held, "dossier"))
	for _, part := range []struct {
		what string
		list []string
	}{{"missing", r.Missing}, {"outdated", r.Outdated}, {"no longer in the records", r.Extra}, {"damaged",
		r.Damaged}} {
		n := len(part.list)
		if n == 0 {
			continue
		}
		names := strings.Join(part.list[:min(n, maxNamed)], ", ")
		if n > maxNamed {
			names += ", …"
		}
		fmt.Fprintf(out, "  %d %s: %s\n", n, part.what, names)
	}
	if r.Waiting > 0 {
		fmt.Fprintf(out, "%s ingested but not indexed yet; the next run does it.\n", cli.PluralIs(r.Waiting,
			"dossier"))
	}
}

// checkStore compares everything that is stored: records with files and their hashes, lists with what was
// published, the audit trail with its anchors, the index with the records. It prints each fault with what to
// do about it, and fails if there is one. It changes nothing. Its report is also printed as JSON if there are
// faults; the exit code distinguishes the two.
func checkStore(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace) error {
	r, err := operations.Check(cmd.Context(), w, cli.NewProgress())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if env.JSON {
		if err := cli.PrintJSON(out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(out, "Checked: %s, %s (%d MB), %s of the audit trail.\n", cli.Plural(r.Dossiers,
			"dossier"),
			cli.Plural(r.Files, "file"), r.Bytes>>20, cli.Plural(r.Events, "event"))
		for _, f := range r.Faults {
			fmt.Fprintln(out, "✗", f)
		}
		fmt.Fprintln(out, anchorsText(r.Anchors))
		if len(r.Faults) == 0 {
			fmt.Fprintln(out, "No damage was found.")
		}
	}
	if len(r.Faults) > 0 {
		return cli.ErrReported
	}
	return nil
}

// Package dossiers holds the commands about single dossiers: kheo submit puts them into the inbox, kheo read shows what
// the readers make of a file, kheo show explains an assessment, kheo copies compares passages, and kheo search and
// kheo searches find dossiers.
package dossiers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Submit puts dossiers into the inbox, and says what each delivery will change. Nothing is ingested yet; that
// is for the next run. It continues after a dossier that cannot be submitted, and then fails. It works while
// rulesets have mistakes, which are not the submitter's.
//
// With --json it prints { "receipts": [ … ] } for what was submitted.
func Submit(env *cli.Env) *cobra.Command {
	replace := false
	cmd := &cobra.Command{
		Use:   "submit PATH…",
		Short: "Put dossiers (folders, .zip or documents) into the inbox and print a receipt for each",
		Long: `Put dossiers (folders, .zip or documents) into the inbox and print a receipt for each.

A second delivery under the same name adds its files to the dossier and replaces those of the same
names; the others stay. With --replace, or with replaces: true in its dossier.yaml, it replaces
everything received before.`,
		Args: cobra.MinimumNArgs(1),
		RunE: env.WithoutRules(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			var out []intake.Submitted
			failed := false
			for _, path := range args {
				b := intake.Submission{
					From:    path,
					Inbox:   w.Inbox(),
					Env:     w.Campaign().Env,
					Replace: replace,
					Before:  w.Store.Dossiers.Get,
					Readers: []extract.Option{extract.Reduced(w.Campaign().Readers.Reduced)},
				}
				s, err := b.Submit(cmd.Context())
				if err != nil {
					if errors.Is(err, fs.ErrNotExist) {
						err = fmt.Errorf("%s does not exist", path)
					}
					fmt.Fprintf(cli.Stderr, "kheo: %s was not submitted: %v\n", path, err)
					failed = true
					continue
				}
				out = append(out, *s)
				if !env.JSON {
					printSubmitted(cmd.OutOrStdout(), path, s)
				}
			}
			if env.JSON {
				if err := cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"receipts": out}); err != nil {
					return err
				}
			} else if len(out) > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "They are in %s; `kheo run` ingests them.\n", w.Inbox())
			}
			if failed {
				return cli.ErrReported
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(
		&replace,
		"replace",
		false,
		"replace everything received before of the same dossier, instead of adding to it",
	)
	return cmd
}

// printSubmitted prints the receipt of a delivery: what was received, notes about it, and what it will change.
// s.Result is nil for a new dossier, and if it is not known what the delivery will change. Version 0 marks a
// delivery that was received before, byte for byte.
func printSubmitted(out io.Writer, path string, s *intake.Submitted) {
	fmt.Fprintf(
		out,
		"received %s as dossier %s: %s, %d bytes, sha256 %s\n",
		filepath.Base(path),
		s.Dossier,
		cli.Plural(s.Files, "file"),
		s.Bytes,
		s.SHA256,
	)
	for _, n := range s.Notes {
		fmt.Fprintf(out, "  note: %s\n", strings.ReplaceAll(n, "\n", "\n        "))
	}
	switch r := s.Result; {
	case r == nil:
	case r.Version == 0:
		fmt.Fprintf(out, "  the same files were received before; nothing will change\n")
	default:
		how := "it will add to what was received before"
		if r.Replaces {
			how = "it will replace everything received before"
		}
		fmt.Fprintf(out, "  %s (version %d):\n", how, r.Version)
		printDelivered(out, "    ", r.Changes)
	}
}

// printDelivered lists the files that a delivery adds, replaces, keeps and removes. Kinds without files are
// left out. kheo submit and kheo show use the same words.
func printDelivered(out io.Writer, indent string, ch store.Changes) {
	for _, part := range []struct {
		what string
		list []string
	}{
		{"added", ch.Added}, {"replaced", ch.Replaced}, {"unchanged", ch.Same}, {"kept", ch.Kept},
		{"removed", ch.Removed},
	} {
		if len(part.list) > 0 {
			fmt.Fprintf(out, "%s%s: %s\n", indent, part.what, strings.Join(part.list, ", "))
		}
	}
}

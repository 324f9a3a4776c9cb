// Package dossiers holds the commands about single dossiers: kheo submit puts them into the inbox, kheo read shows what
// the readers make of a file, kheo show explains an assessment, kheo copies compares passages, and kheo search and
// kheo searches find dossiers.
package dossiers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
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
	replace, one, split := false, false, false
	cmd := &cobra.Command{
		Use:   "submit PATH…",
		Short: "Put dossiers (folders, .zip or documents) into the inbox and print a receipt for each",
		Long: `Put dossiers (folders, .zip or documents) into the inbox and print a receipt for each.

A second delivery under the same name adds its files to the dossier and replaces those of the same
names; the others stay. With --replace, or with replaces: true in its dossier.yaml, it replaces
everything received before.

A folder or archive whose forms state different titles holds several applications: the receipt lists
them, it is submitted as one and flagged in the run. With --split each file and folder in a folder is a
dossier of its own; with --one nothing is said.`,
		Args: cobra.MinimumNArgs(1),
		RunE: env.WithoutRules(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			var out []intake.Submitted
			failed := false
			if split {
				var err error
				if args, err = splitFolders(args); err != nil {
					return err
				}
			}
			for _, path := range args {
				b := intake.Submission{
					From:    path,
					Inbox:   w.Inbox(),
					Env:     w.Campaign().Env,
					Replace: replace,
					One:     one,
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
	cmd.Flags().BoolVar(&split, "split", false, "submit each file and folder in a folder as a dossier of its own")
	cmd.Flags().BoolVar(&one, "one", false, "submit each path as one dossier, without looking for several applications")
	cmd.MarkFlagsMutuallyExclusive("split", "one")
	return cmd
}

// splitFolders replaces folders by what is in them, hidden files left out.
func splitFolders(paths []string) (out []string, err error) {
	for _, path := range paths {
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, fmt.Errorf("--split needs folders; unpack an archive first: %w", err)
		}
		for _, e := range entries {
			switch {
			case e.Name() == dossier.ManifestName:
				return nil, fmt.Errorf("%s describes one dossier; move it into the folder that it describes",
					filepath.Join(path, e.Name()))
			case !intake.Skipped(e.Name()):
				out = append(out, filepath.Join(path, e.Name()))
			}
		}
	}
	return out, nil
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

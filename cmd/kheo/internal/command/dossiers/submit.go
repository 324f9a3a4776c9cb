// Package dossiers holds the commands about single dossiers: kheo submit puts them into the inbox, kheo precheck says
// what they lack before a run, kheo read shows what the readers make of a file, kheo show explains an assessment,
// kheo facts and kheo evidence record what people say of what was read, kheo copies compares passages, and kheo
// search and kheo searches find dossiers.
//
// A dossier is named by its id, the beginning of it, or words of its title (Workspace.Resolve). What a command
// records is an event of the audit trail in the name of the program (review.System), because the command line does
// not know who uses it; --by says whose statement it is. Commands ask no conflicts of interest: who can write to the
// workspace can read it all. With --json a command prints one document, whose fields its doc comment names; package
// shown has those that the API shares.
package dossiers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/visible"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Submit puts dossiers into the inbox, and says what each delivery will change. Nothing is ingested yet; that
// is for the next run. It continues after a dossier that cannot be submitted, and then fails. It works while
// rulesets have mistakes, which are not the submitter's.
//
// On a terminal, it asks about a submission that holds several applications; the answer y divides it.
// Without a terminal or with --json nothing is asked, and it is submitted as one dossier, with a note.
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

A folder or archive whose forms state different titles holds several applications. On a terminal, kheo
shows the dossiers it would become and asks; otherwise it is submitted as one, and flagged in the run.
With --split each file and folder in it is a dossier of its own; with --one nothing is asked or said.`,
		Args: cobra.MinimumNArgs(1),
		RunE: env.WithoutRules(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			readers := []extract.Option{extract.Reduced(w.Campaign().Readers.Reduced)}
			splitter := &intake.Splitter{Readers: readers}
			defer splitter.Close()
			s := &submitter{cmd: cmd, env: env, splitter: splitter, submission: intake.Submission{
				Inbox:   w.Inbox(),
				Env:     w.Campaign().Env,
				Replace: replace,
				One:     one,
				Before:  w.Store.Dossiers.Get,
				Readers: readers,
			}, closed: func(id string) (on string, err error) {
				return on, w.Review().View(cmd.Context(), func(st *review.State) error {
					on = review.ClosedOn(st, id)
					return nil
				})
			}}
			switch {
			case split:
				var err error
				if args, err = s.divided(args); err != nil {
					return err
				}
			case !env.JSON && term.IsTerminal(int(os.Stdin.Fd())):
				s.answers = bufio.NewReader(os.Stdin)
			}
			for _, path := range args {
				s.submit(path)
			}
			if env.JSON {
				if err := cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"receipts": s.out}); err != nil {
					return err
				}
			} else if len(s.out) > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "They are in %s; `kheo run` ingests them.\n", w.Inbox())
			}
			if s.failed {
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
	cmd.Flags().BoolVar(&split, "split", false,
		"submit each file and folder in a folder or archive as a dossier of its own")
	cmd.Flags().BoolVar(&one, "one", false, "submit each path as one dossier, without looking for several applications")
	cmd.MarkFlagsMutuallyExclusive("split", "one")
	return cmd
}

// submitter submits paths one after the other, and collects the receipts.
type submitter struct {
	cmd        *cobra.Command
	env        *cli.Env
	splitter   *intake.Splitter
	submission intake.Submission // but for what is submitted
	// the day on which the list of a dossier was closed; "" if it is open
	closed  func(id string) (on string, err error)
	answers *bufio.Reader // of the person at the terminal; nil: nothing is asked
	out     []intake.Submitted
	failed  bool // one or more were not submitted
}

// divided replaces paths by what is in them.
func (s *submitter) divided(paths []string) (out []string, err error) {
	for _, path := range paths {
		parts, err := s.splitter.Split(s.cmd.Context(), path)
		if err != nil {
			return nil, err
		}
		out = append(out, parts...)
	}
	return out, nil
}

// submit submits a path, or what is in it if the person says so.
func (s *submitter) submit(path string) {
	b := s.submission
	b.From = path
	var parts []string
	if s.answers != nil {
		// Submit calls it when it has found several applications in what is submitted, before anything is in the
		// inbox.
		b.Divide = func(note string) (yes bool, err error) {
			parts, yes, err = s.ask(path, note)
			return yes, err
		}
	}
	done, err := b.Submit(s.cmd.Context())
	switch {
	case errors.Is(err, intake.ErrDivided):
		answers := s.answers
		s.answers = nil // each part is a dossier, as was just said
		for _, p := range parts {
			s.submit(p)
		}
		s.answers = answers
		return
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%s does not exist", path)
	}
	if err != nil {
		fmt.Fprintf(cli.Stderr, "kheo: %s was not submitted: %v\n", path, err)
		s.failed = true
		return
	}
	if on, err := s.closed(done.Dossier); err != nil {
		done.Notes = append(done.Notes, fmt.Sprintf("it is not known whether its list is closed: %v", err))
	} else if on != "" {
		done.Notes = append(done.Notes, "its list was closed on "+on+
			": the documents are kept, and change nothing on that list")
	}
	s.out = append(s.out, *done)
	if !s.env.JSON {
		printSubmitted(s.cmd.OutOrStdout(), path, done)
	}
}

// ask shows what a submission with several applications would become, and asks whether to divide it. Any
// answer but yes leaves it one dossier. One that cannot be divided is not asked about: the note in the
// receipt says what it is.
func (s *submitter) ask(path, note string) (parts []string, yes bool, err error) {
	parts, err = s.splitter.Split(s.cmd.Context(), path)
	if err != nil || len(parts) < 2 {
		return nil, false, nil
	}
	fmt.Fprintf(cli.Stderr, "%s: %s.\nDivided, it becomes %d dossiers:\n", filepath.Base(path), note, len(parts))
	for i, p := range parts {
		if i == maxPreview {
			fmt.Fprintf(cli.Stderr, "  … and %d more\n", len(parts)-i)
			break
		}
		fmt.Fprintf(cli.Stderr, "  %s\n", visible.Line(filepath.Base(p)))
	}
	fmt.Fprintf(cli.Stderr, "%d dossiers? [y/N] ", len(parts))
	answer, err := s.answers.ReadString('\n')
	if err != nil && answer == "" {
		return nil, false, fmt.Errorf("there was no answer (%w); --split and --one answer beforehand", err)
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return parts, answer == "y" || answer == "yes", nil
}

// maxPreview is the number of dossiers that are listed before the question.
const maxPreview = 20

// printSubmitted prints the receipt of a delivery: what was received, notes about it, and what it will
// change. s.Result is nil for a new dossier, and if it is not known what the delivery will change. Version 0
// marks a delivery that was received before, byte for byte.
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

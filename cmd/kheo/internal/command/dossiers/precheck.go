package dossiers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/precheck"
	"kheo/pipeline/workspace"
)

// Precheck says what dossiers have of what their rulesets ask for, and what they lack, without submitting them. Points
// are not shown: those who send dossiers in use this, too.
//
// With --json it prints { "checks": [ … ] }, see precheck.Report. It fails if something is missing or wrong.
func Precheck(env *cli.Env) *cobra.Command {
	replace := false
	cmd := &cobra.Command{
		Use:   "precheck PATH…",
		Short: "Say what dossiers have and lack of what their rulesets ask for; nothing is submitted",
		Long: `Say what dossiers (folders, .zip or documents) have and lack of what their rulesets ask for: papers and
facts, conditions, and how many passages were found for each criterion. Nothing is submitted or recorded, and no
points are shown. What was received before of a dossier of the same name counts as well.

Pages that are images, and files that need LibreOffice, are named and left to the run. The exit status is 1 if
something is missing or wrong.`,
		Args: cobra.MinimumNArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			checker, lacks := precheck.New(w, w.Pool), false
			reports := []*precheck.Report{}
			for _, path := range args {
				r, err := checker.Submission(cmd.Context(), &intake.Submission{From: path, Inbox: w.Inbox(),
					Env: w.Campaign().Env, Replace: replace, Before: w.Store.Dossiers.Get,
					Readers: []extract.Option{extract.Reduced(w.Campaign().Readers.Reduced)}})
				if errors.Is(err, fs.ErrNotExist) {
					err = fmt.Errorf("%s does not exist", path)
				}
				if err != nil {
					return err
				}
				reports, lacks = append(reports, r), lacks || r.Lacks() > 0
				if !env.JSON {
					printChecked(cmd.OutOrStdout(), env.Languages(w), path, r)
				}
			}
			if env.JSON {
				if err := cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"checks": reports}); err != nil {
					return err
				}
			}
			if lacks {
				return cli.ErrReported
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&replace, "replace", false,
		"check it as replacing everything received before of the same dossier")
	return env.WithLang(cmd)
}

// states are the words for the states of a fact, in a column.
var states = map[precheck.State]string{precheck.Found: "found", precheck.Missing: "MISSING",
	precheck.Differs: "DIFFERS", precheck.Unsure: "not sure", precheck.Unproven: "no paper says so"}

// printChecked prints what a dossier has and lacks.
func printChecked(out io.Writer, langs []string, path string, r *precheck.Report) {
	in := func(t dossier.Text) string { return strings.TrimSpace(t.In(langs...)) }
	if r.Ruleset == "" {
		fmt.Fprintf(out, "%s: no ruleset applies\n  %s\n", path, in(r.Why))
		return
	}
	none, all := r.Without()
	fmt.Fprintf(out, "%s · %s: missing or wrong: %d; criteria without evidence: %d of %d\n", path, r.Ruleset, r.Lacks(),
		none, all)
	for _, f := range r.Facts {
		fmt.Fprintf(out, "  %-16s  %s", states[f.State], in(f.Title))
		if !f.Paper && f.Value != nil {
			fmt.Fprintf(out, ": %s", in(f.Value))
		}
		if f.Source.Document != "" {
			fmt.Fprintf(out, "  (%s, page %d)", f.Source.Document, f.Source.Page)
		}
		for _, x := range f.Rivals {
			fmt.Fprintf(out, "; %s  (%s, page %d)", in(x.Value), x.Source.Document, x.Source.Page)
		}
		fmt.Fprintln(out)
	}
	for _, g := range r.Gates {
		if !g.Passed {
			fmt.Fprintf(out, "  %-16s  %s\n", "NOT MET", in(g.Reason))
		}
	}
	for _, c := range r.Criteria {
		switch {
		case c.Panel:
		case c.Evidence > 0:
			fmt.Fprintf(out, "  %-16s  %s\n", cli.Plural(c.Evidence, "passage"), in(c.Title))
		case c.Uncertain > 0:
			fmt.Fprintf(out, "  %-16s  %s: %s that people must confirm\n", "not sure", in(c.Title),
				cli.Plural(c.Uncertain, "passage"))
		default:
			fmt.Fprintf(out, "  %-16s  %s\n", "no evidence", in(c.Title))
		}
	}
	for _, f := range r.Files {
		switch {
		case f.Problem != nil:
			fmt.Fprintf(out, "  %-16s  %s: %s\n", "NOT READ", f.Name, in(f.Problem))
		case f.Later:
			fmt.Fprintf(out, "  %-16s  %s: read by the run\n", "not read yet", f.Name)
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(out, "  note: %s\n", strings.ReplaceAll(n, "\n", "\n        "))
	}
}

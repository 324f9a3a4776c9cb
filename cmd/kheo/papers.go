package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/internal/text/language"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/papers"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

func papersCmd(c *common) *cobra.Command {
	var out, kind, ruleset, unit, letter, lang string
	var pdf bool
	cmd := &cobra.Command{
		Use:   "papers",
		Short: "Make the committee's papers: list, minutes, submission, decision, returns, letters, summary",
		Long:  "Makes the papers that a committee signs and sends, as Word documents and, with --pdf, as PDF.\nOf a closed list they say what was closed; of an open one they are drafts.\n\nTo change how they read or look: kheo papers templates, then change papers/*.docx in Word.",
		Args:  cobra.NoArgs,
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			orders, err := orders(cmd.Context(), w, kind, ruleset, unit, letter, lang)
			if err != nil {
				return err
			}
			if out == "" {
				out = filepath.Join(w.Lists(), "papers")
			}
			if err := os.MkdirAll(out, 0o755); err != nil {
				return err
			}
			made := [][]byte{}
			for _, o := range orders {
				b, err := papers.Make(cmd.Context(), w, o)
				if err != nil {
					return err
				}
				made = append(made, b)
				path := filepath.Join(out, o.FileName()+".docx")
				if err := store.WriteFile(path, b); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), path)
			}
			if !pdf {
				return nil
			}
			office, err := extract.FindOffice(cmd.Context(), extract.Reduced(w.Campaign().Readers.Reduced))
			if err != nil {
				return fmt.Errorf("%w: it prints the papers to PDF. On Debian: apt install libreoffice-writer-nogui", err)
			}
			printed, err := office.PDF(cmd.Context(), made)
			if err != nil {
				return err
			}
			for i, o := range orders {
				path := filepath.Join(out, o.FileName()+".pdf")
				if err := store.WriteFile(path, printed[i]); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), path)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&out, "out", "", "the folder `DIR` to write to (lists/CAMPAIGN/papers)")
	cmd.Flags().StringVar(&kind, "paper", "", "one `PAPER` alone: "+kindNames())
	cmd.Flags().StringVar(&ruleset, "ruleset", "", "the papers of one `RULESET`'s list alone")
	cmd.Flags().StringVar(&unit, "unit", "", "the letters to one `UNIT` alone: one for each of its dossiers")
	cmd.Flags().StringVar(&letter, "dossier", "", "the letter about one `DOSSIER` alone")
	cmd.Flags().StringVar(&lang, "lang", "", "the `LANGUAGE` of the papers (the campaign's first)")
	cmd.Flags().BoolVar(&pdf, "pdf", false, "as PDF too")
	cmd.AddCommand(templatesCmd(c), fieldsCmd())
	return cmd
}

func kindNames() string {
	var out []string
	for _, k := range paper.Kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}

// orders are the papers that are asked for.
func orders(ctx context.Context, w *workspace.Workspace, kind, ruleset, unit, letter, lang string) ([]papers.Order, error) {
	if kind != "" && !paper.Kind(kind).Known() {
		return nil, usage{fmt.Errorf("there is no paper %q; there are %s", kind, kindNames())}
	}
	if lang != "" && !slices.Contains(language.Codes(), lang) {
		return nil, usage{fmt.Errorf("there are no papers in %q; there are %s", lang, strings.Join(language.Codes(), ", "))}
	}
	if unit != "" && w.Campaign().Env.UnitByID(unit) == nil {
		return nil, usage{fmt.Errorf("there is no unit %q in %s", unit, campaign.File)}
	}
	if letter != "" {
		id, err := w.Resolve(ctx, letter)
		if err != nil {
			return nil, err
		}
		letter = id
	}
	var out []papers.Order
	for _, k := range paper.Kinds {
		if kind != "" && k != paper.Kind(kind) || unit+letter != "" && k != paper.Feedback || ruleset != "" && !k.OfList() {
			continue
		}
		o := papers.Order{Kind: k, Language: lang}
		switch {
		case k.OfList():
			for _, rs := range w.Campaign().Rulesets {
				if ruleset == "" || rs.ID == ruleset {
					o.Ruleset = rs.ID
					out = append(out, o)
				}
			}
		case k == paper.Feedback:
			letters, err := papers.Letters(ctx, w, unit)
			if err != nil {
				return nil, err
			}
			for _, o := range letters {
				if o.Language = lang; letter == "" || o.Dossier == letter {
					out = append(out, o)
				}
			}
			if len(out) == 0 && unit+letter+kind != "" {
				return nil, fmt.Errorf("no dossier of that kind is on a list; `kheo lists` shows who is, and `kheo run` makes them")
			}
		default:
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return nil, usage{errors.New("no paper is both of that kind and about that; leave out one of --paper, --ruleset, --unit, --dossier, or correct it")}
	}
	return out, nil
}

func templatesCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "templates",
		Short: "Write the templates of the papers into papers/, to be changed in Word",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, err := campaign.Load(c.dir)
			if err != nil {
				return err
			}
			dir := filepath.Join(c.dir, "papers")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			for _, k := range paper.Kinds {
				for _, lang := range camp.Env.Languages {
					path := filepath.Join(dir, paper.FileName(k, lang))
					if _, err := os.Lstat(path); err == nil {
						fmt.Fprintf(cmd.OutOrStdout(), "%s is there already; it was left as it is\n", path)
						continue
					}
					b, _, err := paper.Template(dir, k, lang, camp.Papers.Layout)
					if err != nil {
						return err
					}
					if err := store.WriteFile(path, b); err != nil {
						return err
					}
					fmt.Fprintln(cmd.OutOrStdout(), path)
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "\nChange them in Word; what stands between {{ and }} is filled in (kheo papers fields lists it all).\nA file that is removed is made as before.\n")
			return nil
		},
	}
}

func fieldsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "fields",
		Short: "List what a template can write",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			fmt.Fprintln(cmd.OutOrStdout(), "{{if .X}} … {{else}} … {{end}} chooses; {{range .X}} … {{end}} repeats, and inside it the fields of X are meant ($ is the whole again).")
			for _, l := range paper.Fields() {
				fmt.Fprintln(cmd.OutOrStdout(), l)
			}
			return nil
		},
	}
}

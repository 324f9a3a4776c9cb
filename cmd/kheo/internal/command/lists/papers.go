package lists

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/durable"
	"kheo/internal/text/language"
	"kheo/pipeline/campaign"
	"kheo/pipeline/extract"
	"kheo/pipeline/papers"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/workspace"
)

// paperFilter says which papers are asked for. Empty fields do not restrict anything.
type paperFilter struct {
	kind     paper.Kind
	ruleset  string // papers of this ruleset's list
	unit     string // letters to this unit
	dossier  string // the letter about this dossier
	language string
}

// Papers writes the papers of a committee as Word documents and, if asked, as PDF. Papers of a closed list show
// the list as it was closed; those of an open list are marked as drafts. Existing papers in the folder are
// replaced.
//
// It prints the path of each paper when it is written, so that what it prints is what exists if it fails.
func Papers(env *cli.Env) *cobra.Command {
	var f paperFilter
	var out, kind string
	var pdf bool
	cmd := &cobra.Command{
		Use: "papers",
		Short: "Make the committee's papers: list, minutes, submission, decision, returns, letters, certificates, " +
			"summary",
		Long: `Make the papers that a committee signs and sends, as Word documents and, with --pdf, as PDF.
Papers of a closed list contain what was closed; those of an open list are drafts.

To change their wording or layout: kheo papers templates, then edit papers/*.docx in Word.`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			f.kind = paper.Kind(kind)
			orders, err := f.orders(cmd.Context(), w)
			if err != nil {
				return err
			}
			if out == "" {
				out = filepath.Join(w.Lists(), "papers")
			}
			lang := cmp.Or(f.language, w.Campaign().Env.Languages[0])
			blank := papers.Blanks(w, lang)
			if f.kind == paper.Certificate {
				blank = papers.CertificateBlanks(w, orders, lang)
			}
			if len(blank) > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(),
					"kheo.yaml leaves %s blank under papers: (%s), so the papers have gaps there; fill them in and "+
						"make them again\n", strings.Join(blank, ", "), lang)
			}
			made, err := writePapers(cmd, w, orders, out)
			if err != nil || !pdf {
				return err
			}
			return writePDFs(cmd, w, orders, made, out)
		}),
	}
	cmd.Flags().StringVar(&out, "out", "", "the folder `DIR` to write to (lists/CAMPAIGN/papers)")
	cmd.Flags().StringVar(&kind, "paper", "", "only one kind of `PAPER`: "+kindNames())
	cmd.Flags().StringVar(&f.ruleset, "ruleset", "", "only the papers of one `RULESET`'s list")
	cmd.Flags().StringVar(&f.unit, "unit", "", "only the letters to one `UNIT`: one for each of its dossiers")
	cmd.Flags().StringVar(&f.dossier, "dossier", "", "only the letter about one `DOSSIER`")
	cmd.Flags().StringVar(&f.language, "lang", "", "the `LANGUAGE` of the papers (the campaign's first)")
	cmd.Flags().BoolVar(&pdf, "pdf", false, "as PDF too")
	cmd.AddCommand(templatesCmd(env), fieldsCmd())
	return cmd
}

// writePapers writes the papers as Word documents into dir, prints their paths, and returns their contents in
// the order of orders. Each is written to a temporary file first and renamed, so a paper is never half there.
// The first failure ends the work; papers before it stay.
func writePapers(
	cmd *cobra.Command,
	w *workspace.Workspace,
	orders []papers.Order,
	dir string,
) ([][]byte, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	made := [][]byte{}
	for _, o := range orders {
		b, err := papers.Make(cmd.Context(), w, o)
		if err != nil {
			return nil, err
		}
		made = append(made, b)
		path := filepath.Join(dir, o.FileName()+".docx")
		if err := durable.WriteFile(path, b); err != nil {
			return nil, err
		}
		fmt.Fprintln(cmd.OutOrStdout(), path)
	}
	return made, nil
}

// writePDFs prints Word documents to PDF with LibreOffice, all in one call, because starting it takes seconds.
// made[i] is the document of orders[i]. The documents are printed again from memory and not from the folder,
// which others may change.
func writePDFs(
	cmd *cobra.Command,
	w *workspace.Workspace,
	orders []papers.Order,
	made [][]byte,
	dir string,
) error {
	office, err := extract.FindOffice(cmd.Context(), extract.Reduced(w.Campaign().Readers.Reduced))
	if err != nil {
		return fmt.Errorf("%w: it prints the papers to PDF. On Debian: apt install libreoffice-writer-nogui", err)
	}
	printed, err := office.PDF(cmd.Context(), made)
	if err != nil {
		return err
	}
	for i, o := range orders {
		path := filepath.Join(dir, o.FileName()+".pdf")
		if err := durable.WriteFile(path, printed[i]); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), path)
	}
	return nil
}

// kindNames lists the kinds of papers for messages.
func kindNames() string {
	var out []string
	for _, k := range paper.Kinds {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}

// check resolves the names in the filter, and returns an error of use for those that do not exist. It replaces
// f.dossier by the id that it resolves to.
func (f *paperFilter) check(ctx context.Context, w *workspace.Workspace) (err error) {
	if f.kind != "" && !f.kind.Known() {
		return cli.Usagef("there is no paper %q; there are %s", f.kind, kindNames())
	}
	if f.language != "" && !slices.Contains(language.Codes(), f.language) {
		return cli.Usagef("there are no papers in %q; there are %s", f.language, strings.Join(language.Codes(), ", "))
	}
	if f.unit != "" && w.Campaign().Env.UnitByID(f.unit) == nil {
		return cli.Usagef("there is no unit %q in %s", f.unit, campaign.File)
	}
	if f.dossier != "" {
		f.dossier, err = w.Resolve(ctx, f.dossier)
	}
	return err
}

// wants reports whether papers of a kind can be asked for: a unit or a dossier restricts them to letters, a
// ruleset to papers of a list.
func (f *paperFilter) wants(k paper.Kind) bool {
	if k == paper.Certificate { // which are for those who were recognised, when all is decided
		return f.kind == k
	}
	return (f.kind == "" || f.kind == k) && (f.unit+f.dossier == "" || k == paper.Feedback) &&
		(f.ruleset == "" || k.OfList())
}

// orders returns the papers that the filter asks for. It is an error if there are none.
func (f *paperFilter) orders(ctx context.Context, w *workspace.Workspace) ([]papers.Order, error) {
	if err := f.check(ctx, w); err != nil {
		return nil, err
	}
	var out []papers.Order
	for _, k := range paper.Kinds {
		switch {
		case !f.wants(k):
		case k.OfList():
			for _, rs := range w.Campaign().Rulesets {
				if f.ruleset == "" || rs.ID == f.ruleset {
					out = append(out, papers.Order{Kind: k, Language: f.language, Ruleset: rs.ID})
				}
			}
		case k == paper.Feedback:
			letters, err := f.letters(ctx, w)
			if err != nil {
				return nil, err
			}
			if out = append(out, letters...); len(out) == 0 && f.unit+f.dossier+string(f.kind) != "" {
				return nil, errors.New(
					"no such dossier is on a list; `kheo lists` shows which are, and `kheo run` makes lists",
				)
			}
		case k == paper.Certificate:
			certificates, err := f.certificates(ctx, w)
			if err != nil {
				return nil, err
			}
			out = append(out, certificates...)
		default:
			out = append(out, papers.Order{Kind: k, Language: f.language})
		}
	}
	if len(out) == 0 {
		return nil, cli.Usagef("no paper is both of that kind and about that; leave out one of " +
			"--paper, --ruleset, --unit, --dossier, or correct it")
	}
	return out, nil
}

// letters returns the letters to units that the filter asks for.
func (f *paperFilter) letters(ctx context.Context, w *workspace.Workspace) ([]papers.Order, error) {
	all, err := papers.Letters(ctx, w, f.unit)
	if err != nil {
		return nil, err
	}
	var out []papers.Order
	for _, o := range all {
		if f.dossier == "" || o.Dossier == f.dossier {
			o.Language = f.language
			out = append(out, o)
		}
	}
	return out, nil
}

// certificates returns the certificates that the filter asks for. It is an error if there are none.
func (f *paperFilter) certificates(ctx context.Context, w *workspace.Workspace) ([]papers.Order, error) {
	if f.ruleset != "" {
		if err := knownList(w, f.ruleset); err != nil {
			return nil, err
		}
	}
	all, err := papers.Certificates(ctx, w, f.ruleset)
	if err != nil {
		return nil, err
	}
	var out []papers.Order
	for _, o := range all {
		if (f.dossier == "" || o.Dossier == f.dossier) && (f.unit == "" || o.Unit == f.unit) {
			o.Language = f.language
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no certificate can be made: a list must be closed, with dossiers that were " +
			"recognised and to which " +
			"no objection is open or upheld")
	}
	return out, nil
}

// templatesCmd writes the templates of all papers, in all languages of the campaign. It leaves existing files alone,
// because people edit them.
func templatesCmd(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "templates",
		Short: "Write the templates of the papers into papers/, to be edited in Word",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, err := campaign.Load(env.Dir)
			if err != nil {
				return err
			}
			dir := filepath.Join(env.Dir, "papers")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			for _, k := range paper.Kinds {
				for _, lang := range camp.Env.Languages {
					path := filepath.Join(dir, paper.FileName(k, lang))
					if _, err := os.Lstat(path); err == nil {
						fmt.Fprintf(cmd.OutOrStdout(), "%s exists already; it was not changed\n", path)
						continue
					}
					b, _, err := paper.Template(dir, k, lang, camp.Papers.Layout)
					if err != nil {
						return err
					}
					if err := durable.WriteFile(path, b); err != nil {
						return err
					}
					fmt.Fprintln(cmd.OutOrStdout(), path)
				}
			}
			fmt.Fprint(cmd.OutOrStdout(), `
Edit them in Word; what is between {{ and }} is filled in (kheo papers fields lists the fields).
If you remove a file, the built-in template is used again.
`)
			return nil
		},
	}
}

// fieldsCmd lists the fields that templates can fill in.
func fieldsCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "fields",
		Short: "List the fields that a template can fill in",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			fmt.Fprintln(
				cmd.OutOrStdout(),
				"{{if .X}} … {{else}} … {{end}} chooses; {{range .X}} … {{end}} repeats, and "+
					"inside it the fields are those of X ($ is the whole paper).",
			)
			for _, l := range paper.Fields() {
				fmt.Fprintln(cmd.OutOrStdout(), l)
			}
			return nil
		},
	}
}

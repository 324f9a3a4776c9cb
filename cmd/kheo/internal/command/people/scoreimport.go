package people

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
	"kheo/rules/lookup"
)

// maxSheet is how many bytes of a table of marks are read.
const maxSheet = lookup.MaxBytes

// scoreImport records the marks of a table, as secretaries of panels keep them: one row for each dossier and scorer.
// Without --record it shows what it would record. Nothing is recorded unless every cell can be.
func scoreImport(env *cli.Env) *cobra.Command {
	var by, dossiers, sheet string
	var record bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Record the marks of a table (.csv or .xlsx), after showing them",
		Long: `Record the marks of a table: one row for each dossier and scorer, and a column for each criterion, whose
header is the criterion's id or title. What stands in brackets in a header, such as "Novelty (30)", does not matter. An
empty cell is no mark. Columns that are no criteria are named and left out.

  kheo score import marks.xlsx --by Reviewer            shows the marks, or all mistakes with row and column
  kheo score import marks.xlsx --by Reviewer --record   records them`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			info, err := os.Stat(args[0])
			if err != nil {
				return err
			}
			if info.Size() > maxSheet {
				return fmt.Errorf("%s is larger than %d MB: keep only the marks in it", args[0], maxSheet>>20)
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			table, problems := lookup.ReadSheet(args[0], sheet, data)
			if problems != nil {
				return env.Problems(cmd, problems)
			}
			in := &marksImport{w: w, file: args[0], table: table}
			if err := in.read(cmd.Context(), by, dossiers); err != nil {
				return err
			}
			if len(in.problems) > 0 {
				return env.Problems(cmd, in.problems)
			}
			if record {
				for i := range in.marks {
					m := &in.marks[i]
					if err := w.Review().Do(cmd.Context(), review.Subject{Unit: m.unit}, m.event); err != nil {
						return fmt.Errorf("%s:%d: %d marks were recorded before this: %w", args[0], m.line, i, err)
					}
				}
			}
			return in.print(cmd, env, record)
		}),
	}
	cmd.Flags().StringVar(&by, "by", "", "the header of the column with the scorers (required)")
	cmd.Flags().StringVar(&dossiers, "dossiers", "",
		"the header of the column with the dossiers; the first column if missing")
	cmd.Flags().StringVar(&sheet, "sheet", "", "the sheet of an .xlsx; the first if missing")
	cmd.Flags().BoolVar(&record, "record", false, "record the marks; without it they are only shown")
	return cmd
}

// marksImport reads a table of marks.
type marksImport struct {
	w        *workspace.Workspace
	file     string
	table    *lookup.Sheet
	marks    []importedMark
	unused   []string // headers of columns that are no criteria
	problems strict.Problems
}

// importedMark is a mark that is to be recorded.
type importedMark struct {
	event  review.Event
	unit   string // of the dossier
	name   string // of the dossier, as the table has it
	scorer string
	shown  string
	line   int
}

// fail notes a mistake at a cell.
func (in *marksImport) fail(at lookup.Cell, cure, format string, args ...any) {
	in.problems = append(in.problems, lookup.Problem(in.file, at, cure, format, args...))
}

// read reads all rows. The error is one of the records or of use; mistakes of the table are in in.problems.
func (in *marksImport) read(ctx context.Context, by, dossiers string) error {
	if by == "" {
		return cli.Usagef("--by must name the column with the scorers; %s", in.table.Known(""))
	}
	scorer, of := in.table.Column(by), 0
	if scorer < 0 {
		return cli.Usagef("%s has no column %q; %s", in.file, by, in.table.Known(by))
	}
	if dossiers != "" {
		if of = in.table.Column(dossiers); of < 0 {
			return cli.Usagef("%s has no column %q; %s", in.file, dossiers, in.table.Known(dossiers))
		}
	}
	all, err := in.w.Store.Dossiers.All(ctx)
	if err != nil {
		return err
	}
	byName := map[string][]string{} // ids of dossiers by the names under which they were submitted, and by id
	for i := range all {
		for _, name := range []string{all[i].ID, all[i].Name} {
			if key := lookup.Same(name); !slices.Contains(byName[key], all[i].ID) {
				byName[key] = append(byName[key], all[i].ID)
			}
		}
	}
	used := map[int]bool{}
	if err := in.w.Review().View(ctx, func(s *review.State) error {
		for _, row := range in.table.Rows {
			if err := in.row(ctx, s, row, byName, of, scorer, used); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for i, h := range in.table.Headers {
		if i != of && i != scorer && !used[i] && h.Text != "" {
			in.unused = append(in.unused, h.Text)
		}
	}
	if len(in.problems) == 0 && len(in.marks) == 0 {
		return fmt.Errorf("%s has no marks: no column is called like a criterion that people score; columns: %s",
			in.file, strings.Join(in.unused, ", "))
	}
	return nil
}

// row reads the marks of one row. used notes the columns that are criteria of some row's ruleset.
func (in *marksImport) row(ctx context.Context, s *review.State, row []lookup.Cell, byName map[string][]string, of,
	scorer int, used map[int]bool) error {
	ids := byName[lookup.Same(row[of].Text)]
	if len(ids) != 1 {
		in.fail(row[of], "write the dossier's id, or the name of the folder or file that was submitted",
			"%d dossiers are called %q", len(ids), row[of].Text)
		return nil
	}
	identity, ok, err := in.w.Store.Profiles.Identity(ctx, ids[0])
	if err != nil {
		return err
	}
	rs := in.w.Campaign().Ruleset(identity.Kind, identity.Level)
	if !ok || rs == nil {
		in.fail(row[of], "run `kheo run`, and see why it is unplaced", "no ruleset applies to %s", row[of].Text)
		return nil
	}
	criteria := rs.PanelCriteria()
	for i, h := range in.table.Headers {
		c := criterionCalled(criteria, h.Text)
		if i == of || i == scorer || c == nil {
			continue
		}
		used[i] = true
		if row[i].Text == "" {
			continue
		}
		mark, ok := c.Scale.Parse(row[i].Text)
		if !ok {
			in.fail(row[i], "write "+c.Marks("en"), "%q is not a valid mark of %s", row[i].Text, c.ID)
			continue
		}
		e := review.Event{Person: review.System, Action: review.Scored, Ruleset: rs.ID, Dossier: ids[0],
			Data: review.Data{Criterion: c.ID, Points: &mark}}
		if e.Data.Subject, e.Data.Name, err = s.Scorer(row[scorer].Text); err != nil {
			in.fail(row[scorer], "name the scorer as people are called", "%v", err)
			break
		}
		in.marks = append(in.marks, importedMark{event: e, unit: identity.Unit, name: row[of].Text,
			scorer: cmp.Or(e.Data.Subject, e.Data.Name), shown: c.Mark(mark, "en"), line: row[i].Line})
	}
	return nil
}

// inBrackets returns the text in brackets at the end of a header.
var inBrackets = regexp.MustCompile(`\s*\([^()]*\)\s*$`)

// criterionCalled is the criterion with an id or title, nil if there is none.
func criterionCalled(criteria []rules.PanelCriterion, header string) *rules.PanelCriterion {
	name := language.Fold(inBrackets.ReplaceAllString(header, ""))
	for i := range criteria {
		c := &criteria[i]
		if strings.EqualFold(c.ID, strings.TrimSpace(header)) {
			return c
		}
		for _, title := range c.Title {
			if name != "" && language.Fold(title) == name {
				return c
			}
		}
	}
	return nil
}

// print shows the marks that were, or would be, recorded.
func (in *marksImport) print(cmd *cobra.Command, env *cli.Env, recorded bool) error {
	out := cmd.OutOrStdout()
	if env.JSON {
		type mark struct {
			Dossier   string  `json:"dossier"`
			Criterion string  `json:"criterion"`
			Scorer    string  `json:"scorer"`
			Points    float64 `json:"points"`
		}
		list := []mark{}
		for _, m := range in.marks {
			list = append(list, mark{m.event.Dossier, m.event.Data.Criterion, m.scorer, *m.event.Data.Points})
		}
		return cli.PrintJSON(out, map[string]any{"recorded": recorded, "marks": list, "unused": in.unused})
	}
	if !recorded {
		t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, m := range in.marks {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", m.name, m.scorer, m.event.Data.Criterion, m.shown)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if len(in.unused) > 0 {
		fmt.Fprintf(out, "Columns that are no criteria: %s.\n", strings.Join(in.unused, ", "))
	}
	if recorded {
		fmt.Fprintf(out, "%d marks are recorded. The next run counts them.\n", len(in.marks))
		return nil
	}
	fmt.Fprintf(out, "%d marks can be recorded: add --record.\n", len(in.marks))
	return nil
}

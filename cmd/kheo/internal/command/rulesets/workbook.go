package rulesets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/durable"
	"kheo/internal/strict"
	"kheo/pipeline/campaign"
	"kheo/pipeline/difference"
	"kheo/pipeline/workbook"
	"kheo/rules"
)

// exportCmd writes a ruleset of the campaign as a workbook. It opens no records.
func exportCmd(env *cli.Env) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use:   "export [RULESET] FILE.xlsx",
		Short: "Write a ruleset as an Excel workbook, to be edited and imported again",
		Long: `Write a ruleset as an Excel workbook, which is edited in Excel or LibreOffice and read with  kheo rules import.
RULESET may be left out if the campaign has only one. --lang chooses the language of the headings.

  kheo rules export model-district model-district.xlsx`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := args[len(args)-1]
			if !strings.EqualFold(filepath.Ext(file), ".xlsx") {
				return cli.Usagef("%q does not end in .xlsx; write  kheo rules export RULESET FILE.xlsx", file)
			}
			camp, err := campaign.Load(env.Dir)
			if err != nil {
				return env.Problems(cmd, err)
			}
			rs, err := oneRuleset(camp, args[:len(args)-1])
			if err != nil {
				return err
			}
			src, err := sourceOf(camp, rs.File)
			if err != nil {
				return err
			}
			data, err := workbook.Export(src, env.TextLanguage(camp))
			if err != nil {
				return err
			}
			if _, err := os.Lstat(file); err == nil && !replace {
				return fmt.Errorf("%s exists; name another file, or add --replace", file)
			}
			if err := durable.WriteFile(file, data); err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"ruleset": rs.ID, "file": file})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is in %s. When it is edited:  kheo rules import %s\n", rs.ID, file, file)
			return nil
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "replace FILE.xlsx if it exists")
	return env.WithLang(cmd)
}

// oneRuleset returns the ruleset that args name, or the only one of the campaign.
func oneRuleset(camp *campaign.Campaign, args []string) (*rules.Ruleset, error) {
	var ids []string
	for _, rs := range camp.Rulesets {
		ids = append(ids, rs.ID)
		if len(args) > 0 && rs.ID == args[0] || len(args) == 0 && len(camp.Rulesets) == 1 {
			return rs, nil
		}
	}
	if len(args) == 0 {
		return nil, cli.Usagef("name one of the rulesets: %s", strings.Join(ids, ", "))
	}
	cure := "the campaign has: " + strings.Join(ids, ", ")
	if near := strict.Nearest(args[0], ids); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	return nil, fmt.Errorf("there is no ruleset %q; %s", args[0], cure)
}

// sourceOf reads the file of a ruleset of the campaign.
func sourceOf(camp *campaign.Campaign, file string) (workbook.Source, error) {
	text, err := camp.ReadRules(file)
	return workbook.Source{File: file, Text: text, Env: camp.Env, Open: camp.ReadRules}, err
}

// maxWorkbook is one byte more than a workbook may have: its reader then says that it is too large.
const maxWorkbook = 4<<20 + 1

// importCmd reads an edited workbook. It shows what differs from the ruleset in force, and with --write changes the
// file. Nothing of the records changes; the next run uses the new ruleset.
//
// With --json it prints { "ruleset", "file", "changes", "written", "backup" }, or { "ok": false, "problems" } with
// the sheet and cell of each mistake.
func importCmd(env *cli.Env) *cobra.Command {
	var write, overwrite bool
	cmd := &cobra.Command{
		Use:   "import FILE.xlsx [RULESET]",
		Short: "Read an edited workbook: its mistakes, what it changes, and with --write into the ruleset",
		Long: `Read a workbook that  kheo rules export  wrote and that was edited since. Mistakes are printed with their sheet and
cell, all at once. Otherwise the changes are printed, and nothing is written: that needs --write. The file of the ruleset
is changed only where the workbook differs from it, so that its comments stay, and its former text is kept beside it as
NAME.DATE.bak.

  kheo rules import model-district.xlsx
  kheo rules import model-district.xlsx --write

RULESET is needed only if the workbook changes the name of the ruleset.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, err := campaign.Load(env.Dir)
			if err != nil {
				return env.Problems(cmd, err)
			}
			data, err := readUpTo(args[0], maxWorkbook)
			if err != nil {
				return err
			}
			rs, err := rulesetOf(camp, data, args[1:])
			if err != nil {
				return workbookProblems(cmd, env, args[0], err)
			}
			src, err := sourceOf(camp, rs.File)
			if err != nil {
				return err
			}
			got, problems := workbook.Import(src, data)
			if len(problems) == 0 {
				problems = beside(camp, rs, got.Rules)
			}
			if len(problems) > 0 {
				return workbookProblems(cmd, env, args[0], problems)
			}
			changes, err := difference.Of(rs.File, src.Text, got.Text)
			if err != nil {
				return err
			}
			differs := !bytes.Equal(src.Text, got.Text)
			backup := ""
			if write && differs {
				if got.Stale && !overwrite {
					return fmt.Errorf("%s has changed since this workbook was exported, and importing it would undo "+
						"that: "+
						"see the changes without --write; then export again, or add --overwrite", rs.File)
				}
				if backup, err = replaceRules(camp, src, got.Text); err != nil {
					return err
				}
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"ruleset": got.Rules.ID, "file": rs.File,
					"changes": notNil(changes), "written": backup != "", "backup": backup})
			}
			printImport(cmd.OutOrStdout(), env.TextLanguage(camp), rs.File, args[0], changes, differs, got.Stale,
				backup)
			return nil
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "change the ruleset")
	cmd.Flags().BoolVar(&overwrite, "overwrite", false,
		"with --write: also if the ruleset has changed since the export")
	return env.WithLang(cmd)
}

// printImport says what a workbook changes, and what has been or is to be done.
func printImport(out io.Writer, lang, file, book string, changes []difference.Change, differs, stale bool,
	backup string) {
	if !differs {
		fmt.Fprintf(out, "%s says what %s says: nothing to change.\n", book, file)
		return
	}
	printChanges(out, lang, changes)
	if backup != "" {
		fmt.Fprintf(out, "\n%s is changed; its former text is in %s.\nSee what moves:  kheo run  or the page Rules.\n",
			file, backup)
		return
	}
	if stale {
		fmt.Fprintf(out, "\n%s has changed since this workbook was exported: the changes above undo that as well.\n",
			file)
	}
	fmt.Fprintf(out, "\nNothing is written. To change %s:  kheo rules import %s --write\n", file, book)
}

// printChanges prints differences in words.
func printChanges(out io.Writer, lang string, changes []difference.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(out, "The layout or comments differ, and no rule does.")
	}
	for _, c := range changes {
		fmt.Fprintln(out, "• "+c.Text.In(lang, "en"))
	}
}

// notNil is a list that JSON shows as [] if it is empty.
func notNil(changes []difference.Change) []difference.Change {
	if changes == nil {
		return []difference.Change{}
	}
	return changes
}

// readUpTo reads a regular file, at most n bytes of it.
func readUpTo(name string, n int64) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s does not exist", name)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, n))
}

// rulesetOf returns the ruleset that a workbook is of.
func rulesetOf(camp *campaign.Campaign, data []byte, args []string) (*rules.Ruleset, error) {
	if len(args) == 0 {
		id, problems := workbook.ID(data)
		if len(problems) > 0 {
			return nil, problems
		}
		args = []string{id}
	}
	return oneRuleset(camp, args)
}

// beside returns what a changed ruleset gets wrong together with the others of the campaign.
func beside(camp *campaign.Campaign, old, changed *rules.Ruleset) (out workbook.Problems) {
	var sets []*rules.Ruleset
	for _, rs := range camp.Rulesets {
		if rs != old {
			sets = append(sets, rs)
		}
	}
	for _, p := range rules.LoadAll(append(sets, changed)) {
		out = append(out, workbook.Problem{Sheet: "Ruleset", Message: p.Message, Cure: p.Cure})
	}
	return out
}

// workbookProblems prints the mistakes of a workbook, which messages call file, and returns the error of the command.
func workbookProblems(cmd *cobra.Command, env *cli.Env, file string, err error) error {
	var ps workbook.Problems
	if !errors.As(err, &ps) {
		return err
	}
	if env.JSON {
		if err := cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"ok": false, "problems": ps}); err != nil {
			return err
		}
		return cli.ErrReported
	}
	return fmt.Errorf("%s has mistakes, and nothing was changed:\n%w", file, ps)
}

// replaceRules writes the new text of a ruleset. The former text is kept beside it first, under a name that nothing
// has yet. It fails if the file has changed since it was read.
func replaceRules(camp *campaign.Campaign, src workbook.Source, text []byte) (backup string, err error) {
	now, err := camp.ReadRules(src.File)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(now, src.Text) {
		return "", fmt.Errorf("%s was changed by somebody else just now; import again", src.File)
	}
	path := filepath.Join(camp.Dir, filepath.FromSlash(src.File))
	backup = src.File + "." + time.Now().UTC().Format("20060102-150405") + ".bak"
	if err := durable.CopyFile(path, filepath.Join(camp.Dir, filepath.FromSlash(backup))); err != nil {
		return "", fmt.Errorf("the former text cannot be kept, so nothing was changed: %w", err)
	}
	return backup, durable.WriteFile(path, text)
}

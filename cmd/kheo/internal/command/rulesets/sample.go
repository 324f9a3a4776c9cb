package rulesets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/trial"
	"kheo/pipeline/workspace"
	"kheo/rules"
	"kheo/rules/lookup"
)

// Bounds of a sample.
const (
	defaultSample = 30
	maxSample     = 1000                // finds of a clue
	maxSheet      = lookup.MaxBytes + 1 // bytes that are read of a sheet: one more than the reader of tables takes
	seedDigits    = 12                  // of the ruleset's hash, which is the seed if none is given
)

// sampleFlags are the flags of rules sample.
type sampleFlags struct {
	n      int
	seed   string
	judge  string
	judged string
}

// sampleCmd shows random finds of each clue over the dossiers of the records, or reads back what a person said of
// them. It assesses nothing and records nothing.
//
// With --json it prints { "clues": [ … ] }: samples, or with --judged the shares that are right.
func sampleCmd(env *cli.Env) *cobra.Command {
	var f sampleFlags
	cmd := &cobra.Command{
		Use:   "sample [RULESET] [CRITERION]",
		Short: "Show random finds of each clue, to be judged before it counts",
		Long: `Show random finds of each clue over the campaign's papers, by the rules as they are in the file: no run is
needed. Each is shown with its sentence, and with what kheo says: it counts, is uncertain, or does not count, and why.
RULESET is the id of a ruleset of the campaign, or a file with a changed one; all rulesets if it is left out.

  kheo rules sample model-district results
  kheo rules sample --judge finds.xlsx model-district   # a sheet to be filled in: right, wrong or unsure
  kheo rules sample --judged finds.xlsx                 # how much of each clue's finds is right

Right means that the sentence shows what the criterion asks for, whatever kheo says of it. The same seed draws the
same finds; without --seed, a changed ruleset draws others, so that a clue is not written to fit one sample.`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.n < 1 || f.n > maxSample:
				return cli.Usagef("--n must be from 1 to %d, not %d", maxSample, f.n)
			case f.judged != "" && f.judge != "":
				return cli.Usagef("--judge writes a sheet and --judged reads one; use one of them")
			case f.judged != "" && len(args) > 0:
				return cli.Usagef("the sheet says which clues it is about; leave %q out", args[0])
			case f.judged != "":
				return printJudged(cmd, env, f.judged)
			}
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error { return f.run(cmd, env, w, args) })
		},
	}
	cmd.Flags().IntVar(&f.n, "n", defaultSample, "how many finds of each clue")
	cmd.Flags().StringVar(&f.seed, "seed", "", "draw by this word instead of the ruleset's hash")
	cmd.Flags().StringVar(&f.judge, "judge", "", "write the finds into a new `FILE`, .csv or .xlsx, to be judged")
	cmd.Flags().StringVar(&f.judged, "judged", "", "read such a `FILE` back, and say how much is right")
	return env.WithLang(cmd)
}

// run draws the samples, and prints them or writes them into a sheet.
func (f *sampleFlags) run(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, args []string) error {
	sets := w.Campaign().Rulesets
	criterion := ""
	if len(args) > 0 {
		rs, err := trial.RulesetFor(w, args[0])
		if err != nil {
			return env.Problems(cmd, err)
		}
		sets = []*rules.Ruleset{rs}
	}
	if len(args) > 1 {
		criterion = args[1]
	}
	all := []trial.ClueSample{}
	for _, rs := range sets {
		if len(args) == 0 && len(rs.Evidenced()) == 0 {
			continue
		}
		seed := f.seed
		if seed == "" {
			seed = rs.SHA256[:seedDigits]
		}
		samples, err := trial.SampleClues(cmd.Context(), w, rs, criterion, f.n, seed)
		if err != nil {
			return err
		}
		all = append(all, samples...)
	}
	lang := env.TextLanguage(w.Campaign())
	out := cmd.OutOrStdout()
	switch {
	case f.judge != "":
		return writeSheet(cmd, f.judge, lang, all)
	case env.JSON:
		return cli.PrintJSON(out, map[string]any{"clues": all})
	}
	for i := range all {
		if i > 0 {
			fmt.Fprintln(out)
		}
		printSample(out, &all[i], lang)
	}
	return nil
}

// writeSheet writes samples into a file that must not exist: it may be one that a person has filled in.
func writeSheet(cmd *cobra.Command, name, lang string, all []trial.ClueSample) (err error) {
	finds := 0
	for i := range all {
		finds += len(all[i].Sample)
	}
	if finds == 0 {
		return errors.New("the clues find nothing in the campaign's papers, so there is nothing to judge")
	}
	data, err := trial.Sheet(name, lang, all)
	if err != nil {
		return cli.Usage(err)
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already, and somebody may have filled it in; name another file", name)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s of %s are in %s.\n", cli.Plural(finds, "find"), cli.Plural(len(all), "clue"), name)
	cli.PrintNext(out, [][2]string{
		{"fill in " + name, "write right, wrong or unsure beside each sentence"},
		{"kheo rules sample --judged " + name, "how much of each clue's finds is right"},
	})
	return nil
}

// printSample prints the sample of one clue.
func printSample(out io.Writer, s *trial.ClueSample, lang string) {
	fmt.Fprintf(out, "%s, %s (%s), clue %d at %s: %s\n", s.Ruleset, s.Criterion, s.Title.In(lang, "en"), s.Clue,
		s.Place, s.LooksFor.In(lang, "en"))
	f := s.Found
	fmt.Fprintf(out, "In all papers %d count, %d are uncertain, %d do not count.\n", f.Counts, f.Uncertain, f.Refuted)
	for i := range s.Sample {
		one := &s.Sample[i]
		fmt.Fprintf(out, "\n  %s\n", cli.Marked(one.Sentence, [][2]int{{one.Start, one.End}}))
		why := string(one.Answer)
		if one.Answer == rules.Refuted {
			why = "does not count"
		}
		if t := one.Why.In(lang, "en"); t != "" {
			why += ": " + t
		}
		fmt.Fprintf(out, "    %s  (%s, %s:%d)\n", why, one.Dossier, one.Document, one.Page)
	}
}

// printJudged reads a sheet back, and prints how much of each clue's finds is right.
func printJudged(cmd *cobra.Command, env *cli.Env, name string) error {
	data, err := readSheet(name)
	if err != nil {
		return err
	}
	judged, err := trial.ReadJudged(filepath.ToSlash(name), data)
	if err != nil {
		return env.Problems(cmd, err)
	}
	out := cmd.OutOrStdout()
	if env.JSON {
		return cli.PrintJSON(out, map[string]any{"clues": judged})
	}
	var rows [][]string
	for i := range judged {
		j := &judged[i]
		for _, part := range []struct {
			says  string
			share trial.Share
		}{{"counts", j.Counts}, {"uncertain", j.Uncertain}, {"does not count", j.Refuted}} {
			if s := part.share; s.Found > 0 {
				row := []string{j.Ruleset, j.Criterion, fmt.Sprint(j.Clue), part.says}
				rows = append(rows, append(row, shareCells(s)...))
			}
		}
	}
	cli.Table(out, []string{"ruleset", "criterion", "clue", "kheo says", "found", "judged", "right", "share right",
		"95 % interval"}, rows, 2, 4, 5, 6, 7)
	fmt.Fprintln(out, "\nOf what counts, the share that is not right earns points without merit. "+
		"Of the rest, the share that is right is missed.")
	return nil
}

// shareCells returns the cells of a share in the table of judgements.
func shareCells(s trial.Share) []string {
	cells := []string{fmt.Sprint(s.Found), fmt.Sprint(s.Judged), fmt.Sprint(s.Right)}
	if s.Judged == 0 {
		return append(cells, "—", "")
	}
	return append(cells, fmt.Sprintf("%.0f %%", 100*s.Share), fmt.Sprintf("%.0f to %.0f %%", 100*s.Low, 100*s.High))
}

// readSheet reads a sheet that a person filled in.
func readSheet(name string) ([]byte, error) {
	file, err := os.Open(name)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("%s does not exist", name)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxSheet))
}

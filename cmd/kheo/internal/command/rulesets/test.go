package rulesets

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/campaign"
	"kheo/pipeline/coverage"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// testRulesCmd runs the examples of all rulesets, and fails if one does not get what it must. It needs no dossiers
// and opens no records. Examples are the unit tests of a ruleset: a change that breaks one is found before a list
// shows it.
//
// With --json it prints { "examples": [ { "ruleset", "example", "place", "misses" } ] }; place is FILE:LINE. With
// --coverage there is also "coverage": [ { "ruleset", "examples", "parts", "reached", "share", "list" } ]. A
// campaign without examples does not fail: it gets a note on standard error. With --verdicts, which needs the records,
// it holds rulesets against what people said of evidence instead.
func testRulesCmd(env *cli.Env) *cobra.Command {
	type result struct {
		Ruleset string       `json:"ruleset"`
		Example string       `json:"example"`
		Place   string       `json:"place"`
		Misses  []rules.Miss `json:"misses"`
	}
	var verdicts, covered bool
	cmd := &cobra.Command{
		Use:   "test [FILE]",
		Short: "Run the examples in the rulesets, or hold them against what people said of evidence",
		Long: `Run the examples in the rulesets: each must get the points that it says.
An example is a text and what criteria must give for it:

  examples:
    - name: a plan is not a result
      text: "Kết quả: trong năm 2025 sẽ nhân rộng ra 5 xã."
      expect: { spread: 0 }

With --verdicts the rulesets are held against the evidence that people checked: a passage that they rejected must not
count, and one that they confirmed must, by the rules alone. FILE is then a changed ruleset, instead of those of the
campaign.

  kheo rules test --verdicts changed.yaml

With --coverage it also lists what no example reaches: steps, rows of tables, items, clues, gates, outcomes, ranks and
flags, each with its file and line. This does not change the exit status.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case verdicts && covered:
				return cli.Usagef("--coverage is about the examples; give it without --verdicts")
			case verdicts:
				return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
					return testVerdicts(cmd, env, w, args)
				})
			case len(args) > 0:
				return cli.Usagef("the examples of all rulesets are run; %q is for  kheo rules test --verdicts %s",
					args[0], args[0])
			}
			camp, err := campaign.Load(env.Dir)
			if err != nil {
				return env.Problems(cmd, err)
			}
			lang := env.TextLanguage(camp)
			results, failed := []result{}, 0
			for _, rs := range camp.Rulesets {
				for _, ex := range rs.Examples {
					r := result{rs.ID, ex.Name, fmt.Sprintf("%s:%d", ex.File, ex.Line), rs.Check(ex)}
					if results = append(results, r); len(r.Misses) > 0 {
						failed++
					}
				}
			}
			out := cmd.OutOrStdout()
			var reports []coverage.Report
			if covered {
				for _, rs := range camp.Rulesets {
					reports = append(reports, coverage.Of(rs))
				}
			}
			if env.JSON {
				doc := map[string]any{"examples": results}
				if covered {
					doc["coverage"] = reports
				}
				if err := cli.PrintJSON(out, doc); err != nil {
					return err
				}
			} else {
				for _, r := range results {
					mark := "✓"
					if len(r.Misses) > 0 {
						mark = "✗"
					}
					fmt.Fprintf(out, "%s %s: %s\n", mark, r.Ruleset, r.Example)
					for _, m := range r.Misses {
						fmt.Fprintf(out, "    %s: %s\n", r.Place, missText(m, lang))
					}
				}
				printCoverage(out, reports)
			}
			switch {
			case len(results) == 0:
				fmt.Fprintln(cli.Stderr, "no ruleset has examples; add some under  examples:  (kheo rules test --help)")
			case failed > 0:
				return fmt.Errorf("%d of %d examples do not get what they must", failed, len(results))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&covered, "coverage", false, "also list what no example reaches")
	cmd.Flags().BoolVar(&verdicts, "verdicts", false, "hold rulesets against what people said of evidence")
	return env.WithLang(cmd)
}

// printCoverage prints what the examples of each ruleset do not reach, and the share of what they do.
func printCoverage(out io.Writer, reports []coverage.Report) {
	for _, r := range reports {
		fmt.Fprintf(out, "\n%s: examples reach %d of %d parts (%.0f %%)\n", r.Ruleset, r.Reached, r.Parts, 100*r.Share)
		for _, p := range r.List {
			if !p.Reached {
				fmt.Fprintf(out, "    %s: no example reaches this: %s\n", p.Place, p)
			}
		}
	}
}

// missText says what an example must get and what it gets instead, with the reason. One of Criterion, Fact and
// Flag of a miss is set. A nil value is one that was not found.
func missText(m rules.Miss, lang string) string {
	value := func(v any) string {
		switch x := v.(type) {
		case nil:
			return "nothing"
		case float64:
			return rules.Number(x, "en")
		}
		return fmt.Sprint(v)
	}
	s := fmt.Sprintf("%s must get %s points and gets %s", m.Criterion, value(m.Want), value(m.Got))
	switch {
	case m.Fact != "":
		s = fmt.Sprintf("the fact %s must be %s and is %s", m.Fact, value(m.Want), value(m.Got))
	case m.Flag != "" && m.Want == true:
		s = "it must be flagged " + m.Flag + " and is not"
	case m.Flag != "":
		s = "it is flagged " + m.Flag + " and must not be"
	}
	if why := m.Reason.In(lang, "en"); why != "" {
		s += ": " + why
	}
	return s
}

package rulesets

import (
	"fmt"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/campaign"
	"kheo/rules"
)

// testRulesCmd runs the examples of all rulesets, and fails if one does not get what it must. It needs no dossiers
// and opens no records. Examples are the unit tests of a ruleset: a change that breaks one is found before a list
// shows it.
//
// With --json it prints { "examples": [ { "ruleset", "example", "place", "misses" } ] }; place is FILE:LINE. A
// campaign without examples does not fail: it gets a note on standard error.
func testRulesCmd(env *cli.Env) *cobra.Command {
	type result struct {
		Ruleset string       `json:"ruleset"`
		Example string       `json:"example"`
		Place   string       `json:"place"`
		Misses  []rules.Miss `json:"misses"`
	}
	return env.WithLang(&cobra.Command{
		Use:   "test",
		Short: "Run the examples in the rulesets: each must get the points that it says",
		Long: `Run the examples in the rulesets: each must get the points that it says.
An example is a text and what criteria must give for it:

  examples:
    - name: a plan is not a result
      text: "Kết quả: trong năm 2025 sẽ nhân rộng ra 5 xã."
      expect: { spread: 0 }`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
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
			if env.JSON {
				if err := cli.PrintJSON(out, map[string]any{"examples": results}); err != nil {
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
			}
			switch {
			case len(results) == 0:
				fmt.Fprintln(cli.Stderr, "no ruleset has examples; add some under  examples:  (kheo rules test --help)")
			case failed > 0:
				return fmt.Errorf("%d of %d examples do not get what they must", failed, len(results))
			}
			return nil
		},
	})
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

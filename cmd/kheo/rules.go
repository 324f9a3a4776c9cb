package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
	"kheo/pipeline/trial"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// textLanguage is the language to tell rules in: the one asked for, or the
// campaign's first.
func textLanguage(c *common, camp *campaign.Campaign) string {
	if c.lang != "" {
		return c.lang
	}
	return camp.Env.Languages[0]
}

func rulesCmd(c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "Work on rulesets", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "try FILE",
		Short: "Assess with a changed ruleset without recording it: what would move",
		Long:  "Assess with a changed ruleset without recording it: what would move.\nFILE is a copy of one of the campaign's rulesets, under the same `ruleset:` name.",
		Args:  cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			now, then, changes, err := trial.Try(cmd.Context(), w, args[0])
			if err != nil {
				if os.IsNotExist(err) {
					err = fmt.Errorf("%s does not exist", args[0])
				}
				return jsonProblems(cmd, c, err)
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"ruleset": now.Ruleset, "now": now.Counts, "then": then.Counts, "changes": changes})
			}
			out := cmd.OutOrStdout()
			k, t := now.Counts, then.Counts
			rows := [][]string{
				countsRow("now", k.Registered, k.Recommended, k.NeedsReview, k.NotRecommended, k.Ineligible, k.Quarantined),
				countsRow("with the change", t.Registered, t.Recommended, t.NeedsReview, t.NotRecommended, t.Ineligible, t.Quarantined),
			}
			countsTable(out, rows)
			fmt.Fprint(out, "\n")
			printChanges(out, changes)
			fmt.Fprintf(out, "\nNothing was recorded. To make it count, put the file in the place of the ruleset in rules/ and run `kheo run`.\n")
			return nil
		}),
	}, explainCmd(c), testRulesCmd(c), backtestCmd(c), versionsCmd(c), schemaCmd())
	return cmd
}

// testRulesCmd tries the examples of rulesets.
func testRulesCmd(c *common) *cobra.Command {
	type result struct {
		Ruleset string       `json:"ruleset"`
		Example string       `json:"example"`
		Place   string       `json:"place"`
		Misses  []rules.Miss `json:"misses"`
	}
	return langFlag(&cobra.Command{
		Use:   "test",
		Short: "Try the examples written in the rulesets: each must get the points it says",
		Long:  "Try the examples written in the rulesets: each must get the points it says.\nAn example is a text and what criteria must give for it:\n\n  examples:\n    - name: a plan is not a result\n      text: \"Kết quả: trong năm 2025 sẽ nhân rộng ra 5 xã.\"\n      expect: { spread: 0 }",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, err := campaign.Load(c.dir)
			if err != nil {
				return jsonProblems(cmd, c, err)
			}
			lang := textLanguage(c, camp)
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
			if c.json {
				if err := printJSON(out, map[string]any{"examples": results}); err != nil {
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
				fmt.Fprintln(stderr, "no ruleset has examples: write some under  examples:  (kheo rules test --help)")
			case failed > 0:
				return fmt.Errorf("%d of %d examples do not get what they say", failed, len(results))
			}
			return nil
		},
	}, c)
}

// missText says what an example does not get as it must.
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

// explainCmd tells rulesets as prose.
func explainCmd(c *common) *cobra.Command {
	var searches bool
	cmd := &cobra.Command{
		Use:   "explain [RULESET…]",
		Short: "Tell the rulesets as prose, to be read aloud",
		RunE: func(cmd *cobra.Command, args []string) error {
			camp, err := campaign.Load(c.dir)
			if err != nil {
				return jsonProblems(cmd, c, err)
			}
			lang := textLanguage(c, camp)
			var ids, told []string
			for _, rs := range camp.Rulesets {
				ids = append(ids, rs.ID)
				if len(args) == 0 || slices.Contains(args, rs.ID) {
					told = append(told, rs.Explain(lang, searches))
				}
			}
			for _, a := range args {
				if !slices.Contains(ids, a) {
					return fmt.Errorf("there is no ruleset %q; the campaign has: %s", a, strings.Join(ids, ", "))
				}
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"language": lang, "rulesets": told})
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.Join(told, "\n"+strings.Repeat("─", 60)+"\n\n"))
			return nil
		},
	}
	cmd.Flags().BoolVar(&searches, "searches", false, "tell also what to type into kheo search to find what evidence looks for")
	return langFlag(cmd, c)
}

// versionsCmd shows the rulesets that published lists were made by.
func versionsCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "versions [SHA256]",
		Short: "Show the rulesets that published lists were made by, or the frozen text of one",
		Long:  "Show the rulesets that published lists were made by: each is frozen, by its hash, when the first list made by it is\npublished, and lists say which they used. With (the beginning of) a hash: its text, as it was then.",
		Args:  cobra.MaximumNArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) == 1 {
				files, err := w.Store.RulesetText(cmd.Context(), strings.ToLower(args[0]))
				if err != nil {
					return err
				}
				if files == nil || len(args[0]) < 4 {
					return fmt.Errorf("no ruleset that was used, or more than one, has a hash that begins with %q; `kheo rules versions` lists them", args[0])
				}
				if c.json {
					return printJSON(out, map[string]any{"files": files})
				}
				for _, name := range slices.Sorted(maps.Keys(files)) {
					if len(files) > 1 {
						fmt.Fprintf(out, "# %s\n", name)
					}
					fmt.Fprint(out, files[name])
				}
				return nil
			}
			used, err := w.Store.UsedRulesets(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				if used == nil {
					used = []store.UsedRuleset{}
				}
				return printJSON(out, map[string]any{"rulesets": used})
			}
			if len(used) == 0 {
				fmt.Fprintln(out, "No list has been published yet.")
				return nil
			}
			var rows [][]string
			for _, u := range used {
				now := ""
				for _, rs := range w.Campaign().Rulesets {
					if rs.SHA256 == u.SHA256 {
						now = "in use"
					}
				}
				rows = append(rows, []string{u.Ruleset, u.Version, u.SHA256[:16], u.Run, u.UsedAt, now})
			}
			table(out, []string{"ruleset", "version", "sha256", "first list", "frozen", ""}, rows)
			return nil
		}),
	}
}

// schemaCmd prints the JSON Schema of rulesets.
func schemaCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of rulesets, for editors that complete and check while one types",
		Long: "Print the JSON Schema of rulesets, for editors that complete and check while one types:\n\n" +
			"  kheo rules schema > rules/ruleset.schema.json\n\nand as the first line of a ruleset\n\n  # yaml-language-server: $schema=ruleset.schema.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := cmd.OutOrStdout().Write(rules.Schema())
			return err
		},
	}
}

package lists

import (
	"fmt"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/texts"
	"kheo/pipeline/results"
	"kheo/pipeline/workspace"
)

// publicCmd shows what everybody sees of the lists, and why nothing of the others.
//
// With --json it prints { "lists": [ { "ruleset", "title", "closed", "results" } ], "standing": [ { "ruleset", "title",
// "state", "until" } ] }.
func publicCmd(env *cli.Env) *cobra.Command {
	var lang string
	cmd := &cobra.Command{
		Use:   "public",
		Short: "Show the results that are released to everybody, and why others are not",
		Long: `Show what everybody sees at /results: who was recognised on closed lists that kheo.yaml releases with
public: results, and what they get. See: kheo help committee`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if lang == "" {
				lang = w.Campaign().Env.Languages[0]
			}
			released, all, err := results.New(w).Lists(cmd.Context(), lang)
			if err != nil {
				return err
			}
			if env.JSON {
				if released == nil {
					released = []results.List{}
				}
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"lists": released, "standing": all})
			}
			printPublic(cmd, w, released, all)
			return nil
		}),
	}
	cmd.Flags().StringVar(&lang, "lang", "", "the `LANGUAGE` of titles (the campaign's first)")
	return cmd
}

// printPublic prints which lists are published and why others are not, and the published results.
func printPublic(cmd *cobra.Command, w *workspace.Workspace, released []results.List, all []results.Standing) {
	out := cmd.OutOrStdout()
	for _, x := range all {
		why := map[results.State]string{
			results.Published: "is released at /results",
			results.Kept:      "is not released: kheo.yaml does not say public: results",
			results.Open:      "is not released yet: the list is not closed",
			results.Blind:     "is not released yet: names are hidden until all lists are closed (blind: names)",
			results.Objected:  "is not released yet: an objection waits for its answer",
		}[x.State]
		if !x.Until.IsZero() {
			why = "is not released yet: units may object until " +
				texts.Day("en", x.Until.Add(-1).In(w.Campaign().Location)) + ", the end of that day"
		}
		fmt.Fprintln(out, x.Ruleset, why)
	}
	for _, l := range released {
		fmt.Fprintf(out, "\n%s\n", l.Title)
		var rows [][]string
		for _, e := range l.Results {
			place := ""
			if e.Place > 0 {
				place = fmt.Sprint(e.Place)
			}
			rows = append(rows, []string{fmt.Sprint(e.Number), e.Name, cli.OrNone(e.Unit), e.Award, place})
		}
		cli.Table(out, []string{"no.", "name", "unit", "award", "place"}, rows, 0, 4)
	}
}

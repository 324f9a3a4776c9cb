package runs

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/extract"
	"kheo/pipeline/look"
	"kheo/pipeline/viewer"
	"kheo/pipeline/workspace"
)

// Look looks at evidence in Office documents, as kheo serve does after publishing.
//
// With --json it prints { "dossiers", "quotes", "doubted", "left" }.
func Look(env *cli.Env) *cobra.Command {
	all := false
	cmd := &cobra.Command{
		Use:   "look",
		Short: "Look for evidence in Office documents on the pages that LibreOffice prints",
		Long: `Look for evidence in Office documents on the pages that LibreOffice prints.

Evidence that is not to be seen there earns nothing from the next run on. Runs look at PDFs themselves;
kheo serve looks at Office documents after publishing, those of dossiers nearest to the threshold first.

  kheo look         those of the next 20 dossiers
  kheo look --all   those of all dossiers that are recommended or need review`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				if _, err := extract.FindOffice(cmd.Context(), workspace.ReaderOptions(w.Campaign())); err != nil {
					return fmt.Errorf("no Office document can be looked at: %w; `kheo doctor` says how to install it",
						err)
				}
				pages := viewer.New(cmd.Context(), w)
				defer pages.Close()
				most := 20
				if all {
					most = math.MaxInt
				}
				r, err := look.NewOffice(w, pages).Turn(cmd.Context(), most)
				if err != nil {
					return err
				}
				if env.JSON {
					return cli.PrintJSON(cmd.OutOrStdout(), r)
				}
				out := cmd.OutOrStdout()
				fmt.Fprintf(out, "Looked for %s of %s.\n", cli.Plural(r.Quotes, "quote"),
					cli.Plural(r.Dossiers, "dossier"))
				if r.Doubted > 0 {
					fmt.Fprintf(out, "Not seen: %s. The next run assesses without them.\n",
						cli.Plural(r.Doubted, "quote"))
				}
				if r.Left > 0 {
					fmt.Fprintf(out, "Left: at most %s.\n", cli.Plural(r.Left, "dossier"))
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "look at all of it, however long it takes")
	return cmd
}

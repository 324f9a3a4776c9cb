package people

import (
	"fmt"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/factor"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// userFactor removes the second factor of a person who has lost the device and the recovery codes.
func userFactor(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "remove-factor SIGN-IN",
		Short: "Remove the second factor of a person who has lost the phone and the recovery codes",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if err := factor.Remove(cmd.Context(), w, review.System, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s signs in with the password alone, and has no open session\n", args[0])
			return nil
		}),
	}
}

package manual

import (
	"fmt"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/build"
	"kheo/cmd/kheo/internal/cli"
)

// Version shows the version of the program and of what is linked into it. With --json it lists every module
// with its version and checksum, as an inventory for vulnerability scanners. It opens no workspace, so it also
// works while one is damaged.
func Version(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version, the commit and the main dependencies",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			v := build.Info()
			out := cmd.OutOrStdout()
			if env.JSON {
				return cli.PrintJSON(out, v)
			}
			fmt.Fprintf(out, "kheo %s (commit %s, %s, %s)\n", v.Version, v.Commit, v.Go, v.Platform)
			for _, m := range build.MainDependencies {
				if d := v.Dependencies[m]; d != "" {
					fmt.Fprintf(out, "  %s %s\n", m, d)
				}
			}
			return nil
		},
	}
}

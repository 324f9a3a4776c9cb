// Package setup holds the commands that make a workspace: kheo init from a starter, kheo demo with the sample campaign.
package setup

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/campaign"
)

// starter is the workspace that init writes: a commented kheo.yaml and a ruleset.
//
//go:embed starter
var starter embed.FS

// newDir creates the folder of a new workspace with its subfolders. It refuses a folder that is not empty. A
// folder that exists and is empty is used as it is, with its mode.
func newDir(dir string) error {
	list, err := os.ReadDir(dir)
	if err == nil && len(list) > 0 {
		return fmt.Errorf("%s is not empty; name a folder that does not exist yet", dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, d := range []string{"", "inbox", "rules"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// Init makes a new workspace from the starter, and checks that it loads. The folder must be empty or not exist;
// an existing workspace is never changed.
//
// The files of the starter are written as they are: their comments are the first thing that its user reads.
func Init(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "init DIR",
		Short: "Make a new workspace with a commented kheo.yaml and a ruleset that works",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if err := newDir(dir); err != nil {
				return err
			}
			err := fs.WalkDir(starter, "starter", func(p string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b, err := starter.ReadFile(p)
				if err != nil {
					return err
				}
				return os.WriteFile(
					filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(p, "starter/"))),
					b,
					0o644,
				)
			})
			if err != nil {
				return err
			}
			if _, err := campaign.Load(dir); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "A new workspace is in %s.\n", dir)
			cli.PrintNext(out, [][2]string{
				{"edit " + filepath.Join(dir, "kheo.yaml"), "your units, dates and fields"},
				{"edit " + filepath.Join(dir, "rules", "models.yaml"), "what earns points"},
				{"kheo check -w " + dir, "all mistakes at once"},
				{"kheo submit -w " + dir + " DOSSIER…", "a folder, a .zip or a document"},
				{"kheo run -w " + dir, "ingest, read, assess, publish"},
			})
			return nil
		},
	}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCmd writes what packages of systems carry: a man page of every command, and completions
// for shells.
func manCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write man pages and shell completions into a folder, for packages",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			man := filepath.Join(args[0], "man1")
			if err := os.MkdirAll(man, 0o755); err != nil {
				return err
			}
			date := time.Unix(0, 0).UTC() // the same bytes for the same kheo
			if err := doc.GenManTree(root, &doc.GenManHeader{Title: "KHEO", Section: "1", Source: "kheo " + version().Version, Manual: "kheo", Date: &date}, man); err != nil {
				return err
			}
			for name, write := range map[string]func(string) error{
				"kheo.bash": func(p string) error { return root.GenBashCompletionFileV2(p, true) },
				"_kheo":     root.GenZshCompletionFile,
				"kheo.fish": func(p string) error { return root.GenFishCompletionFile(p, true) },
			} {
				if err := write(filepath.Join(args[0], name)); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
			return nil
		},
	}
}

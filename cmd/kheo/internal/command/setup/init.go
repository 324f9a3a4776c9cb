// Package setup holds the commands that make a workspace: kheo init from a starter or a scheme, kheo demo with the
// sample campaign.
//
// Both write into a folder that is new or empty, and never over something. kheo demo adds people with one random
// password, and their votes, scores and verdicts as events, so that every page has something to show; it marks the
// workspace as one of the sample (Workspace.IsDemo), which is what kheo serve --demo asks for.
package setup

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/strict"
	"kheo/pipeline/campaign"
	"kheo/pipeline/intake"
	"kheo/samples"
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

// Init makes a new workspace from the starter or from a scheme, and checks that it loads. The folder must be empty or
// not exist; an existing workspace is never changed.
//
// The files of the starter are written as they are: their comments are the first thing that its user reads.
func Init(env *cli.Env) *cobra.Command {
	var scheme string
	var list, dossiers bool
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a new workspace: an empty one that works, or one of seven schemes",
		Long: `Make a new workspace with a commented kheo.yaml and a ruleset that works. With --scheme it begins with a whole
scheme: its campaign, rulesets and tables of the office, and beside them the published rules (rules.md) and the list that
was calculated by hand (list.xlsx). Without DIR, a scheme goes into a folder of its name.

  kheo init my-campaign
  kheo init --schemes
  kheo init --scheme research-grants --with-dossiers`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case list:
				return listSchemes(cmd, env)
			case scheme != "":
				return initScheme(cmd, scheme, args, dossiers)
			case len(args) == 0:
				return cli.Usagef("name the folder of the new workspace, or a scheme: kheo init --schemes lists them")
			case dossiers:
				return cli.Usagef("--with-dossiers goes with --scheme: kheo init --schemes lists them")
			}
			return initStarter(cmd, args[0])
		},
	}
	cmd.Flags().StringVar(&scheme, "scheme", "", "the scheme to begin with, by its name")
	cmd.Flags().BoolVar(&list, "schemes", false, "list the schemes")
	cmd.Flags().BoolVar(&dossiers, "with-dossiers", false, "put the dossiers of the scheme into the inbox")
	return cmd
}

// listSchemes prints the schemes, with --json as a list of name, language and about.
func listSchemes(cmd *cobra.Command, env *cli.Env) error {
	if env.JSON {
		type scheme struct {
			Name     string `json:"name"`
			Language string `json:"language"`
			About    string `json:"about"`
		}
		out := []scheme{}
		for _, s := range samples.Schemes {
			out = append(out, scheme{s.Name, s.Language, s.About})
		}
		return cli.PrintJSON(cmd.OutOrStdout(), out)
	}
	t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, s := range samples.Schemes {
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.Name, s.Language, s.About)
	}
	return t.Flush()
}

// initScheme makes a workspace from a scheme.
func initScheme(cmd *cobra.Command, name string, args []string, dossiers bool) error {
	s, ok := samples.SchemeNamed(name)
	if !ok {
		var names []string
		for _, s := range samples.Schemes {
			names = append(names, s.Name)
		}
		hint := "schemes are: " + strings.Join(names, ", ")
		if near := strict.Nearest(name, names); near != "" {
			hint = fmt.Sprintf("did you mean %s? %s", near, hint)
		}
		return cli.Usagef("there is no scheme %q; %s", name, hint)
	}
	dir := name
	if len(args) > 0 {
		dir = args[0]
	}
	if err := newDir(dir); err != nil {
		return err
	}
	if err := samples.WriteScheme(dir, s); err != nil {
		return err
	}
	if _, err := campaign.Load(dir); err != nil {
		return err
	}
	out, inbox := cmd.OutOrStdout(), filepath.Join(dir, "inbox")
	fmt.Fprintf(out, "The scheme %s (%s) is in %s.\n", s.Name, s.About, dir)
	if !dossiers {
		cli.PrintNext(out, [][2]string{
			{"edit " + filepath.Join(dir, "kheo.yaml"), "your units, dates and fields"},
			{"kheo rules explain -w " + dir, "the rules as prose"},
			{"kheo submit -w " + dir + " DOSSIER…", "a folder, a .zip or a document; then kheo run"},
		})
		return nil
	}
	n, err := samples.WriteDossiers(inbox, s)
	if err != nil {
		return err
	}
	if err := intake.MarkWhole(inbox); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d dossiers are in %s.\n", n, inbox)
	next := [][2]string{{"kheo run -w " + dir, "ingest, read, assess, publish"}}
	if s.Scorer != "" {
		next = append(next, [][2]string{
			{fmt.Sprintf("kheo score import -w %s %s --by %q --record", dir, filepath.Join(dir, "scores.csv"),
				s.Scorer), "what the panel gave"},
			{"kheo run -w " + dir, "the list with it"},
		}...)
	} else {
		next = append(next, [2]string{"kheo lists -w " + dir, "the list"},
			[2]string{"kheo rules explain -w " + dir, "the rules as prose"})
	}
	cli.PrintNext(out, next)
	return nil
}

// initStarter makes a workspace from the starter.
func initStarter(cmd *cobra.Command, dir string) error {
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
		return os.WriteFile(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(p, "starter/"))), b, 0o644)
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
}

package manual

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"kheo/cmd/kheo/internal/build"
	"kheo/cmd/kheo/internal/cli"
)

// Man writes what a system package installs: a man page for each command, and completions for shells. The same
// sources give the same bytes if SOURCE_DATE_EPOCH is set.
//
// The date of the pages is that of SOURCE_DATE_EPOCH (seconds since 1970), or today.
func Man(env *cli.Env) *cobra.Command {
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
			date := time.Now().UTC()
			if at, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
				date = time.Unix(at, 0).UTC()
			}
			source := "kheo " + build.Release
			head := doc.GenManHeader{Title: "KHEO", Section: "1", Source: source, Manual: "kheo", Date: &date}
			if err := doc.GenManTree(root, &head, man); err != nil {
				return err
			}
			if err := cleanPages(man, date); err != nil {
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

// headDate matches the date in the heading of a page as the generator writes it: without a day.
var headDate = regexp.MustCompile(`(?m)^(\.TH "[^"]*" "[^"]*" )"[^"]*"`)

// cleanPages corrects what mandoc and lintian report in the generated pages: dates without a day, and tabs
// before the explanations of flags, which become indented blocks. Lines in examples keep their tabs. The files
// are written in place: they are build products, which a failed build makes again.
func cleanPages(dir string, date time.Time) error {
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		b, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		var out strings.Builder
		literal := false
		for line := range strings.Lines(headDate.ReplaceAllString(string(b), `$1"`+date.Format(time.DateOnly)+`"`)) {
			switch {
			case strings.HasPrefix(line, ".EX"), strings.HasPrefix(line, ".nf"):
				literal = true
			case strings.HasPrefix(line, ".EE"), strings.HasPrefix(line, ".fi"):
				literal = false
			}
			if text, ok := strings.CutPrefix(line, "\t"); ok && !literal {
				line = ".RS 4\n" + strings.TrimRight(text, "\n") + "\n.RE\n"
			}
			out.WriteString(line)
		}
		if err := os.WriteFile(page, []byte(out.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

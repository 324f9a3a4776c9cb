package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versions is the document that `kheo version --json` prints.
type versions struct {
	Version      string            `json:"version"`
	Commit       string            `json:"commit"`
	Go           string            `json:"go"`
	Platform     string            `json:"platform"`
	Dependencies map[string]string `json:"dependencies"`
	Modules      []module          `json:"modules"` // all linked modules
}

// module is a module that is linked into the program.
type module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum"` // as in go.sum
}

// mainDependencies are the modules that the text output shows, in this order.
var mainDependencies = []string{
	"github.com/ledongthuc/pdf", "github.com/blevesearch/bleve/v2", "github.com/robfig/cron/v3",
	"github.com/riverqueue/river",
	"modernc.org/sqlite", "github.com/expr-lang/expr", "github.com/xuri/excelize/v2",
}

// release is the version of kheo.
const release = "0.1.0"

// commit is set by `make build`; in a plain `go build` of a clone, the build information holds it.
var commit string

// version collects the versions from the build information of the program.
func version() versions {
	v := versions{
		Version:      release,
		Commit:       "unknown",
		Go:           runtime.Version(),
		Platform:     runtime.GOOS + "/" + runtime.GOARCH,
		Dependencies: map[string]string{},
		Modules:      []module{},
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	dirty := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			dirty = s.Value == "true"
		}
	}
	if dirty {
		v.Commit += "+changes"
	}
	if commit != "" {
		v.Commit = commit
	}
	for _, d := range info.Deps {
		used := d
		if d.Replace != nil {
			used = d.Replace
		}
		v.Modules = append(v.Modules, module{used.Path, used.Version, used.Sum})
		for _, m := range mainDependencies {
			if d.Path == m {
				v.Dependencies[m] = d.Version
			}
		}
	}
	return v
}

// versionCmd shows the version of the program and of what is linked into it. With --json it lists every module
// with its version and checksum, as an inventory for vulnerability scanners.
func versionCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version, the commit and the main dependencies",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			v := version()
			out := cmd.OutOrStdout()
			if c.json {
				return printJSON(out, v)
			}
			fmt.Fprintf(out, "kheo %s (commit %s, %s, %s)\n", v.Version, v.Commit, v.Go, v.Platform)
			for _, m := range mainDependencies {
				if d := v.Dependencies[m]; d != "" {
					fmt.Fprintf(out, "  %s %s\n", m, d)
				}
			}
			return nil
		},
	}
}

// Package build identifies this build of kheo: its version, its commit, and the modules that are linked into it.
//
// [Info] reads what the linker has left in the program, so that nothing is kept up to date by hand but [Release].
// `kheo version` prints it, and the metrics of kheo serve show it; each run records the version that did it.
package build

import (
	"runtime"
	"runtime/debug"
)

// Versions is the document that `kheo version --json` prints.
type Versions struct {
	Version      string            `json:"version"`
	Commit       string            `json:"commit"`
	Go           string            `json:"go"`
	Platform     string            `json:"platform"`
	Dependencies map[string]string `json:"dependencies"`
	Modules      []Module          `json:"modules"` // all linked modules
}

// Module is a module that is linked into the program.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum"` // as in go.sum
}

// MainDependencies are the modules that the text output shows, in this order.
var MainDependencies = []string{
	"github.com/ledongthuc/pdf", "github.com/blevesearch/bleve/v2", "github.com/robfig/cron/v3",
	"github.com/riverqueue/river",
	"modernc.org/sqlite", "github.com/expr-lang/expr", "github.com/xuri/excelize/v2",
}

// Release is the version of kheo.
const Release = "0.1.0"

// commit is set by `make build`; in a plain `go build` of a clone, the build information holds it.
var commit string

// Info returns the versions of this program, from the build information that the linker leaves in it. Commit is
// "unknown" if neither `make build` nor a build in a clone recorded one, and ends in "+changes" if the clone had
// uncommitted changes.
func Info() Versions {
	v := Versions{
		Version:      Release,
		Commit:       "unknown",
		Go:           runtime.Version(),
		Platform:     runtime.GOOS + "/" + runtime.GOARCH,
		Dependencies: map[string]string{},
		Modules:      []Module{},
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
		v.Modules = append(v.Modules, Module{used.Path, used.Version, used.Sum})
		for _, m := range MainDependencies {
			if d.Path == m {
				v.Dependencies[m] = d.Version
			}
		}
	}
	return v
}

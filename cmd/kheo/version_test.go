package main

import (
	"strings"
	"testing"

	"kheo/cmd/kheo/internal/build"
)

// `kheo version --json` lists every module that is linked in, not only the main ones.
func TestTheVersionListsAllModules(t *testing.T) {
	modules := map[string]build.Module{}
	for _, m := range build.Info().Modules {
		modules[m.Path] = m
	}
	for _, path := range append([]string{"golang.org/x/crypto", "github.com/alexedwards/scs/v2"}, build.MainDependencies...) {
		if m := modules[path]; m.Version == "" || !strings.HasPrefix(m.Sum, "h1:") {
			t.Errorf("%s: %+v", path, m)
		}
	}
}

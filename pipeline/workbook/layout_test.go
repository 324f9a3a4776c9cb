package workbook

import (
	"os"
	"path/filepath"
	"testing"

	"kheo/internal/yamledit"
)

// rulesets are the rulesets of the repository, by their files.
func rulesets(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"../../samples/campaign/rules/*.yaml", "../../samples/schemes/*/campaign/rules/*.yaml",
		"../../rules/testdata/right.yaml", "../../rules/testdata/schemes/*.yaml", "../../rules/testdata/awards/*.yaml",
		"../../rules/testdata/labelled/rulesets/*.yaml", "../../rules/testdata/passages/ruleset.yaml",
		"../../rules/testdata/attacks/ruleset.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Base(name) == "kheo.yaml" { // the campaign of the labelled passages
				continue
			}
			out[name] = src
		}
	}
	if len(out) < 25 {
		t.Fatalf("only %d rulesets found", len(out))
	}
	return out
}

// The sheets hold everything of every ruleset of the repository, and the sheet More stays empty.
func TestSheetsHoldWholeRulesets(t *testing.T) {
	for name, src := range rulesets(t) {
		f, problems := yamledit.Parse(name, src)
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		b := toBook(f.Root)
		if err := withMore(b, f.Root); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, r := range b[sheetMore].rows {
			t.Errorf("%s: on the sheet More is %s: %s", name, r.text(headPath), r.text(headValue))
		}
	}
}

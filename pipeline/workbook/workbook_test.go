package workbook

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/testspace"
	"kheo/internal/yamledit"
	"kheo/pipeline/campaign"
)

// sample is a ruleset of the sample campaign.
func sample(t testing.TB, name string) Source {
	t.Helper()
	c, err := campaign.Load("../../samples/campaign")
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(filepath.Join("../../samples/campaign/rules", name))
	if err != nil {
		t.Fatal(err)
	}
	return Source{File: "rules/" + name, Text: src, Env: c.Env, Open: c.ReadRules}
}

// What was exported is read back as the same ruleset, from the bytes of the workbook, in every language of its
// headings.
func TestARoundTripChangesNothing(t *testing.T) {
	t.Parallel()
	langs := []string{"vi", "nb", "en"}
	all, due := rulesets(t), testspace.Turn(t, 4)
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if !due() {
			continue
		}
		text, lang := all[name], langs[i%len(langs)]
		data, err := Export(Source{File: name, Text: text}, lang)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		f, _ := yamledit.Parse(name, text)
		b, cells := readBook(data)
		if len(cells.problems) > 0 {
			t.Errorf("%s: %v", name, cells.problems)
			continue
		}
		r := fromBook(b, f.Root)
		if len(r.problems) > 0 {
			t.Errorf("%s: %v", name, r.problems)
		}
		got, err := f.Apply(r.root)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s changes: %v\n%s", name, err, firstDifference(string(got), string(text)))
		}
	}
}

// firstDifference is the first line in which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range w {
		if i >= len(g) || g[i] != w[i] {
			return "want " + w[i] + "\ngot  " + strings.Join(g[min(i, len(g)):min(i+1, len(g))], "")
		}
	}
	return ""
}

// The whole of Import, with the loader: the sample's rulesets, and those that wait for nothing.
func TestImportOfAnExport(t *testing.T) {
	for _, name := range []string{"model-district.yaml", "model-grassroots.yaml", "commendation-individual.yaml",
		"commendation-collective.yaml"} {
		src := sample(t, name)
		data, err := Export(src, "en")
		if err != nil {
			t.Fatal(err)
		}
		got, problems := Import(src, data)
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		} else if !bytes.Equal(got.Text, src.Text) || got.Stale || got.Rules == nil {
			t.Errorf("%s changes, or is stale: %v", name, got.Stale)
		}
	}
}

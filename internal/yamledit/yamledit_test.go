package yamledit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sources are YAML files of the repository, by their names.
func sources(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"../../samples/campaign/*.yaml", "../../samples/campaign/rules/*.yaml",
		"../../samples/schemes/*/campaign/rules/*.yaml", "../../rules/testdata/*.yaml", "../../rules/testdata/schemes/*.yaml",
		"../../rules/testdata/awards/*.yaml", "../../rules/testdata/labelled/rulesets/*.yaml",
		"../../rules/testdata/passages/ruleset.yaml", "../../rules/testdata/attacks/ruleset.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = src
		}
	}
	if len(out) < 20 {
		t.Fatalf("only %d files found", len(out))
	}
	return out
}

// change makes one edit of a value: another text, an entry taken out, doubled, or moved.
func change(t *rapid.T, root *Value) {
	v := root
	for len(v.Items) > 0 {
		i := rapid.IntRange(0, len(v.Items)-1).Draw(t, "entry")
		next := v.Items[i]
		if len(next.Items) == 0 || rapid.IntRange(0, 3).Draw(t, "stop") == 0 {
			edit(t, v, i)
			return
		}
		v = next
	}
}

// edit changes an entry of a group or list.
func edit(t *rapid.T, v *Value, i int) {
	texts := []string{"x", "hai từ", "a: b", "# no", "- dash", "true", "12", "it's", `say "hi"`, "a, b", "{}", "two\nlines\n", "two\nlines",
		" lead", "trail ", "", "tab\tin", "null", "~", "2024-03-15", "100%", "@at", "%p", "back\\slash", "&a", "*a", "!t", "|", ">", "a #b", "k:"}
	pick := func() *Value {
		if rapid.Bool().Draw(t, "literal") {
			return Literal(rapid.SampledFrom([]string{"1", "-2.5", "true", "40%", "1_000"}).Draw(t, "number"))
		}
		return Text(rapid.SampledFrom(texts).Draw(t, "text"))
	}
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		v.Items[i] = pick()
	case 1: // taken out
		if len(v.Items) > 1 {
			v.Items = append(v.Items[:i:i], v.Items[i+1:]...)
			if v.Kind == Map {
				v.Keys = append(v.Keys[:i:i], v.Keys[i+1:]...)
			}
		}
	case 2: // a new one
		if v.Kind == Map {
			v.Set(rapid.SampledFrom([]string{"new", "other one", "a-b", "true", "5"}).Draw(t, "key"), pick())
		} else {
			v.Items = append(v.Items[:i:i], append([]*Value{pick()}, v.Items[i:]...)...)
		}
	case 3: // moved to the front
		v.Items[0], v.Items[i] = v.Items[i], v.Items[0]
		if v.Kind == Map {
			v.Keys[0], v.Keys[i] = v.Keys[i], v.Keys[0]
			v.Ordered = true
		}
	case 4: // a group or list in its place
		v.Items[i] = &Value{Kind: List, Items: []*Value{pick(), {Kind: Map, Keys: []string{"id", "t"}, Items: []*Value{Text("n"), pick()}}}}
	case 5: // a long one, which has lines of its own
		long := &Value{Kind: Map}
		for _, k := range []string{"one", "two", "three", "four"} {
			long.Set(k, Text(strings.Repeat("dài ", 10)+k))
		}
		v.Items[i] = long
	}
}

// Nothing changes where nothing is to be changed, and what is changed is read again as it was wanted.
func TestAppliesChanges(t *testing.T) {
	for name, src := range sources(t) {
		f, problems := Parse(name, src)
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		same, err := f.Apply(f.Root.Clone())
		if err != nil || string(same) != string(src) {
			t.Errorf("%s changes although nothing is to be changed: %v", name, err)
		}
	}
}

// Whatever is changed in a file of the repository, the result holds it, and comments elsewhere stay.
func TestEveryChangeIsApplied(t *testing.T) {
	all := sources(t)
	var names []string
	for name := range all {
		names = append(names, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "file")
		f, problems := Parse(name, all[name])
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		wanted := f.Root.Clone()
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			change(t, wanted)
		}
		out, err := f.Apply(wanted)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := holds(name, string(out), wanted); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	})
}

package texts

import (
	"maps"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The files are written so that they are read without a YAML parser, and as one reads them.
func TestTheFilesAreReadAsYAML(t *testing.T) {
	t.Parallel()
	for _, lang := range Languages {
		b, err := files.ReadFile(lang + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := plain(string(b)); !ok {
			t.Errorf("%s.yaml is written in another way than others (see plain), and slow to read", lang)
		} else if want := parsed(t, string(b)); !same(got, want) {
			t.Errorf("%s.yaml is read otherwise than a YAML parser reads it", lang)
		}
	}
}

// Whatever plain reads of a text, a YAML parser reads the same of it; the rest is left to the parser.
func TestPlainTextsAreReadAsYAML(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		plain bool
	}{
		{"a:\n  b: \"c\"\n", true},
		{"# x\na: # y\n\n  # z\n  b.1: \"c \\\"d\\\" \\\\ \\n # e\"\n  c: |\n    d\n      e\n  f: \"\"\ng:\n  h: \"i\"\n", true},
		{"a:\n  b: \"c\"", false},
		{"a:\n  b: \"\xff\"\n", false},
		{"a:\n  null: \"c\"\n", false},
		{"a:\n  b: |\n    c: \"d\"\n    # e\nf:\n  g: \"h\"\n", true},
		{"a:\n  b: |\n    c\n\n\n    d\n", true},
		{"a:\n  b: |\n    c\n\n", true},
		{"a:\n  b: |\n    c\n\n# d\ne:\n  f: \"g\"\n", true},
		{"a:\n  b: |\n    c\n     \n    d\n", true},
		{"a:\n  b: |\n\n    c\n", false},
		{"a:\n  b: |\n    c\n  \n    d\n", false},
		{"a:\n  b: |\n      c\n    d\n", false},
		{"a:\n  b: |-\n    c\n", false},
		{"a:\n  b: |\n", false},
		{"a:\n  b: >\n    c\n", false},
		{"a:\n  b: \"c\n    d\"\n", false},
		{"a:\n  b: \"c\" # d\n", false},
		{"a:\n  b: \"c\" \"d\"\n", false},
		{"a:\n  b: \"\\u00e9\"\n", false},
		{"a:\n  b: \"c\\\"\n", false},
		{"a:\n  b: 'c'\n", false},
		{"a:\n  b: c\n", false},
		{"a:\n  12: \"c\"\n", false},
		{"a:\n  b: \"c\"\n  b: \"d\"\n", false},
		{"a:\n  b: \"c\"\na:\n  c: \"d\"\n", false},
		{"a:\n   b: \"c\"\n", false},
		{"a:\nb:\n  c: \"d\"\n", false},
		{"a: {b: \"c\"}\n", false},
		{"a:\n  b: \"c\"\n---\na:\n  b: \"d\"\n", false},
		{"  b: \"c\"\n", false},
		{"a:\n\tb: \"c\"\n", false},
		{"a:\r\n  b: \"c\"\r\n", false},
	} {
		got, ok := plain(c.text)
		if ok != c.plain {
			t.Errorf("plain is %v for %q", ok, c.text)
		}
		if ok && !same(got, parsed(t, c.text)) {
			t.Errorf("%q is read as %q", c.text, got)
		}
	}
}

// Any text that is read without the parser is read as the parser reads it.
func FuzzPlain(f *testing.F) {
	f.Add("a: # y\n  b: \"c \\\"d\\\" \\\\ \\n\"\n  c: |\n    d\n      e\n\n  f: \"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		if got, ok := plain(text); ok {
			var want map[string]map[string]string
			if err := yaml.Unmarshal([]byte(text), &want); err != nil || len(got) > 0 && !same(got, want) {
				t.Errorf("%q is read as %q, and by the parser as %q, %v", text, got, want, err)
			}
		}
	})
}

func parsed(t *testing.T, text string) map[string]map[string]string {
	t.Helper()
	var out map[string]map[string]string
	if err := yaml.NewDecoder(strings.NewReader(text)).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

func same(a, b map[string]map[string]string) bool {
	return maps.EqualFunc(a, b, func(x, y map[string]string) bool { return maps.Equal(x, y) })
}

package docs

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kheo/pipeline/campaign"
	"kheo/rules"
)

var update = flag.Bool("update", false, "write the reference pages")

// references are the pages that are generated from the grammar of a package.
var references = []struct {
	page, source string
	generate     func() []byte
}{
	{"rulesets-reference.md", "./rules", rules.Reference},
	{"campaign-reference.md", "./pipeline/campaign", campaign.Reference},
}

// The reference pages are what the grammars say; `go generate` in either package writes them.
func TestReferencePagesAreCurrent(t *testing.T) {
	for _, r := range references {
		want := append(bytes.TrimRight(r.generate(), "\n"), '\n')
		if *update {
			if err := os.WriteFile(r.page, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(r.page)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/%s is not current: run go generate %s", r.page, r.source)
		}
	}
}

var (
	cellBarRE = regexp.MustCompile(`(?:^|[^\\])\|`)
	quotedRE  = regexp.MustCompile("^`[^`]*`(?:, `[^`]*`)*$")
)

// Every group and every key is documented in one sentence without a full stop, every key has an example that a
// reader can copy, and a default that is one of several words is among them.
func TestEveryKeyIsDocumented(t *testing.T) {
	for _, r := range references {
		rows, inTable := 0, false
		for line := range strings.Lines(string(r.generate())) {
			line = strings.TrimSpace(line)
			if line == "." || strings.HasSuffix(line, "..") {
				t.Errorf("%s: a group has no documentation, or a full stop too many: %q", r.page, line)
			}
			inTable = strings.HasPrefix(line, "| key | value |") || inTable && line != ""
			if !inTable || !strings.HasPrefix(line, "| `") {
				continue
			}
			rows++
			cells := cellBarRE.Split(line, -1)
			if len(cells) != 7 {
				t.Errorf("%s: %d cells in %q", r.page, len(cells), line)
				continue
			}
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			key, value, missing, doc, example := cells[1], cells[2], cells[3], cells[4], cells[5]
			if doc == "" || strings.HasSuffix(doc, ".") || example == "" {
				t.Errorf("%s: %s has no documentation or no example: %q, %q", r.page, key, doc, example)
			}
			words := strings.Split(value, ", ")
			if quotedRE.MatchString(value) && strings.HasPrefix(missing, "`") && !slices.Contains(words, missing) {
				t.Errorf("%s: %s: the default %s is not one of %s", r.page, key, missing, value)
			}
		}
		if rows < 40 {
			t.Errorf("%s has only %d keys", r.page, rows)
		}
	}
}

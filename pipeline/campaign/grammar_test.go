package campaign

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the reference page")

// The reference page is what the grammar says; `go generate ./pipeline/campaign` writes it.
func TestReferenceIsCurrent(t *testing.T) {
	const page = "../../docs/campaign-reference.md"
	want := bytes.TrimRight(Reference(), "\n")
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/campaign-reference.md is not current: run go generate ./pipeline/campaign")
	}
}

// Every key has a sentence and an example, and every required key is missed.
func TestEveryKeyIsDocumented(t *testing.T) {
	const right = "campaign: x\ntimezone: UTC\ncloses: 2026-01-01\nunits: [ { id: a, name: A } ]\nrules: []\n"
	for _, g := range campaignGrammar.Groups() {
		for _, k := range g.Keys {
			if k.Doc == "" || strings.HasSuffix(k.Doc, ".") || k.Example == "" {
				t.Errorf("%s: %s has no documentation or no example", g.Name, k.Name)
			}
		}
	}
	for _, k := range campaignGrammar.Keys {
		if !k.Required {
			continue
		}
		dir := t.TempDir()
		var lines []string
		for line := range strings.Lines(right) {
			if !strings.HasPrefix(line, k.Name+":") {
				lines = append(lines, line)
			}
		}
		if err := os.WriteFile(dir+"/"+File, []byte(strings.Join(lines, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "kheo.yaml has no "+k.Name) || !strings.Contains(err.Error(), k.Example) {
			t.Errorf("without %s: %v", k.Name, err)
		}
	}
}

package campaign

import (
	"os"
	"strings"
	"testing"
)

// A kheo.yaml that lacks a required key is refused, with an example of the key.
func TestEveryRequiredKeyIsMissed(t *testing.T) {
	const right = "campaign: x\ntimezone: UTC\ncloses: 2026-01-01\nunits: [ { id: a, name: A } ]\nrules: []\n"
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

package watch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"kheo/pipeline/campaign"
)

// A watcher loads the campaign once for each state of its files, whatever the change leaves as it was, and again
// as long as a change is too recent to be seen for certain.
func TestWatcher(t *testing.T) {
	dir := t.TempDir()
	rules := filepath.Join(dir, campaign.RulesDir)
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ruleset, shared := filepath.Join(rules, "a.yaml"), filepath.Join(rules, "shared", "b.yaml")
	write(filepath.Join(dir, campaign.File), "campaign: one\n")
	write(ruleset, "one")
	write(shared, "one")

	loads := 0
	w := New(dir)
	w.load = func(string) (*campaign.Campaign, error) { loads++; return &campaign.Campaign{}, nil }
	check := func(what string, want int) {
		t.Helper()
		loads = 0
		var last *campaign.Campaign
		for i := range 5 {
			before := loads
			c, err := w.Load()
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 && (c == last) != (loads == before) {
				t.Errorf("%s: the campaign is not the one that was loaded last", what)
			}
			last = c
		}
		if loads != want {
			t.Errorf("%s: %d loads, not %d", what, loads, want)
		}
	}
	check("right after the change", 5)

	// From here on time is no matter: changes are older than the resolution of the file system.
	settle := func() { time.Sleep(10 * time.Millisecond) }
	old := restlessTime
	restlessTime = 0
	defer func() { restlessTime = old }()
	settle()
	check("nothing since", 1)
	check("nothing since, again", 0)
	changes := []struct {
		what string
		do   func() error
	}{
		{"kheo.yaml", func() error { write(filepath.Join(dir, campaign.File), "campaign: two\n"); return nil }},
		{"a ruleset of the same size and time", func() error {
			info, err := os.Stat(ruleset)
			if err != nil {
				return err
			}
			write(ruleset, "two")
			return os.Chtimes(ruleset, info.ModTime(), info.ModTime())
		}},
		{"a ruleset that others extend", func() error { write(shared, "three"); return nil }},
		{"a ruleset that another file takes the place of", func() error {
			write(filepath.Join(dir, "new"), "two")
			return os.Rename(filepath.Join(dir, "new"), ruleset)
		}},
		{"a new file", func() error { write(filepath.Join(rules, "c.yaml"), ""); return nil }},
		{"a removed file", func() error { return os.Remove(filepath.Join(rules, "c.yaml")) }},
		{"the folder", func() error {
			if err := os.Rename(rules, rules+".old"); err != nil {
				return err
			}
			write(ruleset, "two")
			return nil
		}},
		{"no folder", func() error { return os.RemoveAll(rules) }},
	}
	for _, c := range changes {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		settle()
		check(c.what, 1)
		check(c.what+", again", 0)
	}
}

// Mistakes are kept like a campaign; what is no mistake of the files is tried again.
func TestWatcherOfMistakes(t *testing.T) {
	old := restlessTime
	restlessTime = 0
	defer func() { restlessTime = old }()
	dir := t.TempDir()
	loads := 0
	w := New(dir)
	w.load = func(dir string) (*campaign.Campaign, error) { loads++; return campaign.Load(dir) }
	for range 2 {
		if _, err := w.Load(); err == nil {
			t.Error("a folder without kheo.yaml was loaded")
		}
	}
	if loads != 2 {
		t.Errorf("%d loads without kheo.yaml, not 2", loads)
	}
	if err := os.WriteFile(filepath.Join(dir, campaign.File), []byte("campaign: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Millisecond)
	loads = 0
	for range 3 {
		if _, err := w.Load(); err == nil {
			t.Error("no mistake was found")
		}
	}
	if loads != 1 {
		t.Errorf("%d loads of the same mistakes, not 1", loads)
	}
}

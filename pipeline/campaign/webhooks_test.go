package campaign

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loaded reads a campaign with some more lines of kheo.yaml, and returns what is wrong with it.
func loaded(t *testing.T, more string) (*Campaign, string) {
	t.Helper()
	dir := t.TempDir()
	text := "campaign: x\ntimezone: UTC\ncloses: 2026-01-01\nunits: [ { id: a, name: A } ]\nrules: []\n" + more
	if err := os.WriteFile(filepath.Join(dir, File), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(dir)
	if err != nil {
		return nil, err.Error()
	}
	return c, ""
}

// What cannot be right about a webhook is said with its place and its cure.
func TestMistakesInWebhooks(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct{ entry, says string }{
		"plain http":              {"id: a, url: 'http://example.org', events: run.done, secret_file: s", "is not https"},
		"another scheme":          {"id: a, url: 'file:///etc/passwd', events: run.done, secret_file: s", "is not an https URL"},
		"a password in the URL":   {"id: a, url: 'https://u:p@example.org', events: run.done, secret_file: s", "a user or a password"},
		"no secret":               {"id: a, url: 'https://example.org', events: run.done", "no secret_file"},
		"an unknown event":        {"id: a, url: 'https://example.org', events: [run.over], secret_file: s", "run.over"},
		"no event":                {"id: a, url: 'https://example.org', events: [], secret_file: s", "names no event"},
		"an id with spaces":       {"id: a b, url: 'https://example.org', events: run.done, secret_file: s", "small letters"},
		"a network with rests":    {"id: a, url: 'https://example.org', events: run.done, secret_file: s, allow: [10.1.2.3/8]", "bits beyond"},
		"a network that is none":  {"id: a, url: 'https://example.org', events: run.done, secret_file: s, allow: [office]", "neither an address"},
		"an URL with a #":         {"id: a, url: 'https://example.org/#x', events: run.done, secret_file: s", "never sent"},
		"two of the same":         {"id: a, url: 'https://example.org', events: run.done, secret_file: s }, { id: a, url: 'https://example.org', events: run.done, secret_file: s", "there twice"},
		"a key that is not known": {"id: a, url: 'https://example.org', events: run.done, secret_file: s, secret: x", "secret"},
	} {
		if _, wrong := loaded(t, "webhooks: [ { "+x.entry+" } ]\n"); !strings.Contains(wrong, x.says) ||
			!strings.Contains(wrong, "kheo.yaml:6:") {
			t.Errorf("%s: %q, want %q", name, wrong, x.says)
		}
	}
	c, wrong := loaded(t, "webhooks: [ { id: a, url: 'http://10.1.0.7/x', events: run.done, secret_file: s, allow: [10.1.0.0/16] } ]\n")
	if wrong != "" || len(c.Webhooks) != 1 || c.Webhooks[0].Events[0] != "run.done" || !filepath.IsAbs(c.Webhooks[0].SecretFile) {
		t.Errorf("%q %+v", wrong, c)
	}
}

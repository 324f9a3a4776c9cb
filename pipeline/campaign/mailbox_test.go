package campaign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/pipeline/campaign"
)

// Mistakes in mailbox: and in the addresses of units are named, with what to write.
func TestMistakesInAMailbox(t *testing.T) {
	t.Parallel()
	const unit = "{ id: a, name: A, mail: a@example.org }"
	for name, c := range map[string]struct{ units, box, want string }{
		"right":                  {unit, "host: imap.example.org, user: u, password_file: p", ""},
		"right, on this machine": {unit, "host: localhost, port: 143, tls: none, user: u, password_file: p", ""},
		"right, with DMARC":      {unit, "host: h, user: u, password_file: p, require: dmarc, trust: mx.example.org", ""},
		"no TLS":                 {unit, "host: imap.example.org, tls: none, user: u, password_file: p", "would send the password"},
		"no password":            {unit, "host: imap.example.org, user: u", "password_file"},
		"a port in the host":     {unit, "host: 'imap.example.org:993', user: u, password_file: p", "not the name of a server"},
		"one folder":             {unit, "host: h, user: u, password_file: p, taken: INBOX", "three folders"},
		"whom to trust":          {unit, "host: h, user: u, password_file: p, require: dmarc", "does not say whose results count"},
		"a schedule":             {unit, "host: h, user: u, password_file: p, every: often", "cannot be understood"},
		"no address":             {"{ id: a, name: A, mail: 'A <a@example.org>' }", "host: h, user: u, password_file: p", "not a valid e-mail address"},
		"an address of two": {unit + ", { id: b, name: B, mail: [b@example.org, A@example.org] }",
			"host: h, user: u, password_file: p", "an address of two units"},
	} {
		dir := t.TempDir()
		yaml := "campaign: x\ntimezone: UTC\ncloses: 2026-01-01\nrules: []\nunits: [ " + c.units + " ]\nmailbox: { " + c.box + " }\n"
		if err := os.WriteFile(filepath.Join(dir, campaign.File), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := campaign.LoadWithoutRulesets(dir)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

package papers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

// A scheme calls its kinds as it likes, and says which of them are named after whom they recognise.
func TestASchemeSaysWhoseTitleIsTheRecipient(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Replace(string(b), "\npapers:", "\npapers:\n  certificates: { to_title: [model] }", 1)
	if err := os.WriteFile(path, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	for ruleset, want := range map[string]string{"model-district": "The choir",
		"commendation-collective": w.Campaign().Env.UnitByID("dai-hiep").Name} {
		o := Order{Ruleset: ruleset, Unit: "dai-hiep", certified: &certified{entry: review.ClosedEntry{Title: "The choir"}}}
		if got := o.Recipient(w); got != want {
			t.Errorf("%s: %q, want %q", ruleset, got, want)
		}
	}
}

// A certificate is made out to the nominee. A collective that only the title names is the recipient itself, and its unit
// is named below; a model is that of its unit.
func TestWhoGetsACertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	unit := w.Campaign().Env.UnitByID("dai-hiep").Name
	for _, x := range []struct{ name, ruleset, nominee, unit, title, want string }{
		{"a nominee", "commendation-individual", "Hoa", "dai-hiep", "Dossier of Hoa", "Hoa"},
		{"a collective without a nominee", "commendation-collective", "", "dai-hiep", "The women of Phu My", "The women of Phu My"},
		{"a model", "model-district", "", "dai-hiep", "Lamps", unit},
		{"a model without a unit", "model-district", "", "", "Lamps", "Lamps"},
		{"a unit that kheo.yaml does not have", "model-district", "", "elsewhere", "Lamps", "elsewhere"},
	} {
		o := Order{Ruleset: x.ruleset, Unit: x.unit, certified: &certified{nominee: x.nominee, entry: review.ClosedEntry{Title: x.title}}}
		if got := o.Recipient(w); got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}

package rules

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// Text that may not be visible earns nothing and fails no gate; if it would change the result, people look.
func TestTextThatMayNotBeVisible(t *testing.T) {
	rs := loadTest(t, manifestRules)
	for _, c := range []struct {
		name, seen, doubtful string
		points               float64
		outcome              dossier.Outcome
	}{
		{"that would earn points", "Registered on: 1 February 2024\n", "Households taking part: 120", 0, dossier.NeedsReview},
		{"that would lift it on the list", "Households taking part: 120\n", "Contributed: 5,000 VND", 80, dossier.NeedsReview},
		{"that changes nothing", "Households taking part: 120\n", "People came.", 80, dossier.Recommended},
		{"that would fail a gate", "Households taking part: 120\n", "Registered on: 1 June 2024", 80, dossier.NeedsReview},
		{"on a dossier that fails either way", "Households taking part: 3\n", "People came.", 0, dossier.NotRecommended},
	} {
		text := c.seen + c.doubtful
		at := len([]rune(c.seen))
		d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{doc("a.docx", text)}}
		d.Documents[0].Pages[0].Blocks = []dossier.Block{{Kind: dossier.Paragraph, End: at - 1},
			{Kind: dossier.Paragraph, Start: at, End: len([]rune(text)), Visibility: dossier.Uncertain}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "north"}})
		if a.Points != c.points || a.Outcome != c.outcome || !a.HasFlag(dossier.FlagUncertain) {
			t.Errorf("%s: %v points, %s, flags %v; want %v, %s", c.name, a.Points, a.Outcome, a.Flags, c.points, c.outcome)
		}
		for _, f := range a.Flags {
			if f.Code == dossier.FlagUncertain && !strings.Contains(f.Message.In("en"), c.doubtful) {
				t.Errorf("%s: the flag does not quote the text: %s", c.name, f.Message.In("en"))
			}
		}
		for _, cr := range a.Criteria {
			for _, e := range cr.Evidence {
				if strings.Contains(c.doubtful, e.Quote) {
					t.Errorf("%s: %q is cited as evidence", c.name, e.Quote)
				}
			}
		}
		checkOffsets(t, d, a)
	}
}

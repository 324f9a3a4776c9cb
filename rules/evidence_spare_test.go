package rules

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// A passage is asked about only as long as it could add points: if a sure one gives all that its criterion can have, the
// uncertain ones are counted in the reason and are no question. They are one again once people reject the sure one.
func TestWhatCouldAddNoPointsIsNotAskedAbout(t *testing.T) {
	t.Parallel()
	rules := func(max string) *Ruleset {
		rs, err := Load("r.yaml", []byte(`ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: `+max+`
criteria:
  - { id: shed, title: { en: Shed }, max: `+max+`, evidenced: [ { any: { en: [bike shed] }, points: 10, at_most: 3 } ] }
bands: { recommended: total >= 10 }
`), testEnv(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return rs
	}
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", `The bike shed was put up on 4 March by our volunteers.
The bike shed has forty hooks for helmets and gloves.
`)}}
	given := Given{Identity: dossier.Identity{Kind: "model"}}
	assess := func(rs *Ruleset) (dossier.Criterion, bool) {
		a := rs.Assess(Read(d), given)
		return a.Criteria[0], a.HasFlag(dossier.FlagUncertain)
	}

	full, flagged := assess(rules("10"))
	if full.Points != 10 || len(full.Uncertain) != 0 || full.AtStake != 0 || flagged {
		t.Errorf("with all points it has %v points, %d questions for %v points, flagged: %v", full.Points, len(full.Uncertain), full.AtStake, flagged)
	}
	for lang, says := range map[string]string{"en": "1 more uncertain passage could add no points", "nb": "1 usikkert sted til", "vi": "còn 1 chỗ chưa chắc"} {
		if !strings.Contains(full.Reason[lang], says) {
			t.Errorf("the reason in %s is %q", lang, full.Reason[lang])
		}
	}
	part, flagged := assess(rules("20"))
	if part.Points != 10 || len(part.Uncertain) != 1 || part.AtStake != 10 || !flagged {
		t.Errorf("with half the points it has %v points, %d questions for %v points, flagged: %v", part.Points, len(part.Uncertain), part.AtStake, flagged)
	}
	key := full.Evidence[0].Key("r", "shed", d.PaperSHA256("a.txt"))
	given.Verdicts = []dossier.Verdict{{PieceKey: key, Kind: dossier.VerdictWrong}}
	if c, flagged := assess(rules("10")); c.Points != 0 || len(c.Uncertain) != 1 || c.AtStake != 10 || !flagged {
		t.Errorf("when the sure one is rejected it has %v points, %d questions for %v points, flagged: %v", c.Points, len(c.Uncertain), c.AtStake, flagged)
	}
}

package campaign

import "testing"

func TestTheSampleCampaignIsRight(t *testing.T) {
	c, err := Load("../../samples/campaign")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rulesets) != 4 || len(c.Env.Units) != 18 {
		t.Fatalf("%d rulesets, %d units", len(c.Rulesets), len(c.Env.Units))
	}
}

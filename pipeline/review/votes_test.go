package review

import (
	"testing"

	"kheo/pipeline/campaign"
)

// A share is counted exactly, of what the rule names, and equal votes go to the chair only where one
// vote more would be enough.
func TestMajorities(t *testing.T) {
	half, most, thirds := campaign.Share{Num: 1, Den: 2}, campaign.Share{Num: 4, Den: 5}, campaign.Share{Num: 2, Den: 3}
	plain := func(s campaign.Share) campaign.Majority {
		return campaign.Majority{Share: s, Base: campaign.VotesCast, Plain: true}
	}
	atLeast := func(s campaign.Share, of campaign.Base) campaign.Majority {
		return campaign.Majority{Share: s, Exact: true, Base: of}
	}
	moreThan := func(s campaign.Share, of campaign.Base) campaign.Majority {
		return campaign.Majority{Share: s, Base: of}
	}
	for _, c := range []struct {
		name                              string
		rule                              campaign.Majority
		yes, no, abstain, present, voters int
		counted                           bool // abstentions
		want                              Decision
	}{
		{"8 of 10 are at least 80 %", atLeast(most, campaign.VotesCast), 8, 2, 0, 10, 15, false, Recognised},
		{"7 of 10 are not", atLeast(most, campaign.VotesCast), 7, 3, 0, 10, 15, false, NotRecognised},
		{"8 of 10 are not more than 80 %", moreThan(most, campaign.VotesCast), 8, 2, 0, 10, 15, false, NotRecognised},
		{"8 of 15 members are not 80 % of all", atLeast(most, campaign.Members), 8, 0, 0, 8, 15, false, NotRecognised},
		{"12 of 15 members are", atLeast(most, campaign.Members), 12, 0, 0, 12, 15, false, Recognised},
		{"8 of 10 present are 80 % of those present", atLeast(most, campaign.Present), 8, 0, 0, 10, 15, false, Recognised},
		{"8 of 11 present are not", atLeast(most, campaign.Present), 8, 0, 0, 11, 15, false, NotRecognised},
		{"two thirds of three are two", atLeast(thirds, campaign.VotesCast), 2, 1, 0, 3, 3, false, Recognised},
		{"two of three are not more than two thirds", moreThan(thirds, campaign.VotesCast), 2, 1, 0, 3, 3, false, NotRecognised},
		{"abstentions do not count among the votes cast", atLeast(most, campaign.VotesCast), 8, 2, 5, 15, 15, false, Recognised},
		{"unless the rule says so", atLeast(most, campaign.VotesCast), 8, 2, 5, 15, 15, true, NotRecognised},
		{"no votes recognise nothing", atLeast(most, campaign.VotesCast), 0, 0, 0, 0, 15, false, NotRecognised},
		{"nor do abstentions alone", atLeast(half, campaign.Present), 0, 0, 4, 4, 4, false, NotRecognised},
		{"equal votes reach at least a half", atLeast(half, campaign.VotesCast), 3, 3, 0, 6, 6, false, Recognised},
		{"equal votes and more than a half: the chair", moreThan(half, campaign.VotesCast), 3, 3, 0, 6, 6, false, ""},
		{"equal votes are far from four fifths", atLeast(most, campaign.VotesCast), 3, 3, 0, 6, 6, false, NotRecognised},
		{"all of two", atLeast(campaign.Share{Num: 1, Den: 1}, campaign.VotesCast), 2, 0, 1, 3, 3, false, Recognised},
		{"a share alone must be exceeded", plain(half), 3, 2, 0, 5, 5, false, Recognised},
		{"two thirds alone are not enough", plain(thirds), 2, 1, 0, 3, 3, false, NotRecognised},
		{"five of seven exceed them", plain(thirds), 5, 2, 0, 7, 7, false, Recognised},
		{"equal votes under a share alone: the chair", plain(thirds), 3, 3, 0, 6, 6, false, ""},
	} {
		tally := Tally{For: c.yes, Against: c.no, Abstain: c.abstain, Present: c.present, Eligible: c.voters, Rule: campaign.Procedure{Majority: c.rule, Tie: "chair", Abstain: c.counted}}
		if got := tally.Result(); got != c.want {
			t.Errorf("%s: %q, want %q (needs %d of %d)", c.name, got, c.want, tally.Needs(), tally.Base())
		}
	}
}

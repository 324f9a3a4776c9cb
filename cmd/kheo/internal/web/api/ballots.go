package api

import (
	"fmt"
	"net/http"
	"net/url"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// secret serves secret ballots.
type secret struct{ *API }

// ballot is what may be known of a secret ballot: who has voted and, once it is counted, all ballots in the order of
// their receipts, which are random. Nothing joins the two.
type ballot struct {
	State  string              `json:"state" enum:"none,open,counted"`
	Cast   []string            `json:"cast" doc:"who has voted, in the order of their sign-in names"`
	Left   []string            `json:"left" doc:"who has a vote and has not used it"`
	Paper  bool                `json:"paper" doc:"a teller has entered ballots on paper, which wait for a second one"`
	Count  *review.BallotCount `json:"count,omitempty"`
	Tally  *ballotTally        `json:"tally,omitempty"`
	Stands string              `json:"stands" doc:"why the entry can or cannot be decided, in the requested language"`
}

// ballotTally is what the votes are counted against.
type ballotTally struct {
	Eligible int  `json:"eligible"`
	Cast     int  `json:"cast"`
	Quorate  bool `json:"quorate"`
	Void     bool `json:"void" doc:"a voter has been recused since, so the ballot must be repeated"`
}

// castReceipt is the answer to a ballot. The receipt is kept nowhere.
type castReceipt struct {
	Receipt string `json:"receipt" doc:"by which the ballot is found in the count; shown once, and empty in a dry run"`
	DryRun  bool   `json:"dry_run"`
}

// OnBallot is what operations take that change something about a ballot.
type OnBallot struct {
	ByRuleset
	ByDossier
	Trial
}

// addBallots adds secret ballots.
func (a secret) addBallots() {
	const path = "/lists/{ruleset}/ballots/{dossier}"
	do := func(id, end, summary string, right review.Right) operation {
		return operation{id: id, method: http.MethodPost, path: path + end, summary: summary, right: right,
			scope: review.ReviewScope}
	}
	register(a.API, operation{id: "ballot", method: http.MethodGet, path: path, right: review.SeeVotes,
		scope: review.ReadScope, summary: "The secret ballot on an entry: who has voted and, once it is counted, the " +
			"count"}, a.ballot)
	open := do("open-ballot", "/open", "Open the secret ballot on an entry, or repeat it with a reason", review.Meet)
	register(a.API, open, func(q *page.Request, in *struct {
		OnBallot
		Body struct {
			Reason string `json:"reason,omitempty" maxLength:"4000" doc:"needed to repeat one"`
		}
	}) (done, error) {
		return a.act(q, in.DryRun, url.Values{"reason": {in.Body.Reason}}, a.Hall.OpenBallot)
	})
	cast := do("cast-ballot", "/cast", "Cast your ballot", review.CastVote)
	cast.about = "Who has voted is public; how, is in a sealed box until the count. The answer is kept nowhere."
	register(a.API, cast, func(q *page.Request, in *struct {
		OnBallot
		Body struct {
			Vote review.Vote `json:"vote" enum:"for,against,abstain"`
		}
	}) (castReceipt, error) {
		receipt, err := a.Hall.Cast(a.formOf(q, in.DryRun, url.Values{"vote": {string(in.Body.Vote)}}))
		return castReceipt{receipt, in.DryRun}, err
	})
	register(a.API, do("paper-ballots", "/paper", "Enter ballots on paper, as the first or the second teller",
		review.SeeVotes), func(q *page.Request, in *struct {
		OnBallot
		Body struct {
			People  []string `json:"people" minItems:"1" maxItems:"500" nullable:"false"`
			For     int      `json:"for" minimum:"0" maximum:"500"`
			Against int      `json:"against" minimum:"0" maximum:"500"`
			Abstain int      `json:"abstain" minimum:"0" maximum:"500" doc:"and spoilt ones"`
		}
	}) (done, error) {
		b := &in.Body
		return a.act(q, in.DryRun, url.Values{"person": b.People, "for": {fmt.Sprint(b.For)},
			"against": {fmt.Sprint(b.Against)}, "abstain": {fmt.Sprint(b.Abstain)}}, a.Hall.PaperBallots)
	})
	register(a.API, do("count-ballot", "/count", "Count the ballots on an entry", review.Meet), func(q *page.Request,
		in *OnBallot) (done, error) {
		return a.act(q, in.DryRun, nil, a.Hall.CountBallot)
	})
}

// ballot answers what may be known of a ballot.
func (a secret) ballot(q *page.Request, _ *struct {
	ByRuleset
	ByDossier
}) (ballot, error) {
	out := ballot{State: "none", Cast: []string{}, Left: []string{}}
	b, err := a.Hall.BallotFor(q)
	if err != nil || b == nil {
		return out, err
	}
	out.State, out.Paper, out.Count, out.Stands = "open", b.Paper != nil, b.Count, b.Stands
	out.Cast, out.Left = append(out.Cast, b.Cast...), append(out.Left, b.Left...)
	sortBy(out.Cast, func(id string) string { return id }) // the order of votes stays secret
	if b.Count != nil {
		out.State = "counted"
	}
	out.Tally = &ballotTally{b.Tally.Eligible, b.Tally.Cast(), b.Tally.Quorate, b.Tally.Void}
	return out, nil
}

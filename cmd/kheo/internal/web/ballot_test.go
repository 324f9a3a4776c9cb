package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
)

var receiptRE = regexp.MustCompile(`[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}`)

// A secret ballot on the pages: it is opened, each voter gets a receipt that no log has, two tellers enter a paper ballot,
// and after the count every voter finds the receipt; the entry is then decided.
func TestASecretBallotOnThePages(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.w.Review().Set(campaign.Procedure{Quorum: campaign.Share{Num: 2, Den: 3}, Secret: true, Tie: "chair",
		Majority: campaign.Majority{Share: campaign.Share{Num: 1, Den: 2}, Base: campaign.VotesCast, Plain: true}})
	chair, secretary := s.as("chair"), s.as("secretary")
	var entry string
	for _, e := range chair.listed().Entries {
		if e.Unit != "dai-hiep" && e.Outcome == dossier.Recommended { // one on which the member is not recused
			entry = e.Dossier
		}
	}
	if entry == "" {
		for _, e := range chair.listed().Entries {
			if e.Unit != "dai-hiep" {
				entry = e.Dossier
			}
		}
	}
	ballot := "/meeting/" + district + "/ballot/"
	at := "/meeting/" + district + "?entry=" + url.QueryEscape(entry)
	form := func(more ...string) url.Values {
		v := url.Values{"entry": {entry}}
		for i := 0; i < len(more); i += 2 {
			v.Add(more[i], more[i+1])
		}
		return v
	}
	s.shows(chair, at, "Not yet possible: the secret ballot has not been opened.")
	if _, body, _ := chair.get(at); strings.Contains(body, `action="/dossiers/`+entry+`/vote"`) {
		t.Error("an open vote is offered")
	}
	if status, _, _ := s.as("second").post(ballot+"open", form()); status != 403 {
		t.Errorf("a member opens a ballot: %d", status)
	}
	chair.must(ballot+"open", form())
	var receipts []string
	for id, vote := range map[string]string{"chair": "for", "second": "for", "third": "against"} {
		b := s.as(id)
		status, body, _ := b.post(ballot+"cast", form("vote", vote))
		receipt := receiptRE.FindString(text(body))
		if status != 200 || receipt == "" {
			t.Fatalf("%s: %d %.300s", id, status, text(body))
		}
		receipts = append(receipts, receipt+" "+map[string]string{"for": "For", "against": "Against"}[vote])
		if status, _, _ := b.post(ballot+"cast", form("vote", vote)); status != 409 {
			t.Errorf("%s votes twice: %d", id, status)
		}
		if _, body, _ := b.get(at); receiptRE.MatchString(text(body)) {
			t.Errorf("the receipt of %s is shown again", id)
		}
	}
	s.shows(chair, at, "Voted so far: 3", "the secret ballot is not counted; 3 of 4 have voted")
	if _, body, _ := chair.get("/lists/" + district); strings.Contains(text(body), "0–0–0") {
		t.Error("the list counts ballots that are in the box")
	}
	paper := form("person", "member", "for", "1", "against", "0", "abstain", "0")
	chair.must(ballot+"paper", paper)
	s.shows(secretary, at, "The chair has entered paper ballots")
	if status, _, _ := secretary.post(ballot+"paper", form("person", "member", "for", "0", "against", "1")); status != 409 {
		t.Errorf("tellers who differ: %d", status)
	}
	secretary.must(ballot+"paper", paper)
	secretary.must(ballot+"count", form())
	s.shows(chair, at, append(receipts, "The ballots as counted: 4", "Enough votes to recognise: 3 for, 3 needed")...)
	chair.must("/dossiers/"+entry+"/decide", url.Values{"decision": {"recognised"}, "reason": {"as counted"}})
	if logs := s.logs.String(); receiptRE.MatchString(logs) || strings.Contains(logs, "vote=") {
		t.Errorf("the log tells of ballots:\n%s", logs)
	}
}
